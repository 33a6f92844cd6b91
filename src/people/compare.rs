//! Compares two names: can they be one person's, how likely, and by which rule.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::east_asian::is_pinyin_family;
use super::fold;
use super::name::{Forename, Name};
use crate::lexicon;

/// How well two forms fit one person, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct PairScore {
    /// 0 to 1; from 0.5 on the two can be one person.
    pub score: f64,
    /// The names of the rules that spoke for or against.
    pub evidence: Vec<&'static str>,
}

/// A line of the table of given names, and the tradition within it.
type Root = (usize, usize);

struct GivenTable {
    by_key: HashMap<String, Vec<Root>>,
    forms: HashMap<Root, Vec<&'static str>>,
}

static GIVEN: LazyLock<GivenTable> = LazyLock::new(|| {
    let mut by_key: HashMap<String, Vec<Root>> = HashMap::new();
    let mut forms: HashMap<Root, Vec<&'static str>> = HashMap::new();
    for (line, text) in lexicon::entries(include_str!("given_variants.txt")).enumerate() {
        for (tradition, group) in text.split('~').enumerate() {
            let root = (line, tradition);
            for form in group.split_whitespace() {
                forms.entry(root).or_default().push(form);
                for key in fold::keys(form) {
                    let roots = by_key.entry(key).or_default();
                    if !roots.contains(&root) {
                        roots.push(root);
                    }
                }
            }
        }
    }
    GivenTable { by_key, forms }
});

/// A forename with all that comparing it needs.
#[derive(Debug, Clone)]
struct Given {
    initial: bool,
    raw: String,
    keys: Vec<String>,
    roots: Vec<Root>,
    east: String,
    hyphen: bool,
}

impl Given {
    fn new(forename: &Forename) -> Self {
        let (word, initial) = match forename {
            Forename::Full(word) => (word, false),
            Forename::Initial(word) => (word, true),
        };
        let keys = fold::keys(word);
        let mut roots: Vec<Root> = Vec::new();
        for key in keys.iter().filter(|_| !initial) {
            roots.extend(GIVEN.by_key.get(key).into_iter().flatten());
        }
        roots.sort_unstable();
        roots.dedup();
        Given {
            initial,
            raw: plain(word),
            roots,
            east: fold::east_key(word),
            hyphen: word.contains('-'),
            keys,
        }
    }

    /// Whether the letters of an initial can begin this name, in any spelling of its tradition.
    fn begins_with(&self, initial: &Given) -> bool {
        self.raw.starts_with(&initial.raw)
            || initial
                .keys
                .iter()
                .any(|start| self.keys.iter().any(|key| key.starts_with(start.as_str())))
            || self
                .roots
                .iter()
                .filter_map(|root| GIVEN.forms.get(root))
                .flatten()
                .any(|form| form.starts_with(&initial.raw))
    }
}

fn plain(word: &str) -> String {
    lexicon::key(word)
        .chars()
        .filter(char::is_ascii_lowercase)
        .collect()
}

/// A name with its keys, ready to be compared many times.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub name: Name,
    given: Vec<Given>,
    family_raw: String,
    family: Vec<String>,
    east_family: Vec<String>,
    /// First keys of all words in order: for forms that are a stretch of a longer one.
    pub words: Vec<String>,
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    pub score: f64,
    pub rule: &'static str,
}

impl Reading {
    pub fn new(form: &str) -> Self {
        let name = Name::parse(form);
        let first = |word: &String| fold::keys(word).into_iter().next().unwrap_or_default();
        let initials = name
            .given
            .iter()
            .any(|given| matches!(given, Forename::Initial(_)));
        Reading {
            given: name.given.iter().map(Given::new).collect(),
            family_raw: plain(&name.surname),
            family: name.surname_keys(),
            east_family: if name.east_asian {
                fold::east_family_keys(&name.surname)
            } else {
                Vec::new()
            },
            words: if initials {
                Vec::new()
            } else {
                name.words().iter().map(first).collect()
            },
            name,
        }
    }

    /// Keys under which this surname is found when it stands alone: whole, and word by word where
    /// it has several.
    pub fn surname_lookups(&self) -> Vec<String> {
        let mut lookups = self.family.clone();
        lookups.extend(self.east_family.iter().map(|key| format!("east {key}")));
        for word in self.name.surname.split([' ', '-']) {
            if word.chars().count() > 2 {
                lookups.extend(fold::keys(word));
            }
        }
        lookups.sort_unstable();
        lookups.dedup();
        lookups
    }

    /// The whole surname's keys.
    pub fn surname_keys(&self) -> &[String] {
        &self.family
    }

