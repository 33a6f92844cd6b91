//! `stancemap train`: heads from labelled examples, calibrated and measured.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use stancemap::infer::{self, Device, EngineName, ModelSettings, PAIR_ENCODER, Precision, store};
use stancemap::stance::Scheme;
use stancemap::stance::train::{Folds, Labelled, train};
use stancemap::stance::weigh::{test_on, weigh};
use stancemap::{Error, Result, Stage};

use super::Outcome;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A stance head from labelled texts, with its model card.
    Stance(StanceArgs),
}

#[derive(Debug, clap::Args)]
struct StanceArgs {
    /// A built-in scheme, or a scheme file.
    #[arg(long, value_name = "NAME|FILE")]
    scheme: String,
    /// A table with the columns text, label and, for folds by topic, topic or document; FILE#SPLIT
    /// is its rows that have SPLIT in the column split.
    #[arg(long, value_name = "FILE[#SPLIT]")]
    labelled: String,
    /// More labelled texts, of other topics or documents: weighs the head against the scheme's
    /// claims on them, as the built-in pair encoder judges these.
    #[arg(long, value_name = "FILE[#SPLIT]")]
    weigh: Option<String>,
    /// Labelled texts that serve for nothing but figures in the card.
    #[arg(long, value_name = "FILE[#SPLIT]", requires = "weigh")]
    test: Option<String>,
    /// Where the head goes; its card goes beside it, as .md and .card.json. Without it, only the
    /// card is made, and printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Hold out each topic in turn, or one of N parts.
    #[arg(long, value_name = "topic|N", default_value = "topic", value_parser = folds)]
    folds: Folds,
    /// The model that makes the vectors, by name or as a directory; else the default one.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Never touch the network.
    #[arg(long)]
    offline: bool,
}

fn folds(typed: &str) -> Result<Folds, String> {
    match typed.parse() {
        _ if typed == "topic" => Ok(Folds::Topic),
        Ok(n) if n >= 2 => Ok(Folds::Number(n)),
        _ => Err("either `topic` or a number from 2".to_owned()),
    }
}

pub fn run(args: &Args, threads: Option<usize>) -> Result<Outcome> {
    match &args.what {
        What::Stance(args) => stance(args, threads),
    }
}

fn stance(args: &StanceArgs, threads: Option<usize>) -> Result<Outcome> {
    let scheme = Scheme::load(&args.scheme)?;
    let labelled = read(&args.labelled, &scheme)?;
    let read_more = |table: &Option<String>| {
        let table = table.as_deref();
        table.map(|table| read(table, &scheme)).transpose()
    };
    let (weighing, testing) = (read_more(&args.weigh)?, read_more(&args.test)?);
    let parts = [Some(&labelled), weighing.as_ref(), testing.as_ref()];
    let parts: Vec<&Labelled> = parts.into_iter().flatten().collect();
    for (i, part) in parts.iter().enumerate() {
        let leaked: usize = parts[..i].iter().map(|other| part.shared_with(other)).sum();
        if leaked > 0 {
            eprintln!("leakage: {leaked} texts are in two of the tables; figures flatter the head");
        }
    }
    let settings = ModelSettings {
        model: args.model.clone().unwrap_or_else(default_model),
        models_dir: store::directory(Path::new("."), &|name| std::env::var(name).ok()),
        offline: args.offline,
        threads,
        engine: EngineName::Embedded,
        precision: Precision::Fp32,
        device: Device::Cpu,
    };
    let embedder = infer::open(&settings, &infer::Silent)?;
    let embed = |texts: &[&str]| {
        let vectors = embedder.embed(texts)?;
        Ok((0..vectors.rows).map(|i| vectors.row(i).to_vec()).collect())
    };
    let mut trained = train(
        &labelled,
        &scheme,
        args.folds,
        &embedder.info().model,
        &embed,
    )?;
    let mut card = trained.card.to_markdown();
    if let Some(weighing) = &weighing {
        let judge = infer::open_entailment(PAIR_ENCODER, &settings, &infer::Silent)?;
        let head = &trained.head;
        let (joint, more) = weigh(head, weighing, &scheme, args.folds, &embed, judge.as_ref())?;
        trained.head.claims = Some(joint);
        card += &more.to_markdown(&trained.head.labels);
        if let Some(testing) = &testing {
            let figures = test_on(&trained.head, testing, &scheme, &embed, &judge)?;
            card += &figures.to_markdown(&trained.head.labels);
        }
    }
    if let Some(out) = &args.out {
        write(out, &trained.head.to_json()?)?;
        write(&out.with_extension("md"), &card)?;
        write(&out.with_extension("card.json"), &trained.card.to_json()?)?;
    }
    print!("{card}");
    Ok(Outcome::Done)
}

fn read(table: &str, scheme: &Scheme) -> Result<Labelled> {
    let (path, split) = match table.rsplit_once('#') {
        Some((path, split)) if !Path::new(table).exists() => (path, Some(split)),
        _ => (table, None),
    };
    let bytes = std::fs::read(path).map_err(|error| {
        Error::new(Stage::Stance, "cannot read the labelled texts")
            .at(path)
            .caused_by(error)
    })?;
    let labelled = Labelled::read(&bytes, path, scheme, split)?;
    if labelled.texts.is_empty() {
        return Err(Error::new(Stage::Stance, "there is no labelled text").at(table));
    }
    Ok(labelled)
}

/// The first of the manifest.
fn default_model() -> String {
    let manifest = infer::manifest::Manifest::built_in();
    manifest
        .names()
        .first()
        .map_or_else(String::new, |name| (*name).to_owned())
}

fn write(path: &Path, content: &str) -> Result<()> {
    std::fs::write(path, content).map_err(|error| {
        Error::new(Stage::Stance, "cannot write")
            .at_path(path)
            .caused_by(error)
    })
}
