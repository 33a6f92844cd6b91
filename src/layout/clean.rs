//! The flowing text: lines joined, hyphens at line ends mended, markers taken out.

use super::paragraphs::{self, Block};
use super::words::Words;
use crate::text::{Clean, OffsetMap, Raw, Span};

/// Text that flows, with the way back to the raw text. Paragraphs are parted by one line feed;
/// inside them white space is one blank.
#[derive(Debug, Clone, Default)]
pub struct CleanText {
    pub text: String,
    pub map: OffsetMap,
    pub paragraphs: Vec<Paragraph>,
    /// In the order of the text.
    pub markers: Vec<Marker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParagraphKind {
    Body,
    Heading,
    ListItem,
    /// Title, author, date.
    Front,
}

#[derive(Debug, Clone, Copy)]
pub struct Paragraph {
    pub span: Span<Clean>,
    pub kind: ParagraphKind,
    /// Every line stands to the right of the body's margin.
    pub indented: bool,
    /// No blank line parts it from the paragraph before.
    pub tight: bool,
    /// The format says that it is a block quotation.
    pub quotation: bool,
}

/// A note marker that was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// Index of its note; `None` where the text has none.
    pub note: Option<usize>,
    /// The clean byte before which it stood.
    pub at: usize,
    pub raw: Span<Raw>,
}

impl CleanText {
    fn pop(&mut self) {
        self.text.pop();
        self.map.truncate(self.text.len());
    }

    /// The text under a span.
    pub fn str(&self, span: Span<Clean>) -> &str {
        span.of(&self.text)
    }

    /// The index of the paragraph that holds a clean byte.
    pub fn paragraph_at(&self, at: usize) -> Option<usize> {
        let i = self.paragraphs.partition_point(|p| p.span.end <= at);
        (i < self.paragraphs.len()).then_some(i)
    }

    /// The markers that stand in `from..=to`.
    pub fn markers_in(&self, from: usize, to: usize) -> &[Marker] {
        let a = self.markers.partition_point(|m| m.at < from);
        let b = self.markers.partition_point(|m| m.at <= to);
        &self.markers[a..b.max(a)]
    }
}

/// A raw stretch that is no part of the flowing text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub span: Span<Raw>,
    pub kind: CutKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CutKind {
    /// With the index of its note, where there is one.
    Marker { note: Option<usize> },
    /// A sign of the format.
    Markup,
}

/// Builds the flowing text of `blocks`, leaving out the cuts.
pub(super) fn build(raw: &str, blocks: &[Block], cuts: &[Cut], words: &Words) -> CleanText {
    let mut clean = CleanText::default();
    let mut cuts = cuts.to_vec();
    // Of two cuts at one place the marker counts.
    cuts.sort_by_key(|c| (c.span, c.kind == CutKind::Markup));
    cuts.dedup_by_key(|c| c.span);
    for block in blocks {
        if !clean.text.is_empty() {
            clean.text.push('\n');
        }
        let start = clean.text.len();
        for (i, &whole) in block.lines.iter().enumerate() {
            let mut line = whole.trim(raw);
            if i == 0 {
                line.start += paragraphs::bullet_length(line.of(raw));
                if let Some(rest) = words.behind_drop_cap(line.of(raw)) {
                    let cap = line.of(raw).chars().next().map_or(0, char::len_utf8);
                    let cap = Span::new(line.start, line.start + cap);
                    add_line(&mut clean, raw, cap, &cuts, start);
                    line.start += rest;
                }
            } else {
                // What is cut out of a line parts no words.
                if !is_one_word(raw, block.lines[i - 1], whole) {
                    join(&mut clean, start, line.of(raw), words);
                }
            }
            add_line(&mut clean, raw, line, &cuts, start);
        }
        while clean.text.len() > start && clean.text.ends_with(' ') {
            clean.pop();
        }
        let span = Span::new(start, clean.text.len());
        if span.is_empty() {
            if start > 0 {
                clean.pop();
            }
            continue;
        }
        clean.paragraphs.push(Paragraph {
            span,
            kind: block.kind,
            indented: block.indented,
            tight: block.tight,
            quotation: block.quotation,
        });
    }
    clean
}

