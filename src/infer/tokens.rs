//! The model's tokenizer: token ids, counts, and windows of the model's length.

use std::ops::Range;
use std::path::Path;

use tokenizers::Tokenizer;

use crate::{Error, Result, Stage};

/// A tokenizer and the length that its model takes. Padding and truncation, which a
/// `tokenizer.json` may ask for, are off.
pub struct Tokens {
    tokenizer: Tokenizer,
    max_tokens: usize,
    special: usize,
}

/// A stretch of a text that fits the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// In bytes of the text.
    pub bytes: Range<usize>,
    /// Tokens of the text itself, without `[CLS]` and `[SEP]`.
    pub tokens: usize,
}

impl Tokens {
    /// Reads a `tokenizer.json`. `max_tokens` counts the special tokens too.
    pub fn open(path: &Path, max_tokens: usize) -> Result<Tokens> {
        let mut tokenizer = Tokenizer::from_file(path).map_err(|e| {
            Error::new(Stage::Models, "the tokenizer cannot be read")
                .at_path(path)
                .caused_by(Opaque(e.to_string()))
        })?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(failed)?;
        let special = tokenizer.encode_fast("", true).map_err(failed)?.len();
        if max_tokens <= special {
            return Err(Error::new(
                Stage::Models,
                format!("a model of {max_tokens} tokens has no room for text"),
            )
            .at_path(path));
        }
        Ok(Tokens {
            tokenizer,
            max_tokens,
            special,
        })
    }

    /// Special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Whether every token has one of the `words` rows of the network's table.
    ///
    /// # Errors
    /// A tokenizer with higher numbers, which is another network's; `path` is where it was read.
    pub fn check_words(&self, words: usize, path: &Path) -> Result<()> {
        let highest = self.tokenizer.get_vocab(true).into_values().max();
        match highest {
            Some(id) if id as usize >= words => Err(Error::new(
                Stage::Models,
                format!("the tokenizer has a token {id}, and the network {words} words"),
            )
            .at_path(path)
            .remedy("take the tokenizer that belongs to these weights")),
            _ => Ok(()),
        }
    }

    /// Ids for the model, special tokens included, however long the text is.
    pub fn ids(&self, text: &str) -> Result<Vec<i32>> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(failed)?;
        Ok(encoding.get_ids().iter().map(|&id| id as i32).collect())
    }

    /// Cuts `text` into windows that fit the model; one, of the whole text, where it fits.
    ///
    /// Cuts lie where a word begins, so that each window has the very tokens it had in the whole
    /// text; a single word longer than a window (which WordPiece never yields) is cut between its
    /// tokens.
    pub fn windows(&self, text: &str) -> Result<Vec<Window>> {
        let encoding = self.tokenizer.encode(text, false).map_err(failed)?;
        let (words, offsets) = (encoding.get_word_ids(), encoding.get_offsets());
        let room = self.max_tokens - self.special;
        let mut windows = Vec::new();
        let (mut first, mut start) = (0, 0);
        while encoding.len() - first > room {
            let limit = first + room;
            let mut cut = limit;
            while cut > first && words[cut] == words[cut - 1] {
                cut -= 1;
            }
            // A text whose tokens share one offset has no later place to cut: the word begins
            // where the window does.
            if cut == first || offsets[cut].0 <= start {
                cut = limit;
            }
            let end = offsets[cut].0;
            windows.push(Window {
                bytes: start..end,
                tokens: cut - first,
            });
            (first, start) = (cut, end);
        }
        windows.push(Window {
            bytes: start..text.len(),
            tokens: encoding.len() - first,
        });
        Ok(windows)
    }
}

/// The tokenizer's errors are boxed trait objects; only their text is kept.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Opaque(String);

fn failed(error: tokenizers::Error) -> Error {
    Error::new(Stage::Infer, "the text cannot be tokenized").caused_by(Opaque(error.to_string()))
}
