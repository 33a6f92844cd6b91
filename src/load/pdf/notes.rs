//! Notes at the foot of pages and columns, by their smaller type, the rule above them and their
//! raised numbers; and their markers in the body.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::glyphs::Page;
use super::lines::Line;
use crate::load::writer::label_number;

/// A note as lines of its pages.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Note {
    pub label: String,
    /// The length of the label with its dress in the first line, in bytes.
    pub label_length: usize,
    pub lines: Vec<usize>,
}

/// A marker: a line, the bytes of its text, and the index of its note.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Marker {
    pub line: usize,
    pub bytes: (usize, usize),
    pub note: usize,
}

static TYPED_LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\[(\d{1,4})\]|(\d{1,4})[.)]?|([*†‡§¶‖]{1,4}))\s*(?:\s\S|[\p{Lu}“‘«(])")
        .expect("a valid pattern")
});

static RAISED_LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:\d{1,4}|[a-z]|[ivx]{1,5}|[*†‡§¶‖#]{1,4})\s*$").expect("a valid pattern")
});

/// Notes are set at most this large beside the body.
const SMALLER: f64 = 0.96;
/// Sizes this near are one.
const SAME_SIZE: f64 = 0.06;

/// The notes in the order of the pages. `body` is the size of the document's text.
pub(super) fn find(lines: &[Line], furniture: &[bool], pages: &[Page], body: f64) -> Vec<Note> {
    let mut columns: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (i, line) in lines.iter().enumerate() {
        if !furniture[i] {
            columns.entry((line.page, line.column)).or_default().push(i);
        }
    }
    let mut notes: Vec<Note> = Vec::new();
    for ((page, _), own) in &columns {
        let Some(area) = area(lines, own, &pages[*page], body) else {
            continue;
        };
        let raised = area.iter().any(|&i| label(&lines[i], true).is_some());
        let mut last = notes.last().and_then(|n| label_number(&n.label));
        let mut begun = false;
        for &i in area {
            match label(&lines[i], raised) {
                Some((label, length)) if raised || follows(&label, last, begun) => {
                    last = label_number(&label);
                    begun = true;
                    notes.push(Note {
                        label,
                        label_length: length,
                        lines: vec![i],
                    });
                }
                // What comes before the first number goes on with the note of the page before.
                _ => {
                    if let Some(note) = notes.last_mut() {
                        note.lines.push(i);
                    }
                }
            }
        }
    }
    notes
}

/// The lines of a column that hold notes: those below a rule, or the last ones if they are set
/// smaller than the body, and one of them begins with a label.
fn area<'a>(lines: &[Line], own: &'a [usize], page: &Page, body: f64) -> Option<&'a [usize]> {
    let &last = own.last()?;
    let size = lines[last].size;
    let alike = |i: usize| (lines[i].size - size).abs() <= SAME_SIZE * size;
    let run = own.iter().rev().take_while(|&&i| alike(i)).count();
    let mut area = &own[own.len() - run..];
    let left = area
        .iter()
        .map(|&i| lines[i].left)
        .fold(f64::INFINITY, f64::min);
    let ruled = page
        .rules
        .iter()
        .filter(|(from, to, y)| {
            (from - left).abs() <= 2.0 * body && to - from >= 3.0 * body && {
                let below = own.iter().filter(|&&i| lines[i].y > *y).count();
                (1..own.len() + 1).contains(&below) && below <= run
            }
        })
        .map(|&(_, _, y)| y)
        .fold(f64::NEG_INFINITY, f64::max);
    if ruled.is_finite() {
        let below = own
            .iter()
            .rev()
            .take_while(|&&i| lines[i].y > ruled)
            .count();
        area = &own[own.len() - below..];
    } else if size > SMALLER * body {
        return None;
    }
    let labelled = |raised: bool| {
        area.iter()
            .position(|&i| label(&lines[i], raised).is_some())
    };
    match (labelled(true), labelled(false)) {
        (Some(_), _) => Some(area),
        // In type of the body's size a number at a line's start says little.
        (None, Some(_)) if size <= SMALLER * body || ruled.is_finite() => Some(area),
        // The whole area may go on with a note of the page before.
        (None, None) if ruled.is_finite() && size <= SMALLER * body => Some(area),
        _ => None,
    }
}

/// The label that a line begins with, and its length with its dress.
fn label(line: &Line, raised: bool) -> Option<(String, usize)> {
    if raised {
        let start = line.raised_start()?;
        let rest = &line.text[start.len()..];
        return (RAISED_LABEL.is_match(start) && rest.chars().any(char::is_alphanumeric))
            .then(|| (start.trim().to_owned(), start.len()));
    }
    let found = TYPED_LABEL.captures(&line.text)?;
    let inner = (1..=3).find_map(|g| found.get(g))?;
    let whole = found.get(0)?;
    let next = whole.as_str().chars().next_back().map_or(0, char::len_utf8);
    Some((inner.as_str().to_owned(), whole.end() - next))
}

