//! Tables, and the captions of tables and figures: lines beside the running text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::{Line, Role};

/// "Table 3. Trade", "Figure 2: The straits", "Map 1 – Ports", "TABLE IV".
static CAPTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:Table|Figure|Fig\.|Chart|Graph|Map|Box|Exhibit|Diagram|Plate|Photo)|(?:TABLE|FIGURE|FIG\.|CHART|GRAPH|MAP|BOX|EXHIBIT|DIAGRAM|PLATE|PHOTO)) (?:\d{1,2}(?:[.–-]\d{1,2})?[a-z]?|[IVX]{1,5}|[A-Z][.–-]?\d{1,2})(?:[.:—–|]| [-—–|]|\s{2,}|$)")
        .expect("a valid pattern")
});

/// What stands below a table or a figure: "Source: Harbour Office, 1999."
static SOURCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:Sources?|SOURCES?|Notes?): +\S").expect("a valid pattern"));

/// A cell that holds a number: "1,204", "(3.5)", "-12%", "$1.4bn", "1990–91".
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[(<>~≈+−–$€£¥-]{0,3}\d[\d.,/–-]*\s?(?:%|[a-z]{1,2}|[*†‡]{1,3})?\)?$")
        .expect("a valid pattern")
});

/// A cell of a table of numbers that is empty.
const EMPTY: [&str; 9] = ["-", "–", "—", "..", "…", "n/a", "n.a.", "N/A", "na"];

/// Rows that make a table.
const ROWS: usize = 3;
/// Cells stand below one another when their edges are at most so many characters apart.
const NEAR: usize = 2;
/// Lines of a caption, and lines above the rows of a table that are its head.
const CAPTION_LINES: usize = 4;
const HEAD_LINES: usize = 3;
/// A longer line is no row, in bytes.
const WIDTH: usize = 500;
/// The longest label between two rows, in characters.
const LABEL: usize = 40;

/// Gives the lines of tables and captions the role [`Role::Aside`].
pub(super) fn mark(lines: &mut [Line], raw: &str) {
    let rows: Vec<Option<Row>> = lines
        .iter()
        .map(|l| {
            let is_text = l.role == Role::Body;
            is_text.then(|| Row::read(l.span.of(raw))).flatten()
        })
        .collect();
    for table in tables(lines, raw, &rows) {
        set_aside(lines, table);
    }
    for i in 0..lines.len() {
        if let Some(caption) = caption(lines, raw, i) {
            set_aside(lines, caption);
        }
    }
    for i in 0..lines.len() {
        if let Some(source) = source(lines, raw, i) {
            set_aside(lines, source);
        }
    }
}

fn set_aside(lines: &mut [Line], range: Range<usize>) {
    for line in &mut lines[range] {
        if line.role == Role::Body {
            line.role = Role::Aside;
        }
    }
}

/// A line of cells.
#[derive(Debug, Clone)]
struct Row {
    /// The columns at which the cells that hold numbers begin and end.
    numbers: Vec<Range<usize>>,
    /// Drawn with vertical lines.
    drawn: bool,
}

/// A cell of a line: where it stands in characters, and its text.
type Cell<'a> = (Range<usize>, &'a str);

impl Row {
    /// The line as a row of a table of numbers.
    fn read(line: &str) -> Option<Row> {
        let visible = line.trim();
        let drawn = visible.len() > 2 && visible.starts_with('|') && visible.ends_with('|');
        if visible.len() > WIDTH || !drawn && !visible.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        if drawn {
            return Some(Row {
                numbers: Vec::new(),
                drawn,
            });
        }
        let cells = cells(line);
        let (_, rest) = cells.split_first()?;
        let is_number = |cell: &&Cell| NUMBER.is_match(cell.1);
        let numbers: Vec<Range<usize>> = rest
            .iter()
            .filter(is_number)
            .map(|cell| cell.0.clone())
            .collect();
        let empty = rest.iter().filter(|c| EMPTY.contains(&c.1)).count();
        let most = !numbers.is_empty() && (numbers.len() + empty) * 2 > rest.len();
        most.then_some(Row { numbers, drawn })
    }

    /// Whether the row goes on a table: most of its numbers stand below others.
    fn goes_on(&self, table: &Row) -> bool {
        let below = self.numbers.iter().filter(|n| table.has_below(n)).count();
        self.drawn == table.drawn && (self.drawn || below * 2 > self.numbers.len())
    }

