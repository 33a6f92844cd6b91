//! Where models lie on this machine, and whether they are what they should be.
//!
//! Each model has a folder named after it, with the files of the manifest and `checked.json`: size,
//! time and hash of each file when it was last hashed. A file whose size and time are still those is trusted; any other is hashed again, so
//! that an ordinary start does not read 90 MB twice.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::Progress;
use super::fetch::{self, Fetcher};
use super::manifest::{Manifest, Model};
use crate::{Error, Result, Stage};

const CHECKED: &str = "checked.json";
const LOCK: &str = ".lock";

/// What `verify` found out about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    Right,
    Missing,
    /// Says what was expected and what was found.
    Wrong(String),
}

/// Where models are kept: `STANCEMAP_MODELS` if it is set; `models/cache` of the stancemap
/// checkout that `working` lies in, if it does; else `stancemap/models` in the user's cache folder
/// (`XDG_CACHE_HOME`, `~/.cache`, or `%LOCALAPPDATA%`).
///
/// `variable` looks up the environment.
pub fn directory(working: &Path, variable: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    let set = |name: &str| variable(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(folder) = set("STANCEMAP_MODELS") {
        return folder;
    }
    let checkout = working.ancestors().find(|folder| {
        folder.join("models/manifest.toml").is_file()
            && fs::read_to_string(folder.join("Cargo.toml"))
                .is_ok_and(|text| text.contains("name = \"stancemap\""))
    });
    if let Some(folder) = checkout {
        return folder.join("models/cache");
    }
    set("XDG_CACHE_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("stancemap/models")
}

/// The folder of all models.
pub struct Store {
    root: PathBuf,
}

impl Store {
    pub fn new(root: impl Into<PathBuf>) -> Store {
        Store { root: root.into() }
    }

    pub fn folder(&self, model: &Model) -> PathBuf {
        self.root.join(&model.name)
    }

    /// Whether all files are there with the right size; hashes are not looked at.
    pub fn present(&self, model: &Model) -> bool {
        let folder = self.folder(model);
        model.files.iter().all(|file| {
            fs::metadata(folder.join(&file.name)).is_ok_and(|found| found.len() == file.size)
        })
    }

    /// Makes sure that every file of `model` is here and right, fetching what is not; the model's
    /// folder.
    ///
    /// # Errors
    /// Missing files while offline, files that cannot be fetched or are not the promised ones.
    pub fn ensure(&self, model: &Model, offline: bool, progress: &dyn Progress) -> Result<PathBuf> {
        let folder = self.folder(model);
        let missing = self.missing(model)?;
        if !missing.is_empty() {
            if offline {
                return Err(self.offline_error(model, &missing));
            }
            fs::create_dir_all(&folder).map_err(|e| fetch::unwritable(&folder, e))?;
            let _lock = lock(&folder, progress);
            // Another process may have fetched them while this one waited.
            let mut fetcher = Fetcher::new(progress);
            for file in self.missing(model)? {
                // A pinned model may have files in folders.
                if let Some(inner) = folder.join(&file.name).parent() {
                    fs::create_dir_all(inner).map_err(|e| fetch::unwritable(inner, e))?;
                }
                if !self.borrow(file, &folder) {
                    fetcher.fetch(file, &folder)?;
                }
                Checked::note(&folder, &file.name, &file.sha256)?;
            }
        }
        Ok(folder)
    }

    /// Notes that the files of `model` are the right ones, which the caller has just seen to.
    pub(super) fn vouch(&self, model: &Model) {
        let folder = self.folder(model);
        for file in &model.files {
            // Only speeds up the next start.
            let _ = Checked::note(&folder, &file.name, &file.sha256);
        }
    }

    /// Hashes every file of `model` anew.
    pub fn verify(&self, model: &Model) -> Vec<(PathBuf, FileState)> {
        let folder = self.folder(model);
        let state = |file: &super::manifest::File| {
            let path = folder.join(&file.name);
            let state = if !path.exists() {
                FileState::Missing
            } else if let Err(error) = fetch::check(file, &path) {
                FileState::Wrong(error.message)
            } else {
                FileState::Right
            };
            (path, state)
        };
        model.files.iter().map(state).collect()
    }

    /// Files that are not here, or not the right ones.
    fn missing<'m>(&self, model: &'m Model) -> Result<Vec<&'m super::manifest::File>> {
        let folder = self.folder(model);
        let checked = Checked::read(&folder);
        let mut missing = Vec::new();
        for file in &model.files {
            let path = folder.join(&file.name);
            let size = fs::metadata(&path).map(|found| found.len()).ok();
            if size != Some(file.size) {
                missing.push(file);
            } else if !checked.vouches_for(&folder, &file.name, &file.sha256) {
                if fetch::check(file, &path).is_ok() {
                    // Only speeds up the next start; a folder that cannot be written is no error.
                    let _ = Checked::note(&folder, &file.name, &file.sha256);
                } else {
                    missing.push(file);
                }
            }
        }
        Ok(missing)
    }

    /// Takes the file from another model that has the very same one.
    fn borrow(&self, file: &super::manifest::File, folder: &Path) -> bool {
        let part = folder.join(format!("{}.copy{}", file.name, std::process::id()));
        Manifest::built_in()
            .models
            .iter()
            .filter(|other| other.files.iter().any(|f| f.sha256 == file.sha256))
            .map(|other| self.folder(other).join(&file.name))
            .any(|source| {
                fs::copy(source, &part).is_ok() && fetch::settle(file, &part, folder).is_ok()
            })
    }

    fn offline_error(&self, model: &Model, missing: &[&super::manifest::File]) -> Error {
        let names: Vec<&str> = missing.iter().map(|file| file.name.as_str()).collect();
        Error::new(
            Stage::Models,
            format!(
                "the model {} lacks {} (or has other files by these names), and the run is offline",
                model.name,
                names.join(", ")
            ),
        )
        .at_path(self.folder(model))
        .remedy(format!(
            "run `stancemap models pull {}` with a network, or set STANCEMAP_MODELS to a folder that has it",
            model.name
        ))
    }
}

