//! What was typed and what `stancemap.toml` says, resolved once into what holds.
//!
//! After [`Settings::resolve`] nothing reads flags or the environment.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::infer::{self, ATTRIBUTION_TAGGER, Device, ModelSettings, manifest::Manifest, store};
use crate::load::{DEFAULT_MAX_BYTES, FileNames, Limits, Sandbox};
use crate::quote::Scope;
use crate::{Error, Result, Stage};

pub use crate::infer::{EngineName, Precision};

/// The settings file, in the working directory.
pub const FILE: &str = "stancemap.toml";

const DEFAULT_OUT: &str = "outputs";
const DEFAULT_SCHEME: &str = "alliance";

/// What was typed after `stancemap run`. What is left out comes from `stancemap.toml`, then from
/// the defaults.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RunArgs {
    /// Essays, or folders of them
    #[arg(required = true, value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// Where the results go [default: outputs]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub choices: Choices,
    /// Read and embed every document again, whatever earlier runs have kept
    #[arg(long)]
    pub fresh: bool,
}

/// What changes the result, or where the model comes from; shared by all commands that analyse.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Choices {
    /// The stances to tell apart: a built-in scheme or a TOML file [default: alliance]
    #[arg(long, value_name = "NAME|FILE")]
    pub scheme: Option<String>,
    /// What runs the encoder [default: embedded]
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub engine: Option<EngineName>,
    /// The embedded engine's arithmetic [default: fp32]
    #[arg(long, value_enum, value_name = "PRECISION")]
    pub precision: Option<Precision>,
    /// Where libtorch computes: cpu, cuda or cuda:N [default: cpu]
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<Device>,
    /// The encoder: a known model or a directory [default: the first of `models list`]
    #[arg(long, value_name = "NAME|DIR")]
    pub model: Option<String>,
    /// What calls stances, if not the scheme's head together with its claims: head, for the head
    /// alone, which is faster; or inference, nli:NAME or nli:DIR
    #[arg(long, value_name = "head|nli:MODEL")]
    pub stance_model: Option<StanceSource>,
    /// What a scheme is asked about that needs it: a claim or a policy, or "A toward B"
    #[arg(long, value_name = "TEXT")]
    pub target: Option<String>,
    /// A model that finds persons' names, beside the rules: a known model or a directory
    #[arg(long, value_name = "NAME|DIR")]
    pub ner: Option<String>,
    /// What finds reported speech beside the rules: a directory with a tagger, or none for the rules
    /// alone [default: the tagger inside the program]
    #[arg(long, value_name = "none|DIR")]
    pub tagger: Option<String>,
    /// Which names mean one person and which do not: a TOML file
    #[arg(long, value_name = "FILE")]
    pub people: Option<PathBuf>,
    /// Never touch the network
    #[arg(long)]
    pub offline: bool,
    /// Refuse documents with more decoded text than this [default: 67108864]
    #[arg(long, value_name = "N")]
    pub max_bytes: Option<u64>,
}

/// What calls stances when it is not the scheme's head together with its claims.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StanceSource {
    /// The scheme's head alone, even of quotations.
    Head,
    /// Natural language inference, by a known model or a directory.
    Inference(String),
}

impl FromStr for StanceSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<StanceSource> {
        match text.split_once(':') {
            None if text == "head" => Ok(StanceSource::Head),
            Some(("nli", model)) if !model.is_empty() => {
                Ok(StanceSource::Inference(model.to_owned()))
            }
            _ => Err(
                Error::new(Stage::Settings, format!("`{text}` is no stance model"))
                    .remedy("it can be head, nli:NAME or nli:DIR"),
            ),
        }
    }
}

impl TryFrom<String> for StanceSource {
    type Error = Error;

    fn try_from(text: String) -> Result<StanceSource> {
        text.parse()
    }
}

/// `stancemap.toml`. Paths in it are relative to the folder that it lies in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    out: Option<PathBuf>,
    scheme: Option<String>,
    engine: Option<EngineName>,
    precision: Option<Precision>,
    device: Option<Device>,
    model: Option<String>,
    stance_model: Option<StanceSource>,
    target: Option<String>,
    ner: Option<String>,
    tagger: Option<String>,
    people: Option<PathBuf>,
    offline: Option<bool>,
    max_bytes: Option<u64>,
    threads: Option<usize>,
    /// How file names are made up: `{date}_{author}_{title}`.
    file_name: Option<String>,
}

/// What holds in a run.
#[derive(Debug, Clone)]
pub struct Settings {
    pub paths: Vec<PathBuf>,
    pub out: PathBuf,
    /// A built-in scheme's name, or a file.
    pub scheme: String,
    /// The encoder, and what else runs on the same engine.
    pub model: ModelSettings,
    /// `None` for the scheme's own head.
    pub stance_model: Option<StanceSource>,
    /// Of a scheme that asks about one.
    pub target: Option<String>,
    /// A model that finds persons' names, beside the rules.
    pub ner: Option<String>,
    /// A model that finds attributions, beside the rules.
    pub tagger: Option<String>,
    /// What is wanted of the attributions; a command's own, not said in the settings file.
    pub scope: Scope,
    /// The person's corrections to the unification of names.
    pub people: Option<PathBuf>,
    /// Of the CPU stages; `None` for one per core. No result depends on it.
    pub threads: Option<usize>,
    /// Ignore what earlier runs have kept.
    pub fresh: bool,
    /// Of a document's decoded text.
    pub max_bytes: u64,
    /// What file names say of their documents.
    pub file_names: Option<FileNames>,
    /// Where PDFs are read: in this process, unless the program that runs can run itself.
    pub sandbox: Sandbox,
}

