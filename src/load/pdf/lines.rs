//! Characters to lines, column by column, in reading order.

use std::collections::BTreeMap;

use super::glyphs::{Glyph, Page};

/// A line of text in one column. Lengths are in points; `y` grows downwards.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Counted from 0.
    pub page: usize,
    /// Counted over the page in reading order; lines over the full width between two pairs of
    /// columns are one of their own.
    pub column: usize,
    pub left: f64,
    pub right: f64,
    /// The baseline.
    pub y: f64,
    /// The size of most of its characters.
    pub size: f64,
    pub text: String,
    /// Byte ranges of the text that are small and raised.
    pub raised: Vec<(usize, usize)>,
}

impl Line {
    /// The raised text that the line begins with.
    pub fn raised_start(&self) -> Option<&str> {
        let &(start, end) = self.raised.first()?;
        (start == 0).then(|| &self.text[..end])
    }
}

/// The size of most characters, by quarters of a point.
pub(super) fn usual_size<'a>(glyphs: impl Iterator<Item = &'a Glyph>) -> f64 {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for glyph in glyphs {
        *counts.entry((glyph.size * 4.0).round() as i64).or_default() += 1;
    }
    let best = counts.into_iter().max_by_key(|&(size, n)| (n, size));
    best.map_or(10.0, |(size, _)| size as f64 / 4.0)
}

/// The lines of all pages in reading order. Where most pages do not show whether they have two
/// columns, the others say so.
pub(super) fn of_pages(pages: &[Page]) -> Vec<Line> {
    let sizes: Vec<f64> = pages.iter().map(|p| usual_size(p.glyphs.iter())).collect();
    let rows: Vec<Vec<Row>> = pages
        .iter()
        .zip(&sizes)
        .map(|(page, &size)| rows(&page.glyphs, size))
        .collect();
    let mut gutters: Vec<Option<f64>> = rows
        .iter()
        .zip(&sizes)
        .map(|(rows, &size)| gutter(rows, size))
        .collect();
    let mut known: Vec<f64> = gutters.iter().flatten().copied().collect();
    known.sort_by(f64::total_cmp);
    if let Some(&x) = known.get(known.len() / 2) {
        for ((gutter, rows), &size) in gutters.iter_mut().zip(&rows).zip(&sizes) {
            if gutter.is_none() && Counts::at(rows, x, size).may_part(rows.len()) {
                *gutter = Some(x);
            }
        }
    }
    let mut lines = Vec::new();
    for (number, (rows, (page, &size))) in
        rows.into_iter().zip(pages.iter().zip(&sizes)).enumerate()
    {
        let blanks = Blanks::of(&page.blanks);
        let columns = match gutters[number] {
            Some(x) => bands(rows, x, size),
            None => vec![rows],
        };
        for (column, rows) in columns.iter().enumerate() {
            lines.extend(rows.iter().map(|row| line(row, number, column, &blanks)));
        }
    }
    lines
}

/// A character in its row.
#[derive(Debug, Clone, Copy)]
struct Placed<'a> {
    glyph: &'a Glyph,
    raised: bool,
}

/// Characters on one baseline, from left to right; raised ones stand with those they belong to.
#[derive(Debug, Clone)]
struct Row<'a> {
    y: f64,
    glyphs: Vec<Placed<'a>>,
}

/// Baselines this near, in parts of the size, are one.
const SAME_BASELINE: f64 = 0.12;

fn rows(glyphs: &[Glyph], size: f64) -> Vec<Row<'_>> {
    let mut sorted: Vec<&Glyph> = glyphs.iter().collect();
    sorted.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    let mut rows: Vec<Row> = Vec::new();
    for glyph in sorted {
        let placed = Placed {
            glyph,
            raised: false,
        };
        match rows.last_mut() {
            Some(row) if (glyph.y - row.y).abs() <= SAME_BASELINE * size.min(glyph.size) => {
                row.glyphs.push(placed);
            }
            _ => rows.push(Row {
                y: glyph.y,
                glyphs: vec![placed],
            }),
        }
    }
    for row in &mut rows {
        row.glyphs.sort_by(|a, b| a.glyph.x.total_cmp(&b.glyph.x));
    }
    attach_small(&mut rows);
    rows
}

