//! Which lines are notes, and which marker belongs to which.
//!
//! Note numbers and markers rise together, and a footnote stands below its marker. First the
//! heaviest chain of lines that may begin a note is taken ([`starts`]): it rises by one, and may
//! begin anew where a marker or a heading shows it. Then each block of notes is closed off: the
//! markers found in the body above it say which notes it holds, and the line where the body goes on
//! is the one with the most signs of it ([`resume`]).

mod labels;
mod resume;
mod starts;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::clean::{Cut, CutKind};
use super::lines::{Line, Role};
use super::markers::{self, AFTER_WORD, Candidate, Mark};
use crate::text::{Raw, Span};
use starts::Start;

pub(super) use labels::labels;

/// A note as lines of the page.
#[derive(Debug, Clone)]
pub(super) struct FoundNote {
    pub mark: Mark,
    /// The label as the format prints it, where no mark is like it: "iv".
    pub printed: Option<String>,
    /// The raw byte of the number's first digit (or bracket).
    pub start: usize,
    /// The raw byte where the note's own text begins.
    pub text_start: usize,
    pub lines: Vec<usize>,
    pub marker: Option<Span<Raw>>,
    /// Markers that lead to it once more.
    pub other_markers: Vec<Span<Raw>>,
    /// It stands under a heading at the end of the text or of a chapter.
    pub endnote: bool,
}

/// The notes of a document.
#[derive(Debug, Default)]
pub(super) struct FoundNotes {
    /// In the order of the text.
    pub notes: Vec<FoundNote>,
    /// Markers that by their place in the count are markers, and have no note. In order.
    pub orphans: Vec<Span<Raw>>,
}

/// The markers, which the flowing text leaves out.
pub(super) fn cuts(found: &FoundNotes) -> Vec<Cut> {
    let marker = |note: Option<usize>| {
        move |&span: &Span<Raw>| Cut {
            span,
            kind: CutKind::Marker { note },
        }
    };
    let mut cuts: Vec<Cut> = found.orphans.iter().map(marker(None)).collect();
    for (i, note) in found.notes.iter().enumerate() {
        cuts.extend(
            note.marker
                .iter()
                .chain(&note.other_markers)
                .map(marker(Some(i))),
        );
    }
    cuts
}

static NOTES_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:\d{1,2}\.?\s+|[ivx]{1,5}\.?\s+)?(?:end\s?notes?|foot\s?notes?|notes|references|notes and references|references and notes|notes to (?:the )?(?:chapter|part|text|pages)\b.{0,30})\s*:?$")
        .expect("a valid pattern")
});

/// Two starts without a marker or a break between them are of one block if they are this near.
const ONE_NOTE: usize = 1500;
/// Lines below a rule that go on with the note of an earlier page.
const CONTINUED: usize = 8;
/// So many markers in a row and without a note are markers all the same.
const ORPHANS: usize = 3;

/// Finds the notes, gives their lines the role [`Role::Note`], their rules [`Role::Rule`], and
/// marks where pages begin.
///
/// What stands in `markup`, which is sorted and does not overlap, is no marker.
pub(super) fn mark(lines: &mut [Line], raw: &str, markup: &[Span<Raw>]) -> FoundNotes {
    let is_text = |c: &Candidate| {
        let next = markup.partition_point(|m| m.end <= c.span.start);
        markup.get(next).is_none_or(|m| m.start >= c.span.end)
    };
    let by_line: Vec<Vec<Candidate>> = lines
        .iter()
        .map(|l| {
            if l.role == Role::Body {
                let mut candidates = markers::candidates(raw, l.span);
                candidates.retain(is_text);
                candidates
            } else {
                Vec::new()
            }
        })
        .collect();
    let chain = starts::chain(lines, raw, &by_line);
    let page = Page {
        raw,
        by_line: &by_line,
        chain: &chain,
        widest: resume::usual_width(lines, raw),
    };
    let mut found = Vec::new();
    let mut markers = BTreeMap::new();
    let mut region = 0;
    let mut i = 0;
    while i < chain.len() {
        let block = page.block(lines, i, region, &mut markers);
        region = block.end;
        i = block.next;
        page.apply(block, lines, &markers, &mut found);
    }
    for (note, marker) in &markers {
        found[*note].marker = Some(*marker);
    }
    go_on_below_rules(lines, raw, &mut found);
    let orphans = orphans(lines, &by_line, &found);
    FoundNotes {
        notes: found,
        orphans,
    }
}

