//! Sentence vectors: the [`Engine`] that runs a model, and the [`Embedder`] that every stage asks.
//!
//! ```text
//! texts ─ Embedder: windows, fixed batches ─▶ Engine: one vector per window ─▶ Matrix
//! ```
//!
//! [`open`] finds the model's files ([`store`]; fetched on first use unless offline), checks them
//! against the built-in [`manifest`], and loads the embedded engine: all-MiniLM-L6-v2 on rten, in
//! pure Rust. Vectors do not depend on what else is embedded with them, nor on the thread count.

mod bert;
mod embedded;
mod embedder;
mod fetch;
pub mod manifest;
mod onnx;
pub mod store;
mod tokens;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use embedder::Embedder;
pub use tokens::{Tokens, Window};

use crate::{Error, Result, Stage};
use manifest::Manifest;
use store::Store;

/// Rows of equal length, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<f32>,
}

impl Matrix {
    pub fn zeros(rows: usize, columns: usize) -> Matrix {
        Matrix {
            rows,
            columns,
            data: vec![0.0; rows * columns],
        }
    }

    /// Row `i`, counted from 0; panics past the last.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.columns..(i + 1) * self.columns]
    }

    pub(crate) fn row_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.data[i * self.columns..(i + 1) * self.columns]
    }
}

/// What ran, for a run's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// "embedded".
    pub engine: String,
    /// A name of the built-in manifest, or the directory's name.
    pub model: String,
    /// Of the built-in manifest; "local" for a directory.
    pub revision: String,
    /// Length of a vector.
    pub dimensions: usize,
    /// Longest text, special tokens included.
    pub max_tokens: usize,
    /// Of each file that the vectors depend on, in hexadecimal.
    pub sha256: BTreeMap<String, String>,
}

/// Something that turns texts into vectors.
///
/// The seam for other backends. No tensor type crosses it, so that a backend on libtorch
/// (rust-bert) is one more type with the same two methods: it tokenizes for itself, and the
/// windows, batches and means above it stay as they are. Classification (`classify`: texts and
/// labels → probabilities) and token tagging (`tag`: text → spans with labels) become further
/// methods here when a stage needs them, with plain data in and out in the same way.
pub trait Engine: Send + Sync {
    fn info(&self) -> &EngineInfo;

    /// One vector per text, in order: the mean over the text's tokens, special ones included, of
    /// the model's last layer, scaled to length 1. Each text must fit [`EngineInfo::max_tokens`];
    /// one that does not is an error. A text's vector is the same, bit for bit, in any company.
    fn embed(&self, texts: &[&str]) -> Result<Matrix>;
}

/// Told what takes time: downloads, and whatever a person should know of. Every method has a
/// default that does nothing.
pub trait Progress: Sync {
    /// One line for a person, such as that the network is about to be used.
    fn notice(&self, _line: &str) {}

    /// `done` of `total` bytes of a file are here.
    fn received(&self, _file: &str, _done: u64, _total: u64) {}

    /// No more bytes of that file are coming.
    fn ended(&self, _file: &str) {}
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {}

/// Which model, where its files are, and whether they may be fetched.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// A name of the built-in manifest, or a directory that holds `tokenizer.json` and either
    /// `model.onnx` or `model.safetensors` with `config.json`.
    pub model: String,
    /// Where models are kept; see [`store::directory`].
    pub models_dir: PathBuf,
    /// Never touch the network.
    pub offline: bool,
    /// Threads of the engine; `None` for one per physical core. No result depends on it.
    pub threads: Option<usize>,
}

/// Opens the embedded engine with the model that `settings` names.
///
/// # Errors
/// An unknown name, a directory without the files, files that are missing while offline or cannot
/// be fetched, and files that are not what the manifest says.
pub fn open(settings: &ModelSettings, progress: &dyn Progress) -> Result<Embedder> {
    let manifest = Manifest::built_in();
    let files = match manifest.model(&settings.model) {
        Some(model) => {
            Store::new(&settings.models_dir).ensure(model, settings.offline, progress)?
        }
        None if Path::new(&settings.model).is_dir() => {
            store::from_directory(Path::new(&settings.model))?
        }
        None => {
            return Err(Error::new(
                Stage::Models,
                format!("no model is called `{}`", settings.model),
            )
            .remedy(format!(
                "it can be {}, or a directory with model.onnx and tokenizer.json",
                manifest.names().join(", ")
            )));
        }
    };
    let tokens = Arc::new(Tokens::open(&files.tokenizer, files.max_tokens)?);
    let engine = embedded::Embedded::load(files, Arc::clone(&tokens), settings.threads)?;
    Ok(Embedder::new(Box::new(engine), tokens))
}
