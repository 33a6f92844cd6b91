//! `stancemap models list|pull|pin|verify`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use stancemap::infer::manifest::{Manifest, Model, PINS};
use stancemap::infer::store::{self, FileState, Store};
use stancemap::infer::{BUILT_IN, Progress, pin};
use stancemap::{Error, Result, Stage};

use super::Outcome;

#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The known models, and which of them are here.
    List,
    /// Fetch models, so that runs can be offline.
    Pull {
        /// Which; the default model if none is named.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Fetch a model of the hub in its present state, and write its hashes down for later.
    Pin {
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Where to write them [default: pins.toml in the models folder]
        #[arg(long, value_name = "FILE")]
        manifest: Option<PathBuf>,
        /// The hub, or a mirror of it
        #[arg(long, value_name = "URL", default_value = pin::HUB)]
        hub: String,
    },
    /// Hash the files of the models that are here, and compare.
    Verify {
        /// Which; all that are here if none is named.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

pub fn run(args: &ModelsArgs, quiet: bool) -> Result<Outcome> {
    let working = std::env::current_dir().map_err(|e| {
        Error::new(Stage::Settings, "the working directory cannot be read").caused_by(e)
    })?;
    let root = store::directory(&working, &|name| std::env::var(name).ok());
    let manifest = Manifest::here(&root)?;
    let store = Store::new(&root);
    match &args.action {
        Action::List => list(&manifest, &store),
        Action::Pull { names } => {
            let progress = Terminal::new(quiet);
            for model in chosen(&manifest, names, &|_| false)? {
                store.ensure(model, false, &progress)?;
                println!("{}\t{}", model.name, store.folder(model).display());
            }
        }
        Action::Pin {
            names,
            manifest: file,
            hub,
        } => {
            let file = file.clone().unwrap_or_else(|| root.join(PINS));
            pin_all(names, hub.trim_end_matches('/'), &root, &file, quiet)?;
        }
        Action::Verify { names } => {
            return verify(&chosen(&manifest, names, &|m| store.present(m))?, &store);
        }
    }
    Ok(Outcome::Done)
}

fn pin_all(names: &[String], hub: &str, root: &Path, file: &Path, quiet: bool) -> Result<()> {
    // The built-in list, so that a model can be pinned again.
    let known = Manifest::built_in();
    for name in names {
        let Some(model) = known.hub.iter().find(|model| model.name == *name) else {
            if known.model(name).is_some() {
                return Err(
                    Error::new(Stage::Settings, format!("{name} is pinned already"))
                        .remedy(format!("`stancemap models pull {name}` fetches it")),
                );
            }
            let names: Vec<&str> = known.hub.iter().map(|m| m.name.as_str()).collect();
            return Err(
                Error::new(Stage::Settings, format!("no model is called `{name}`"))
                    .remedy(format!("those to be pinned are {}", names.join(", "))),
            );
        };
        let pinned = pin::pin(model, hub, root, file, &Terminal::new(quiet))?;
        println!("{}\t{}\t{}", pinned.name, pinned.revision, file.display());
    }
    Ok(())
}

fn list(manifest: &Manifest, store: &Store) {
    for model in &manifest.models {
        let state = if store.present(model) {
            "here"
        } else {
            "absent"
        };
        let megabytes = model.size() as f64 / 1e6;
        println!(
            "{:<24}{:<10}{state:<10}{megabytes:>7.1} MB  {:<12}{} ({})",
            model.name, model.kind, model.licence, model.title, model.revision
        );
    }
    for model in &BUILT_IN {
        println!(
            "{:<24}{:<10}{:<10}{:>7.1} MB  {:<12}{}, by this project",
            model.name,
            model.kind,
            "built in",
            model.size() as f64 / 1e6,
            "own notice",
            model.purpose
        );
    }
    for model in &manifest.hub {
        println!(
            "{:<24}{:<10}{:<10}{:>10}  {:<12}{}",
            model.name, model.kind, "unpinned", "", model.licence, model.title
        );
    }
}

fn verify(models: &[&Model], store: &Store) -> Result<Outcome> {
    let mut outcome = Outcome::Done;
    for (path, state) in models.iter().flat_map(|model| store.verify(model)) {
        let (word, more) = match state {
            FileState::Right => ("right", String::new()),
            FileState::Missing => ("missing", String::new()),
            FileState::Wrong(why) => ("wrong", format!(": {why}")),
        };
        if word != "right" {
            outcome = Outcome::SomeFailed;
        }
        println!("{word}\t{}{more}", path.display());
    }
    Ok(outcome)
}

/// The models called `names`; without names those that `default` picks, or the first.
fn chosen<'m>(
    manifest: &'m Manifest,
    names: &[String],
    default: &dyn Fn(&Model) -> bool,
) -> Result<Vec<&'m Model>> {
    if names.is_empty() {
        let picked: Vec<_> = manifest.models.iter().filter(|m| default(m)).collect();
        return Ok(if picked.is_empty() {
            manifest.models.iter().take(1).collect()
        } else {
            picked
        });
    }
    names
        .iter()
        .map(|name| manifest.model(name).ok_or_else(|| manifest.unknown(name)))
        .collect()
}

/// Downloads on standard error: notices as lines, bytes as a bar where a terminal is.
pub struct Terminal {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Terminal {
    pub fn new(quiet: bool) -> Terminal {
        Terminal {
            quiet,
            bar: Mutex::new(None),
        }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Progress for Terminal {
    fn notice(&self, line: &str) {
        if !self.quiet {
            eprintln!("stancemap: {line}");
        }
    }

    fn received(&self, file: &str, done: u64, total: u64) {
        if self.quiet {
            return;
        }
        let mut slot = self.bar();
        let bar = slot.get_or_insert_with(|| {
            let bar = ProgressBar::new(total).with_message(file.to_owned());
            let style = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(done);
    }

    fn ended(&self, _file: &str) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }
}
