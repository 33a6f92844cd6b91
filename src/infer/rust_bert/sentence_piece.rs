//! DeBERTa-v2's and v3's tokenizer from `spm.model`, which some of them are published with alone.
//!
//! The file is a `ModelProto` of sentencepiece (Kudo & Richardson 2018), of which little is needed:
//! the pieces with their scores, and the table that characters are normalised by.

use std::path::Path;

use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::{NormalizerWrapper, Precompiled, Replace, Sequence, Strip};
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

type Result<T> = tokenizers::Result<T>;

/// The piece that stands for what is not known.
const UNKNOWN: u64 = 2;
/// A piece that stands for no text, as `[CLS]`.
const CONTROL: u64 = 3;

struct Piece {
    text: String,
    score: f32,
    kind: u64,
}

#[derive(Default)]
struct Model {
    pieces: Vec<Piece>,
    /// Empty where characters are taken as they are.
    normalisation: Vec<u8>,
}

/// The tokenizer in the file at `path`. `lowercase` is for the models that say so.
pub fn tokenizer(path: &Path, lowercase: bool) -> Result<Tokenizer> {
    let model = Model::parse(&std::fs::read(path)?)?;
    let unknown = (model.pieces.iter())
        .position(|piece| piece.kind == UNKNOWN)
        .ok_or("the sentencepiece model has no unknown piece")?;
    let control: Vec<AddedToken> = (model.pieces.iter())
        .filter(|piece| piece.kind == CONTROL || piece.kind == UNKNOWN)
        .map(|piece| AddedToken::from(piece.text.clone(), true))
        .chain([AddedToken::from("[MASK]", true)])
        .collect();
    let pieces = model.pieces.into_iter();
    let pieces = pieces.map(|p| (p.text, f64::from(p.score))).collect();
    let mut tokenizer = Tokenizer::new(Unigram::from(pieces, Some(unknown), false)?);

    let mut steps: Vec<NormalizerWrapper> = vec![Strip::new(true, true).into()];
    if lowercase {
        steps.push(tokenizers::normalizers::utils::Lowercase.into());
    }
    if !model.normalisation.is_empty() {
        let table = Precompiled::from(&model.normalisation);
        steps.push(table.map_err(|e| e.to_string())?.into());
    }
    steps.push(Replace::new("  ", " ")?.into());
    let spaces = Metaspace::new('▁', PrependScheme::Always, true);
    tokenizer
        .with_normalizer(Some(Sequence::new(steps)))
        .with_pre_tokenizer(Some(spaces));
    // `[MASK]` follows the pieces, where the released models have a row for it.
    tokenizer.add_special_tokens(&control);
    let id = |token: &str| {
        let id = tokenizer.token_to_id(token);
        id.ok_or_else(|| format!("the sentencepiece model has no {token}"))
    };
    let ends = vec![("[CLS]", id("[CLS]")?), ("[SEP]", id("[SEP]")?)];
    let template = TemplateProcessing::builder()
        .try_single("[CLS]:0 $A:0 [SEP]:0")?
        .try_pair("[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1")?
        .special_tokens(ends)
        .build()
        .map_err(|e| e.to_string())?;
    tokenizer.with_post_processor(Some(template));
    Ok(tokenizer)
}

impl Model {
    fn parse(bytes: &[u8]) -> Result<Model> {
        let mut model = Model::default();
        let mut fields = Fields(bytes);
        while let Some((number, value)) = fields.next()? {
            match (number, value) {
                (1, Value::Bytes(piece)) => model.pieces.push(Piece::parse(piece)?),
                (3, Value::Bytes(normalizer)) => {
                    let mut fields = Fields(normalizer);
                    while let Some((number, value)) = fields.next()? {
                        if let (2, Value::Bytes(table)) = (number, value) {
                            model.normalisation = table.to_vec();
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(model)
    }
}

impl Piece {
    fn parse(bytes: &[u8]) -> Result<Piece> {
        let mut piece = Piece {
            text: String::new(),
            score: 0.0,
            kind: 1,
        };
        let mut fields = Fields(bytes);
        while let Some((number, value)) = fields.next()? {
            match (number, value) {
                (1, Value::Bytes(text)) => piece.text = String::from_utf8(text.to_vec())?,
                (2, Value::Four(score)) => piece.score = f32::from_le_bytes(score),
                (3, Value::Number(kind)) => piece.kind = kind,
                _ => {}
            }
        }
        Ok(piece)
    }
}

/// A value of a field in the wire format of protocol buffers.
enum Value<'a> {
    Number(u64),
    Four([u8; 4]),
    Eight,
    Bytes(&'a [u8]),
}

/// The fields of a message that are still to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<Option<(u64, Value<'a>)>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => self.take(8).map(|_| Value::Eight)?,
            2 => {
                let length = usize::try_from(self.number()?)?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Four(self.take(4)?.try_into()?),
            _ => return Err("this is no sentencepiece model".into()),
        };
        Ok(Some((tag >> 3, value)))
    }

    fn number(&mut self) -> Result<u64> {
        let mut number = 0;
        for place in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << place;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("this is no sentencepiece model".into())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            (self.0.split_at_checked(length)).ok_or("the sentencepiece model is cut off")?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_none_or_cut_off_is_an_error() {
        let whole = [0x0a, 8, 0x0a, 1, b'a', 0x15, 0, 0, 0, 0];
        assert_eq!(Model::parse(&whole).unwrap().pieces[0].text, "a");
        for end in 1..whole.len() {
            assert!(Model::parse(&whole[..end]).is_err(), "cut at {end}");
        }
        assert!(Model::parse(b"<!doctype html>").is_err());
        assert!(Model::parse(&[0xff; 20]).is_err());
    }
}
