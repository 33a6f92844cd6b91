//! Takes a name as written apart: titles, forenames, particles, surname, suffix.

use std::fmt;

use any_ascii::any_ascii;

use super::east_asian::{
    is_east_given, is_family, is_latin, is_one_syllable, is_other_given, is_syllables, romanise,
};
use super::fold;
use crate::lexicon::{self, TitlePlace};

/// One forename as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Forename {
    /// "Aleksandr", "Tae-hyun".
    Full(String),
    /// Without its full stop: "A", "Yu".
    Initial(String),
}

/// A name taken apart. A name of one word has only a surname, whatever it is in life.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// As written, before and after the name: "Lt. Gen.", "PhD".
    pub titles: Vec<String>,
    /// Forenames, patronymics and initials in order.
    pub given: Vec<Forename>,
    /// "al", "bin", "van der" …, as written.
    pub particles: Vec<String>,
    /// One word or, after particles and in double names, more.
    pub surname: String,
    /// "Jr", "III".
    pub suffix: Option<String>,
    /// Written family name first: "Kim Tae-hyun", "Xi Jinping".
    pub family_first: bool,
    /// Reads as Chinese, Korean or Vietnamese.
    pub east_asian: bool,
}

/// Particles wherever they stand between forenames and surname.
const PARTICLES: &[&str] = &[
    "al", "el", "bin", "ibn", "bint", "ben", "van", "von", "der", "den", "de", "del", "della",
    "di", "da", "do", "dos", "das", "du", "la", "le", "les", "ter", "ten", "zu", "zur", "vom",
    "af", "av", "ul", "ud", "ur", "y", "e", "i", "degli", "dei",
];

/// Particles that begin a surname standing alone even with a capital: "De Gaulle".
const CAPITAL_PARTICLES: &[&str] = &["de", "del", "della", "van", "von", "bin", "ibn", "du"];

/// Articles that are written together with the surname.
const PREFIXES: &[&str] = &["al", "el", "ad", "as", "ash", "an", "ar", "at", "az", "ul"];

/// Initials of two or more letters: one letter of Cyrillic or Greek.
const LONG_INITIALS: &[&str] = &[
    "yu", "ya", "ye", "yo", "zh", "kh", "ts", "ch", "sh", "shch", "iu", "ia", "ju", "ja", "je",
    "dzh", "th", "ph",
];

pub(super) fn lower(word: &str) -> String {
    any_ascii(word).to_lowercase()
}

fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&lower(word).as_str())
}

fn starts_lower(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_lowercase)
}

impl Name {
    /// Takes a name apart. Words that are neither name nor title ("former", "the") are dropped;
    /// nothing is ever dropped so far that no name is left.
    ///
    /// ```
    /// use stancemap::people::Name;
    ///
    /// let name = Name::parse("Lt. Gen. (Ret.) T.S.Eliot");
    /// assert_eq!((name.surname.as_str(), name.given.len()), ("Eliot", 2));
    /// assert_eq!(Name::parse("Olsen, Maria").to_string(), "Maria Olsen");
    /// assert_eq!(Name::parse("President Xi Jinping's").surname, "Xi");
    /// ```
    pub fn parse(form: &str) -> Name {
        let mut name = Name::default();
        let clean = clean(form);
        let mut parts: Vec<&str> = clean
            .split(',')
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .collect();
        while parts.len() > 1 {
            let last = parts[parts.len() - 1];
            match lexicon::title(last).map(|title| title.place) {
                Some(TitlePlace::Suffix) => {
                    name.suffix = Some(last.trim_end_matches('.').to_owned())
                }
                Some(_) => name.titles.push(last.to_owned()),
                None if starts_lower(last)
                    && !is_particle(last.split(' ').next().unwrap_or_default()) => {}
                None => break,
            }
            parts.pop();
        }
        let mut swapped = false;
        let mut words: Vec<String> = Vec::new();
        if let [surname, given, ..] = parts.as_slice() {
            let mut given = split_words(given);
            let lead = count_titles(&given);
            let alone = given.len() == 1 && lexicon::title(&given[0]).is_some();
            if alone {
                words = split_words(surname);
            } else {
                swapped = true;
                name.titles.extend(given.drain(..lead));
                let mut family = split_words(surname);
                let lead = count_titles(&family);
                name.titles.extend(family.drain(..lead));
                name.set(given, family);
            }
        } else if let Some(only) = parts.first() {
            words = split_words(only);
        }
        if !swapped {
            let titles = count_titles(&words);
            name.titles.extend(words.drain(..titles));
            name.arrange(words);
        }
        name.east_asian |= name.reads_east_asian();
        name
    }

