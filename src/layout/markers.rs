//! Note markers in the body: what may be one, and which of them are.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::text::{Raw, Span};

/// What a note is marked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    Number(u32),
    /// A sign and how often it stands: `*`, `††`.
    Sign(char, u8),
}

impl Mark {
    pub fn number(self) -> Option<u32> {
        match self {
            Mark::Number(number) => Some(number),
            Mark::Sign(..) => None,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Mark::Number(number) => write!(f, "{number}"),
            Mark::Sign(sign, times) => (0..times).try_for_each(|_| write!(f, "{sign}")),
        }
    }
}

/// A mark in the body that may be a note's marker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub mark: Mark,
    pub span: Span<Raw>,
    /// How much its surroundings speak for it.
    pub weight: f64,
}

const SUPERSCRIPT: f64 = 1.2;
const AFTER_CLOSING_MARK: f64 = 1.0;
pub(super) const AFTER_WORD: f64 = 0.8;
const SPACED: f64 = 0.4;

/// Each missing number between two markers of a chain costs this much.
const GAP_COST: f64 = 0.7;
/// More missing numbers than this end a chain.
const MAX_GAP: u32 = 3;
/// Notes of one mark that a marker is tried for: chapters of a book that all count from 1.
const SAME_MARK: usize = 64;
/// The most digits of a marker.
const DIGITS: usize = 3;

/// Words after which a number is a page, a volume or an article, never a marker.
const BEFORE_NUMBERS: [&str; 34] = [
    "p", "pp", "no", "nos", "vol", "vols", "art", "arts", "article", "para", "paras", "fig",
    "figs", "figure", "ch", "chap", "sec", "table", "page", "pages", "chapter", "section", "n",
    "nn", "note", "notes", "part", "annex", "appendix", "map", "box", "line", "vers", "ver",
];

/// The candidates in one line of the body, in order.
pub(super) fn candidates(raw: &str, line: Span<Raw>) -> Vec<Candidate> {
    let text = line.of(raw);
    if !text.contains(|c: char| is_sign(c) || c.is_ascii_digit() || superscript_digit(c).is_some())
    {
        return Vec::new();
    }
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let scan = Scan {
        chars: &chars,
        line,
        length: text.len(),
    };
    let mut found: Vec<Candidate> = Vec::new();
    let mut open = HashSet::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i].1;
        if is_sign(c) {
            i = scan.sign(i, &mut open, &mut found);
        } else if c.is_ascii_digit() || superscript_digit(c).is_some() {
            i = scan.digits(i, &mut found);
        } else {
            i += 1;
        }
    }
    found
}

/// One line under the eye of [`candidates`].
struct Scan<'a> {
    chars: &'a [(usize, char)],
    line: Span<Raw>,
    length: usize,
}

