//! `stancemap models list|pull|verify`.

use std::sync::Mutex;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use stancemap::infer::Progress;
use stancemap::infer::manifest::{Manifest, Model};
use stancemap::infer::store::{self, FileState, Store};
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
    let manifest = Manifest::built_in();
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
        Action::Verify { names } => {
            return verify(&chosen(&manifest, names, &|m| store.present(m))?, &store);
        }
    }
    Ok(Outcome::Done)
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
            "{:<16}{state:<8}{megabytes:>6.1} MB  {:<12}{} ({})",
            model.name, model.licence, model.title, model.revision
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
        .map(|name| {
            manifest.model(name).ok_or_else(|| {
                Error::new(Stage::Settings, format!("no model is called `{name}`"))
                    .remedy(format!("known are {}", manifest.names().join(", ")))
            })
        })
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
