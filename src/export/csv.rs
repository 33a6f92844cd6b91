//! Tables as CSV: UTF-8, commas, LF, quoted only where needed, texts exactly as they are.

use csv::{Terminator, WriterBuilder};

use super::json::six_decimals;
use super::tables::{self, Cell, Table};
use super::{Exporter, OutputFile};
use crate::analysis::Analysis;
use crate::{Error, Result, Stage};

/// `tables/*.csv`.
pub struct Csv;

impl Exporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn files(&self, analysis: &Analysis) -> Result<Vec<OutputFile>> {
        tables::all(analysis).iter().map(file).collect()
    }
}

pub(super) fn file(table: &Table) -> Result<OutputFile> {
    let path = format!("tables/{}.csv", table.name);
    let bytes = bytes(table).map_err(|e| {
        Error::new(Stage::Export, "a table could not be written as CSV")
            .at(path.clone())
            .caused_by(e)
    })?;
    Ok(OutputFile { path, bytes })
}

fn bytes(table: &Table) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| column.name.as_str()))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(cell))?;
    }
    writer.into_inner().map_err(|e| e.into_error().into())
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Integer(value) => value.to_string(),
        Cell::Real(value) => format!("{:.4}", six_decimals(*value)),
        Cell::Empty => String::new(),
    }
}
