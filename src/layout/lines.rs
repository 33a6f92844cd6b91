//! Lines of the raw text and what each is for.

use crate::text::{Raw, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Body,
    Blank,
    /// What parts the notes from the body: underscores, dashes, or a long line of blanks.
    Rule,
    /// Running heads and page numbers.
    Furniture,
    /// A table, or the caption of a table or figure.
    Aside,
    /// A line of the n-th note found.
    Note(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Without the line feed and without a form feed before it.
    pub span: Span<Raw>,
    /// Columns of white space before the text.
    pub indent: usize,
    pub role: Role,
    /// The line begins a page: a form feed stands before it, or the layout shows it.
    pub page_start: bool,
}

impl Line {
    pub fn text<'a>(&self, raw: &'a str) -> &'a str {
        self.span.of(raw).trim()
    }

    /// Columns up to the last visible character.
    pub fn width(&self, raw: &str) -> usize {
        self.span.of(raw).trim_end().chars().count()
    }
}

/// A line of at least this many blanks and nothing else is a rule that lost its ink.
const BLANK_RULE: usize = 20;

pub(super) fn split(raw: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for piece in raw.split_inclusive('\n') {
        let end = start + piece.len();
        let body = piece.strip_suffix('\n').unwrap_or(piece);
        let mut at = start;
        for (i, part) in body.split('\u{c}').enumerate() {
            // Nothing before a form feed at the line's start is no line of its own.
            let closes_early = at + part.len() < start + body.len();
            if !(part.trim().is_empty() && closes_early) {
                lines.push(line(Span::new(at, at + part.len()), i > 0, raw));
            }
            at += part.len() + 1;
        }
        start = end;
    }
    lines
}

fn line(span: Span<Raw>, page_start: bool, raw: &str) -> Line {
    let text = span.of(raw);
    let visible = text.trim();
    let role = if visible.is_empty() {
        if text.chars().count() >= BLANK_RULE {
            Role::Rule
        } else {
            Role::Blank
        }
    } else if is_rule(visible) {
        Role::Rule
    } else {
        Role::Body
    };
    let indent = text
        .chars()
        .take_while(|c| c.is_whitespace())
        .map(|c| if c == '\t' { 4 } else { 1 })
        .sum();
    Line {
        span,
        indent,
        role,
        page_start,
    }
}

/// Five or more of one drawing character, blanks between them allowed.
fn is_rule(visible: &str) -> bool {
    let mut ink = visible.chars().filter(|c| !c.is_whitespace());
    let Some(first) = ink.next() else {
        return false;
    };
    matches!(
        first,
        '_' | '-' | '—' | '–' | '─' | '━' | '=' | '*' | '⎯' | '―' | '‾' | '~' | '.' | '·'
    ) && ink.clone().all(|c| c == first)
        && ink.count()
            >= if matches!(first, '*' | '—' | '―' | '─') {
                2
            } else {
                4
            }
}

/// The raw extents of the pages: each begins at a line marked `page_start` that begins no column.
/// `column_starts` is sorted.
pub(super) fn pages(lines: &[Line], raw: &str, column_starts: &[usize]) -> Vec<Span<Raw>> {
    let mut starts: Vec<usize> = lines
        .iter()
        .filter(|l| l.page_start)
        .map(|l| l.span.start)
        .filter(|s| *s > 0 && column_starts.binary_search(s).is_err())
        .collect();
    starts.dedup();
    let mut pages = Vec::new();
    let mut from = 0;
    for start in starts.into_iter().chain([raw.len()]) {
        if start > from {
            pages.push(Span::new(from, start));
            from = start;
        }
    }
    if pages.is_empty() {
        pages.push(Span::new(0, raw.len()));
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_feeds_begin_pages_and_rules_are_told_from_text() {
        let raw = "one\n\u{c}two\n_____\n                              \n- - - - -\n* * *\n--\nthree\u{c}four";
        let lines = split(raw);
        let seen: Vec<(&str, Role, bool)> = lines
            .iter()
            .map(|l| (l.text(raw), l.role, l.page_start))
            .collect();
        assert_eq!(
            seen,
            [
                ("one", Role::Body, false),
                ("two", Role::Body, true),
                ("_____", Role::Rule, false),
                ("", Role::Rule, false),
                ("- - - - -", Role::Rule, false),
                ("* * *", Role::Rule, false),
                ("--", Role::Body, false),
                ("three", Role::Body, false),
                ("four", Role::Body, true),
            ]
        );
        assert_eq!(pages(&lines, raw, &[]).len(), 3);
    }
}
