//! References back to earlier notes: "Ibid.", "op. cit.", "supra note 4", short titles.

use std::sync::LazyLock;

use regex::Regex;

use super::full::{URL, YEAR, quoted, title_before_place, year_in};
use super::{BackReference, Citation, Work};
use crate::quote::names;

static IBID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?P<form>ibid(?:em)?\b\.?|idem\b\.?|id\.)").expect("a valid pattern")
});

static OP_CIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?P<form>\b(?:op|loc|art)\.?\s*cit\b\.?|\b(?:as\s+)?cited\s+above\b|\bworks?\s+cited\b|\bcited\s+earlier\b)")
        .expect("a valid pattern")
});

static SUPRA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?P<form>\b(?:supra|above|see)\b,?\s+(?:at\s+)?(?:note|n\.|fn\.?|footnote)\s*(?P<n>\d{1,3})|\b(?:note|n\.|footnote)\s*(?P<m>\d{1,3}),?\s+(?:above|supra))")
        .expect("a valid pattern")
});

/// Follows a reference back to an earlier note; `false` where the segment is none.
pub(super) fn follow(citation: &mut Citation, segment: &str, earlier: &[Citation]) -> bool {
    if let Some((work, note)) = by_the_same(segment, citation, earlier) {
        citation.works.push(work);
        citation.back.extend(note.map(|n| BackReference {
            form: "Idem".to_owned(),
            refers_to: Some(n),
        }));
        return true;
    }
    if let Some(found) = IBID.captures(segment) {
        let target = earlier.iter().rev().find(|c| !c.works.is_empty());
        inherit(citation, &found["form"], target, None, earlier);
        return true;
    }
    if let Some(found) = SUPRA.captures(segment) {
        let number = found
            .name("n")
            .or_else(|| found.name("m"))
            .and_then(|m| m.as_str().parse::<u32>().ok());
        let target = earlier
            .iter()
            .rev()
            .find(|c| number.is_some() && c.number == number);
        let name = author_before(&segment[..found.get(0).map_or(0, |m| m.start())]);
        inherit(citation, &found["form"], target, name.as_deref(), earlier);
        return true;
    }
    if let Some(found) = OP_CIT.captures(segment) {
        let before = &segment[..found.get(0).map_or(0, |m| m.start())];
        let name = author_before(before);
        let target = match &name {
            Some(name) => latest_by(earlier, name),
            None => earlier.iter().rev().find(|c| !c.works.is_empty()),
        };
        inherit(citation, &found["form"], target, name.as_deref(), earlier);
        return true;
    }
    if let Some((target, name)) = short_title(segment, earlier) {
        inherit(citation, "short title", Some(target), Some(&name), earlier);
        return true;
    }
    false
}

/// "Idem, Snow, Oslo, 1961": another work by the author just named, and the note that names her if
/// it is not this one.
fn by_the_same(
    segment: &str,
    citation: &Citation,
    earlier: &[Citation],
) -> Option<(Work, Option<usize>)> {
    let found = IBID.find(segment).filter(|f| {
        f.as_str()
            .get(..4)
            .is_some_and(|w| w.eq_ignore_ascii_case("idem"))
    })?;
    let rest = segment[found.end()..].trim_start_matches([',', '.', ':', ' ']);
    let title = quoted(rest).or_else(|| title_before_place(rest));
    let year = year_in(rest)?;
    let before = || earlier.iter().rev().find(|c| !c.works.is_empty());
    let (authors, note) = match citation.works.last() {
        Some(same) => (same.authors.clone(), None),
        None => {
            let citation = before()?;
            (citation.works.last()?.authors.clone(), Some(citation.note))
        }
    };
    let work = Work {
        authors,
        title,
        year: Some(year),
        ..Work::default()
    };
    Some((work, note))
}

