//! Lines of the body to paragraphs, by margins, indents, gaps and size of type.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::Line;
use crate::load::hints::BlockKind;

/// A paragraph as lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paragraph {
    pub kind: BlockKind,
    pub lines: Vec<usize>,
}

static BULLET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(?:[•▪◦‣●○■□➢✓]|[-–*]\s)").expect("a valid pattern"));

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)|\d{1,2}\.)\s+\S")
        .expect("a valid pattern")
});

/// The margins of a column of one page.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: f64,
    right: f64,
}

/// A line that stands in by so much of its size is indented.
const INDENT: f64 = 0.6;
/// Left edges this near, in parts of the size, are one.
const SAME_EDGE: f64 = 0.3;
/// A gap above so many usual distances of baselines parts paragraphs.
const GAP: f64 = 1.25;
/// Sizes of type further apart than this part paragraphs.
const OTHER_SIZE: f64 = 0.08;
/// A heading is at least so much larger than the body.
const LARGER: f64 = 1.1;
/// Room to spare that makes a line's end a choice, and one that must be seen even where the right
/// margin is drawn in.
const SURELY: f64 = 0.5;
const EARLY: f64 = 3.0;
/// The longest heading, in characters.
const HEADING: usize = 110;

/// The paragraphs of `body`, which are indices of lines in reading order; `size` is that of most
/// text.
pub(super) fn group(lines: &[Line], body: &[usize], size: f64) -> Vec<Paragraph> {
    let measure = Measure::of(lines, body, size);
    let set_off = measure.set_off();
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    for (k, &line) in body.iter().enumerate() {
        let goes_on = k > 0 && measure.joins(k, &set_off);
        match paragraphs.last_mut() {
            Some(paragraph) if goes_on => paragraph.lines.push(line),
            _ => paragraphs.push(Paragraph {
                kind: BlockKind::Body,
                lines: vec![line],
            }),
        }
    }
    let mut k = 0;
    for paragraph in &mut paragraphs {
        paragraph.kind = measure.kind(k, paragraph.lines.len(), &set_off);
        k += paragraph.lines.len();
    }
    paragraphs
}

/// Lines of the body by their place in reading order.
struct Measure<'a> {
    lines: Vec<&'a Line>,
    frames: Vec<Frame>,
    /// The usual distance of baselines.
    leading: f64,
    size: f64,
}

impl<'a> Measure<'a> {
    fn of(all: &'a [Line], body: &[usize], size: f64) -> Self {
        let lines: Vec<&Line> = body.iter().map(|&i| &all[i]).collect();
        let mut gaps: Vec<f64> = lines
            .windows(2)
            .filter(|w| same_frame(w[0], w[1]) && same_size(w[0].size, size))
            .map(|w| w[1].y - w[0].y)
            .filter(|g| *g > 0.0)
            .collect();
        gaps.sort_by(f64::total_cmp);
        let leading = gaps.get(gaps.len() / 2).copied().unwrap_or(1.3 * size);
        let frames = frames(&lines, size);
        Measure {
            lines,
            frames,
            leading,
            size,
        }
    }

    fn indent(&self, k: usize) -> f64 {
        self.lines[k].left - self.frames[k].left
    }

    /// Whether line `k` stands right below line `k - 1`.
    fn follows(&self, k: usize) -> bool {
        k > 0
            && same_frame(self.lines[k - 1], self.lines[k])
            && self.lines[k].y - self.lines[k - 1].y <= GAP * self.leading_at(k)
    }

    /// Larger or smaller type has other distances.
    fn leading_at(&self, k: usize) -> f64 {
        let larger = self.lines[k].size.max(self.lines[k - 1].size) / self.size;
        self.leading * larger.max(1.0)
    }

    /// Whether each line belongs to a stretch of lines that all stand in from the margin: a block
    /// quotation, most often.
    fn set_off(&self) -> Vec<bool> {
        let mut set_off = vec![false; self.lines.len()];
        let mut k = 0;
        while k < self.lines.len() {
            let mut end = k + 1;
            while end < self.lines.len()
                && self.follows(end)
                && (self.lines[end].left - self.lines[k].left).abs()
                    <= SAME_EDGE * self.lines[k].size
            {
                end += 1;
            }
            if self.is_set_off(k, end) || self.goes_on_set_off(k, &set_off) {
                set_off[k..end].fill(true);
            }
            k = end;
        }
        // The first line of a paragraph in a block quotation may stand in further.
        for k in 0..self.lines.len() {
            let deeper = self.indent(k) > INDENT * self.lines[k].size;
            let before = k > 0 && set_off[k - 1] && self.follows(k);
            let after = set_off.get(k + 1) == Some(&true) && self.follows(k + 1);
            set_off[k] |= deeper && (before || after) && !self.begins_item(k);
        }
        set_off
    }

    /// Whether line `k`, the first of its column, goes on with a sentence that was set off.
    fn goes_on_set_off(&self, k: usize, set_off: &[bool]) -> bool {
        k > 0
            && set_off[k - 1]
            && !same_frame(self.lines[k - 1], self.lines[k])
            && !is_finished(self.lines[k - 1])
            && (self.indent(k) - self.indent(k - 1)).abs() <= SAME_EDGE * self.lines[k].size
    }

