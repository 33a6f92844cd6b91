//! `stancemap quotes`: the quotations and who said them, without stances and maps.

use std::io::{self, Write};
use std::path::PathBuf;

use stancemap::config::{Choices, RunArgs};
use stancemap::export::{self, QuotationFormat};
use stancemap::quote::Scope;
use stancemap::{Error, Result, Stage, batch};

use super::Outcome;
use super::progress::Terminal;
use super::run as run_command;

/// Only the quotations, and who said them.
///
/// No stance is called and no argument map is drawn. Without --out the result goes to standard output:
/// the table of all documents, or the JSON of one.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Essays, or folders of them
    #[arg(required = true, value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// json: a record per document; citron: as other attribution systems write it; csv: one table;
    /// brat: standoff annotations
    #[arg(long, value_name = "json|citron|csv|brat")]
    format: QuotationFormat,
    /// all: also who wants or fears what, and what is said within quotations; statements: as `run` has them
    #[arg(long, value_enum, default_value_t = Wanted::All)]
    attributions: Wanted,
    /// Where the files go
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    choices: Choices,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Wanted {
    All,
    Statements,
}

pub(super) fn run(args: Args, threads: Option<usize>, quiet: bool) -> Result<Outcome> {
    let typed = RunArgs {
        paths: args.paths,
        choices: args.choices,
        ..RunArgs::default()
    };
    let mut settings = run_command::settings(typed, threads)?;
    settings.scope = match args.attributions {
        Wanted::All => Scope::All,
        Wanted::Statements => Scope::Statements,
    };
    let quoted = batch::quotations(&settings, &Terminal::new(quiet))?;
    run_command::say_what_failed(&quoted.warnings, &quoted.failures);
    let files = export::quotation_files(&quoted.documents, args.format)?;
    match (&args.out, files.as_slice()) {
        (Some(folder), files) => {
            for file in files {
                export::write_whole(&folder.join(&file.path), &file.bytes)?;
            }
        }
        (None, [file]) => {
            let written = io::stdout().lock().write_all(&file.bytes);
            written.map_err(|e| {
                Error::new(Stage::Export, "standard output cannot be written").caused_by(e)
            })?;
        }
        (None, []) => {}
        (None, _) => {
            let remedy = "name a folder for them with --out";
            return Err(
                Error::new(Stage::Settings, "there are several files to write").remedy(remedy),
            );
        }
    }
    Ok(if quoted.failures.is_empty() {
        Outcome::Done
    } else {
        Outcome::SomeFailed
    })
}