/// Whether two stretches stand on one line of the raw text, and no blank parts what lies between
/// from them: "word^[A note.]."
fn is_one_word(raw: &str, before: Span<Raw>, after: Span<Raw>) -> bool {
    let is_inner = |c: Option<char>| c.is_some_and(|c| !matches!(c, '\n' | '\u{c}'));
    is_inner(raw[before.end..].chars().next())
        && is_inner(raw[..after.start].chars().next_back())
        && !before.of(raw).ends_with(char::is_whitespace)
        && !after.of(raw).starts_with(char::is_whitespace)
}

/// Ends a line: a blank, or nothing where a hyphen or dash joins the words.
fn join(clean: &mut CleanText, start: usize, next: &str, words: &Words) {
    let text = &clean.text[start..];
    if words.is_drop_cap(text, next) {
        return;
    }
    if let Some(stem) = text.strip_suffix('-')
        && stem.ends_with(char::is_alphabetic)
        && next.starts_with(char::is_alphabetic)
    {
        let left = stem
            .rsplit(|c: char| !(c.is_alphabetic() || c == '-'))
            .next()
            .unwrap_or(stem);
        let right = next
            .split(|c: char| !(c.is_alphabetic() || c == '-'))
            .next()
            .unwrap_or(next);
        if !words.keeps_hyphen(left, right) {
            clean.pop();
        }
        return;
    }
    if text.ends_with('\u{ad}') {
        clean.pop();
        return;
    }
    let url = text
        .rsplit(' ')
        .next()
        .is_some_and(|w| w.contains("://") && w.ends_with(['/', '-', '_', '=']));
    if !text.ends_with([' ', '—']) && !text.is_empty() && !url {
        clean.text.push(' ');
    }
}

fn add_line(clean: &mut CleanText, raw: &str, line: Span<Raw>, cuts: &[Cut], start: usize) {
    let mut at = line.start;
    let first = cuts.partition_point(|c| c.span.end <= line.start);
    for cut in cuts[first..].iter().take_while(|c| c.span.start < line.end) {
        // Markup can run over several lines.
        let from = cut.span.start.max(at);
        let to = cut.span.end.min(line.end).max(from);
        add_stretch(clean, raw, Span::new(at, from), start);
        at = to;
        let CutKind::Marker { note } = cut.kind else {
            continue;
        };
        let bracketed = raw[..from].ends_with('[') && raw[to..].starts_with(']');
        if bracketed && clean.text.ends_with('[') {
            clean.pop();
        }
        let before = clean.text.trim_end_matches(' ').len().max(start);
        clean.markers.push(Marker {
            note,
            at: before,
            raw: cut.span,
        });
        at += usize::from(bracketed);
    }
    add_stretch(clean, raw, Span::new(at, line.end), start);
}

/// The letters that a typesetter drew as one.
fn ligature(c: char) -> Option<&'static str> {
    Some(match c {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        _ => return None,
    })
}

/// Copies a raw stretch, runs of white space as one blank.
fn add_stretch(clean: &mut CleanText, raw: &str, span: Span<Raw>, start: usize) {
    let mut run: Option<usize> = None;
    let flush = |clean: &mut CleanText, run: &mut Option<usize>, end: usize| {
        if let Some(from) = run.take() {
            clean.map.push(clean.text.len(), from, end - from);
            clean.text.push_str(&raw[from..end]);
        }
    };
    for (offset, c) in span.of(raw).char_indices() {
        let at = span.start + offset;
        if c.is_whitespace() {
            flush(clean, &mut run, at);
            if clean.text.len() > start && !clean.text.ends_with(' ') {
                clean
                    .map
                    .push(clean.text.len(), at, if c == ' ' { 1 } else { 0 });
                clean.text.push(' ');
            }
        } else if c == '\u{ad}' && at + c.len_utf8() < span.end {
            flush(clean, &mut run, at);
        } else if let Some(letters) = ligature(c) {
            flush(clean, &mut run, at);
            clean
                .map
                .push_replaced(clean.text.len(), letters.len(), at, c.len_utf8());
            clean.text.push_str(letters);
        } else if run.is_none() {
            run = Some(at);
        }
    }
    flush(clean, &mut run, span.end);
}
