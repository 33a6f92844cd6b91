//! What a note cites: works and their authors, and references back to earlier notes.

use std::sync::LazyLock;

use regex::Regex;

use crate::layout::Note;
use crate::lexicon;
use crate::quote::names::{self, NameIndex};
use crate::quote::tokens;
use crate::text::Span;

/// A work as a note cites it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Those whose words the work holds: its authors, or the person interviewed.
    pub authors: Vec<String>,
    /// Interviewer or journalist, where the words are another's.
    pub cited: Vec<String>,
    pub title: Option<String>,
    pub year: Option<i32>,
    /// The note only adds it ("see also"), or names it as the place where the words are quoted.
    pub added: bool,
}

/// A reference to an earlier note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackReference {
    pub form: String,
    /// Index of the note that has the full work.
    pub refers_to: Option<usize>,
}

/// What one note cites, back references followed to their works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Citation {
    /// Index of the note.
    pub note: usize,
    /// The note's printed number.
    number: Option<u32>,
    pub works: Vec<Work>,
    pub back: Vec<BackReference>,
    /// Indices of the works that came through a back reference.
    inherited: usize,
    /// The note says something of its own before it cites.
    discursive: bool,
}

impl Citation {
    /// The works that stand behind what the marker follows, not those that the note only adds.
    pub fn main_works(&self) -> impl Iterator<Item = &Work> {
        self.works.iter().filter(|w| !w.added)
    }
}

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

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\[|\()?\s*(?i:see,?\s+(?:also|for example|e\.g\.|inter alia|in particular)|see|cf\.|compare|for example|for instance|e\.g\.|also|and|but see|on this,?\s+see|for a (?:contrary|different|similar) view,?\s+see)\s*[:,]?\s+")
        .expect("a valid pattern")
});

/// "…; on the costs see also X": the citation begins behind the last "see".
static SEE_INSIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[.;\[\](),\s])(?:[Ss]ee(?:\s+also)?)\s*:?\s+").expect("a valid pattern")
});

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

static YEAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?P<y>1[89]\d\d|20\d\d)\b").expect("a valid pattern"));

static URL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<?\s*https?://\S+>?").expect("a valid pattern"));

/// Reads all notes of a document and follows their back references through chains.
pub fn read(notes: &[Note], index: &NameIndex) -> Vec<Citation> {
    let mut citations: Vec<Citation> = Vec::new();
    for (i, note) in notes.iter().enumerate() {
        let citation = read_note(i, note, index, &citations);
        citations.push(citation);
    }
    citations
}

fn read_note(i: usize, note: &Note, index: &NameIndex, earlier: &[Citation]) -> Citation {
    let mut citation = Citation {
        note: i,
        number: note.mark.number(),
        ..Citation::default()
    };
    for segment in segments(&note.text.text) {
        let known = citation.works.len();
        read_segment(&mut citation, segment.trim(), index, earlier);
        if known > 0 && ADDED.is_match(segment.trim()) {
            for work in &mut citation.works[known..] {
                work.added = true;
            }
        }
    }
    citation
}

