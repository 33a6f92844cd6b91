//! Plain text in two columns, as `pdftotext -layout` writes it: each line holds a line of both, parted
//! by a gutter of blanks that stays at one place down the page.
//!
//! Such pages are unrolled before anything else looks at the lines: the left column, then the right
//! one, each under the other as if it were a page of its own, so that a note at the foot of a column
//! is a note at the foot of a page. What is read out of the unrolled text is then led back: every
//! offset counts in the raw text again.

mod gutter;

use std::ops::Range;

use super::Layout;
use crate::text::{OffsetMap, Raw, Span};
use gutter::{Region, Row};

/// A text whose columns stand one below the other.
#[derive(Debug)]
pub(super) struct Unrolled {
    pub text: String,
    /// Where columns begin in `text` that are not at the head of a page. In order.
    pub column_starts: Vec<usize>,
    /// Where each stretch of `text` stands in the raw text, in the order of `text`. A byte between
    /// two stretches is a line feed or form feed that was put in.
    stretches: Vec<Stretch>,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    at: usize,
    raw: usize,
    len: usize,
}

/// The text with its columns one below the other; `None` where no page has two.
pub(super) fn unroll(raw: &str) -> Option<Unrolled> {
    let rows = gutter::rows(raw);
    let regions = gutter::regions(raw, &rows);
    if regions.is_empty() {
        return None;
    }
    let mut unrolled = Unrolled {
        text: String::with_capacity(raw.len()),
        column_starts: Vec::new(),
        stretches: Vec::new(),
    };
    let mut at = 0;
    for region in &regions {
        let (first, last) = (&rows[region.rows.start], &rows[region.rows.end - 1]);
        unrolled.copy(raw, at..first.span.start);
        unrolled.columns(raw, &rows[region.rows.clone()], region);
        at = last.span.end;
    }
    unrolled.copy(raw, at..raw.len());
    Some(unrolled)
}

impl Unrolled {
    fn copy(&mut self, raw: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.stretches.push(Stretch {
            at: self.text.len(),
            raw: range.start,
            len: range.len(),
        });
        self.text.push_str(&raw[range]);
    }

    fn columns(&mut self, raw: &str, rows: &[Row], region: &Region) {
        self.column(raw, rows, region, true);
        self.text.push('\n');
        self.text.push('\u{c}');
        self.column_starts.push(self.text.len());
        self.column(raw, rows, region, false);
    }

    fn column(&mut self, raw: &str, rows: &[Row], region: &Region, left: bool) {
        let mut first = true;
        for (i, row) in rows.iter().enumerate() {
            if region.is_between(rows, i, left) {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.text.push('\n');
            }
            let cell = if left {
                region.left(raw, row)
            } else {
                region.right(raw, row)
            };
            self.copy(raw, cell);
        }
    }

    /// A layout of [`Unrolled::text`] as the layout of the raw text.
    pub(super) fn lead_back(&self, layout: Layout, raw: &str) -> Layout {
        let mut layout = layout;
        layout.body = self.clean_text(layout.body);
        for note in &mut layout.notes {
            note.pieces = self.all(&note.pieces);
            note.marker = note.marker.map(|m| self.first(m));
            note.text = self.clean_text(std::mem::take(&mut note.text));
        }
        layout.furniture = self.all(&layout.furniture);
        layout.asides = self.all(&layout.asides);
        layout.orphan_markers = layout
            .orphan_markers
            .iter()
            .map(|&m| self.first(m))
            .collect();
        layout.pages = self.pages(&layout.pages, raw);
        layout
    }

    fn clean_text(&self, text: super::CleanText) -> super::CleanText {
        let mut text = text;
        text.map = self.map(&text.map);
        for marker in &mut text.markers {
            marker.raw = self.first(marker.raw);
        }
        text
    }

    fn map(&self, map: &OffsetMap) -> OffsetMap {
        map.led_back(|span| self.raw(span).collect())
    }

    /// The raw stretches of a span of the unrolled text.
    fn raw(&self, span: Span<Raw>) -> impl Iterator<Item = Span<Raw>> {
        let first = self
            .stretches
            .partition_point(|s| s.at + s.len <= span.start);
        self.stretches[first..]
            .iter()
            .take_while(move |s| s.at < span.end)
            .map(move |s| {
                let from = span.start.max(s.at) - s.at;
                let to = span.end.min(s.at + s.len) - s.at;
                Span::new(s.raw + from, s.raw + to)
            })
            .filter(|s| !s.is_empty())
    }