/// `checked.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Checked {
    files: BTreeMap<String, CheckedFile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CheckedFile {
    size: u64,
    /// Nanoseconds since 1970.
    modified: u64,
    sha256: String,
}

impl Checked {
    /// Whatever is there; an absent or unreadable file only means that everything is hashed again.
    fn read(folder: &Path) -> Checked {
        fs::read(folder.join(CHECKED))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    fn vouches_for(&self, folder: &Path, name: &str, sha256: &str) -> bool {
        self.files.get(name).is_some_and(|entry| {
            entry.sha256 == sha256
                && stamp(&folder.join(name)) == Some((entry.size, entry.modified))
        })
    }

    fn note(folder: &Path, name: &str, sha256: &str) -> Result<()> {
        let Some((size, modified)) = stamp(&folder.join(name)) else {
            return Ok(());
        };
        let mut checked = Checked::read(folder);
        let entry = CheckedFile {
            size,
            modified,
            sha256: sha256.to_owned(),
        };
        checked.files.insert(name.to_owned(), entry);
        let text = serde_json::to_vec_pretty(&checked).map_err(|e| {
            Error::new(Stage::Models, "the record of checks cannot be written").caused_by(e)
        })?;
        write_atomically(&folder.join(CHECKED), &text)
    }
}

fn stamp(path: &Path) -> Option<(u64, u64)> {
    let found = fs::metadata(path).ok()?;
    let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((found.len(), u64::try_from(modified.as_nanos()).ok()?))
}

pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |e| fetch::unwritable(path, e);
    let mut part = fetch::temporary(folder, ".")?;
    part.write_all(bytes).map_err(failed)?;
    part.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Keeps a second process from fetching the same files; freed when the value is dropped or its
/// process ends. A file system without locks is no obstacle: names are temporary until a file is
/// whole.
fn lock(folder: &Path, progress: &dyn Progress) -> Option<File> {
    let file = File::create(folder.join(LOCK)).ok()?;
    if matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
        progress.notice("another stancemap is fetching this model; waiting for it");
        file.lock().ok()?;
    }
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_beats_the_checkout_which_beats_the_users_cache() {
        let checkout = tempfile::tempdir().unwrap();
        fs::create_dir_all(checkout.path().join("models")).unwrap();
        fs::write(checkout.path().join("models/manifest.toml"), "").unwrap();
        fs::write(checkout.path().join("Cargo.toml"), "name = \"stancemap\"").unwrap();
        let inside = checkout.path().join("models");
        let elsewhere = tempfile::tempdir().unwrap();
        let home = |name: &str| (name == "HOME").then(|| "/home/ada".to_owned());
        let set = |name: &str| (name == "STANCEMAP_MODELS").then(|| "/m".to_owned());
        assert_eq!(directory(&inside, &set), Path::new("/m"));
        assert_eq!(
            directory(&inside, &home),
            checkout.path().join("models/cache")
        );
        assert_eq!(
            directory(elsewhere.path(), &home),
            Path::new("/home/ada/.cache/stancemap/models")
        );
    }
}
