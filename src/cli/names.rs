//! `stancemap names`: the comparison of names by itself.

use std::io;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use stancemap::{Error, Result, Stage, people};

use super::Outcome;

#[derive(Debug, Args)]
pub struct NamesArgs {
    #[command(subcommand)]
    command: NamesCommand,
}

#[derive(Debug, Subcommand)]
enum NamesCommand {
    /// Score how well pairs of names fit one person, as CSV: name1,name2,score.
    Match(MatchArgs),
}

#[derive(Debug, Args)]
struct MatchArgs {
    /// A CSV file with the columns name1 and name2.
    #[arg(long, value_name = "FILE.csv")]
    pairs: PathBuf,
}

/// Runs the subcommand; results go to stdout.
pub fn run(args: &NamesArgs) -> Result<Outcome> {
    match &args.command {
        NamesCommand::Match(args) => match_pairs(args),
    }
}

fn match_pairs(args: &MatchArgs) -> Result<Outcome> {
    let cannot = |error: csv::Error| {
        Error::new(Stage::People, "cannot read the pairs")
            .at_path(&args.pairs)
            .caused_by(error)
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(&args.pairs)
        .map_err(cannot)?;
    let headers = reader.headers().map_err(cannot)?.clone();
    let column = |name: &str| {
        let plain = |header: &str| header.trim_start_matches('\u{feff}').trim() == name;
        headers.iter().position(plain).ok_or_else(|| {
            Error::new(Stage::People, format!("the table has no column {name}"))
                .at_path(&args.pairs)
                .remedy("the first line must be name1,name2")
        })
    };
    let (first, second) = (column("name1")?, column("name2")?);

    let mut writer = csv::Writer::from_writer(io::stdout().lock());
    let wrote = |result: csv::Result<()>| match result {
        // A reader that closed the pipe has seen enough.
        Err(error) if !broken_pipe(&error) => {
            Err(Error::new(Stage::People, "cannot write the scores").caused_by(error))
        }
        other => Ok(other.is_ok()),
    };
    if !wrote(writer.write_record(["name1", "name2", "score"]))? {
        return Ok(Outcome::Done);
    }
    for record in reader.records() {
        let record = record.map_err(cannot)?;
        let (a, b) = (
            record.get(first).unwrap_or_default(),
            record.get(second).unwrap_or_default(),
        );
        let score = format!("{:.4}", people::score(a, b).score);
        if !wrote(writer.write_record([a, b, &score]))? {
            return Ok(Outcome::Done);
        }
    }
    wrote(writer.flush().map_err(csv::Error::from))?;
    Ok(Outcome::Done)
}

fn broken_pipe(error: &csv::Error) -> bool {
    matches!(error.kind(), csv::ErrorKind::Io(io) if io.kind() == io::ErrorKind::BrokenPipe)
}
