//! Pairs of texts through an encoder with a head, in the embedded engine.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::classify::{DIRECTIONS, Meaning};
use super::embedded::{TOGETHER, cores, said_length};
use super::encoder::{Encoder, Head, Room, Sequence};
use super::local::ModelFolder;
use super::tokens::{Pair, PairTokens, Tokens};
use super::{Direction, Entailment, Precision, Source, Verdict};
use crate::{Error, Result, Stage};

/// A classifier of pairs of texts.
pub struct EmbeddedEntailment {
    encoder: Encoder,
    head: Head,
    /// Tells who holds what toward whom.
    directed: Option<Head>,
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
        let more = ("directed", DIRECTIONS);
        let (encoder, head, directed) =
            Encoder::load_with_heads(folder, precision, meaning.labels, more)?;
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
            directed,
            tokens: PairTokens::of(tokens)?,
            meaning,
            source: folder.source.clone(),
            pool,
            rooms: Mutex::default(),
        })
    }

    /// What `head` says of pairs that go through the encoder together.
    fn run<T>(&self, pairs: &[&Pair], head: &Head, means: &impl Fn(&[f32]) -> T) -> Vec<T> {
        let lock = || self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = lock().pop().unwrap_or_default();
        let sequences: Vec<Sequence> = pairs.iter().map(|pair| pair.sequence()).collect();
        let hidden = self.encoder.hidden();
        let mut states = self.encoder.run(&sequences, &mut room);
        let mut found = Vec::with_capacity(pairs.len());
        for pair in &sequences {
            // The head reads the state of the first token.
            found.push(means(&head.scores(&states[..hidden])));
            states = &states[pair.ids.len() * hidden..];
        }
        lock().push(room);
        found
    }

    fn all<T: Send>(
        &self,
        pairs: &[(&str, &str)],
        head: &Head,
        means: impl Fn(&[f32]) -> T + Sync,
    ) -> Result<Vec<T>> {
        self.pool.install(|| {
            let encoded = (pairs.par_iter())
                .map(|(text, claim)| self.tokens.pair(text, claim))
                .collect::<Result<Vec<Pair>>>()?;
            let groups = together(&encoded).into_par_iter();
            let found: Vec<Vec<T>> = groups.map(|group| self.run(&group, head, &means)).collect();
            Ok(found.into_iter().flatten().collect())
        })
    }
}

impl Entailment for EmbeddedEntailment {
    fn source(&self) -> &Source {
        &self.source
    }

    fn verdicts(&self, pairs: &[(&str, &str)]) -> Result<Vec<Verdict>> {
        self.all(pairs, &self.head, |scores| self.meaning.verdict(scores))
    }

    fn directions(&self, pairs: &[(&str, &str)]) -> Result<Vec<Direction>> {
        match &self.directed {
            Some(head) => self.all(pairs, head, Direction::of),
            None => Err(Direction::not_learned(&self.source)),
        }
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
