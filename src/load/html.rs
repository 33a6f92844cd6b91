//! Web pages, and the pages of an EPUB: paragraphs, headings, block quotations, and notes by the
//! anchors that lead to them.

mod content;
mod metadata;
mod notes;
mod render;

use std::sync::LazyLock;

use regex::Regex;

use super::{Limits, Loaded, Loader, Probe, decode, zipped};
use crate::{Error, Result, Stage};

pub(super) use notes::{join, percent_decoded};
pub(super) use render::render;

pub(super) struct Html;

/// One parsed page.
pub(super) struct Page {
    /// The path inside an EPUB; empty for a page of its own.
    pub name: String,
    pub html: scraper::Html,
}

impl Page {
    /// # Errors
    /// A page nested deeper than any that a person reads.
    pub fn parse(name: &str, text: &str) -> Result<Page> {
        if deepest(text) > MAX_DEPTH {
            return Err(Error::new(
                Stage::Load,
                format!("its elements are nested more than {MAX_DEPTH} deep"),
            )
            .remedy("save the page's text as plain text"));
        }
        let closed = EMPTY.replace_all(text, "<$1$2></$1>");
        Ok(Page {
            name: name.to_owned(),
            html: scraper::Html::parse_document(&closed),
        })
    }
}

/// Browsers give up at 512; a parser's work grows with the square of it.
const MAX_DEPTH: usize = 2000;

/// XHTML may close an element where it opens; read as HTML it would stay open.
static EMPTY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<(a|b|i|p|em|td|th|li|div|span|sup|title|script|strong|iframe|textarea)((?:\s[^<>]*)?)/>"#)
        .expect("a valid pattern")
});

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*?(/?)>").expect("a valid pattern")
});

/// Elements that hold nothing, or that end where the next one begins.
const UNCLOSED: [&str; 26] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
    "colgroup",
];

/// How deep the tags are nested, by counting.
fn deepest(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for tag in TAG.captures_iter(text) {
        let name = tag[2].to_ascii_lowercase();
        if UNCLOSED.contains(&name.as_str()) || !tag[3].is_empty() {
            continue;
        }
        if tag[1].is_empty() {
            depth += 1;
            deepest = deepest.max(depth);
        } else {
            depth = depth.saturating_sub(1);
        }
    }
    deepest
}

impl Loader for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn recognises(&self, probe: &Probe) -> bool {
        let head = &probe.bytes[..probe.bytes.len().min(HEAD)];
        if head.contains(&0) && !head.starts_with(b"\xff\xfe") && !head.starts_with(b"\xfe\xff") {
            return false;
        }
        let head = match encoding_rs::Encoding::for_bom(head) {
            Some((encoding, mark)) => encoding.decode_without_bom_handling(&head[mark..]).0,
            None => String::from_utf8_lossy(head),
        };
        looks_like_html(&head)
    }

    fn load(&self, probe: &Probe, _: &Limits) -> Result<Loaded> {
        let decoded = decode::decode_marked_up(probe.bytes)?;
        zipped::refuse_entities(&decoded.text)?;
        let page = Page::parse("", &decoded.text)?;
        let (metadata, fallback) = metadata::of(&page.html);
        let (raw, hints) = render(&[page]);
        Ok(Loaded {
            raw,
            encoding: decoded.encoding,
            warnings: decoded.warnings,
            hints,
            metadata,
            fallback,
            ..Loaded::default()
        })
    }
}

/// So many bytes are looked at.
const HEAD: usize = 64 * 1024;

static PREAMBLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^(?:\s|\u{feff}|<\?.*?\?>|<!--.*?-->)*").expect("a valid pattern")
});

static WHOLE_PAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^<(?:!doctype\s+html|html|head|body)\b").expect("a valid pattern")
});

static FRAGMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^<(?:p|div|h[1-6]|article|section|main|header|title|meta|blockquote|table|center|font|span)\b[^<>]*>")
        .expect("a valid pattern")
});

static CLOSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)</(?:p|div|h[1-6]|article|section|main|blockquote|li|a|em|i|b|sup|span)>")
        .expect("a valid pattern")
});

/// A text that is HTML from its first visible character on. Angle brackets further down make none.
fn looks_like_html(head: &str) -> bool {
    let body = PREAMBLE.find(head).map_or(head, |m| &head[m.end()..]);
    WHOLE_PAGE.is_match(body)
        || (FRAGMENT.is_match(body) && CLOSED.find_iter(body).nth(2).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_told_from_text_with_angle_brackets() {
        for (text, html) in [
            ("<!DOCTYPE html><p>Text", true),
            ("\n<!-- saved -->\n<html lang=en>", true),
            ("<?xml version=\"1.0\"?><html xmlns=\"x\">", true),
            ("<p>One</p><p>Two</p><p>Three</p>", true),
            ("<p>One", false),
            ("Peace < war, and x<y or <b>bold</b> </p></p></p>", false),
            ("<http://example.org> is where </a></a></a>", false),
            ("<<The Title>>", false),
        ] {
            assert_eq!(looks_like_html(text), html, "{text}");
        }
    }

    #[test]
    fn a_page_nested_without_end_is_refused_before_it_is_parsed() {
        let nested = "<div>".repeat(100_000);
        assert!(Page::parse("", &nested).is_err_and(|e| e.remedy.is_some()));
        assert!(Page::parse("", &"<div><p>x".repeat(500)).is_ok());
    }
}