/// A raised or lowered character is at most this large beside its neighbour.
const SMALL: f64 = 0.85;
/// How far it is raised, in parts of its neighbour's size, at least and at most.
const RAISED: (f64, f64) = (0.12, 0.75);
/// How far a lowered one may hang.
const LOWERED: f64 = 0.35;
/// The gap to the neighbour, in parts of its size.
const BESIDE: f64 = 0.45;
/// A longer run is a line of its own.
const LONGEST_RUN: usize = 12;

/// Gives short runs of raised and lowered characters to the row of their larger neighbour.
fn attach_small(rows: &mut Vec<Row>) {
    let ys: Vec<f64> = rows.iter().map(|r| r.y).collect();
    for i in 0..rows.len() {
        let runs = runs(&rows[i].glyphs);
        let mut kept = Vec::new();
        for run in runs {
            let host = (run.len() <= LONGEST_RUN)
                .then(|| host(rows, &ys, i, &run))
                .flatten();
            match host {
                Some((j, raised)) => {
                    let moved = run.iter().map(|p| Placed {
                        glyph: p.glyph,
                        raised,
                    });
                    rows[j].glyphs.extend(moved);
                }
                None => kept.extend(run),
            }
        }
        rows[i].glyphs = kept;
    }
    rows.retain(|r| !r.glyphs.is_empty());
    for row in rows {
        row.glyphs.sort_by(|a, b| a.glyph.x.total_cmp(&b.glyph.x));
    }
}

/// Stretches of one size without a gap.
fn runs<'a>(glyphs: &[Placed<'a>]) -> Vec<Vec<Placed<'a>>> {
    let mut runs: Vec<Vec<Placed>> = Vec::new();
    for &placed in glyphs {
        let glyph = placed.glyph;
        match runs.last_mut() {
            Some(run)
                if run.last().is_some_and(|last| {
                    glyph.x - last.glyph.right() < BESIDE * glyph.size
                        && (glyph.size - last.glyph.size).abs() < 0.1 * glyph.size
                        && placed.raised == last.raised
                }) =>
            {
                run.push(placed);
            }
            _ => runs.push(vec![placed]),
        }
    }
    runs
}

/// The row with a larger character right beside a run, and whether the run is raised over it.
fn host(rows: &[Row], ys: &[f64], own: usize, run: &[Placed]) -> Option<(usize, bool)> {
    let (first, last) = (run.first()?.glyph, run.last()?.glyph);
    let reach = first.size * 3.0;
    let from = ys.partition_point(|&y| y < first.y - reach);
    let to = ys.partition_point(|&y| y <= first.y + reach);
    let mut best: Option<(f64, usize, bool)> = None;
    for (j, row) in rows.iter().enumerate().take(to).skip(from) {
        if j == own {
            continue;
        }
        for other in row.glyphs.iter().filter(|p| !p.raised) {
            let other = other.glyph;
            if first.size > SMALL * other.size {
                continue;
            }
            let after = first.x - other.right();
            let before = other.x - last.right();
            let beside = |gap: f64| (-BESIDE * first.size..=BESIDE * other.size).contains(&gap);
            if !beside(after) && !beside(before) {
                continue;
            }
            let up = other.y - first.y;
            let raised = (RAISED.0 * other.size..=RAISED.1 * other.size).contains(&up);
            let lowered = (-LOWERED * other.size..0.0).contains(&up);
            if !raised && !lowered {
                continue;
            }
            let gap = if beside(after) { after } else { before }.abs();
            if best.is_none_or(|(g, _, _)| gap < g) {
                best = Some((gap, j, raised));
            }
        }
    }
    best.map(|(_, j, raised)| (j, raised))
}

/// Two columns are parted by a strip at least this wide, in parts of the size of type.
const GUTTER: f64 = 0.7;
/// The width of a step across the page, in points.
const STEP: f64 = 2.0;
/// So many rows on each side make columns.
const FEWEST_ROWS: usize = 6;

