//! What a run leaves behind: JSON records, tables and the report page, written so that a crash
//! cannot leave half a file.
//!
//! An [`Exporter`] turns an [`Analysis`] into files in memory; [`write_run`] puts a run's folder on
//! disk and [`read_run`] reads it back.

mod csv;
mod folder;
mod json;
mod page;
mod parquet;
mod quotations;
mod read;
mod schema;
mod tables;

use std::path::Path;

use rayon::prelude::*;

use crate::Result;
use crate::analysis::Analysis;

pub use self::csv::Csv;
pub use self::folder::write_whole;
pub use self::json::{ExpertsFile, Json};
pub use self::page::Page;
pub use self::parquet::Parquet;
pub use self::quotations::{QuotationFormat, quotation_files};
pub use self::read::read_run;
pub use self::schema::schemas;

/// A file to write: its path relative to the output folder, with forward slashes, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// One format, as files in memory. The same analysis gives the same bytes.
pub trait Exporter {
    /// What the command line calls the format.
    fn name(&self) -> &'static str;

    /// Every file of the format, sorted by path.
    fn files(&self, analysis: &Analysis) -> Result<Vec<OutputFile>>;
}

/// Writes a run's folder: `documents/`, `experts.json`, `tables/`, `report/index.html` and, last,
/// `manifest.json`.
///
/// Each file gets a temporary name in its own folder and is then renamed; a file that already
/// holds these bytes is left alone. Documents of earlier runs that the analysis no longer has are
/// removed, and nothing else: what was written is remembered in `.stancemap/written.json`.
///
/// # Errors
/// Of stage `export`, with the path and a remedy: the folder cannot be written, the disk is full,
/// or the folder holds a `manifest.json` of some other program.
pub fn write_run(analysis: &Analysis, out: &Path) -> Result<()> {
    let mut files = vec![json::experts(analysis)?];
    let exporters: [&dyn Exporter; 3] = [&Csv, &Parquet, &Page];
    for exporter in exporters {
        files.extend(exporter.files(analysis)?);
    }
    let manifest = json::manifest(analysis)?;

    let paths = analysis
        .documents
        .iter()
        .map(json::document_path)
        .chain(files.iter().map(|file| file.path.clone()))
        .chain([manifest.path.clone()]);
    let folder = folder::Folder::open(out, paths.collect())?;
    // Documents are the bulk of a run: turned into bytes one by one, never all at once.
    analysis
        .documents
        .par_iter()
        .try_for_each(|record| folder.write(&json::document(record)?))?;
    files.par_iter().try_for_each(|file| folder.write(file))?;
    folder.write(&manifest)?;
    folder.close()
}
