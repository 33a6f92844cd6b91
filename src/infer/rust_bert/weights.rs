//! Weights from a safetensors file into a network's variables.
//!
//! The network says which tensors it wants and of which shapes; each is looked up in the file's
//! header and checked before a byte of it is read. Tensors are read one by one, so that a large
//! model is never in memory twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::Value;
use tch::nn::VarStore;
use tch::{Kind, TchError, Tensor};

use super::guard;
use super::network::{Config, Task};
use crate::{Error, Result, Stage};

/// A header longer than this is none.
const MOST_HEADER: u64 = 100_000_000;

/// What networks with a head put before the names of the encoder's tensors.
const PREFIXES: [&str; 5] = ["bert.", "distilbert.", "roberta.", "deberta.", "model."];

/// A safetensors file whose header is read and whose length fits it.
pub struct Tensors {
    path: PathBuf,
    file: Mutex<File>,
    /// Where the header ends.
    start: u64,
    entries: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    /// In bytes after the header.
    data_offsets: (u64, u64),
}

/// The table of word vectors: its name, and how many words it has.
pub struct Words {
    pub tensor: String,
    pub rows: usize,
}

impl Tensors {
    pub fn open(path: &Path) -> Result<Tensors> {
        let wrong = |what: &str| {
            Error::new(
                Stage::Models,
                format!("is not a whole safetensors file: {what}"),
            )
            .at_path(path)
            .remedy("fetch it again")
        };
        let unreadable = |e: std::io::Error| {
            Error::new(Stage::Models, "cannot be read")
                .at_path(path)
                .caused_by(e)
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut size = [0; 8];
        if length < 8 {
            return Err(wrong("it is too short"));
        }
        file.read_exact(&mut size).map_err(unreadable)?;
        let size = u64::from_le_bytes(size);
        if size > MOST_HEADER || size > length - 8 {
            return Err(wrong("it has no header"));
        }
        let mut header = vec![0; size as usize];
        file.read_exact(&mut header).map_err(unreadable)?;
        let header: BTreeMap<String, Value> = serde_json::from_slice(&header)
            .map_err(|e| wrong("its header is none").caused_by(e))?;
        let mut entries = BTreeMap::new();
        let mut end = 0;
        for (name, value) in header {
            if name == "__metadata__" {
                continue;
            }
            let entry: Entry = serde_json::from_value(value)
                .map_err(|e| wrong(&format!("of `{name}` its header says nothing")).caused_by(e))?;
            let (from, to) = entry.data_offsets;
            if from > to || to > length - 8 - size {
                return Err(wrong(&format!(
                    "it has {length} bytes and `{name}` ends at {}",
                    to.saturating_add(size).saturating_add(8)
                )));
            }
            end = end.max(to);
            entries.insert(name, entry);
        }
        if end != length - 8 - size {
            return Err(wrong("bytes are left over"));
        }
        Ok(Tensors {
            path: path.to_owned(),
            file: Mutex::new(file),
            start: 8 + size,
            entries,
        })
    }

    /// Copies a tensor into each of the network's variables.
    ///
    /// # Errors
    /// A tensor that is missing, of another shape than `config.json` asks for, or not of floating
    /// point numbers; the error names it.
    pub fn fill(&self, store: &VarStore, config: &Config, task: Task) -> Result<Words> {
        let variables: BTreeMap<String, Tensor> = store.variables().into_iter().collect();
        let mut words = None;
        for (name, mut variable) in variables {
            let shape = variable.size();
            let Some((found, entry)) = self.find(&name) else {
                // A sentence's vector is not made from it.
                if task == Task::Sentences && name.starts_with("pooler.") {
                    continue;
                }
                return Err(self.wrong(format!("has no tensor `{name}`")).remedy(
                    "take weights that were made for this task, with the config.json beside them",
                ));
            };
            if !entry
                .shape
                .iter()
                .map(|&n| n as i64)
                .eq(shape.iter().copied())
            {
                return Err(self
                    .wrong(format!(
                        "the tensor `{found}` is of shape {:?}, and {} wants {shape:?}",
                        entry.shape,
                        config.path.display()
                    ))
                    .remedy("take the config.json that belongs to these weights"));
            }
            let tensor = self.read(found, entry)?;
            guard::torch(|| Ok(tch::no_grad(|| variable.f_copy_(&tensor))?))?;
            if name.ends_with("word_embeddings.weight") || name.ends_with("shared.weight") {
                words = Some(Words {
                    tensor: found.to_owned(),
                    rows: entry.shape[0] as usize,
                });
            }
        }
        words.ok_or_else(|| self.wrong("has no table of words".to_owned()))
    }

    fn wrong(&self, message: String) -> Error {
        Error::new(Stage::Models, message).at_path(&self.path)
    }

    /// By its name, or one of the others under which it is published.
    fn find(&self, name: &str) -> Option<(&str, &Entry)> {
        let get = |name: &str| self.entries.get_key_value(name);
        let bare = PREFIXES.iter().find_map(|p| name.strip_prefix(p));
        let found = get(name)
            .or_else(|| get(bare?))
            .or_else(|| PREFIXES.iter().find_map(|p| get(&format!("{p}{name}"))))
            .or_else(|| {
                // BART's table of words is shared by its two halves.
                let shared = name.strip_suffix("shared.weight")?;
                get(&format!("{shared}encoder.embed_tokens.weight"))
            });
        found.map(|(name, entry)| (name.as_str(), entry))
    }

    fn read(&self, name: &str, entry: &Entry) -> Result<Tensor> {
        let kind = match entry.dtype.as_str() {
            "F32" => Kind::Float,
            "F16" => Kind::Half,
            "BF16" => Kind::BFloat16,
            "F64" => Kind::Double,
            other => {
                return Err(self
                    .wrong(format!("the tensor `{name}` is of {other}"))
                    .remedy("take weights in floating point numbers"));
            }
        };
        let (from, to) = entry.data_offsets;
        let count: u64 = entry.shape.iter().product();
        if count.checked_mul(kind.elt_size_in_bytes() as u64) != Some(to - from) {
            return Err(self.wrong(format!(
                "the tensor `{name}` has {} bytes, which is not {:?} of {}",
                to - from,
                entry.shape,
                entry.dtype
            )));
        }
        let mut bytes = vec![0; (to - from) as usize];
        let mut file = self
            .file
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.start + from))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| self.wrong("cannot be read".to_owned()).caused_by(e))?;
        let shape: Vec<i64> = entry.shape.iter().map(|&n| n as i64).collect();
        let tensor: Result<Tensor, TchError> = Tensor::f_from_data_size(&bytes, &shape, kind);
        tensor.map_err(|e| self.wrong(format!("the tensor `{name}`")).caused_by(e))
    }
}
