//! A model's folder on this machine, for engines that read the usual files by themselves: one of
//! the store's, or one that somebody has made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::built_in::BuiltIn;
use super::manifest::{Kind, Manifest};
use super::store::Store;
use super::{ModelSettings, Progress, Source, fetch};
use crate::{Error, Result, Stage};

/// Files of a model's folder that change what the model says.
pub const FILES: [&str; 14] = [
    "config.json",
    "model.safetensors",
    "model.int8.safetensors",
    "model.onnx",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spm.model",
    "special_tokens_map.json",
    "modules.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
];

/// A folder with a model in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFolder {
    pub path: PathBuf,
    /// Of the manifest; "local" for a folder that somebody has made.
    pub revision: String,
    pub source: Source,
    /// What the manifest says about the longest text.
    pub max_tokens: Option<usize>,
}

impl ModelFolder {
    /// The folder of the model `name`, which is one of the manifest's or a directory; missing files
    /// are fetched unless `settings` say offline.
    ///
    /// # Errors
    /// An unknown name, one of another kind or not pinned yet, and files that cannot be had.
    pub fn find(
        name: &str,
        kind: Kind,
        settings: &ModelSettings,
        progress: &dyn Progress,
    ) -> Result<ModelFolder> {
        let mut folder = ModelFolder::named(name, kind, settings)?;
        if let Some(built_in) = BuiltIn::named(name, kind) {
            built_in.unpack(&folder, progress)?;
        } else if folder.revision != LOCAL {
            let manifest = Manifest::here(&settings.models_dir)?;
            // Found a moment ago, in the same manifest.
            if let Some(model) = manifest.model(name) {
                let store = Store::new(&settings.models_dir);
                folder.path = store.ensure(model, settings.offline, progress)?;
            }
        }
        Ok(folder)
    }

    /// As [`ModelFolder::find`], without fetching: enough to know what the model will be.
    pub fn named(name: &str, kind: Kind, settings: &ModelSettings) -> Result<ModelFolder> {
        let manifest = Manifest::here(&settings.models_dir)?;
        if let Some(built_in) = BuiltIn::named(name, kind) {
            return Ok(built_in.folder(&settings.models_dir));
        }
        if let Some(model) = manifest.model(name) {
            if model.kind != kind {
                return Err(Error::new(
                    Stage::Models,
                    format!("{name} is for {}, not for {}", model.kind, kind),
                )
                .remedy("`stancemap models list` tells which is for what"));
            }
            let files = model.files.iter();
            return Ok(ModelFolder {
                path: Store::new(&settings.models_dir).folder(model),
                revision: model.revision.clone(),
                source: Source {
                    name: model.name.clone(),
                    sha256: files.map(|f| (f.name.clone(), f.sha256.clone())).collect(),
                },
                max_tokens: Some(model.max_tokens),
            });
        }
        let path = Path::new(name);
        if path.is_dir() {
            return ModelFolder::local(path);
        }
        Err(manifest.unknown(name))
    }

    /// A folder that somebody has made.
    pub fn local(path: &Path) -> Result<ModelFolder> {
        let mut sha256 = BTreeMap::new();
        for name in FILES {
            if path.join(name).is_file() {
                sha256.insert(name.to_owned(), fetch::hash(&path.join(name))?.1);
            }
        }
        let absolute = fs::canonicalize(path);
        let folder = absolute.as_deref().unwrap_or(path);
        Ok(ModelFolder {
            path: path.to_owned(),
            revision: LOCAL.to_owned(),
            source: Source {
                name: folder
                    .file_name()
                    .unwrap_or(folder.as_os_str())
                    .to_string_lossy()
                    .into_owned(),
                sha256,
            },
            max_tokens: None,
        })
    }

    /// The path of a file that must be there.
    pub fn file(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        if path.is_file() {
            return Ok(path);
        }
        Err(
            Error::new(Stage::Models, format!("the model's folder has no {name}"))
                .at_path(&self.path)
                .remedy("a model's folder holds config.json, model.safetensors and tokenizer.json"),
        )
    }

    /// The network's weights: `model.safetensors`, else `model.int8.safetensors`, as the models are
    /// named that this project has trained.
    pub fn weights(&self) -> Result<PathBuf> {
        match self.file(INT8) {
            Ok(path) if !self.path.join(WEIGHTS).is_file() => Ok(path),
            _ => self.file(WEIGHTS),
        }
    }

    /// Whether [`ModelFolder::weights`] are there.
    pub fn has_weights(&self) -> bool {
        self.weights().is_ok()
    }

    /// A JSON file that may be missing.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.path.join(name);
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = fs::read(&path).map_err(|e| {
            Error::new(Stage::Models, "cannot be read")
                .at_path(&path)
                .caused_by(e)
        })?;
        serde_json::from_slice(&bytes).map(Some).map_err(|e| {
            Error::new(Stage::Models, "is not the file that belongs here")
                .at_path(&path)
                .caused_by(e)
                .remedy("take the one that the model was published with")
        })
    }
}

const LOCAL: &str = "local";
const WEIGHTS: &str = "model.safetensors";
const INT8: &str = "model.int8.safetensors";
