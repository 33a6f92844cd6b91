//! Tokenizers of each family: `tokenizer.json`, and the older files beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Family, TinyModel, write_json};

/// Whole words that every vocabulary has; all else is spelt.
const WORDS: [&str; 40] = [
    "the",
    "and",
    "of",
    "to",
    "in",
    "is",
    "that",
    "it",
    "we",
    "not",
    "for",
    "was",
    "with",
    "as",
    "they",
    "their",
    "our",
    "on",
    "by",
    "trade",
    "partner",
    "two",
    "countries",
    "trust",
    "danger",
    "treaty",
    "said",
    "border",
    "alliance",
    "cooperation",
    "war",
    "peace",
    "year",
    "minister",
    "relations",
    "interests",
    "security",
    "power",
    "bases",
    "text",
];

/// Letters outside Latin that are spelt; the rest is unknown to WordPiece and Unigram.
const LETTERS: &str = "абвгдежзийклмнопрстуфхцчшщъыьэюяé中国日本語한국";

/// Writes the files; the tokens, by id.
pub fn write(model: &TinyModel, folder: &Path) -> Vec<String> {
    match model.family {
        Family::Bert | Family::DistilBert | Family::Mpnet => word_piece(model, folder),
        Family::Roberta | Family::Bart | Family::Deberta => byte_pairs(model, folder),
        Family::DebertaV2 => unigram(model, folder),
    }
}

/// The token that a whole word inside a text becomes.
pub fn token_of(model: &TinyModel, word: &str) -> String {
    match model.family {
        Family::Bert | Family::DistilBert | Family::Mpnet if model.lowercase => word.to_lowercase(),
        Family::Bert | Family::DistilBert | Family::Mpnet => word.to_owned(),
        Family::Roberta | Family::Bart | Family::Deberta => format!("Ġ{word}"),
        Family::DebertaV2 => format!("▁{word}"),
    }
}

fn words(model: &TinyModel) -> impl Iterator<Item = String> {
    WORDS
        .iter()
        .map(|word| (*word).to_owned())
        .chain(model.words.iter().cloned())
}

fn ascii() -> impl Iterator<Item = char> {
    (0x21_u8..0x7f).map(char::from)
}

/// Special tokens in the order of their ids: start, padding, end, unknown, mask.
struct Special {
    tokens: [&'static str; 5],
    ids: [usize; 5],
}

impl Special {
    fn added(&self) -> Value {
        let mut added: Vec<_> = self.ids.iter().zip(self.tokens).collect();
        added.sort();
        added
            .into_iter()
            .map(|(id, token)| {
                json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": true,
                })
            })
            .collect()
    }

    /// Start, text, end; `between` ends stand between two texts, whose second has `second` as type.
    fn template(&self, between: usize, second: usize) -> Value {
        let [start, _, end, _, _] = self.tokens;
        let special =
            |token: &str, kind: usize| json!({ "SpecialToken": { "id": token, "type_id": kind } });
        let text =
            |which: &str, kind: usize| json!({ "Sequence": { "id": which, "type_id": kind } });
        let mut pair = vec![special(start, 0), text("A", 0)];
        pair.extend((0..between).map(|_| special(end, 0)));
        pair.extend([text("B", second), special(end, second)]);
        let known = |at: usize| {
            let token = self.tokens[at];
            json!({ "id": token, "ids": [self.ids[at]], "tokens": [token] })
        };
        json!({
            "type": "TemplateProcessing",
            "single": [special(start, 0), text("A", 0), special(end, 0)],
            "pair": pair,
            "special_tokens": { start: known(0), end: known(2) },
        })
    }

    fn map(&self) -> Value {
        let [start, padding, end, unknown, mask] = self.tokens;
        json!({
            "cls_token": start, "pad_token": padding, "sep_token": end, "unk_token": unknown,
            "mask_token": mask,
        })
    }
}

fn finish(model: &TinyModel, folder: &Path, special: &Special, tokenizer: &Value) {
    write_json(&folder.join("tokenizer.json"), tokenizer);
    write_json(&folder.join("special_tokens_map.json"), &special.map());
    let config = json!({
        "do_lower_case": model.lowercase,
        "model_max_length": model.max_tokens,
    });
    write_json(&folder.join("tokenizer_config.json"), &config);
}

fn tokenizer_json(
    special: &Special,
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    model: Value,
) -> Value {
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": special.added(),
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": post_processor,
        "decoder": null,
        "model": model,
    })
}

/// A table from token to id.
fn by_token(tokens: &[String]) -> Value {
    let pairs = tokens.iter().enumerate();
    Value::Object(pairs.map(|(id, t)| (t.clone(), json!(id))).collect())
}