/// What does not change while the blocks are found.
struct Page<'a> {
    raw: &'a str,
    by_line: &'a [Vec<Candidate>],
    chain: &'a [Start],
    widest: usize,
}

/// A run of notes without body between them.
#[derive(Debug)]
struct Block {
    /// Index in the chain of the first note, and of the first note after the block.
    first: usize,
    next: usize,
    /// The rule or the heading above, if any.
    top: Top,
    /// The first line after the block.
    end: usize,
}

/// What stands above the first note of a block.
#[derive(Debug)]
struct Top {
    /// The rule or heading, else the note's own line.
    line: usize,
    /// Lines between the rule and the first number: the end of the note before.
    continued: Vec<usize>,
    /// A heading ("Notes") stands there.
    heading: bool,
}

impl Page<'_> {
    fn block(
        &self,
        lines: &[Line],
        first: usize,
        region: usize,
        markers: &mut BTreeMap<usize, Span<Raw>>,
    ) -> Block {
        let chain = self.chain;
        let top = self.top_of(lines, chain[first].line, region, first > 0);
        let above: Vec<Candidate> = self.by_line[region..top.line]
            .iter()
            .flatten()
            .copied()
            .collect();
        // A marker may follow its note where a quotation runs over the page, and a region's markers
        // may run ahead of its notes.
        let linked = markers.keys().next_back().map_or(0, |&m| m + 1);
        let from = linked.max(first.saturating_sub(1));
        let endnotes = top.heading.then(|| self.end_of_endnotes(first));
        let last = endnotes.unwrap_or_else(|| self.end_of_series(first));
        let marks: Vec<Mark> = chain[from.min(last)..last].iter().map(|s| s.mark).collect();
        for (note, candidate) in markers::align(&above, &marks) {
            markers.insert(from + note, above[candidate].span);
        }
        let next = endnotes.unwrap_or_else(|| {
            let mut next = first + 1;
            while next < chain.len() && self.together(lines, next, markers) {
                next += 1;
            }
            next
        });
        let end = self.end_of(lines, first..next, region, &top);
        Block {
            first,
            next,
            top,
            end,
        }
    }

    /// The first note behind `first` that begins a count anew.
    fn end_of_series(&self, first: usize) -> usize {
        (first + 1..self.chain.len())
            .find(|&i| self.chain[i].anew)
            .unwrap_or(self.chain.len())
    }

    /// Endnotes go on until a chapter with markers of its own stands between them.
    fn end_of_endnotes(&self, first: usize) -> usize {
        (first + 1..self.chain.len())
            .find(|&i| self.chain[i].anew && self.marker_between(i).is_some())
            .unwrap_or(self.chain.len())
    }

    /// The line between a note and the note before that holds the note's marker.
    fn marker_between(&self, note: usize) -> Option<usize> {
        let (from, to) = (self.chain[note - 1].line + 1, self.chain[note].line);
        (from..to).find(|&i| self.marks(i, note))
    }

    /// Whether a line holds what may be the note's marker.
    fn marks(&self, line: usize, note: usize) -> bool {
        self.by_line[line]
            .iter()
            .any(|c| c.mark == self.chain[note].mark && c.weight >= AFTER_WORD)
    }

    /// Whether a note belongs to the block of the note before it.
    fn together(&self, lines: &[Line], note: usize, markers: &BTreeMap<usize, Span<Raw>>) -> bool {
        let (before, this) = (&self.chain[note - 1], &self.chain[note]);
        let broken = lines[before.line + 1..=this.line]
            .iter()
            .any(|l| l.role == Role::Rule || l.page_start);
        let marked_above = markers.contains_key(&note);
        !broken
            && !this.anew
            && (marked_above
                || (self.marker_between(note).is_none() && this.at - before.at < ONE_NOTE))
    }

    /// The first line after a block.
    fn end_of(
        &self,
        lines: &[Line],
        notes: std::ops::Range<usize>,
        region: usize,
        top: &Top,
    ) -> usize {
        let last = self.chain[notes.end - 1].line;
        let follows = self.chain.get(notes.end);
        let limit = follows.map_or(lines.len(), |s| {
            self.top_of(lines, s.line, last + 1, true).line
        });
        // The body that follows holds the next note's marker.
        let marker_line =
            follows.and_then(|_| (last + 1..limit).find(|&i| self.marks(i, notes.end)));
        if top.heading && follows.is_none() {
            return resume::after_endnotes(lines, self.raw, last + 1, limit);
        }
        let end = resume::resumption(
            lines,
            self.raw,
            &resume::Block {
                first: self.chain[notes.start].line,
                last,
                limit,
                unfinished: resume::body_is_unfinished(lines, self.raw, region, top.line),
                marker_line,
                widest: self.widest,
            },
        );
        match marker_line {
            Some(marker) if top.heading && end > marker => {
                resume::paragraph_start(lines, last + 1, marker)
            }
            _ => end,
        }
    }

    /// What stands above the note at `line`.
    fn top_of(&self, lines: &[Line], line: usize, region: usize, has_previous: bool) -> Top {
        let mut between = Vec::new();
        let bare = Top {
            line,
            continued: Vec::new(),
            heading: false,
        };
        for i in (region..line).rev() {
            match lines[i].role {
                Role::Blank | Role::Furniture | Role::Aside => {}
                Role::Rule => {
                    between.reverse();
                    let continued = if has_previous { between } else { Vec::new() };
                    if continued.is_empty()
                        && i + 1 < line
                        && lines[i + 1..line].iter().any(|l| l.role == Role::Body)
                    {
                        return bare;
                    }
                    return Top {
                        line: i,
                        continued,
                        heading: false,
                    };
                }
                Role::Body => {
                    let text = lines[i].text(self.raw);
                    if between.len() <= 2 && NOTES_HEADING.is_match(text) {
                        return Top {
                            line: i,
                            continued: Vec::new(),
                            heading: true,
                        };
                    }
                    between.push(i);
                    if between.len() > CONTINUED {
                        break;
                    }
                }
                Role::Note(_) => break,
            }
            if lines[i].page_start {
                break;
            }
        }
        self.continued_without_rule(lines, line, region, has_previous)
            .unwrap_or(bare)
    }

    /// Where no rule parts notes from body: a few lines, set apart by a blank line, that close what
    /// the note of the page before left open.
    fn continued_without_rule(
        &self,
        lines: &[Line],
        line: usize,
        region: usize,
        has_previous: bool,
    ) -> Option<Top> {
        if !has_previous || region == 0 {
            return None;
        }
        let before = (0..region).rev().find(|&i| lines[i].role != Role::Blank)?;
        if !matches!(lines[before].role, Role::Note(_))
            || resume::is_closed(lines[before].text(self.raw))
        {
            return None;
        }
        let first = (region..line)
            .rev()
            .take_while(|&i| lines[i].role == Role::Body)
            .last()?;
        let starts_low = lines[first]
            .text(self.raw)
            .starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
        let parted = first > region && lines[first - 1].role == Role::Blank;
        let short = line - first <= CONTINUED;
        (starts_low && parted && short && resume::is_closed(lines[line - 1].text(self.raw))).then(
            || Top {
                line: first,
                continued: (first..line).collect(),
                heading: false,
            },
        )
    }

    fn apply(
        &self,
        block: Block,
        lines: &mut [Line],
        markers: &BTreeMap<usize, Span<Raw>>,
        found: &mut Vec<FoundNote>,
    ) {
        let chain = self.chain;
        if let Some(previous) = found.last_mut() {
            let index = block.first.saturating_sub(1);
            for &line in &block.top.continued {
                lines[line].role = Role::Note(index);
                previous.lines.push(line);
            }
        }
        for line in &mut lines[block.top.line..chain[block.first].line] {
            if line.role == Role::Body {
                line.role = Role::Furniture;
            }
        }
        for n in block.first..block.next {
            let start = chain[n];
            let stop = if n + 1 < block.next {
                let next = chain[n + 1];
                if next.anew {
                    self.drop_headings(lines, start.line + 1, next.line);
                }
                next.line
            } else {
                block.end
            };
            let mut own = Vec::new();
            for (i, line) in lines.iter_mut().enumerate().take(stop).skip(start.line) {
                if line.role == Role::Body {
                    line.role = Role::Note(n);
                    own.push(i);
                }
            }
            found.push(FoundNote {
                mark: start.mark,
                printed: None,
                start: start.at,
                text_start: start.text_at,
                lines: own,
                marker: markers.get(&n).copied(),
                other_markers: Vec::new(),
                endnote: block.top.heading,
            });
        }
        // What follows the notes of a page is the next page, form feed or not.
        let breaks = lines[chain[block.first].line..]
            .iter()
            .take(block.end.saturating_sub(chain[block.first].line) + 1)
            .any(|l| l.page_start);
        if !breaks
            && let Some(line) = lines.get_mut(block.end)
            && !line.text(self.raw).is_empty()
        {
            line.page_start = true;
        }
    }

    /// "Chapter 2" between the notes of two chapters belongs to neither.
    fn drop_headings(&self, lines: &mut [Line], from: usize, to: usize) {
        let mut dropped = 0;
        for line in lines[from..to].iter_mut().rev() {
            match line.role {
                Role::Blank => {}
                Role::Body
                    if dropped < 2
                        && (resume::is_chapter_heading(line.text(self.raw))
                            || NOTES_HEADING.is_match(line.text(self.raw))) =>
                {
                    line.role = Role::Furniture;
                    dropped += 1;
                }
                _ => break,
            }
        }
    }
}