    /// Sets forenames and surname words that are known to be such.
    fn set(&mut self, given: Vec<String>, mut family: Vec<String>) {
        // "Gaulle, Charles de": the particle belongs to the surname.
        let mut given = given;
        while given.len() > 1
            && given
                .last()
                .is_some_and(|word| is_particle(word) && starts_lower(word))
        {
            if let Some(word) = given.pop() {
                family.insert(0, word);
            }
        }
        self.given = given.iter().map(|word| forename(word)).collect();
        let lead = family
            .iter()
            .take(family.len().saturating_sub(1))
            .take_while(|word| is_particle(word))
            .count();
        self.particles = family.drain(..lead).collect();
        self.surname = family.join(" ");
        self.split_prefix();
    }

    /// Decides which words are forenames and which the surname.
    fn arrange(&mut self, mut words: Vec<String>) {
        if words.len() > 1 {
            let last = words[words.len() - 1].clone();
            let shouts = last.len() > 1 && last.chars().all(|c| c.is_uppercase() || c == '.');
            let all_shout = words[0]
                .chars()
                .filter(|c| c.is_alphabetic())
                .all(char::is_uppercase)
                && words[0].len() > 2;
            match lexicon::title(&last).map(|title| title.place) {
                Some(TitlePlace::Suffix) if last.len() > 1 => {
                    self.suffix = Some(last.trim_end_matches('.').to_owned());
                    words.pop();
                }
                Some(TitlePlace::After) if shouts && !all_shout && last.len() > 2 => {
                    self.titles.push(last);
                    words.pop();
                }
                _ => {}
            }
        }
        let count = words.len();
        if count < 2 {
            self.surname = words.pop().unwrap_or_default();
            self.split_prefix();
            return;
        }
        // "Petrov A.I."
        let trailing = words
            .iter()
            .rev()
            .take_while(|word| is_initial(word))
            .count();
        if trailing > 0
            && trailing < count
            && !is_initial(&words[0])
            && words[count - 1].ends_with('.')
        {
            let given = words.split_off(count - trailing);
            self.set(given, words);
            return;
        }
        // "Petrov Aleksandr Ivanovich"
        if count == 3
            && is_patronymic(&words[2])
            && lexicon::is_given_name(&words[1])
            && !lexicon::is_given_name(&words[0])
        {
            let given = words.split_off(1);
            self.set(given, words);
            return;
        }
        if self.arrange_east(&words) {
            return;
        }
        // The surname begins with the first particle, or with the word before "y".
        let first = words
            .iter()
            .enumerate()
            .take(count - 1)
            .find(|(at, word)| {
                is_particle(word)
                    && !is_initial(word)
                    && (starts_lower(word)
                        || *at == 0
                            && count == 2
                            && CAPITAL_PARTICLES.contains(&lower(word).as_str())
                        || *at > 0
                            && !["i", "e", "y", "do", "ten", "ben"].contains(&lower(word).as_str()))
            })
            .map(|(at, word)| match lower(word).as_str() {
                "y" | "e" | "i" => at.saturating_sub(1),
                _ => at,
            });
        let prefixed = words
            .iter()
            .skip(1)
            .position(|word| article(word).is_some())
            .map(|at| at + 1);
        let cut = match (first, prefixed) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => count - 1,
        };
        let family = words.split_off(cut);
        self.set(words, family);
    }

    /// "Kim Tae-hyun", "Xi Jinping", "Park Chung Hee", "Tae-hyun Kim".
    fn arrange_east(&mut self, words: &[String]) -> bool {
        let plain = words.iter().all(|word| !is_initial(word));
        if !plain || words.len() > 4 {
            return false;
        }
        let joined = |words: &[String]| vec![Forename::Full(words.join("-"))];
        let given = &words[1..];
        let family_first = is_family(&words[0])
            && match given {
                [only] => {
                    is_east_given(only)
                        && !is_other_given(only)
                        // "Wei-lin Li" and "Jinping Xi" are given name first.
                        && !(is_family(only) && words[0].contains('-'))
                }
                _ => {
                    given.iter().all(|word| {
                        !is_other_given(word) && is_one_syllable(word) && !is_particle(word)
                            || lower(&words[0]) == "nguyen" && !starts_lower(word)
                    }) && given.iter().any(|word| is_syllables(word, true))
                }
            };
        if family_first {
            self.surname = words[0].clone();
            self.given = joined(given);
            self.family_first = true;
            self.east_asian = true;
            return true;
        }
        let (family, given) = (&words[words.len() - 1], &words[..words.len() - 1]);
        let given_first = is_family(family)
            && given
                .iter()
                .all(|word| is_east_given(word) && !is_other_given(word))
            && (given.len() > 1 || !is_family(&given[0]) && !is_one_syllable(&given[0]));
        if given_first {
            self.surname = family.clone();
            self.given = joined(given);
            self.east_asian = true;
        }
        given_first
    }

    /// "al-Assad" is the particle "al" and the surname "Assad".
    fn split_prefix(&mut self) {
        if let Some((prefix, rest)) = article(&self.surname) {
            self.particles.push(prefix);
            self.surname = rest;
        }
    }

    fn reads_east_asian(&self) -> bool {
        is_family(&self.surname)
            && self.given.iter().all(|given| match given {
                Forename::Full(word) => is_east_given(word) && !is_other_given(word),
                Forename::Initial(_) => true,
            })
    }

    /// A surname alone, or a single name.
    pub fn is_single(&self) -> bool {
        self.given.is_empty()
    }

    /// At least one forename is written out.
    pub fn has_full_given(&self) -> bool {
        self.given
            .iter()
            .any(|given| matches!(given, Forename::Full(_)))
    }

    /// How much of the name is there: forenames written out count more than initials.
    pub fn fullness(&self) -> usize {
        let given = |given: &Forename| match given {
            Forename::Full(_) => 3,
            Forename::Initial(_) => 1,
        };
        self.given.iter().map(given).sum()
    }

    /// The words of the name in the order of reading, without titles and suffix.
    pub(super) fn words(&self) -> Vec<String> {
        let given = self.given.iter().map(|given| match given {
            Forename::Full(word) | Forename::Initial(word) => word.clone(),
        });
        let family = self.surname.split(' ').map(str::to_owned);
        given
            .chain(family)
            .filter(|word| !word.is_empty())
            .collect()
    }

    /// All keys of the surname's words joined.
    pub(super) fn surname_keys(&self) -> Vec<String> {
        fold::keys(&self.surname)
    }
}

