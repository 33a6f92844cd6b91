//! What notes are called: a number that is unique in the document stays a plain number.

use std::collections::HashMap;

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
        let mark = note.mark.to_string();
        *count.entry(mark.clone()).or_default() += 1;
        *on_page.entry((mark, page_of(note.start))).or_default() += 1;
    }
    let by_page = on_page.values().all(|&n| n == 1)
        && !notes
            .iter()
            .any(|n| n.endnote && count[&n.mark.to_string()] > 1);
    let mut series = 1;
    let mut previous = 0;
    notes
        .iter()
        .map(|note| {
            let mark = note.mark.to_string();
            if let Some(number) = note.mark.number() {
                series += usize::from(number <= previous);
                previous = number;
            }
            match note.mark.number() {
                Some(number) if count[&mark] == 1 => NoteLabel::Number(number),
                None if count[&mark] == 1 => NoteLabel::Text(mark),
                _ if by_page => NoteLabel::Text(format!("{mark} (p. {})", page_of(note.start))),
                _ => NoteLabel::Text(format!("{mark} (ch. {series})")),
            }
        })
        .collect()
}
