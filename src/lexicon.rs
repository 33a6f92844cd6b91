//! Word lists: cue verbs, titles, roles, places. Each table names its origin.
//!
//! Lookups take a word or phrase as it stands in the text: case, typographic apostrophes and
//! diacritics do not matter, except where a function says so. Plurals are understood where the
//! table holds nouns (`role`, `organisation`, `document`, `demonym`, `cue_noun`).
//!
//! ```
//! use stancemap::lexicon;
//!
//! assert!(lexicon::role("spokesmen").is_some_and(|role| role.generic && role.plural));
//! assert!(lexicon::cue_verb("contended").is_some_and(|verb| verb.is(lexicon::VerbClass::Say)));
//! assert_eq!(lexicon::title_prefix(&["Lt.", "Gen.", "Ivan", "Petrov"]), 2);
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use any_ascii::any_ascii;

mod cues;
mod words;

pub use cues::{
    CUE_VERB_MAX_WORDS, CueVerb, VerbClass, VerbForm, cue_noun, cue_verb, cue_verb_prefix,
};
pub use words::is_word;

/// The entries of a table: no comments, no blank lines.
pub(crate) fn entries(table: &'static str) -> impl Iterator<Item = &'static str> {
    table
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Lower case, ASCII, one space between words: the form that tables are keyed by.
pub(crate) fn key(text: &str) -> String {
    let lower = text.replace(['\u{2019}', '\u{2018}'], "'").to_lowercase();
    let ascii = if lower.is_ascii() {
        lower
    } else {
        any_ascii(&lower).to_lowercase()
    };
    let mut words = ascii.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |joined, word| joined + " " + word)
}

fn table(text: &'static str) -> HashSet<String> {
    entries(text).map(key).collect()
}

macro_rules! word_set {
    ($name:ident, $file:literal) => {
        static $name: LazyLock<HashSet<String>> = LazyLock::new(|| table(include_str!($file)));
    };
}

word_set!(GIVEN_NAMES, "lexicon/given_names.txt");
word_set!(PLACES, "lexicon/places.txt");
word_set!(DEMONYMS, "lexicon/demonyms.txt");
word_set!(ORGANISATIONS, "lexicon/organisations.txt");
word_set!(ORGANISATION_NAMES, "lexicon/organisation_names.txt");
word_set!(DOCUMENTS, "lexicon/documents.txt");
word_set!(COLLECTIVES, "lexicon/collectives.txt");
word_set!(MONTHS, "lexicon/months.txt");

/// Metonyms as written, and the capitals of states with a capital letter.
static METONYMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    entries(include_str!("lexicon/metonyms.txt"))
        .map(str::to_owned)
        .collect()
});

static CAPITALS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    include_str!("lexicon/places.txt")
        .lines()
        .skip_while(|line| *line != "# Capitals")
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| !line.is_empty())
        .map(key)
        .collect()
});

/// The singular candidates of a noun, the noun itself first.
///
/// Only regular English plurals and the -man/-men and -y/-ies pairs; a wrong candidate does no
/// harm, since it is looked up in a table.
pub(crate) fn singulars(noun: &str) -> Vec<String> {
    let mut forms = vec![noun.to_owned()];
    if let Some(stem) = noun.strip_suffix("men") {
        forms.push(format!("{stem}man"));
    }
    if noun == "people" {
        forms.push("person".to_owned());
    }
    if let Some(stem) = noun.strip_suffix("ies") {
        forms.push(format!("{stem}y"));
    }
    if let Some(stem) = noun.strip_suffix("ses") {
        forms.push(format!("{stem}sis"));
    }
    if let Some(stem) = noun.strip_suffix("es") {
        forms.push(stem.to_owned());
    }
    if let Some(stem) = noun.strip_suffix('s')
        && !noun.ends_with("ss")
    {
        forms.push(stem.to_owned());
    }
    forms
}

fn contains_noun(set: &HashSet<String>, text: &str) -> bool {
    singulars(&key(text)).iter().any(|form| set.contains(form))
}

/// Whether a word is a given name in some usual romanisation. Many surnames, and words such as
/// "Will" and "Mark", are given names as well: a caller looks at capitals and neighbours.
pub fn is_given_name(word: &str) -> bool {
    GIVEN_NAMES.contains(&key(word))
}

