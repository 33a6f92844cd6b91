//! Where a page has two columns: rows of lines that share a gutter.

use std::ops::Range;

use crate::text::{Raw, Span};

/// Blanks that can part two columns on one line.
const GUTTER: usize = 2;
/// Blanks that show a gutter where they stand at one place on many lines.
const WIDE: usize = 3;
/// Lines with both columns that show a gutter by themselves, and beside one that is shown elsewhere.
const ROWS: usize = 8;
const ROWS_KNOWN: usize = 3;
/// Gutters of two pages are of one kind when they are at most so many characters apart.
const NEAR: usize = 10;
/// A longer line is no line of a page, in characters.
const WIDTH: usize = 300;
/// The least mean length of a column's lines, in characters and in words.
const CELL: usize = 18;
const CELL_WORDS: usize = 3;
/// So many blank lines end a page where no form feed does.
const PAGE_GAP: usize = 3;

/// A line, and where on it text stands. Columns are counted in characters.
#[derive(Debug)]
pub(super) struct Row {
    /// Without its line feed and without a form feed before it.
    pub span: Span<Raw>,
    page_start: bool,
    /// From the first visible character to behind the last; empty for a blank line.
    text: Range<usize>,
    /// Inner stretches of at least [`GUTTER`] blanks.
    gaps: Vec<Range<usize>>,
    /// A number and nothing else.
    bare_number: bool,
    /// Underscores or dashes and nothing else.
    rule: bool,
}

/// How a row stands to a gutter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Blank,
    Both,
    Left,
    Right,
    /// Text runs over the gutter.
    Across,
}

impl Row {
    fn new(raw: &str, span: Span<Raw>, page_start: bool) -> Row {
        let line = span.of(raw);
        let visible = line.trim();
        let mut row = Row {
            span,
            page_start,
            text: 0..0,
            gaps: Vec::new(),
            bare_number: (1..=4).contains(&visible.len())
                && visible.bytes().all(|b| b.is_ascii_digit()),
            rule: visible.len() >= 3 && visible.chars().all(|c| matches!(c, '_' | '-' | '—' | '–')),
        };
        let mut blanks = 0;
        let mut column = 0;
        for c in line.chars() {
            if c.is_whitespace() && c != '\t' {
                blanks += 1;
            } else {
                if row.text.is_empty() {
                    row.text.start = column;
                } else if blanks >= GUTTER {
                    row.gaps.push(column - blanks..column);
                }
                blanks = 0;
                row.text.end = column + 1;
            }
            column += 1;
            if column > WIDTH {
                row.gaps.clear();
                row.text = 0..usize::MAX;
                break;
            }
        }
        row
    }

    fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    fn gap_at(&self, column: usize) -> Option<&Range<usize>> {
        self.gaps.iter().find(|g| g.contains(&column))
    }

    fn place(&self, column: usize) -> Place {
        if self.is_blank() {
            Place::Blank
        } else if self.text.end <= column {
            Place::Left
        } else if self.text.start > column {
            Place::Right
        } else if self.gap_at(column).is_some() {
            Place::Both
        } else {
            Place::Across
        }
    }

    /// The raw byte at a column; the line's end beyond it.
    fn byte(&self, raw: &str, column: usize) -> usize {
        let line = self.span.of(raw);
        let inside = line.char_indices().nth(column).map(|(byte, _)| byte);
        self.span.start + inside.unwrap_or(line.len())
    }
}

/// The lines of a text.
pub(super) fn rows(raw: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = 0;
    for line in raw.split('\n') {
        let mut at = start;
        for (i, part) in line.split('\u{c}').enumerate() {
            rows.push(Row::new(raw, Span::new(at, at + part.len()), i > 0));
            at += part.len() + 1;
        }
        start += line.len() + 1;
    }
    rows
}

/// Rows that hold two columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    pub rows: Range<usize>,
    /// A column of the gutter.
    gutter: usize,
    /// Where the text of the two columns begins.
    left: usize,
    right: usize,
}

