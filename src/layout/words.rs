//! What is a word and what is a part of one: hyphens at line ends, and capitals set apart.

use std::collections::HashSet;

use crate::lexicon;

/// The words of a document. Where it does not show how a word is written, a list of English words
/// does.
pub(super) struct Words {
    words: HashSet<String>,
}

/// Prefixes that are written with a hyphen more often than not, where the list of words does not have
/// the word in one.
const HYPHENATED: [&str; 15] = [
    "anti", "non", "pro", "self", "ex", "neo", "quasi", "pan", "post", "pre", "multi", "semi",
    "all", "co", "counter",
];

/// Prefixes that are written in one with what follows.
const CLOSED: [&str; 22] = [
    "over", "under", "out", "re", "un", "dis", "inter", "intra", "sub", "super", "trans", "mis",
    "fore", "mal", "micro", "macro", "hydro", "geo", "tele", "bio", "supra", "infra",
];

/// Short words that end a compound: "follow-up", "run-in".
const PARTICLES: [&str; 9] = ["up", "in", "on", "off", "by", "of", "to", "or", "at"];

/// A shorter part of a compound is a syllable more often than a word, in bytes.
const PART: usize = 3;

impl Words {
    pub(super) fn of(raw: &str) -> Words {
        let mut words = HashSet::new();
        let mut goes_on = false;
        for line in raw.lines().map(str::trim).filter(|l| !l.is_empty()) {
            let mut tokens = line.split(|c: char| !(c.is_alphabetic() || c == '-'));
            if goes_on {
                // The rest of a word is no word.
                tokens.next();
                goes_on = false;
            }
            for token in tokens {
                let whole = token.trim_matches('-').to_lowercase();
                let broken = token.ends_with('-') && line.ends_with(token);
                goes_on |= broken;
                for part in whole.split('-') {
                    if !broken || !whole.ends_with(part) {
                        words.insert(part.to_owned());
                    }
                }
                if !broken {
                    words.insert(whole);
                }
            }
        }
        Words { words }
    }

    /// Whether the hyphen at a line's end in `left-` + `right` belongs to the word.
    pub(super) fn keeps_hyphen(&self, left: &str, right: &str) -> bool {
        if right.starts_with(char::is_uppercase) {
            return true;
        }
        let head = left.rsplit('-').next().unwrap_or(left);
        let tail = right.split('-').next().unwrap_or(right).to_lowercase();
        let name =
            head.starts_with(char::is_uppercase) && lexicon::is_place(&format!("{head}{tail}"));
        let head = head.to_lowercase();
        let joined = format!("{head}{tail}");
        if self.words.contains(&joined) {
            return false;
        }
        if self.words.contains(&format!("{head}-{tail}")) {
            return true;
        }
        if name || lexicon::is_word(&joined) {
            return false;
        }
        let (head_is_word, tail_is_word) = (self.is_word(&head), self.is_word(&tail));
        if HYPHENATED.contains(&head.as_str()) {
            return tail_is_word;
        }
        if CLOSED.contains(&head.as_str()) {
            return false;
        }
        // "state-" + "of-the-art": of a compound of several parts short words are parts as well.
        let several = left.contains('-') || right.contains('-');
        let is_part = |word: &str| {
            word.len() >= PART || PARTICLES.contains(&word) || (several && word == "the")
        };
        head_is_word && tail_is_word && is_part(&head) && is_part(&tail)
    }

    /// Whether `line` is one capital, and `next` begins with the rest of its word.
    pub(super) fn is_drop_cap(&self, line: &str, next: &str) -> bool {
        let mut letters = line.chars();
        match (letters.next(), letters.next()) {
            (Some(cap), None) => self.completes(cap, next),
            _ => false,
        }
    }

    /// Where the rest of the first word begins in a line whose first letter is set apart: "T he war".
    pub(super) fn behind_drop_cap(&self, line: &str) -> Option<usize> {
        let mut letters = line.chars();
        let cap = letters.next()?;
        let rest = letters.as_str().trim_start();
        let apart = rest.len() < letters.as_str().len();
        (apart && self.completes(cap, rest)).then(|| line.len() - rest.len())
    }

