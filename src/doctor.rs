//! How one document was read: what was taken out of the running text, what belongs to what, and how
//! far that can be trusted.

mod page;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{NoteLabel, Piece};
use crate::layout::{self, Layout, ParagraphKind};
use crate::load::Source;
use crate::quote::block;
use crate::sentence::{self, Sentence};
use crate::text::{CodePoints, Raw, Span};

pub use page::page;

/// How a document was read. Offsets are Unicode code points of the raw text, end exclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    pub document: String,
    pub path: String,
    pub encoding: String,
    pub warnings: Vec<String>,
    pub title: Option<String>,
    pub authors: Vec<String>,
    pub date: Option<String>,
    /// Code points of the raw text.
    pub length: usize,
    pub pages: usize,
    pub paragraphs: usize,
    pub headings: usize,
    pub sentences: usize,
    /// Running heads and feet, page numbers, line numbers, rules, stamps.
    pub furniture: Vec<Removed>,
    /// Tables, and the captions of tables and figures.
    pub tables_and_captions: Vec<Removed>,
    pub notes: Vec<NoteReading>,
    /// Markers whose note was not found.
    pub markers_without_note: Vec<Removed>,
    pub block_quotations: Vec<Removed>,
    /// From 0 to 1: how far the layout can be trusted. Not calibrated: it starts at 1 and each
    /// reason takes off a share.
    pub confidence: f64,
    pub reasons: Vec<String>,
}

/// A stretch of the raw text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    #[serde(flatten)]
    pub piece: Piece,
    pub page: usize,
    pub text: String,
}

/// A note, and where its marker stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoteReading {
    pub number: NoteLabel,
    pub page: usize,
    pub pieces: Vec<Piece>,
    /// `None` where no marker was found.
    pub marker: Option<Piece>,
    pub text: String,
}

/// Reads a document's layout and says how it went.
pub fn read(source: &Source) -> Reading {
    let layout = layout::analyse(source);
    let raw = source.raw.as_str();
    let points = CodePoints::new(raw);
    let piece = |span: Span<Raw>| Piece {
        start: points.at(raw, span.start),
        end: points.at(raw, span.end),
    };
    let removed = |span: Span<Raw>| Removed {
        piece: piece(span),
        page: layout.page_of(span.start),
        text: span.of(raw).trim().to_owned(),
    };
    let visible = |spans: &[Span<Raw>]| -> Vec<Removed> {
        let seen = |s: &&Span<Raw>| !s.of(raw).trim().is_empty();
        spans.iter().filter(seen).map(|s| removed(*s)).collect()
    };
    let block_quotations = block::find(&layout.body)
        .into_iter()
        .flat_map(|b| b.paragraphs)
        .flat_map(|p| layout.body.map.pieces(layout.body.paragraphs[p].span, raw))
        .map(removed)
        .collect();
    let notes: Vec<NoteReading> = layout
        .notes
        .iter()
        .map(|n| NoteReading {
            number: n.label.clone(),
            page: layout.page_of(n.pieces.first().map_or(0, |p| p.start)),
            pieces: n.pieces.iter().map(|p| piece(*p)).collect(),
            marker: n.marker.map(piece),
            text: n.text.text.replace('\n', " "),
        })
        .collect();
    let sentences = sentence::split_all(&layout.body);
    let kinds = |kind: ParagraphKind| {
        let of_kind = |p: &&layout::Paragraph| p.kind == kind;
        layout.body.paragraphs.iter().filter(of_kind).count()
    };
    let (confidence, reasons) = trust(source, &layout, &sentences);
    Reading {
        document: source.id.clone(),
        path: source.path.clone(),
        encoding: source.encoding.clone(),
        warnings: source.warnings.clone(),
        title: layout.front.title.clone(),
        authors: layout.front.authors.clone(),
        date: layout.front.date.clone(),
        length: points.at(raw, raw.len()),
        pages: layout.pages.len(),
        paragraphs: kinds(ParagraphKind::Body),
        headings: kinds(ParagraphKind::Heading),
        sentences: sentences.len(),
        furniture: visible(&layout.furniture),
        tables_and_captions: visible(&layout.asides),
        markers_without_note: layout.orphan_markers.iter().map(|s| removed(*s)).collect(),
        notes,
        block_quotations,
        confidence,
        reasons,
    }
}

