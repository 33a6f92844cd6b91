//! Sentences of the clean text.
//!
//! A sentence ends at a closing mark that no abbreviation, initial or number explains, and that a
//! new sentence can follow; a note marker behind the mark is one more sign. Headings and list
//! items are sentences of their own.

use crate::layout::{CleanText, ParagraphKind};
use crate::lexicon;
use crate::text::{Clean, Span};

/// A sentence, heading or list item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    pub span: Span<Clean>,
    /// Index into the text's paragraphs.
    pub paragraph: usize,
}

/// The sentences of a text, in order. Front matter has none.
pub fn split(text: &CleanText) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (paragraph, p) in text.paragraphs.iter().enumerate() {
        match p.kind {
            ParagraphKind::Front => {}
            ParagraphKind::Heading => sentences.push(Sentence {
                span: p.span,
                paragraph,
            }),
            ParagraphKind::Body | ParagraphKind::ListItem => {
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
        if is_boundary(body, at, c, end, marker) {
            push(&mut spans, body, paragraph.start, start, end);
            start = end;
        }
    }
    push(&mut spans, body, paragraph.start, start, body.len());
    spans
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

fn is_boundary(body: &str, at: usize, mark: char, end: usize, marker: bool) -> bool {
    let rest = &body[end..];
    let next = rest.trim_start();
    let Some(first) = next.chars().next() else {
        return true;
    };
    let spaced = next.len() < rest.len();
    let starts = first.is_uppercase()
        || first.is_ascii_digit()
        || matches!(
            first,
            '“' | '"' | '‘' | '\'' | '«' | '[' | '(' | '…' | '—' | '–'
        ) && next
            .chars()
            .find(|c| c.is_alphanumeric())
            .is_some_and(|c| !c.is_lowercase());
    if !starts {
        return false;
    }
    if marker {
        return true;
    }
    if !spaced {
        // "antagonists....Although": dots that also stand for what was left out.
        return mark == '.' && body[at..end].starts_with("...") && first.is_uppercase();
    }
    if mark != '.' || body[at..end].len() > 1 {
        return mark != '…' || first.is_uppercase() || matches!(first, '“' | '"');
    }
    !explained(body, at, next)
}

/// Whether the full stop at `at` belongs to an abbreviation or an initial.
fn explained(body: &str, at: usize, next: &str) -> bool {
    let word_start = body[..at]
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '“' | '"' | '‘' | '—' | '/'))
        .map_or(0, |i| {
            i + body[i..].chars().next().map_or(1, char::len_utf8)
        });
    let word = &body[word_start..at];
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let dotted = word.contains('.');
    // "V.S. Naipaul", "T. Eliot": one capital before the stop.
    let initial = word
        .rsplit('.')
        .next()
        .is_some_and(|last| last.chars().count() == 1 && last.chars().all(char::is_uppercase));
    if initial && letters > 0 {
        let opener = next.split_whitespace().next().unwrap_or_default();
        let acronym = dotted && opens_sentence(opener.trim_matches(|c: char| !c.is_alphabetic()));
        return !acronym;
    }
    match lexicon::abbreviation(&body[word_start..=at]) {
        Some(can_end) => {
            let opener = next.split_whitespace().next().unwrap_or_default();
            !(can_end && opens_sentence(opener.trim_matches(|c: char| !c.is_alphabetic())))
        }
        None => false,
    }
}

/// Words that begin sentences and hardly ever follow an abbreviation inside one.
fn opens_sentence(word: &str) -> bool {
    matches!(
        word,
        "The"
            | "In"
            | "It"
            | "He"
            | "She"
            | "They"
            | "However"
            | "This"
            | "These"
            | "A"
            | "An"
            | "But"
            | "And"
            | "As"
            | "On"
            | "At"
            | "For"
            | "If"
            | "When"
            | "While"
            | "That"
            | "Those"
            | "There"
            | "We"
            | "I"
            | "Such"
            | "Although"
            | "Moreover"
            | "Nor"
            | "Yet"
            | "His"
            | "Her"
            | "Its"
            | "Their"
            | "With"
            | "By"
            | "From"
            | "To"
            | "Under"
            | "After"
            | "Before"
            | "Since"
            | "What"
            | "Many"
            | "Some"
            | "Most"
            | "Both"
            | "No"
            | "Not"
            | "So"
            | "Then"
            | "Thus"
            | "According"
    )
}
