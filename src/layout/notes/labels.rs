//! What notes are called: a number that is unique in the document stays a plain number.

use std::collections::{HashMap, HashSet};

use super::FoundNote;
use crate::analysis::NoteLabel;

/// The label of each note, unique in the document. Where a mark comes back, the page tells its
/// notes apart, or the chapter where notes of one mark share a page.
pub(in super::super) fn labels(
    notes: &[FoundNote],
    page_of: impl Fn(usize) -> usize,
) -> Vec<NoteLabel> {
    let mut count: HashMap<String, usize> = HashMap::new();
    let mut on_page: HashMap<(String, usize), usize> = HashMap::new();
    for note in notes {
        let mark = printed(note);
        *count.entry(mark.clone()).or_default() += 1;
        *on_page.entry((mark, page_of(note.start))).or_default() += 1;
    }
    let by_page = on_page.values().all(|&n| n == 1)
        && !notes.iter().any(|n| n.endnote && count[&printed(n)] > 1);
    let mut series = 1;
    let mut previous = 0;
    let mut of_series: HashSet<String> = HashSet::new();
    notes
        .iter()
        .map(|note| {
            let mark = printed(note);
            let number = note.mark.number().filter(|_| note.printed.is_none());
            if of_series.contains(&mark) || number.is_some_and(|n| n <= previous) {
                series += 1;
                previous = 0;
                of_series.clear();
            }
            of_series.insert(mark.clone());
            previous = number.unwrap_or(previous);
            match number {
                Some(number) if count[&mark] == 1 => NoteLabel::Number(number),
                None if count[&mark] == 1 => NoteLabel::Text(mark),
                _ if by_page => NoteLabel::Text(format!("{mark} (p. {})", page_of(note.start))),
                _ => NoteLabel::Text(format!("{mark} (ch. {series})")),
            }
        })
        .collect()
}

fn printed(note: &FoundNote) -> String {
    note.printed
        .clone()
        .unwrap_or_else(|| note.mark.to_string())
}