impl Scan<'_> {
    fn char(&self, i: usize) -> Option<char> {
        self.chars.get(i).map(|c| c.1)
    }

    fn span(&self, from: usize, to: usize) -> Span<Raw> {
        let at = |i: usize| self.line.start + self.chars.get(i).map_or(self.length, |c| c.0);
        Span::new(at(from), at(to))
    }

    /// A sign behind a word or a closing mark.
    fn sign(
        &self,
        i: usize,
        open: &mut HashSet<(char, usize)>,
        found: &mut Vec<Candidate>,
    ) -> usize {
        let sign = self.chars[i].1;
        let mut j = i;
        while self.char(j) == Some(sign) {
            j += 1;
        }
        let emphasis = self.closes_emphasis(i, j, open);
        let before = i.checked_sub(1).and_then(|k| self.char(k));
        let behind = before.is_some_and(|c| c.is_alphanumeric() || is_closing(c));
        let free = self.char(j).is_none_or(|c| {
            c.is_whitespace() || is_closing(c) || matches!(c, '—' | '–' | '“' | '(' | '[')
        });
        if behind && free && j - i <= 4 && !emphasis {
            found.push(Candidate {
                mark: Mark::Sign(sign, u8::try_from(j - i).unwrap_or(u8::MAX)),
                span: self.span(i, j),
                weight: AFTER_CLOSING_MARK,
            });
        }
        j
    }

    /// Whether the stars at `i..j` close what as many of them open on the same line: "*word*".
    /// `open` holds how many stars open something.
    fn closes_emphasis(&self, i: usize, j: usize, open: &mut HashSet<(char, usize)>) -> bool {
        let sign = self.chars[i].1;
        if !matches!(sign, '*' | '∗' | '⁎') {
            return false;
        }
        if open.remove(&(sign, j - i)) {
            return true;
        }
        let before = i.checked_sub(1).and_then(|b| self.char(b));
        let begins = before.is_none_or(|c| !c.is_alphanumeric() && !is_closing(c));
        if begins && self.char(j).is_some_and(|c| !c.is_whitespace()) {
            open.insert((sign, j - i));
        }
        false
    }

    /// Digits, or digits joined by commas or a dash: "12", "12,13", "12, 13", "¹²⁻¹⁴".
    fn digits(&self, i: usize, found: &mut Vec<Candidate>) -> usize {
        let raised = superscript_digit(self.chars[i].1).is_some();
        let first = self.number(i, raised);
        let mut numbers = vec![first];
        while let Some(next) = self.joined(&numbers, raised) {
            numbers.push(next);
        }
        let end = numbers[numbers.len() - 1].end;
        let list = numbers.len() > 1;
        let weight = if raised {
            (i > 0 && !is_power(self.chars, i, end)).then_some(SUPERSCRIPT)
        } else {
            weight(self.chars, i, end)
        };
        match weight {
            Some(weight) if first.is_marker() => {
                for number in numbers {
                    found.push(Candidate {
                        mark: Mark::Number(number.value),
                        span: self.span(number.start, number.end),
                        weight,
                    });
                }
                end
            }
            _ if list => first.end,
            _ => end,
        }
    }

    fn number(&self, i: usize, raised: bool) -> Number {
        let mut end = i;
        let mut value: u32 = 0;
        while let Some(d) = self.char(end).and_then(|c| digit(c, raised)) {
            value = value.saturating_mul(10).saturating_add(d);
            end += 1;
        }
        Number {
            start: i,
            end,
            value,
            leading_zero: self.char(i).and_then(|c| digit(c, raised)) == Some(0),
        }
    }

    /// The next number of a list: a little greater than the one before, behind a comma or a dash.
    fn joined(&self, numbers: &[Number], raised: bool) -> Option<Number> {
        let last = numbers.last().filter(|n| n.is_marker())?;
        let mut i = last.end;
        // A spaced list needs its first number glued to the text, or "3, 4 and 5" would be one.
        let bracketed = |k: usize| k.checked_sub(1).and_then(|k| self.char(k)) == Some('[');
        let glued = numbers[0].start > 0
            && self
                .char(numbers[0].start - 1)
                .is_some_and(|c| !c.is_whitespace());
        match self.char(i)? {
            ',' | '‚' | ';' | '⸴' | '˒' | '‐' | '-' | '–' | '⁻' => i += 1,
            ']' if self.char(i + 1) == Some('[') && bracketed(numbers[0].start) => i += 2,
            _ => return None,
        }
        if glued && self.char(i) == Some(' ') {
            i += 1;
        }
        self.char(i).and_then(|c| digit(c, raised))?;
        let next = self.number(i, raised);
        (next.is_marker() && next.value > last.value && next.value - last.value <= 3)
            .then_some(next)
    }
}

#[derive(Debug, Clone, Copy)]
struct Number {
    start: usize,
    end: usize,
    value: u32,
    leading_zero: bool,
}

impl Number {
    fn is_marker(&self) -> bool {
        self.end - self.start <= DIGITS && !self.leading_zero
    }
}

fn digit(c: char, raised: bool) -> Option<u32> {
    if raised {
        superscript_digit(c)
    } else {
        c.to_digit(10).filter(|_| c.is_ascii())
    }
}

pub(super) fn superscript_digit(c: char) -> Option<u32> {
    Some(match c {
        '¹' => 1,
        '²' => 2,
        '³' => 3,
        '⁰' => 0,
        '⁴'..='⁹' => c as u32 - '⁴' as u32 + 4,
        _ => return None,
    })
}

/// The signs that mark notes.
pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '*' | '†' | '‡' | '§' | '¶' | '‖' | '∗' | '⁎')
}

