//! Sentence vectors: the [`Engine`] that runs a model, and the [`Embedder`] that every stage asks.
//!
//! ```text
//! texts ─ Embedder: windows, fixed batches ─▶ Engine: one vector per window ─▶ Matrix
//! ```
//!
//! [`open`] finds the model's files ([`store`]; fetched on first use unless offline), checks them
//! against the built-in [`manifest`], and loads the embedded engine: all-MiniLM-L6-v2 on rten, in
//! pure Rust. Vectors do not depend on what else is embedded with them, nor on the thread count.

mod built_in;
mod choice;
mod classify;
mod embedded;
mod embedder;
mod encoder;
mod fetch;
pub mod local;
pub mod manifest;
mod onnx;
mod open;
mod pairs;
pub mod pin;
mod pooling;
#[cfg(feature = "rust-bert")]
mod rust_bert;
pub mod store;
mod tagger;
mod tokens;
mod weights;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use built_in::{ATTRIBUTION_TAGGER, BUILT_IN, BuiltIn, PAIR_ENCODER};
pub use choice::{BUILD, Device, EngineName, Precision};
pub use classify::{Direction, Entailment, PersonTagger, Source, Verdict};
pub use embedder::Embedder;
pub use open::{check, open, open_entailment, open_persons, open_tagger};
pub use tagger::{AttributionTagger, Tagged};
pub use tokens::{Tokens, Window};

use crate::Result;

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
    /// "embedded" or "rust-bert".
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
/// The seam for backends. No tensor type crosses it: a backend tokenizes for itself, and the
/// windows, batches and means above it stay as they are. Models that classify pairs of texts or
/// tokens have traits of their own, [`Entailment`] and [`PersonTagger`], since they are other
/// models than the one that embeds.
pub trait Engine: Send + Sync {
    fn info(&self) -> &EngineInfo;

    /// One vector per text, in order: the mean over the text's tokens, special ones included, of
    /// the model's last layer, scaled to length 1. Each text must fit [`EngineInfo::max_tokens`];
    /// one that does not is an error. A text's vector is the same in any company: bit for bit with
    /// the embedded engine, to 1e-5 with others.
    fn embed(&self, texts: &[&str]) -> Result<Matrix>;

    /// How much it wants at a time.
    fn load(&self) -> Load {
        Load::ALONE
    }
}

/// How an engine is best called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Tokens in one call, more or less.
    pub tokens: usize,
    /// Calls at the same time.
    pub workers: usize,
}

impl Load {
    /// For an engine that has threads and batches of its own: one call at a time, of many texts, so
    /// that it finds some of one length among them.
    pub const ALONE: Load = Load {
        tokens: 8192,
        workers: 1,
    };
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
    /// weights in safetensors with `config.json` or `model.onnx`.
    pub model: String,
    /// Where models are kept; see [`store::directory`].
    pub models_dir: PathBuf,
    /// Never touch the network.
    pub offline: bool,
    /// Threads of the engine; `None` for one per physical core. No result of the embedded engine
    /// depends on it.
    pub threads: Option<usize>,
    pub engine: EngineName,
    /// Of the embedded engine's arithmetic.
    pub precision: Precision,
    /// Of whatever runs on libtorch.
    pub device: Device,
}