    /// As [`Reading::surname_lookups`], for the given name of an East Asian.
    pub fn east_given(&self) -> Option<&str> {
        match (self.name.east_asian, self.given.as_slice()) {
            (true, [given]) if !given.initial => Some(&given.raw),
            _ => None,
        }
    }

    pub fn raw_surname(&self) -> &str {
        &self.family_raw
    }

    /// Names that can be one person's share at least one of these. The frame of the surname's
    /// consonants, from the left and from the right, with the class of the given name's first
    /// sound.
    pub fn blocks(&self) -> Vec<String> {
        let mut frames: Vec<String> = Vec::new();
        for key in &self.family {
            let frame = fold::skeleton(key);
            let head: String = frame.chars().take(3).collect();
            let tail: String = frame.chars().rev().take(3).collect();
            frames.push(format!("<{head}"));
            frames.push(format!(">{tail}"));
        }
        frames.extend(self.east_family.iter().map(|key| format!("east {key}")));
        let mut classes: Vec<char> = Vec::new();
        for given in self.given.iter().take(2) {
            classes.extend(
                given
                    .keys
                    .iter()
                    .map(|key| char::from(fold::first_class(key))),
            );
            classes.push(char::from(fold::first_class(&given.raw)));
            classes.extend(given.east.chars().next().map(|c| c.to_ascii_lowercase()));
            for root in &given.roots {
                // One block for all forms of the root, whatever they begin with.
                frames.extend(self.family.first().map(|key| format!("{key}#{}", root.0)));
            }
            if !given.initial {
                let forms = given.roots.iter().filter_map(|root| GIVEN.forms.get(root));
                classes.extend(
                    forms
                        .flatten()
                        .map(|form| char::from(fold::first_class(form))),
                );
            }
        }
        classes.sort_unstable();
        classes.dedup();
        let mut blocks: Vec<String> = Vec::new();
        for frame in frames {
            match frame.contains('#') {
                true => blocks.push(frame),
                false => blocks.extend(classes.iter().map(|class| format!("{frame} {class}"))),
            }
        }
        if self.words.len() == 2 {
            let mut words = self.words.clone();
            words.sort_unstable();
            blocks.push(format!("both {}", words.join(" ")));
        }
        blocks.sort_unstable();
        blocks.dedup();
        blocks
    }
}

/// Whether one surname is the feminine of the other: "Petrov" and "Petrova".
fn feminine(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let adjective = |x: &str, y: &str| {
        x.strip_suffix("ski")
            .is_some_and(|stem| y.strip_suffix("ska") == Some(stem))
    };
    long.strip_suffix('a') == Some(short) && (short.ends_with('v') || short.ends_with("in"))
        || adjective(a, b)
        || adjective(b, a)
}

/// Score of two surnames and what they cost in edits; `None` where they are two names.
fn surnames(a: &Reading, b: &Reading) -> Option<(f64, f64, &'static str)> {
    if a.family_raw.is_empty() || b.family_raw.is_empty() {
        return None;
    }
    if a.family_raw == b.family_raw {
        return Some((1.0, 0.0, "same-name"));
    }
    if a.name.east_asian && b.name.east_asian {
        let both_pinyin = is_pinyin_family(&a.name.surname) && is_pinyin_family(&b.name.surname);
        let spelt_apart = a.given.iter().chain(&b.given).any(|given| given.hyphen);
        let shared = a.east_family.iter().any(|key| b.east_family.contains(key));
        return (shared && (spelt_apart || !both_pinyin)).then_some((0.95, 0.0, "romanisation"));
    }
    let pairs = || {
        a.family
            .iter()
            .flat_map(|x| b.family.iter().map(move |y| (x, y)))
    };
    if pairs().any(|(x, y)| feminine(x, y)) {
        return None;
    }
    if pairs().any(|(x, y)| x == y) {
        return Some((0.98, 0.0, "romanisation"));
    }
    let nearest = pairs()
        .filter_map(|(x, y)| fold::distance(x, y))
        .min_by(f64::total_cmp);
    nearest.map(|cost| (0.96 - 0.12 * cost, cost, "near-spelling"))
}

