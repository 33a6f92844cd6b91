//! Where persons are named in a text.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::tokens::{Token, without_possessive};
use crate::lexicon;
use crate::text::{Clean, Span};

/// A person's name in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameSpan {
    /// Indices into the tokens: titles and nationality not included.
    pub tokens: std::ops::Range<usize>,
    /// With titles before the name.
    pub with_titles: std::ops::Range<usize>,
    pub span: Span<Clean>,
    /// The name alone, a possessive ending dropped.
    pub name: String,
}

/// What a document knows about names before its sentences are looked at.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    /// Any two unknown capitalised words may be a name: right for a citation's authors, too free for
    /// running text.
    lenient: bool,
    /// Names without a known part that the text has shown to be persons.
    shown: HashSet<String>,
    /// Names that a model takes for persons'.
    tagged: HashSet<String>,
    /// Capitalised words that stand behind "in", "at", "near": places.
    located: HashSet<String>,
    /// Words that the document also writes with a small letter: they are no names.
    common: HashSet<String>,
    /// Single words that are a part of some full name of the document, to that name.
    parts: BTreeMap<String, Vec<String>>,
}

impl NameIndex {
    /// An index over all texts of a document.
    pub fn of<'a>(texts: impl Iterator<Item = &'a str>) -> NameIndex {
        let mut common = HashSet::new();
        let mut located = HashSet::new();
        for text in texts {
            for found in LOCATED.captures_iter(text) {
                // "In Hwang’s judgment" is no place.
                let words = found["place"].split_whitespace();
                located.extend(words.filter(|w| without_possessive(w) == *w).map(fold));
            }
            for word in text.split(|c: char| !(c.is_alphanumeric() || c == '-')) {
                // "al-Haddadi" is a name, however it begins.
                let prefixed = word
                    .split_once('-')
                    .is_some_and(|(_, rest)| rest.starts_with(char::is_uppercase));
                if !prefixed
                    && word.chars().next().is_some_and(char::is_lowercase)
                    && word.chars().count() > 2
                {
                    common.insert(word.to_lowercase());
                }
            }
        }
        NameIndex {
            located,
            common,
            lenient: true,
            shown: HashSet::new(),
            tagged: HashSet::new(),
            parts: BTreeMap::new(),
        }
    }

    /// Learns the parts of a full name, so that the surname alone is seen as a name too.
    pub fn learn(&mut self, name: &str) {
        let words: Vec<&str> = name.split_whitespace().collect();
        if words.len() < 2 {
            return;
        }
        for (i, word) in words.iter().enumerate() {
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            // "Noh Ji-hye": the family name stands first, whatever lists it also stands in.
            let given_first = i == 0
                && lexicon::is_given_name(word)
                && !crate::people::Name::parse(name).family_first
                && !words[1..].iter().any(|w| is_eastern_given(w));
            if letters < 2 || word.contains('.') || given_first || is_name_particle(word) {
                continue;
            }
            let full = self.parts.entry(fold(word)).or_default();
            if !full.iter().any(|n| n == name) {
                full.push(name.to_owned());
            }
        }
        // "al-Haddadi", "van den Berg": the surname with its particle.
        if words.len() > 2 && is_name_particle(words[words.len() - 2]) {
            self.parts
                .entry(fold(&words[words.len() - 2..].join(" ")))
                .or_default()
                .push(name.to_owned());
        }
    }

    /// Takes a name for a person's on a model's word, whatever the rules say of it, unless none of
    /// it is written as a name.
    pub fn tag(&mut self, name: &str) {
        let words: Vec<&str> = name
            .split_whitespace()
            .map(|word| {
                without_possessive(word).trim_matches(|c: char| !c.is_alphanumeric() && c != '.')
            })
            .filter(|word| !word.is_empty())
            .collect();
        if words.iter().any(|w| w.starts_with(char::is_uppercase)) {
            let name = words.join(" ");
            self.learn(&name);
            self.tagged.insert(name);
        }
    }

    /// The longest stretch of the words that is a tagged name.
    fn tagged_in(&self, words: &[&str]) -> Option<std::ops::Range<usize>> {
        if self.tagged.is_empty() {
            return None;
        }
        let stretches = (0..words.len()).flat_map(|i| (i + 1..=words.len()).map(move |j| i..j));
        stretches
            .filter(|s| self.tagged.contains(&words[s.clone()].join(" ")))
            .max_by_key(|s| (s.len(), std::cmp::Reverse(s.start)))
    }

    /// The full names that a single word can stand for.
    pub fn full(&self, part: &str) -> &[String] {
        self.parts.get(&fold(part)).map_or(&[], Vec::as_slice)
    }

    /// From now on an unknown name needs a sign that it is a person's.
    pub fn strict(&mut self) {
        self.lenient = false;
    }

    /// Learns which unknown names of a sentence stand as persons do: beside a cue, a title or a role,
    /// or before an apposition.
    pub fn learn_shown(&mut self, tokens: &[Token]) {
        let lenient = NameIndex {
            lenient: true,
            ..self.clone()
        };
        for name in find(tokens, &lenient) {
            if self.shown.contains(&name.name) || !name.name.contains(' ') {
                continue;
            }
            let before = name.with_titles.start.checked_sub(1).map(|i| &tokens[i]);
            let after = tokens.get(name.tokens.end);
            let behind = tokens.get(name.tokens.end + 1);
            let article =
                before.is_some_and(|t| t.is(&["the", "a", "an", "this", "that", "its", "their"]));
            let cue =
                after.is_some_and(|t| !t.is_capital() && lexicon::cue_verb(&t.text).is_some());
            let apposition = after.is_some_and(|t| t.text == ",")
                && behind.is_some_and(|t| {
                    t.is(&["a", "an", "the", "who", "then", "former", "now", "whose"])
                        || lexicon::role(&t.text).is_some()
                });
            let office = name.with_titles.start < name.tokens.start
                || before.is_some_and(|t| {
                    lexicon::role(t.stem()).is_some()
                        || lexicon::cue_verb(&t.text).is_some()
                        || t.is(&["by"])
                });
            if !article
                && (cue
                    || apposition
                    || office
                    || name.name.split_whitespace().any(is_eastern_given))
            {
                self.shown.insert(name.name.clone());
            }
        }
    }

    /// Whether a long word is a known surname with a slip of the pen in it.
    fn nearly(&self, word: &str) -> bool {
        let folded = fold(word);
        folded.chars().count() >= 8
            && !self.is_common(word)
            && !lexicon::is_place(word)
            && !lexicon::is_demonym(word)
            && self.parts.keys().any(|part| {
                part.chars().count() >= 8
                    && part.chars().next() == folded.chars().next()
                    && rapidfuzz::distance::levenshtein::distance(part.chars(), folded.chars()) == 1
            })
    }

    fn is_located(&self, word: &str) -> bool {
        self.located.contains(&fold(word))
    }

    fn is_common(&self, word: &str) -> bool {
        self.common.contains(&word.to_lowercase())
    }
}

