//! Full citations: who wrote or said it, its title and year.

use std::sync::LazyLock;

use regex::Regex;

use super::Work;
use super::authors::authors;
use crate::quote::names::{self, NameIndex};
use crate::quote::tokens;
use crate::text::Span;

static INTERVIEW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:interview(?:ed)?|conversation|personal communication|correspondence|q&a)\s+(?:with|of)\s+(?P<who>[^,;:“”\x22(]+)")
        .expect("a valid pattern")
});

static INTERVIEWED_BY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\binterview(?:ed)?\s+by\s+(?P<who>[^,;:“”\x22(]+)").expect("a valid pattern")
});

static SPEECH_BY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:the\s+|an?\s+)?(?:remarks?|speech|lecture|address|statement|testimony|press conference|letter|comments?|talk|answer|briefing)\s+(?:by|of|from)\s+(?P<who>[^,;:“”\x22(]+)")
        .expect("a valid pattern")
});

static QUOTED_IN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:,?\s*(?:as\s+)?|^)(?:quoted|cited|reported)\s+(?:in|by)\s+")
        .expect("a valid pattern")
});

pub(super) static YEAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?P<y>1[89]\d\d|20\d\d)\b").expect("a valid pattern"));

pub(super) static URL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<?\s*https?://\S+>?").expect("a valid pattern"));

/// A full citation. `None` where the segment names neither a person nor a title.
pub(super) fn work(segment: &str, index: &NameIndex) -> Option<Work> {
    let plain = URL.replace_all(segment, "").into_owned();
    let year = year_in(&plain);
    let title = quoted(&plain);
    let who = |text: &str| persons(text, index);
    if let Some(quoted_in) = QUOTED_IN.find(&plain) {
        let cited = authors(&plain[quoted_in.end()..], index).0;
        let said = &plain[..quoted_in.start()];
        // Without a title of its own the words are known by the work that quotes them.
        let own = quoted(said).or_else(|| title.filter(|_| persons(said, index).is_empty()));
        return Some(Work {
            authors: persons(said, index),
            cited,
            title: own,
            year: year_in(said).or(year),
            ..Work::default()
        });
    }
    let (mut names, rest) = authors(&plain, index);
    let interviewed = INTERVIEW
        .captures(&plain)
        .map(|c| who(&c["who"]))
        .filter(|w| !w.is_empty());
    if let Some(interviewed) = interviewed {
        names.retain(|n| !interviewed.contains(n));
        return Some(Work {
            authors: interviewed,
            cited: names,
            title,
            year,
            ..Work::default()
        });
    }
    if let Some(by) = INTERVIEWED_BY.captures(&plain) {
        return Some(Work {
            authors: names,
            cited: who(&by["who"]),
            title,
            year,
            ..Work::default()
        });
    }
    if let Some(speech) = SPEECH_BY.captures(&plain) {
        let speakers = who(&speech["who"]);
        if !speakers.is_empty() {
            return Some(Work {
                authors: speakers,
                title,
                year,
                ..Work::default()
            });
        }
    }
    if names.is_empty() && (year.is_none() || plain.split_whitespace().count() > 40) {
        return None;
    }
    let title = title.or_else(|| title_before_place(rest));
    Some(Work {
        authors: names,
        title,
        year,
        ..Work::default()
    })
}

/// A title without marks: what stands before the next comma or bracket.
pub(super) fn title_before_place(rest: &str) -> Option<String> {
    let title = rest
        .trim_start_matches([',', '.', ' ', ':'])
        .split([',', '('])
        .next()
        .unwrap_or_default()
        .trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// The last year that a text names.
pub(super) fn year_in(text: &str) -> Option<i32> {
    YEAR.captures_iter(text)
        .last()
        .and_then(|c| c["y"].parse().ok())
}

/// The work in which another's words are quoted: "…, quoted in Holm, The Long Quay, 12."
pub(super) fn quoting_work(segment: &str, index: &NameIndex) -> Option<Work> {
    let found = QUOTED_IN.find(segment)?;
    let inner = work(&segment[found.end()..], index)?;
    Some(Work {
        added: true,
        ..inner
    })
}

/// The first passage in double quotation marks.
pub(super) fn quoted(text: &str) -> Option<String> {
    let start = text.find(['“', '"'])?;
    let width = text[start..].chars().next()?.len_utf8();
    let inside = &text[start + width..];
    let end = inside.find(['”', '"'])?;
    Some(inside[..end].trim_end_matches([',', '.']).to_owned())
}

/// All persons named in a text.
fn persons(text: &str, index: &NameIndex) -> Vec<String> {
    let tokens = tokens::tokenise(text, Span::new(0, text.len()));
    names::find(&tokens, index)
        .into_iter()
        .map(|n| n.name)
        .filter(|n| n.contains(' '))
        .collect()
}
