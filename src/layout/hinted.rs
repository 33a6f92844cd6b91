//! Blocks, notes and markers where the document's format knows them.

use std::collections::BTreeSet;

use super::clean::{Cut, ParagraphKind};
use super::lines::{Line, Role};
use super::markers::{self, Candidate};
use super::notes::FoundNote;
use super::paragraphs::Block;
use crate::load::hints::{BlockKind, Hints};
use crate::text::{Raw, Span};

/// Gives the lines that the format leaves out the role [`Role::Furniture`].
pub(super) fn mark_furniture(lines: &mut [Line], hints: &Hints) {
    for &span in &hints.left_out {
        for i in within(lines, span) {
            if lines[i].role == Role::Body {
                lines[i].role = Role::Furniture;
            }
        }
    }
    // What looks like a rule inside a paragraph is text.
    let blocks = hints.blocks.iter().flat_map(|b| &b.pieces);
    for &span in blocks.chain(hints.notes.iter().flat_map(|n| &n.pieces)) {
        for i in within(lines, span) {
            if lines[i].role == Role::Rule {
                lines[i].role = Role::Body;
            }
        }
    }
}

/// The notes as the format gives them, in the order of the raw text. A note that has no marker gets
/// the likeliest one of the body.
pub(super) fn notes(lines: &mut [Line], raw: &str, hints: &Hints) -> Vec<FoundNote> {
    let mut found = Vec::new();
    for note in &hints.notes {
        let own: Vec<usize> = note
            .pieces
            .iter()
            .flat_map(|&p| within(lines, p))
            .filter(|&i| !matches!(lines[i].role, Role::Note(_) | Role::Blank))
            .collect();
        let Some(&first) = own.first() else {
            continue;
        };
        for &i in &own {
            lines[i].role = Role::Note(found.len());
        }
        let start = note.pieces[0].start.max(lines[first].span.start);
        found.push(FoundNote {
            number: note.number,
            start,
            text_start: note.text_start.clamp(start, lines[first].span.end),
            lines: own,
            marker: hints
                .markers
                .iter()
                .find(|m| m.number == note.number)
                .map(|m| m.span),
        });
    }
    find_missing_markers(lines, raw, hints, &mut found);
    found
}

/// A typeface with raised digits of its own hides the markers from a reader of positions: they are
/// then looked for as in plain text.
fn find_missing_markers(lines: &[Line], raw: &str, hints: &Hints, found: &mut [FoundNote]) {
    let missing: BTreeSet<u32> = found
        .iter()
        .filter(|n| n.marker.is_none())
        .map(|n| n.number)
        .collect();
    let (Some(&first), Some(&last)) = (missing.first(), missing.last()) else {
        return;
    };
    let mut candidates: Vec<Candidate> = lines
        .iter()
        .filter(|l| l.role == Role::Body)
        .flat_map(|l| markers::candidates(raw, l.span))
        .filter(|c| missing.contains(&c.number))
        .map(|c| Candidate {
            weight: if hints.superscripts.iter().any(|s| s.contains(c.span)) {
                RAISED
            } else {
                c.weight
            },
            ..c
        })
        .collect();
    let known = hints.markers.iter().map(|m| Candidate {
        number: m.number,
        span: m.span,
        weight: KNOWN,
    });
    candidates.extend(known.filter(|c| (first..=last).contains(&c.number)));
    candidates.sort_by_key(|c| c.span.start);
    for candidate in markers::chain(&candidates, first, last) {
        if let Some(note) = found
            .iter_mut()
            .find(|n| n.number == candidate.number && n.marker.is_none())
        {
            note.marker = Some(candidate.span);
        }
    }
}

/// A marker that the format gives outweighs any that is guessed.
const KNOWN: f64 = 3.0;
/// So does one that it shows raised.
const RAISED: f64 = 2.0;

/// The body's blocks, without lines that notes have taken.
pub(super) fn blocks(lines: &[Line], raw: &str, hints: &Hints) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for hint in &hints.blocks {
        let mut own: Vec<Span<Raw>> = Vec::new();
        for &piece in &hint.pieces {
            for i in within(lines, piece) {
                let line = &lines[i];
                let span = Span::new(
                    line.span.start.max(piece.start),
                    line.span.end.min(piece.end),
                );
                if line.role == Role::Body && !span.trim(raw).is_empty() {
                    own.push(span);
                }
            }
        }
        if own.is_empty() {
            continue;
        }
        let quotation = hint.kind == BlockKind::Quotation;
        blocks.push(Block {
            lines: own,
            kind: match hint.kind {
                BlockKind::Body | BlockKind::Quotation => ParagraphKind::Body,
                BlockKind::Heading => ParagraphKind::Heading,
                BlockKind::ListItem => ParagraphKind::ListItem,
            },
            indented: quotation,
            tight: false,
            quotation,
        });
    }
    blocks
}

/// What the flowing text leaves out: the notes' markers, others of the same notes, and markup.
pub(super) fn cuts(chain: &[FoundNote], hints: &Hints) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = chain
        .iter()
        .filter_map(|n| Some((n.number, n.marker?)))
        .chain(hints.markers.iter().map(|m| (m.number, m.span)))
        .map(|(number, span)| Cut {
            span,
            marker: Some(number),
        })
        .collect();
    cuts.extend(hints.markup.iter().map(|&span| Cut { span, marker: None }));
    cuts.sort_by_key(|c| (c.span, c.marker.is_none()));
    cuts.dedup_by_key(|c| c.span);
    cuts
}

/// The lines that a span touches.
fn within(lines: &[Line], span: Span<Raw>) -> std::ops::Range<usize> {
    let first = lines.partition_point(|l| l.span.end <= span.start);
    let last = lines.partition_point(|l| l.span.start < span.end);
    first..last.max(first)
}