    fn has_below(&self, number: &Range<usize>) -> bool {
        self.numbers
            .iter()
            .any(|n| n.start.abs_diff(number.start) <= NEAR || n.end.abs_diff(number.end) <= NEAR)
    }
}

/// The cells of a line: parted by two or more blanks, a tab, or dots that lead to a number.
fn cells(line: &str) -> Vec<Cell<'_>> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    // The end of the last visible character, as a column and as a byte.
    let mut end = (0, 0);
    let mut blanks = 0;
    let mut dots = 0;
    for (column, (byte, c)) in line.char_indices().enumerate() {
        if c.is_whitespace() {
            blanks += if c == '\t' { 2 } else { 1 };
        } else if c == '.' && (dots > 0 || blanks > 0) {
            dots += 1;
        } else {
            if (blanks >= 2 || dots >= 3)
                && let Some((from, at)) = open.take()
            {
                cells.push((from..end.0, &line[at..end.1]));
            }
            open.get_or_insert((column, byte));
            (blanks, dots) = (0, 0);
            end = (column + 1, byte + c.len_utf8());
        }
    }
    if let Some((from, at)) = open {
        cells.push((from..end.0, &line[at..end.1]));
    }
    cells
}

/// Runs of rows whose numbers stand below one another, with their heads.
fn tables(lines: &[Line], raw: &str, rows: &[Option<Row>]) -> Vec<Range<usize>> {
    let mut tables: Vec<Range<usize>> = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        let Some(first) = &rows[i] else {
            i += 1;
            continue;
        };
        // Where numbers stand in the rows so far.
        let mut columns = first.clone();
        let mut last = i;
        let mut count = 1;
        let mut next = i + 1;
        while next < lines.len() && !lines[next].page_start {
            match &rows[next] {
                Some(row) if row.goes_on(&columns) => {
                    for number in &row.numbers {
                        if !columns.has_below(number) {
                            columns.numbers.push(number.clone());
                        }
                    }
                    last = next;
                    count += 1;
                }
                None if next - last <= 2 && is_between(&lines[next], raw) => {}
                _ => break,
            }
            next += 1;
        }
        let end = last + 1;
        if count >= ROWS {
            let floor = tables.last().map_or(0, |t| t.end);
            tables.push(head(lines, raw, floor, i)..end);
        }
        i = end;
    }
    tables
}

/// What may stand between two rows: a blank line, a rule, the label of the rows that follow.
fn is_between(line: &Line, raw: &str) -> bool {
    let text = line.text(raw);
    line.role != Role::Body
        || (text.chars().count() <= LABEL
            && text.starts_with(|c: char| c.is_uppercase() || c == '(')
            && !text.ends_with(['.', '!', '?', ',', ';', ':']))
}

/// The first line of a table's head: lines of several cells right above its first row, and a line of
/// units in brackets.
fn head(lines: &[Line], raw: &str, floor: usize, first: usize) -> usize {
    let mut top = first;
    let mut used = 0;
    for i in (floor..first).rev() {
        let line = &lines[i];
        if lines[i + 1].page_start || used == HEAD_LINES || top - i > 2 {
            break;
        }
        match line.role {
            Role::Blank | Role::Rule => {}
            Role::Body => {
                let text = line.text(raw);
                let units = text.starts_with('(') && text.ends_with(')');
                let found = cells(line.span.of(raw));
                // Blanks between sentences part no cells.
                let in_cells = found.len() >= 2 && !found.iter().any(|c| c.1.ends_with('.'));
                if !(units || in_cells) {
                    break;
                }
                top = i;
                used += 1;
            }
            _ => break,
        }
    }
    top
}

/// Words after which "Table 3" at the head of a line belongs to the sentence before it.
const LEADS_ON: [&str; 24] = [
    "in", "see", "and", "or", "of", "by", "from", "to", "with", "cf.", "on", "per", "than", "as",
    "the", "both", "at", "for", "into", "under", "that", "while", "(see", "compare",
];

/// The caption that begins at a line: it stands apart from what is above it, its number is closed by
/// a mark or the line's end, and it is no longer than a few lines.
fn caption(lines: &[Line], raw: &str, i: usize) -> Option<Range<usize>> {
    let line = &lines[i];
    let text = line.text(raw);
    if line.role != Role::Body || !CAPTION.is_match(text) {
        return None;
    }
    let apart = line.page_start
        || i.checked_sub(1)
            .is_none_or(|above| lines[above].role != Role::Body);
    let before = lines[..i]
        .iter()
        .rev()
        .take(APART)
        .find(|l| l.role == Role::Body);
    let led = before.is_some_and(|l| {
        let last = l
            .text(raw)
            .split_whitespace()
            .next_back()
            .unwrap_or_default();
        LEADS_ON.contains(&last.to_lowercase().as_str())
    });
    if !apart || led {
        return None;
    }
    let end = paragraph_end(lines, i);
    (end - i <= CAPTION_LINES).then_some(i..end)
}