fn fold(word: &str) -> String {
    any_ascii::any_ascii(without_possessive(word)).to_lowercase()
}

/// Whether a word joins the parts of a name: "de", "van", "al", "bin".
pub fn is_name_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "da"
            | "do"
            | "dos"
            | "del"
            | "della"
            | "di"
            | "du"
            | "la"
            | "le"
            | "van"
            | "von"
            | "der"
            | "den"
            | "ten"
            | "ter"
            | "zu"
            | "al"
            | "el"
            | "bin"
            | "ibn"
            | "bint"
            | "ben"
            | "abu"
            | "al-"
            | "ul"
            | "y"
    )
}

static LOCATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:in|In|at|At|near|off|into|through|via|across|outside|inside|around)\s+(?P<place>\p{Lu}[\p{L}’'-]+(?:\s\p{Lu}[\p{L}’'-]+)?)").expect("a valid pattern")
});

/// Words that begin a sentence and are taken for a part of a name there.
const OPENERS: [&str; 30] = [
    "the", "in", "on", "at", "as", "to", "for", "by", "with", "from", "when", "while", "but",
    "and", "after", "before", "since", "although", "though", "if", "even", "both", "like",
    "unlike", "that", "this", "these", "against", "under", "only",
];

/// The names among the tokens of one sentence, in order.
pub fn find(tokens: &[Token], index: &NameIndex) -> Vec<NameSpan> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if !starts_run(&tokens[i]) {
            i += 1;
            continue;
        }
        let mut end = i + 1;
        while end < tokens.len() && !tokens[end - 1].is_possessive() && continues_run(tokens, end) {
            end += 1;
        }
        match name_in(tokens, i, end, index) {
            Some(name) => {
                i = name.tokens.end.max(i + 1);
                found.push(name);
            }
            None => i = end.max(i + 1),
        }
    }
    found
}

fn starts_run(token: &Token) -> bool {
    token.is_capital()
        || (token.lower.starts_with("al-") && token.text[3..].starts_with(char::is_uppercase))
}