    fn begins_item(&self, k: usize) -> bool {
        let text = &self.lines[k].text;
        BULLET.is_match(text) || NUMBERED.is_match(text)
    }

    /// Whether the lines `k..end`, of one left edge, stand in from the margin on purpose.
    fn is_set_off(&self, k: usize, end: usize) -> bool {
        let first = self.lines[k];
        if self.indent(k) <= INDENT * first.size {
            return false;
        }
        // Lines under a bullet.
        if (k > 0 && self.follows(k) && self.begins_item(k - 1)) || self.begins_item(k) {
            return false;
        }
        let count = end - k;
        let lead_in = k > 0 && without_markers(self.lines[k - 1]).ends_with(':');
        // A line over the middle of the column is a heading or a credit.
        let centred = |k: usize| {
            let right = self.frames[k].right - self.lines[k].right;
            right > self.lines[k].size && (right - self.indent(k)).abs() <= self.lines[k].size
        };
        if count == 1 {
            // A paragraph's first line, or a block quotation of one line.
            let alone = !self.follows(k) && (end == self.lines.len() || !self.follows(end));
            return lead_in && alone && !centred(k);
        }
        let inset = self.lines[k..end]
            .iter()
            .zip(&self.frames[k..end])
            .all(|(line, frame)| frame.right - line.right >= 0.5 * line.size);
        let parted = !self.follows(k) && (end == self.lines.len() || !self.follows(end));
        // Lines that end before they must are paragraphs of one line each, set in at their start.
        let forced = (k + 1..end).any(|j| !self.would_fit(j, EARLY));
        forced && (count >= 3 || inset || lead_in || parted)
    }

    /// Whether the first word of line `k` would have fitted on line `k - 1`, with so many times the
    /// size of type to spare.
    fn would_fit(&self, k: usize, spare: f64) -> bool {
        let (above, line) = (self.lines[k - 1], self.lines[k]);
        let word = line.text.split_whitespace().next().unwrap_or("");
        let share = word.chars().count() as f64 / line.text.chars().count().max(1) as f64;
        let width = (line.right - line.left) * share;
        let free = self.frames[k - 1].right - above.right;
        free > width + spare * above.size
    }

    /// Whether line `k` goes on with the paragraph of line `k - 1`.
    fn joins(&self, k: usize, set_off: &[bool]) -> bool {
        let (above, line) = (self.lines[k - 1], self.lines[k]);
        if self.begins_item(k) && (BULLET.is_match(&line.text) || is_finished(above)) {
            return false;
        }
        if (line.size - above.size).abs() > OTHER_SIZE * line.size.max(above.size)
            || set_off[k] != set_off[k - 1]
        {
            return false;
        }
        let finished = is_finished(above);
        let lower = line.text.starts_with(char::is_lowercase);
        let indented = self.indent(k) > INDENT * line.size;
        let deeper = indented && line.left > above.left + INDENT * line.size;
        let heading = looks_like_heading(&above.text) && !lower;
        if same_frame(above, line) {
            if !self.follows(k) {
                return false;
            }
            if deeper && (finished || !lower) {
                // Lines under a bullet stand in from it.
                return self.begins_item(k - 1);
            }
            return !(self.would_fit(k, SURELY) && (finished || heading));
        }
        let closed = finished || (heading && self.would_fit(k, SURELY));
        if lower || !closed {
            return true;
        }
        let first_line = indented && !set_off[k];
        !first_line && !self.would_fit(k, SURELY)
    }

    fn kind(&self, k: usize, count: usize, set_off: &[bool]) -> BlockKind {
        let first = self.lines[k];
        let last = self.lines[k + count - 1];
        if BULLET.is_match(&first.text) {
            return BlockKind::ListItem;
        }
        let larger = first.size >= LARGER * self.size;
        let apart = !self.follows(k) || (k + count < self.lines.len() && !self.follows(k + count));
        let short = k + count >= self.lines.len() || self.would_fit(k + count, SURELY);
        if count <= 3
            && looks_like_heading(&first.text)
            && looks_like_heading(&last.text)
            && (larger || (apart && short && !set_off[k]))
        {
            return BlockKind::Heading;
        }
        if set_off[k] {
            return BlockKind::Quotation;
        }
        if NUMBERED.is_match(&first.text) {
            return BlockKind::ListItem;
        }
        BlockKind::Body
    }
}

fn same_frame(a: &Line, b: &Line) -> bool {
    a.page == b.page && a.column == b.column && b.y > a.y
}

fn same_size(a: f64, b: f64) -> bool {
    (a - b).abs() <= OTHER_SIZE * b
}

/// A column needs so many lines to show its own margins.
const ENOUGH: usize = 8;

