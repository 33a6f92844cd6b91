//! Subcommands, one file each. What was typed (`…Args`) is resolved once into plain settings; after
//! that nothing reads flags or the environment.

mod compare;
mod doctor;
mod eval;
mod models;
mod names;
mod progress;
mod quotes;
mod read_pdf;
mod run;
mod sentences;
mod stance;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use stancemap::load::{self, Catalogue, Limits, Reader, Source};
use stancemap::{Error, Result, Stage};

/// Who is quoted, what they say, where they stand, and how their arguments hang together.
#[derive(Debug, Parser)]
#[command(name = "stancemap", version, propagate_version = true)]
struct Cli {
    /// Threads for the CPU stages and the engine; the result does not depend on it.
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
    /// Print nothing but results and errors.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more; twice for still more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The main job: argument and stance maps of everybody whom the essays quote.
    Run(stancemap::config::RunArgs),
    Quotes(quotes::Args),
    Stance(stance::Args),
    Compare(compare::Args),
    /// The models that stancemap runs: what is here, fetching, checking.
    Models(models::ModelsArgs),
    /// Heads from labelled examples.
    Train(train::Args),
    Eval(eval::EvalArgs),
    /// Compare names.
    Names(names::NamesArgs),
    Sentences(sentences::Args),
    Doctor(doctor::Args),
    /// Read one PDF for another stancemap.
    #[command(name = stancemap::load::READ_PDF, hide = true)]
    ReadPdf(read_pdf::Args),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was asked for is done.
    Done,
    /// Some documents failed; they are listed.
    SomeFailed,
}

/// Parses the command line, runs the command and turns its outcome into an exit code: 0 all done,
/// 1 some documents failed, 2 the command itself could not run.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomeFailed) => ExitCode::from(1),
        Err(error) => {
            eprintln!("stancemap: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> Result<Outcome> {
    match cli.command {
        Command::Run(args) => run::run(args, cli.threads, cli.quiet),
        Command::Quotes(args) => quotes::run(args, cli.threads, cli.quiet),
        Command::Stance(args) => stance::run(args, cli.threads, cli.quiet),
        Command::Eval(args) => eval::run(args, cli.threads, cli.quiet),
        Command::Compare(args) => compare::run(args),
        Command::Models(args) => models::run(&args, cli.quiet),
        Command::Train(args) => train::run(&args, cli.threads),
        Command::Names(args) => names::run(&args),
        Command::Sentences(args) => sentences::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::ReadPdf(args) => read_pdf::run(&args),
    }
}

/// The one document that a command is about, as `run` would read it.
fn one_document(file: &std::path::Path, max_bytes: u64) -> Result<Source> {
    let inputs = load::discover(&[file.to_owned()])?;
    let [input] = inputs.as_slice() else {
        return Err(Error::new(Stage::Load, "one document is needed here")
            .at_path(file)
            .remedy("name a file, not a folder"));
    };
    let (catalogue, warnings) = Catalogue::read(&inputs)?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    let reader = Reader {
        limits: Limits {
            max_bytes,
            sandbox: run::sandbox(),
        },
        catalogue,
        ..Reader::default()
    };
    reader.read(input)
}
