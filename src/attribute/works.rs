//! What a note cites: works and their authors, and references back to earlier notes.

mod authors;
mod back;
mod full;

use std::sync::LazyLock;

use regex::Regex;

use crate::layout::Note;
use crate::quote::names::NameIndex;

/// A work as a note cites it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Those whose words the work holds: its authors, or the person interviewed.
    pub authors: Vec<String>,
    /// Interviewer or journalist, where the words are another's.
    pub cited: Vec<String>,
    pub title: Option<String>,
    pub year: Option<i32>,
    /// The note only adds it ("see also"), or names it as the place where the words are quoted.
    pub added: bool,
}

/// A reference to an earlier note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackReference {
    pub form: String,
    /// Index of the note that has the full work.
    pub refers_to: Option<usize>,
}

/// What one note cites, back references followed to their works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Citation {
    /// Index of the note.
    pub note: usize,
    /// The note's printed number.
    number: Option<u32>,
    pub works: Vec<Work>,
    pub back: Vec<BackReference>,
    /// Indices of the works that came through a back reference.
    inherited: usize,
    /// The note says something of its own before it cites.
    discursive: bool,
}

impl Citation {
    /// The works that stand behind what the marker follows, not those that the note only adds.
    pub fn main_works(&self) -> impl Iterator<Item = &Work> {
        self.works.iter().filter(|w| !w.added)
    }
}

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\[|\()?\s*(?i:see,?\s+(?:also|for example|e\.g\.|inter alia|in particular)|see|cf\.|compare|for example|for instance|e\.g\.|also|and|but see|on this,?\s+see|for a (?:contrary|different|similar) view,?\s+see)\s*[:,]?\s+")
        .expect("a valid pattern")
});

/// "…; on the costs see also X": the citation begins behind the last "see".
static SEE_INSIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[.;\[\](),\s])(?:[Ss]ee(?:\s+also)?)\s*:?\s+").expect("a valid pattern")
});

/// Reads all notes of a document and follows their back references through chains.
pub fn read(notes: &[Note], index: &NameIndex) -> Vec<Citation> {
    let mut citations: Vec<Citation> = Vec::new();
    for (i, note) in notes.iter().enumerate() {
        let citation = read_note(i, note, index, &citations);
        citations.push(citation);
    }
    citations
}

fn read_note(i: usize, note: &Note, index: &NameIndex, earlier: &[Citation]) -> Citation {
    let mut citation = Citation {
        note: i,
        number: note.mark.number(),
        ..Citation::default()
    };
    for segment in segments(&note.text.text) {
        let known = citation.works.len();
        read_segment(&mut citation, segment.trim(), index, earlier);
        if known > 0 && ADDED.is_match(segment.trim()) {
            for work in &mut citation.works[known..] {
                work.added = true;
            }
        }
    }
    citation
}

fn read_segment(citation: &mut Citation, segment: &str, index: &NameIndex, earlier: &[Citation]) {
    let stripped = strip_lead(segment);
    if back::follow(citation, stripped, earlier) {
        return;
    }
    match full::work(stripped, index) {
        Some(work) => {
            citation.works.push(work);
            citation.works.extend(full::quoting_work(stripped, index));
        }
        None => {
            if let Some(inner) = SEE_INSIDE.find_iter(segment).last()
                && let Some(work) = full::work(&segment[inner.end()..], index)
            {
                citation.discursive = true;
                citation.works.push(work);
            }
        }
    }
}

/// A segment that only adds to what the note cites.
static ADDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^[^“\x22]{0,60}?\b(?:see also|see,? too|compare|cf\.|also used by|for a|but see)\b|^the same\b").expect("a valid pattern")
});

/// A note's text, cut at semicolons outside marks and brackets, and before a sentence that begins
/// with "See".
fn segments(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut depth = 0usize;
    let mut straight = false;
    for (i, c) in text.char_indices() {
        match c {
            '“' | '(' | '<' | '«' => depth += 1,
            '”' | ')' | '>' | '»' => depth = depth.saturating_sub(1),
            '"' => straight = !straight,
            ';' if depth == 0 && !straight => cuts.push(i + 1),
            '\n' => {
                depth = 0;
                straight = false;
            }
            _ => {}
        }
        if depth == 0
            && !straight
            && (text[i..].starts_with(". See")
                || text[i..].starts_with(". Quoted in")
                || text[i..].starts_with(". Cited in"))
        {
            cuts.push(i + 1);
        }
    }
    cuts.push(text.len());
    cuts.windows(2)
        .map(|w| text[w[0]..w[1]].trim_matches([';', ' ']))
        .filter(|s| !s.is_empty())
        .collect()
}

fn strip_lead(segment: &str) -> &str {
    let mut rest = segment.trim();
    while let Some(found) = LEAD.find(rest) {
        rest = &rest[found.end()..];
    }
    rest
}