/// Whether a word or phrase is a country, city, region or sea, with or without "the".
pub fn is_place(phrase: &str) -> bool {
    let phrase = key(phrase);
    PLACES.contains(&phrase)
        || phrase
            .strip_prefix("the ")
            .is_some_and(|rest| PLACES.contains(rest))
}

/// Whether a phrase stands for a government or an institution: "the Kremlin", "Whitehall", and the
/// capitals of states. Capital letters count.
pub fn is_metonym(phrase: &str) -> bool {
    let bare = phrase
        .strip_prefix("the ")
        .or_else(|| phrase.strip_prefix("The "))
        .unwrap_or(phrase);
    let named = bare.chars().next().is_some_and(char::is_uppercase);
    named && (METONYMS.contains(phrase) || METONYMS.contains(bare) || CAPITALS.contains(&key(bare)))
}

/// Whether a word is an adjective or noun of nationality or region: "Emirati", "Finns",
/// "Sino-Russian", "pro-Western".
pub fn is_demonym(word: &str) -> bool {
    let word = key(word);
    if contains_noun(&DEMONYMS, &word) {
        return true;
    }
    word.split_once('-').is_some_and(|(head, tail)| {
        DEMONYMS.contains(&format!("{head}-")) && is_demonym(tail)
            || contains_noun(&DEMONYMS, head) && is_demonym(tail)
    })
}

/// Whether a word is a month or its abbreviation.
pub fn is_month(word: &str) -> bool {
    MONTHS.contains(&key(word))
}

/// Whether a noun makes a phrase an institution: "ministry", "Institutes", "think tank".
pub fn is_organisation(noun: &str) -> bool {
    contains_noun(&ORGANISATIONS, noun)
}

/// Whether a phrase is an institution, medium or agency by name: "Xinhua", "the European Union".
pub fn is_organisation_name(phrase: &str) -> bool {
    let phrase = key(phrase);
    ORGANISATION_NAMES.contains(&phrase)
        || phrase
            .strip_prefix("the ")
            .is_some_and(|rest| ORGANISATION_NAMES.contains(rest))
}

/// Whether a noun is a document that can speak: "report", "communiqué", "surveys".
pub fn is_document(noun: &str) -> bool {
    contains_noun(&DOCUMENTS, noun)
}

/// Whether a phrase names a group of sources by itself: "many", "both sides", "critics".
pub fn is_collective(phrase: &str) -> bool {
    COLLECTIVES.contains(&key(phrase))
}

/// A role or group noun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Singular, lower case.
    pub lemma: String,
    /// Without a name it makes an unnamed or collective source: "one analyst", "many experts".
    pub generic: bool,
    pub plural: bool,
}

static ROLES: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    entries(include_str!("lexicon/roles.txt"))
        .map(|line| match line.strip_suffix(" generic") {
            Some(noun) => (key(noun), true),
            None => (key(line), false),
        })
        .collect()
});

/// The role that a noun names, singular or plural: "analyst", "Spokesmen", "foreign ministers".
pub fn role(noun: &str) -> Option<Role> {
    let noun = key(noun);
    singulars(&noun)
        .into_iter()
        .enumerate()
        .find_map(|(at, lemma)| {
            ROLES.get(&lemma).map(|&generic| Role {
                generic,
                plural: at > 0 || lemma == "people",
                lemma,
            })
        })
}

/// Where a title stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TitlePlace {
    /// "Dr. Smith".
    Before,
    /// "Smith, PhD".
    After,
    /// A part of the name: "Smith Jr."
    Suffix,
}

/// A title as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Title {
    pub place: TitlePlace,
    /// The word is a given name or surname as well ("Dean", "Earl"): a title only where two words
    /// of a name follow.
    pub also_name: bool,
}

static TITLES: LazyLock<HashMap<String, Title>> = LazyLock::new(|| {
    entries(include_str!("lexicon/titles.txt"))
        .filter_map(|line| {
            let (head, title) = line.split_once('\t')?;
            let (place, flag) = head.split_once(' ').unwrap_or((head, ""));
            let place = match place {
                "after" => TitlePlace::After,
                "suffix" => TitlePlace::Suffix,
                _ => TitlePlace::Before,
            };
            let also_name = flag == "name";
            Some((key(title), Title { place, also_name }))
        })
        .collect()
});

