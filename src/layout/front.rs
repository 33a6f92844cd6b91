//! Title, author and date, from the first lines.

use std::sync::LazyLock;

use regex::Regex;

use super::clean::{CleanText, ParagraphKind};
use crate::lexicon;
use crate::load::Metadata;
use crate::text::{Clean, Span};

/// What the first lines say of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontMatter {
    pub title: Option<String>,
    pub authors: Vec<String>,
    pub date: Option<String>,
    pub year: Option<i32>,
    /// The journal, institute or site that it appeared in.
    pub source: Option<String>,
}

impl FrontMatter {
    /// What `metadata` says, and the first lines where it says nothing.
    pub(super) fn declared(self, metadata: &Metadata) -> FrontMatter {
        let own = FrontMatter::of(metadata);
        let year = own
            .year
            .or(if own.date.is_none() { self.year } else { None });
        FrontMatter {
            title: own.title.or(self.title),
            authors: if own.authors.is_empty() {
                self.authors
            } else {
                own.authors
            },
            date: own.date.or(self.date),
            year,
            source: own.source.or(self.source),
        }
    }

    /// The first lines, and what `metadata` says where they say nothing.
    pub(super) fn or_declared(self, metadata: &Metadata) -> FrontMatter {
        let rest = FrontMatter::of(metadata);
        FrontMatter {
            title: self.title.or(rest.title),
            authors: if self.authors.is_empty() {
                rest.authors
            } else {
                self.authors
            },
            year: self
                .year
                .or(if self.date.is_none() { rest.year } else { None }),
            date: self.date.or(rest.date),
            source: self.source.or(rest.source),
        }
    }

    fn of(metadata: &Metadata) -> FrontMatter {
        let year = metadata.date.as_deref().and_then(date_of).map(|(_, y)| y);
        FrontMatter {
            title: metadata.title.clone(),
            authors: metadata.authors.clone(),
            date: metadata.date.clone(),
            year,
            source: metadata.source.clone(),
        }
    }
}

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:(?:\d{1,2}\s+)?(?:January|February|March|April|May|June|July|August|September|October|November|December|Spring|Summer|Autumn|Fall|Winter)\.?(?:\s+\d{1,2})?,?\s+)?(?P<year>(?:19|20)\d\d)\b")
        .expect("a valid pattern")
});

static ISO_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?P<year>(?:19|20)\d\d)[-/.]\d{1,2}[-/.]\d{1,2}\b").expect("a valid pattern")
});

/// At most so many paragraphs are read as front matter.
const PARAGRAPHS: usize = 8;
/// A paragraph longer than this is text.
const LENGTH: usize = 160;

/// Reads the front matter and gives its paragraphs their kind.
pub(super) fn find(body: &mut CleanText) -> FrontMatter {
    let mut front = FrontMatter::default();
    let end = body
        .paragraphs
        .iter()
        .take(PARAGRAPHS)
        .position(|p| {
            let text = p.span.of(&body.text);
            text.len() > LENGTH || (p.kind != ParagraphKind::Heading && !is_front(text))
        })
        .unwrap_or(PARAGRAPHS.min(body.paragraphs.len()));
    let texts: Vec<(usize, Span<Clean>)> = body.paragraphs[..end]
        .iter()
        .enumerate()
        .map(|(i, p)| (i, p.span))
        .collect();
    let Some(last) = texts
        .iter()
        .skip(1)
        .rev()
        .find(|(_, s)| names_or_dates(s.of(&body.text)))
    else {
        if let Some(first) = body.paragraphs.first_mut()
            && first.kind == ParagraphKind::Heading
        {
            first.kind = ParagraphKind::Front;
            front.title = Some(first.span.of(&body.text).to_owned());
        }
        return front;
    };
    let last = last.0;
    let mut title: Vec<&str> = Vec::new();
    for (i, span) in texts.into_iter().take(last + 1) {
        let text = span.of(&body.text);
        if i == 0 {
            title.push(text);
            continue;
        }
        let date = date_of(text);
        let names = byline(text);
        if date.is_none() && names.is_empty() {
            if front.authors.is_empty() && front.date.is_none() && !is_affiliation(text) {
                title.push(text);
            }
            continue;
        }
        if let Some((date, year)) = date {
            front.date.get_or_insert(date);
            front.year.get_or_insert(year);
        }
        if front.authors.is_empty() {
            front.authors = names;
        }
    }
    front.title = Some(title.join(": ").replace(":: ", ": "));
    for paragraph in &mut body.paragraphs[..=last] {
        paragraph.kind = ParagraphKind::Front;
    }
    front
}

fn names_or_dates(text: &str) -> bool {
    text.len() <= LENGTH && (!byline(text).is_empty() || date_of(text).is_some())
}

fn is_front(text: &str) -> bool {
    text.len() <= LENGTH && (!byline(text).is_empty() || is_affiliation(text) || only_a_date(text))
}

fn only_a_date(text: &str) -> bool {
    date_of(text).is_some_and(|(d, _)| text.len() < d.len() + 40)
}

fn date_of(text: &str) -> Option<(String, i32)> {
    let found = ISO_DATE.captures(text).or_else(|| DATE.captures(text))?;
    let year = found.name("year")?.as_str().parse().ok()?;
    Some((found[0].trim().to_owned(), year))
}

fn is_affiliation(text: &str) -> bool {
    text.len() < 120
        && !text.ends_with('.')
        && text.split(|c: char| !c.is_alphabetic()).any(|w| {
            !w.is_empty() && w.starts_with(char::is_uppercase) && lexicon::is_organisation(w)
        })
}

/// The names of a byline: "By A. Name and B. Name", "Dr. A Name, Institute". Empty where the line
/// is none.
fn byline(text: &str) -> Vec<String> {
    let text = text.trim().trim_end_matches(['.', '*', '†']);
    let by = text
        .strip_prefix("By ")
        .or_else(|| text.strip_prefix("by "))
        .or_else(|| text.strip_prefix("BY "));
    let list = by.unwrap_or(text);
    let mut names = Vec::new();
    for part in list
        .split([',', ';', '|', '•', '·'])
        .flat_map(|p| p.split(" and "))
        .flat_map(|p| p.split(" & "))
    {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        if is_name(part) {
            names.push(part.to_owned());
        } else if names.is_empty() {
            return names;
        }
    }
    names
}

fn is_name(text: &str) -> bool {
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let names = tokens
        .iter()
        .filter(|t| lexicon::title(t).is_none())
        .count();
    (2..=4).contains(&names)
        && tokens.len() <= 7
        && tokens.iter().all(|t| {
            let first = t.chars().next();
            crate::quote::names::is_name_particle(t)
                || (first.is_some_and(char::is_uppercase)
                    && !t.chars().any(|c| c.is_ascii_digit())
                    && !t.ends_with(':'))
        })
        && !tokens.iter().any(|t| {
            let word = t.trim_matches(|c: char| !c.is_alphanumeric());
            lexicon::is_organisation(word)
                || lexicon::is_place(word)
                || lexicon::is_demonym(word)
                || lexicon::is_month(word)
        })
        && !tokens.iter().any(|t| {
            matches!(
                *t,
                "The" | "A" | "An" | "Of" | "In" | "On" | "From" | "To" | "At" | "With"
            )
        })
}