/// As it is shown: titles dropped, initials with full stops, the order as written.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut given = String::new();
        for part in &self.given {
            match part {
                Forename::Full(word) => {
                    if !given.is_empty() {
                        given.push(' ');
                    }
                    given.push_str(word);
                }
                Forename::Initial(letter) => {
                    if !given.is_empty() && !given.ends_with('.') {
                        given.push(' ');
                    }
                    given.push_str(letter);
                    given.push('.');
                }
            }
        }
        let mut family = self.particles.join(" ");
        if !family.is_empty() {
            let glued = PREFIXES.contains(&lower(&family).as_str());
            family.push(if glued { '-' } else { ' ' });
        }
        family.push_str(&self.surname);
        let (first, second) = match self.family_first {
            true => (family, given),
            false => (given, family),
        };
        let space = if first.is_empty() || second.is_empty() {
            ""
        } else {
            " "
        };
        write!(f, "{first}{space}{second}")?;
        match &self.suffix {
            Some(suffix) => write!(f, " {suffix}"),
            None => Ok(()),
        }
    }
}

/// One space between words, plain apostrophes, no brackets, no possessive, Latin letters.
fn clean(form: &str) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    for letter in form.chars() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '\u{2019}' | '\u{2018}' | '`' | '\u{02bc}' | '\u{02bb}' => text.push('\''),
            '\u{2010}' | '\u{2011}' | '\u{2013}' => text.push('-'),
            '"' | '\u{201c}' | '\u{201d}' | '\u{00ab}' | '\u{00bb}' => text.push(' '),
            _ => text.push(letter),
        }
    }
    if text.chars().any(|c| c.is_alphabetic() && !is_latin(c)) {
        text = romanise(&text);
    }
    let text = text
        .trim()
        .trim_end_matches([';', ':', '!', '?', '*', '\'']);
    text.strip_suffix("'s")
        .or_else(|| text.strip_suffix("'S"))
        .unwrap_or(text)
        .trim_end_matches(',')
        .to_owned()
}