fn read_segment(citation: &mut Citation, segment: &str, index: &NameIndex, earlier: &[Citation]) {
    let stripped = strip_lead(segment);
    if let Some((work, note)) = by_the_same(stripped, citation, earlier) {
        citation.works.push(work);
        citation.back.extend(note.map(|n| BackReference {
            form: "Idem".to_owned(),
            refers_to: Some(n),
        }));
        return;
    }
    if let Some(found) = IBID.captures(stripped) {
        let target = earlier.iter().rev().find(|c| !c.works.is_empty());
        inherit(citation, &found["form"], target, None, earlier);
        return;
    }
    if let Some(found) = SUPRA.captures(stripped) {
        let number = found
            .name("n")
            .or_else(|| found.name("m"))
            .and_then(|m| m.as_str().parse::<u32>().ok());
        let target = earlier
            .iter()
            .rev()
            .find(|c| number.is_some() && c.number == number);
        let name = author_before(&stripped[..found.get(0).map_or(0, |m| m.start())], index);
        inherit(citation, &found["form"], target, name.as_deref(), earlier);
        return;
    }
    if let Some(found) = OP_CIT.captures(stripped) {
        let before = &stripped[..found.get(0).map_or(0, |m| m.start())];
        let name = author_before(before, index);
        let target = match &name {
            Some(name) => latest_by(earlier, name),
            None => earlier.iter().rev().find(|c| !c.works.is_empty()),
        };
        inherit(citation, &found["form"], target, name.as_deref(), earlier);
        return;
    }
    if let Some((target, name)) = short_title(stripped, index, earlier) {
        inherit(citation, "short title", Some(target), Some(&name), earlier);
        return;
    }
    match work(stripped, index) {
        Some(work) => {
            citation.works.push(work);
            citation.works.extend(quoting_work(stripped, index));
        }
        None => {
            if let Some(inner) = SEE_INSIDE.find_iter(segment).last()
                && let Some(work) = work(&segment[inner.end()..], index)
            {
                citation.discursive = true;
                citation.works.push(work);
            }
        }
    }
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

/// A segment that only adds to what the note cites.
static ADDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^[^“\x22]{0,60}?\b(?:see also|see,? too|compare|cf\.|also used by|for a|but see)\b|^the same\b").expect("a valid pattern")
});

/// A note's text, cut at semicolons outside marks and brackets, and before a sentence that begins
/// with "See".
fn segments(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut depth = 0usize;
    let mut straight = false;
    for (i, c) in text.char_indices() {
        match c {
            '“' | '(' | '<' | '«' => depth += 1,
            '”' | ')' | '>' | '»' => depth = depth.saturating_sub(1),
            '"' => straight = !straight,
            ';' if depth == 0 && !straight => cuts.push(i + 1),
            '\n' => {
                depth = 0;
                straight = false;
            }
            _ => {}
        }
        if depth == 0
            && !straight
            && (text[i..].starts_with(". See")
                || text[i..].starts_with(". Quoted in")
                || text[i..].starts_with(". Cited in"))
        {
            cuts.push(i + 1);
        }
    }
    cuts.push(text.len());
    cuts.windows(2)
        .map(|w| text[w[0]..w[1]].trim_matches([';', ' ']))
        .filter(|s| !s.is_empty())
        .collect()
}

fn strip_lead(segment: &str) -> &str {
    let mut rest = segment.trim();
    while let Some(found) = LEAD.find(rest) {
        rest = &rest[found.end()..];
    }
    rest
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
fn author_before(before: &str, index: &NameIndex) -> Option<String> {
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
    let _ = index;
    (!name.is_empty()
        && name
            .chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || name.starts_with("al-")))
    .then_some(name)
}

