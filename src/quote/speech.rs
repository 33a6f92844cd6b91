//! What stands in quotation marks and is nobody's speech: scare quotes, titles, names, terms.

use super::marks::Marked;
use crate::layout::CleanText;
use crate::lexicon;
use crate::text::{Clean, Span};

/// Why a passage in quotation marks is not speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSpeech {
    ScareQuote,
    Title,
    Name,
}

impl NotSpeech {
    pub fn name(self) -> &'static str {
        match self {
            NotSpeech::ScareQuote => "scare-quote",
            NotSpeech::Title => "title",
            NotSpeech::Name => "name",
        }
    }
}

/// What surrounds a marked passage.
pub struct Surroundings {
    /// The passage is the object of a reporting cue, or stands beside one.
    pub cued: bool,
    /// A note marker stands at its end.
    pub marker: bool,
}

/// Fewer words than this, without a cue, are a term.
const TERM_WORDS: usize = 4;
/// From so many words on, a passage without cue or marker is a quotation all the same.
const SPEECH_WORDS: usize = 8;

/// Judges a passage; `None` means that it is speech.
pub fn judge(text: &CleanText, marked: &Marked, around: &Surroundings) -> Option<NotSpeech> {
    let inner = text.str(marked.extent());
    let words: Vec<&str> = inner
        .split_whitespace()
        .filter(|w| w.chars().any(char::is_alphanumeric))
        .collect();
    let count = words.len();
    let closed = inner.trim_end().ends_with(['.', '!', '?', ';']) || inner.ends_with('…');
    let sentence = closed
        && inner
            .chars()
            .find(|c| c.is_alphabetic())
            .is_some_and(char::is_uppercase)
        && count >= 3;
    if title_case(&words) && (!sentence && count <= 14 || count <= 6) {
        return Some(if names_something(text, marked) {
            NotSpeech::Name
        } else {
            NotSpeech::Title
        });
    }
    if called(text, marked.outer) && !around.cued && count < SPEECH_WORDS {
        return Some(NotSpeech::ScareQuote);
    }
    let speech = if around.cued {
        count >= 2
    } else if around.marker {
        count >= TERM_WORDS
    } else {
        count >= SPEECH_WORDS || (sentence && count >= TERM_WORDS)
    };
    if speech {
        None
    } else {
        Some(NotSpeech::ScareQuote)
    }
}

/// Most of the longer words are capitalised, as in titles and names.
fn title_case(words: &[&str]) -> bool {
    let long: Vec<char> = words
        .iter()
        .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() > 3)
        .filter_map(|w| w.chars().find(|c| c.is_alphanumeric()))
        .collect();
    let capital = long.iter().filter(|c| !c.is_lowercase()).count();
    let first = words
        .first()
        .and_then(|w| w.chars().find(|c| c.is_alphanumeric()));
    if long.is_empty() {
        return words
            .iter()
            .all(|w| w.chars().any(|c| c.is_uppercase() || c.is_ascii_digit()))
            && !words.is_empty();
    }
    first.is_some_and(|c| !c.is_lowercase()) && capital * 10 >= long.len() * 8
}

/// The noun before the marks, or behind them, names a kind of thing: a treaty, a ship, a company.
fn names_something(text: &CleanText, marked: &Marked) -> bool {
    let before = text.text[..marked.outer.start]
        .trim_end()
        .rsplit(' ')
        .next()
        .unwrap_or_default();
    let after = text.text[marked.outer.end..]
        .trim_start()
        .split(' ')
        .next()
        .unwrap_or_default();
    [before, after].iter().any(|w| {
        let word = w.trim_matches(|c: char| !c.is_alphanumeric());
        lexicon::is_organisation(word) || lexicon::is_document(word)
    }) || before == "the"
}

/// "so-called", "known as", "dubbed" and the like stand before the passage.
fn called(text: &CleanText, outer: Span<Clean>) -> bool {
    let before: Vec<&str> = text.text[..outer.start]
        .trim_end()
        .rsplit(' ')
        .take(3)
        .collect();
    let last = before.first().map(|w| w.to_lowercase()).unwrap_or_default();
    let second = before.get(1).map(|w| w.to_lowercase()).unwrap_or_default();
    matches!(
        last.as_str(),
        "so-called"
            | "socalled"
            | "dubbed"
            | "titled"
            | "entitled"
            | "nicknamed"
            | "named"
            | "termed"
    ) || (last == "as" && matches!(second.as_str(), "known" | "branded" | "styled"))
        || (last == "called" && matches!(second.as_str(), "so" | "is" | "was" | "are" | "were"))
}
