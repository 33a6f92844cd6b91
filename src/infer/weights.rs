//! Weights in a safetensors file.
//!
//! Its header is read and checked against the file's length before a tensor is; tensors are read one
//! by one, so that a large model is never in memory twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use serde::Deserialize;
use serde_json::Value;

use crate::{Error, Result, Stage};

/// A header longer than this is none.
const MOST_HEADER: u64 = 100_000_000;

/// What the scales of an 8-bit tensor's rows are called, after the tensor's name.
const SCALE: &str = ".scale";

/// What networks with a head put before the names of the encoder's tensors.
const PREFIXES: [&str; 6] = [
    "bert.",
    "distilbert.",
    "roberta.",
    "mpnet.",
    "deberta.",
    "model.",
];

/// A safetensors file whose header is read and whose length fits it.
pub struct Tensors {
    path: PathBuf,
    file: Mutex<File>,
    /// Where the header ends.
    start: u64,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
pub struct Entry {
    pub dtype: String,
    pub shape: Vec<u64>,
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

    /// An error about this file.
    pub fn wrong(&self, message: String) -> Error {
        Error::new(Stage::Models, message).at_path(&self.path)
    }

    /// By its name, or one of the others under which it is published.
    pub fn find(&self, name: &str) -> Option<(&str, &Entry)> {
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

    /// The numbers of a tensor of this shape, whatever its precision in the file: floating point, or
    /// whole numbers of 8 bits whose rows are scaled by the tensor `NAME.scale`, which has a number
    /// for each of them.
    ///
    /// # Errors
    /// A tensor that is missing, of another shape, or not of finite numbers; named.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let Some((found, entry)) = self.find(name) else {
            return Err(self.wrong(format!("has no tensor `{name}`")).remedy(
                "take weights that were made for this task, with the config.json beside them",
            ));
        };
        if !shape
            .iter()
            .map(|&n| n as u64)
            .eq(entry.shape.iter().copied())
        {
            return Err(self
                .wrong(format!(
                    "the tensor `{found}` is of shape {:?}, and config.json wants {shape:?}",
                    entry.shape
                ))
                .remedy("take the config.json that belongs to these weights"));
        }
        let bytes = self.bytes(found, entry)?;
        let numbers: Vec<f32> = match entry.dtype.as_str() {
            "I8" => {
                let rows = shape.first().copied().unwrap_or(1);
                let scales = self.floats(&format!("{found}{SCALE}"), &[rows])?;
                let row = bytes.len() / rows.max(1);
                let scaled = |(bytes, scale): (&[u8], &f32)| {
                    let whole = bytes.iter().map(|&b| f32::from(b.cast_signed()));
                    whole.map(|n| n * scale).collect::<Vec<f32>>()
                };
                let rows = bytes.chunks_exact(row.max(1)).zip(&scales);
                rows.flat_map(scaled).collect()
            }
            "F32" => {
                let (quads, _) = bytes.as_chunks::<4>();
                quads.iter().map(|q| f32::from_le_bytes(*q)).collect()
            }
            "F64" => {
                let (eights, _) = bytes.as_chunks::<8>();
                eights
                    .iter()
                    .map(|e| f64::from_le_bytes(*e) as f32)
                    .collect()
            }
            // `bytes` has let only known kinds through; these two are left.
            kind => {
                let (pairs, _) = bytes.as_chunks::<2>();
                let bits = pairs.iter().map(|p| u16::from_le_bytes(*p));
                if kind == "F16" {
                    let halves: Vec<f16> = bits.map(f16::from_bits).collect();
                    halves.to_f32_vec()
                } else {
                    let halves: Vec<bf16> = bits.map(bf16::from_bits).collect();
                    halves.to_f32_vec()
                }
            }
        };
        if numbers.iter().all(|number| number.is_finite()) {
            Ok(numbers)
        } else {
            Err(self.not_finite(found))
        }
    }

    /// The error of a tensor with infinities or what is no number: of nothing would a result be left.
    pub fn not_finite(&self, name: &str) -> Error {
        self.wrong(format!(
            "the tensor `{name}` has numbers that are not finite"
        ))
        .remedy("fetch it again; if it was trained here, its training has failed")
    }

    /// A tensor's bytes, as many as its shape and its precision ask for.
    ///
    /// # Errors
    /// Numbers that are neither in floating point nor scaled, or of another count.
    pub fn bytes(&self, name: &str, entry: &Entry) -> Result<Vec<u8>> {
        let size = match entry.dtype.as_str() {
            "F64" => 8,
            "F32" => 4,
            "F16" | "BF16" => 2,
            "I8" if self.entries.contains_key(&format!("{name}{SCALE}")) => 1,
            other => {
                return Err(self
                    .wrong(format!("the tensor `{name}` is of {other}"))
                    .remedy("take weights in floating point numbers, or in I8 with scales"));
            }
        };
        let (from, to) = entry.data_offsets;
        let count = entry.shape.iter().try_fold(1_u64, |n, &m| n.checked_mul(m));
        if count.and_then(|count| count.checked_mul(size)) != Some(to - from) {
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
        Ok(bytes)
    }
}
