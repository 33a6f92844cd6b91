//! The quotations of documents by themselves, in one of several formats: what `stancemap quotes`
//! prints or writes.

mod brat;
mod citron;

use std::collections::BTreeMap;
use std::str::FromStr;

use super::tables::{self, Table};
use super::{OutputFile, csv, json};
use crate::analysis::DocumentRecord;
use crate::{Error, Result, Stage};

/// A format of quotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotationFormat {
    /// The documents' records, `STEM.json`.
    Json,
    /// `STEM.json` with `text` and `quotes`, as other attribution systems write it.
    Citron,
    /// One table for all documents, `quotes.csv`.
    Csv,
    /// Standoff for the annotation tool brat, `STEM.txt` and `STEM.ann`.
    Brat,
}

impl QuotationFormat {
    pub const ALL: [QuotationFormat; 4] = [
        QuotationFormat::Json,
        QuotationFormat::Citron,
        QuotationFormat::Csv,
        QuotationFormat::Brat,
    ];

    pub fn name(self) -> &'static str {
        match self {
            QuotationFormat::Json => "json",
            QuotationFormat::Citron => "citron",
            QuotationFormat::Csv => "csv",
            QuotationFormat::Brat => "brat",
        }
    }
}

impl FromStr for QuotationFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<QuotationFormat> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::new(
                Stage::Settings,
                format!("`{name}` is no format of quotations"),
            )
            .remedy(format!("it can be {names}"))
        })
    }
}

/// The files of a format, sorted by path.
///
/// # Errors
/// A record that cannot be turned into the format.
pub fn quotation_files(
    documents: &[DocumentRecord],
    format: QuotationFormat,
) -> Result<Vec<OutputFile>> {
    let stems = stems(documents);
    let named = || documents.iter().zip(&stems);
    let mut files = Vec::new();
    match format {
        QuotationFormat::Json => {
            for (document, stem) in named() {
                files.push(json::file(format!("{stem}.json"), document)?);
            }
        }
        QuotationFormat::Citron => {
            for (document, stem) in named() {
                files.push(json::file(
                    format!("{stem}.json"),
                    &citron::document(document),
                )?);
            }
        }
        QuotationFormat::Csv => {
            let mut file = csv::file(&table(documents))?;
            file.path = "quotes.csv".to_owned();
            files.push(file);
        }
        QuotationFormat::Brat => files.extend(named().flat_map(|(d, stem)| brat::files(d, stem))),
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// What each document's files are called: as its own file, or by its id where two are called alike.
fn stems(documents: &[DocumentRecord]) -> Vec<&str> {
    fn stem(document: &DocumentRecord) -> Option<&str> {
        let name = document.path.rsplit('/').next()?;
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        Some(stem).filter(|stem| !stem.is_empty())
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let stems: Vec<Option<&str>> = documents.iter().map(stem).collect();
    for stem in stems.iter().flatten() {
        // File systems that take no notice of case would put both in one file.
        *counts.entry(stem.to_lowercase()).or_default() += 1;
    }
    let own = |stem: &&str| counts.get(&stem.to_lowercase()) == Some(&1);
    (documents.iter().zip(stems))
        .map(|(document, stem)| stem.filter(own).unwrap_or(&document.id))
        .collect()
}

/// The table of a run without what is known of stances.
fn table(documents: &[DocumentRecord]) -> Table {
    let mut table = tables::quotes(documents, &[]);
    let kept: Vec<bool> = (table.columns.iter())
        .map(|column| !column.name.starts_with("stance"))
        .collect();
    let mut of_columns = kept.iter();
    table.columns.retain(|_| of_columns.next() == Some(&true));
    for row in &mut table.rows {
        let mut of_cells = kept.iter();
        row.retain(|_| of_cells.next() == Some(&true));
    }
    table
}