/// Score of two forenames; `None` where they contradict each other.
fn forename_pair(a: &Given, b: &Given, east: bool) -> Option<(f64, &'static str)> {
    match (a.initial, b.initial) {
        (true, true) => {
            let near = |x: &str, y: &str| x.starts_with(y) || y.starts_with(x);
            let swap = [("e", "y"), ("j", "y"), ("i", "y"), ("k", "q")];
            if a.raw == b.raw || a.keys.iter().any(|key| b.keys.contains(key)) {
                Some((0.8, "initials"))
            } else if near(&a.raw, &b.raw)
                || swap
                    .iter()
                    .any(|&(x, y)| (a.raw == x && b.raw == y) || (a.raw == y && b.raw == x))
            {
                Some((0.7, "initials"))
            } else {
                None
            }
        }
        (true, false) => b.begins_with(a).then_some((0.8, "initials")),
        (false, true) => a.begins_with(b).then_some((0.8, "initials")),
        (false, false) => full_forenames(a, b, east),
    }
}

fn full_forenames(a: &Given, b: &Given, east: bool) -> Option<(f64, &'static str)> {
    if a.raw == b.raw {
        return Some((1.0, "same-name"));
    }
    if east {
        let spelt_apart = a.hyphen || b.hyphen;
        return (a.east == b.east && spelt_apart).then_some((0.97, "romanisation"));
    }
    if a.keys.iter().any(|key| b.keys.contains(key)) {
        return Some((0.98, "romanisation"));
    }
    if a.roots.iter().any(|root| b.roots.contains(root)) {
        return Some((0.95, "given-name-variant"));
    }
    if a.roots.iter().any(|x| b.roots.iter().any(|y| x.0 == y.0)) {
        return Some((0.75, "given-name-across-languages"));
    }
    // Two names that are both well known are two names, unless a table says otherwise.
    let known = lexicon::is_given_name(&a.raw) && lexicon::is_given_name(&b.raw);
    let near = a
        .keys
        .iter()
        .flat_map(|x| b.keys.iter().map(move |y| (x, y)))
        .filter(|(x, y)| x.ends_with('a') == y.ends_with('a'))
        .filter_map(|(x, y)| fold::distance(x, y).map(|cost| (cost, x.len().min(y.len()))))
        .any(|(cost, length)| match known {
            true => cost <= 0.5 && length >= 6,
            false => cost <= 0.5 || cost <= 1.0 && length >= 7,
        });
    near.then_some((0.88, "near-spelling"))
}

fn forenames(a: &Reading, b: &Reading) -> Option<(f64, &'static str)> {
    let east = a.name.east_asian && b.name.east_asian;
    let (x, y) = (a.given.as_slice(), b.given.as_slice());
    let (first, second) = (x.first()?, y.first()?);
    let Some((mut score, rule)) = forename_pair(first, second, east) else {
        // "J. William Fulbright" and "William Fulbright".
        let skips = |long: &[Given], short: &Given| {
            long[0].initial
                && !short.initial
                && long.get(1).is_some_and(|next| {
                    !next.initial
                        && forename_pair(next, short, east).is_some_and(|(score, _)| score > 0.9)
                })
        };
        return (skips(x, second) && y.len() == 1 || skips(y, first) && x.len() == 1)
            .then_some((0.85, "leading-initial-dropped"));
    };
    if !east {
        for (middle, other) in x.iter().zip(y).skip(1) {
            let (more, _) = forename_pair(middle, other, east)?;
            // A second name that agrees makes up for the doubt that an initial leaves.
            score = score.max((score + more.max(0.9)) / 2.0);
        }
    }
    Some((score, rule))
}

/// Compares two names that both have forenames. `None` where they cannot be one person's.
pub(super) fn full(a: &Reading, b: &Reading) -> Option<Verdict> {
    if let (Some(x), Some(y)) = (&a.name.suffix, &b.name.suffix)
        && plain(x) != plain(y)
    {
        return None;
    }
    let Some((family, cost, family_rule)) = surnames(a, b) else {
        return swapped(a, b);
    };
    let Some((given, given_rule)) = forenames(a, b) else {
        return swapped(a, b);
    };
    // A doubtful surname needs a sure forename, and the other way round.
    if cost > 0.5 && given < 0.9 || given < 0.78 && family < 0.95 {
        return None;
    }
    let rule = if given_rule == "same-name" || (cost > 0.0 && given >= 0.9) {
        family_rule
    } else {
        given_rule
    };
    Some(Verdict {
        score: family * given,
        rule,
    })
}

/// "Abe Shinzo" and "Shinzo Abe": both words, in the other order.
fn swapped(a: &Reading, b: &Reading) -> Option<Verdict> {
    let ([x, y], [v, w]) = (a.words.as_slice(), b.words.as_slice()) else {
        return None;
    };
    (x == w && y == v && x != y).then_some(Verdict {
        score: 0.9,
        rule: "order-swapped",
    })
}