/// "10³", "km²": a power of a number or of a unit.
fn is_power(chars: &[(usize, char)], i: usize, end: usize) -> bool {
    let before = chars[i - 1].1;
    if before.is_ascii_digit() || before.is_whitespace() {
        return true;
    }
    let unit = word_before(chars, i);
    end == i + 1
        && matches!(chars[i].1, '²' | '³')
        && matches!(
            unit.as_str(),
            "m" | "km" | "cm" | "mm" | "ft" | "mi" | "yd" | "in" | "s" | "R" | "x" | "y"
        )
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | '!' | '?' | '…' | '”' | '’' | '"' | '\'' | ')' | ']' | '»' | '%'
    )
}

/// What speaks for the digits `chars[i..j]` being a marker; `None` where something rules it out.
fn weight(chars: &[(usize, char)], i: usize, j: usize) -> Option<f64> {
    let at = |k: Option<usize>| k.and_then(|k| chars.get(k)).map(|c| c.1);
    let before = at(i.checked_sub(1))?;
    let after = at(Some(j));
    if before == '[' && after == Some(']') {
        let earlier = at(i.checked_sub(2))?;
        return (earlier.is_alphabetic() || is_closing(earlier) || earlier == ' ')
            .then_some(AFTER_CLOSING_MARK);
    }
    let free_after = match after {
        None => true,
        Some(c) => c.is_whitespace() || is_closing(c) || matches!(c, '—' | '–' | '“' | '(' | '['),
    };
    if !free_after || after == Some('%') {
        return None;
    }
    // "3.5", "1,000", "10:30": a number goes on after the mark.
    if let Some(c) = after
        && matches!(c, '.' | ',' | ':' | '’' | '\'' | '–')
        && at(Some(j + 1)).is_some_and(|d| d.is_ascii_digit())
    {
        return None;
    }
    if is_closing(before) {
        return glued_to_mark(chars, i, j, before);
    }
    if before.is_alphabetic() {
        let word = word_before(chars, i);
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        // "SU27", "G20", "F35", "T72": a model or a group, not a word with a marker.
        if word.chars().count() < 2
            || (capitals == word.chars().count() && capitals < 4)
            || BEFORE_NUMBERS.contains(&word.to_lowercase().as_str())
        {
            return None;
        }
        return Some(AFTER_WORD);
    }
    if before == ' ' {
        return spaced(chars, i, after, j);
    }
    None
}

fn glued_to_mark(chars: &[(usize, char)], i: usize, j: usize, before: char) -> Option<f64> {
    let earlier = i.checked_sub(2).map(|k| chars[k].1);
    if matches!(before, '.' | ',' | ':') && earlier.is_some_and(|c| c.is_ascii_digit()) {
        // "in 1994.9" ends a sentence with a year; "3.5" and "1,000" are numbers.
        let digits: String = chars[..i - 1]
            .iter()
            .rev()
            .map(|c| c.1)
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .chars()
            .rev()
            .collect();
        let year = digits.len() == 4 && (digits.starts_with("1") || digits.starts_with("20"));
        if year && before != ':' {
            return Some(AFTER_WORD);
        }
        // "Task Force 151.9 It was": the stop may end a sentence; the chain decides.
        let mut rest = chars[j..]
            .iter()
            .map(|c| c.1)
            .skip_while(|c| c.is_whitespace());
        let opens = rest
            .next()
            .is_none_or(|c| c.is_uppercase() || matches!(c, '“' | '"'));
        return (before == '.' && digits.len() >= 2 && opens).then_some(SPACED / 2.0);
    }
    if before == '.' {
        let word = word_before(chars, i - 1);
        if BEFORE_NUMBERS.contains(&word.to_lowercase().as_str()) {
            return None;
        }
    }
    // "(12)" is an enumeration; "' 89" and "'89" are years.
    if matches!(before, '\'' | '’') && earlier.is_none_or(|c| !is_closing(c) && !c.is_alphabetic())
    {
        return None;
    }
    Some(AFTER_CLOSING_MARK)
}

