//! Lines of the body, put together to paragraphs.

use std::sync::LazyLock;

use regex::Regex;

use super::clean::ParagraphKind;
use super::lines::{Line, Role};
use super::words::Words;
use crate::text::{Raw, Span};

/// The raw lines of one paragraph.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub lines: Vec<Span<Raw>>,
    pub kind: ParagraphKind,
    /// Every line stands to the right of the body's margin.
    pub indented: bool,
    /// No blank line parts it from the paragraph before.
    pub tight: bool,
    /// The format says that it is a block quotation.
    pub quotation: bool,
}

static BULLET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(?:[•▪◦‣●○■□➢✓*·-]|–)\s+").expect("a valid pattern"));

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)|\d{1,2}\.)\s+\S")
        .expect("a valid pattern")
});

/// Columns right of the margin from which a paragraph counts as set off.
const SET_OFF: usize = 3;
/// Lines of a paragraph that show how wide it is set.
const LOCAL: usize = 40;
/// The longest heading, in characters.
const HEADING_LENGTH: usize = 110;

/// The width at which most lines of the body break, and its left margin.
struct Measure {
    width: usize,
    margin: usize,
    double_spaced: bool,
    /// The first line that is as long as a line of the body.
    body_start: Option<usize>,
}

impl Measure {
    fn of(lines: &[Line], raw: &str) -> Measure {
        let body: Vec<&Line> = lines.iter().filter(|l| l.role == Role::Body).collect();
        let mut widths: Vec<usize> = body.iter().map(|l| l.width(raw)).collect();
        widths.sort_unstable();
        let mut indents: Vec<usize> = body.iter().map(|l| l.indent).collect();
        indents.sort_unstable();
        let parted = lines
            .windows(2)
            .filter(|w| w[0].role == Role::Body && w[1].role == Role::Blank)
            .count();
        let long = body.iter().filter(|l| l.width(raw) > 40).count();
        let width = widths.get(widths.len() * 9 / 10).copied().unwrap_or(0);
        let body_start = lines
            .iter()
            .position(|l| l.role == Role::Body && l.width(raw) * 10 >= width * 8);
        Measure {
            width,
            body_start,
            margin: indents.get(indents.len() / 4).copied().unwrap_or(0),
            double_spaced: body.len() > 20 && parted * 10 > body.len() * 9 && long * 2 > body.len(),
        }
    }
}

/// How the gap between two lines of the body looks.
#[derive(Default)]
struct Gap {
    blanks: usize,
    /// A page ends in it.
    page: bool,
}

pub(super) fn group(lines: &[Line], raw: &str, words: &Words) -> Vec<Block> {
    let measure = Measure::of(lines, raw);
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut tight = Vec::new();
    let mut gap = Gap::default();
    for (i, line) in lines.iter().enumerate() {
        gap.page |= line.page_start;
        match line.role {
            Role::Blank => gap.blanks += 1,
            Role::Rule | Role::Furniture | Role::Aside | Role::Note(_) => gap.page = true,
            Role::Body => {
                let goes_on = blocks.last().is_some_and(|b| {
                    opens_with_drop_cap(lines, raw, b, i, words)
                        || joins(lines, raw, b, i, &gap, &measure)
                });
                if goes_on && let Some(block) = blocks.last_mut() {
                    block.push(i);
                } else {
                    blocks.push(vec![i]);
                    tight.push(gap.blanks == 0 && !gap.page);
                }
                gap = Gap::default();
            }
        }
    }
    let firsts: Vec<Option<usize>> = (0..blocks.len())
        .map(|b| blocks.get(b + 1).map(|n| n[0]))
        .collect();
    blocks
        .iter()
        .zip(tight)
        .zip(firsts)
        .map(|((block, tight), next)| Block {
            lines: block.iter().map(|&i| lines[i].span).collect(),
            kind: kind(lines, raw, block, next),
            indented: block
                .iter()
                .all(|&i| lines[i].indent >= measure.margin + SET_OFF),
            tight,
            quotation: false,
        })
        .collect()
}

/// A note's lines as paragraphs: parted by blank lines after closing punctuation.
pub(super) fn of_note(lines: &[Line], own: &[usize], text_start: usize, raw: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut previous: Option<usize> = None;
    for &i in own {
        let mut span = lines[i].span;
        if previous.is_none() {
            span = Span::new(text_start, span.end);
        }
        let parted = previous.is_some_and(|p| {
            i > p + 1
                && lines[p + 1..i].iter().all(|l| l.role == Role::Blank)
                && lines[p].text(raw).ends_with(['.', '>', ']', '”', '"', ')'])
        });
        match blocks.last_mut() {
            Some(block) if !parted => block.lines.push(span),
            _ => blocks.push(Block {
                lines: vec![span],
                kind: ParagraphKind::Body,
                indented: false,
                tight: false,
                quotation: false,
            }),
        }
        previous = Some(i);
    }
    blocks
}

/// Whether the block is a capital set apart whose word goes on in line `i`.
fn opens_with_drop_cap(
    lines: &[Line],
    raw: &str,
    block: &[usize],
    i: usize,
    words: &Words,
) -> bool {
    let &[cap] = block else { return false };
    let page = lines[cap + 1..=i].iter().any(|l| l.page_start);
    !page && i - cap <= 3 && words.is_drop_cap(lines[cap].text(raw), lines[i].text(raw))
}