/// Below a rule that no note of its own follows, the unfinished note of the page before goes on.
fn go_on_below_rules(lines: &mut [Line], raw: &str, found: &mut [FoundNote]) {
    let mut note: Option<usize> = None;
    let mut open = false;
    let mut i = 0;
    while i < lines.len() {
        match lines[i].role {
            Role::Note(n) => {
                note = Some(n);
                open = !resume::is_closed(lines[i].text(raw));
            }
            Role::Rule if open => {
                let end = (i + 1..lines.len())
                    .find(|&j| lines[j].page_start || lines[j].role == Role::Rule)
                    .unwrap_or(lines.len());
                let below: Vec<usize> = (i + 1..end)
                    .filter(|&j| lines[j].role == Role::Body)
                    .collect();
                let notes = lines[i + 1..end]
                    .iter()
                    .any(|l| matches!(l.role, Role::Note(_)));
                let at_the_foot = end == lines.len() || lines[end].page_start;
                if let Some(n) = note
                    && !notes
                    && at_the_foot
                    && (1..=CONTINUED).contains(&below.len())
                    && resume::is_closed(lines[below[below.len() - 1]].text(raw))
                {
                    for &j in &below {
                        lines[j].role = Role::Note(n);
                    }
                    found[n].lines.extend(below);
                    open = false;
                }
            }
            _ => {}
        }
        i += 1;
    }
}

