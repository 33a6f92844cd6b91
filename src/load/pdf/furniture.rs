//! Running heads and feet, and page numbers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::Line;

static PAGE_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:[-–—~|•\[]?\s*\d{1,4}\s*[-–—~|•\]]?|[ivxlc]{1,7}|p(?:age|\.)\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,4}\s*(?:of|/)\s*\d{1,4})$")
        .expect("a valid pattern")
});

/// So many levels at a page's edge can be furniture.
const LEVELS: usize = 3;
/// Lines this near, in points, stand on one level, and on the same place of two pages.
const SAME_PLACE: f64 = 4.0;
/// The longest running head, in characters.
const LONGEST: usize = 120;

/// Whether each line is furniture: a page number outermost on its page, or a line at a page's edge
/// that comes back, but for its digits, in the same place of another page.
pub(super) fn mark(lines: &[Line]) -> Vec<bool> {
    let mut pages: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, line) in lines.iter().enumerate() {
        pages.entry(line.page).or_default().push(i);
    }
    let mut furniture = vec![false; lines.len()];
    let mut seen: BTreeMap<(bool, String), Vec<usize>> = BTreeMap::new();
    for own in pages.values() {
        for top in [true, false] {
            for (level, places) in levels(lines, own, top).into_iter().enumerate() {
                for &i in &places {
                    let text = lines[i].text.trim();
                    let outermost = level == 0 && places.len() == 1;
                    if outermost && PAGE_NUMBER.is_match(text) && stands_off(lines, own, i) {
                        furniture[i] = true;
                    }
                    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
                    let sentence = text.ends_with(['.', '!', '?', ':', ';', ',', '”', '"']);
                    // "12 Ibid., p. 3." may well come back at the foot of another page.
                    if letters >= 3
                        && text.chars().count() <= LONGEST
                        && !sentence
                        && lines[i].raised_start().is_none()
                    {
                        seen.entry((top, without_digits(text))).or_default().push(i);
                    }
                }
            }
        }
    }
    for places in seen.into_values() {
        for &i in &places {
            furniture[i] |= places.iter().any(|&j| {
                lines[j].page != lines[i].page && (lines[j].y - lines[i].y).abs() <= SAME_PLACE
            });
        }
    }
    for i in numbered(lines, &pages) {
        furniture[i] = true;
    }
    // A page number inside of a running foot.
    for own in pages.values() {
        for top in [true, false] {
            for places in levels(lines, own, top) {
                let inner = places
                    .iter()
                    .all(|&i| furniture[i] || PAGE_NUMBER.is_match(lines[i].text.trim()));
                if !inner {
                    break;
                }
                for i in places {
                    furniture[i] = true;
                }
            }
        }
    }
    furniture
}

/// Outermost lines that begin or end with the number of their page, as two pages or more agree: heads
/// of chapters, which change with the chapter.
fn numbered(lines: &[Line], pages: &BTreeMap<usize, Vec<usize>>) -> Vec<usize> {
    let mut seen: BTreeMap<(bool, i64), Vec<usize>> = BTreeMap::new();
    for (&page, own) in pages {
        for top in [true, false] {
            let outermost = levels(lines, own, top)
                .into_iter()
                .next()
                .unwrap_or_default();
            for i in outermost {
                let text = lines[i].text.trim();
                if text.chars().count() > LONGEST || !stands_off(lines, own, i) {
                    continue;
                }
                let words = [
                    text.split_whitespace().next(),
                    text.split_whitespace().last(),
                ];
                for number in words
                    .into_iter()
                    .flatten()
                    .filter_map(|w| w.parse::<i64>().ok())
                {
                    seen.entry((top, number - page as i64)).or_default().push(i);
                }
            }
        }
    }
    let on_two_pages = |places: &Vec<usize>| {
        places
            .iter()
            .any(|&i| lines[i].page != lines[places[0]].page)
    };
    seen.into_values().filter(on_two_pages).flatten().collect()
}

/// The outermost levels of a page, from its top or from its bottom.
fn levels(lines: &[Line], own: &[usize], top: bool) -> Vec<Vec<usize>> {
    let mut sorted = own.to_vec();
    sorted.sort_by(|&a, &b| lines[a].y.total_cmp(&lines[b].y));
    if !top {
        sorted.reverse();
    }
    let mut levels: Vec<Vec<usize>> = Vec::new();
    for i in sorted {
        let full = levels.len() == LEVELS;
        match levels.last_mut() {
            Some(level) if (lines[level[0]].y - lines[i].y).abs() <= SAME_PLACE => level.push(i),
            _ if full => break,
            _ => levels.push(vec![i]),
        }
    }
    levels
}

/// Whether more than a line's height parts a line from all others of its page.
fn stands_off(lines: &[Line], own: &[usize], i: usize) -> bool {
    own.iter().all(|&j| {
        j == i || (lines[j].y - lines[i].y).abs() > 1.3 * lines[i].size.max(lines[j].size)
    })
}

fn without_digits(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .flat_map(char::to_lowercase)
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(page: usize, y: f64, text: &str) -> Line {
        Line {
            page,
            column: 0,
            left: 50.0,
            right: 400.0,
            y,
            size: 10.0,
            text: text.to_owned(),
            raised: Vec::new(),
        }
    }

    #[test]
    fn heads_that_change_with_the_page_number_go_and_first_lines_stay() {
        let mut lines = Vec::new();
        for page in 0..3 {
            lines.push(line(page, 30.0, &format!("Harbour Review {}", page + 7)));
            lines.push(line(
                page,
                60.0,
                &format!("Line one of page {}", ["a", "b", "c"][page]),
            ));
            lines.push(line(page, 72.0, "and more of it,"));
            lines.push(line(
                page,
                90.0,
                &format!("in the {}", ["one", "two", "three"][page]),
            ));
            lines.push(line(
                page,
                300.0,
                &format!("still {}", ["p", "q", "r"][page]),
            ));
            lines.push(line(
                page,
                312.0,
                &format!("the last {}", ["x", "y", "z"][page]),
            ));
            lines.push(line(page, 350.0, &format!("{}", page + 7)));
        }
        let marked = mark(&lines);
        let kept: Vec<&str> = lines
            .iter()
            .zip(&marked)
            .filter(|(_, m)| !**m)
            .map(|(l, _)| l.text.as_str())
            .take(5)
            .collect();
        assert!(kept[0].starts_with("Line one"), "{kept:?}");
        assert!(
            marked[0] && marked[6] && !marked[4] && !marked[5],
            "{marked:?}"
        );
    }
}
