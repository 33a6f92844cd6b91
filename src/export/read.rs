//! A run's folder, read back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ExpertsFile;
use crate::analysis::{Analysis, DocumentRecord, SCHEMA_VERSION};
use crate::{Error, Result, Stage};

/// What every version's manifest has.
#[derive(Deserialize)]
struct Manifest {
    schema: String,
    #[expect(dead_code, reason = "its presence tells our manifest from others")]
    program: String,
}

/// Reads what [`super::write_run`] wrote: `manifest.json`, `experts.json` and `documents/`.
///
/// # Errors
/// Of stage `export`, with a remedy: the folder is not a run's, was written by a version with
/// another schema, or a file in it is missing or damaged.
pub fn read_run(out: &Path) -> Result<Analysis> {
    let path = out.join("manifest.json");
    let bytes = fs::read(&path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => not_a_run(out),
        _ => unreadable(&path).caused_by(e),
    })?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| not_a_run(out))?;
    check_schema(&path, &manifest.schema)?;
    let manifest = record(&path)?;

    let path = out.join("experts.json");
    let experts: ExpertsFile = record(&path)?;
    check_schema(&path, &experts.schema)?;

    let mut documents = Vec::new();
    for path in document_paths(&out.join("documents"))? {
        let document: DocumentRecord = record(&path)?;
        check_schema(&path, &document.schema)?;
        documents.push(document);
    }
    documents.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Analysis {
        manifest,
        documents,
        experts: experts.experts,
        edges: experts.edges,
    })
}

/// Whether a file is the manifest of a run, of whatever version.
pub(super) fn is_manifest(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| serde_json::from_slice::<Manifest>(&bytes).is_ok())
}

/// The JSON files of `documents/`, sorted; none where the folder is missing, as in a run in which
/// every document failed.
fn document_paths(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|e| unreadable(folder).caused_by(e))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| unreadable(folder).caused_by(e))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|e| e == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn record<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).map_err(|e| unreadable(path).caused_by(e))?;
    serde_json::from_slice(&bytes).map_err(|e| {
        Error::new(Stage::Export, "is damaged, or no file of a run")
            .at_path(path)
            .remedy("run `stancemap run` again with the same --out")
            .caused_by(e)
    })
}

fn check_schema(path: &Path, schema: &str) -> Result<()> {
    if schema == SCHEMA_VERSION {
        return Ok(());
    }
    Err(Error::new(
        Stage::Export,
        format!("has schema version {schema}; this program reads version {SCHEMA_VERSION}"),
    )
    .at_path(path)
    .remedy("run `stancemap run` again with this version, or use the version that wrote it"))
}

fn not_a_run(out: &Path) -> Error {
    Error::new(
        Stage::Export,
        "is not the folder of a run: it has no manifest.json of stancemap",
    )
    .at_path(out)
    .remedy("give the folder that `stancemap run --out` wrote")
}

fn unreadable(path: &Path) -> Error {
    Error::new(Stage::Export, "cannot be read")
        .at_path(path)
        .remedy("run `stancemap run` again with the same --out")
}