fn inherit(
    citation: &mut Citation,
    form: &str,
    target: Option<&Citation>,
    name: Option<&str>,
    earlier: &[Citation],
) {
    // A target that is itself a back reference leads on to the note with the full work.
    let source = target.map(|t| {
        let mut full = t;
        while let Some(back) = full
            .back
            .first()
            .filter(|_| full.works.len() == full.inherited)
            && let Some(next) = back.refers_to.and_then(|n| earlier.get(n))
            && next.note < full.note
        {
            full = next;
        }
        full
    });
    citation.back.push(BackReference {
        form: form.to_owned(),
        refers_to: source.map(|s| s.note),
    });
    let Some(source) = source else {
        if let Some(name) = name {
            citation.works.push(Work {
                authors: vec![name.to_owned()],
                ..Work::default()
            });
            citation.inherited += 1;
        }
        return;
    };
    let works: Vec<Work> = match name {
        Some(name) => source
            .works
            .iter()
            .filter(|w| by(w, name))
            .cloned()
            .collect(),
        None => source.works.clone(),
    };
    let works = if works.is_empty() {
        source.works.iter().take(1).cloned().collect()
    } else {
        works
    };
    citation.inherited += works.len();
    citation.works.extend(works);
}

fn latest_by<'a>(earlier: &'a [Citation], name: &str) -> Option<&'a Citation> {
    let full = |c: &&Citation| c.works.len() > c.inherited || c.back.is_empty();
    let by_name = |c: &&Citation| c.works.iter().any(|w| by(w, name));
    earlier
        .iter()
        .rev()
        .find(|c| full(c) && by_name(c) && !c.discursive)
        .or_else(|| earlier.iter().rev().find(|c| full(c) && by_name(c)))
        .or_else(|| earlier.iter().rev().find(|c| by_name(c)))
}

/// Whether a work is by somebody of this surname (and, where both are given, this first name).
fn by(work: &Work, name: &str) -> bool {
    let wanted = key(name);
    work.authors.iter().chain(&work.cited).any(|author| {
        let full = key(author);
        full.last() == wanted.last()
            || (wanted.len() == 1 && full.first() == wanted.first())
            || (wanted.len() <= full.len() && full.ends_with(&wanted))
    })
}

fn key(name: &str) -> Vec<String> {
    any_ascii::any_ascii(name)
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() > 1)
        .map(str::to_owned)
        .collect()
}

/// The name in front of "op. cit.": a surname, or a full name.
fn author_before(before: &str) -> Option<String> {
    let before = before
        .trim()
        .trim_end_matches([',', '.', ' ', '(', '['])
        .trim();
    // A note that first says something of its own: the name stands in its last sentence.
    let own = ["” ", "\" ", "? ", "! ", ": "]
        .iter()
        .filter_map(|m| before.rfind(m).map(|i| i + m.len()))
        .max();
    let full_stop = before
        .match_indices(". ")
        .filter(|(i, _)| {
            before[..*i]
                .rsplit([' ', '.'])
                .next()
                .is_some_and(|w| w.chars().count() > 3)
        })
        .last()
        .map(|(i, m)| i + m.len());
    let before = &before[own.max(full_stop).unwrap_or(0)..];
    let first = before
        .split([',', '“', '"', ':'])
        .next()
        .unwrap_or(before)
        .trim();
    // "on the costs see also X": the name is what is capitalised at the end.
    let words: Vec<&str> = first.split_whitespace().collect();
    let start = words.iter().rposition(|w| {
        w.chars().next().is_some_and(char::is_lowercase)
            && !names::is_name_particle(w)
            && !w.starts_with("al-")
            && *w != "and"
    });
    let name = words[start.map_or(0, |s| s + 1)..].join(" ");
    let name = name
        .split(" and ")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    (!name.is_empty()
        && name
            .chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || name.starts_with("al-")))
    .then_some(name)
}

/// "Olsen, Harbour Laws, 12": a surname that an earlier note spells out, no year, and a title
/// that shares a word with the earlier one.
fn short_title<'a>(segment: &str, earlier: &'a [Citation]) -> Option<(&'a Citation, String)> {
    let plain = URL.replace_all(segment, "");
    if YEAR.is_match(&plain) {
        return None;
    }
    let name = author_before(segment.split(',').next()?)?;
    if name.split_whitespace().count() > 4 || !segment.contains(',') {
        return None;
    }
    let rest: Vec<String> = key(&segment[segment.find(',')? + 1..])
        .into_iter()
        .filter(|w| w.len() > 3)
        .collect();
    let target = earlier.iter().rev().find(|c| {
        c.works.iter().any(|w| {
            by(w, &name)
                && w.title.as_ref().is_some_and(|t| {
                    let title = key(t);
                    rest.iter().any(|r| title.contains(r))
                })
        })
    })?;
    Some((target, name))
}