impl Region {
    /// The raw bytes of a row's part of the left column.
    pub(super) fn left(&self, raw: &str, row: &Row) -> Range<usize> {
        match row.place(self.gutter) {
            Place::Both | Place::Left => {
                row.byte(raw, self.left)..row.byte(raw, self.gutter.min(row.text.end))
            }
            _ => row.span.start..row.span.start,
        }
    }

    /// The raw bytes of a row's part of the right column.
    pub(super) fn right(&self, raw: &str, row: &Row) -> Range<usize> {
        match row.place(self.gutter) {
            Place::Both | Place::Right => row.byte(raw, self.right)..row.span.end,
            _ => row.span.end..row.span.end,
        }
    }

    /// Whether the row of index `i` is no line of the column on one side: it holds a line of the other
    /// column that stands between the levels of this one.
    pub(super) fn is_between(&self, rows: &[Row], i: usize, left: bool) -> bool {
        let place = |i: usize| rows.get(i).map(|r| r.place(self.gutter));
        let (this, other) = if left {
            (Place::Left, Place::Right)
        } else {
            (Place::Right, Place::Left)
        };
        place(i) == Some(other)
            && (place(i + 1) == Some(this) || i > 0 && place(i - 1) == Some(this))
    }
}

/// The regions of two columns, in order.
pub(super) fn regions(raw: &str, rows: &[Row]) -> Vec<Region> {
    let pages: Vec<(Range<usize>, usize)> = pages(rows)
        .into_iter()
        .filter_map(|page| {
            let gutter = gutter(&rows[page.clone()])?;
            Some((page, gutter))
        })
        .collect();
    let on_page = |(page, gutter): &(Range<usize>, usize), least: usize| -> Vec<Region> {
        runs(rows, page.clone(), *gutter)
            .into_iter()
            .filter_map(|run| region(raw, rows, run, *gutter, least))
            .collect()
    };
    let mut known: Vec<usize> = pages
        .iter()
        .flat_map(|page| on_page(page, ROWS))
        .map(|r| r.gutter)
        .collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        return Vec::new();
    }
    let is_known = |gutter: usize| known.iter().any(|k| k.abs_diff(gutter) <= NEAR);
    pages
        .iter()
        .flat_map(|page| on_page(page, if is_known(page.1) { ROWS_KNOWN } else { ROWS }))
        .collect()
}

/// The rows of each page. Where no form feed parts them, a page number by itself or several blank
/// lines do.
fn pages(rows: &[Row]) -> Vec<Range<usize>> {
    let form_feeds = rows.iter().any(|r| r.page_start);
    let mut pages = Vec::new();
    let mut from = 0;
    let mut blanks = 0;
    for (i, row) in rows.iter().enumerate() {
        let begins = if form_feeds {
            row.page_start
        } else {
            let alone = row.bare_number
                && rows.get(i + 1).is_none_or(Row::is_blank)
                && i.checked_sub(1).is_none_or(|b| rows[b].is_blank());
            alone || (blanks >= PAGE_GAP && !row.is_blank())
        };
        blanks = if row.is_blank() { blanks + 1 } else { 0 };
        if begins && i > from {
            pages.push(from..i);
            from = i;
        }
    }
    pages.push(from..rows.len());
    pages
}

/// The column that most rows of a page have inside a wide gap.
fn gutter(rows: &[Row]) -> Option<usize> {
    let mut change = vec![0_isize; WIDTH + 2];
    for gap in rows
        .iter()
        .flat_map(|r| &r.gaps)
        .filter(|g| g.len() >= WIDE)
    {
        change[gap.start] += 1;
        change[gap.end] -= 1;
    }
    let mut count = 0;
    let mut best = (0, 0);
    for (column, step) in change.iter().enumerate() {
        count += step;
        // The last such column stands right before the right column's text.
        if count >= best.0 {
            best = (count, column);
        }
    }
    (best.0 >= ROWS_KNOWN as isize).then_some(best.1)
}

