//! The second engine: rust-bert's networks on libtorch, from local files, on the CPU or a GPU.
//!
//! ```text
//! folder ─ config ─▶ network (which names and shapes every tensor it wants)
//!        ─ weights ─▶ checked against those, copied in
//!        ─ tokenizer ─▶ ids ─▶ network ─▶ vectors, entailment, persons
//! ```
//!
//! The networks are the ones inside rust-bert's pipelines (`SentenceEmbeddingsModel`,
//! `ZeroShotClassificationModel`, `TokenClassificationModel`), without the code around them: the
//! pipelines tokenize in their own way, which gives other tokens than `tokenizer.json` for some
//! texts; they take the last label for "entailment" and the first for "contradiction", which
//! many models have otherwise; they panic where a file is not what they expect. Here tokens come
//! from the tokenizer that every engine uses, labels from `config.json`, and everything is checked
//! before libtorch sees it. Where a pipeline does it right, the tests compare with it.
//!
//! Texts of one length go through a network together, so that nothing is padded. libtorch adds in
//! another order when the batch or the number of threads changes: vectors differ by some 1e-7.

mod batch;
mod device;
mod entailment;
mod guard;
mod network;
mod persons;
mod reader;
mod sentence_piece;
mod weights;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tch::nn::VarStore;

use self::batch::Batch;
use self::network::{Network, Task};
use self::reader::{Encoded, Reader};
use super::local::ModelFolder;
use super::pooling::Pooling;
use super::weights::Tensors;
use super::{Device, Engine, EngineInfo, Matrix};
use crate::{Error, Result, Stage};

pub use self::entailment::RustBertEntailment;
pub use self::persons::RustBertPersons;

/// A network with its weights and its tokenizer. libtorch's tensors may change threads but not be
/// shared, so that one caller at a time runs it; inside, it uses all threads that it was given.
struct Loaded {
    network: Mutex<Network>,
    reader: Reader,
    device: tch::Device,
    /// Special tokens included.
    max_tokens: usize,
    /// Of the weights, for errors.
    path: PathBuf,
}

impl Loaded {
    fn open(
        folder: &ModelFolder,
        task: Task,
        device: Device,
        threads: Option<usize>,
    ) -> Result<Loaded> {
        let device = device::open(device, threads)?;
        let config = network::Config::read(folder)?;
        let path = folder.weights()?;
        let tensors = Tensors::open(&path)?;
        let max_tokens = config.max_tokens(folder)?;
        let reader = Reader::open(folder, &config, task, max_tokens)?;
        let store = VarStore::new(device);
        let network = Network::build(&store, &config, task)?;
        let words = weights::fill(&tensors, &store, &config, task)?;
        reader.check(&words, &path, &config)?;
        Ok(Loaded {
            network: Mutex::new(network),
            reader,
            device,
            max_tokens,
            path,
        })
    }

    /// Runs `batch`, which is of one length; rows of the output, each of `shape[1..]` numbers.
    fn run(&self, batch: &[&Encoded]) -> Result<(Vec<usize>, Vec<f32>)> {
        let network = self.network.lock();
        let network = network.unwrap_or_else(PoisonError::into_inner);
        guard::torch(|| {
            tch::no_grad(|| {
                let output = network.run(&Batch::new(batch, self.device)?)?;
                let output = output.f_to_device(tch::Device::Cpu)?;
                let output = output.f_to_kind(tch::Kind::Float)?.f_contiguous()?;
                let shape: Vec<usize> = output.size().iter().map(|&n| n as usize).collect();
                let count = shape.iter().product();
                let mut numbers = vec![0.0_f32; count];
                output.f_copy_data(&mut numbers, count)?;
                Ok((shape, numbers))
            })
        })
        .map_err(|error| error.at_path(&self.path))
    }

    /// As [`Loaded::run`], for texts of any length; `each` is told of every text's rows.
    fn run_all(
        &self,
        texts: &[Encoded],
        mut each: impl FnMut(usize, &[usize], &[f32]) -> Result<()>,
    ) -> Result<()> {
        for group in batch::groups(texts, self.device) {
            let together: Vec<&Encoded> = group.iter().map(|&text| &texts[text]).collect();
            let (shape, numbers) = self.run(&together)?;
            let row: usize = shape.iter().skip(1).product();
            if shape.first() != Some(&group.len()) || row == 0 {
                return Err(odd(&shape, group.len()));
            }
            for (numbers, &text) in numbers.chunks_exact(row).zip(&group) {
                each(text, &shape[1..], numbers)?;
            }
        }
        Ok(())
    }
}

fn odd(shape: &[usize], texts: usize) -> Error {
    Error::new(
        Stage::Infer,
        format!("the network gave {shape:?} numbers for {texts} texts"),
    )
}

/// Sentence vectors.
pub struct RustBert {
    loaded: Loaded,
    pooling: Pooling,
    info: EngineInfo,
}

impl RustBert {
    /// Opens the encoder in `folder`.
    ///
    /// # Errors
    /// A device that libtorch does not have; a family that rust-bert has no encoder of; files that
    /// are missing, cut off, or do not fit each other.
    pub fn open(folder: &ModelFolder, device: Device, threads: Option<usize>) -> Result<RustBert> {
        let pooling = Pooling::read(folder)?;
        let loaded = Loaded::open(folder, Task::Sentences, device, threads)?;
        let mut engine = RustBert {
            info: EngineInfo {
                engine: "rust-bert".to_owned(),
                model: folder.source.name.clone(),
                revision: folder.revision.clone(),
                dimensions: 0,
                max_tokens: loaded.max_tokens,
                sha256: folder.source.sha256.clone(),
            },
            pooling,
            loaded,
        };
        // A network tells its width only by running.
        let empty = engine.loaded.reader.one("")?;
        let (shape, _) = engine.loaded.run(&[&empty])?;
        engine.info.dimensions = match shape[..] {
            [_, _, width] => width,
            _ => return Err(odd(&shape, 1)),
        };
        Ok(engine)
    }
}

impl Engine for RustBert {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn embed(&self, texts: &[&str]) -> Result<Matrix> {
        let encoded = texts
            .iter()
            .map(|text| self.loaded.reader.one(text))
            .collect::<Result<Vec<_>>>()?;
        if let Some(long) = (encoded.iter()).find(|e| e.ids.len() > self.info.max_tokens) {
            return Err(Error::new(
                Stage::Infer,
                format!(
                    "a text of {} tokens is longer than the {} that the model takes",
                    long.ids.len(),
                    self.info.max_tokens
                ),
            ));
        }
        let mut vectors = Matrix::zeros(texts.len(), self.info.dimensions);
        let width = self.info.dimensions;
        self.loaded.run_all(&encoded, |text, shape, states| {
            if shape != [encoded[text].ids.len(), width] {
                return Err(odd(shape, 1));
            }
            self.pooling.pool(states, width, vectors.row_mut(text));
            Ok(())
        })?;
        Ok(vectors)
    }
}