/// A sentence longer than this, in bytes, was hardly one.
const LONG_SENTENCE: usize = 1_500;

/// How far a reading can be trusted, and what speaks against it.
fn trust(source: &Source, layout: &Layout, sentences: &[Sentence]) -> (f64, Vec<String>) {
    let mut confidence = 1.0;
    let mut reasons = Vec::new();
    let mut doubt = |share: f64, most: f64, reason: String| {
        if share > 0.0 {
            confidence *= 1.0 - share.min(1.0) * most;
            reasons.push(reason);
        }
    };
    let notes = layout.notes.len();
    let unmarked = layout.notes.iter().filter(|n| n.marker.is_none()).count();
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    doubt(
        share(unmarked, notes),
        0.6,
        format!("{unmarked} of {notes} notes have no marker"),
    );
    let orphans = layout.orphan_markers.len();
    doubt(
        share(orphans, orphans + notes),
        0.5,
        format!("{orphans} markers have no note"),
    );
    let long = sentences
        .iter()
        .filter(|s| s.span.len() > LONG_SENTENCE)
        .count();
    doubt(
        share(long * 10, sentences.len()),
        0.5,
        format!("{long} sentences are longer than {LONG_SENTENCE} bytes"),
    );
    let lost = source.raw.matches('\u{fffd}').count();
    doubt(
        share(lost * 50, source.raw.len()),
        0.5,
        format!("{lost} characters could not be decoded"),
    );
    let letters = source.raw.chars().filter(|c| c.is_alphabetic()).count();
    let latin = source
        .raw
        .chars()
        .filter(|c| c.is_alphabetic() && (c.is_ascii() || ('\u{c0}'..'\u{250}').contains(c)))
        .count();
    doubt(
        share(letters - latin, letters),
        0.8,
        format!(
            "{} of {letters} letters are not Latin: stancemap reads English",
            letters - latin
        ),
    );
    for warning in &source.warnings {
        doubt(1.0, 0.1, warning.clone());
    }
    if sentences.is_empty() {
        doubt(1.0, 1.0, "no sentence was found".to_owned());
    }
    ((confidence * 100.0).round() / 100.0, reasons)
}

/// The reading as lines for a terminal.
pub fn text(reading: &Reading) -> String {
    let mut lines = Vec::new();
    let mut fact = |name: &str, value: String| lines.push(format!("{name:<22}{value}"));
    fact("document", reading.path.clone());
    fact("encoding", reading.encoding.clone());
    if let Some(title) = &reading.title {
        fact("title", title.clone());
    }
    if !reading.authors.is_empty() {
        fact("authors", reading.authors.join("; "));
    }
    if let Some(date) = &reading.date {
        fact("date", date.clone());
    }
    fact("characters", reading.length.to_string());
    fact("pages", reading.pages.to_string());
    fact(
        "paragraphs",
        format!("{}, {} headings", reading.paragraphs, reading.headings),
    );
    fact("sentences", reading.sentences.to_string());
    let unmarked: Vec<String> = reading
        .notes
        .iter()
        .filter(|n| n.marker.is_none())
        .map(|n| n.number.to_string())
        .collect();
    fact("notes", reading.notes.len().to_string());
    if !unmarked.is_empty() {
        fact("notes without marker", unmarked.join(", "));
    }
    fact("confidence", format!("{:.2}", reading.confidence));
    for reason in &reading.reasons {
        fact("", reason.clone());
    }
    let lists = [
        ("markers without note", &reading.markers_without_note),
        ("block quotations", &reading.block_quotations),
        ("tables and captions", &reading.tables_and_captions),
        ("taken out", &reading.furniture),
    ];
    for (name, list) in lists {
        if list.is_empty() {
            continue;
        }
        lines.push(String::new());
        lines.push(format!("{name}: {}", list.len()));
        for item in list.iter() {
            let mut shown: String = item.text.chars().take(80).collect();
            if item.text.chars().count() > 80 {
                shown.push('…');
            }
            lines.push(format!(
                "  p. {}, {}–{}: {}",
                item.page,
                item.piece.start,
                item.piece.end,
                shown.replace('\n', " ")
            ));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