/// The runs of rows without text across the gutter: from the first row that has both columns to the
/// end of the longer one.
fn runs(rows: &[Row], page: Range<usize>, gutter: usize) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut from = page.start;
    for i in page.clone().chain([page.end]) {
        let across = i < page.end && rows[i].place(gutter) == Place::Across;
        if i < page.end && !across {
            continue;
        }
        let run = from..i;
        from = i + 1;
        let both = |&r: &usize| rows[r].place(gutter) == Place::Both;
        let (Some(first), Some(last)) = (run.clone().find(both), run.clone().rev().find(both))
        else {
            continue;
        };
        let open = |r: usize| matches!(rows[r].place(gutter), Place::Left | Place::Right);
        let mut start = first;
        while start > run.start && open(start - 1) {
            start -= 1;
        }
        runs.push(start..tail(rows, last + 1..run.end, across));
    }
    runs
}

/// The end of the longer column below the last row that has both. A rule there belongs to the whole
/// width where text across the gutter follows, and so does what stands after two blank lines.
fn tail(rows: &[Row], below: Range<usize>, across: bool) -> usize {
    let mut end = below.start;
    for r in below {
        if rows[r].is_blank() {
            continue;
        }
        let far = r - end >= 2;
        if far || rows[r].bare_number || (rows[r].rule && across) {
            break;
        }
        end = r + 1;
    }
    end
}

/// The run as a region, where both columns are prose.
fn region(
    raw: &str,
    rows: &[Row],
    run: Range<usize>,
    gutter: usize,
    least: usize,
) -> Option<Region> {
    let inside = &rows[run.clone()];
    let both: Vec<&Row> = inside
        .iter()
        .filter(|r| r.place(gutter) == Place::Both)
        .collect();
    // Lines of the two columns that are not level stand on rows of their own.
    let visible = inside.iter().filter(|r| !r.is_blank()).count();
    if both.len() < least || both.len() * 4 < visible {
        return None;
    }
    let one_gap = |r: &&&Row| r.gaps.iter().filter(|g| g.len() >= WIDE).count() <= 1;
    if both.iter().filter(one_gap).count() * 5 < both.len() * 4 {
        return None;
    }
    let starts = |row: &&Row| row.gap_at(gutter).map(|g| g.end);
    let mut right_starts: Vec<usize> = both.iter().filter_map(starts).collect();
    right_starts.sort_unstable();
    // Most lines of the right column begin at its margin.
    let margin = right_starts[right_starts.len() / 4];
    let aligned = right_starts.iter().filter(|s| s.abs_diff(margin) <= 1);
    if aligned.count() * 2 < right_starts.len() {
        return None;
    }
    let least_of = |place: fn(Place) -> bool, start: fn(&Row, usize) -> usize| {
        let starts = inside
            .iter()
            .filter(|r| place(r.place(gutter)))
            .map(|r| start(r, gutter));
        starts.min().unwrap_or(0)
    };
    let region = Region {
        rows: run,
        gutter,
        left: least_of(
            |p| matches!(p, Place::Both | Place::Left),
            |r, _| r.text.start,
        ),
        right: least_of(
            |p| matches!(p, Place::Both | Place::Right),
            |r, gutter| r.gap_at(gutter).map_or(r.text.start, |g| g.end),
        ),
    };
    let cells = |part: fn(&Region, &str, &Row) -> Range<usize>| -> Vec<&str> {
        let cells = inside.iter().map(|r| raw[part(&region, raw, r)].trim());
        cells.filter(|c| !c.is_empty()).collect()
    };
    let prose = is_prose(&cells(Region::left)) && is_prose(&cells(Region::right));
    prose.then_some(region)
}

/// Whether lines of a column are running text: long enough, made of words, and cut in the middle of
/// sentences.
fn is_prose(cells: &[&str]) -> bool {
    let mut characters = 0;
    let mut letters = 0;
    let mut words = 0;
    let mut inner = 0;
    for cell in cells {
        characters += cell.chars().count();
        letters += cell
            .chars()
            .filter(|c| c.is_alphabetic() || *c == ' ')
            .count();
        words += cell.split_whitespace().count();
        inner += usize::from(cell.starts_with(char::is_lowercase));
    }
    characters >= CELL * cells.len()
        && words >= CELL_WORDS * cells.len()
        && letters * 4 >= characters * 3
        && inner * 10 >= cells.len() * 3
}
