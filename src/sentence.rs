//! Sentences of the clean text.
//!
//! A sentence ends at a closing mark that no abbreviation, initial or number explains, and that a
//! new sentence can follow; a note marker behind the mark is one more sign. Headings and list
//! items are sentences of their own.

use crate::layout::{CleanText, ParagraphKind};
use crate::lexicon;
use crate::text::{Clean, Raw, Span};

/// A sentence, heading or list item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    pub span: Span<Clean>,
    /// Index into the text's paragraphs.
    pub paragraph: usize,
}

/// The sentences of a text, in order. Front matter has none.
pub fn split(text: &CleanText) -> Vec<Sentence> {
    segment(text, false)
}

/// The sentences of a text, title and byline included.
pub fn split_all(text: &CleanText) -> Vec<Sentence> {
    segment(text, true)
}

/// The raw extent of each sentence, title and byline included: the smallest stretch that holds all of
/// it, with the marker behind it. On a page of two columns it holds lines of the other column as well.
pub fn raw_extents(text: &CleanText, raw: &str) -> Vec<Span<Raw>> {
    let mut extents: Vec<Span<Raw>> = Vec::new();
    for sentence in split_all(text) {
        let pieces = text.map.pieces(sentence.span, raw);
        let (Some(start), Some(mut end)) = (
            pieces.iter().map(|p| p.start).min(),
            pieces.iter().map(|p| p.end).max(),
        ) else {
            continue;
        };
        for marker in text.markers_in(sentence.span.end, sentence.span.end) {
            if marker.raw.start < end {
                continue;
            }
            let between = &raw[end..marker.raw.start];
            if between
                .chars()
                .all(|c| c.is_whitespace() || matches!(c, '[' | ',' | ';' | '-' | '–' | ']'))
            {
                end = marker.raw.end;
                if raw[end..].starts_with(']') && raw[..marker.raw.start].ends_with(['[', ' ', ','])
                {
                    end += 1;
                }
            }
        }
        extents.push(Span::new(start, end));
    }
    extents
}

fn segment(text: &CleanText, front: bool) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (paragraph, p) in text.paragraphs.iter().enumerate() {
        match p.kind {
            ParagraphKind::Front if !front => {}
            ParagraphKind::Heading => sentences.push(Sentence {
                span: p.span,
                paragraph,
            }),
            ParagraphKind::Body | ParagraphKind::ListItem | ParagraphKind::Front => {
                sentences.extend(
                    spans(text, p.span)
                        .into_iter()
                        .map(|span| Sentence { span, paragraph }),
                );
            }
        }
    }
    sentences
}

fn spans(text: &CleanText, paragraph: Span<Clean>) -> Vec<Span<Clean>> {
    let body = text.str(paragraph);
    let mut spans = Vec::new();
    let mut start = 0;
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '.' | '!' | '?' | '…') {
            if let Some(end) = emoticon(body, at, c) {
                push(&mut spans, body, paragraph.start, start, end);
                start = end;
            }
            continue;
        }
        // Take the whole run of closing marks: `..."`, `?”`, `.)`.
        let mut end = at + c.len_utf8();
        while let Some(&(i, d)) = chars.peek() {
            let closes = matches!(
                d,
                '.' | '!' | '?' | '…' | '”' | '’' | '"' | '\'' | ')' | ']' | '»'
            ) && !opens_here(body, i, d);
            if !closes {
                break;
            }
            end = i + d.len_utf8();
            chars.next();
        }
        let marker = !text
            .markers_in(paragraph.start + at + 1, paragraph.start + end)
            .is_empty();
        let stop = Stop {
            body,
            start,
            at,
            mark: c,
            end,
        };
        if stop.ends_sentence(marker) {
            push(&mut spans, body, paragraph.start, start, end);
            start = end;
        } else if let Some(after) = stop.behind_digits() {
            push(&mut spans, body, paragraph.start, start, after);
            start = after;
        }
    }
    push(&mut spans, body, paragraph.start, start, body.len());
    spans
}

/// ":)" and its like before a capital: the end of what lies between. Such sentences have no mark.
fn emoticon(body: &str, at: usize, c: char) -> Option<usize> {
    if !matches!(c, ':' | ';') || !body[..at].ends_with(' ') {
        return None;
    }
    let rest = &body[at + 1..];
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let face = rest.chars().next()?;
    let after = rest[face.len_utf8()..].strip_prefix(' ')?;
    let end = body.len() - after.len() - 1;
    (matches!(face, ')' | '(' | 'D' | 'P' | '/' | '|')
        && after.starts_with(|c: char| c.is_uppercase()))
    .then_some(end)
}