/// A marker after a space stands behind a closing mark and before a new sentence or the line's end,
/// or between a word and the mark that closes its sentence: "in the strait 4."
fn spaced(chars: &[(usize, char)], i: usize, after: Option<char>, j: usize) -> Option<f64> {
    let closing = i.checked_sub(2).map(|k| chars[k].1)?;
    let ends_sentence = matches!(closing, '.' | '!' | '?' | '”' | '"' | '…' | '’')
        || (closing == ',' && i >= 3 && matches!(chars[i - 3].1, '”' | '"' | '’'));
    // "wrote, 3" at a line's end.
    let aside = closing == ',' && i >= 3 && chars[i - 3].1.is_alphabetic() && j == chars.len();
    if aside {
        return Some(SPACED / 2.0);
    }
    if !ends_sentence || after.is_some_and(|c| !c.is_whitespace()) {
        return None;
    }
    if closing == '.' {
        let word = word_before(chars, i - 2);
        if BEFORE_NUMBERS.contains(&word.to_lowercase().as_str()) {
            return None;
        }
    }
    let next = chars[j..].iter().map(|c| c.1).find(|c| !c.is_whitespace());
    match next {
        None => Some(SPACED),
        Some(c) if c.is_uppercase() || matches!(c, '“' | '"' | '‘') => Some(SPACED / 2.0),
        Some(_) if matches!(closing, '”' | '"' | '’') => Some(SPACED / 2.0),
        Some(_) => None,
    }
}

fn word_before(chars: &[(usize, char)], i: usize) -> String {
    let mut word: Vec<char> = chars[..i]
        .iter()
        .rev()
        .map(|c| c.1)
        .take_while(|c| c.is_alphabetic())
        .collect();
    word.reverse();
    word.into_iter().collect()
}

/// Which candidate marks which note: the heaviest assignment in which both run in order.
///
/// `notes` are the marks of the notes in their order. Returned are pairs of indices into `notes`
/// and `candidates`, rising in both. A mark may stand several times among the notes (each chapter
/// counts from 1); notes left out between two links cost, and too many of them break the chain.
pub(super) fn align(candidates: &[Candidate], notes: &[Mark]) -> Vec<(usize, usize)> {
    let mut places: HashMap<Mark, Vec<usize>> = HashMap::new();
    for (place, mark) in notes.iter().enumerate() {
        let known = places.entry(*mark).or_default();
        if known.len() < SAME_MARK {
            known.push(place);
        }
    }
    // Every way to use a candidate, later notes first, so that a candidate never follows itself.
    let mut links: Vec<(u32, f64)> = Vec::new();
    let mut uses: Vec<(usize, usize)> = Vec::new();
    for (c, candidate) in candidates.iter().enumerate() {
        for &place in places.get(&candidate.mark).into_iter().flatten().rev() {
            links.push((u32::try_from(place).unwrap_or(u32::MAX), candidate.weight));
            uses.push((place, c));
        }
    }
    best_chain(&links, GAP_COST)
        .into_iter()
        .map(|link| uses[link])
        .collect()
}

/// The indices of the heaviest chain whose numbers rise by one, or by a little more at a cost. It
/// begins at 0 or soon after.
pub(super) fn best_chain(links: &[(u32, f64)], gap_cost: f64) -> Vec<usize> {
    let mut chain = Chain::default();
    for (i, &(number, weight)) in links.iter().enumerate() {
        let mut best = (f64::NEG_INFINITY, None);
        if number <= MAX_GAP {
            best = (weight - gap_cost * f64::from(number), None);
        }
        chain.extend_from(number, weight, gap_cost, &mut best);
        chain.add(i, number, best);
    }
    chain.finish()
}

/// A chain under construction: for each link its best score, and the link before it.
#[derive(Debug, Default)]
pub(super) struct Chain {
    score: Vec<f64>,
    back: Vec<Option<usize>>,
    best_at: HashMap<u32, usize>,
}

impl Chain {
    /// Betters `best` by the links whose numbers lie just below `number`.
    pub fn extend_from(
        &self,
        number: u32,
        weight: f64,
        gap_cost: f64,
        best: &mut (f64, Option<usize>),
    ) {
        for gap in 0..=MAX_GAP {
            let Some(wanted) = number.checked_sub(gap + 1) else {
                break;
            };
            if let Some(&j) = self.best_at.get(&wanted) {
                let through = self.score[j] + weight - gap_cost * f64::from(gap);
                if through > best.0 {
                    *best = (through, Some(j));
                }
            }
        }
    }

