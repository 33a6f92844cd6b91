//! Chinese, Korean and Vietnamese names: family names, syllables, and names in other scripts.

use std::collections::HashSet;
use std::sync::LazyLock;

use any_ascii::any_ascii;

use super::name::lower;
use crate::lexicon;

/// A family name of East Asia, or the system it is spelt in.
static FAMILIES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    lexicon::entries(FAMILY_TABLE)
        .flat_map(str::split_whitespace)
        .collect()
});
static PINYIN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    FAMILY_TABLE
        .lines()
        .skip_while(|line| *line != "# pinyin")
        .nth(1)
        .unwrap_or_default()
        .split_whitespace()
        .collect()
});
const FAMILY_TABLE: &str = include_str!("family_names.txt");

pub(super) fn is_pinyin_family(word: &str) -> bool {
    PINYIN.contains(lower(word).as_str())
}

pub(super) fn is_family(word: &str) -> bool {
    FAMILIES.contains(lower(word).as_str())
}

/// Whether a word can be one to three syllables of Chinese or (`korean`) Korean.
pub(super) fn is_syllables(word: &str, korean: bool) -> bool {
    const INITIALS: &[&str] = &[
        "ch", "zh", "sh", "hs", "ts", "tz", "ky", "hy", "hw", "kw", "gw", "b", "p", "m", "f", "d",
        "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y", "w", "",
    ];
    const FINALS: &[&str] = &[
        "iang", "iong", "uang", "yeong", "oung", "eong", "eung", "ang", "eng", "ing", "ong", "ung",
        "iao", "ian", "uai", "uan", "yeo", "eon", "oun", "oon", "yun", "ieh", "ien", "ueh", "uei",
        "ai", "ei", "ao", "ou", "an", "en", "in", "un", "on", "ia", "ie", "iu", "ua", "uo", "ui",
        "ue", "er", "ae", "eo", "oo", "eu", "oh", "ee", "ih", "eh", "a", "e", "i", "o", "u",
    ];
    fn parses(rest: &str, korean: bool, left: usize) -> bool {
        let rest = rest.trim_start_matches(['-', '\'']);
        if rest.is_empty() {
            return true;
        }
        if left == 0 {
            return false;
        }
        INITIALS
            .iter()
            .filter_map(|initial| rest.strip_prefix(initial))
            .any(|rest| {
                let rest = rest.trim_start_matches('\'');
                FINALS
                    .iter()
                    .filter_map(|end| rest.strip_prefix(end))
                    .any(|rest| {
                        parses(rest, korean, left - 1)
                            || korean
                                && ["k", "l", "m", "p", "b", "n"]
                                    .iter()
                                    .filter_map(|coda| rest.strip_prefix(coda))
                                    .any(|rest| parses(rest, korean, left - 1))
                    })
            })
    }
    let word = lower(word);
    word.bytes()
        .all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'\'')
        && parses(&word, korean, 3)
}

/// Whether a word is a forename of the West, Russia, the Middle East …
pub(super) fn is_other_given(word: &str) -> bool {
    lexicon::is_given_name(word) && !is_syllables(word, true)
}

/// The given part of an East Asian name: "Tae-hyun", "Jinping".
pub(super) fn is_east_given(word: &str) -> bool {
    let word = word.replace(['\u{2019}', '\u{2018}', '`'], "'");
    match word.contains('-') {
        true => is_syllables(&word, true),
        false => {
            is_syllables(&word, false) || lexicon::is_given_name(&word) && is_syllables(&word, true)
        }
    }
}

/// One short syllable, as in "Chung Hee" or "Kuan Yew".
pub(super) fn is_one_syllable(word: &str) -> bool {
    let word = lower(word);
    let mut groups = 0;
    let mut inside = false;
    for byte in word.bytes() {
        let vowel = b"aeiouy".contains(&byte);
        groups += usize::from(vowel && !inside);
        inside = vowel;
    }
    word.len() <= 6 && groups <= 1
}

pub(super) fn is_latin(letter: char) -> bool {
    letter.is_ascii()
        || ('\u{00c0}'..='\u{024f}').contains(&letter)
        || ('\u{1e00}'..='\u{1eff}').contains(&letter)
}

/// Other scripts in Latin letters. Chinese characters and Hangul become a family name and the
/// rest joined; a Japanese name in characters is read as if it were Chinese.
pub(super) fn romanise(text: &str) -> String {
    text.split_whitespace()
        .map(|word| {
            let east = |c: char| {
                ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7a3}').contains(&c)
            };
            let letters: Vec<char> = word.chars().collect();
            if (2..=4).contains(&letters.len()) && letters.iter().all(|&c| east(c)) {
                let family = if letters.len() == 4 { 2 } else { 1 };
                let sound = |part: &[char]| {
                    let mut joined = part
                        .iter()
                        .map(|c| any_ascii(&c.to_string()).to_lowercase())
                        .collect::<String>();
                    if let Some(first) = joined.get_mut(..1) {
                        first.make_ascii_uppercase();
                    }
                    joined
                };
                format!(
                    "{} {}",
                    sound(&letters[..family]),
                    sound(&letters[family..])
                )
            } else {
                any_ascii(word)
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
