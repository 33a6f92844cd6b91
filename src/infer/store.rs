//! Where models lie on this machine, and whether they are what they should be.
//!
//! Each model has a folder named after it, with the files of the manifest, the ONNX form of the
//! weights (`converted.onnx`), and `checked.json`: size, time and hash of each file when it was last
//! hashed. A file whose size and time are still those is trusted; any other is hashed again, so
//! that an ordinary start does not read 90 MB twice.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fetch::{self, Fetcher};
use super::manifest::{Manifest, Model};
use super::{Progress, bert};
use crate::{Error, Result, Stage};

const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";
const CONFIG: &str = "config.json";
const NETWORK: &str = "model.onnx";
const CONVERTED: &str = "converted.onnx";
const CHECKED: &str = "checked.json";
const LOCK: &str = ".lock";

/// A model's files, present and checked.
pub struct ModelFiles {
    pub name: String,
    pub revision: String,
    pub max_tokens: usize,
    pub tokenizer: PathBuf,
    pub network: Network,
    /// By file name.
    pub sha256: BTreeMap<String, String>,
}

/// The network, ready for the engine.
pub enum Network {
    File(PathBuf),
    /// Converted in memory from the weights at this path.
    Converted(Vec<u8>, PathBuf),
}

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
    pub fn fetch(&self, model: &Model, offline: bool, progress: &dyn Progress) -> Result<PathBuf> {
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

    /// As [`Store::fetch`]; converts the weights where the engine needs that.
    ///
    /// # Errors
    /// As [`Store::fetch`].
    pub fn ensure(
        &self,
        model: &Model,
        offline: bool,
        progress: &dyn Progress,
    ) -> Result<ModelFiles> {
        let folder = self.fetch(model, offline, progress)?;
        let sha256: BTreeMap<String, String> = model
            .files
            .iter()
            .map(|file| (file.name.clone(), file.sha256.clone()))
            .collect();
        let network = match sha256.get(WEIGHTS) {
            Some(weights) => converted(&folder, weights)?,
            None => Network::File(folder.join(NETWORK)),
        };
        Ok(ModelFiles {
            name: model.name.clone(),
            revision: model.revision.clone(),
            max_tokens: model.max_tokens,
            tokenizer: folder.join(TOKENIZER),
            network,
            sha256,
        })
    }

    /// Hashes every file of `model` anew, and the converted network against what was written.
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
        let mut states: Vec<_> = model.files.iter().map(state).collect();
        let converted = folder.join(CONVERTED);
        if let Some(entry) = Checked::read(&folder).files.get(CONVERTED)
            && converted.exists()
        {
            let state = match fetch::hash(&converted) {
                Ok((_, found)) if found == entry.sha256 => FileState::Right,
                Ok((_, found)) => FileState::Wrong(format!(
                    "{CONVERTED} has changed since it was written: expected SHA-256 {}, found {found}",
                    entry.sha256
                )),
                Err(error) => FileState::Wrong(error.message),
            };
            states.push((converted, state));
        }
        states
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

/// The files of a model that somebody has put into a folder; nothing is written there.
pub fn from_directory(folder: &Path) -> Result<ModelFiles> {
    #[derive(Deserialize)]
    struct Length {
        max_seq_length: usize,
    }
    let lacks = |name: &str| {
        Error::new(Stage::Models, format!("the model's folder has no {name}")).at_path(folder)
    };
    let has = |name: &str| folder.join(name).is_file();
    if !has(TOKENIZER) {
        return Err(lacks(TOKENIZER));
    }
    let mut names = vec![TOKENIZER];
    let network = if has(NETWORK) {
        names.push(NETWORK);
        Network::File(folder.join(NETWORK))
    } else if has(WEIGHTS) && has(CONFIG) {
        names.extend([WEIGHTS, CONFIG]);
        Network::Converted(convert(folder)?, folder.join(WEIGHTS))
    } else {
        return Err(lacks("model.onnx, nor model.safetensors with config.json"));
    };
    let max_tokens = fs::read(folder.join("sentence_bert_config.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Length>(&bytes).ok())
        .map_or(256, |length| length.max_seq_length);
    let mut sha256 = BTreeMap::new();
    for name in names {
        sha256.insert(name.to_owned(), fetch::hash(&folder.join(name))?.1);
    }
    Ok(ModelFiles {
        name: folder
            .file_name()
            .unwrap_or(folder.as_os_str())
            .to_string_lossy()
            .into_owned(),
        revision: "local".to_owned(),
        max_tokens,
        tokenizer: folder.join(TOKENIZER),
        network,
        sha256,
    })
}

/// The ONNX form of the weights in `folder`, written beside them the first time.
fn converted(folder: &Path, weights_sha256: &str) -> Result<Network> {
    let origin = format!("{weights_sha256} graph {}", bert::GRAPH_VERSION);
    let path = folder.join(CONVERTED);
    let known = Checked::read(folder);
    if let Some(entry) = known.files.get(CONVERTED)
        && entry.converted_from.as_ref() == Some(&origin)
    {
        if known.vouches_for(folder, CONVERTED, &entry.sha256) {
            return Ok(Network::File(path));
        }
        if fetch::hash(&path).is_ok_and(|(_, found)| found == entry.sha256) {
            let _ = Checked::note_converted(folder, &entry.sha256, &origin);
            return Ok(Network::File(path));
        }
    }
    let bytes = convert(folder)?;
    let hash = fetch::hexadecimal(&Sha256::digest(&bytes));
    // A folder that cannot be written costs a second at each start, and nothing else.
    let written = write_atomically(&path, &bytes)
        .and_then(|()| Checked::note_converted(folder, &hash, &origin));
    Ok(match written {
        Ok(()) => Network::File(path),
        Err(_) => Network::Converted(bytes, folder.join(WEIGHTS)),
    })
}

fn convert(folder: &Path) -> Result<Vec<u8>> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|e| {
            Error::new(Stage::Models, "cannot be read")
                .at_path(&path)
                .caused_by(e)
        })
    };
    let config = bert::config(&read(CONFIG)?).map_err(|e| e.at_path(folder.join(CONFIG)))?;
    bert::to_onnx(&read(WEIGHTS)?, &config).map_err(|e| e.at_path(folder.join(WEIGHTS)))
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
    /// For the converted network: hash of the weights, version of the graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    converted_from: Option<String>,
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
        Checked::write(folder, name, sha256, None)
    }

    fn note_converted(folder: &Path, sha256: &str, origin: &str) -> Result<()> {
        Checked::write(folder, CONVERTED, sha256, Some(origin.to_owned()))
    }

    fn write(folder: &Path, name: &str, sha256: &str, origin: Option<String>) -> Result<()> {
        let Some((size, modified)) = stamp(&folder.join(name)) else {
            return Ok(());
        };
        let mut checked = Checked::read(folder);
        let entry = CheckedFile {
            size,
            modified,
            sha256: sha256.to_owned(),
            converted_from: origin,
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

fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
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
