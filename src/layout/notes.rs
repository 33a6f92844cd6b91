//! Which lines are notes, and which marker belongs to which.
//!
//! Note numbers and markers rise together, and a footnote stands below its marker. First the
//! heaviest rising chain of lines that may begin a note is taken; then each block of notes is
//! closed off: the markers found in the body above it say which notes it holds, and the line where
//! the body goes on is the one with the most signs of it.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::{Line, Role};
use super::markers::{self, Candidate};
use crate::text::{Raw, Span};

/// A note as lines of the page.
#[derive(Debug, Clone)]
pub(super) struct FoundNote {
    pub number: u32,
    /// The raw byte of the number's first digit (or bracket).
    pub start: usize,
    /// The raw byte where the note's own text begins.
    pub text_start: usize,
    pub lines: Vec<usize>,
    pub marker: Option<Span<Raw>>,
}

static START: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?P<mark>\[(?P<b>\d{1,3})\]|\((?P<p>\d{1,3})\)|(?P<d>\d{1,3})[.)]?|(?P<s>[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))(?P<gap>\s*)(?P<rest>\S.*)$")
        .expect("a valid pattern")
});

/// Words that a note may begin with in lower case.
static LOWER_START: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:ibid|op\.|loc\.|see|cf|quoted|cited|in |e\.g|i\.e|https?:|www\.|supra|id\.|al-|de |van |von |the )")
        .expect("a valid pattern")
});

static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
        .expect("a valid pattern")
});

/// Signs of a citation.
static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:1[89]|20)\d\d\b|\bpp?\.\s?\d|https?:|www\.|\bibid|\bop\.?\s?cit|\bloc\.?\s?cit|\bsupra\b|^see\b|^cf\.|\bed(?:s)?\.|\bvol\.|\bNo\.\s?\d|[“"][^”"]{8,}[,.]?[”"]"#)
        .expect("a valid pattern")
});

static NOTES_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:end\s?notes?|foot\s?notes?|notes|references|notes and references)\s*:?$")
        .expect("a valid pattern")
});

/// Each note number that the chain leaves out costs this much.
const GAP_COST: f64 = 1.0;
/// What a line must weigh to begin a note.
const MIN_WEIGHT: f64 = 0.6;
/// Two starts without a marker or a break between them are of one block if they are this near.
const ONE_NOTE: usize = 1500;
/// The score a line must reach for the body to go on there.
const RESUME: f64 = 3.0;

#[derive(Debug, Clone, Copy)]
struct Start {
    line: usize,
    number: u32,
    at: usize,
    text_at: usize,
    weight: f64,
}

/// Finds the notes, gives their lines the role [`Role::Note`], their rules [`Role::Rule`], and
/// marks where pages begin. Returns the notes in the order of the text.
pub(super) fn mark(lines: &mut [Line], raw: &str) -> Vec<FoundNote> {
    let by_line: Vec<Vec<Candidate>> = lines
        .iter()
        .map(|l| {
            if l.role == Role::Body {
                markers::candidates(raw, l.span)
            } else {
                Vec::new()
            }
        })
        .collect();
    let starts = starts(lines, raw, &by_line);
    let links: Vec<(u32, f64)> = starts.iter().map(|s| (s.number, s.weight)).collect();
    let chain: Vec<Start> = markers::best_chain(&links, 1, u32::MAX, GAP_COST)
        .into_iter()
        .map(|i| starts[i])
        .collect();
    let mut found = Vec::new();
    let mut markers = HashMap::new();
    let mut region = 0;
    let mut i = 0;
    while i < chain.len() {
        let block = Block::find(lines, raw, &by_line, &chain, i, region, &mut markers);
        region = block.end;
        i = block.next;
        block.apply(lines, raw, &chain, &markers, &mut found);
    }
    found
}

fn starts(lines: &[Line], raw: &str, by_line: &[Vec<Candidate>]) -> Vec<Start> {
    let mut first_marker: HashMap<u32, usize> = HashMap::new();
    for candidate in by_line.iter().flatten() {
        let at = first_marker
            .entry(candidate.number)
            .or_insert(candidate.span.start);
        *at = (*at).min(candidate.span.start);
    }
    let mut starts = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if line.role != Role::Body {
            continue;
        }
        let text = line.span.of(raw);
        let Some(found) = START.captures(text) else {
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
        let marked = first_marker.get(&number).is_some_and(|&m| m < at);
        let weight = weight + if marked { 0.8 } else { 0.0 };
        if weight >= MIN_WEIGHT {
            let text_at = line.span.start + rest.start();
            starts.push(Start {
                line: i,
                number,
                at,
                text_at,
                weight,
            });
        }
    }
    starts
}

