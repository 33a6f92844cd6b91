//! Running heads and feet, and page numbers: lines that belong to the page and not to the text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::{Line, Role};

/// "- 3 -", "Page 3", "Page 3 of 9", "[3]", "3 / 9": page numbers by their dress.
static DRESSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:[-–—~|•]\s*\d{1,4}\s*[-–—~|•]|\[\s*\d{1,4}\s*\]|p(?:age|\.)\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,4}\s*(?:of|/)\s*\d{1,4})$")
        .expect("a valid pattern")
});

/// A number, or a roman numeral, and nothing else.
static BARE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:\d{1,4}|[ivxlc]{1,7})$").expect("a valid pattern"));

/// Stamps: "CONFIDENTIAL", "DRAFT – NOT FOR CITATION", "Embargoed until 4 May".
static STAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[-*/\[( ]*)(?:(?:STRICTLY |TOP |FOR )?(?:CONFIDENTIAL|SECRET|RESTRICTED|UNCLASSIFIED|CLASSIFIED|PROPRIETARY|OFFICIAL USE ONLY|LIMITED DISTRIBUTION|EMBARGOED)|(?:WORKING |PRELIMINARY |FIRST |FINAL |REVISED )?DRAFT|PREPRINT|ADVANCE COPY|NOT FOR (?:CITATION|QUOTATION|CIRCULATION|PUBLICATION|DISTRIBUTION)|DO NOT (?:CITE|QUOTE|CIRCULATE|DISTRIBUTE|COPY))(?:[ ,;:–—/-]+[\p{Lu}\d][\p{Lu}\d ,.:;–—/-]{0,60}|[ ,;:–—/-]+(?:[Dd]o not|[Nn]ot for|[Uu]ntil|[Pp]lease)\b.{0,60})?[-*/\]). ]*$")
        .expect("a valid pattern")
});

/// The longest running head, in characters.
const HEAD_LENGTH: usize = 90;

/// Marks furniture. A line is furniture when it is a page number by its dress; a bare number that
/// stands alone between blank lines or at a page's edge; or a short line without closing
/// punctuation that comes back, up to its digits, at the edges of several pages.
pub(super) fn mark(lines: &mut [Line], raw: &str) {
    let visible: Vec<usize> = (0..lines.len())
        .filter(|&i| lines[i].role == Role::Body)
        .collect();
    for &i in &visible {
        let text = lines[i].text(raw);
        if DRESSED.is_match(text)
            || STAMP.is_match(text)
            || (BARE.is_match(text) && stands_alone(lines, i, raw))
        {
            lines[i].role = Role::Furniture;
        }
    }
    mark_running_heads(lines, raw, &visible);
}

/// Blank, rule, furniture or nothing on both sides, or the edge of a page on one.
fn stands_alone(lines: &[Line], i: usize, raw: &str) -> bool {
    let open = |j: Option<usize>| match j.and_then(|j| lines.get(j)) {
        None => true,
        Some(l) => l.role != Role::Body || l.text(raw).is_empty(),
    };
    let before = lines[i].page_start || open(i.checked_sub(1));
    let next_is_page = lines.get(i + 1).is_none_or(|l| l.page_start);
    let after = next_is_page || open(Some(i + 1));
    (before && after) || lines[i].page_start || next_is_page
}

fn mark_running_heads(lines: &mut [Line], raw: &str, visible: &[usize]) {
    let mut seen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for &i in visible {
        if lines[i].role != Role::Body {
            continue;
        }
        let text = lines[i].text(raw);
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let closed = text.ends_with(['.', '!', '?', ':', ';', ',', '”', '"', '>', ')', ']']);
        if letters >= 4 && !closed && text.chars().count() <= HEAD_LENGTH {
            seen.entry(without_digits(text)).or_default().push(i);
        }
    }
    for places in seen.into_values() {
        let at_edges: Vec<usize> = places
            .iter()
            .copied()
            .filter(|&i| at_page_edge(lines, i))
            .collect();
        if at_edges.len() < 2 {
            continue;
        }
        for i in at_edges {
            // The first line of a document is its title, whatever comes back later.
            if Some(&i) != visible.first() {
                lines[i].role = Role::Furniture;
            }
        }
    }
}

/// Whether only furniture and blank lines stand between the line and a page break, a page number
/// or a rule.
fn at_page_edge(lines: &[Line], i: usize) -> bool {
    let mut up = i;
    loop {
        if lines[up].page_start || up == 0 {
            return true;
        }
        up -= 1;
        match lines[up].role {
            Role::Blank => {}
            Role::Furniture => return true,
            _ => break,
        }
    }
    for line in &lines[i + 1..] {
        if line.page_start {
            return true;
        }
        match line.role {
            Role::Blank => {}
            Role::Furniture => return true,
            _ => return false,
        }
    }
    true
}

fn without_digits(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            _ if c.is_ascii_digit() => {}
            _ if c.is_whitespace() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            _ => out.extend(c.to_lowercase()),
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::lines::split;
    use super::*;

    #[test]
    fn heads_and_page_numbers_go_and_the_title_and_numbers_in_the_text_stay() {
        let raw = "A REVIEW OF PORTS\n\nText one\n1999\nmore.\n\n12\n\n\u{c}A REVIEW OF PORTS\nText two.\n- 13 -\n\u{c}A REVIEW OF PORTS\nText three.\nPage 3 of 9\n";
        let mut lines = split(raw);
        mark(&mut lines, raw);
        let kept: Vec<&str> = lines
            .iter()
            .filter(|l| l.role == Role::Body)
            .map(|l| l.text(raw))
            .collect();
        assert_eq!(
            kept,
            [
                "A REVIEW OF PORTS",
                "Text one",
                "1999",
                "more.",
                "Text two.",
                "Text three."
            ]
        );
    }
}
