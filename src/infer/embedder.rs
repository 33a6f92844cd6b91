//! What every engine needs above it: windows over long texts, batches in a fixed order.

use std::sync::Arc;

use super::tokens::{Tokens, Window};
use super::{Engine, EngineInfo, Matrix};
use crate::{Error, Result, Stage};

/// Texts per call of the engine. Small: larger batches cost memory and gain nothing on a CPU.
const BATCH: usize = 8;

/// Embeds texts of any length.
pub struct Embedder {
    engine: Box<dyn Engine>,
    tokens: Arc<Tokens>,
}

impl Embedder {
    /// `tokens` must be the tokenizer of the engine's model.
    pub fn new(engine: Box<dyn Engine>, tokens: Arc<Tokens>) -> Embedder {
        Embedder { engine, tokens }
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
    pub fn embed(&self, texts: &[&str]) -> Result<Matrix> {
        self.embed_with(texts, &|_, _| ())
    }

    /// As [`Embedder::embed`]; `progress` is told after each batch how many windows of how many
    /// are done.
    pub fn embed_with(&self, texts: &[&str], progress: &dyn Fn(usize, usize)) -> Result<Matrix> {
        let mut pieces: Vec<(usize, Window)> = Vec::with_capacity(texts.len());
        for (text, content) in texts.iter().enumerate() {
            pieces.extend(self.tokens.windows(content)?.into_iter().map(|w| (text, w)));
        }
        let mut order: Vec<usize> = (0..pieces.len()).collect();
        order.sort_by_key(|&piece| pieces[piece].1.tokens);

        let columns = self.engine.info().dimensions;
        let mut vectors = Matrix::zeros(pieces.len(), columns);
        let mut done = 0;
        let same_length = |a: &usize, b: &usize| pieces[*a].1.tokens == pieces[*b].1.tokens;
        for batch in order
            .chunk_by(same_length)
            .flat_map(|run| run.chunks(BATCH))
        {
            let cut: Vec<&str> = batch
                .iter()
                .map(|&piece| &texts[pieces[piece].0][pieces[piece].1.bytes.clone()])
                .collect();
            let found = self.engine.embed(&cut)?;
            if (found.rows, found.columns) != (batch.len(), columns) {
                return Err(Error::new(
                    Stage::Infer,
                    format!(
                        "the engine gave {} × {} numbers for {} texts",
                        found.rows,
                        found.columns,
                        batch.len()
                    ),
                ));
            }
            for (row, &piece) in batch.iter().enumerate() {
                vectors.row_mut(piece).copy_from_slice(found.row(row));
            }
            done += batch.len();
            progress(done, pieces.len());
        }
        Ok(join(texts.len(), &pieces, &vectors))
    }
}

/// The windows' vectors, one per text; a text of one window keeps its vector as it is.
fn join(texts: usize, pieces: &[(usize, Window)], vectors: &Matrix) -> Matrix {
    let mut joined = Matrix::zeros(texts, vectors.columns);
    let mut first = 0;
    for windows in pieces.chunk_by(|a, b| a.0 == b.0) {
        let text = windows[0].0;
        if let [_] = windows {
            joined.row_mut(text).copy_from_slice(vectors.row(first));
        } else {
            let mut sum = vec![0.0_f64; vectors.columns];
            for (offset, (_, window)) in windows.iter().enumerate() {
                for (total, value) in sum.iter_mut().zip(vectors.row(first + offset)) {
                    *total += window.tokens as f64 * f64::from(*value);
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

    #[test]
    fn windows_count_by_their_tokens_and_the_mean_has_length_one() {
        let window = |tokens| Window {
            bytes: 0..0,
            tokens,
        };
        let pieces = [(0, window(3)), (0, window(1)), (1, window(5))];
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
}