fn continues_run(tokens: &[Token], at: usize) -> bool {
    let token = &tokens[at];
    if token.is_capital() || starts_run(token) {
        return true;
    }
    let next_capital = tokens.get(at + 1).is_some_and(Token::is_capital);
    if is_name_particle(&token.text) && next_capital {
        return true;
    }
    // "Lieutenant General (Ret.) Name", "Lt. Gen. Name": marks inside titles.
    if token.text == "." && tokens[at - 1].span.end == token.span.start && next_capital {
        return lexicon::title(tokens[at - 1].stem()).is_some() && tokens[at - 1].text.len() <= 5;
    }
    let inside = |t: Option<&Token>| {
        t.is_some_and(|t| t.lower.trim_end_matches('.') == "ret" || t.lower == "retired")
    };
    match token.text.as_str() {
        "(" => inside(tokens.get(at + 1)),
        ")" => {
            inside(tokens.get(at - 1))
                || (tokens[at - 1].text == "." && at >= 2 && inside(tokens.get(at - 2)))
        }
        "." => inside(tokens.get(at - 1)),
        _ => false,
    }
}

/// The name in a run of capitalised words, if it holds one.
fn name_in(tokens: &[Token], start: usize, end: usize, index: &NameIndex) -> Option<NameSpan> {
    let mut from = start;
    // Sentence openers, verbs of inversion ("Insisted X"), nationality.
    while from < end {
        let lower = tokens[from].lower.as_str();
        let opener = OPENERS.contains(&lower)
            || (from == start
                && end - from > 1
                && (lexicon::cue_verb(&tokens[from].text).is_some()
                    || super::tokens::is_adverb(lower))
                && !lexicon::is_given_name(&tokens[from].text));
        let nation = end - from > 1
            && lexicon::is_demonym(&tokens[from].text)
            && !lexicon::is_given_name(&tokens[from].text);
        if !(opener || nation) {
            break;
        }
        from += 1;
    }
    let titled_from = from;
    loop {
        let words: Vec<&str> = tokens[from..end].iter().map(|t| t.text.as_str()).collect();
        let marks = words
            .iter()
            .take_while(|w| matches!(**w, "." | "(" | ")"))
            .count();
        let titles = lexicon::title_prefix(&words[marks..]);
        let retired = words
            .get(marks)
            .is_some_and(|w| w.trim_end_matches('.').eq_ignore_ascii_case("ret"));
        let step = marks + titles.max(usize::from(retired));
        if step == 0 || from + step >= end {
            break;
        }
        from += step;
    }
    let titled = from > titled_from;
    while from < end && !tokens[from].is_word() {
        from += 1;
    }
    if from >= end {
        return None;
    }
    let mut to = end;
    while to > from && !tokens[to - 1].is_word() {
        to -= 1;
    }
    let words: Vec<&str> = tokens[from..to].iter().map(|t| t.stem()).collect();
    let mut titled_from = titled_from;
    let mut words = words;
    let mut kind = judge(&words, titled, index, from == 0);
    // "Yesterday Zorblax Quim": the rules see how it stands, the model where it begins.
    let sooner = |tagged: &std::ops::Range<usize>| {
        tagged.start > 0
            && tagged.len() > 1
            && tagged.end == words.len()
            && !lexicon::is_given_name(words[0])
            && !is_initials(words[0])
    };
    if let Some(tagged) = index.tagged_in(&words)
        && (!kind || sooner(&tagged))
    {
        to = from + tagged.end;
        from += tagged.start;
        titled_from = if tagged.start == 0 { titled_from } else { from };
        words = words[tagged].to_vec();
        kind = true;
    }
    // "…Affairs Committee Maria Olsen", "Georgia Yevdokimenko": the name is the run's end.
    if !kind
        || (words.len() == 2
            && lexicon::is_place(words[0])
            && !index.full(words[1]).is_empty()
            && !index.full(words[1]).iter().any(|f| f.starts_with(words[0])))
    {
        let known = |k: usize| {
            words.len() - k == 1
                && index.full(words[k]).len() == 1
                && lexicon::is_place(words[k - 1])
        };
        let behind_office = |k: usize| {
            (2..=4).contains(&(words.len() - k))
                && lexicon::is_given_name(words[k])
                && (lexicon::is_organisation(words[k - 1])
                    || lexicon::role(words[k - 1]).is_some()
                    || lexicon::title(words[k - 1]).is_some()
                    // "expert on China Anna Olsen"
                    || lexicon::is_place(words[k - 1]))
                && judge(&words[k..], true, index, false)
        };
        // A title in capitals that names one person: "The Capital Has Let Olsen Down".
        let mentioned: Vec<usize> = (0..words.len())
            .filter(|&k| words.len() > 2 && index.full(words[k]).len() == 1)
            .filter(|&k| !index.is_common(words[k]) && !lexicon::is_given_name(words[k]))
            .collect();
        if let [k] = mentioned[..]
            && !behind_office(k)
            && k + 1 < words.len()
        {
            to = from + k + 1;
            from += k;
            titled_from = from;
            words = vec![words[k]];
            kind = true;
        } else if let Some(k) = (1..words.len()).find(|&k| known(k) || behind_office(k)) {
            from += k;
            titled_from = from;
            words.drain(..k);
            kind = true;
        }
    }
    kind.then(|| {
        let span = Span::new(tokens[from].span.start, tokens[to - 1].span.end);
        NameSpan {
            tokens: from..to,
            with_titles: titled_from..to,
            span,
            name: if words.len() == 1 && titled {
                // "Mr. Jinping": the title tells how the single name is meant.
                tokens[titled_from..to]
                    .iter()
                    .map(|t| t.stem())
                    .collect::<Vec<_>>()
                    .join(" ")
                    .replace(" .", ".")
            } else {
                words.join(" ").replace(" - ", "-")
            },
        }
    })
}