/// Words, with glued initials taken apart: "T.S.Eliot", "J.-P.", "VS".
fn split_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for chunk in text.split_whitespace() {
        let mut word = String::new();
        let mut letters = chunk.chars().peekable();
        while let Some(letter) = letters.next() {
            word.push(letter);
            if letter == '.'
                && letters
                    .peek()
                    .is_some_and(|next| next.is_alphabetic() || *next == '-')
            {
                words.push(std::mem::take(&mut word));
                if letters.peek() == Some(&'-') {
                    letters.next();
                }
            }
        }
        if word.chars().any(char::is_alphanumeric) {
            words.push(word);
        }
    }
    let mixed = words
        .iter()
        .any(|word| word.chars().any(char::is_lowercase));
    let last = words.len().saturating_sub(1);
    let mut apart = Vec::new();
    for (at, word) in words.into_iter().enumerate() {
        // "VS Myasnikov": two capitals before a surname that has small letters too.
        if mixed && at < last && word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase()) {
            apart.extend(word.chars().map(|c| c.to_string()));
        } else {
            apart.push(word);
        }
    }
    apart
}

/// How many words at the beginning are titles or belong to them: demonyms, "former", "the".
fn count_titles(words: &[String]) -> usize {
    let refs: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut at = 0;
    loop {
        let rest = &refs[at..];
        if rest.len() < 2 {
            return at;
        }
        let titles = lexicon::title_prefix(rest).min(rest.len() - 1);
        if titles > 0 && !(titles == 1 && is_initial(rest[0]) && lexicon::title(rest[0]).is_none())
        {
            at += titles;
        } else if starts_lower(rest[0]) && !is_particle(rest[0]) && article(rest[0]).is_none()
            || rest[0] == "The"
        {
            at += 1;
        } else if let Some(before) = (1..rest.len() - 1).take(3).find(|&n| {
            let owner = rest[n - 1].trim_end_matches("'s");
            (lexicon::is_demonym(rest[n - 1]) || rest[n - 1] != owner || lexicon::is_place(owner))
                && lexicon::title_prefix(&rest[n..]) > 0
        }) {
            at += before;
        } else {
            return at;
        }
    }
}

fn is_initial(word: &str) -> bool {
    let bare = word.trim_end_matches('.');
    let count = bare.chars().count();
    let capital = bare.chars().next().is_some_and(char::is_uppercase);
    capital
        && (count == 1
            || word.ends_with('.')
                && (count == 2 || LONG_INITIALS.contains(&lower(bare).as_str()) && count <= 4)
                && lexicon::title(word).is_none())
}

fn forename(word: &str) -> Forename {
    match is_initial(word) {
        true => Forename::Initial(word.trim_end_matches('.').to_owned()),
        false => Forename::Full(word.trim_end_matches('.').to_owned()),
    }
}

fn is_patronymic(word: &str) -> bool {
    let word = lower(word);
    [
        "ovich", "evich", "ovna", "evna", "ichna", "yich", "ovych", "ivna", "ovic", "evic",
    ]
    .iter()
    .any(|end| word.ends_with(end))
}

