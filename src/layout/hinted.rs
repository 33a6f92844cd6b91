//! Blocks, notes and markers where the document's format knows them.

use std::collections::{BTreeSet, HashMap};

use super::clean::{Cut, CutKind, ParagraphKind};
use super::lines::{Line, Role};
use super::markers::{self, Candidate, Mark};
use super::notes::{FoundNote, FoundNotes};
use super::paragraphs::Block;
use crate::load::hints::{BlockKind, Hints, NoteHint};
use crate::load::label_number;
use crate::text::{Raw, Span};

/// Cuts lines where a note stands inside one: `He left.^[A book.] Then`.
pub(super) fn cut_lines(lines: Vec<Line>, raw: &str, hints: &Hints) -> Vec<Line> {
    let mut cuts: Vec<usize> = hints
        .notes
        .iter()
        .flat_map(|n| &n.pieces)
        .flat_map(|p| [p.start, p.end])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut parts = Vec::with_capacity(lines.len());
    let mut next = 0;
    for line in lines {
        let mut rest = line;
        while let Some(&cut) = cuts.get(next).filter(|c| **c < rest.span.end) {
            next += 1;
            if cut <= rest.span.start {
                continue;
            }
            let (before, after) = (
                Span::new(rest.span.start, cut),
                Span::new(cut, rest.span.end),
            );
            // Blanks at either end are no part of their own.
            if before.trim(raw).is_empty() || after.trim(raw).is_empty() {
                continue;
            }
            parts.push(Line {
                span: before,
                ..rest.clone()
            });
            rest = Line {
                span: after,
                page_start: false,
                ..rest
            };
        }
        parts.push(rest);
    }
    parts
}

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

/// The notes as the format gives them, in its order. A note that has no marker gets the likeliest one
/// of the body.
pub(super) fn notes(lines: &mut [Line], raw: &str, hints: &Hints) -> FoundNotes {
    let mut found = FoundNotes::default();
    let mut places: HashMap<u32, usize> = HashMap::new();
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
        let place = found.notes.len();
        for &i in &own {
            lines[i].role = Role::Note(place);
        }
        places.insert(note.number, place);
        let start = note.pieces[0].start.max(lines[first].span.start);
        let (mark, printed) = mark_of(note);
        found.notes.push(FoundNote {
            mark,
            printed,
            start,
            text_start: note.text_start.clamp(start, lines[first].span.end),
            lines: own,
            marker: None,
            other_markers: Vec::new(),
            endnote: false,
        });
    }
    let mut known = Vec::new();
    for marker in &hints.markers {
        let Some(&place) = places.get(&marker.number) else {
            found.orphans.push(marker.span);
            continue;
        };
        let note = &mut found.notes[place];
        match note.marker {
            None => note.marker = Some(marker.span),
            Some(_) => note.other_markers.push(marker.span),
        }
        known.push((place, marker.span));
    }
    find_missing_markers(lines, raw, hints, &known, &mut found.notes);
    found
}

/// The mark of a note, and its label where that is neither a number nor a sign.
fn mark_of(note: &NoteHint) -> (Mark, Option<String>) {
    if let Some(number) = label_number(&note.label) {
        return (Mark::Number(number), None);
    }
    let label = note.label.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | '.' | ':')
    });
    let mut signs = label.chars();
    match signs.next() {
        Some(sign) if markers::is_sign(sign) && signs.all(|c| c == sign) => {
            let times = u8::try_from(label.chars().count()).unwrap_or(u8::MAX);
            (Mark::Sign(sign, times), None)
        }
        Some(_) => (Mark::Number(note.number), Some(label.to_owned())),
        None => (Mark::Number(note.number), None),
    }
}