/// The sentence that a caption may belong to ends so many lines above it, at most.
const APART: usize = 12;

/// What follows a table or a caption, a blank line between them or not.
fn source(lines: &[Line], raw: &str, i: usize) -> Option<Range<usize>> {
    let line = &lines[i];
    if line.role != Role::Body || line.page_start || !SOURCE.is_match(line.text(raw)) {
        return None;
    }
    let above = lines[..i]
        .iter()
        .rev()
        .take(2)
        .find(|l| l.role != Role::Blank)?;
    let end = paragraph_end(lines, i);
    (above.role == Role::Aside && end - i <= CAPTION_LINES).then_some(i..end)
}

/// The first line behind the run of text lines that begins at `i`.
fn paragraph_end(lines: &[Line], i: usize) -> usize {
    (i + 1..lines.len())
        .find(|&j| lines[j].role != Role::Body || lines[j].page_start)
        .unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::super::lines::split;
    use super::*;

    /// The text lines that are left, and those that are set aside.
    fn parted(raw: &str) -> (Vec<&str>, Vec<&str>) {
        let mut lines = split(raw);
        mark(&mut lines, raw);
        let of = |role: Role| -> Vec<&str> {
            let lines = lines.iter().filter(|l| l.role == role);
            lines.map(|l| l.text(raw)).collect()
        };
        (of(Role::Body), of(Role::Aside))
    }

    #[test]
    fn tables_go_with_their_heads_labels_captions_and_sources() {
        let raw = "\
The trade of the ports grew, as was said,

Table 3. Trade of the ports, 1990–2000
(million crowns)

                       1990      1995      2000
Exports
  Old Port            1,204     1,310     2,004
  New Port                –        12       315
Imports
  Old Port              980       n/a     1,100
  New Port              (3)      14.5      20%

Source: Harbour Office, 2001.

for ten years before the war.

Figure 2: The straits and the two
ports in winter

The council met in 1990.
";
        let (left, aside) = parted(raw);
        assert_eq!(
            left,
            [
                "The trade of the ports grew, as was said,",
                "for ten years before the war.",
                "The council met in 1990."
            ]
        );
        assert_eq!(aside.len(), 12, "{aside:?}");
    }

    #[test]
    fn contents_and_drawn_tables_are_tables() {
        let contents = "Contents\n\nIntroduction .......... 1\nThe Straits ........... 12\nThe Ports ............. 30\n\nThe war began.\n";
        assert_eq!(parted(contents).0, ["Contents", "The war began."]);
        let drawn =
            "The war began.\n\n| Port | Ships |\n| Old  | many  |\n| New  | few   |\n\nIt ended.\n";
        assert_eq!(parted(drawn).0, ["The war began.", "It ended."]);
    }

    #[test]
    fn sentences_about_tables_lists_and_notes_stay_in_the_text() {
        for raw in [
            "The minister said what is shown in\n\nTable 3. The others said nothing.\n",
            "Nobody read what stands in\nTable 3. The others said nothing.\n",
            "Table 3 shows that trade grew.\n",
            "Figure 2 and Map 4 are lost.\n",
            "Map of the straits: a memoir.\n",
            "In 1990 the war ended.  In 1995 it began.\nIn 1996 it ended.  In 1999 it began.\nIn 2000 it ended.  In 2001 it began.\n",
            "1   Anna Lind, Roofs, 1999, p. 12.\n2   Bo Ek, Rain, 2001, p. 3.\n3   Ibid., p. 4.\n",
            "12 May 1990    The treaty was signed.\n13 May 1991    The treaty was broken.\n14 May 1992    The treaty was mended.\n",
            "Port    1990\n\nThe war began.\n",
            "Source: the minister, who would not be named.\n",
            "Box 3. A long text that stands in a box beside the text is text like any other, and\nit is read as such, because it has sentences, and because somebody may be quoted in\nit. A caption is short. It says what the figure is, and where it is from, and when it\nwas made, and for whom. It does not go on for five lines, as this paragraph does, and\nif it did, nobody would read it.\n",
        ] {
            assert_eq!(parted(raw).1, [] as [&str; 0], "{raw}");
        }
    }
}