/// The middle of the strip between two columns, where the page has two.
///
/// In a page of one column nearly all rows run over every point of its middle; where there are two,
/// rows end before the strip and others begin behind it.
fn gutter(rows: &[Row], size: f64) -> Option<f64> {
    let left = rows
        .iter()
        .filter_map(|r| Some(r.glyphs.first()?.glyph.x))
        .fold(f64::INFINITY, f64::min);
    let right = rows
        .iter()
        .filter_map(|r| Some(r.glyphs.last()?.glyph.right()))
        .fold(f64::NEG_INFINITY, f64::max);
    let width = right - left;
    if !(width.is_finite() && width > 10.0 * size) {
        return None;
    }
    let steps = (0.4 * width / STEP) as usize;
    let points: Vec<(f64, Option<usize>)> = (0..=steps)
        .map(|i| left + 0.3 * width + i as f64 * STEP)
        .map(|x| {
            let counts = Counts::at(rows, x, size);
            (x, counts.part(rows.len()).then_some(counts.over))
        })
        .collect();
    let fewest = points.iter().filter_map(|(_, over)| *over).min()?;
    // The widest strip that hardly any more rows run over.
    points
        .chunk_by(|a, b| {
            let open = |over: Option<usize>| over.is_some_and(|n| n <= fewest + 1);
            open(a.1) == open(b.1)
        })
        .filter(|strip| strip[0].1.is_some_and(|n| n <= fewest + 1))
        .map(|strip| (strip[0].0, strip[strip.len() - 1].0))
        .filter(|(from, to)| to - from + STEP >= GUTTER * size)
        .max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
        .map(|(from, to)| (from + to) / 2.0)
}

/// Rows at a point across the page.
struct Counts {
    /// That run over it.
    over: usize,
    /// With text before it, and behind it, that do not.
    before: usize,
    behind: usize,
}

impl Counts {
    fn at(rows: &[Row], x: f64, size: f64) -> Counts {
        let mut counts = Counts {
            over: 0,
            before: 0,
            behind: 0,
        };
        for row in rows {
            if runs_over(row, x, size) {
                counts.over += 1;
                continue;
            }
            let text = |keep: &dyn Fn(&Glyph) -> bool| {
                row.glyphs.iter().filter(|p| keep(p.glyph)).count() >= 3
            };
            counts.before += usize::from(text(&|g| g.x < x));
            counts.behind += usize::from(text(&|g| g.x >= x));
        }
        counts
    }

    fn part(&self, rows: usize) -> bool {
        self.before >= FEWEST_ROWS
            && self.behind >= FEWEST_ROWS
            && self.behind * 4 >= rows
            && self.over * 5 <= rows * 2
    }

    /// As [`Counts::part`], where other pages have two columns: the last page may be half empty.
    fn may_part(&self, rows: usize) -> bool {
        self.behind >= 2 && self.over * 5 <= rows
    }
}

/// Whether a row has a character at `x`, or only a word's gap there.
fn runs_over(row: &Row, x: f64, size: f64) -> bool {
    let next = row.glyphs.partition_point(|p| p.glyph.x < x);
    let Some(before) = next.checked_sub(1).map(|i| row.glyphs[i].glyph) else {
        return false;
    };
    if before.right() > x {
        return true;
    }
    row.glyphs
        .get(next)
        .is_some_and(|after| after.glyph.x - before.right() < GUTTER * size)
}

/// Rows of two columns: the left one, then the right one, between rows over the full width.
fn bands(rows: Vec<Row<'_>>, x: f64, size: f64) -> Vec<Vec<Row<'_>>> {
    let mut columns: Vec<Vec<Row>> = Vec::new();
    let (mut left, mut right, mut full) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        if runs_over(&row, x, size) {
            columns.extend([std::mem::take(&mut left), std::mem::take(&mut right)]);
            full.push(row);
            continue;
        }
        columns.push(std::mem::take(&mut full));
        let (a, b): (Vec<Placed>, Vec<Placed>) =
            row.glyphs.into_iter().partition(|p| p.glyph.x < x);
        for (column, glyphs) in [(&mut left, a), (&mut right, b)] {
            if !glyphs.is_empty() {
                column.push(Row { y: row.y, glyphs });
            }
        }
    }
    columns.extend([left, right, full]);
    columns.retain(|c| !c.is_empty());
    columns
}

/// Blanks that were drawn, by their baselines.
struct Blanks {
    sorted: Vec<(i64, f64)>,
}

impl Blanks {
    fn of(blanks: &[(f64, f64)]) -> Blanks {
        let mut sorted: Vec<(i64, f64)> =
            blanks.iter().map(|&(x, y)| (y.round() as i64, x)).collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Blanks { sorted }
    }

    fn between(&self, from: f64, to: f64, y: f64) -> bool {
        let y = y.round() as i64;
        (y - 1..=y + 1).any(|y| {
            let at = self
                .sorted
                .partition_point(|&(by, bx)| by < y || (by == y && bx < from));
            self.sorted
                .get(at)
                .is_some_and(|&(by, bx)| by == y && bx <= to)
        })
    }
}

