//! A run's folder on disk: whole files or none, and only our own are ever removed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::json;
use super::{OutputFile, read};
use crate::{Error, Result, Stage};

/// The list of the files that runs have written here.
const WRITTEN: &str = ".stancemap/written.json";

/// How a file is called until it is whole.
const TEMPORARY: &str = ".stancemap-";

/// `.stancemap/written.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    /// Relative paths with forward slashes, sorted.
    files: BTreeSet<String>,
}

/// An output folder that is being written.
pub(super) struct Folder {
    root: PathBuf,
    /// What this run writes.
    now: BTreeSet<String>,
    /// What earlier runs wrote.
    before: BTreeSet<String>,
}

impl Folder {
    /// Makes the folder ready for the files `now`, and lists them before the first is written, so
    /// that even after a crash everything that is ours is known.
    pub fn open(root: &Path, now: BTreeSet<String>) -> Result<Folder> {
        let list = root.join(WRITTEN);
        // A list that cannot be read is no list: then nothing counts as ours, nothing is removed.
        let before = fs::read(&list)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok())
            .unwrap_or_default()
            .files;
        let manifest = root.join("manifest.json");
        if !before.contains("manifest.json") && manifest.exists() && !read::is_manifest(&manifest) {
            return Err(Error::new(
                Stage::Export,
                "the output folder holds a manifest.json of something else",
            )
            .at_path(manifest)
            .remedy("choose another folder with --out"));
        }
        let folder = Folder {
            root: root.to_owned(),
            now,
            before,
        };
        folder.list(&folder.now | &folder.before)?;
        for name in ["", "documents", "tables", "report", ".stancemap"] {
            remove_leftovers(&root.join(name));
        }
        Ok(folder)
    }

    /// Writes one file, unless it already holds these bytes.
    pub fn write(&self, file: &OutputFile) -> Result<()> {
        let inside = Path::new(&file.path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !inside || file.path.contains('\\') {
            return Err(Error::new(
                Stage::Export,
                "a file would lie outside of the output folder",
            )
            .at(file.path.clone())
            .remedy("give the document another name"));
        }
        write_whole(&self.root.join(&file.path), &file.bytes)
    }

    /// Removes the documents that earlier runs wrote and this one did not, and forgets them.
    pub fn close(self) -> Result<()> {
        let mut kept = self.now.clone();
        for path in self.before.difference(&self.now) {
            if is_document(path) {
                let path = self.root.join(path);
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => {
                        return Err(unwritable(&path, e));
                    }
                    _ => {}
                }
            } else {
                kept.insert(path.clone());
            }
        }
        self.list(kept)
    }

    fn list(&self, files: BTreeSet<String>) -> Result<()> {
        let path = self.root.join(WRITTEN);
        let bytes = json::to_bytes(&Written { files })
            .map_err(|e| unwritable(&path, io::Error::other(e)))?;
        write_whole(&path, &bytes)
    }
}

/// Whether a listed path is that of a document's record, directly in `documents/`.
fn is_document(path: &str) -> bool {
    path.strip_prefix("documents/")
        .and_then(|name| name.strip_suffix(".json"))
        .is_some_and(|id| !id.is_empty() && !id.contains(['/', '\\']))
}

/// Writes one file under a temporary name beside it, then renames it; its folder is made where it is not
/// there, and a file that holds these bytes already is left alone.
///
/// # Errors
/// Of stage `export`, with the path and a remedy.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|e| unwritable(parent, e))?;
    let write = || -> io::Result<()> {
        let mut file = temporary(parent)?;
        file.write_all(bytes)?;
        // Renamed only once its bytes are on the disk: a loss of power leaves the old file.
        file.as_file().sync_data()?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    write().map_err(|e| unwritable(path, e))
}

fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY).suffix(".tmp");
    // The usual permissions, less the umask; a temporary file's own would hide it from others.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Removes what a run that was killed left half written; failing to is no error.
fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(TEMPORARY) && name.ends_with(".tmp") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run again: what is already written is kept"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "make the folder writable, or choose another with --out"
        }
        io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::IsADirectory => {
            "something else has this name: move it away, or choose another folder with --out"
        }
        _ => "check the folder, or choose another with --out",
    };
    Error::new(Stage::Export, "cannot be written")
        .at_path(path)
        .remedy(remedy)
        .caused_by(error)
}
