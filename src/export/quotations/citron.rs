//! Citron JSON: the shape in which attribution systems and their scorers exchange quotations.
//!
//! Its contents follow the corpora of attributions (PARC, PolNeAR): a content includes the "that"
//! before it and the quotation marks around it, which a [`QuotationRecord`] leaves out.

use serde::Serialize;

use crate::analysis::{DocumentRecord, Passage, Piece, QuotationRecord};
use crate::text::CodePoints;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    text: &'a str,
    quotes: Vec<Quote<'a>>,
}

#[derive(Serialize)]
struct Quote<'a> {
    cue: Option<Fragment<'a>>,
    sources: Vec<Fragment<'a>>,
    contents: Vec<Fragment<'a>>,
    coreferences: Vec<Fragment<'a>>,
    confidence: f64,
    /// Empty where nobody is named.
    speaker: Option<String>,
    r#type: &'static str,
}

/// Code points of the raw text, end exclusive.
#[derive(Serialize)]
struct Fragment<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

/// A document's raw text, cut by code points.
struct Raw<'a> {
    text: &'a str,
    points: CodePoints,
}

pub(super) fn document(record: &DocumentRecord) -> Document<'_> {
    let raw = Raw {
        text: &record.text,
        points: CodePoints::new(&record.text),
    };
    let quotes = record.quotations.iter().map(|q| raw.quote(q));
    Document {
        text: &record.text,
        quotes: quotes.collect(),
    }
}

impl<'a> Raw<'a> {
    fn quote(&self, quotation: &QuotationRecord) -> Quote<'a> {
        let attribution = &quotation.attribution;
        let cue = quotation.cue.as_ref().map(Passage::extent);
        let antecedents = attribution
            .evidence
            .iter()
            .filter(|evidence| evidence.role == "antecedent")
            .filter_map(|evidence| evidence.piece);
        let source = quotation.source.as_ref();
        let pieces = &quotation.passage.pieces;
        Quote {
            cue: cue.map(|piece| self.fragment(piece)),
            sources: self.fragments(source.map_or(&[][..], |s| &s.pieces)),
            contents: self.fragments(&self.as_corpora_mark(pieces, cue)),
            coreferences: antecedents.map(|piece| self.fragment(piece)).collect(),
            confidence: attribution.confidence,
            speaker: Some(attribution.speaker_cell())
                .filter(|name| !name.is_empty() && name != "unnamed"),
            r#type: quotation.kind.name(),
        }
    }

    fn fragments(&self, pieces: &[Piece]) -> Vec<Fragment<'a>> {
        pieces.iter().map(|&piece| self.fragment(piece)).collect()
    }

    fn fragment(&self, piece: Piece) -> Fragment<'a> {
        Fragment {
            start: piece.start,
            end: piece.end,
            text: &self.text[self.byte(piece.start)..self.byte(piece.end)],
        }
    }

    fn byte(&self, point: usize) -> usize {
        self.points.byte(self.text, point)
    }

    /// The pieces with the quotation marks around them and a "that" before them, unless it is a
    /// part of the cue.
    fn as_corpora_mark(&self, pieces: &[Piece], cue: Option<Piece>) -> Vec<Piece> {
        let mut pieces = pieces.to_vec();
        for piece in &mut pieces {
            let before = &self.text[..self.byte(piece.start)];
            let after = &self.text[self.byte(piece.end)..];
            let opening = before.chars().next_back();
            if matches!(opening, Some('“' | '"' | '«' | '„')) {
                piece.start -= 1;
            }
            let closing = after.chars().next();
            if matches!(closing, Some('”' | '"' | '»')) {
                piece.end += 1;
            }
        }
        if let Some(first) = pieces.first_mut() {
            let before = self.text[..self.byte(first.start)].trim_end();
            let that = before
                .strip_suffix("that")
                .filter(|rest| !rest.ends_with(char::is_alphanumeric));
            if let Some(rest) = that {
                let start = self.points.at(self.text, rest.len());
                if cue.is_none_or(|cue| !(cue.start..cue.end).contains(&start)) {
                    first.start = start;
                }
            }
        }
        pieces
    }
}