/// "Olsen, Harbour Laws, 12": a surname that an earlier note spells out, no year, and a title
/// that shares a word with the earlier one.
fn short_title<'a>(
    segment: &str,
    index: &NameIndex,
    earlier: &'a [Citation],
) -> Option<(&'a Citation, String)> {
    let plain = URL.replace_all(segment, "");
    if YEAR.is_match(&plain) {
        return None;
    }
    let name = author_before(segment.split(',').next()?, index)?;
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

/// A full citation. `None` where the segment names neither a person nor a title.
fn work(segment: &str, index: &NameIndex) -> Option<Work> {
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
fn title_before_place(rest: &str) -> Option<String> {
    let title = rest
        .trim_start_matches([',', '.', ' ', ':'])
        .split([',', '('])
        .next()
        .unwrap_or_default()
        .trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// The last year that a text names.
fn year_in(text: &str) -> Option<i32> {
    YEAR.captures_iter(text)
        .last()
        .and_then(|c| c["y"].parse().ok())
}

/// The work in which another's words are quoted: "…, quoted in Holm, The Long Quay, 12."
fn quoting_work(segment: &str, index: &NameIndex) -> Option<Work> {
    let found = QUOTED_IN.find(segment)?;
    let inner = work(&segment[found.end()..], index)?;
    Some(Work {
        added: true,
        ..inner
    })
}

/// The first passage in double quotation marks.
fn quoted(text: &str) -> Option<String> {
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

/// The authors that a citation begins with, and what follows them.
fn authors<'a>(text: &'a str, index: &NameIndex) -> (Vec<String>, &'a str) {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let end = name_end(rest);
        let piece = rest[..end].trim();
        let parts: Vec<&str> = piece
            .split(" and ")
            .flat_map(|p| p.split(" & "))
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .collect();
        let read: Vec<Option<String>> = parts
            .iter()
            .map(|p| whole_name(p, index, names.is_empty()))
            .collect();
        if parts.is_empty() || read.iter().any(Option::is_none) {
            // "Olsen, Maria, …": the surname first.
            if names.is_empty()
                && parts.len() == 1
                && let Some((name, after)) = surname_first(rest, index)
            {
                return (vec![name], after);
            }
            return (names, rest);
        }
        // "Nadia Karim, Closed Ports": a further name shows that it is one.
        if !names.is_empty() && parts.len() == 1 && !shows_a_name(parts[0]) {
            return (names, rest);
        }
        names.extend(read.into_iter().flatten());
        rest = &rest[end..];
        let closed = !rest.starts_with(',') || parts.len() > 1;
        rest = rest.trim_start_matches([',', '.', ' ', ':']);
        for word in ["eds.", "ed.", "editors,", "et al.,", "et al."] {
            rest = rest
                .strip_prefix(word)
                .unwrap_or(rest)
                .trim_start_matches([',', ' ']);
        }
        if closed || names.len() >= 6 || rest.is_empty() {
            return (names, rest);
        }
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
}

/// A given name, initials or a title at the beginning.
fn shows_a_name(text: &str) -> bool {
    let text = text.strip_prefix("and ").unwrap_or(text);
    text.split_whitespace().next().is_some_and(|w| {
        let initial = w.chars().count() <= 5 && w.ends_with('.');
        initial || lexicon::is_given_name(w) || lexicon::title(w).is_some()
    })
}

/// Where the first name of a citation may end: a comma, a mark, or a full stop that is no initial's.
fn name_end(text: &str) -> usize {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (k, &(i, c)) in chars.iter().enumerate() {
        match c {
            ',' | ';' | ':' | '“' | '"' | '(' | '[' | '‘' | '<' | '?' => return i,
            '.' => {
                let word_start = text[..i].rfind([' ', '.', '-']).map_or(0, |p| p + 1);
                let word = &text[word_start..i];
                let initial = word.chars().count() <= 2
                    && word.chars().next().is_some_and(char::is_uppercase);
                let title = lexicon::title(&format!("{word}.")).is_some()
                    || matches!(word, "al" | "Jr" | "Sr" | "ret" | "Ret");
                if !initial && !title && chars.get(k + 1).is_none_or(|n| n.1 == ' ') {
                    return i;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// The text as a person's name, if all of it is one.
fn whole_name(text: &str, index: &NameIndex, first: bool) -> Option<String> {
    let text = text.trim_end_matches(" et al").trim_end_matches(" et al.");
    if text.split_whitespace().count() > 7 {
        return None;
    }
    let tokens = tokens::tokenise(text, Span::new(0, text.len()));
    let found = names::find(&tokens, index);
    let name = found.first().filter(|_| found.len() == 1)?;
    let whole = name.with_titles.start == 0 && name.with_titles.end == tokens.len();
    let _ = first;
    (whole && name.name.contains(' ')).then(|| name.name.clone())
}

fn surname_first<'a>(text: &'a str, index: &NameIndex) -> Option<(String, &'a str)> {
    let comma = text.find(',')?;
    let surname = text[..comma].trim();
    let after = &text[comma + 1..];
    let end = name_end(after.trim_start()) + (after.len() - after.trim_start().len());
    let given = after[..end].trim();
    let words = given.split_whitespace().count();
    let fits = surname.split_whitespace().count() <= 2
        && (1..=2).contains(&words)
        && given
            .split_whitespace()
            .next()
            .is_some_and(|g| lexicon::is_given_name(g.trim_end_matches('.')))
        && surname.chars().next().is_some_and(char::is_uppercase)
        && !lexicon::is_organisation(surname)
        && !lexicon::is_place(surname);
    let _ = index;
    fits.then(|| {
        (
            format!("{given} {surname}"),
            after[end..].trim_start_matches([',', '.', ' ']),
        )
    })
}