fn word_piece(model: &TinyModel, folder: &Path) -> Vec<String> {
    let (special, between, second) = match model.family {
        Family::Mpnet => {
            let tokens = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"];
            let ids = [0, 1, 2, 3, 4];
            (Special { tokens, ids }, 2, 0)
        }
        _ => {
            let tokens = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"];
            let ids = [2, 0, 3, 1, 4];
            (Special { tokens, ids }, 1, 1)
        }
    };
    let mut tokens = vec![String::new(); 5];
    for (id, token) in special.ids.iter().zip(special.tokens) {
        tokens[*id] = token.to_owned();
    }
    for letter in ascii().chain(LETTERS.chars()) {
        tokens.extend([letter.to_string(), format!("##{letter}")]);
    }
    for word in words(model) {
        let token = token_of(model, &word);
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    fs::write(folder.join("vocab.txt"), tokens.join("\n") + "\n").unwrap();
    let normalizer = json!({
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
        "strip_accents": null, "lowercase": model.lowercase,
    });
    let pieces = json!({
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": by_token(&tokens),
    });
    let json = tokenizer_json(
        &special,
        normalizer,
        json!({ "type": "BertPreTokenizer" }),
        special.template(between, second),
        pieces,
    );
    finish(model, folder, &special, &json);
    tokens
}

/// The character that stands for a byte in GPT-2's vocabulary.
fn byte_char(byte: u8) -> char {
    let shown = |b: u8| matches!(b, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    if shown(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|b| !shown(*b)).count();
    char::from_u32(0x100 + before as u32).unwrap()
}

fn byte_pairs(model: &TinyModel, folder: &Path) -> Vec<String> {
    let deberta = model.family == Family::Deberta;
    let special = if deberta {
        let tokens = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"];
        let ids = [1, 0, 2, 3, 4];
        Special { tokens, ids }
    } else {
        let tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
        let ids = [0, 1, 2, 3, 4];
        Special { tokens, ids }
    };
    let mut tokens = vec![String::new(); 5];
    for (id, token) in special.ids.iter().zip(special.tokens) {
        tokens[*id] = token.to_owned();
    }
    tokens.extend((0..=255).map(|byte| byte_char(byte).to_string()));
    // Every merge takes one more letter to a beginning, so that no two words want different ones.
    let mut merges = Vec::new();
    let mut known = BTreeSet::new();
    for word in words(model) {
        let letters: Vec<char> = format!(" {word}").bytes().map(byte_char).collect();
        for end in 2..=letters.len() {
            let whole: String = letters[..end].iter().collect();
            if known.insert(whole.clone()) {
                let begin: String = letters[..end - 1].iter().collect();
                merges.push(format!("{begin} {}", letters[end - 1]));
                tokens.push(whole);
            }
        }
    }
    write_json(&folder.join("vocab.json"), &by_token(&tokens));
    let lines = format!("#version: 0.2\n{}\n", merges.join("\n"));
    fs::write(folder.join("merges.txt"), lines).unwrap();
    let pieces = json!({
        "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
        "end_of_word_suffix": "", "fuse_unk": false, "vocab": by_token(&tokens), "merges": merges,
    });
    let bytes = json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
    });
    let template = if deberta {
        special.template(1, 1)
    } else {
        special.template(2, 0)
    };
    let json = tokenizer_json(&special, Value::Null, bytes, template, pieces);
    finish(model, folder, &special, &json);
    tokens
}

fn unigram(model: &TinyModel, folder: &Path) -> Vec<String> {
    let tokens = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"];
    let mut pieces: Vec<(String, f32)> = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
        .map(|token| (token.to_owned(), 0.0))
        .to_vec();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut add = |piece: String, score: f32| {
        if known.insert(piece.clone()) {
            pieces.push((piece, score));
        }
    };
    add("▁".to_owned(), -3.0);
    for word in words(model) {
        add(format!("▁{word}"), -4.0 - known_length(&word) / 100.0);
    }
    for letter in ascii().chain(LETTERS.chars()) {
        add(letter.to_string(), -8.0);
    }
    fs::write(folder.join("spm.model"), sentence_piece(&pieces)).unwrap();
    // The mask follows the pieces of the sentencepiece model, as in the released ones.
    pieces.push(("[MASK]".to_owned(), 0.0));
    let ids = [1, 0, 2, 3, pieces.len() - 1];
    let special = Special { tokens, ids };
    let model_json = json!({
        "type": "Unigram", "unk_id": 3, "vocab": pieces, "byte_fallback": false,
    });
    let spaces = json!({
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true,
    });
    let mut normalizers = vec![json!({ "type": "NFKC" })];
    if model.lowercase {
        normalizers.push(json!({ "type": "Lowercase" }));
    }
    let json = tokenizer_json(
        &special,
        json!({ "type": "Sequence", "normalizers": normalizers }),
        spaces,
        special.template(1, 1),
        model_json,
    );
    finish(model, folder, &special, &json);
    pieces.into_iter().map(|(piece, _)| piece).collect()
}

fn known_length(word: &str) -> f32 {
    word.chars().count() as f32
}

/// A sentencepiece `ModelProto`: field 1, repeated, is a piece (1 its text, 2 its score, 3 its
/// type: 1 normal, 2 unknown, 3 control).
fn sentence_piece(pieces: &[(String, f32)]) -> Vec<u8> {
    let mut model = Vec::new();
    for (piece, score) in pieces {
        let kind = match piece.as_str() {
            "[UNK]" => 2,
            "[PAD]" | "[CLS]" | "[SEP]" => 3,
            _ => 1,
        };
        let mut message = vec![0x0a, u8::try_from(piece.len()).unwrap()];
        message.extend(piece.bytes());
        message.push(0x15);
        message.extend(score.to_le_bytes());
        message.extend([0x18, kind]);
        model.extend([0x0a, u8::try_from(message.len()).unwrap()]);
        model.extend(message);
    }
    model
}