fn number_of(found: &regex::Captures<'_>) -> Option<u32> {
    let digits = ["b", "p", "d"]
        .iter()
        .find_map(|g| found.name(g))
        .map(|m| m.as_str().to_owned());
    let digits = digits.or_else(|| {
        let s = found.name("s")?.as_str();
        Some(
            s.chars()
                .filter_map(|c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == c))
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
    if glued && !(opens && first.is_alphabetic()) && !mark.ends_with([']', ')']) {
        return None;
    }
    if !opens {
        if !LOWER_START.is_match(rest) {
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
    if CITATION.is_match(rest) {
        weight += 0.8;
    } else if CITATION.is_match(&following) {
        weight += 0.5;
    }
    match lines[..i].iter().rev().find(|l| l.role != Role::Blank) {
        Some(l) if l.role == Role::Rule => weight += 1.0,
        Some(l) if l.role == Role::Body => {
            let above = l.text(raw);
            let directly = lines[i - 1].role == Role::Body;
            let closed = above.ends_with(['.', '>', ']', ')', '”', '"', '!', '?', '/', '’'])
                || above.ends_with(|c: char| c.is_ascii_digit())
                || above.contains("http");
            if NOTES_HEADING.is_match(above) {
                weight += 1.0;
            } else if above.ends_with(':') {
                weight -= 0.5;
            } else if directly && !closed {
                weight -= 0.8;
            }
        }
        _ => {}
    }
    Some(weight)
}

/// A run of notes without body between them.
#[derive(Debug)]
struct Block {
    /// Index in the chain of the first note, and of the first note after the block.
    first: usize,
    next: usize,
    /// The rule or the heading above, if any.
    top: usize,
    /// The first line after the block.
    end: usize,
    /// Lines between the rule and the first number: the end of the note before.
    continued: Vec<usize>,
}

impl Block {
    fn find(
        lines: &[Line],
        raw: &str,
        by_line: &[Vec<Candidate>],
        chain: &[Start],
        first: usize,
        region: usize,
        markers: &mut HashMap<u32, Span<Raw>>,
    ) -> Block {
        let (top, continued, endnotes) = top_of(lines, raw, chain[first].line, region, first > 0);
        let above: Vec<Candidate> = by_line[region..top].iter().flatten().copied().collect();
        let last_number = chain.last().map_or(0, |s| s.number);
        // Endnotes have their markers far above: a region's markers may run ahead of its notes.
        // A marker may also follow its note, where a quotation runs over the page.
        let due = markers.keys().max().map_or(1, |m| m + 1);
        let expected = due.max(chain[first].number.saturating_sub(1));
        markers.extend(
            markers::chain(&above, expected, last_number)
                .into_iter()
                .map(|c| (c.number, c.span)),
        );
        let mut next = first + 1;
        while next < chain.len() {
            let (from, to) = (chain[next - 1].line + 1, chain[next].line);
            let broken = !endnotes
                && lines[from..=to]
                    .iter()
                    .any(|l| l.role == Role::Rule || l.page_start);
            let marked_above = markers.contains_key(&chain[next].number);
            let marked_between = by_line[from..to]
                .iter()
                .flatten()
                .any(|c| c.number == chain[next].number && c.weight >= 0.8);
            let near = chain[next].at - chain[next - 1].at < ONE_NOTE;
            let together = endnotes || (!broken && (marked_above || (!marked_between && near)));
            if !together {
                break;
            }
            next += 1;
        }
        let last = chain[next - 1].line;
        let limit = match chain.get(next) {
            Some(s) => top_of(lines, raw, s.line, last + 1, true).0,
            None => lines.len(),
        };
        let end = if endnotes {
            limit
        } else {
            // The body that follows holds the next note's marker.
            let marker_line = chain.get(next).and_then(|s| {
                (last + 1..limit).find(|&i| {
                    by_line[i]
                        .iter()
                        .any(|c| c.number == s.number && c.weight >= 0.8)
                })
            });
            let unfinished = body_is_unfinished(lines, raw, region, top);
            resumption(
                lines,
                raw,
                chain[first].line..last + 1,
                limit,
                unfinished,
                marker_line,
            )
        };
        Block {
            first,
            next,
            top,
            end,
            continued,
        }
    }

    fn apply(
        self,
        lines: &mut [Line],
        raw: &str,
        chain: &[Start],
        markers: &HashMap<u32, Span<Raw>>,
        found: &mut Vec<FoundNote>,
    ) {
        if let Some(previous) = found.last_mut() {
            let index = self.first.saturating_sub(1);
            for &line in &self.continued {
                lines[line].role = Role::Note(index);
                previous.lines.push(line);
            }
        }
        for line in &mut lines[self.top..chain[self.first].line] {
            if line.role == Role::Body {
                line.role = Role::Furniture;
            }
        }
        for n in self.first..self.next {
            let start = chain[n];
            let stop = if n + 1 < self.next {
                chain[n + 1].line
            } else {
                self.end
            };
            let mut own = Vec::new();
            for (i, line) in lines.iter_mut().enumerate().take(stop).skip(start.line) {
                if line.role == Role::Body {
                    line.role = Role::Note(n);
                    own.push(i);
                }
            }
            found.push(FoundNote {
                number: start.number,
                start: start.at,
                text_start: start.text_at,
                lines: own,
                marker: markers.get(&start.number).copied(),
            });
        }
        // What follows the notes of a page is the next page, form feed or not.
        let breaks = lines[chain[self.first].line..]
            .iter()
            .take(self.end.saturating_sub(chain[self.first].line) + 1)
            .any(|l| l.page_start);
        if !breaks
            && let Some(line) = lines.get_mut(self.end)
            && !line.text(raw).is_empty()
        {
            line.page_start = true;
        }
    }
}

/// The line where the block of the note at `line` begins: its rule or heading, if it has one.
/// Lines between the rule and the first number are the rest of the note before.
fn top_of(
    lines: &[Line],
    raw: &str,
    line: usize,
    region: usize,
    has_previous: bool,
) -> (usize, Vec<usize>, bool) {
    let mut between = Vec::new();
    for i in (region..line).rev() {
        match lines[i].role {
            Role::Blank | Role::Furniture => {}
            Role::Rule => {
                between.reverse();
                let continued = if has_previous { between } else { Vec::new() };
                if continued.is_empty()
                    && i + 1 < line
                    && lines[i + 1..line].iter().any(|l| l.role == Role::Body)
                {
                    return (line, Vec::new(), false);
                }
                return (i, continued, false);
            }
            Role::Body => {
                let text = lines[i].text(raw);
                if between.is_empty() && NOTES_HEADING.is_match(text) {
                    return (i, Vec::new(), true);
                }
                between.push(i);
                if between.len() > 8 {
                    break;
                }
            }
            Role::Note(_) => break,
        }
        if lines[i].page_start {
            break;
        }
    }
    (line, Vec::new(), false)
}

/// Whether the body above a block stops in the middle of a sentence.
fn body_is_unfinished(lines: &[Line], raw: &str, region: usize, top: usize) -> bool {
    let Some(last) = lines[region..top]
        .iter()
        .rev()
        .find(|l| l.role == Role::Body)
    else {
        return false;
    };
    let text = last.text(raw);
    let text = text.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    !text.ends_with(['.', '!', '?', ':', ';', '”', '"', '…', '’', ')'])
}

/// The line in `last+1..limit` where the body goes on after a block of notes.
fn resumption(
    lines: &[Line],
    raw: &str,
    starts: std::ops::Range<usize>,
    limit: usize,
    unfinished: bool,
    marker_line: Option<usize>,
) -> usize {
    let (first, last) = (starts.start, starts.end - 1);
    let widest = usual_width(lines, raw);
    let note_indent = lines[first].indent;
    let mut best: Option<(f64, usize)> = None;
    let mut above = last;
    for i in last + 1..limit {
        if lines[i].role != Role::Body {
            continue;
        }
        let mut score = resumption_score(lines, raw, above, i, unfinished, widest);
        if marker_line.is_some_and(|m| i > m) {
            score -= 6.0;
        }
        let plain = |l: &Line| l.role != Role::Body || l.indent == note_indent;
        let even = lines[first..i].iter().all(plain);
        if even && lines[i].indent != note_indent && lines[i].indent.abs_diff(note_indent) <= 4 {
            score += 3.0;
        }
        if best.is_none_or(|(s, _)| score > s) {
            best = Some((score, i));
        }
        above = i;
    }
    match best {
        Some((score, line)) if score >= RESUME => {
            // The page number or running head before it belongs to the page that begins.
            let mut begin = line;
            while begin > last + 1 && lines[begin - 1].role == Role::Furniture {
                begin -= 1;
            }
            begin
        }
        _ => limit,
    }
}

/// The width that nine lines in ten of the body and the notes keep to.
fn usual_width(lines: &[Line], raw: &str) -> usize {
    let mut widths: Vec<usize> = lines
        .iter()
        .filter(|l| matches!(l.role, Role::Body | Role::Note(_)))
        .map(|l| l.width(raw))
        .collect();
    widths.sort_unstable();
    widths.get(widths.len() * 9 / 10).copied().unwrap_or(0)
}

fn resumption_score(
    lines: &[Line],
    raw: &str,
    above: usize,
    i: usize,
    unfinished: bool,
    widest: usize,
) -> f64 {
    let text = lines[i].text(raw);
    let between = &lines[above + 1..i];
    let mut score = 0.0;
    if lines[i].page_start
        || between
            .iter()
            .any(|l| l.role == Role::Furniture || l.page_start)
    {
        score += 5.0;
    }
    if between
        .iter()
        .any(|l| l.role == Role::Blank || l.role == Role::Rule)
    {
        score += 2.0;
    }
    let before = lines[above].text(raw);
    let closed = before.ends_with(['.', '>', ']', '”', '"', '!', '?', ')', '/', '’'])
        || before.contains("http");
    score += if closed { 1.0 } else { -2.0 };
    let lower = text.chars().next().is_some_and(char::is_lowercase);
    score += match (unfinished, lower) {
        (true, true) => 3.0,
        (true, false) => 0.5,
        (false, true) => -3.0,
        (false, false) => 0.0,
    };
    let word = text
        .split_whitespace()
        .next()
        .map_or(0, |w| w.chars().count());
    score += if lines[above].width(raw) + 1 + word <= widest {
        1.0
    } else {
        -1.0
    };
    if text.starts_with(['•', '▪', '◦', '‣']) {
        score += 2.0;
    }
    if CITATION.is_match(text) {
        score -= 1.0;
    }
    score
}
