//! Everything but the documents that the result depends on, known without loading the model.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::config::{EngineName, Settings, StanceSource};
use crate::infer::local::ModelFolder;
use crate::infer::manifest::Kind;
use crate::infer::{ModelSettings, PAIR_ENCODER};
use crate::load::sha256_hex;
use crate::stance::{HeadSource, Scheme};
use crate::{Error, Result, Stage};

/// What a run's manifest says about its making, and the cache's keys rest on.
pub struct Fingerprint {
    pub scheme: Scheme,
    pub engine: &'static str,
    pub model: String,
    /// Of each file that the vectors depend on, in hexadecimal.
    pub model_sha256: BTreeMap<String, String>,
    pub settings: BTreeMap<String, String>,
}

impl Fingerprint {
    /// # Errors
    /// An unknown scheme or model, or files of theirs that cannot be read.
    pub fn of(settings: &Settings) -> Result<Fingerprint> {
        let scheme = Scheme::load(&settings.scheme)?;
        let (model, revision, model_sha256) = model(&settings.model)?;
        let mut more = BTreeMap::from([
            ("max_bytes".to_owned(), settings.max_bytes.to_string()),
            ("model_revision".to_owned(), revision),
            ("scheme_sha256".to_owned(), scheme_sha256(&scheme)?),
        ]);
        if let Some(path) = &settings.people {
            more.insert(
                "people_sha256".to_owned(),
                file_sha256(path, Stage::People)?,
            );
        }
        if settings.stance_model == Some(StanceSource::Head) {
            more.insert("stance_model".to_owned(), "head".to_owned());
        }
        if let Some(target) = &settings.target {
            more.insert("target".to_owned(), target.clone());
        }
        let mut classifier = |setting: &str, said: String, name: &str, kind: Kind| {
            let folder = ModelFolder::named(name, kind, &settings.model)?;
            more.insert(setting.to_owned(), said);
            more.insert(format!("{setting}_revision"), folder.revision);
            more.insert(format!("{setting}_sha256"), all(&folder.source.sha256));
            Ok::<_, Error>(())
        };
        match &settings.stance_model {
            Some(StanceSource::Inference(name)) => {
                classifier("stance_model", format!("nli:{name}"), name, Kind::Inference)?;
            }
            None => {
                let said = format!("head+{PAIR_ENCODER}");
                classifier("stance_model", said, PAIR_ENCODER, Kind::Inference)?;
            }
            Some(StanceSource::Head) => (),
        }
        if let Some(name) = &settings.ner {
            classifier("ner", name.clone(), name, Kind::Names)?;
        }
        match &settings.tagger {
            Some(name) => classifier("tagger", name.clone(), name, Kind::Attributions)?,
            None => drop(more.insert("tagger".to_owned(), "none: rules only".to_owned())),
        }
        let engine = settings.model.engine;
        if engine == EngineName::RustBert || settings.ner.is_some() {
            more.insert("device".to_owned(), settings.model.device.kind().to_owned());
        }
        if engine == EngineName::Embedded {
            let precision = settings.model.precision.to_string();
            more.insert("precision".to_owned(), precision);
        }
        Ok(Fingerprint {
            scheme,
            engine: engine.name(),
            model,
            model_sha256,
            settings: more,
        })
    }

    /// For the cache: all that changes one document's entry.
    pub fn key(&self) -> String {
        let mut parts = vec![program(), self.engine.to_owned(), self.model.clone()];
        parts.extend(self.model_sha256.iter().map(|(f, h)| format!("{f} {h}")));
        let changing = [
            "scheme_sha256",
            "stance_model_sha256",
            "target",
            "ner_sha256",
            "tagger_sha256",
            "device",
            "precision",
        ];
        for name in changing {
            let value = self.settings.get(name).map_or("", String::as_str);
            parts.push(format!("{name} {value}"));
        }
        sha256_hex(parts.join("\n").as_bytes())
    }
}

/// Version, size and time of the executable, so that one built anew does not trust what an earlier
/// build of the same version found.
fn program() -> String {
    let built = std::env::current_exe()
        .and_then(std::fs::metadata)
        .ok()
        .and_then(|file| {
            let time = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(format!("{} {}", file.len(), time.as_nanos()))
        });
    format!(
        "{} {}",
        env!("CARGO_PKG_VERSION"),
        built.unwrap_or_default()
    )
}

/// Name, revision and hashes.
fn model(settings: &ModelSettings) -> Result<(String, String, BTreeMap<String, String>)> {
    let folder = ModelFolder::named(&settings.model, Kind::Sentences, settings)?;
    Ok((folder.source.name, folder.revision, folder.source.sha256))
}

/// One hash for all files of a model.
fn all(sha256: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = sha256.iter().map(|(f, h)| format!("{f} {h}")).collect();
    sha256_hex(lines.join("\n").as_bytes())
}

/// Of all that the scheme says, and of its head where that is a file of its own.
fn scheme_sha256(scheme: &Scheme) -> Result<String> {
    // The order of its lists is the file's, and it holds no map.
    let mut said = match &scheme.head {
        // Where the head lies says nothing about it.
        HeadSource::File(path) => {
            let hash = file_sha256(path, Stage::Stance)?;
            let unplaced = Scheme {
                head: HeadSource::ZeroShot,
                ..scheme.clone()
            };
            format!("{hash} {unplaced:?}")
        }
        _ => format!("{scheme:?}"),
    };
    said.push('\n');
    Ok(sha256_hex(said.as_bytes()))
}

fn file_sha256(path: &Path, stage: Stage) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|e| {
        Error::new(stage, "cannot be read")
            .at_path(path)
            .caused_by(e)
            .remedy("check the path, and that you may read it")
    })?;
    Ok(sha256_hex(&bytes))
}