/// The most words that a title in the table has.
const TITLE_MAX_WORDS: usize = 6;

/// The title that a phrase is: "Lt. Gen.", "Prime Minister", "PhD". Full stops do not matter.
pub fn title(phrase: &str) -> Option<Title> {
    TITLES.get(&key(&phrase.replace('.', ""))).copied()
}

/// How many words at the beginning are titles before a name, several in a row included: 3 for
/// "Deputy Foreign Minister Ivan Petrov", 0 for "Ivan Petrov".
pub fn title_prefix(words: &[&str]) -> usize {
    let mut taken = 0;
    loop {
        let rest = &words[taken..];
        let longest = (1..=rest.len().min(TITLE_MAX_WORDS)).rev().find(|&count| {
            title(&rest[..count].join(" ")).is_some_and(|title| {
                title.place == TitlePlace::Before && (!title.also_name || rest.len() > count + 1)
            })
        });
        match longest {
            Some(count) => taken += count,
            None => return taken,
        }
    }
}

static ABBREVIATIONS: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    entries(include_str!("lexicon/abbreviations.txt"))
        .filter_map(|line| line.split_once('\t'))
        .map(|(form, flag)| (key(form), flag == "ends"))
        .collect()
});

/// For an abbreviation with its full stop ("Gen.", "op. cit.", "U.S."): whether a sentence can end
/// there. `None` for any other word.
pub fn abbreviation(form: &str) -> Option<bool> {
    ABBREVIATIONS.get(&key(form)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_knows_its_words_and_not_its_neighbours() {
        type Case = (
            fn(&str) -> bool,
            &'static [&'static str],
            &'static [&'static str],
        );
        let cases: [Case; 9] = [
            (
                is_given_name,
                &["Sergei", "Yousef", "Tae-hyun", "Zoë", "Ngozi"],
                &["ministry", "Than"],
            ),
            (
                is_place,
                &["Russia", "the Middle East", "Xi\u{2019}an", "São Paulo"],
                &["analyst"],
            ),
            (
                is_metonym,
                &["the Kremlin", "Foggy Bottom", "Moscow", "Quai d'Orsay"],
                &["moscow", "Novosibirsk"],
            ),
            (
                is_demonym,
                &[
                    "Russian",
                    "Finns",
                    "Sino-Russian",
                    "pro-Western",
                    "Emirati",
                    "Indo-Pacific",
                ],
                &["Sino-cat", "tall"],
            ),
            (
                is_organisation,
                &["Ministry", "universities", "think tank"],
                &["cat"],
            ),
            (
                is_document,
                &["report", "Communiqué", "studies"],
                &["minister"],
            ),
            (is_collective, &["Both sides", "many"], &["table"]),
            (is_month, &["Sept.", "May"], &["Monday"]),
            (
                is_organisation_name,
                &["Xinhua", "the European Union"],
                &["Ivan"],
            ),
        ];
        for (holds, good, bad) in cases {
            for word in good {
                assert!(holds(word), "{word} should be found");
            }
            for word in bad {
                assert!(!holds(word), "{word} should not be found");
            }
        }
    }

    #[test]
    fn a_title_that_is_a_name_as_well_needs_two_words_after_it() {
        let cases: [(&[&str], usize); 7] = [
            (&["Dr.", "Ann", "Lee"], 1),
            (&["Prof.", "Dr.", "Ann", "Lee"], 2),
            (&["Deputy", "Foreign", "Minister", "Ivan", "Petrov"], 3),
            (&["Dean", "Acheson"], 0),
            (&["Dean", "Ann", "Lee"], 1),
            (&["Ivan", "Petrov"], 0),
            (&[], 0),
        ];
        for (words, count) in cases {
            assert_eq!(title_prefix(words), count, "{words:?}");
        }
    }

    #[test]
    fn abbreviations_say_whether_a_sentence_can_end() {
        for (form, ends) in [
            ("Gen.", Some(false)),
            ("U.S.", Some(true)),
            ("Op. cit.", Some(true)),
            ("etc.", Some(true)),
            ("pp.", Some(false)),
            ("house.", None),
        ] {
            assert_eq!(abbreviation(form), ends, "{form}");
        }
    }
}