/// "al-Assad" → ("al", "Assad"). The article is written small, or is Al or El.
fn article(word: &str) -> Option<(String, String)> {
    let (prefix, rest) = word.split_once('-')?;
    let small = lower(prefix);
    let known = PREFIXES.contains(&small.as_str())
        && (starts_lower(prefix) || small == "al" || small == "el");
    (known && rest.len() > 1).then(|| (prefix.to_owned(), rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(form: &str) -> (String, String, String) {
        let name = Name::parse(form);
        let given: Vec<String> = name
            .given
            .iter()
            .map(|part| match part {
                Forename::Full(word) => word.clone(),
                Forename::Initial(letter) => format!("{letter}."),
            })
            .collect();
        (given.join(" "), name.particles.join(" "), name.surname)
    }

    #[test]
    fn names_are_taken_apart() {
        for (form, given, particles, surname) in [
            ("K.E.Sorokin", "K. E.", "", "Sorokin"),
            ("K. E. Sorokin", "K. E.", "", "Sorokin"),
            ("Yu.V. Tarasov", "Yu. V.", "", "Tarasov"),
            ("VS Tarasov", "V. S.", "", "Tarasov"),
            ("Tarasov V.S.", "V. S.", "", "Tarasov"),
            ("Tarasov, Viktor", "Viktor", "", "Tarasov"),
            ("Tarasov, Gen. Viktor", "Viktor", "", "Tarasov"),
            (
                "Tarasov Viktor Sergeevich",
                "Viktor Sergeevich",
                "",
                "Tarasov",
            ),
            (
                "Lieutenant General (Ret.) Viktor Tarasov\u{2019}s",
                "Viktor",
                "",
                "Tarasov",
            ),
            (
                "former Russian Foreign Minister Andrei Kozyrev",
                "Andrei",
                "",
                "Kozyrev",
            ),
            ("Russia's President Vladimir Putin", "Vladimir", "", "Putin"),
            ("Mr. Tarasov", "", "", "Tarasov"),
            ("M. Gorbachev", "M.", "", "Gorbachev"),
            ("Dean Acheson", "Dean", "", "Acheson"),
            ("John F. Kennedy, Jr.", "John F.", "", "Kennedy"),
            ("Kim Tae-hyun", "Tae-hyun", "", "Kim"),
            ("Tae-hyun Kim", "Tae-hyun", "", "Kim"),
            ("Park Chung Hee", "Chung-Hee", "", "Park"),
            ("Xi Jinping", "Jinping", "", "Xi"),
            ("Jinping Xi", "Jinping", "", "Xi"),
            ("Hsu Cheng-lin", "Cheng-lin", "", "Hsu"),
            ("Henry Wang", "Henry", "", "Wang"),
            ("Kim Philby", "Kim", "", "Philby"),
            ("Bashar al-Assad", "Bashar", "al", "Assad"),
            ("Osama bin Laden", "Osama", "bin", "Laden"),
            ("Charles de Gaulle", "Charles", "de", "Gaulle"),
            ("De Gaulle", "", "De", "Gaulle"),
            ("Al Gore", "Al", "", "Gore"),
            ("Ludwig van der Berg", "Ludwig", "van der", "Berg"),
            ("José Ortega y Gasset", "José", "", "Ortega y Gasset"),
            ("习近平", "Jinping", "", "Xi"),
            ("Major", "", "", "Major"),
            ("", "", "", ""),
        ] {
            let expected = (given.to_owned(), particles.to_owned(), surname.to_owned());
            assert_eq!(parts(form), expected, "{form}");
        }
    }

    #[test]
    fn the_display_form_has_no_title() {
        for (form, shown) in [
            ("Dr. K.E.Sorokin", "K.E. Sorokin"),
            ("Sorokin, Kirill E.", "Kirill E. Sorokin"),
            ("President Jiang Zemin", "Jiang Zemin"),
            ("Bashar al-Assad", "Bashar al-Assad"),
            ("Charles de Gaulle", "Charles de Gaulle"),
            ("John F. Kennedy, Jr.", "John F. Kennedy Jr"),
        ] {
            assert_eq!(Name::parse(form).to_string(), shown);
        }
    }
}