/// Each line's column: its left margin is the leftmost edge that lines share, its right margin the
/// rightmost. A column of few lines borrows from the nearest fuller one.
fn frames(lines: &[&Line], size: f64) -> Vec<Frame> {
    let mut columns: BTreeMap<(usize, usize), Vec<&Line>> = BTreeMap::new();
    for line in lines {
        columns
            .entry((line.page, line.column))
            .or_default()
            .push(line);
    }
    let own: BTreeMap<(usize, usize), (Frame, usize)> = columns
        .iter()
        .map(|(&key, lines)| (key, (frame(lines, size), lines.len())))
        .collect();
    let full: Vec<Frame> = own
        .values()
        .filter(|(_, n)| *n >= ENOUGH)
        .map(|(f, _)| *f)
        .collect();
    lines
        .iter()
        .map(|line| {
            let (mut frame, count) = own[&(line.page, line.column)];
            if count < ENOUGH {
                let near = full
                    .iter()
                    .filter(|f| {
                        f.left <= frame.left + 0.5
                            && frame.left - f.left <= 5.0 * size
                            && frame.right <= f.right + size
                    })
                    .min_by(|a, b| (frame.left - a.left).total_cmp(&(frame.left - b.left)));
                if let Some(near) = near {
                    frame = *near;
                }
            }
            frame
        })
        .collect()
}

fn frame(lines: &[&Line], size: f64) -> Frame {
    let mut lefts: Vec<f64> = lines.iter().map(|l| l.left).collect();
    lefts.sort_by(f64::total_cmp);
    // An edge that a tenth of the lines share; one stray line to the left is no margin.
    let needed = (lines.len() / 10).max(1);
    let left = lefts
        .iter()
        .copied()
        .find(|&x| {
            let near = lefts
                .iter()
                .filter(|&&y| (x..=x + SAME_EDGE * size).contains(&y));
            near.count() >= needed
        })
        .unwrap_or(0.0);
    let mut rights: Vec<f64> = lines.iter().map(|l| l.right).collect();
    rights.sort_by(f64::total_cmp);
    let right = rights
        .get((rights.len() * 19 / 20).min(rights.len().saturating_sub(1)))
        .copied()
        .unwrap_or(left);
    Frame { left, right }
}

/// A line's text without the raised characters at its end.
fn without_markers(line: &Line) -> &str {
    let mut text = line.text.trim_end();
    for &(start, end) in line.raised.iter().rev() {
        if end >= text.len() && start <= text.len() {
            text = text[..start].trim_end();
        }
    }
    text
}

/// Whether the sentence is closed at the line's end, markers after it aside.
fn is_finished(line: &Line) -> bool {
    without_markers(line).ends_with(['.', '!', '?', ':', '”', '"', '…', '’', ')', ';', ']', '»'])
}

fn looks_like_heading(text: &str) -> bool {
    let opens = text
        .chars()
        .next()
        .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    opens
        && text.split_whitespace().count() <= 14
        && text.chars().count() <= HEADING
        && text.chars().any(char::is_alphabetic)
        && !text.ends_with(['.', ',', ';', ':', '-', '—', '”', '"', '…', '!', '\u{ad}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(page: usize, left: f64, right: f64, y: f64, text: &str) -> Line {
        Line {
            page,
            column: 0,
            left,
            right,
            y,
            size: 10.0,
            text: text.to_owned(),
            raised: Vec::new(),
        }
    }

    #[test]
    fn indents_gaps_and_margins_make_the_paragraphs() {
        let mut lines = vec![line(0, 50.0, 150.0, 40.0, "A Heading")];
        for i in 0..9 {
            let y = 70.0 + f64::from(i) * 12.0;
            lines.push(line(
                0,
                50.0,
                400.0,
                y,
                "a full line of the text that goes on and",
            ));
        }
        lines.push(line(0, 50.0, 200.0, 178.0, "ends here:"));
        lines.push(line(
            0,
            74.0,
            376.0,
            196.0,
            "A quotation that stands in from both of the",
        ));
        lines.push(line(
            0,
            74.0,
            376.0,
            208.0,
            "margins and is cut by the end of the",
        ));
        lines.push(line(1, 74.0, 300.0, 40.0, "page in the middle."));
        for i in 0..9 {
            let y = 60.0 + f64::from(i) * 12.0;
            lines.push(line(
                1,
                50.0,
                400.0,
                y,
                "More of the text as it goes on and on, until",
            ));
        }
        lines.push(line(1, 50.0, 180.0, 168.0, "it ends."));
        lines.push(line(
            1,
            62.0,
            400.0,
            180.0,
            "The next begins with its first line set in",
        ));
        lines.push(line(1, 50.0, 300.0, 192.0, "and ends too."));
        let body: Vec<usize> = (0..lines.len()).collect();
        let found = group(&lines, &body, 10.0);
        let shapes: Vec<(BlockKind, usize)> =
            found.iter().map(|p| (p.kind, p.lines.len())).collect();
        assert_eq!(
            shapes,
            [
                (BlockKind::Heading, 1),
                (BlockKind::Body, 10),
                (BlockKind::Quotation, 3),
                (BlockKind::Body, 10),
                (BlockKind::Body, 2),
            ]
        );
    }
}
