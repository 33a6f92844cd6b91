//! `stancemap compare`: stances side by side within a run or between two.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use stancemap::compare::{self, By, Format};
use stancemap::{Error, Result, Stage, export};

use super::Outcome;

/// Compare stances within a run or between two, and say what moved.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of a run.
    out: PathBuf,
    /// The folder of a second run, to compare with the first.
    out2: Option<PathBuf>,
    /// What each row of the first table stands for.
    #[arg(long, value_enum, default_value_t = ByName::Document)]
    by: ByName,
    /// How to print the tables.
    #[arg(long, value_enum, default_value_t = FormatName::Text)]
    format: FormatName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ByName {
    Document,
    Expert,
    /// Of the quotation, from its note; else of the document.
    Year,
    /// The work that the quotation's note names.
    Source,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatName {
    Text,
    Csv,
    Json,
    Md,
}

pub fn run(args: Args) -> Result<Outcome> {
    let by = match args.by {
        ByName::Document => By::Document,
        ByName::Expert => By::Expert,
        ByName::Year => By::Year,
        ByName::Source => By::Source,
    };
    let format = match args.format {
        FormatName::Text => Format::Text,
        FormatName::Csv => Format::Csv,
        FormatName::Json => Format::Json,
        FormatName::Md => Format::Markdown,
    };
    let first = export::read_run(&args.out)?;
    let comparison = match args.out2 {
        None => compare::within(&first, by),
        Some(second) => compare::between(&first, &export::read_run(&second)?, by)?,
    };
    let text = compare::render(&comparison, format)?;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        // A reader that has seen enough (`| head`) is no failure.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::new(
            Stage::Compare,
            "the tables could not be printed",
        )
        .remedy("check where the output goes")
        .caused_by(e)),
        _ => Ok(Outcome::Done),
    }
}
