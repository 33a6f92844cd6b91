//! The process that reads one PDF for another stancemap: no command for people.

use stancemap::load;
use stancemap::{Error, Result, Stage};

use super::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Bytes of address space
    memory: u64,
    /// Bytes of text
    max_bytes: u64,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let (input, output) = (std::io::stdin().lock(), std::io::stdout().lock());
    load::read_pdf_for_parent(input, output, args.memory, args.max_bytes).map_err(|e| {
        Error::new(Stage::Load, "the PDF cannot be passed on")
            .caused_by(e)
            .remedy("this command is for stancemap itself")
    })?;
    Ok(Outcome::Done)
}
