//! Texts to token ids, with the tokenizer that the model was published with.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, Encoding, Tokenizer, TruncationParams, TruncationStrategy};

use super::network::{Config, Family, Task};
use super::sentence_piece;
use crate::infer::local::ModelFolder;
use crate::infer::tokens;
use crate::infer::weights::Words;
use crate::{Error, Result, Stage};

/// A model's tokenizer, set up for one task.
pub struct Reader {
    path: PathBuf,
    tokenizer: Tokenizer,
    /// Special tokens of a text.
    special: usize,
}

/// A text's tokens, special ones included.
pub struct Encoded {
    pub ids: Vec<i64>,
    /// Of each token, which text of a pair it is of, in the model's own way of counting.
    pub types: Vec<i64>,
}

/// A word, as the tokenizer sees it.
pub struct Word {
    /// The place of its first token among the text's, without special ones.
    pub token: usize,
    /// In the text.
    pub bytes: Range<usize>,
}

#[derive(Default, Deserialize)]
struct TokenizerConfig {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    add_prefix_space: Option<bool>,
}

impl Reader {
    /// A tokenizer that takes texts whole or, in pairs, cuts the first at its end where the two have
    /// more than `max_tokens` tokens. Vectors go by what every engine sees; elsewhere a "[SEP]" is
    /// no separator but what an author wrote.
    ///
    /// From `tokenizer.json`, else from the older files: `vocab.txt`, `spm.model`, or `vocab.json`
    /// and `merges.txt`.
    pub fn open(
        folder: &ModelFolder,
        config: &Config,
        task: Task,
        max_tokens: usize,
    ) -> Result<Reader> {
        let has = |name: &str| folder.path.join(name).is_file();
        let (path, tokenizer) = if has("tokenizer.json") {
            let path = folder.path.join("tokenizer.json");
            let tokenizer = Tokenizer::from_file(&path);
            (path, tokenizer)
        } else if has("vocab.txt") {
            let path = folder.path.join("vocab.txt");
            let more = folder.json("tokenizer_config.json")?.unwrap_or_default();
            let tokenizer = word_piece(&path, &more);
            (path, tokenizer)
        } else if has("spm.model") && config.family == Family::DebertaV2 {
            let path = folder.path.join("spm.model");
            let more: TokenizerConfig = folder.json("tokenizer_config.json")?.unwrap_or_default();
            let lowercase = more.do_lower_case.unwrap_or(false);
            let tokenizer = sentence_piece::tokenizer(&path, lowercase);
            (path, tokenizer)
        } else if has("vocab.json") && has("merges.txt") {
            let path = folder.path.join("vocab.json");
            let more = folder.json("tokenizer_config.json")?.unwrap_or_default();
            let merges = folder.path.join("merges.txt");
            let tokenizer = byte_pairs(&path, &merges, &more, config.family);
            (path, tokenizer)
        } else {
            return Err(Error::new(
                Stage::Models,
                "the model's folder has no tokenizer.json, nor the older files for one",
            )
            .at_path(&folder.path)
            .remedy(
                "in Python, `AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)` writes \
                 tokenizer.json",
            ));
        };
        let broken = |e: tokenizers::Error| {
            Error::new(Stage::Models, format!("the tokenizer cannot be read: {e}"))
                .at_path(&path)
                .remedy("take the one that the model was published with")
        };
        let mut tokenizer = tokenizer.map_err(broken)?;
        tokenizer.with_padding(None);
        let cut = (task == Task::Pairs).then(|| TruncationParams {
            max_length: max_tokens,
            strategy: TruncationStrategy::OnlyFirst,
            ..TruncationParams::default()
        });
        tokenizer.with_truncation(cut).map_err(broken)?;
        tokenizer.set_encode_special_tokens(task != Task::Sentences);
        let special = tokenizer.encode_fast("", true).map_err(broken)?.len();
        let reader = Reader {
            path,
            tokenizer,
            special,
        };
        // A pair has up to two special tokens more.
        if max_tokens <= reader.special + 2 {
            return Err(Error::new(
                Stage::Models,
                format!("a model of {max_tokens} tokens has no room for text"),
            )
            .at_path(&reader.path));
        }
        Ok(reader)
    }

    /// Whether the tokenizer is the network's; see [`tokens::check_vocabulary`].
    pub fn check(&self, words: &Words, weights: &Path, config: &Config) -> Result<()> {
        let padding = config.number("pad_token_id");
        tokens::check_vocabulary(&self.tokenizer, &self.path, words, weights, padding)
    }

