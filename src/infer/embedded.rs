//! The engine inside the program, in pure Rust, on the CPU.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::encoder::{Encoder, Room, Sequence};
use super::local::ModelFolder;
use super::onnx::Onnx;
use super::pooling::Pooling;
use super::tokens::Tokens;
use super::{Engine, EngineInfo, Load, Matrix, Precision};
use crate::{Error, Result, Stage};

/// Tokens that go through an encoder together. More do not make it faster: by then its products are
/// as fast as they get, and what it works in has outgrown the cache.
pub(super) const TOGETHER: usize = 128;

/// Texts of one length that go through an ONNX graph together.
const BATCH: usize = 8;

/// The longest text where a folder with an ONNX graph does not say.
const LONGEST: usize = 256;

pub struct Embedded {
    network: Network,
    pooling: Pooling,
    tokens: Arc<Tokens>,
    info: EngineInfo,
    load: Load,
}

enum Network {
    Encoder {
        encoder: Box<Encoder>,
        /// One for each thread that has been here, kept for the next.
        rooms: Mutex<Vec<Room>>,
    },
    Onnx(Box<Onnx>),
}

impl Embedded {
    /// Opens the encoder in `folder`: its weights in safetensors with `config.json`, or
    /// `model.onnx`; and its tokenizer.
    ///
    /// # Errors
    /// Files that are missing, cut off, or do not fit each other; networks that are not computed
    /// here.
    pub fn open(
        folder: &ModelFolder,
        precision: Precision,
        threads: Option<usize>,
    ) -> Result<(Embedded, Arc<Tokens>)> {
        let tokenizer = folder.file("tokenizer.json")?;
        let pooling = Pooling::read(folder)?;
        let said = said_length(folder)?;
        let (network, longest) = if folder.has_weights() {
            let encoder = Encoder::load(folder, precision)?;
            let longest = encoder.longest();
            let network = Network::Encoder {
                encoder: Box::new(encoder),
                rooms: Mutex::default(),
            };
            (network, said.unwrap_or(longest).min(longest))
        } else if folder.path.join("model.onnx").is_file() {
            let path = folder.file("model.onnx")?;
            if precision != Precision::Fp32 {
                return Err(Error::new(
                    Stage::Settings,
                    format!("an ONNX graph runs as it is, not in {precision}"),
                )
                .at_path(path)
                .remedy("leave --precision out, or take a model in model.safetensors"));
            }
            let network = Network::Onnx(Box::new(Onnx::load(&path, threads)?));
            (network, said.unwrap_or(LONGEST))
        } else {
            return Err(Error::new(
                Stage::Models,
                "the model's folder has no model.safetensors with config.json, nor model.onnx",
            )
            .at_path(&folder.path)
            .remedy("save the model there in one of these forms"));
        };
        let tokens = Arc::new(Tokens::open(&tokenizer, longest)?);
        let load = match &network {
            Network::Encoder { encoder, .. } => {
                encoder.check(&tokens, &tokenizer, folder)?;
                Load {
                    tokens: TOGETHER,
                    workers: threads.unwrap_or_else(cores).max(1),
                }
            }
            Network::Onnx(_) => Load::ALONE,
        };
        let mut engine = Embedded {
            network,
            pooling,
            info: EngineInfo {
                engine: "embedded".to_owned(),
                model: folder.source.name.clone(),
                revision: folder.revision.clone(),
                dimensions: 0,
                max_tokens: tokens.max_tokens(),
                sha256: folder.source.sha256.clone(),
            },
            tokens: Arc::clone(&tokens),
            load,
        };
        engine.info.dimensions = match &engine.network {
            Network::Encoder { encoder, .. } => encoder.hidden(),
            // The graph may leave its width open; a run tells.
            Network::Onnx(onnx) => onnx.run(&[&tokens.ids("")?])?.1,
        };
        Ok((engine, tokens))
    }

    fn encode(&self, encoder: &Encoder, rooms: &Mutex<Vec<Room>>, texts: &[&[i32]]) -> Matrix {
        let lock = || rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = lock().pop().unwrap_or_default();
        let hidden = encoder.hidden();
        let sequences: Vec<Sequence> = texts.iter().map(|ids| Sequence::of(ids)).collect();
        let mut states = encoder.run(&sequences, &mut room);
        let mut vectors = Matrix::zeros(texts.len(), hidden);
        for (row, ids) in texts.iter().enumerate() {
            let (own, rest) = states.split_at(ids.len() * hidden);
            self.pooling.pool(own, hidden, vectors.row_mut(row));
            states = rest;
        }
        lock().push(room);
        vectors
    }

    /// Texts of one length at a time.
    fn run_graph(&self, onnx: &Onnx, texts: &[&[i32]]) -> Result<Matrix> {
        let mut vectors = Matrix::zeros(texts.len(), self.info.dimensions.max(1));
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&text| texts[text].len());
        let same_length = |a: &usize, b: &usize| texts[*a].len() == texts[*b].len();
        for batch in order
            .chunk_by(same_length)
            .flat_map(|run| run.chunks(BATCH))
        {
            let together: Vec<&[i32]> = batch.iter().map(|&text| texts[text]).collect();
            let (states, width) = onnx.run(&together)?;
            let each = states.chunks_exact(together[0].len() * width);
            for (states, &text) in each.zip(batch) {
                self.pooling.pool(states, width, vectors.row_mut(text));
            }
        }
        Ok(vectors)
    }
}

/// What the manifest or the folder says about the longest text, special tokens included.
pub(super) fn said_length(folder: &ModelFolder) -> Result<Option<usize>> {
    #[derive(Deserialize)]
    struct Sentences {
        max_seq_length: usize,
    }
    /// As the models say that this project has trained.
    #[derive(Deserialize)]
    struct Trained {
        max_tokens: Option<usize>,
    }
    let sentences: Option<Sentences> = folder.json("sentence_bert_config.json")?;
    let said = folder.max_tokens.or(sentences.map(|s| s.max_seq_length));
    if said.is_some() {
        return Ok(said);
    }
    let trained: Option<Trained> = folder.json("config.json")?;
    Ok(trained.and_then(|t| t.max_tokens))
}

/// Physical cores that this process may use: two threads of one core would share its arithmetic.
pub(super) fn cores() -> usize {
    let may = std::thread::available_parallelism().map_or(1, usize::from);
    may.min(num_cpus::get_physical())
}

impl Engine for Embedded {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn load(&self) -> Load {
        self.load
    }

    fn embed(&self, texts: &[&str]) -> Result<Matrix> {
        let ids = texts
            .iter()
            .map(|text| self.tokens.ids(text))
            .collect::<Result<Vec<_>>>()?;
        if let Some(long) = ids.iter().find(|ids| ids.len() > self.info.max_tokens) {
            return Err(Error::new(
                Stage::Infer,
                format!(
                    "a text of {} tokens is longer than the {} that the model takes",
                    long.len(),
                    self.info.max_tokens
                ),
            ));
        }
        let ids: Vec<&[i32]> = ids.iter().map(Vec::as_slice).collect();
        match &self.network {
            Network::Encoder { encoder, rooms } => Ok(self.encode(encoder, rooms, &ids)),
            Network::Onnx(onnx) => self.run_graph(onnx, &ids),
        }
    }
}
