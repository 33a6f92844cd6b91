//! What every engine needs above it: each text once, windows over long ones, batches of tokens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::tokens::{Tokens, Window};
use super::{Engine, EngineInfo, Matrix};
use crate::{Error, Result, Stage};

/// Embeds texts of any length.
pub struct Embedder {
    engine: Box<dyn Engine>,
    tokens: Arc<Tokens>,
    pool: ThreadPool,
}

/// A window of one of the texts.
struct Piece {
    text: usize,
    window: Window,
}

impl Embedder {
    /// `tokens` must be the tokenizer of the engine's model.
    ///
    /// # Errors
    /// Threads that cannot be started.
    pub fn new(engine: Box<dyn Engine>, tokens: Arc<Tokens>) -> Result<Embedder> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(engine.load().workers)
            .thread_name(|number| format!("infer-{number}"))
            .build()
            .map_err(|e| {
                Error::new(Stage::Infer, "the threads cannot be started")
                    .caused_by(e)
                    .remedy("give a smaller number with --threads")
            })?;
        Ok(Embedder {
            engine,
            tokens,
            pool,
        })
    }

    pub fn info(&self) -> &EngineInfo {
        self.engine.info()
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// One vector of length 1 per text, in the texts' order.
    ///
    /// A text longer than the model takes is cut into windows; its vector is the mean of theirs,
    /// weighted by their tokens, scaled to length 1 again. The empty text, and one of white space,
    /// has the vector that the model gives to its two special tokens alone.
    ///
    /// # Errors
    /// Whatever the tokenizer or the engine says.
    pub fn embed(&self, texts: &[&str]) -> Result<Matrix> {
        self.embed_with(texts, &|_, _| ())
    }

    /// As [`Embedder::embed`]; `progress` is told after each batch how many windows of how many
    /// are done.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub fn embed_with(
        &self,
        texts: &[&str],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Matrix> {
        let (unique, places) = unique(texts);
        let cut = self.pool.install(|| {
            let windows = unique.par_iter().map(|text| self.tokens.windows(text));
            windows.collect::<Result<Vec<_>>>()
        })?;
        let pieces: Vec<Piece> = (cut.into_iter().enumerate())
            .flat_map(|(text, windows)| {
                windows
                    .into_iter()
                    .map(move |window| Piece { text, window })
            })
            .collect();

        let columns = self.engine.info().dimensions;
        let vectors = Mutex::new((Matrix::zeros(pieces.len(), columns), 0));
        let run = |batch: &Vec<usize>| {
            let texts: Vec<&str> = (batch.iter().map(|&piece| &pieces[piece]))
                .map(|piece| &unique[piece.text][piece.window.bytes.clone()])
                .collect();
            let found = self.embedded(&texts)?;
            let mut vectors = vectors.lock().unwrap_or_else(PoisonError::into_inner);
            for (row, &piece) in batch.iter().enumerate() {
                vectors.0.row_mut(piece).copy_from_slice(found.row(row));
            }
            vectors.1 += batch.len();
            // Under the lock, so that the count never goes back.
            progress(vectors.1, pieces.len());
            Ok(())
        };
        let batches = batches(&pieces, self.engine.load().tokens);
        // One batch a job: the longest come first, and whoever is free takes the next.
        let done = self
            .pool
            .install(|| batches.par_iter().with_max_len(1).try_for_each(run));
        done?;
        let (vectors, _) = vectors.into_inner().unwrap_or_else(PoisonError::into_inner);
        let joined = join(unique.len(), &pieces, &vectors);
        let mut all = Matrix::zeros(texts.len(), columns);
        for (row, place) in places.into_iter().enumerate() {
            all.row_mut(row).copy_from_slice(joined.row(place));
        }
        Ok(all)
    }

    /// As many vectors as texts, of the right length.
    fn embedded(&self, texts: &[&str]) -> Result<Matrix> {
        let columns = self.engine.info().dimensions;
        let found = self.engine.embed(texts)?;
        if (found.rows, found.columns) == (texts.len(), columns) {
            return Ok(found);
        }
        Err(Error::new(
            Stage::Infer,
            format!(
                "the engine gave {} × {} numbers for {} texts",
                found.rows,
                found.columns,
                texts.len()
            ),
        ))
    }
}