/// A gap this wide, in parts of the size, is a blank; a narrower one if a blank was drawn in it.
const BLANK: f64 = 0.15;
const DRAWN_BLANK: f64 = 0.04;

fn line(row: &Row, page: usize, column: usize, blanks: &Blanks) -> Line {
    let mut text = String::new();
    let mut raised: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<&Glyph> = None;
    for placed in &row.glyphs {
        let glyph = placed.glyph;
        if let Some(before) = previous {
            let gap = glyph.x - before.right();
            let size = before.size.max(glyph.size);
            let drawn = || blanks.between(before.x + 0.01, glyph.x + 0.01, row.y);
            if gap > BLANK * size || (gap > DRAWN_BLANK * size && drawn()) {
                text.push(' ');
            }
        }
        let start = text.len();
        text.push_str(&glyph.text);
        if placed.raised {
            match raised.last_mut() {
                Some(last) if last.1 == start => last.1 = text.len(),
                _ => raised.push((start, text.len())),
            }
        }
        previous = Some(glyph);
    }
    let flat = || row.glyphs.iter().filter(|p| !p.raised).map(|p| p.glyph);
    let size = if flat().next().is_some() {
        usual_size(flat())
    } else {
        usual_size(row.glyphs.iter().map(|p| p.glyph))
    };
    let edge = |f: fn(f64, f64) -> f64, start: f64, of: fn(&Glyph) -> f64| {
        row.glyphs.iter().map(|p| of(p.glyph)).fold(start, f)
    };
    Line {
        page,
        column,
        left: edge(f64::min, f64::INFINITY, |g| g.x),
        right: edge(f64::max, f64::NEG_INFINITY, Glyph::right),
        y: row.y,
        size,
        text,
        raised,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(page: &mut Page, text: &str, x: f64, y: f64, size: f64) {
        for (i, c) in text.chars().enumerate() {
            let x = x + i as f64 * size * 0.5;
            if c == ' ' {
                page.blanks.push((x, y));
            } else {
                page.glyphs.push(Glyph {
                    text: c.to_string(),
                    x,
                    y,
                    advance: size * 0.5,
                    size,
                });
            }
        }
    }

    #[test]
    fn a_small_raised_number_belongs_to_the_word_before_it() {
        let mut page = Page::default();
        put(&mut page, "for peace.", 50.0, 100.0, 10.0);
        put(&mut page, "12", 100.0, 96.5, 6.0);
        put(&mut page, "Then war", 110.0, 100.0, 10.0);
        put(&mut page, "and peace", 50.0, 112.0, 10.0);
        let lines = of_pages(&[page]);
        let texts: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["for peace.12 Then war", "and peace"]);
        assert_eq!(lines[0].raised, [(10, 12)]);
    }

    #[test]
    fn two_columns_are_read_one_after_the_other_under_a_title() {
        let mut page = Page::default();
        put(
            &mut page,
            "A title that runs over the whole page",
            90.0,
            40.0,
            12.0,
        );
        for i in 0..10 {
            let y = 80.0 + f64::from(i) * 12.0;
            put(
                &mut page,
                &format!("left line number {i}xxxxx"),
                50.0,
                y,
                10.0,
            );
            put(
                &mut page,
                &format!("right line number {i}xxxx"),
                190.0,
                y,
                10.0,
            );
        }
        let lines = of_pages(&[page]);
        assert_eq!(lines.len(), 21);
        assert!(lines[0].text.starts_with("A title"));
        assert!(lines[1..11].iter().all(|l| l.text.starts_with("left")));
        assert!(lines[11..].iter().all(|l| l.text.starts_with("right")));
        let columns: Vec<usize> = lines.iter().map(|l| l.column).collect();
        assert_eq!((columns[0], columns[1], columns[11]), (0, 1, 2));
    }

    #[test]
    fn one_column_with_a_small_table_stays_one() {
        let mut page = Page::default();
        for i in 0..20 {
            let y = 80.0 + f64::from(i) * 12.0;
            put(
                &mut page,
                "a line of text that runs over the page from left to right",
                50.0,
                y,
                10.0,
            );
        }
        for i in 20..24 {
            let y = 80.0 + f64::from(i) * 12.0;
            put(&mut page, "year 1990", 50.0, y, 10.0);
            put(&mut page, "tons 1200", 250.0, y, 10.0);
        }
        assert!(of_pages(&[page]).iter().all(|l| l.column == 0));
    }
}
