//! English words, for what only a list of words can tell: whether two halves make one.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| super::entries(include_str!("words.txt")).collect());

/// The shortest stem of a regular form, in bytes.
const STEM: usize = 3;

/// Whether a word, in lower case, is a common English word or a regular form of one. No names.
pub fn is_word(word: &str) -> bool {
    WORDS.contains(word)
        || stems(word)
            .iter()
            .any(|s| s.len() >= STEM && WORDS.contains(s.as_str()))
}

/// What a word may be a plural, a past, a participle or an adverb of.
fn stems(word: &str) -> Vec<String> {
    let mut stems = Vec::new();
    if let Some(stem) = word.strip_suffix('s')
        && !stem.ends_with('s')
    {
        stems.push(stem.to_owned());
    }
    if let Some(stem) = word.strip_suffix("es") {
        stems.push(stem.to_owned());
    }
    for ending in ["ies", "ied"] {
        if let Some(stem) = word.strip_suffix(ending) {
            stems.push(format!("{stem}y"));
        }
    }
    for ending in ["ed", "ing"] {
        let Some(stem) = word.strip_suffix(ending) else {
            continue;
        };
        stems.push(format!("{stem}e"));
        // "planned", "running".
        let mut letters = stem.chars();
        let last = letters.next_back();
        if letters.as_str().len() >= STEM && letters.as_str().chars().next_back() == last {
            stems.push(letters.as_str().to_owned());
        }
        stems.push(stem.to_owned());
    }
    if let Some(stem) = word.strip_suffix("ly")
        && stem.len() > STEM
    {
        stems.push(stem.to_owned());
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_regular_forms_are_known_and_parts_of_words_are_not() {
        for word in [
            "the",
            "cooperation",
            "ministers",
            "allies",
            "allied",
            "planned",
            "signing",
            "quickly",
            "defence",
            "defense",
            "labour",
            "based",
        ] {
            assert!(is_word(word), "{word}");
        }
        for part in [
            "tion", "ing", "s", "fter", "coopera", "ment", "ical", "trov", "", "é",
        ] {
            assert!(!is_word(part), "{part}");
        }
    }
}
