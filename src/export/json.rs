//! The JSON records: pretty, in the order of the structs, at most six decimals.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::{Exporter, OutputFile};
use crate::analysis::{Analysis, DocumentRecord, Edge, ExpertRecord, SCHEMA_VERSION};
use crate::{Error, Result, Stage};

/// `experts.json`: every expert with the argument map, and the edges between experts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExpertsFile {
    pub schema: String,
    /// Sorted by id.
    pub experts: Vec<ExpertRecord>,
    /// Edges between claims of different experts; edges within one expert are in its `map`.
    pub edges: Vec<Edge>,
}

/// As [`ExpertsFile`], without a copy.
#[derive(Serialize)]
struct ExpertsView<'a> {
    schema: &'static str,
    experts: &'a [ExpertRecord],
    edges: &'a [Edge],
}

/// `manifest.json`, `experts.json` and `documents/ID.json`.
pub struct Json;

impl Exporter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn files(&self, analysis: &Analysis) -> Result<Vec<OutputFile>> {
        let mut files = analysis
            .documents
            .iter()
            .map(document)
            .collect::<Result<Vec<_>>>()?;
        files.push(experts(analysis)?);
        files.push(manifest(analysis)?);
        Ok(files)
    }
}

pub(super) fn document_path(record: &DocumentRecord) -> String {
    format!("documents/{}.json", record.id)
}

pub(super) fn document(record: &DocumentRecord) -> Result<OutputFile> {
    file(document_path(record), record)
}

pub(super) fn experts(analysis: &Analysis) -> Result<OutputFile> {
    let view = ExpertsView {
        schema: SCHEMA_VERSION,
        experts: &analysis.experts,
        edges: &analysis.edges,
    };
    file("experts.json".to_owned(), &view)
}

pub(super) fn manifest(analysis: &Analysis) -> Result<OutputFile> {
    file("manifest.json".to_owned(), &analysis.manifest)
}

pub(super) fn file(path: String, record: &impl Serialize) -> Result<OutputFile> {
    let bytes = to_bytes(record).map_err(|e| {
        Error::new(Stage::Export, "a record could not be written as JSON")
            .at(path.clone())
            .caused_by(e)
    })?;
    Ok(OutputFile { path, bytes })
}

pub(super) fn to_bytes(record: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let formatter = SixDecimals(PrettyFormatter::new());
    record.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// To six decimals: what JSON and tables hold, so that a run that is read back exports the same
/// bytes (serde_json reads numbers this short exactly).
pub(super) fn six_decimals(value: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (value * 1e6).round() / 1e6 + 0.0
}

/// The pretty layout of serde_json with numbers cut to six decimals.
struct SixDecimals<'a>(PrettyFormatter<'a>);

impl Formatter for SixDecimals<'_> {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.0.write_f64(writer, six_decimals(value))
    }
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }
    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }
    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_at_most_six_decimals_and_no_negative_zero() {
        let bytes = to_bytes(&[1.0 / 3.0, 0.5, -1e-9, 1.0]).expect("numbers are JSON");
        let text = String::from_utf8(bytes).expect("JSON is UTF-8");
        assert_eq!(text, "[\n  0.333333,\n  0.5,\n  0.0,\n  1.0\n]\n");
    }
}
