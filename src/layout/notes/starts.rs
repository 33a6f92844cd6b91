//! Lines that may begin a note, and the chain of those that do.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::super::lines::{Line, Role};
use super::super::markers::{AFTER_WORD, Candidate, Chain, Mark, is_sign, superscript_digit};
use super::{NOTES_HEADING, resume};

/// A line that begins a note.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub line: usize,
    pub mark: Mark,
    /// The raw byte of the mark, and of the text behind it.
    pub at: usize,
    pub text_at: usize,
    pub weight: f64,
    /// A marker of its number stands above.
    pub marked: bool,
    /// The count begins anew with it.
    pub anew: bool,
}

impl Start {
    /// The weight without what the marker adds.
    fn own_weight(&self) -> f64 {
        self.weight - if self.marked { MARKED } else { 0.0 }
    }
}

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?P<mark>\[(?P<b>\d{1,3})\]|\((?P<p>\d{1,3})\)|(?P<d>\d{1,3})[.)]?|(?P<s>[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))(?P<gap>\s*)(?P<rest>\S.*)$")
        .expect("a valid pattern")
});

static SIGNED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(?P<mark>[*∗⁎]{1,4}|†{1,4}|‡{1,4}|§{1,4}|¶{1,4}|‖{1,4})\s*(?P<rest>[^\s*†‡§¶‖].*)$",
    )
    .expect("a valid pattern")
});

/// Words that a note may begin with in lower case.
static LOWER_START: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:ibid|idem|op\.|loc\.|see|cf|compare|quoted|cited|in |e\.g|i\.e|https?:|www\.|supra|id\.|al-|de |van |von |the )")
        .expect("a valid pattern")
});

static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
        .expect("a valid pattern")
});

/// Signs of a citation.
static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:1[89]|20)\d\d\b|\bpp?\.\s?\d|https?:|www\.|\bibid|^id\.|^idem\b|\bop\.?\s?cit|\bloc\.?\s?cit|\bsupra\b|^see\b|^cf\.|^(?:quoted|cited) in\b|\bed(?:s)?\.|\bvol\.|\bNo\.\s?\d|[“"][^”"]{8,}[,.]?[”"]"#)
        .expect("a valid pattern")
});

/// "Harsanyi, Salt Roads, 45.": a short title with a page.
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\p{Lu}[\p{L}’'-]+(?: (?:and|&) \p{Lu}[\p{L}’'-]+)?,\s.{3,60},\s\d{1,4}(?:[–-]\d{1,4})?\.?$")
        .expect("a valid pattern")
});

/// Each note number that the chain leaves out costs this much.
const GAP_COST: f64 = 1.0;
/// A count that begins anew costs this much.
const ANEW_COST: f64 = 0.8;
/// Each number that the first note leaves out costs this much, up to [`MAX_MISSING`] of them.
const MISSING_COST: f64 = 0.35;
const MAX_MISSING: u32 = 4;
/// What a line must weigh to begin a note.
const MIN_WEIGHT: f64 = 0.6;
/// What a marker above, of the same number, adds.
const MARKED: f64 = 0.8;

/// The starts of the document's notes, in order.
pub(super) fn chain(lines: &[Line], raw: &str, by_line: &[Vec<Candidate>]) -> Vec<Start> {
    let mut chain = numbered_chain(lines, raw, by_line);
    let signed = signed(lines, raw, by_line, &chain);
    chain.extend(signed);
    chain.sort_by_key(|s| s.line);
    chain
}

fn numbered_chain(lines: &[Line], raw: &str, by_line: &[Vec<Candidate>]) -> Vec<Start> {
    let starts = numbered(lines, raw, by_line);
    let mut chain = Chain::default();
    // The best link among the first n + 1.
    let mut best_upto: Vec<usize> = Vec::new();
    let mut one_marked: Option<usize> = None;
    let mut line = 0;
    let mut came_anew = vec![false; starts.len()];
    for (i, start) in starts.iter().enumerate() {
        for (l, candidates) in by_line.iter().enumerate().take(start.line).skip(line) {
            if candidates
                .iter()
                .any(|c| c.mark == Mark::Number(1) && c.weight >= AFTER_WORD)
            {
                one_marked = Some(l);
            }
        }
        line = start.line;
        let number = start.mark.number().unwrap_or(u32::MAX);
        let mut best = (f64::NEG_INFINITY, None);
        // An excerpt may begin in the middle of the count, if a marker shows it.
        let missing = number.saturating_sub(1).min(MAX_MISSING);
        if missing < MAX_MISSING || start.marked {
            best = (start.weight - MISSING_COST * f64::from(missing), None);
        }
        chain.extend_from(number, start.weight, GAP_COST, &mut best);
        if number == 1 {
            let before = if headed(lines, raw, start.line) {
                i
            } else {
                one_marked.map_or(0, |m| starts.partition_point(|s| s.line < m))
            };
            if let Some(&j) = before.checked_sub(1).and_then(|b| best_upto.get(b)) {
                let through = chain.score(j) + start.weight - ANEW_COST;
                if through > best.0 {
                    best = (through, Some(j));
                    came_anew[i] = true;
                }
            }
        }
        chain.add(i, number, best);
        let better = match best_upto.last() {
            Some(&j) if chain.score(j) >= best.0 => j,
            _ => i,
        };
        best_upto.push(better);
    }
    let chain: Vec<Start> = chain
        .finish()
        .into_iter()
        .map(|i| Start {
            anew: came_anew[i],
            ..starts[i]
        })
        .collect();
    // A list whose numbers also stand as markers above it: no line of it looks like a note by itself.
    if chain.iter().any(|s| s.own_weight() >= MIN_WEIGHT) {
        chain
    } else {
        Vec::new()
    }
}

