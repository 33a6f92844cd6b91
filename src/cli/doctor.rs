//! `stancemap doctor`: how one file was read, or what works on this machine.

use std::path::PathBuf;

use clap::ValueEnum;
use stancemap::infer::store::{self, Store};
use stancemap::infer::{self, manifest::Manifest};
use stancemap::{Error, Result, Stage, doctor, export, load};

use super::Outcome;

/// How a file was read; without a file, what works on this machine.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The document.
    file: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Also write a page: the raw text, what was taken out of it in grey, notes and markers linked.
    #[arg(long, value_name = "OUT.html", requires = "file")]
    html: Option<PathBuf>,
    /// The longest text that is read, in bytes.
    #[arg(long, default_value_t = load::DEFAULT_MAX_BYTES, value_name = "BYTES")]
    max_bytes: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let Some(file) = &args.file else {
        return machine();
    };
    let source = super::one_document(file, args.max_bytes)?;
    let reading = doctor::read(&source);
    if let Some(out) = &args.html {
        export::write_whole(out, doctor::page(&reading, &source.raw).as_bytes())?;
    }
    match args.format {
        Format::Text => print!("{}", doctor::text(&reading)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&reading).map_err(|e| {
                Error::new(Stage::Export, "cannot write the reading as JSON").caused_by(e)
            })?;
            println!("{json}");
        }
    }
    Ok(Outcome::Done)
}

/// The engines and models, and where things are kept.
fn machine() -> Result<Outcome> {
    let working = std::env::current_dir().map_err(|e| {
        Error::new(Stage::Settings, "the working directory cannot be found")
            .caused_by(e)
            .remedy("change to a folder that exists")
    })?;
    let root = store::directory(&working, &|name| std::env::var(name).ok());
    let models = Store::new(&root);
    println!("{:<22}{}", "stancemap", env!("CARGO_PKG_VERSION"));
    let second = if cfg!(feature = "rust-bert") {
        "built in".to_owned()
    } else {
        format!("not built in: {}", infer::BUILD)
    };
    println!("{:<22}built in", "engine embedded");
    println!("{:<22}{second}", "engine rust-bert");
    println!("{:<22}{}", "models are kept in", root.display());
    for model in &Manifest::here(&root)?.models {
        let state = if models.present(model) {
            "here"
        } else {
            "absent: stancemap models pull fetches it"
        };
        println!("{:<22}{state}", model.name);
    }
    println!(
        "{:<22}OUT/.stancemap, beside each run's results",
        "the cache is in"
    );
    Ok(Outcome::Done)
}
