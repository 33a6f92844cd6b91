//! Words and marks of a sentence, with what the rules ask of them.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::{Clean, Span};

/// A word or a punctuation mark.
#[derive(Debug, Clone)]
pub struct Token {
    pub span: Span<Clean>,
    /// As written, a possessive ending included.
    pub text: String,
    /// Lower case, typographic apostrophes made plain.
    pub lower: String,
    /// Deep inside quotation marks that hold speech: no rule looks for cues there.
    pub quoted: bool,
}

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:\p{Lu}\.){1,5}|[\p{L}\p{N}]+(?:[’'\-‑&/.·][\p{L}\p{N}]+)*(?:[’'](?:[\s,.;:]|$))?|\S",
    )
    .expect("a valid pattern")
});

/// The tokens of `span`.
pub fn tokenise(text: &str, span: Span<Clean>) -> Vec<Token> {
    TOKEN
        .find_iter(span.of(text))
        .map(|m| {
            let mut word = m.as_str();
            // A plural possessive ("experts’ ") was matched with the mark or blank behind it.
            let tail = word.trim_end_matches([' ', ',', '.', ';', ':', '\n']);
            if tail.ends_with(['’', '\'']) && tail.len() > 3 {
                word = tail;
            }
            let start = span.start + m.start();
            Token {
                span: Span::new(start, start + word.len()),
                text: word.to_owned(),
                lower: word.to_lowercase().replace('’', "'"),
                quoted: false,
            }
        })
        .collect()
}

impl Token {
    pub fn is_word(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_alphanumeric)
    }

    pub fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    pub fn is_number(&self) -> bool {
        self.text.chars().next().is_some_and(|c| c.is_ascii_digit())
    }

    pub fn is_possessive(&self) -> bool {
        self.lower.ends_with("'s") || self.lower.ends_with("s'")
    }

    /// Without a possessive ending, as written.
    pub fn stem(&self) -> &str {
        without_possessive(&self.text)
    }

    pub fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.lower.as_str())
    }

    pub fn is_open_mark(&self) -> bool {
        matches!(self.text.as_str(), "“" | "\"" | "‘" | "«")
    }
}

/// A word without "'s" or a plural's apostrophe.
pub fn without_possessive(word: &str) -> &str {
    for end in ["’s", "'s", "’S", "'S"] {
        if let Some(stem) = word.strip_suffix(end) {
            return stem;
        }
    }
    word.strip_suffix(['’', '\'']).unwrap_or(word)
}

/// Auxiliaries and modals.
pub const AUXILIARIES: [&str; 33] = [
    "is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "having", "do",
    "does", "did", "will", "would", "can", "could", "may", "might", "must", "shall", "should",
    "cannot", "can't", "won't", "isn't", "aren't", "wasn't", "doesn't", "didn't", "hasn't",
    "ought",
];

pub const BE_FORMS: [&str; 8] = ["is", "are", "was", "were", "be", "been", "being", "am"];

pub const PREPOSITIONS: [&str; 44] = [
    "in",
    "on",
    "at",
    "by",
    "during",
    "after",
    "before",
    "under",
    "since",
    "from",
    "with",
    "despite",
    "for",
    "to",
    "among",
    "between",
    "of",
    "until",
    "within",
    "throughout",
    "against",
    "about",
    "over",
    "toward",
    "towards",
    "into",
    "through",
    "across",
    "behind",
    "beyond",
    "beside",
    "besides",
    "like",
    "unlike",
    "without",
    "upon",
    "amid",
    "around",
    "near",
    "given",
    "via",
    "including",
    "concerning",
    "regarding",
];

/// Words that open a clause: what stands before them is no part of the subject.
pub const CLAUSE_OPENERS: [&str; 27] = [
    "that", "because", "while", "although", "though", "as", "when", "if", "since", "whereas",
    "what", "where", "but", "yet", "so", "for", "nor", "whether", "how", "why", "until", "unless",
    "then", "and", "or", "once", "than",
];

pub const DETERMINERS: [&str; 24] = [
    "the", "a", "an", "this", "that", "these", "those", "his", "her", "its", "their", "our", "my",
    "one", "another", "some", "any", "each", "every", "no", "both", "such", "your", "all",
];

/// Adverbs that stand between a subject and its verb and do not end in -ly.
const PLAIN_ADVERBS: [&str; 44] = [
    "yesterday",
    "today",
    "tomorrow",
    "tonight",
    "also",
    "further",
    "never",
    "always",
    "often",
    "not",
    "then",
    "now",
    "again",
    "once",
    "still",
    "even",
    "later",
    "soon",
    "thus",
    "therefore",
    "however",
    "moreover",
    "nevertheless",
    "nonetheless",
    "indeed",
    "instead",
    "too",
    "already",
    "just",
    "ever",
    "rather",
    "quite",
    "only",
    "accordingly",
    "furthermore",
    "meanwhile",
    "elsewhere",
    "afterwards",
    "likewise",
    "in",
    "turn",
    "besides",
    "perhaps",
    "there",
];

/// Whether a word may stand between a subject and its verb.
pub fn is_adverb(lower: &str) -> bool {
    (lower.len() > 4
        && lower.ends_with("ly")
        && !matches!(
            lower,
            "italy" | "family" | "supply" | "july" | "reply" | "ally" | "assembly" | "rally"
        ))
        || (PLAIN_ADVERBS.contains(&lower) && !matches!(lower, "in" | "turn"))
}