/// Whether a heading stands right above the line: "Notes", "Chapter 2".
fn headed(lines: &[Line], raw: &str, line: usize) -> bool {
    let above = lines[..line]
        .iter()
        .rev()
        .find(|l| l.role != Role::Blank)
        .filter(|l| l.role == Role::Body);
    above.is_some_and(|l| {
        let text = l.text(raw);
        NOTES_HEADING.is_match(text) || resume::is_chapter_heading(text)
    })
}

fn numbered(lines: &[Line], raw: &str, by_line: &[Vec<Candidate>]) -> Vec<Start> {
    let mut first_marker: HashMap<Mark, usize> = HashMap::new();
    for candidate in by_line.iter().flatten() {
        let at = first_marker
            .entry(candidate.mark)
            .or_insert(candidate.span.start);
        *at = (*at).min(candidate.span.start);
    }
    let mut starts = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if line.role != Role::Body {
            continue;
        }
        if let Some(start) = number_above(lines, raw, i, &first_marker) {
            starts.push(start);
            continue;
        }
        let text = line.span.of(raw);
        let opens = text.trim_start().starts_with(|c: char| {
            c.is_ascii_digit() || matches!(c, '[' | '(') || superscript_digit(c).is_some()
        });
        let Some(found) = opens.then(|| NUMBERED.captures(text)).flatten() else {
            continue;
        };
        let Some(number) = number_of(&found) else {
            continue;
        };
        let (Some(mark), Some(rest)) = (found.name("mark"), found.name("rest")) else {
            continue;
        };
        let glued = found.name("gap").is_some_and(|g| g.is_empty());
        let Some(weight) = weight(lines, raw, i, mark.as_str(), rest.as_str(), glued) else {
            continue;
        };
        let at = line.span.start + mark.start();
        let number = Mark::Number(number);
        let marked = first_marker.get(&number).is_some_and(|&m| m < at);
        let weight = weight + if marked { MARKED } else { 0.0 };
        if weight >= MIN_WEIGHT {
            let text_at = line.span.start + rest.start();
            starts.push(Start {
                line: i,
                mark: number,
                at,
                text_at,
                weight,
                marked,
                anew: false,
            });
        }
    }
    starts
}

/// A raised number that stands on a line of its own above its note, which is how it looks where the
/// line breaks follow the levels of the page. A marker above must show it.
fn number_above(
    lines: &[Line],
    raw: &str,
    i: usize,
    first_marker: &HashMap<Mark, usize>,
) -> Option<Start> {
    let text = lines[i].text(raw);
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let next = lines
        .get(i + 1)
        .filter(|l| digits && l.role == Role::Body && !l.page_start)?;
    let mark = Mark::Number(text.parse().ok().filter(|_| !text.starts_with('0'))?);
    let at = lines[i].span.trim(raw).start;
    if first_marker.get(&mark).is_none_or(|&m| m >= at) {
        return None;
    }
    let weight = weight(lines, raw, i, text, next.text(raw), false)? + MARKED;
    (weight >= MIN_WEIGHT).then(|| Start {
        line: i,
        mark,
        at,
        text_at: next.span.trim(raw).start,
        weight,
        marked: true,
        anew: false,
    })
}

