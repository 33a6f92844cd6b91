//! `stancemap stance`: labels a table of texts.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use stancemap::batch::Stances;
use stancemap::config::{Choices, RunArgs};
use stancemap::{Error, Result, Stage, language};

use super::Outcome;
use super::progress::Terminal;
use super::run as run_command;

/// Rows that are labelled together.
const BLOCK: usize = 1024;

/// Labels a table of texts.
///
/// The table is CSV with a column `text` and, for schemes that ask about a target, `target`. The same rows
/// come out in the same order, with the columns stance (a label, or abstained), best (the likeliest
/// label), stance_confidence and p_LABEL for each label.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The table
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Where the labelled table goes, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    choices: Choices,
}

pub(super) fn run(args: Args, threads: Option<usize>, quiet: bool) -> Result<Outcome> {
    let typed = RunArgs {
        choices: args.choices,
        ..RunArgs::default()
    };
    let settings = run_command::settings(typed, threads)?;
    let table = Table::open(&args.file)?;
    let stances = Stances::open(&settings, &Terminal::new(quiet))?;
    let Some(out) = &args.out else {
        let mut stdout = BufWriter::new(io::stdout().lock());
        table.label(&stances, &mut stdout)?;
        return Ok(Outcome::Done);
    };
    let unwritable = |e: io::Error| {
        Error::new(Stage::Export, "cannot be written")
            .at_path(out)
            .caused_by(e)
            .remedy("make the folder writable, or choose another file with --out")
    };
    let folder = out.parent().filter(|f| !f.as_os_str().is_empty());
    let mut whole =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(unwritable)?;
    table.label(&stances, &mut BufWriter::new(whole.as_file_mut()))?;
    whole.persist(out).map_err(|e| unwritable(e.error))?;
    Ok(Outcome::Done)
}

struct Table {
    path: PathBuf,
    reader: csv::Reader<File>,
    header: StringRecord,
    text: usize,
    target: Option<usize>,
}

impl Table {
    fn open(path: &Path) -> Result<Table> {
        let wrong = |e: csv::Error| {
            Error::new(Stage::Load, "cannot be read as CSV")
                .at_path(path)
                .caused_by(e)
                .remedy("save it as CSV in UTF-8, with a header line")
        };
        let mut reader = ReaderBuilder::new().from_path(path).map_err(wrong)?;
        let mut header = reader.headers().map_err(wrong)?.clone();
        if let Some(first) = header.get(0).and_then(|c| c.strip_prefix('\u{feff}')) {
            let first = first.to_owned();
            let rest: Vec<String> = header.iter().skip(1).map(str::to_owned).collect();
            header = std::iter::once(first).chain(rest).collect();
        }
        let column = |name: &str| header.iter().position(|column| column.trim() == name);
        let text = column("text").ok_or_else(|| {
            Error::new(Stage::Load, "the table has no column `text`")
                .at_path(path)
                .remedy("name the column with the texts so, in the first line")
        })?;
        Ok(Table {
            path: path.to_owned(),
            target: column("target"),
            reader,
            header,
            text,
        })
    }

    fn label(self, stances: &Stances, out: &mut dyn Write) -> Result<()> {
        let broken = |e: csv::Error| {
            Error::new(Stage::Export, "the labelled table cannot be written").caused_by(e)
        };
        let labels = stances.labels();
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::Any(b'\n'))
            .from_writer(out);
        let more = ["stance", "best", "stance_confidence"].map(str::to_owned);
        let more = more
            .into_iter()
            .chain(labels.iter().map(|l| format!("p_{l}")));
        let header: Vec<String> = self.header.iter().map(str::to_owned).chain(more).collect();
        writer.write_record(&header).map_err(broken)?;

        let mut foreign = Foreign::default();
        let mut block: Vec<StringRecord> = Vec::with_capacity(BLOCK);
        let mut records = self.reader.into_records();
        loop {
            let next = records.next();
            let ends = next.is_none();
            if let Some(record) = next {
                block.push(record.map_err(|e| {
                    Error::new(Stage::Load, "a row cannot be read")
                        .at_path(&self.path)
                        .caused_by(e)
                        .remedy("correct that row")
                })?);
            }
            if block.len() < BLOCK && !ends {
                continue;
            }
            let cell = |record: &StringRecord, at: usize| record.get(at).unwrap_or("").to_owned();
            let texts: Vec<(String, Option<String>)> = block
                .iter()
                .map(|r| (cell(r, self.text), self.target.map(|at| cell(r, at))))
                .collect();
            let calls = stances.calls(&texts)?;
            for ((record, (text, _)), call) in block.iter().zip(&texts).zip(calls) {
                foreign.look_at(text);
                let said = !text.trim().is_empty();
                let stance = if said { call.cell() } else { "abstained" };
                let numbers = std::iter::once(call.confidence)
                    .chain(call.probabilities.iter().map(|p| p.probability))
                    .map(|number| format!("{number:.4}"));
                let row: Vec<String> = record
                    .iter()
                    .map(str::to_owned)
                    .chain([stance.to_owned(), call.best.clone()])
                    .chain(numbers)
                    .collect();
                writer.write_record(&row).map_err(broken)?;
            }
            block.clear();
            if ends {
                break;
            }
        }
        writer.flush().map_err(|e| broken(e.into()))?;
        foreign.warn();
        Ok(())
    }
}

/// Counts rows, and those that are not in English.
#[derive(Default)]
struct Foreign {
    rows: usize,
    found: usize,
    /// The first: its row, counted from 1 below the header, and its language.
    first: Option<(usize, &'static str)>,
}

impl Foreign {
    fn look_at(&mut self, text: &str) {
        self.rows += 1;
        if let Some(language) = language::foreign(text) {
            self.found += 1;
            self.first.get_or_insert((self.rows, language));
        }
    }

    fn warn(&self) {
        if let Some((row, language)) = self.first {
            eprintln!(
                "warning: {} of {} texts seem not to be in English (row {row}: {language}); their stances are unreliable",
                self.found, self.rows
            );
        }
    }
}