/// Markers without a note: what the count between two linked markers, before the first or behind
/// the last leaves out, and a count from 1 in a text that has no notes at all.
fn orphans(lines: &[Line], by_line: &[Vec<Candidate>], found: &[FoundNote]) -> Vec<Span<Raw>> {
    let free: Vec<Candidate> = by_line
        .iter()
        .zip(lines)
        .filter(|(_, l)| l.role == Role::Body)
        .flat_map(|(c, _)| c)
        .filter(|c| c.weight >= AFTER_WORD && c.mark.number().is_some())
        .copied()
        .collect();
    let mut linked: Vec<(Span<Raw>, u32)> = found
        .iter()
        .filter_map(|n| Some((n.marker?, n.mark.number()?)))
        .collect();
    linked.sort_unstable_by_key(|l| l.0);
    let mut orphans = Vec::new();
    let mut gap = |from: usize, to: usize, first: u32, last: u32, least: usize| {
        let a = free.partition_point(|c| c.span.start < from);
        let b = free.partition_point(|c| c.span.end <= to);
        let inside: Vec<(u32, f64)> = free[a..b.max(a)]
            .iter()
            .map(|c| match c.mark.number() {
                Some(n) if (first..=last).contains(&n) => (n - first, c.weight),
                _ => (u32::MAX, 0.0),
            })
            .collect();
        let chain = markers::best_chain(&inside, 1.0);
        if chain.len() >= least {
            orphans.extend(chain.into_iter().map(|i| free[a + i].span));
        }
    };
    let end = lines.last().map_or(0, |l| l.span.end);
    let mut previous: Option<(Span<Raw>, u32)> = None;
    for &(span, number) in &linked {
        match previous {
            None if number > 1 => gap(0, span.start, 1, number - 1, 1),
            Some((before, n)) if number > n + 1 => {
                gap(before.end, span.start, n + 1, number - 1, 1)
            }
            _ => {}
        }
        previous = Some((span, number));
    }
    match previous {
        Some((span, number)) => gap(span.end, end, number + 1, u32::MAX - 1, 2),
        None => gap(0, end, 1, u32::MAX - 1, ORPHANS),
    }
    orphans.sort_unstable();
    orphans
}