/// A typeface with raised digits of its own hides the markers from a reader of positions: they are
/// then looked for as in plain text, between those that are known.
fn find_missing_markers(
    lines: &[Line],
    raw: &str,
    hints: &Hints,
    known: &[(usize, Span<Raw>)],
    found: &mut [FoundNote],
) {
    let is_missing = |n: &FoundNote| n.marker.is_none();
    let Some(first) = found.iter().position(is_missing) else {
        return;
    };
    let last = found.iter().rposition(is_missing).unwrap_or(first);
    let missing: BTreeSet<Mark> = found
        .iter()
        .filter(|n| is_missing(n))
        .map(|n| n.mark)
        .collect();
    let is_known = |span: Span<Raw>| known.iter().any(|k| k.1.overlaps(span));
    let mut candidates: Vec<Candidate> = lines
        .iter()
        .filter(|l| l.role == Role::Body)
        .flat_map(|l| markers::candidates(raw, l.span))
        .filter(|c| missing.contains(&c.mark) && !is_known(c.span))
        .map(|c| Candidate {
            weight: if hints.superscripts.iter().any(|s| s.contains(c.span)) {
                RAISED
            } else {
                c.weight
            },
            ..c
        })
        .collect();
    let between = known.iter().filter(|k| (first..=last).contains(&k.0));
    candidates.extend(between.map(|&(place, span)| Candidate {
        mark: found[place].mark,
        span,
        weight: KNOWN,
    }));
    candidates.sort_by_key(|c| c.span.start);
    let marks: Vec<Mark> = found[first..=last].iter().map(|n| n.mark).collect();
    for (note, candidate) in markers::align(&candidates, &marks) {
        let note = &mut found[first + note];
        let span = candidates[candidate].span;
        if note.marker.is_none() && !is_known(span) {
            note.marker = Some(span);
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

/// The format's own signs, which the flowing text leaves out.
pub(super) fn markup(hints: &Hints) -> Vec<Cut> {
    let cut = |&span: &Span<Raw>| Cut {
        span,
        kind: CutKind::Markup,
    };
    hints.markup.iter().map(cut).collect()
}

/// The lines that a span touches.
fn within(lines: &[Line], span: Span<Raw>) -> std::ops::Range<usize> {
    let first = lines.partition_point(|l| l.span.end <= span.start);
    let last = lines.partition_point(|l| l.span.start < span.end);
    first..last.max(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout;
    use crate::load::Source;
    use crate::load::hints::{BlockHint, MarkerHint};

    /// A paragraph with the markers, and the notes below it.
    fn labels(printed: &[(u32, &str)]) -> (Vec<String>, Vec<Option<usize>>) {
        let mut raw = "He left".to_owned();
        let mut hints = Hints::default();
        for &(number, label) in printed {
            let start = raw.len();
            raw.push_str(label);
            hints.markers.push(MarkerHint {
                number,
                span: Span::new(start, raw.len()),
            });
            raw.push_str(" and left");
        }
        hints.blocks.push(BlockHint {
            kind: BlockKind::Body,
            pieces: vec![Span::new(0, raw.len())],
        });
        for &(number, label) in printed {
            raw.push('\n');
            let start = raw.len();
            raw.push_str(label);
            raw.push_str(" A book.");
            hints.notes.push(NoteHint {
                number,
                label: label.to_owned(),
                pieces: vec![Span::new(start, raw.len())],
                text_start: start + label.len() + 1,
            });
        }
        let layout = layout::analyse(&Source {
            raw,
            hints,
            ..Source::default()
        });
        let labels = layout.notes.iter().map(|n| n.label.to_string()).collect();
        (labels, layout.body.markers.iter().map(|m| m.note).collect())
    }

    #[test]
    fn notes_of_a_format_keep_their_labels_and_each_marker_its_note() {
        type Case = (&'static [(u32, &'static str)], &'static [&'static str]);
        let cases: [Case; 4] = [
            (&[(1, "1"), (2, "2")], &["1", "2"]),
            (&[(1, "[1]"), (2, "iv"), (3, "†")], &["1", "iv", "†"]),
            (
                &[(1, "1"), (2, "2"), (3, "1"), (4, "2")],
                &["1 (ch. 1)", "2 (ch. 1)", "1 (ch. 2)", "2 (ch. 2)"],
            ),
            (
                &[(1, "*"), (2, "*"), (3, "*")],
                &["* (ch. 1)", "* (ch. 2)", "* (ch. 3)"],
            ),
        ];
        for (printed, expected) in cases {
            let (labels, linked) = labels(printed);
            assert_eq!(labels, expected);
            let in_order: Vec<Option<usize>> = (0..printed.len()).map(Some).collect();
            assert_eq!(linked, in_order, "{printed:?}");
        }
    }
}