    fn all(&self, spans: &[Span<Raw>]) -> Vec<Span<Raw>> {
        spans.iter().flat_map(|&s| self.raw(s)).collect()
    }

    /// A span that lies in one line of a column.
    fn first(&self, span: Span<Raw>) -> Span<Raw> {
        self.raw(span).next().unwrap_or(span)
    }

    /// Pages of the raw text: each begins with the line that its first line is cut from.
    fn pages(&self, pages: &[Span<Raw>], raw: &str) -> Vec<Span<Raw>> {
        let mut starts: Vec<usize> = pages
            .iter()
            .filter_map(|&p| self.raw(p).next())
            .map(|s| {
                raw[..s.start]
                    .rfind(['\n', '\u{c}'])
                    .map_or(0, |line| line + 1)
            })
            .collect();
        if let Some(first) = starts.first_mut() {
            *first = 0;
        }
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([raw.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(&start, end)| Span::new(start, end))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout;
    use crate::load::Source;

    /// Two columns side by side, the right one at `gutter`.
    pub(super) fn side_by_side(left: &str, right: &str, gutter: usize) -> String {
        let (left, right): (Vec<&str>, Vec<&str>) =
            (left.lines().collect(), right.lines().collect());
        (0..left.len().max(right.len()))
            .map(|i| {
                let (l, r) = (
                    left.get(i).copied().unwrap_or_default(),
                    right.get(i).copied().unwrap_or_default(),
                );
                let line = format!("{l:<gutter$}{r}");
                format!("{}\n", line.trim_end())
            })
            .collect()
    }

    fn read(raw: &str) -> Layout {
        layout::analyse(&Source {
            raw: raw.to_owned(),
            ..Source::default()
        })
    }

    fn paragraphs(layout: &Layout) -> Vec<&str> {
        layout.body.text.split('\n').collect()
    }

    const LEFT: &str = "\
The harbour was opened in the spring of
the year and has been widened twice since
then, at no small cost to the towns along
the bay, whose councils had asked for a
school and a road instead.1 The minister
said that “the road will come when the
ships come,” and nobody believed her. It
was the third promise of its kind, and the
first that anybody had written down before
the vote, which was lost all the same by a
handful of hands. The quay was built of
grey stone from the island, and the coope-

____________
1 Maria Olsen, “Roofs and Rain,” Harbour
Review, No. 3, 1999, p. 12.
";

    const RIGHT: &str = "\
ration of the two banks was bought with a
loan that fell due before the first crane
was paid for. The mayor, who had been a
pilot, wrote that the water would decide.2

Ships came late. Most of them were small
and carried timber, and the captains did
not care for the new lights, which were
too bright for them and too far apart for
the pilots, who went on steering by the
church as their fathers had done for the
whole of the century before.

____________
2 Anders Holm, The Long Quay, Bergen:
Fjord Press, 2001, p. 3.
";

    #[test]
    fn the_left_column_is_read_before_the_right_one_and_a_word_goes_on_at_its_head() {
        let head = "                 A HARBOUR AND ITS LIGHTS: TWENTY YEARS OF PROMISES\n\n";
        let raw = format!("{head}{}", side_by_side(LEFT, RIGHT, 46));
        let layout = read(&raw);
        let paragraphs = paragraphs(&layout);
        assert_eq!(paragraphs.len(), 3, "{paragraphs:#?}");
        assert_eq!(
            paragraphs[0],
            "A HARBOUR AND ITS LIGHTS: TWENTY YEARS OF PROMISES"
        );
        assert!(paragraphs[1].starts_with("The harbour was opened in the spring of the year"));
        assert!(paragraphs[1].contains("island, and the cooperation of the two banks"));
        assert!(paragraphs[1].ends_with("the water would decide."));
        assert!(paragraphs[2].starts_with("Ships came late. Most"));
        let notes: Vec<(String, &str, &str)> = layout
            .notes
            .iter()
            .map(|n| {
                let marker = n.marker.unwrap();
                let before = &raw[marker.start - 7..marker.end];
                (n.label.to_string(), n.text.text.as_str(), before)
            })
            .collect();
        assert_eq!(
            notes,
            [
                (
                    "1".to_owned(),
                    "Maria Olsen, “Roofs and Rain,” Harbour Review, No. 3, 1999, p. 12.",
                    "nstead.1"
                ),
                (
                    "2".to_owned(),
                    "Anders Holm, The Long Quay, Bergen: Fjord Press, 2001, p. 3.",
                    "decide.2"
                )
            ]
        );
        assert_eq!(layout.pages.len(), 1);
    }

    #[test]
    fn lines_that_are_not_level_are_lines_all_the_same() {
        let twice = |lines: Vec<&'static str>| [lines.clone(), lines].concat();
        let left = twice(LEFT.lines().take(12).collect());
        let right = twice(RIGHT.lines().filter(|l| !l.is_empty()).take(10).collect());
        let mut raw = String::new();
        for (i, l) in left.iter().enumerate() {
            let r = right.get(i).copied().unwrap_or_default();
            if (4..8).contains(&i) {
                raw.push_str(&format!("{:46}{r}\n{l}\n", ""));
            } else {
                raw.push_str(&format!("{l:46}{r}\n"));
            }
        }
        let layout = read(&raw);
        let text = &layout.body.text;
        assert!(text.contains("that “the road will come when the ships come,” and nobody believed her. It was the third"));
        assert!(text.contains("the captains did not care for the new lights"));
    }

    #[test]
    fn each_page_has_its_own_gutter_and_pages_stay_pages() {
        let plain = "The second page runs over the whole width, as an abstract or an appendix does, and it\nhas no columns at all, so that it is read line by line from the top to the bottom.\n";
        let raw = format!(
            "{}\u{c}{plain}\u{c}{}",
            side_by_side(LEFT, RIGHT, 46),
            side_by_side(RIGHT, LEFT, 50)
        );
        let layout = read(&raw);
        assert_eq!(layout.pages.len(), 3);
        let starts: Vec<&str> = layout
            .pages
            .iter()
            .map(|p| &raw[p.start..p.start + 10])
            .collect();
        assert_eq!(starts, ["The harbou", "The second", "ration of "]);
        let at = |words: &str| layout.body.text.find(words).unwrap();
        assert!(at("Ships came late") < at("no columns at all"));
        let last = |words: &str| layout.body.text.rfind(words).unwrap();
        assert!(last("the water would") < last("school and a road"));
        assert_eq!(layout.page_of(raw.len() - 1), 3);
    }

    #[test]
    fn every_stretch_of_the_clean_text_is_the_raw_text_under_it() {
        let raw = side_by_side(LEFT, RIGHT, 46);
        let layout = read(&raw);
        for paragraph in &layout.body.paragraphs {
            let pieces = layout.body.map.pieces(paragraph.span, &raw);
            let cut: String = pieces.iter().map(|p| p.of(&raw)).collect();
            let letters = |s: &str| -> String { s.chars().filter(|c| c.is_alphabetic()).collect() };
            assert_eq!(letters(&cut), letters(layout.body.str(paragraph.span)));
        }
    }

    #[test]
    fn tables_lists_and_wide_blanks_are_no_columns() {
        let table = (0..20)
            .map(|i| format!("Port of the island {i:<30}{}        {}\n", i * 17, i * 31))
            .collect::<String>();
        let glossary = (0..20)
            .map(|i| format!("Term number {i:<20}The explanation of the term is here\n"))
            .collect::<String>();
        let spaced = "The war ended.   It had been long and   nobody had wanted it, as was said.\n"
            .repeat(20);
        let ragged = (0..20)
            .map(|i| {
                format!(
                    "and the harbour{}was opened again by the council of the town\n",
                    " ".repeat(3 + i % 17)
                )
            })
            .collect::<String>();
        let prose =
            "The harbour was opened in the spring of the year and has been widened since.\n"
                .repeat(20);
        let verse = (0..20)
            .map(|i| {
                format!(
                    "{}the water and the wind and the long shore\n",
                    " ".repeat(8 * (i % 2))
                )
            })
            .collect::<String>();
        for text in [table, glossary, spaced, ragged, prose, verse] {
            assert!(unroll(&text).is_none(), "{text}");
        }
    }
}