    /// Whether a capital and the letters that `text` begins with are one word, and no two.
    fn completes(&self, cap: char, text: &str) -> bool {
        let letters: String = text.chars().take_while(|c| c.is_alphabetic()).collect();
        if !cap.is_uppercase() || letters.is_empty() || text[letters.len()..].starts_with('.') {
            return false;
        }
        let shouted = letters.chars().all(char::is_uppercase);
        if !shouted && !letters.chars().all(char::is_lowercase) {
            return false;
        }
        let rest = letters.to_lowercase();
        let joined = format!("{}{rest}", cap.to_lowercase());
        // "A long war", "I do": the capital is a word.
        let two_words = matches!(cap, 'A' | 'I' | 'O') && lexicon::is_word(&rest);
        self.is_word(&joined) && !two_words
    }

    fn is_word(&self, word: &str) -> bool {
        word.chars().nth(1).is_some() && (self.words.contains(word) || lexicon::is_word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hyphen_stays_where_the_parts_are_words_and_the_whole_is_none() {
        let words = Words::of(
            "The rearmament and the sea-lanes; airpower, cross-strait. The rear-\n\nmade hege-\nmony.\n",
        );
        for (left, right, written) in [
            ("coopera", "tion", "cooperation"),
            ("Sino", "Russian", "Sino-Russian"),
            ("long", "term", "long-term"),
            ("Long", "term", "Long-term"),
            ("self", "determination", "self-determination"),
            ("self", "ish", "selfish"),
            ("non", "aligned", "non-aligned"),
            ("non", "sense", "nonsense"),
            ("pro", "liferation", "proliferation"),
            ("co", "operation", "cooperation"),
            ("oil", "based", "oil-based"),
            ("well", "known", "well-known"),
            ("state", "of-the-art", "state-of-the-art"),
            ("out-of", "town", "out-of-town"),
            ("self-deter", "mination", "self-determination"),
            ("non-prolif", "eration", "non-proliferation"),
            ("follow", "up", "follow-up"),
            ("under", "stand", "understand"),
            ("over", "flights", "overflights"),
            ("inter", "locutors", "interlocutors"),
            ("rear", "mament", "rearmament"),
            ("air", "power", "airpower"),
            ("sea", "lanes", "sea-lanes"),
            ("cross", "strait", "cross-strait"),
            ("Kazakh", "stan", "Kazakhstan"),
            ("Green", "land", "Greenland"),
            ("Pe", "trov", "Petrov"),
            ("rap", "prochement", "rapprochement"),
            ("min", "isters", "ministers"),
            ("hege", "mony", "hegemony"),
        ] {
            let keeps = words.keeps_hyphen(left, right);
            let hyphen = if keeps { "-" } else { "" };
            assert_eq!(format!("{left}{hyphen}{right}"), written);
        }
    }

    #[test]
    fn a_capital_set_apart_is_joined_only_where_that_makes_a_word() {
        let words = Words::of("A fter the war nothing was said of Tashkent.\n");
        for (line, rest) in [
            ("T he war ended.", Some("he war ended.")),
            ("I   n the spring", Some("n the spring")),
            ("I t was late.", Some("t was late.")),
            ("A fter the war", Some("fter the war")),
            ("T ashkent was far.", Some("ashkent was far.")),
            ("T HE WAR ended.", Some("HE WAR ended.")),
            ("A long war", None),
            ("A s", Some("s")),
            ("I do not know.", None),
            ("I was there.", None),
            ("O ye of little faith", None),
            ("X axis", None),
            ("V. Petrov said", None),
            ("E coli", None),
            ("U Thant said", None),
            ("A B C", None),
            ("The war", None),
            ("", None),
        ] {
            assert_eq!(
                words.behind_drop_cap(line).map(|at| &line[at..]),
                rest,
                "{line}"
            );
        }
        assert!(words.is_drop_cap("T", "he war ended."));
        assert!(!words.is_drop_cap("T", "war ended."));
        assert!(!words.is_drop_cap("A", "long war"));
        assert!(!words.is_drop_cap("The", "war"));
    }
}