/// Notes marked by a sign: each must have its marker above it and below the last note of the same
/// sign, at most a page away.
fn signed(lines: &[Line], raw: &str, by_line: &[Vec<Candidate>], numbered: &[Start]) -> Vec<Start> {
    let mut last_marker: HashMap<Mark, (usize, usize)> = HashMap::new();
    let mut starts: Vec<Start> = Vec::new();
    let mut page = 0;
    for (i, line) in lines.iter().enumerate() {
        page += usize::from(line.page_start);
        if line.role != Role::Body {
            continue;
        }
        let text = line.span.of(raw);
        let found = text
            .trim_start()
            .starts_with(is_sign)
            .then(|| SIGNED.captures(text))
            .flatten();
        if let Some(found) = found
            && let (Some(mark), Some(rest)) = (found.name("mark"), found.name("rest"))
            && numbered.binary_search_by_key(&i, |s| s.line).is_err()
        {
            let sign = mark.as_str().chars().next().unwrap_or('*');
            let times = u8::try_from(mark.as_str().chars().count()).unwrap_or(u8::MAX);
            let sign = Mark::Sign(sign, times);
            let fits = last_marker.get(&sign).is_some_and(|m| m.1 + 1 >= page);
            // A bullet or emphasis stands in the run of the text; a note stands apart.
            let apart = match i.checked_sub(1).map(|k| &lines[k]) {
                Some(above) if above.role == Role::Body => {
                    starts.last().is_some_and(|s| s.line + 6 > i)
                        || resume::is_closed(above.text(raw))
                }
                _ => true,
            };
            let weight = weight(lines, raw, i, mark.as_str(), rest.as_str(), false);
            let emphasis = is_emphasis(mark.as_str(), rest.as_str(), mark.end() == rest.start());
            if fits
                && apart
                && !emphasis
                && let Some(weight) = weight
            {
                last_marker.remove(&sign);
                starts.push(Start {
                    line: i,
                    mark: sign,
                    at: line.span.start + mark.start(),
                    text_at: line.span.start + rest.start(),
                    weight,
                    marked: true,
                    anew: false,
                });
            }
        }
        for candidate in &by_line[i] {
            if candidate.mark.number().is_none() {
                last_marker.insert(candidate.mark, (i, page));
            }
        }
    }
    starts
}

/// "*word* and more", "* * *": stars in pairs are no mark.
fn is_emphasis(mark: &str, rest: &str, glued: bool) -> bool {
    let closes = |(k, _): (usize, &str)| k > 0 && !rest[..k].ends_with(char::is_whitespace);
    rest.trim_end().ends_with('*')
        || (glued && mark.starts_with(['*', '∗', '⁎']) && rest.match_indices(mark).any(closes))
}

fn number_of(found: &regex::Captures<'_>) -> Option<u32> {
    let digits = ["b", "p", "d"]
        .iter()
        .find_map(|g| found.name(g))
        .map(|m| m.as_str().to_owned());
    let digits = digits.or_else(|| {
        let raised = found.name("s")?.as_str();
        Some(
            raised
                .chars()
                .filter_map(superscript_digit)
                .map(|d| d.to_string())
                .collect(),
        )
    })?;
    digits
        .parse()
        .ok()
        .filter(|&n| n > 0 && !digits.starts_with('0'))
}

/// How much a line looks like the first of a note; `None` where it cannot be one.
fn weight(lines: &[Line], raw: &str, i: usize, mark: &str, rest: &str, glued: bool) -> Option<f64> {
    let first = rest.chars().next()?;
    let opens =
        first.is_uppercase() || matches!(first, '“' | '"' | '‘' | '\'' | '<' | '[' | '(' | '«');
    let mut weight: f64 = 0.2;
    let dressed =
        mark.ends_with([']', ')']) || mark.chars().all(|c| superscript_digit(c).is_some());
    if glued && !(opens && first.is_alphabetic()) && !dressed {
        return None;
    }
    if !opens {
        if !LOWER_START.is_match(rest) && !mark.starts_with(is_sign) {
            return None;
        }
        weight -= 0.1;
    }
    if MONTH.is_match(rest) {
        weight -= 1.0;
    }
    if mark.ends_with(['.', ')']) {
        weight -= 0.1;
    }
    let following: String = lines[i + 1..]
        .iter()
        .take(2)
        .filter(|l| l.role == Role::Body)
        .map(|l| l.text(raw))
        .collect::<Vec<_>>()
        .join(" ");
    if CITATION.is_match(rest) || SHORT.is_match(rest.trim_end()) {
        weight += 0.8;
    } else if CITATION.is_match(&following) {
        weight += 0.5;
    }
    match lines[..i].iter().rev().find(|l| l.role != Role::Blank) {
        Some(l) if l.role == Role::Rule => weight += 1.0,
        Some(l) if l.role == Role::Body => {
            let above = l.text(raw);
            let directly = lines[i - 1].role == Role::Body;
            if NOTES_HEADING.is_match(above) {
                weight += 1.0;
            } else if above.ends_with(':') {
                weight -= 0.5;
            } else if directly && !resume::is_closed(above) {
                weight -= 0.8;
            }
        }
        _ => {}
    }
    Some(weight)
}