fn joins(
    lines: &[Line],
    raw: &str,
    block: &[usize],
    i: usize,
    gap: &Gap,
    measure: &Measure,
) -> bool {
    let Some(&last) = block.last() else {
        return false;
    };
    let text = lines[i].text(raw);
    if BULLET.is_match(text) || NUMBERED.is_match(text) {
        return false;
    }
    let above = lines[last].text(raw);
    let finished = is_finished(above);
    let lower = text.chars().next().is_some_and(char::is_lowercase);
    let short = could_hold_more(lines, raw, block, text, measure);
    let heading = block.len() <= 2
        && short
        && !lower
        && looks_like_heading(above)
        && reads_as_title(above, measure);
    if gap.page {
        if lower || goes_on_in_marks(lines, raw, block, i) {
            return true;
        }
        return !heading
            && (!finished
                || (gap.blanks == 0 && !short && lines[i].indent <= lines[last].indent + 1));
    }
    // Title, subtitle, author and date stand on lines of their own.
    if measure.body_start.is_none_or(|start| i <= start) && short {
        return false;
    }
    let allowed = usize::from(measure.double_spaced);
    if gap.blanks > allowed {
        return false;
    }
    if heading {
        return false;
    }
    if finished && short {
        return false;
    }
    let deeper = lines[i].indent >= lines[last].indent + 2;
    let out = lines[last].indent >= measure.margin + SET_OFF
        && lines[i].indent < measure.margin + SET_OFF;
    let hanging =
        block.len() == 1 && (BULLET.is_match(lines[last].span.of(raw)) || NUMBERED.is_match(above));
    !(finished && ((deeper && !hanging) || (out && block.len() > 1)))
}

/// Lines in which a quotation that a page end cuts is closed.
const CLOSED_WITHIN: usize = 12;

/// Whether quotation marks are open at the block's end, and the next mark below closes them: a
/// quotation of several sentences goes on over the page end or the note.
fn goes_on_in_marks(lines: &[Line], raw: &str, block: &[usize], i: usize) -> bool {
    let mut open = false;
    for &line in &block[block.len().saturating_sub(LOCAL)..] {
        for c in lines[line].text(raw).chars() {
            match c {
                '“' => open = true,
                '”' => open = false,
                '"' => open = !open,
                _ => {}
            }
        }
    }
    let mut below = lines[i..]
        .iter()
        .take(CLOSED_WITHIN)
        .take_while(|l| l.role == Role::Body);
    open && below
        .find_map(|l| {
            let text = l.text(raw);
            let at = text.find(['“', '”', '"'])?;
            let closes = !text[at..].starts_with('“') && !text[..at].ends_with(char::is_whitespace);
            Some(closes && at > 0)
        })
        .unwrap_or(false)
}

/// Whether the sentence is closed at the line's end, a marker after it aside.
fn is_finished(text: &str) -> bool {
    let text = text.trim_end().trim_end_matches(|c: char| {
        c.is_ascii_digit() || c.is_whitespace() || "⁰¹²³⁴⁵⁶⁷⁸⁹".contains(c)
    });
    text.ends_with(['.', '!', '?', ':', '”', '"', '…', '’', ')', ';', ']'])
}

/// Whether the first word below would have fitted on the line: its break was meant.
fn could_hold_more(
    lines: &[Line],
    raw: &str,
    block: &[usize],
    below: &str,
    measure: &Measure,
) -> bool {
    let Some(&last) = block.last() else {
        return false;
    };
    // The last lines tell the width of a paragraph as well as all of them.
    let local = block
        .iter()
        .rev()
        .take(LOCAL)
        .map(|&i| lines[i].width(raw))
        .max()
        .unwrap_or(0);
    let width = if block.len() >= 3 {
        measure.width.min(local)
    } else {
        measure.width
    };
    let word = below
        .split_whitespace()
        .next()
        .map_or(0, |w| w.chars().count());
    lines[last].width(raw) + 1 + word + 2 < width
}

fn looks_like_heading(text: &str) -> bool {
    // "They did.37" is a sentence with its marker; "World War 2" is a title.
    let unmarked = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if unmarked.ends_with(['.', '!', '?', '”', '"', '…']) && unmarked.len() < text.len() {
        return false;
    }
    let opens = text
        .chars()
        .next()
        .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    let words = text.split_whitespace().count();
    opens
        && words <= 14
        && text.chars().count() <= HEADING_LENGTH
        && text.chars().any(char::is_alphabetic)
        && !text.ends_with(['.', ',', ';', ':', '-', '—', '”', '"', '…', '!'])
}

/// Most longer words are capitalised, or the line takes up little of the width.
fn reads_as_title(text: &str, measure: &Measure) -> bool {
    let long: Vec<&str> = text
        .split_whitespace()
        .filter(|w| w.chars().count() > 3)
        .collect();
    let capital = long
        .iter()
        .filter(|w| {
            w.chars()
                .find(|c| c.is_alphanumeric())
                .is_some_and(|c| !c.is_lowercase())
        })
        .count();
    (capital * 10 >= long.len() * 7 && text.chars().count() * 10 <= measure.width * 9)
        || text.chars().count() * 10 <= measure.width * 6
}

fn kind(lines: &[Line], raw: &str, block: &[usize], next: Option<usize>) -> ParagraphKind {
    let first = lines[block[0]].text(raw);
    let last = lines[block[block.len() - 1]].text(raw);
    if BULLET.is_match(first) {
        return ParagraphKind::ListItem;
    }
    if block.len() <= 2 && looks_like_heading(first) && looks_like_heading(last) {
        let followed = next.is_none_or(|n| {
            lines[n]
                .text(raw)
                .chars()
                .next()
                .is_some_and(|c| !c.is_lowercase())
        });
        if followed {
            return ParagraphKind::Heading;
        }
    }
    if NUMBERED.is_match(first) {
        return ParagraphKind::ListItem;
    }
    ParagraphKind::Body
}

/// The length of the bullet or number that opens a list item.
pub(super) fn bullet_length(line: &str) -> usize {
    BULLET.find(line).map_or(0, |m| m.end())
}
