//! Reported speech in one sentence: the cue, who it points to, and the content.
//!
//! One function a pattern. A pattern proposes; [`find`] keeps what does not stand inside the
//! content of another.

mod complements;
mod frames;
mod nouns;
mod verbs;

use std::ops::Range;

use super::source::{Holder, Pronoun, Source, Words};
use super::tokens::{AUXILIARIES, BE_FORMS, DETERMINERS, PREPOSITIONS, Token, is_adverb};
use crate::lexicon::{self, CueVerb, VerbClass, VerbForm};

/// A piece of reported speech, in token indices of its sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    pub cue: Range<usize>,
    pub source: Source,
    /// Empty where the content stands in the next paragraph, behind a colon.
    pub content: Vec<Range<usize>>,
    pub rule: &'static str,
    /// How sure the pattern is that this is reported speech.
    pub strength: Strength,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A noun phrase or a bare clause as the verb's object.
    Weak,
    /// A that-clause, a quotation, a colon.
    Strong,
}

/// Words between a subject and an infinitive that still make it the subject's own: "went on to say".
pub(super) const CHAIN: [&str; 25] = [
    "went",
    "go",
    "goes",
    "on",
    "continued",
    "continues",
    "hastened",
    "quick",
    "come",
    "comes",
    "came",
    "likes",
    "like",
    "prefers",
    "pains",
    "careful",
    "fond",
    "has",
    "had",
    "have",
    "able",
    "ready",
    "inclined",
    "tends",
    "used",
];

/// Verbs that report only what a person, a group or a document says: "the treaty shows" does not.
const SHOWING: [&str; 16] = [
    "show",
    "mean",
    "suggest",
    "imply",
    "demonstrate",
    "indicate",
    "prove",
    "reveal",
    "signify",
    "reflect",
    "illustrate",
    "establish",
    "confirm",
    "represent",
    "signal",
    "guarantee",
];

/// Verbs that report with a noun phrase as object.
const NOUN_OBJECT: [&str; 36] = [
    "fear",
    "suspect",
    "envisage",
    "envision",
    "favour",
    "emphasize",
    "emphasise",
    "stress",
    "underline",
    "underscore",
    "highlight",
    "reiterate",
    "deny",
    "predict",
    "propose",
    "recommend",
    "demand",
    "reject",
    "criticize",
    "criticise",
    "condemn",
    "denounce",
    "praise",
    "advocate",
    "urge",
    "call for",
    "forecast",
    "foresee",
    "doubt",
    "dispute",
    "lament",
    "deplore",
    "anticipate",
    "oppose",
    "dismiss",
    "accuse",
];

/// Verbs that report with one of these prepositions.
const WITH_PREPOSITION: [&str; 11] = [
    "warn", "argue", "insist", "call", "complain", "plead", "boast", "push", "appeal", "caution",
    "counsel",
];
const AFTER_SUCH_VERBS: [&str; 8] = ["of", "against", "for", "about", "in", "on", "upon", "that"];

/// Verbs that report only with a that-clause, a quotation or a colon.
const NEEDS_CLAUSE: [&str; 61] = [
    "see",
    "find",
    "hold",
    "know",
    "learn",
    "hear",
    "feel",
    "read",
    "point",
    "support",
    "endorse",
    "offer",
    "discover",
    "raise",
    "address",
    "publish",
    "accept",
    "advance",
    "allow",
    "charge",
    "cite",
    "contest",
    "count",
    "cry",
    "defend",
    "detail",
    "differ",
    "discuss",
    "echo",
    "express",
    "imagine",
    "judge",
    "list",
    "name",
    "observe",
    "outline",
    "present",
    "press",
    "project",
    "put",
    "rank",
    "rate",
    "regard",
    "register",
    "remember",
    "report",
    "require",
    "rule",
    "second",
    "submit",
    "talk",
    "teach",
    "treat",
    "trust",
    "understand",
    "view",
    "voice",
    "weigh",
    "welcome",
    "wish",
    "write",
];

const VIEW_NOUNS: [&str; 20] = [
    "count",
    "reckoning",
    "view",
    "opinion",
    "words",
    "eyes",
    "estimation",
    "judgment",
    "judgement",
    "assessment",
    "phrase",
    "reading",
    "telling",
    "belief",
    "formulation",
    "account",
    "estimate",
    "analysis",
    "interpretation",
    "version",
];

/// The reported speech of one sentence, in order.
pub fn find(words: &Words<'_>) -> Vec<Reported> {
    let mut found: Vec<Reported> = Vec::new();
    for at in 0..words.tokens.len() {
        if words.tokens[at].quoted {
            continue;
        }
        let proposal = frames::according_to(words, at)
            .or_else(|| frames::in_the_view_of(words, at))
            .or_else(|| frames::as_noted(words, at))
            .or_else(|| nouns::noun_cue(words, at))
            .or_else(|| frames::for_one(words, at))
            .or_else(|| verbs::verb_cue(words, at));
        if let Some(proposal) = proposal {
            found.push(proposal);
        }
    }
    without_nested(words, found)
}