/// Compares the surnames of two names, one or both without forenames.
pub(super) fn surname_only(a: &Reading, b: &Reading) -> Option<Verdict> {
    surnames(a, b).map(|(score, _, _)| Verdict {
        score,
        rule: "surname-alone",
    })
}

/// How well two forms fit one person, without any text around them: 0.5 and more for forms that
/// can be one person's, less for those that contradict each other.
///
/// ```
/// use stancemap::people::score;
///
/// assert!(score("V. Zelensky", "Volodymyr Zelenskyy").score > 0.5);
/// assert!(score("Andrei K. Ivanov", "Andrei D. Ivanov").score < 0.5);
/// ```
pub fn score(a: &str, b: &str) -> PairScore {
    let (x, y) = (Reading::new(a), Reading::new(b));
    let found = |score: f64, rule: &'static str| PairScore {
        score: score.clamp(0.0, 1.0),
        evidence: vec![rule],
    };
    if x.family_raw.is_empty() || y.family_raw.is_empty() {
        return found(0.0, "no-name");
    }
    let verdict = match (x.name.is_single(), y.name.is_single()) {
        (false, false) => full(&x, &y).map(|v| (0.5 + 0.5 * v.score, v.rule)),
        (true, true) => surname_only(&x, &y).map(|v| match v.score {
            1.0 => (1.0, "same-name"),
            near => (0.5 + 0.4 * near, v.rule),
        }),
        _ => surname_only(&x, &y).map(|v| (0.5 + 0.25 * v.score, v.rule)),
    };
    match verdict {
        Some((score, rule)) => found(score, rule),
        None => {
            let joined = |reading: &Reading| reading.name.to_string().to_lowercase();
            let alike = rapidfuzz::distance::jaro_winkler::normalized_similarity(
                joined(&x).chars(),
                joined(&y).chars(),
            );
            found(0.45 * alike, "names-contradict")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_person_score_high_and_two_persons_low() {
        for (a, b) in [
            ("Muammar Gaddafi", "Moammar al-Qadhafi"),
            ("Muammar Gaddafi", "Mu'ammar Qaddafi"),
            ("Yevgeny Yevtushenko", "Evgenii Evtushenko"),
            ("Y. Yevtushenko", "Evgeny Yevtushenko"),
            ("Volodymyr Zelensky", "Володимир Зеленський"),
            ("Volodymyr Zelensky", "Vladimir Zelenskii"),
            ("Yusuf al-Qaradawi", "Youssef al-Karadawi"),
            ("Mao Tse-tung", "Mao Zedong"),
            ("Chou En-lai", "Zhou Enlai"),
            ("Chiang Ching-kuo", "Jiang Jing-guo"),
            ("Rhee Dong-jin", "Lee Dong-jin"),
            ("Kim Tae-hyun", "Tae-hyun Kim"),
            ("Abe Shinzo", "Shinzo Abe"),
            ("William Fulbright", "J. William Fulbright"),
            ("Bill Clinton", "William J. Clinton"),
            ("K.E. Sorokin", "Sorokin, Kirill"),
            ("Sorokin", "Gen. Kirill Sorokin"),
            ("Gerhard Schröder", "Gerhard Schroeder"),
            ("Recep Tayyip Erdoğan", "Recep Tayyip Erdogan"),
            ("Mikhail Khodorkovsky", "Mikhail Hodorkovskij"),
            ("Viktor Rogozhin", "Viktor Ragozhin"),
        ] {
            let found = score(a, b);
            assert!(found.score >= 0.5, "{a} / {b}: {found:?}");
            assert_eq!(found, score(b, a), "{a} / {b} is not symmetric");
        }
        for (a, b) in [
            ("Andrei Yakovlev", "Andrei Kovalev"),
            ("Andrei K. Ivanov", "Andrei D. Ivanov"),
            ("George W. Bush", "George H.W. Bush"),
            ("Anna Petrova", "A. Petrov"),
            ("Kim Jong-il", "Kim Jong-un"),
            ("Deng Bo", "Teng Bo"),
            ("Maria Lopez", "Mario Lopez"),
            ("Ivan Karpov", "Ivan Karlov"),
            ("Sergei Ivanov", "Viktor Ivanov"),
            ("John Smith", "Jane Smith"),
            ("Bill Clinton", "Hillary Clinton"),
            ("Henry Wang", "Wang Yi"),
            ("Sidorov", "Fedorov"),
            ("", "Ivanov"),
        ] {
            let found = score(a, b);
            assert!(found.score < 0.5, "{a} / {b}: {found:?}");
        }
    }
}