    /// However long the text is.
    pub fn one(&self, text: &str) -> Result<Encoded> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(failed)?;
        Ok(Encoded::of(&encoding))
    }

    /// `text` with another, which is never cut.
    pub fn pair(&self, text: &str, other: &str) -> Result<Encoded> {
        let encoding = self.tokenizer.encode_fast((text, other), true);
        let encoding = encoding
            .map_err(|e| failed(e).remedy("shorten the scheme's hypothesis for this label"))?;
        Ok(Encoded::of(&encoding))
    }

    /// Cuts `text` between words into stretches of at most `max_tokens` tokens, in bytes.
    pub fn windows(&self, text: &str, max_tokens: usize) -> Result<Vec<Range<usize>>> {
        let encoding = self.tokenizer.encode(text, false).map_err(failed)?;
        let windows = tokens::windows(&encoding, text.len(), max_tokens - self.special);
        Ok(windows.into_iter().map(|window| window.bytes).collect())
    }

    /// A text's tokens, and its words. Some tokenizers take the marks around a word into it; a word
    /// is from its first token with a letter or digit to its last.
    pub fn words(&self, text: &str) -> Result<(Encoded, Vec<Word>)> {
        let encoding = self.tokenizer.encode(text, true).map_err(failed)?;
        let tokens: Vec<(Option<u32>, Range<usize>)> = (encoding.get_word_ids().iter())
            .zip(encoding.get_offsets())
            .map(|(word, &(start, end))| {
                // A byte-level tokenizer takes the space before a word to the word.
                let space = text[start..end].len() - text[start..end].trim_start().len();
                (*word, start + space..end)
            })
            .collect();
        let mut words = Vec::new();
        let mut first = 0;
        for word in tokens.chunk_by(|a, b| a.0 == b.0) {
            if word[0].0.is_some() {
                let says = |token: &(Option<u32>, Range<usize>)| {
                    text[token.1.clone()].contains(char::is_alphanumeric)
                };
                let from = word.iter().position(says).unwrap_or(0);
                let to = word.iter().rposition(says).unwrap_or(word.len() - 1);
                words.push(Word {
                    token: first + from,
                    bytes: word[from].1.start..word[to].1.end,
                });
            }
            first += word.len();
        }
        Ok((Encoded::of(&encoding), words))
    }
}

impl Encoded {
    fn of(encoding: &Encoding) -> Encoded {
        let numbers = |values: &[u32]| values.iter().map(|&v| i64::from(v)).collect();
        Encoded {
            ids: numbers(encoding.get_ids()),
            types: numbers(encoding.get_type_ids()),
        }
    }
}

/// BERT's, from its list of pieces.
fn word_piece(path: &Path, more: &TokenizerConfig) -> tokenizers::Result<Tokenizer> {
    let pieces = WordPiece::from_file(&path.to_string_lossy())
        .unk_token("[UNK]".to_owned())
        .build()?;
    let mut tokenizer = Tokenizer::new(pieces);
    let lowercase = more.do_lower_case.unwrap_or(true);
    tokenizer
        .with_normalizer(Some(BertNormalizer::new(
            true,
            true,
            more.strip_accents,
            lowercase,
        )))
        .with_pre_tokenizer(Some(BertPreTokenizer));
    let [cls, sep] = specials(&mut tokenizer, ["[CLS]", "[SEP]"])?;
    tokenizer.with_post_processor(Some(BertProcessing::new(sep, cls)));
    Ok(tokenizer)
}

/// RoBERTa's, BART's and DeBERTa's, over bytes.
fn byte_pairs(
    vocabulary: &Path,
    merges: &Path,
    more: &TokenizerConfig,
    family: Family,
) -> tokenizers::Result<Tokenizer> {
    let pairs = BPE::from_file(&vocabulary.to_string_lossy(), &merges.to_string_lossy()).build()?;
    let mut tokenizer = Tokenizer::new(pairs);
    let prefix = more.add_prefix_space.unwrap_or(false);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(prefix, true, true)));
    if family == Family::Deberta {
        let [cls, sep] = specials(&mut tokenizer, ["[CLS]", "[SEP]"])?;
        tokenizer.with_post_processor(Some(BertProcessing::new(sep, cls)));
    } else {
        let [start, end] = specials(&mut tokenizer, ["<s>", "</s>"])?;
        tokenizer.with_post_processor(Some(
            RobertaProcessing::new(end, start).add_prefix_space(prefix),
        ));
    }
    Ok(tokenizer)
}

/// Makes the tokens special that the vocabulary has for it; gives the start and the end.
fn specials(tokenizer: &mut Tokenizer, ends: [&str; 2]) -> tokenizers::Result<[(String, u32); 2]> {
    let all = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "<pad>", "</s>", "<unk>", "<mask>",
    ];
    let here: Vec<AddedToken> = all
        .iter()
        .filter(|token| tokenizer.token_to_id(token).is_some())
        .map(|token| AddedToken::from(*token, true))
        .collect();
    tokenizer.add_special_tokens(&here);
    let id = |token: &str| {
        let id = tokenizer.token_to_id(token);
        id.map(|id| (token.to_owned(), id))
            .ok_or_else(|| format!("the vocabulary has no {token}"))
    };
    Ok([id(ends[0])?, id(ends[1])?])
}

fn failed(error: tokenizers::Error) -> Error {
    Error::new(
        Stage::Infer,
        format!("the text cannot be tokenized: {error}"),
    )
}