    /// Adds link `i`, which must be the next.
    pub fn add(&mut self, i: usize, number: u32, best: (f64, Option<usize>)) {
        debug_assert_eq!(self.score.len(), i);
        self.score.push(best.0);
        self.back.push(best.1);
        if best.0 > f64::NEG_INFINITY
            && self
                .best_at
                .get(&number)
                .is_none_or(|&j| best.0 > self.score[j])
        {
            self.best_at.insert(number, i);
        }
    }

    pub fn score(&self, link: usize) -> f64 {
        self.score[link]
    }

    /// The links of the heaviest chain.
    pub fn finish(&self) -> Vec<usize> {
        let mut end = None;
        for (i, &score) in self.score.iter().enumerate() {
            if score > 0.0 && end.is_none_or(|e: usize| score > self.score[e]) {
                end = Some(i);
            }
        }
        let mut chain = Vec::new();
        while let Some(i) = end {
            chain.push(i);
            end = self.back[i];
        }
        chain.reverse();
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<String> {
        candidates(text, Span::new(0, text.len()))
            .into_iter()
            .map(|c| c.mark.to_string())
            .collect()
    }

    #[test]
    fn markers_are_seen_in_every_dress() {
        for (text, marked) in [
            ("close to war.1 In effect", "1"),
            ("the “Cold War.”2  ", "2"),
            ("to become allies”3 and", "3"),
            ("one another’s culture;13 ", "13"),
            ("the market,4 which", "4"),
            ("its claim to the islands. 23 ", "23"),
            ("wanted peace¹² and", "12"),
            ("a claim.[7] Then", "7"),
            ("a tariff union5 was", "5"),
            ("was signed in 1994.9 ", "9"),
            ("so-called Forum,25 made up", "25"),
            ("the two banks.12,13 Then", "12 13"),
            ("the two banks.12, 13 Then", "12 13"),
            ("the two banks¹²,¹³ and", "12 13"),
            ("the two banks.[4][5] Then", "4 5"),
            ("the two banks [4, 5] and", "4 5"),
            ("the three banks.4–6 Then", "4 6"),
            ("the governor* and his deputy.† Then", "* †"),
            ("the *governor* and his deputy.* Then", "*"),
            ("the charter’s preamble,** which", "**"),
        ] {
            assert_eq!(marks(text).join(" "), marked, "{text}");
        }
    }

    #[test]
    fn years_sums_models_pages_and_list_numbers_are_not_markers() {
        for text in [
            "in 1994 and 2001.",
            "a sum of $1.4 billion and 1,000 tons",
            "SU-27, G20 and F35 and T72 tanks",
            "see p.45 and pp. 12-14, vol.3, No. 2 of",
            "at 10:30 on 5 May",
            "(12) the twelfth",
            "1. the first",
            "the summer of '89 was",
            "about 12 ships. The 3 others",
            "some 2.5 per cent",
            "under § 12 of the act, 3 * 4, and * an item",
            "a *word* and **two words**, and (*three of them*) here",
            "10³, 4 km² and 5 km apart",
        ] {
            assert_eq!(marks(text), [] as [String; 0], "{text}");
        }
    }

    #[test]
    fn the_chain_prefers_numbers_that_follow_one_another() {
        let links = [(0, 1.0), (6, 1.0), (1, 1.0), (1, 0.4), (3, 1.0), (29, 1.0)];
        assert_eq!(best_chain(&links, 0.7), [0, 2, 4]);
    }

    #[test]
    fn markers_of_chapters_that_count_anew_go_to_their_own_chapter() {
        let text = "one.1 two.2 and again three.1 four.2 five.3";
        let found = candidates(text, Span::new(0, text.len()));
        let notes = [1, 2, 1, 2, 3].map(Mark::Number);
        let links: Vec<usize> = align(&found, &notes).into_iter().map(|l| l.0).collect();
        assert_eq!(links, [0, 1, 2, 3, 4]);
    }
}