/// Whether a run of capitalised words is a person's name.
fn judge(words: &[&str], titled: bool, index: &NameIndex, sentence_start: bool) -> bool {
    let count = words
        .iter()
        .filter(|w| w.chars().any(char::is_alphabetic))
        .count();
    if count == 0
        || words.len() > 6
        || words
            .iter()
            .any(|w| w.chars().any(|c| c.is_ascii_digit()) || lexicon::is_month(w))
    {
        return false;
    }
    let phrase = words.join(" ");
    if words.len() == 1 {
        let known = !index.full(words[0]).is_empty() || index.nearly(words[0]);
        if titled {
            return !lexicon::is_organisation(words[0])
                && !lexicon::is_place(words[0])
                && !lexicon::is_demonym(words[0]);
        }
        return known
            && !(sentence_start && index.is_common(words[0]))
            && !lexicon::is_place(words[0]);
    }
    if lexicon::is_organisation_name(&phrase) || lexicon::is_place(&phrase) {
        return false;
    }
    let initials = is_initials(words[0]);
    let given = lexicon::is_given_name(words[0]);
    let last = words[words.len() - 1];
    let institution = words.iter().any(|w| {
        lexicon::is_organisation(w)
            || lexicon::is_document(w)
            || lexicon::role(w).is_some() && !lexicon::is_given_name(w)
    });
    if (given || initials || titled)
        && !lexicon::is_organisation(last)
        && !lexicon::is_document(last)
    {
        let acronym = last.chars().count() > 1
            && last.chars().all(|c| c.is_uppercase())
            && !words[0].chars().all(|c| c.is_uppercase() || c == '.');
        return !acronym;
    }
    if institution || words.len() > 4 {
        return false;
    }
    let ordinary = |w: &&str| {
        index.is_common(w)
            || index.is_located(w)
            || lexicon::is_demonym(w)
            || lexicon::is_place(w)
            || lexicon::is_metonym(w)
            || w.chars().all(|c| c.is_uppercase())
    };
    let landmark = GEOGRAPHY.contains(&last.to_lowercase().as_str());
    if landmark || words.iter().any(ordinary) {
        return false;
    }
    index.lenient
        || index.shown.contains(&phrase)
        || words.iter().skip(1).any(|w| is_eastern_given(w))
        || index.full(last).iter().any(|f| f.ends_with(&phrase))
}

/// Nouns that end the names of places and events.
const GEOGRAPHY: [&str; 40] = [
    "prefecture",
    "province",
    "district",
    "county",
    "island",
    "islands",
    "sea",
    "strait",
    "straits",
    "bay",
    "river",
    "gulf",
    "peninsula",
    "corridor",
    "street",
    "square",
    "port",
    "harbour",
    "harbor",
    "base",
    "valley",
    "mountains",
    "ocean",
    "canal",
    "bridge",
    "road",
    "lake",
    "cape",
    "basin",
    "delta",
    "war",
    "crisis",
    "plan",
    "summit",
    "forum",
    "shield",
    "line",
    "route",
    "city",
    "region",
];

/// "Ji-hye", "Cheng-lin", "Ch’ang-ho": two syllables, the second with a small letter.
fn is_eastern_given(word: &str) -> bool {
    word.split_once('-').is_some_and(|(a, b)| {
        (1..=6).contains(&a.chars().count())
            && (1..=6).contains(&b.chars().count())
            && a.starts_with(char::is_uppercase)
            && b.chars().all(|c| c.is_lowercase() || c == '’' || c == '\'')
    })
}

/// "V.S.", "T.S.Eliot" begins with initials; "U.S." is a state.
fn is_initials(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase)
        && chars.next() == Some('.')
        && !matches!(
            word,
            "U.S." | "U.K." | "U.N." | "E.U." | "U.S" | "U.K" | "U.N"
        )
}
