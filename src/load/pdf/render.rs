//! Pages to raw text and hints.

use super::glyphs::Page;
use super::lines::{self, Line};
use super::notes::{self, Note};
use super::{furniture, paragraphs};
use crate::load::hints::{BlockHint, Hints, MarkerHint, NoteHint};
use crate::load::writer;
use crate::text::{Raw, Span};

/// One line of text for each line of a page, blank lines between paragraphs, a form feed before each
/// page but the first.
pub(super) fn render(pages: &[Page]) -> (String, Hints) {
    let lines = lines::of_pages(pages);
    let size = lines::usual_size(pages.iter().flat_map(|p| &p.glyphs));
    let furniture = furniture::mark(&lines);
    let notes = notes::find(&lines, &furniture, pages, size);
    let mut in_body: Vec<bool> = furniture.iter().map(|f| !f).collect();
    for &i in notes.iter().flat_map(|n| &n.lines) {
        in_body[i] = false;
    }
    let body: Vec<usize> = (0..lines.len()).filter(|&i| in_body[i]).collect();
    let paragraphs = paragraphs::group(&lines, &body, size);

    let mut begins = vec![false; lines.len()];
    for paragraph in &paragraphs {
        begins[paragraph.lines[0]] = true;
    }
    for note in &notes {
        begins[note.lines[0]] = true;
    }
    let (raw, spans) = write(&lines, &in_body, &begins);

    let mut hints = Hints {
        blocks: paragraphs
            .iter()
            .map(|p| BlockHint {
                kind: p.kind,
                pieces: pieces(&raw, p.lines.iter().map(|&i| spans[i])),
            })
            .collect(),
        left_out: (0..lines.len())
            .filter(|&i| furniture[i])
            .map(|i| spans[i])
            .collect(),
        ..Hints::default()
    };
    add_notes(&mut hints, &raw, &spans, &lines, &in_body, &notes);
    (raw, hints)
}

/// The raw text, and each line's place in it.
fn write(lines: &[Line], in_body: &[bool], begins: &[bool]) -> (String, Vec<Span<Raw>>) {
    let mut raw = String::new();
    let mut spans = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().enumerate() {
        let before = i.checked_sub(1).map(|b| &lines[b]);
        if let Some(before) = before {
            raw.push('\n');
            // Furniture and notes are parted from the body.
            if begins[i] || in_body[i] != in_body[i - 1] {
                raw.push('\n');
            }
            for _ in before.page..line.page {
                raw.push('\u{c}');
            }
        }
        let start = raw.len();
        raw.push_str(&line.text);
        spans.push(Span::new(start, raw.len()));
    }
    raw.push('\n');
    (raw, spans)
}

/// Lines that nothing but a line feed or a page's end parts are one piece.
fn pieces(raw: &str, lines: impl Iterator<Item = Span<Raw>>) -> Vec<Span<Raw>> {
    let mut pieces: Vec<Span<Raw>> = Vec::new();
    for line in lines {
        match pieces.last_mut() {
            Some(last)
                if last.end <= line.start
                    && raw[last.end..line.start].chars().all(char::is_whitespace) =>
            {
                last.end = line.end;
            }
            _ => pieces.push(line),
        }
    }
    pieces
}

fn add_notes(
    hints: &mut Hints,
    raw: &str,
    spans: &[Span<Raw>],
    lines: &[Line],
    in_body: &[bool],
    notes: &[Note],
) {
    let numbers = writer::numbers(notes.iter().map(|n| n.label.as_str()));
    for (note, &number) in notes.iter().zip(&numbers) {
        let first = spans[note.lines[0]];
        hints.notes.push(NoteHint {
            number,
            label: note.label.clone(),
            pieces: pieces(raw, note.lines.iter().map(|&i| spans[i])),
            text_start: (first.start + note.label_length).min(first.end),
        });
    }
    let part = |line: usize, (start, end): (usize, usize)| {
        let at = spans[line].start;
        Span::new(at + start, at + end)
    };
    let markers = notes::markers(lines, in_body, notes);
    for marker in &markers {
        hints.markers.push(MarkerHint {
            number: numbers[marker.note],
            span: part(marker.line, marker.bytes),
        });
    }
    for (i, line) in lines.iter().enumerate().filter(|(i, _)| in_body[*i]) {
        for &(start, end) in &line.raised {
            let own: Vec<&notes::Marker> = markers
                .iter()
                .filter(|m| m.line == i && m.bytes.0 >= start && m.bytes.1 <= end)
                .collect();
            if own.is_empty() {
                hints.superscripts.push(part(i, (start, end)));
                continue;
            }
            // The comma between two markers.
            let mut at = start;
            for marker in own {
                if marker.bytes.0 > at {
                    hints.markup.push(part(i, (at, marker.bytes.0)));
                }
                at = marker.bytes.1;
            }
        }
    }
}
