//! Raw text in the making: one line a paragraph, a blank line between two, and the hints that go
//! with it. The loaders of marked-up formats write through this.

use std::collections::{BTreeMap, BTreeSet};

use super::hints::{BlockHint, BlockKind, Hints, MarkerHint, NoteHint};
use crate::text::{Raw, Span};

/// Where a paragraph belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Block(BlockKind),
    /// The note with this id.
    Note(String),
    /// A table, caption or the like.
    LeftOut,
}

#[derive(Debug, Default)]
pub(super) struct Writer {
    raw: String,
    blocks: Vec<BlockHint>,
    superscripts: Vec<Span<Raw>>,
    left_out: Vec<Span<Raw>>,
    markers: Vec<(String, Span<Raw>)>,
    notes: Vec<Pending>,
    note_at: BTreeMap<String, usize>,
    open: Option<(Place, usize)>,
    raised_from: Option<usize>,
    page_due: bool,
}

#[derive(Debug)]
struct Pending {
    label: String,
    pieces: Vec<Span<Raw>>,
    text_start: usize,
}

impl Writer {
    /// Ends the paragraph that is open, and begins another.
    pub fn begin(&mut self, place: Place) {
        self.end();
        let start = self.raw.len();
        if start > 0 {
            self.raw.push_str("\n\n");
        }
        if std::mem::take(&mut self.page_due) {
            self.raw.push('\u{c}');
        }
        self.open = Some((place, start));
    }

    /// Begins a note's first paragraph, with its label before it.
    pub fn begin_note(&mut self, id: &str, label: &str) {
        self.begin(Place::Note(id.to_owned()));
        let start = self.raw.len();
        self.raw.push_str(label);
        self.raw.push(' ');
        let text_start = self.raw.len();
        self.register(id, label, start, text_start);
    }

    fn register(&mut self, id: &str, label: &str, start: usize, text_start: usize) {
        if self.note_at.contains_key(id) {
            return;
        }
        self.note_at.insert(id.to_owned(), self.notes.len());
        self.notes.push(Pending {
            label: label.to_owned(),
            pieces: vec![Span::new(start, start)],
            text_start,
        });
    }

    fn paragraph_start(&self) -> Option<usize> {
        let (_, start) = self.open.as_ref()?;
        let inside = &self.raw[*start..];
        let blank = inside.len() - inside.trim_start_matches(['\n', '\u{c}']).len();
        Some(start + blank)
    }

    /// Whether a paragraph of the note with this id has begun.
    pub fn knows(&self, id: &str) -> bool {
        self.note_at.contains_key(id)
    }

    /// Whether a paragraph is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether a line of the open paragraph has just been broken.
    pub fn at_line_start(&self) -> bool {
        self.is_open() && self.raw.ends_with('\n')
    }

    /// Ends the paragraph that is open; one without visible text leaves nothing behind.
    pub fn end(&mut self) {
        let Some(start) = self.paragraph_start() else {
            return;
        };
        let Some((place, before)) = self.open.take() else {
            return;
        };
        let end = start + self.raw[start..].trim_end().len();
        self.raw.truncate(end);
        if end == start || self.raw[start..].trim().is_empty() {
            // A page that was to begin here begins with the next paragraph.
            self.page_due |= self.raw[before..].contains('\u{c}');
            self.raw.truncate(before);
            return;
        }
        let span = Span::new(start, end);
        match place {
            Place::Block(kind) => self.blocks.push(BlockHint {
                kind,
                pieces: vec![span],
            }),
            Place::LeftOut => self.left_out.push(span),
            Place::Note(id) => {
                self.register(&id, "", start, start);
                let note = &mut self.notes[self.note_at[&id]];
                match note.pieces.last_mut() {
                    Some(last) if last.is_empty() => *last = span,
                    _ => note.pieces.push(span),
                }
                note.text_start = note.text_start.min(note.pieces[0].end);
            }
        }
    }

    /// Adds text as it stands, but for what nobody sees: soft hyphens, joiners, control characters.
    pub fn push(&mut self, text: &str) {
        self.raw.extend(text.chars().filter(|&c| is_seen(c)));
    }

