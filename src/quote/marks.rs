//! Quotation marks: which belong together, and what stands between them.

use crate::layout::{CleanText, ParagraphKind};
use crate::text::{Clean, Span};

/// A passage in quotation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// With its marks.
    pub outer: Span<Clean>,
    /// Without them; one span a paragraph where the marks are reopened in each.
    pub inner: Vec<Span<Clean>>,
    /// The closing mark is missing.
    pub unclosed: bool,
    /// It stands inside another.
    pub nested: bool,
}

impl Marked {
    /// From the first inner byte to the last.
    pub fn extent(&self) -> Span<Clean> {
        match (self.inner.first(), self.inner.last()) {
            (Some(a), Some(b)) => a.join(*b),
            _ => self.outer,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open(char),
    Close(char),
}

/// The passages in quotation marks, in order. An unclosed mark costs its paragraph at most; a
/// passage whose marks are opened again in each paragraph is one passage.
pub fn find(text: &CleanText) -> Vec<Marked> {
    let mut found: Vec<Marked> = Vec::new();
    let mut carried: Option<Marked> = None;
    for paragraph in &text.paragraphs {
        if matches!(paragraph.kind, ParagraphKind::Front) {
            continue;
        }
        let body = text.str(paragraph.span);
        let marks = marks(body, paragraph.span.start);
        let reopened = matches!(marks.first(), Some((at, Mark::Open(c))) if *at == paragraph.span.start && double(*c));
        let (mut here, open) = pair(text, paragraph.span, &marks);
        if let Some(mut marked) = carried.take() {
            if reopened
                && let Some(first) = here
                    .first_mut()
                    .filter(|m| m.outer.start == paragraph.span.start)
            {
                marked.inner.append(&mut first.inner.clone());
                marked.outer = marked.outer.join(first.outer);
                marked.unclosed = first.unclosed;
                here.remove(0);
                if open.is_some() && here.is_empty() && marked.unclosed {
                    carried = Some(marked);
                } else {
                    found.push(marked);
                }
                found.append(&mut here);
                continue;
            }
            found.push(close_early(text, marked));
        }
        if let Some(open) = open {
            here.retain(|m| m.outer != open.outer);
            found.append(&mut here);
            carried = Some(open);
        } else {
            found.append(&mut here);
        }
    }
    if let Some(marked) = carried {
        found.push(close_early(text, marked));
    }
    found.sort_by_key(|m| (m.outer.start, std::cmp::Reverse(m.outer.end)));
    found
}

fn double(c: char) -> bool {
    matches!(c, '“' | '"' | '«')
}

/// A mark that was never closed: the passage ends before a note marker behind a closed sentence,
/// else with its paragraph.
fn close_early(text: &CleanText, mut marked: Marked) -> Marked {
    if let Some(last) = marked.inner.last_mut() {
        let stop = text
            .markers_in(last.start + 1, last.end)
            .iter()
            .map(|m| m.at)
            .find(|&at| text.text[..at].ends_with(['.', '!', '?', '…']));
        if let Some(stop) = stop {
            last.end = stop;
        }
        marked.outer = Span::new(marked.outer.start, last.end);
    }
    marked
}

fn marks(body: &str, offset: usize) -> Vec<(usize, Mark)> {
    let chars: Vec<(usize, char)> = body.char_indices().collect();
    let mut found = Vec::new();
    for (i, &(at, c)) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|j| chars[j].1);
        let after = chars.get(i + 1).map(|c| c.1);
        let opens = before.is_none_or(|b| {
            b.is_whitespace()
                || matches!(b, '(' | '[' | '—' | '–' | '“' | '"' | '‘' | '-' | '/' | ',')
        }) && after.is_some_and(|a| !a.is_whitespace());
        let mark = match c {
            '“' | '«' | '„' => Mark::Open(if c == '„' { '“' } else { c }),
            '”' => Mark::Close('“'),
            '»' => Mark::Close('«'),
            '‘' => Mark::Open('‘'),
            '’' => {
                // An apostrophe unless nothing of the word follows.
                if after.is_some_and(char::is_alphanumeric) {
                    continue;
                } else {
                    Mark::Close('‘')
                }
            }
            '"' => {
                if opens {
                    Mark::Open('"')
                } else {
                    Mark::Close('"')
                }
            }
            '\'' if opens && after.is_some_and(|a| a.is_alphabetic() || a == '"' || a == '…') => {
                Mark::Open('\'')
            }
            '\'' if !after.is_some_and(char::is_alphanumeric) => Mark::Close('\''),
            _ => continue,
        };
        found.push((offset + at, mark));
    }
    found
}

/// Pairs the marks of a paragraph; the second result is a double mark left open at its end.
fn pair(
    text: &CleanText,
    paragraph: Span<Clean>,
    marks: &[(usize, Mark)],
) -> (Vec<Marked>, Option<Marked>) {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut found = Vec::new();
    for &(at, mark) in marks {
        match mark {
            Mark::Open(c) => {
                // A second double mark inside one of its kind: the first was never closed, unless a
                // single mark stands between them.
                if double(c)
                    && open.last().is_some_and(|&(_, o)| o == c)
                    && c != '"'
                    && let Some((from, _)) = open.pop()
                {
                    found.push(broken_off(text, from, at));
                }
                open.push((at, c));
            }
            Mark::Close(c) => {
                let Some(depth) = open.iter().rposition(|&(_, o)| o == c) else {
                    continue;
                };
                // Single marks left open inside are apostrophes.
                open.truncate(depth + 1);
                let Some((from, _)) = open.pop() else {
                    continue;
                };
                let width = text.text[from..].chars().next().map_or(1, char::len_utf8);
                let close = text.text[at..].chars().next().map_or(1, char::len_utf8);
                let inner: Span<Clean> = Span::new(from + width, at).trim(&text.text);
                if !inner.is_empty() {
                    found.push(Marked {
                        outer: Span::new(from, at + close),
                        inner: vec![inner],
                        unclosed: false,
                        nested: open.iter().any(|&(_, o)| double(o) || c == o),
                    });
                }
            }
        }
    }
    let left = open.iter().find(|&&(_, c)| double(c)).map(|&(from, _)| {
        let width = text.text[from..].chars().next().map_or(1, char::len_utf8);
        Marked {
            outer: Span::new(from, paragraph.end),
            inner: vec![Span::new(from + width, paragraph.end).trim(&text.text)],
            unclosed: true,
            nested: false,
        }
    });
    if let Some(left) = &left {
        for marked in &mut found {
            marked.nested |= left.outer.contains(marked.outer);
        }
        found.push(left.clone());
        found.sort_by_key(|m| m.outer.start);
    }
    (found, left)
}

/// A passage whose mark was not closed before the next one opened: it ends with its sentence.
fn broken_off(text: &CleanText, from: usize, next: usize) -> Marked {
    let width = text.text[from..].chars().next().map_or(1, char::len_utf8);
    let inside = &text.text[from + width..next];
    let end = inside
        .match_indices(['.', '!', '?'])
        .map(|(i, m)| i + m.len())
        .find(|&i| inside[i..].starts_with(' ') || inside[i..].is_empty())
        .unwrap_or(inside.len());
    let inner = Span::new(from + width, from + width + end).trim(&text.text);
    Marked {
        outer: Span::new(from, inner.end),
        inner: vec![inner],
        unclosed: true,
        nested: false,
    }
}