/// The texts, each once, and where each of `texts` stands among them.
fn unique<'t>(texts: &[&'t str]) -> (Vec<&'t str>, Vec<usize>) {
    let mut known = BTreeMap::new();
    let mut unique = Vec::new();
    let places = texts
        .iter()
        .map(|text| {
            *known.entry(*text).or_insert_with(|| {
                unique.push(*text);
                unique.len() - 1
            })
        })
        .collect();
    (unique, places)
}

/// Pieces by length, the longest first, as many together as `tokens` allows.
fn batches(pieces: &[Piece], tokens: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|&piece| std::cmp::Reverse(pieces[piece].window.tokens));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for piece in order {
        let needed = pieces[piece].window.tokens + SPECIAL;
        match batches.last_mut() {
            Some(batch) if needed <= room => batch.push(piece),
            _ => {
                batches.push(vec![piece]);
                room = tokens.max(needed);
            }
        }
        room -= needed;
    }
    batches
}

/// Tokens that a model puts around a text; only for how many texts go together.
const SPECIAL: usize = 2;

/// The windows' vectors, one per text; a text of one window keeps its vector as it is.
fn join(texts: usize, pieces: &[Piece], vectors: &Matrix) -> Matrix {
    let mut joined = Matrix::zeros(texts, vectors.columns);
    let mut first = 0;
    for windows in pieces.chunk_by(|a, b| a.text == b.text) {
        let text = windows[0].text;
        if let [_] = windows {
            joined.row_mut(text).copy_from_slice(vectors.row(first));
        } else {
            let mut sum = vec![0.0_f64; vectors.columns];
            for (offset, piece) in windows.iter().enumerate() {
                for (total, value) in sum.iter_mut().zip(vectors.row(first + offset)) {
                    *total += piece.window.tokens as f64 * f64::from(*value);
                }
            }
            write_unit(&sum, joined.row_mut(text));
        }
        first += windows.len();
    }
    joined
}

/// Writes `sum` scaled to length 1; a zero vector stays zero.
pub(super) fn write_unit(sum: &[f64], out: &mut [f32]) {
    let norm = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
    let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    for (to, from) in out.iter_mut().zip(sum) {
        *to = (from * scale) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: usize, tokens: usize) -> Piece {
        Piece {
            text,
            window: Window {
                bytes: 0..0,
                tokens,
            },
        }
    }

    #[test]
    fn windows_count_by_their_tokens_and_the_mean_has_length_one() {
        let pieces = [piece(0, 3), piece(0, 1), piece(1, 5)];
        let vectors = Matrix {
            rows: 3,
            columns: 2,
            data: vec![1.0, 0.0, 0.0, 1.0, 0.6, 0.8],
        };
        let joined = join(2, &pieces, &vectors);
        let root = 10.0_f32.sqrt();
        assert!((joined.row(0)[0] - 3.0 / root).abs() < 1e-6);
        assert!((joined.row(0)[1] - 1.0 / root).abs() < 1e-6);
        assert_eq!(joined.row(1), [0.6, 0.8]);
    }

    #[test]
    fn each_text_is_embedded_once() {
        let (unique, places) = unique(&["b", "a", "b", "", "a"]);
        assert_eq!(unique, ["b", "a", ""]);
        assert_eq!(places, [0, 1, 0, 2, 1]);
    }

    #[test]
    fn a_batch_holds_as_many_tokens_as_it_may_and_the_longest_come_first() {
        let pieces = [3, 90, 30, 28, 500, 1].map(|tokens| piece(0, tokens));
        assert_eq!(batches(&pieces, 96), [vec![4], vec![1], vec![2, 3, 0, 5]]);
        assert!(batches(&[], 96).is_empty());
    }
}
