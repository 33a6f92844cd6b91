//! Pairs of texts through an encoder with a head, in the embedded engine.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::classify::Meaning;
use super::embedded::{TOGETHER, cores, said_length};
use super::encoder::{Encoder, Head, Room, Sequence};
use super::local::ModelFolder;
use super::tokens::{Pair, PairTokens, Tokens};
use super::{Entailment, Precision, Source, Verdict};
use crate::{Error, Result, Stage};

/// A classifier of pairs of texts.
pub struct EmbeddedEntailment {
    encoder: Encoder,
    head: Head,
    tokens: PairTokens,
    meaning: Meaning,
    source: Source,
    pool: ThreadPool,
    /// One for each thread that has been here, kept for the next.
    rooms: Mutex<Vec<Room>>,
}

impl EmbeddedEntailment {
    /// Opens the network in `folder`: its weights in safetensors, `config.json` and
    /// `tokenizer.json`.
    ///
    /// # Errors
    /// As [`super::embedded::Embedded::open`]; a network without a head, or labels of which none is
    /// for entailment.
    pub fn open(
        folder: &ModelFolder,
        precision: Precision,
        threads: Option<usize>,
    ) -> Result<EmbeddedEntailment> {
        let meaning = Meaning::read(folder)?;
        let (encoder, head) = Encoder::load_with_head(folder, precision, meaning.labels)?;
        let path = folder.file("tokenizer.json")?;
        let longest = encoder.longest();
        let longest = said_length(folder)?.unwrap_or(longest).min(longest);
        let tokens = Tokens::open(&path, longest)?;
        encoder.check(&tokens, &path, folder)?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or_else(cores).max(1))
            .build()
            .map_err(|e| Error::new(Stage::Infer, "threads cannot be started").caused_by(e))?;
        Ok(EmbeddedEntailment {
            encoder,
            head,
            tokens: PairTokens::of(tokens)?,
            meaning,
            source: folder.source.clone(),
            pool,
            rooms: Mutex::default(),
        })
    }

    /// The verdicts on pairs that go through the encoder together.
    fn run(&self, pairs: &[&Pair]) -> Vec<Verdict> {
        let lock = || self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = lock().pop().unwrap_or_default();
        let sequences: Vec<Sequence> = pairs.iter().map(|pair| pair.sequence()).collect();
        let hidden = self.encoder.hidden();
        let mut states = self.encoder.run(&sequences, &mut room);
        let mut verdicts = Vec::with_capacity(pairs.len());
        for pair in &sequences {
            // The head reads the state of the first token.
            let scores = self.head.scores(&states[..hidden]);
            verdicts.push(self.meaning.verdict(&scores));
            states = &states[pair.ids.len() * hidden..];
        }
        lock().push(room);
        verdicts
    }
}

impl Entailment for EmbeddedEntailment {
    fn source(&self) -> &Source {
        &self.source
    }

    fn verdicts(&self, pairs: &[(&str, &str)]) -> Result<Vec<Verdict>> {
        self.pool.install(|| {
            let encoded = (pairs.par_iter())
                .map(|(text, claim)| self.tokens.pair(text, claim))
                .collect::<Result<Vec<Pair>>>()?;
            let groups = together(&encoded);
            let found: Vec<Vec<Verdict>> = groups.par_iter().map(|group| self.run(group)).collect();
            Ok(found.into_iter().flatten().collect())
        })
    }
}

/// Neighbours of [`TOGETHER`] tokens or a little more.
fn together(pairs: &[Pair]) -> Vec<Vec<&Pair>> {
    let mut groups: Vec<Vec<&Pair>> = Vec::new();
    let mut room = 0;
    for pair in pairs {
        let length = pair.sequence().ids.len();
        match groups.last_mut() {
            Some(group) if room >= length => group.push(pair),
            _ => {
                groups.push(vec![pair]);
                room = TOGETHER;
            }
        }
        room = room.saturating_sub(length);
    }
    groups
}