/// A straight quotation mark after a blank opens; it closes nothing.
fn opens_here(body: &str, at: usize, c: char) -> bool {
    matches!(c, '"' | '\'') && body[..at].ends_with(' ')
}

fn push(spans: &mut Vec<Span<Clean>>, body: &str, offset: usize, start: usize, end: usize) {
    let inside: Span<Clean> = Span::new(start, end).trim(body);
    if !inside.is_empty() {
        spans.push(Span::new(offset + inside.start, offset + inside.end));
    }
}

/// A closing mark where a sentence may end.
struct Stop<'a> {
    body: &'a str,
    /// Where the sentence begins.
    start: usize,
    /// The mark, and the end of the run of marks that it begins.
    at: usize,
    mark: char,
    end: usize,
}

/// No abbreviation and no number that matters is longer than this, in bytes.
const WORD: usize = 48;
/// The alphanumeric character that shows how a sentence begins is looked for so far.
const OPENER: usize = 12;
/// The most digits of a note marker.
const MARKER: usize = 3;

impl Stop<'_> {
    fn ends_sentence(&self, marker: bool) -> bool {
        let run = &self.body[self.at..self.end];
        let rest = &self.body[self.end..];
        let next = rest.trim_start();
        let Some(first) = next.chars().next() else {
            return true;
        };
        let spaced = next.len() < rest.len();
        if !can_begin(next) {
            return false;
        }
        if marker {
            return true;
        }
        if !spaced {
            // "antagonists....Although": dots that also stand for what was left out.
            return self.mark == '.' && run.starts_with("...") && first.is_uppercase();
        }
        if self.mark != '.' {
            return self.mark != '…' || first.is_uppercase() || matches!(first, '“' | '"');
        }
        // "Lt. Gen. (Ret.) Sokolov": a bracket closes behind the abbreviation.
        if run.len() > 1 && !run[1..].chars().all(|c| matches!(c, ')' | ']')) {
            return true;
        }
        !self.explained(next, run.len() > 1)
    }

    /// "signed.12 The": the digits of a marker that is still in the text.
    fn behind_digits(&self) -> Option<usize> {
        let rest = &self.body[self.end..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let before = self.body[..self.at].chars().next_back()?;
        let next = rest[digits..].trim_start();
        let fits = (1..=MARKER).contains(&digits)
            && !rest.starts_with('0')
            && !before.is_ascii_digit()
            && next.len() < rest.len() - digits
            && can_begin(next)
            && next.starts_with(|c: char| !c.is_ascii_digit());
        (fits && !(self.mark == '.' && self.explained(next, false))).then_some(self.end + digits)
    }

    /// The word before the mark, as far as it matters.
    fn word(&self) -> &str {
        let mut from = self.at.saturating_sub(WORD);
        while !self.body.is_char_boundary(from) {
            from += 1;
        }
        let window = &self.body[from..self.at];
        let start = window
            .rfind(|c: char| {
                c.is_whitespace() || matches!(c, '(' | '[' | '“' | '"' | '‘' | '—' | '/')
            })
            .map_or(0, |i| {
                i + window[i..].chars().next().map_or(1, char::len_utf8)
            });
        &window[start..]
    }

    /// Whether the full stop belongs to an abbreviation, an initial or a list number.
    fn explained(&self, next: &str, bracketed: bool) -> bool {
        let word = self.word();
        let opener = next.split_whitespace().next().unwrap_or_default();
        let opens = opens_sentence(opener);
        if !bracketed && self.numbers_a_list(word) {
            return true;
        }
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        // "V.S. Naipaul", "T. Eliot": one capital before the stop.
        let last = word.rsplit('.').next().unwrap_or(word);
        let initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
        if initial && letters > 0 {
            return !opens;
        }
        let abbreviation = &self.body[self.at - word.len()..=self.at];
        let Some(can_end) = lexicon::abbreviation(abbreviation) else {
            return false;
        };
        let number_follows = opener.starts_with(|c: char| c.is_ascii_digit())
            || (is_roman(opener.trim_end_matches(|c: char| !c.is_alphanumeric())));
        if matches!(word.to_lowercase().as_str(), "a.m" | "p.m") {
            return is_time_word(opener);
        }
        // "The answer was no." is a word; "No. 3" is not. "600 pp." counts, "pp. 12" refers.
        if is_reference(word) && !number_follows {
            return !(is_word_too(word) || self.number_before(word));
        }
        if bracketed {
            return true;
        }
        !(can_end && (opens || self.number_before(word)))
    }

    /// "1. The pay was bad", "Article 9. The parties shall meet": the number belongs to what follows.
    fn numbers_a_list(&self, word: &str) -> bool {
        let number = (1..=3).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
        if !number && !is_roman(word) {
            return false;
        }
        let before = self.body[self.start..self.at - word.len()].trim();
        before.is_empty() && number
            || matches!(
                before,
                "Article"
                    | "Section"
                    | "Chapter"
                    | "Part"
                    | "Clause"
                    | "Rule"
                    | "Annex"
                    | "Table"
                    | "Figure"
                    | "Point"
            )
    }

    fn number_before(&self, word: &str) -> bool {
        let before = self.body[self.start..self.at - word.len()].trim_end();
        before.ends_with(|c: char| c.is_ascii_digit())
    }
}