/// Drops what stands inside the content of another, and ends a content where the next clause of the
/// same rank begins.
fn without_nested(words: &Words<'_>, found: Vec<Reported>) -> Vec<Reported> {
    let mut kept: Vec<Reported> = Vec::new();
    for next in found {
        let mut nested = false;
        for earlier in &mut kept {
            // "He put it harshly: X wrote that …": the nearer name holds what follows the colon.
            let handed_on = earlier.content.first().is_some_and(|c| {
                next.source.tokens.start >= c.start
                    && next.source.tokens.start <= c.start + 1
                    && c.start > 0
                    && words.tokens[c.start - 1].text == ":"
            });
            if handed_on
                && next.strength == Strength::Strong
                && matches!(next.source.holder, Holder::Persons(_))
            {
                earlier.content.clear();
                earlier.strength = Strength::Weak;
                continue;
            }
            let same_cue = earlier.cue.start <= next.cue.start && next.cue.start < earlier.cue.end;
            let by_source = earlier.source.tokens.contains(&next.cue.start);
            if same_cue || by_source {
                nested = true;
                break;
            }
            let inside = earlier.content.iter().any(|c| c.contains(&next.cue.start));
            if !inside {
                continue;
            }
            let from =
                if next.source.tokens.start < earlier.cue.start || next.source.tokens.is_empty() {
                    next.cue.start
                } else {
                    next.source.tokens.start.min(next.cue.start)
                };
            let shares = from == next.cue.start;
            match joint(words, from, earlier, shares) {
                Some(cut) => {
                    for content in &mut earlier.content {
                        content.end = content.end.min(cut).max(content.start);
                    }
                    earlier.content.retain(|c| c.len() > 1);
                }
                None => nested = true,
            }
        }
        if !nested {
            kept.push(next);
        }
    }
    kept.retain(|r| {
        !r.content.is_empty()
            || words.tokens.last().is_some_and(|t| t.text == ":")
            || r.strength == Strength::Strong
    });
    kept
}

/// Where a clause that begins at `from` is joined to the one before it: the comma or conjunction.
fn joint(
    words: &Words<'_>,
    from: usize,
    earlier: &Reported,
    shares_subject: bool,
) -> Option<usize> {
    let start = earlier.content.first()?.start;
    let mut at = from;
    while at > start && is_adverb(&words.tokens[at - 1].lower) {
        at -= 1;
    }
    let conjunction = at > start
        && words.tokens[at - 1].is(&[
            "and", "but", "while", "whereas", "although", "though", "yet",
        ]);
    if conjunction {
        at -= 1;
    }
    let comma = at > start && matches!(words.tokens[at - 1].text.as_str(), "," | ";" | "—");
    let contrast = conjunction && !words.tokens[at].is(&["and"]);
    // "dismissed it as … and maintained that": a second verb of the same subject.
    let shared = conjunction && shares_subject;
    if (conjunction && (comma || contrast || shared)) || (comma && words.tokens[at - 1].text == ";")
    {
        return Some(if comma { at - 1 } else { at });
    }
    None
}

fn end_of(words: &Words<'_>) -> usize {
    words.tokens.len()
}

/// From `start` to the sentence's end, or to a semicolon outside quotation marks.
fn to_the_end(words: &Words<'_>, start: usize) -> Vec<Range<usize>> {
    let mut start = start;
    while start < end_of(words)
        && matches!(words.tokens[start].text.as_str(), "," | ":" | "—" | "-")
    {
        start += 1;
    }
    let mut end = start;
    let mut open = 0usize;
    while end < end_of(words) {
        let t = &words.tokens[end];
        match t.text.as_str() {
            "“" | "(" => open += 1,
            "”" | ")" => open = open.saturating_sub(1),
            ";" if open == 0 && !t.quoted => break,
            _ => {}
        }
        end += 1;
    }
    if words.tokens[start.min(end)..end]
        .iter()
        .filter(|t| t.is_word())
        .count()
        == 0
    {
        return Vec::new();
    }
    std::iter::once(start..end).collect()
}

/// The sentence without the aside `aside`.
fn around(words: &Words<'_>, aside: Range<usize>) -> Vec<Range<usize>> {
    let mut start = 0;
    // Behind a semicolon a new statement begins.
    if let Some(semicolon) = words.tokens[..aside.start]
        .iter()
        .rposition(|t| t.text == ";" && !t.quoted)
    {
        start = semicolon + 1;
    }
    let mut before = start..aside.start;
    while !before.is_empty() && words.tokens[before.end - 1].text == "," {
        before.end -= 1;
    }
    let mut after = aside.end..end_of(words);
    while !after.is_empty() && words.tokens[after.start].text == "," {
        after.start += 1;
    }
    [before, after]
        .into_iter()
        .filter(|r| words.tokens[r.clone()].iter().any(Token::is_word))
        .collect()
}

fn starts_statement(words: &Words<'_>, at: usize) -> bool {
    at == 0
        || matches!(
            words.tokens[at - 1].text.as_str(),
            ";" | ":" | "—" | "(" | "“" | "”" | "."
        )
        || (words.tokens[at - 1].is(&[
            "and", "but", "yet", "that", "however", "still", "while", "whereas",
        ]) && at <= 3)
        || (at >= 2
            && words.tokens[at - 1].is(&["and", "but", "while", "yet"])
            && matches!(words.tokens[at - 2].text.as_str(), "," | ";"))
}

fn cue_verb_at<'w>(words: &'w Words<'_>, at: usize) -> Option<(&'static CueVerb, usize)> {
    let upto = words.tokens.len().min(at + lexicon::CUE_VERB_MAX_WORDS);
    if at >= upto {
        return None;
    }
    let texts: Vec<&'w str> = words.tokens[at..upto]
        .iter()
        .map(|t| t.text.as_str())
        .collect();
    lexicon::cue_verb_prefix(&texts)
}
