//! From raw text to a flowing body: page furniture and footnotes are taken out, lines and
//! sentences cut by a page end are joined, markers are linked to their notes.
//!
//! The order of work: columns one below the other, lines, furniture, tables, the chain of notes and
//! the blocks they stand in ([`notes`]), paragraphs and clean text, then the markers that were left
//! in the body.

mod clean;
mod columns;
mod front;
mod furniture;
mod hinted;
mod line_numbers;
mod lines;
mod markers;
mod notes;
mod paragraphs;
mod tables;
mod words;

use crate::analysis::NoteLabel;
use crate::load::{Hints, Source};
use crate::text::{Clean, OffsetMap, Raw, Span};

pub use clean::{CleanText, Marker, Paragraph, ParagraphKind};
pub use front::FrontMatter;
pub use markers::Mark;

/// A document's text, taken apart.
#[derive(Debug, Clone)]
pub struct Layout {
    pub front: FrontMatter,
    pub body: CleanText,
    /// In the order of the raw text.
    pub notes: Vec<Note>,
    /// Raw extents, in order; together they cover the text.
    pub pages: Vec<Span<Raw>>,
    /// Running heads, page numbers, line numbers, rules.
    pub furniture: Vec<Span<Raw>>,
    /// Tables, and the captions of tables and figures.
    pub asides: Vec<Span<Raw>>,
    /// Markers whose note was not found.
    pub orphan_markers: Vec<Span<Raw>>,
}

/// A footnote or endnote.
#[derive(Debug, Clone)]
pub struct Note {
    /// Unique in the document.
    pub label: NoteLabel,
    /// As printed before the note's text.
    pub mark: Mark,
    /// The note's raw pieces, its number included.
    pub pieces: Vec<Span<Raw>>,
    /// The note's own text, without its number.
    pub text: CleanText,
    /// The marker in the body.
    pub marker: Option<Span<Raw>>,
}

impl Layout {
    /// The page, counted from 1, on which a raw byte stands.
    pub fn page_of(&self, raw: usize) -> usize {
        page_at(&self.pages, raw)
    }
}

/// Takes a document's text apart: by what its format knows, and by its lines where that says nothing.
pub fn analyse(source: &Source) -> Layout {
    let raw = source.raw.as_str();
    let plain = source.hints == Hints::default();
    match plain.then(|| columns::unroll(raw)).flatten() {
        Some(unrolled) => {
            let layout = one_column(&unrolled.text, source, &unrolled.column_starts);
            unrolled.lead_back(layout, raw)
        }
        None => one_column(raw, source, &[]),
    }
}

/// Takes apart a text that is read line by line from the top to the bottom.
fn one_column(raw: &str, source: &Source, column_starts: &[usize]) -> Layout {
    let hints = &source.hints;
    let mut page = lines::split(raw);
    let mut furniture = Vec::new();
    if hints.blocks.is_empty() {
        furniture.extend(line_numbers::strip(&mut page, raw));
        furniture::mark(&mut page, raw);
        tables::mark(&mut page, raw);
    } else {
        page = hinted::cut_lines(page, raw, hints);
        hinted::mark_furniture(&mut page, hints);
    }
    let found = if hints.notes.is_empty() {
        notes::mark(&mut page, raw, &hints.markup)
    } else {
        hinted::notes(&mut page, raw, hints)
    };
    let pages = lines::pages(&page, raw, column_starts);
    let words = words::Words::of(raw);
    let blocks = if hints.blocks.is_empty() {
        paragraphs::group(&page, raw, &words)
    } else {
        hinted::blocks(&page, raw, hints)
    };
    let markup = hinted::markup(hints);
    let mut cuts = notes::cuts(&found);
    cuts.extend(&markup);
    let mut body = clean::build(raw, &blocks, &cuts, &words);
    let labels = notes::labels(&found.notes, |raw| page_at(&pages, raw));
    let notes = found
        .notes
        .into_iter()
        .zip(labels)
        .map(|(n, label)| {
            let blocks = paragraphs::of_note(&page, &n.lines, n.text_start, raw);
            let text = clean::build(raw, &blocks, &markup, &words);
            Note {
                label,
                mark: n.mark,
                pieces: note_pieces(&n, &page, raw),
                text,
                marker: n.marker,
            }
        })
        .collect();
    let front = front::find(&mut body)
        .declared(&source.metadata)
        .or_declared(&source.fallback);
    let of_role = |roles: &[lines::Role]| -> Vec<Span<Raw>> {
        let lines = page.iter().filter(|l| roles.contains(&l.role));
        lines.map(|l| l.span).filter(|s| !s.is_empty()).collect()
    };
    furniture.extend(of_role(&[lines::Role::Furniture, lines::Role::Rule]));
    furniture.sort_unstable();
    Layout {
        front,
        body,
        notes,
        pages,
        furniture,
        asides: of_role(&[lines::Role::Aside]),
        orphan_markers: found.orphans,
    }
}

/// The page, counted from 1, on which a raw byte stands.
fn page_at(pages: &[Span<Raw>], raw: usize) -> usize {
    pages
        .partition_point(|p| p.end <= raw)
        .min(pages.len().saturating_sub(1))
        + 1
}

fn note_pieces(note: &notes::FoundNote, page: &[lines::Line], raw: &str) -> Vec<Span<Raw>> {
    let mut map = OffsetMap::default();
    let mut clean = 0;
    for (i, &line) in note.lines.iter().enumerate() {
        let mut span = page[line].span;
        if i == 0 {
            span = Span::new(note.start, span.end);
        }
        map.push(clean, span.start, span.len());
        clean += span.len() + 1;
    }
    map.pieces(Span::<Clean>::new(0, clean), raw)
}