/// Whether a typed number may be that of the next note.
fn follows(label: &str, last: Option<u32>, begun: bool) -> bool {
    match (label_number(label), last) {
        (None, _) => true,
        (Some(n), Some(last)) => n == last + 1 || (!begun && n == 1),
        (Some(n), None) => n <= 3 || !begun,
    }
}

/// The markers among the raised characters of the body: those that name a note of their page, or
/// one further on, and whose notes follow one another.
pub(super) fn markers(lines: &[Line], in_body: &[bool], notes: &[Note]) -> Vec<Marker> {
    let mut candidates: Vec<Marker> = Vec::new();
    let mut by_label: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, note) in notes.iter().enumerate() {
        by_label.entry(&note.label).or_default().push(i);
    }
    for (i, line) in lines.iter().enumerate().filter(|(i, _)| in_body[*i]) {
        for &(start, end) in &line.raised {
            for (at, token) in tokens(&line.text[start..end]) {
                let Some(same) = by_label.get(token) else {
                    continue;
                };
                let page_of = |note: usize| lines[notes[note].lines[0]].page;
                let on_page = same.iter().find(|&&n| page_of(n) == line.page);
                let next = same.iter().find(|&&n| page_of(n) > line.page);
                let any = same.first();
                if let Some(&note) = on_page.or(next).or(any) {
                    candidates.push(Marker {
                        line: i,
                        bytes: (start + at, start + at + token.len()),
                        note,
                    });
                }
            }
        }
    }
    rising(&candidates)
}

/// The labels in a raised stretch: "12", "12,13", "*".
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split([',', ';', ' ']).filter_map(move |part| {
        let start = at;
        at += part.len() + 1;
        (!part.is_empty()).then_some((start, part))
    })
}

/// The longest row of candidates whose notes rise.
fn rising(candidates: &[Marker]) -> Vec<Marker> {
    // Patience sorting: the tails of the rows of each length, with the way back.
    let mut tails: Vec<usize> = Vec::new();
    let mut back: Vec<Option<usize>> = vec![None; candidates.len()];
    for (i, candidate) in candidates.iter().enumerate() {
        let at = tails.partition_point(|&t| candidates[t].note < candidate.note);
        back[i] = at.checked_sub(1).map(|p| tails[p]);
        if at == tails.len() {
            tails.push(i);
        } else {
            tails[at] = i;
        }
    }
    let mut chain = Vec::new();
    let mut next = tails.last().copied();
    while let Some(i) = next {
        chain.push(candidates[i]);
        next = back[i];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(page: usize, y: f64, size: f64, text: &str, raised: &[(usize, usize)]) -> Line {
        Line {
            page,
            column: 0,
            left: 50.0,
            right: 400.0,
            y,
            size,
            text: text.to_owned(),
            raised: raised.to_vec(),
        }
    }

    #[test]
    fn notes_stand_below_in_smaller_type_and_may_run_on_to_the_next_page() {
        let lines = [
            line(
                0,
                100.0,
                10.0,
                "They went to war.1 And km2 too.2",
                &[(17, 18), (25, 26), (31, 32)],
            ),
            line(0, 300.0, 8.0, "1Anna Lind, Roofs, 2014.", &[(0, 1)]),
            line(0, 310.0, 8.0, "2Bo Ek, A long note that", &[(0, 1)]),
            line(1, 100.0, 10.0, "More text.", &[]),
            line(1, 300.0, 8.0, "runs on.", &[]),
            line(1, 310.0, 8.0, "3Ibid.", &[(0, 1)]),
        ];
        let pages = vec![Page::default(); 2];
        let notes = find(&lines, &[false; 6], &pages, 10.0);
        let found: Vec<(&str, &[usize])> = notes
            .iter()
            .map(|n| (n.label.as_str(), &n.lines[..]))
            .collect();
        assert_eq!(found, [("1", &[1][..]), ("2", &[2, 4]), ("3", &[5])]);
        let in_body = [true, false, false, true, false, false];
        let markers = markers(&lines, &in_body, &notes);
        let linked: Vec<(usize, usize)> = markers.iter().map(|m| (m.note, m.bytes.0)).collect();
        assert_eq!(linked.len(), 2);
        assert_eq!(linked[0], (0, 17));
    }

    #[test]
    fn small_type_without_a_number_is_no_note() {
        let lines = [
            line(0, 100.0, 10.0, "They said:", &[]),
            line(0, 120.0, 8.5, "a quotation in smaller type", &[]),
        ];
        assert_eq!(find(&lines, &[false; 2], &[Page::default()], 10.0), []);
    }
}
