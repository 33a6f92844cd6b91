//! The model's tokenizer: token ids, counts, and windows of the model's length.

use std::ops::Range;
use std::path::Path;

use tokenizers::{Encoding, Tokenizer, TruncationParams, TruncationStrategy};

use super::encoder::{Sequence, Types};
use super::weights::Words;

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

    /// Whether the tokenizer, read from `path`, is the network's; see [`check_vocabulary`].
    pub(super) fn check(
        &self,
        path: &Path,
        words: &Words,
        weights: &Path,
        padding: Option<usize>,
    ) -> Result<()> {
        check_vocabulary(&self.tokenizer, path, words, weights, padding)
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
        let room = self.max_tokens - self.special;
        Ok(windows(&encoding, text.len(), room))
    }
}

/// A tokenizer of pairs: the first text is cut at its end where the two are too long together.
pub(super) struct PairTokens(Tokenizer);

/// A pair's tokens, special ones included.
pub(super) struct Pair {
    ids: Vec<i32>,
    second: usize,
}

impl PairTokens {
    /// Words such as "[SEP]" are no separators but what an author wrote.
    pub fn of(tokens: Tokens) -> Result<PairTokens> {
        let mut tokenizer = tokens.tokenizer;
        let cut = TruncationParams {
            max_length: tokens.max_tokens,
            strategy: TruncationStrategy::OnlyFirst,
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(cut)).map_err(failed)?;
        tokenizer.set_encode_special_tokens(true);
        Ok(PairTokens(tokenizer))
    }

    /// # Errors
    /// A claim that leaves no room for a text.
    pub fn pair(&self, text: &str, claim: &str) -> Result<Pair> {
        let encoding = self.0.encode_fast((text, claim), true);
        let encoding =
            encoding.map_err(|e| failed(e).remedy("shorten the scheme's claim or hypothesis"))?;
        let ids: Vec<i32> = encoding.get_ids().iter().map(|&id| id as i32).collect();
        let second = encoding.get_type_ids().iter().position(|&of| of == 1);
        Ok(Pair {
            second: second.unwrap_or(ids.len()),
            ids,
        })
    }
}

impl Pair {
    pub fn sequence(&self) -> Sequence<'_> {
        Sequence {
            ids: &self.ids,
            types: Types::SecondFrom(self.second),
        }
    }
}

/// A tokenizer of texts without special tokens, and the ids of those that stand around them.
pub(super) struct PlainTokens {
    tokenizer: Tokenizer,
    /// `[CLS]`.
    pub first: i32,
    /// `[SEP]`.
    pub separator: i32,
}

/// A token and where it stands.
pub(super) struct PlainToken {
    pub id: i32,
    pub bytes: Range<usize>,
    /// Whether it is a word's first (WordPiece writes "##" before the others).
    pub begins_word: bool,
}

impl PlainTokens {
    /// # Errors
    /// A tokenizer, read from `path`, without the special tokens of BERT.
    pub fn of(tokens: Tokens, path: &Path) -> Result<PlainTokens> {
        let mut tokenizer = tokens.tokenizer;
        tokenizer.set_encode_special_tokens(true);
        let id = |token: &str| {
            tokenizer
                .token_to_id(token)
                .map(|id| id as i32)
                .ok_or_else(|| {
                    Error::new(Stage::Models, format!("the tokenizer has no token {token}"))
                        .at_path(path)
                        .remedy("take the tokenizer that belongs to these weights")
                })
        };
        Ok(PlainTokens {
            first: id("[CLS]")?,
            separator: id("[SEP]")?,
            tokenizer,
        })
    }

    pub fn tokens(&self, text: &str) -> Result<Vec<PlainToken>> {
        let encoding = self.tokenizer.encode(text, false).map_err(failed)?;
        let (ids, offsets) = (encoding.get_ids(), encoding.get_offsets());
        let pieces = encoding.get_tokens().iter();
        let tokens = ids.iter().zip(offsets).zip(pieces);
        Ok(tokens
            .map(|((&id, &(start, end)), piece)| PlainToken {
                id: id as i32,
                bytes: start..end,
                begins_word: !piece.starts_with("##"),
            })
            .collect())
    }
}

/// Cuts a text of `length` bytes, encoded without special tokens, into windows of at most `room`
/// tokens. A window begins where the one before it ends, with the blank before its first word, since
/// some tokenizers make the blank a part of the word.
pub(super) fn windows(encoding: &Encoding, length: usize, room: usize) -> Vec<Window> {
    let (words, offsets) = (encoding.get_word_ids(), encoding.get_offsets());
    let mut windows = Vec::new();
    let (mut first, mut start) = (0, 0);
    while encoding.len() - first > room {
        let limit = first + room;
        let mut cut = limit;
        while cut > first && words[cut] == words[cut - 1] {
            cut -= 1;
        }
        // A text whose tokens share one offset has no later place to cut: the word begins where
        // the window does.
        if cut == first || offsets[cut - 1].1 <= start {
            cut = limit;
        }
        let end = offsets[cut - 1].1.max(start);
        windows.push(Window {
            bytes: start..end,
            tokens: cut - first,
        });
        (first, start) = (cut, end);
    }
    windows.push(Window {
        bytes: start..length,
        tokens: encoding.len() - first,
    });
    windows
}

/// Whether every token has a row in the table of words, nearly every row a token, and the padding the
/// id that `config.json` says: another one is the sign of another vocabulary of the same size.
///
/// # Errors
/// A tokenizer, read from `path`, that is not of the network whose `weights` these are.
pub(super) fn check_vocabulary(
    tokenizer: &Tokenizer,
    path: &Path,
    words: &Words,
    weights: &Path,
    padding: Option<usize>,
) -> Result<()> {
    let another = |what: String| {
        Err(Error::new(Stage::Models, what)
            .at_path(path)
            .remedy("take the tokenizer that belongs to these weights"))
    };
    let pads = ["[PAD]", "<pad>"];
    let here = pads.iter().find_map(|token| tokenizer.token_to_id(token));
    if let (Some(here), Some(there)) = (here, padding)
        && here as usize != there
    {
        return another(format!(
            "the tokenizer's padding has the id {here}, and config.json says {there}"
        ));
    }
    let tokens = tokenizer.get_vocab_size(true);
    let highest = tokenizer.get_vocab(true).into_values().max();
    let highest = highest.map_or(0, |id| id as usize + 1);
    if highest <= words.rows && tokens * 10 >= words.rows * 9 {
        return Ok(());
    }
    another(format!(
        "the tokenizer has {tokens} tokens, the tensor `{}` of {} has {} rows",
        words.tensor,
        weights.display(),
        words.rows
    ))
}

/// The tokenizer's errors are boxed trait objects; only their text is kept.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Opaque(String);

fn failed(error: tokenizers::Error) -> Error {
    Error::new(Stage::Infer, "the text cannot be tokenized").caused_by(Opaque(error.to_string()))
}
