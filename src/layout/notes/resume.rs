//! Where a block of notes ends and the body goes on.

use std::sync::LazyLock;

use regex::Regex;

use super::super::lines::{Line, Role};

/// Signs of a citation.
static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:1[89]|20)\d\d\b|\bpp?\.\s?\d|https?:|www\.|\bibid|\bop\.?\s?cit|\bloc\.?\s?cit|\bsupra\b|^see\b|^cf\.|\bed(?:s)?\.|\bvol\.|\bNo\.\s?\d|[“"][^”"]{8,}[,.]?[”"]"#)
        .expect("a valid pattern")
});

/// What may follow the endnotes at the end of a text.
static BACK_MATTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:selected |select )?bibliography|works cited|about the authors?|the authors?|appendix\b.{0,60}|annex\b.{0,60}|index|acknowledge?ments|further reading|glossary|contributors)\s*:?$")
        .expect("a valid pattern")
});

/// "Chapter 2", "Part III: Ports", "2. The Straits".
static CHAPTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:chapter|part|section|essay|lecture)\s+(?:\d{1,3}|[ivxlc]{1,6}|one|two|three|four|five|six|seven|eight|nine|ten)\b.{0,80}$|^(?:introduction|conclusions?|epilogue|prologue|preface)\s*:?$")
        .expect("a valid pattern")
});

/// The score a line must reach for the body to go on there.
const RESUME: f64 = 3.0;

/// Whether a line of a note closes it.
pub(super) fn is_closed(text: &str) -> bool {
    text.ends_with(['.', '>', ']', ')', '”', '"', '!', '?', '/', '’'])
        || text.ends_with(|c: char| c.is_ascii_digit())
        || text.contains("http")
}

pub(super) fn is_chapter_heading(text: &str) -> bool {
    CHAPTER.is_match(text)
}

/// Whether the body above a block stops in the middle of a sentence.
pub(super) fn body_is_unfinished(lines: &[Line], raw: &str, region: usize, top: usize) -> bool {
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

/// The line where what follows the endnotes of a whole text begins.
pub(super) fn after_endnotes(lines: &[Line], raw: &str, from: usize, limit: usize) -> usize {
    (from..limit)
        .find(|&i| lines[i].role == Role::Body && BACK_MATTER.is_match(lines[i].text(raw)))
        .unwrap_or(limit)
}

/// The first line of the paragraph that holds `line`, not above `from`.
pub(super) fn paragraph_start(lines: &[Line], from: usize, line: usize) -> usize {
    (from..line)
        .rev()
        .find(|&i| lines[i].role != Role::Body || lines[i + 1].page_start)
        .map_or(from, |i| i + 1)
}

/// A block of notes whose end is looked for.
pub(super) struct Block {
    /// The first line of its first and of its last note.
    pub first: usize,
    pub last: usize,
    /// The line that at the latest belongs to something else.
    pub limit: usize,
    /// The body above stops in the middle of a sentence.
    pub unfinished: bool,
    /// A line of the body that follows.
    pub marker_line: Option<usize>,
    /// See [`usual_width`].
    pub widest: usize,
}

/// The line where the body goes on after a block of notes.
pub(super) fn resumption(lines: &[Line], raw: &str, block: &Block) -> usize {
    let &Block {
        first, last, limit, ..
    } = block;
    let note_indent = lines[first].indent;
    let mut best: Option<(f64, usize)> = None;
    let mut above = last;
    let mut even = true;
    let mut checked = first;
    for i in last + 1..limit {
        if lines[i].role != Role::Body {
            continue;
        }
        let mut score = resumption_score(lines, raw, above, i, block);
        if block.marker_line.is_some_and(|m| i > m) {
            score -= 6.0;
        }
        even &= lines[checked..i]
            .iter()
            .all(|l| l.role != Role::Body || l.indent == note_indent);
        checked = i;
        if even && lines[i].indent != note_indent && lines[i].indent.abs_diff(note_indent) <= 4 {
            score += 3.0;
        }
        if is_chapter_heading(lines[i].text(raw)) {
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
            // One above a form feed is at the foot of the page that ends.
            while begin > last + 1
                && !lines[begin].page_start
                && lines[begin - 1].role == Role::Furniture
            {
                begin -= 1;
            }
            begin
        }
        _ => limit,
    }
}

/// The width that nine lines in ten of the body and the notes keep to.
pub(super) fn usual_width(lines: &[Line], raw: &str) -> usize {
    let mut widths: Vec<usize> = lines
        .iter()
        .filter(|l| matches!(l.role, Role::Body | Role::Note(_)))
        .map(|l| l.width(raw))
        .collect();
    widths.sort_unstable();
    widths.get(widths.len() * 9 / 10).copied().unwrap_or(0)
}

fn resumption_score(lines: &[Line], raw: &str, above: usize, i: usize, block: &Block) -> f64 {
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
    // A note that a form feed cuts goes on at the next page's foot, not at its head.
    score += match (closed, lines[i].page_start) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => -2.0,
    };
    let lower = text.chars().next().is_some_and(char::is_lowercase);
    score += match (block.unfinished, lower) {
        (true, true) => 3.0,
        (true, false) => 0.5,
        (false, true) => -3.0,
        (false, false) => 0.0,
    };
    let word = text
        .split_whitespace()
        .next()
        .map_or(0, |w| w.chars().count());
    score += if lines[above].width(raw) + 1 + word <= block.widest {
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