impl Settings {
    /// On what one file may make the program hold or do.
    pub fn limits(&self) -> Limits {
        Limits {
            max_bytes: self.max_bytes,
            sandbox: self.sandbox.clone(),
        }
    }

    /// What was typed wins over `stancemap.toml` in `working`, and that over the defaults.
    /// `variable` looks up the environment, which decides only where models are kept
    /// (`STANCEMAP_MODELS`, else the user's cache folder).
    ///
    /// # Errors
    /// A `stancemap.toml` that cannot be read or has a mistake, whose line the error gives; an engine
    /// or device that this program does not have.
    pub fn resolve(
        typed: RunArgs,
        threads: Option<usize>,
        working: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings> {
        let file = File::in_folder(working)?;
        let choices = typed.choices;
        let threads = threads.or(file.threads);
        if threads == Some(0) {
            return Err(Error::new(Stage::Settings, "0 threads do no work")
                .remedy("give --threads 1 or more, or leave it out"));
        }
        let default_model = || Manifest::built_in().names()[0].to_owned();
        let settings = Settings {
            paths: typed.paths,
            out: typed.out.or(file.out).unwrap_or_else(|| DEFAULT_OUT.into()),
            scheme: choices
                .scheme
                .or(file.scheme)
                .unwrap_or_else(|| DEFAULT_SCHEME.to_owned()),
            model: ModelSettings {
                model: choices.model.or(file.model).unwrap_or_else(default_model),
                models_dir: store::directory(working, variable),
                offline: choices.offline || file.offline.unwrap_or(false),
                threads,
                engine: choices.engine.or(file.engine).unwrap_or_default(),
                precision: choices.precision.or(file.precision).unwrap_or_default(),
                device: choices.device.or(file.device).unwrap_or_default(),
            },
            stance_model: choices.stance_model.or(file.stance_model),
            target: choices.target.or(file.target),
            ner: choices.ner.or(file.ner),
            tagger: choices
                .tagger
                .or(file.tagger)
                .or_else(|| Some(ATTRIBUTION_TAGGER.to_owned()))
                .filter(|tagger| tagger != "none"),
            scope: Scope::default(),
            people: choices.people.or(file.people),
            threads,
            fresh: typed.fresh,
            max_bytes: choices
                .max_bytes
                .or(file.max_bytes)
                .unwrap_or(DEFAULT_MAX_BYTES),
            file_names: match &file.file_name {
                Some(pattern) => Some(FileNames::parse(pattern).map_err(|e| e.at(FILE))?),
                None => None,
            },
            sandbox: Sandbox::Here,
        };
        infer::check(&settings.model, settings.ner.is_some())?;
        Ok(settings)
    }
}

impl File {
    fn in_folder(folder: &Path) -> Result<File> {
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => File::parse(&text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
            Err(e) => Err(Error::new(Stage::Settings, "cannot be read")
                .at(FILE)
                .caused_by(e)
                .remedy("make it readable UTF-8, or move it away")),
        }
    }

    fn parse(text: &str) -> Result<File> {
        toml::from_str(text).map_err(|e| {
            let before = e.span().and_then(|span| text.get(..span.start));
            let line = before.unwrap_or("").matches('\n').count() + 1;
            Error::new(Stage::Settings, e.message())
                .at(format!("{FILE}:{line}"))
                .remedy("correct that line")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(file: &str, typed: RunArgs) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), file).unwrap();
        Settings::resolve(typed, None, folder.path(), &|name| {
            (name == "STANCEMAP_MODELS").then(|| "weights".to_owned())
        })
    }

    #[test]
    fn what_is_typed_wins_over_the_file_and_the_file_over_the_defaults() {
        let typed = RunArgs {
            out: Some("typed".into()),
            ..RunArgs::default()
        };
        let settings = resolve("out = \"file\"\nscheme = \"mine.toml\"\n", typed).unwrap();
        assert_eq!(settings.out, PathBuf::from("typed"));
        assert_eq!(settings.scheme, "mine.toml");
        assert_eq!(settings.max_bytes, DEFAULT_MAX_BYTES);
        assert_eq!(settings.model.models_dir, PathBuf::from("weights"));
    }

    #[test]
    fn what_needs_libtorch_is_an_error_where_the_program_has_none_and_a_gpu_needs_libtorch() {
        let built = cfg!(feature = "rust-bert");
        for (file, works) in [
            ("engine = \"rust-bert\"\n", built),
            ("engine = \"rust-bert\"\ndevice = \"cuda:1\"\n", built),
            ("stance_model = \"nli:folder\"\n", true),
            ("ner = \"folder\"\n", built),
            ("device = \"cuda\"\n", false),
            ("device = \"cpu\"\n", true),
        ] {
            let resolved = resolve(file, RunArgs::default());
            assert_eq!(resolved.is_ok(), works, "{file}");
            if let Err(error) = resolved {
                let remedy = error.remedy.unwrap();
                assert!(remedy.contains("rust-bert"), "{file}: {remedy}");
            }
        }
    }

    #[test]
    fn a_mistake_in_the_file_is_an_error_that_points_at_its_line() {
        for (file, place) in [
            ("out = \"x\"\ncolour = 1\n", "stancemap.toml:2"),
            ("\n\nout = 7\n", "stancemap.toml:3"),
            ("engine = \"steam\"\n", "stancemap.toml:1"),
            ("device = \"cuda:x\"\n", "stancemap.toml:1"),
            ("\nstance_model = \"bert\"\n", "stancemap.toml:2"),
        ] {
            let error = resolve(file, RunArgs::default()).unwrap_err();
            assert_eq!(error.place.as_deref(), Some(place), "{error}");
        }
    }
}
