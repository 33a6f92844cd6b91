//! `stancemap sentences`: segmentation by itself.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;
use stancemap::layout;
use stancemap::load;
use stancemap::sentence;
use stancemap::text::CodePoints;
use stancemap::{Error, Result, Stage};

use super::Outcome;

/// The sentences of one document.
///
/// One JSON object a line: `start` and `end` are Unicode code points of the raw text, end exclusive,
/// and `text` is the raw text between them. Headings and list items are sentences; a note marker
/// belongs to the sentence that it ends. Notes and page furniture have no sentences of their own; one
/// that stands inside a sentence is inside its text.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The document.
    file: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// The longest text that is read, in bytes.
    #[arg(long, default_value_t = load::DEFAULT_MAX_BYTES, value_name = "BYTES")]
    max_bytes: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Jsonl,
}

#[derive(Serialize)]
struct Row<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let Format::Jsonl = args.format;
    let source = super::one_document(&args.file, args.max_bytes)?;
    let layout = layout::analyse(&source);
    let points = CodePoints::new(&source.raw);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for span in sentence::raw_extents(&layout.body, &source.raw) {
        let row = Row {
            start: points.at(&source.raw, span.start),
            end: points.at(&source.raw, span.end),
            text: span.of(&source.raw),
        };
        let line = serde_json::to_string(&row).map_err(|e| {
            Error::new(Stage::Export, "cannot write a sentence as JSON").caused_by(e)
        })?;
        if writeln!(out, "{line}").is_err() {
            // A reader that closed the pipe has seen enough.
            break;
        }
    }
    let _ = out.flush();
    Ok(Outcome::Done)
}