/// Whether a sentence can begin with this.
fn can_begin(next: &str) -> bool {
    let Some(first) = next.chars().next() else {
        return false;
    };
    first.is_uppercase()
        || first.is_ascii_digit()
        || matches!(
            first,
            '“' | '"' | '‘' | '\'' | '«' | '[' | '(' | '…' | '—' | '–' | '¿' | '¡'
        ) && next
            .chars()
            .take(OPENER)
            .find(|c| c.is_alphanumeric())
            .is_some_and(|c| !c.is_lowercase())
}

fn is_roman(word: &str) -> bool {
    (1..=7).contains(&word.len()) && word.bytes().all(|b| b"IVXLC".contains(&b)) && word != "I"
}

/// Abbreviations that refer: a number follows.
fn is_reference(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "no" | "nos"
            | "vol"
            | "vols"
            | "p"
            | "pp"
            | "ch"
            | "fig"
            | "figs"
            | "art"
            | "arts"
            | "par"
            | "para"
            | "paras"
            | "sect"
            | "app"
            | "ser"
            | "pt"
            | "m"
            | "km"
            | "ft"
            | "min"
            | "sec"
            | "l"
            | "t"
    )
}

/// Abbreviations that are also words.
fn is_word_too(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "no" | "fig" | "figs" | "art" | "arts" | "par" | "app"
    ) && !word.starts_with("Fig")
}

/// What follows "5 p.m." within a sentence although it has a capital.
fn is_time_word(opener: &str) -> bool {
    let word = opener.trim_matches(|c: char| !c.is_alphabetic());
    lexicon::is_month(word)
        || word.ends_with("day") && word.len() > 5
        || matches!(
            word,
            "Mon"
                | "Tue"
                | "Wed"
                | "Thu"
                | "Fri"
                | "Sat"
                | "Sun"
                | "GMT"
                | "UTC"
                | "EST"
                | "EDT"
                | "PST"
                | "PDT"
                | "CET"
                | "CST"
                | "Eastern"
                | "Pacific"
                | "Greenwich"
                | "Moscow"
                | "Beijing"
        )
}

/// Words that begin sentences and hardly ever follow an abbreviation inside one. An initial ("A.")
/// is none.
fn opens_sentence(opener: &str) -> bool {
    const OPENERS: [&str; 96] = [
        "The",
        "In",
        "It",
        "He",
        "She",
        "They",
        "However",
        "This",
        "These",
        "A",
        "An",
        "But",
        "And",
        "As",
        "On",
        "At",
        "For",
        "If",
        "When",
        "While",
        "That",
        "Those",
        "There",
        "We",
        "I",
        "Such",
        "Although",
        "Moreover",
        "Nor",
        "Yet",
        "His",
        "Her",
        "Its",
        "Their",
        "With",
        "By",
        "From",
        "To",
        "Under",
        "After",
        "Before",
        "Since",
        "What",
        "Many",
        "Some",
        "Most",
        "Both",
        "No",
        "Not",
        "So",
        "Then",
        "Thus",
        "According",
        "You",
        "My",
        "Your",
        "Our",
        "Who",
        "Why",
        "How",
        "Where",
        "Which",
        "Nobody",
        "Everybody",
        "Nothing",
        "Everyone",
        "Neither",
        "Either",
        "Each",
        "Every",
        "Another",
        "Other",
        "Others",
        "All",
        "Few",
        "Only",
        "Even",
        "Still",
        "Now",
        "Here",
        "Once",
        "Later",
        "Meanwhile",
        "Instead",
        "Also",
        "Because",
        "Until",
        "Though",
        "Despite",
        "During",
        "Through",
        "Between",
        "Among",
        "First",
        "Finally",
        "Perhaps",
    ];
    let word = opener.trim_matches(|c: char| !c.is_alphabetic());
    let initial = opener.trim_end_matches(['”', '"', ')']).ends_with('.');
    let word = word.split(['’', '\'']).next().unwrap_or(word);
    !initial && OPENERS.contains(&word)
}