    /// Adds text with runs of white space as one blank, as a browser shows it.
    pub fn push_flowing(&mut self, text: &str) {
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                if !self.raw.is_empty() && !self.raw.ends_with([' ', '\n', '\u{c}']) {
                    self.raw.push(' ');
                }
            } else if is_seen(c) {
                self.raw.push(c);
            }
        }
    }

    pub fn line_break(&mut self) {
        if self.is_open() && !self.raw.ends_with('\n') {
            self.raw.truncate(self.raw.trim_end_matches(' ').len());
            self.raw.push('\n');
        }
    }

    /// A page begins here: at once inside a paragraph, else with the next.
    pub fn page_break(&mut self) {
        let started = self.paragraph_start().is_some_and(|s| s < self.raw.len());
        if started {
            self.line_break();
            self.raw.push('\u{c}');
        } else if !self.raw.is_empty() {
            self.page_due = true;
        }
    }

    /// The marker of the note with this id, as it is printed.
    pub fn marker(&mut self, id: &str, printed: &str) {
        let start = self.raw.len();
        self.push(printed);
        let span = Span::new(start, self.raw.len());
        if !span.is_empty() {
            self.markers.push((id.to_owned(), span));
        }
    }

    pub fn raise(&mut self) {
        self.raised_from.get_or_insert(self.raw.len());
    }

    pub fn lower(&mut self) {
        if let Some(from) = self.raised_from.take() {
            let span = Span::new(from.min(self.raw.len()), self.raw.len());
            if !span.of(&self.raw).trim().is_empty() {
                self.superscripts.push(span);
            }
        }
    }

    /// The raw text and its hints.
    pub fn finish(mut self) -> (String, Hints) {
        self.end();
        let numbers = numbers(self.notes.iter().map(|n| n.label.as_str()));
        let mut hints = Hints {
            blocks: self.blocks,
            left_out: self.left_out,
            superscripts: self.superscripts,
            ..Hints::default()
        };
        for (id, span) in self.markers {
            match self
                .note_at
                .get(&id)
                .filter(|&&i| !self.notes[i].pieces[0].is_empty())
            {
                Some(&i) => hints.markers.push(MarkerHint {
                    number: numbers[i],
                    span,
                }),
                // It leads nowhere, and is no part of the sentence either.
                None => hints.markup.push(span),
            }
        }
        hints.notes = self
            .notes
            .into_iter()
            .zip(&numbers)
            .filter(|(note, _)| !note.pieces[0].is_empty())
            .map(|(note, &number)| NoteHint {
                number,
                label: if note.label.is_empty() {
                    number.to_string()
                } else {
                    note.label
                },
                pieces: note.pieces,
                text_start: note.text_start,
            })
            .collect();
        hints.superscripts.retain(|s| {
            !hints.markers.iter().any(|m| m.span.overlaps(*s))
                && !hints.markup.iter().any(|m| m.overlaps(*s))
        });
        self.raw.push('\n');
        (self.raw, hints)
    }
}

/// A number for each note: its label's where that is a number and free, else one above all labels.
pub(super) fn numbers<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let labels: Vec<Option<u32>> = labels.map(label_number).collect();
    let mut taken = BTreeSet::new();
    let mut next = labels.iter().flatten().max().copied().unwrap_or(0);
    labels
        .into_iter()
        .map(|label| match label {
            Some(n) if taken.insert(n) => n,
            _ => {
                next = next.saturating_add(1);
                next
            }
        })
        .collect()
}

/// Above this, what looks like a note's number is a year or a sum.
const MAX_NUMBER: u32 = 9_999;

/// The number of a label such as "12", "[12]", "12." or "¹²".
pub(crate) fn label_number(label: &str) -> Option<u32> {
    let digits: String = label
        .chars()
        .map(|c| match "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|s| s == c) {
            Some(d) => char::from(b'0' + d as u8),
            None => c,
        })
        .filter(|c| !matches!(c, '[' | ']' | '(' | ')' | '.' | ' ' | '\u{a0}'))
        .collect();
    digits
        .parse()
        .ok()
        .filter(|n| (1..=MAX_NUMBER).contains(n) && !digits.starts_with(['0', '+']))
}

fn is_seen(c: char) -> bool {
    !matches!(
        c,
        '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}'
    ) && (!c.is_control() || c == '\n' || c == '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_notes_and_markers_stand_where_the_hints_say() {
        let mut writer = Writer::default();
        writer.begin(Place::Block(BlockKind::Heading));
        writer.push_flowing("  A \n title ");
        writer.begin(Place::Block(BlockKind::Body));
        writer.push_flowing("He left.");
        writer.marker("n1", "1");
        writer.page_break();
        writer.push_flowing(" She stayed.");
        writer.marker("lost", "9");
        writer.begin(Place::Block(BlockKind::Body));
        writer.push_flowing("  ");
        writer.begin_note("n1", "1");
        writer.push_flowing("A book.");
        let (raw, hints) = writer.finish();
        assert_eq!(
            raw,
            "A title\n\nHe left.1\n\u{c}She stayed.9\n\n1 A book.\n"
        );
        let cut: Vec<&str> = hints.blocks.iter().map(|b| b.pieces[0].of(&raw)).collect();
        assert_eq!(cut, ["A title", "He left.1\n\u{c}She stayed.9"]);
        assert_eq!(hints.markers[0].span.of(&raw), "1");
        assert_eq!(hints.markup[0].of(&raw), "9");
        assert_eq!(hints.notes[0].pieces[0].of(&raw), "1 A book.");
        assert_eq!(&raw[hints.notes[0].text_start..][..6], "A book");
    }

    #[test]
    fn notes_keep_their_printed_numbers_and_others_come_after_them() {
        let labels = ["*", "1", "[2]", "1", "¹²"];
        assert_eq!(numbers(labels.into_iter()), [13, 1, 2, 14, 12]);
    }
}
