//! Reported speech in one sentence: the cue, who it points to, and the content.
//!
//! One function a pattern. A pattern proposes; [`find`] keeps what does not stand inside the
//! content of another.

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
        let proposal = according_to(words, at)
            .or_else(|| in_the_view_of(words, at))
            .or_else(|| as_noted(words, at))
            .or_else(|| noun_cue(words, at))
            .or_else(|| for_one(words, at))
            .or_else(|| verb_cue(words, at));
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

/// "According to X, …"; "…, according to X".
fn according_to(words: &Words<'_>, at: usize) -> Option<Reported> {
    let t = &words.tokens;
    if t[at].lower != "according" || t.get(at + 1)?.lower != "to" {
        return None;
    }
    let source = words.phrase_after(at + 2)?;
    if matches!(source.holder, Holder::Pronoun(Pronoun::It)) {
        return None;
    }
    Some(framed(words, at, at..at + 2, source, "according-to"))
}

/// A source phrase that frames a statement, in front of it or as an aside.
fn framed(
    words: &Words<'_>,
    at: usize,
    cue: Range<usize>,
    source: Source,
    rule: &'static str,
) -> Reported {
    let end = cue.end.max(source.tokens.end);
    let content = if starts_statement(words, at) {
        to_the_end(words, end)
    } else {
        around(words, at..end)
    };
    Reported {
        cue,
        source,
        content,
        rule,
        strength: Strength::Strong,
    }
}

/// "In the view of X, …", "In X's words, …", "In their opinion, …", "In the Russian view, …".
fn in_the_view_of(words: &Words<'_>, at: usize) -> Option<Reported> {
    let t = &words.tokens;
    let cued = t[at].is(&["in", "from", "to", "by"]);
    if !cued {
        return None;
    }
    let noun = (at + 1..t.len().min(at + 9)).find(|&i| {
        VIEW_NOUNS.contains(&t[i].lower.as_str())
            || (t[i].lower == "point" && t.get(i + 2).is_some_and(|n| n.lower == "view"))
            || t[i].lower == "perspective"
    })?;
    let noun_end = if t[noun].lower == "point" {
        noun + 3
    } else {
        noun + 1
    };
    if t[at + 1..noun].iter().any(|w| {
        !w.is_word() && !matches!(w.text.as_str(), "“" | "”")
            || AUXILIARIES.contains(&w.lower.as_str())
            || PREPOSITIONS.contains(&w.lower.as_str())
    }) {
        return None;
    }
    let cue = at..noun_end;
    if t.get(noun_end).is_some_and(|w| w.lower == "of") {
        let source = words.phrase_after(noun_end + 1)?;
        return Some(framed(
            words,
            at,
            at..noun_end + 1,
            source,
            "in-the-view-of",
        ));
    }
    if t[at].is(&["to"]) || (t[at].lower == "by" && !t[noun].is(&["count", "account", "estimate"]))
    {
        return None;
    }
    let closed = t
        .get(noun_end)
        .is_none_or(|w| matches!(w.text.as_str(), "," | ":" | ".") || w.is_open_mark());
    // "in the Russian view it was": no comma follows.
    let followed = t.get(noun_end).is_some_and(|w| {
        DETERMINERS.contains(&w.lower.as_str()) || super::source::pronoun(w).is_some()
    });
    if !(closed || (followed && at == 0)) {
        return None;
    }
    let source = match words.possessor(noun - 1) {
        Some(source) => source,
        None => {
            let mut of = (at + 1..noun).rev();
            of.find_map(|i| words.possessor(i))
                .or_else(|| words.classify(at + 1..noun_end))
                .filter(|s| {
                    noun > at + 1
                        && !(noun == at + 2
                            && matches!(
                                t[at + 1].lower.as_str(),
                                "the" | "this" | "that" | "my" | "our" | "one" | "a"
                            )
                            && s.holder == Holder::Group)
                })?
        }
    };
    Some(framed(words, at, cue, source, "in-the-view-of"))
}

/// "As X put it, …", "As noted by X, …", "…, as X has argued".
fn as_noted(words: &Words<'_>, at: usize) -> Option<Reported> {
    let t = &words.tokens;
    if t[at].lower != "as"
        || !(starts_statement(words, at)
            || at > 0 && matches!(t[at - 1].text.as_str(), "," | "or" | "and")
            || at > 0 && t[at - 1].is(&["or", "and"]))
    {
        return None;
    }
    // "As noted by X", "as argued in X".
    let (verb, width) = cue_verb_at(words, at + 1).unzip();
    if let (Some(verb), Some(width)) = (verb, width)
        && verb.forms.contains(&VerbForm::PastParticiple)
        && t.get(at + 1 + width).is_some_and(|w| w.is(&["by", "in"]))
    {
        let source = words.phrase_after(at + 2 + width)?;
        let cue = at..at + 2 + width;
        return Some(framed(words, at, cue, source, "as-noted-by"));
    }
    let limit = t.len().min(at + 22);
    let (at_verb, width) = (at + 2..limit).find_map(|i| {
        if t[i].quoted || t[i].text == ":" {
            return None;
        }
        let (verb, width) = cue_verb_at(words, i)?;
        let agent = words.classify(at + 1..words_end(words, at + 1, i))?;
        (verb.finite() || verb.forms.contains(&VerbForm::PastParticiple)).then_some(())?;
        (!matches!(agent.holder, Holder::Document { .. } | Holder::Nobody)).then_some((i, width))
    })?;
    let source = words.classify(at + 1..words_end(words, at + 1, at_verb))?;
    // Verb, "it", an adverb; then a comma or a colon.
    let mut end = at_verb + width;
    while end < t.len()
        && end < at_verb + width + 9
        && !matches!(t[end].text.as_str(), "," | ":" | "." | "—")
        && !t[end].is_open_mark()
    {
        if t[end].lower == "that" {
            return None;
        }
        end += 1;
    }
    let closed = t
        .get(end)
        .is_none_or(|w| matches!(w.text.as_str(), "," | ":" | "." | "—") || w.is_open_mark());
    if !closed {
        return None;
    }
    let content = if starts_statement(words, at)
        || end < t.len()
            && (t[end].is_open_mark() || t.get(end + 1).is_some_and(Token::is_open_mark))
    {
        to_the_end(words, end)
    } else {
        around(words, at..end)
    };
    Some(Reported {
        cue: at_verb..at_verb + width,
        source,
        content,
        rule: "as-noted",
        strength: Strength::Strong,
    })
}

/// `to` without the auxiliaries and adverbs before it.
fn words_end(words: &Words<'_>, from: usize, to: usize) -> usize {
    let mut end = to;
    while end > from
        && (AUXILIARIES.contains(&words.tokens[end - 1].lower.as_str())
            || is_adverb(&words.tokens[end - 1].lower))
    {
        end -= 1;
    }
    end
}

/// "X's claim that …", "it is her belief that …", "the warning by X that …", "his verdict was: …".
fn noun_cue(words: &Words<'_>, at: usize) -> Option<Reported> {
    let t = &words.tokens;
    lexicon::cue_noun(&t[at].text)?;
    if at == 0 {
        return None;
    }
    // "Their critics reply that": a verb behind a plural noun.
    let between_noun = lexicon::role(t[at - 1].stem()).is_some_and(|r| r.plural)
        && lexicon::cue_verb(&t[at].text).is_some();
    if between_noun {
        return None;
    }
    if let Some(found) = impersonal_noun(words, at) {
        return Some(found);
    }
    let mut owner = at - 1;
    // An adjective may stand between the holder and the noun.
    while owner > 0
        && owner + 3 > at
        && !t[owner].is_possessive()
        && !t[owner].is(&["his", "her", "their", "its"])
    {
        owner -= 1;
    }
    let mut source = words.possessor(owner);
    let mut next = at + 1;
    if source.is_none() {
        let by = (at + 1..t.len().min(at + 3)).find(|&i| t[i].is(&["of", "by", "from"]))?;
        let phrase = words.phrase_after(by + 1)?;
        if !matches!(
            phrase.holder,
            Holder::Persons(_) | Holder::Group | Holder::Generic | Holder::Institution
        ) {
            return None;
        }
        next = phrase.tokens.end;
        source = Some(phrase);
        t.get(next).filter(|w| w.lower == "that")?;
    }
    let source = source?;
    if matches!(source.holder, Holder::Pronoun(Pronoun::It)) {
        return None;
    }
    let limit = t.len().min(next + 28);
    let mut copula = false;
    let mut i = next;
    while i < limit {
        let w = &t[i];
        if w.quoted && !w.is_open_mark() {
            return None;
        }
        if w.lower == "that" {
            // "the claim, made in June, that": nothing but an aside may stand between.
            let direct = i == next || copula || t[next].text == ",";
            return direct.then(|| Reported {
                cue: at..at + 1,
                source,
                content: to_the_end(words, i + 1),
                rule: "noun-that",
                strength: Strength::Strong,
            });
        }
        if copula && (w.is_open_mark() || w.text == ":") {
            return Some(Reported {
                cue: at..at + 1,
                source,
                content: to_the_end(words, i),
                rule: "noun-is",
                strength: Strength::Strong,
            });
        }
        if w.text == ":" && i + 1 == t.len() {
            return Some(Reported {
                cue: at..at + 1,
                source,
                content: Vec::new(),
                rule: "noun-colon",
                strength: Strength::Strong,
            });
        }
        if w.text == ":" {
            return Some(Reported {
                cue: at..at + 1,
                source,
                content: to_the_end(words, i),
                rule: "noun-colon",
                strength: Strength::Strong,
            });
        }
        if BE_FORMS.contains(&w.lower.as_str()) {
            copula = true;
        } else if w.is_word()
            && !copula
            && i > next
            && lexicon::cue_verb(&w.text).is_some_and(CueVerb::finite)
            && !PREPOSITIONS.contains(&w.lower.as_str())
            && t[next].text != ","
        {
            return None;
        }
        i += 1;
    }
    None
}

/// "There is a view, held by few, that …"; "confined himself to the remark that …"; "put forward the
/// idea of …".
fn impersonal_noun(words: &Words<'_>, at: usize) -> Option<Reported> {
    let t = &words.tokens;
    let begin = (0..at).rev().take(4).find(|&i| {
        DETERMINERS.contains(&t[i].lower.as_str())
            && !t[i].is(&["his", "her", "their", "its", "this", "that"])
    })?;
    let there = begin >= 2
        && BE_FORMS.contains(&t[begin - 1].lower.as_str())
        && t[begin - 2].lower == "there";
    let nobody = Source {
        tokens: at..at,
        holder: Holder::Nobody,
    };
    if there {
        let that = (at + 1..t.len().min(at + 16)).find(|&i| t[i].lower == "that")?;
        let aside = that == at + 1 || t[at + 1].text == ",";
        return aside.then(|| Reported {
            cue: at..at + 1,
            source: nobody,
            content: to_the_end(words, that + 1),
            rule: "there-is-a-view",
            strength: Strength::Strong,
        });
    }
    let governed = begin >= 1 && t[begin - 1].is(&["to", "with", "in", "on", "of"]);
    if governed && t.get(at + 1).is_some_and(|w| w.lower == "that") && begin + 1 == at {
        let source = words.first_subject(0..begin - 1)?;
        let holds = matches!(
            source.holder,
            Holder::Persons(_)
                | Holder::Institution
                | Holder::Group
                | Holder::Pronoun(Pronoun::He | Pronoun::She | Pronoun::They)
        );
        return holds.then(|| Reported {
            cue: at..at + 1,
            source,
            content: to_the_end(words, at + 2),
            rule: "noun-that",
            strength: Strength::Strong,
        });
    }
    None
}

/// "For one analyst the offer is “…”", "To her the strait is “…”": only with quoted words.
fn for_one(words: &Words<'_>, at: usize) -> Option<Reported> {
    let t = &words.tokens;
    if !t[at].is(&["for", "to"]) || !starts_statement(words, at) {
        return None;
    }
    // "To hear X tell it, …".
    if t[at].lower == "to" && t.get(at + 1).is_some_and(|w| w.lower == "hear") {
        let tell = (at + 2..t.len().min(at + 24))
            .find(|&i| t[i].lower == "tell" && t.get(i + 1).is_some_and(|w| w.lower == "it"))?;
        let mut end = tell;
        while end > at + 2 && t[end - 1].text == "," {
            end -= 1;
        }
        let source = words.classify(at + 2..end)?;
        return Some(Reported {
            cue: at..at + 2,
            content: to_the_end(words, tell + 2),
            source,
            rule: "to-hear",
            strength: Strength::Strong,
        });
    }
    // "For X, director of Y, …": a person by full name, closed by a comma.
    if t[at].lower == "for"
        && let Some(source) = words.phrase_after(at + 1)
        && matches!(&source.holder, Holder::Persons(names) if names.iter().all(|n| n.contains(' ')))
        && t.get(source.tokens.end).is_some_and(|w| w.text == ",")
        && t[source.tokens.end..]
            .iter()
            .take(12)
            .any(|w| AUXILIARIES.contains(&w.lower.as_str()))
    {
        return Some(framed(words, at, at..at + 1, source, "for-one"));
    }
    let quoted = t[at..].iter().filter(|w| w.quoted && w.is_word()).count();
    if quoted < 4 {
        return None;
    }
    for end in (at + 2..t.len().min(at + 9)).rev() {
        if t[at + 1..end].iter().any(|w| {
            matches!(w.text.as_str(), "," | "“" | "\"") || AUXILIARIES.contains(&w.lower.as_str())
        }) {
            continue;
        }
        let next = t.get(end)?;
        let closes = next.text == "," || DETERMINERS.contains(&next.lower.as_str());
        if closes
            && let Some(source) = words.classify(at + 1..end)
            && matches!(
                source.holder,
                Holder::Persons(_) | Holder::Generic | Holder::Definite
            )
            && source.tokens.end == end
        {
            return Some(framed(words, at, at..at + 1, source, "for-one"));
        }
    }
    None
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

/// A reporting verb with its subject and its complement.
fn verb_cue(words: &Words<'_>, at: usize) -> Option<Reported> {
    let t = &words.tokens;
    let (verb, width) = cue_verb_at(words, at)?;
    let cue = at..at + width;
    let before = at.checked_sub(1).map(|i| &t[i]);
    if t[at].is_capital()
        && at > 0
        && !matches!(
            before.map(|b| b.text.as_str()),
            Some("”" | "\"" | "“" | "—" | ":" | ";")
        )
    {
        return None;
    }
    if at == 0
        || (t[at].is_capital() && before.is_some_and(|b| matches!(b.text.as_str(), ";" | "—")))
    {
        return inverted(words, cue, verb);
    }
    let before = before?;
    // "the claim", "their fears", "of note": a noun.
    let noun = lexicon::cue_noun(&t[at].text).is_some() || verb.forms.contains(&VerbForm::Base);
    if noun
        && (DETERMINERS.contains(&before.lower.as_str())
            || before.is_possessive()
            || before.is(&[
                "of", "with", "in", "on", "by", "from", "for", "no", "little", "such",
            ]))
    {
        return None;
    }
    let progressive = (0..at)
        .rev()
        .find(|&i| !is_adverb(&t[i].lower))
        .is_some_and(|i| BE_FORMS.contains(&t[i].lower.as_str()));
    if progressive && t[at].lower.ends_with("ing") {
        let source = words.subject(at).filter(|s| may_hold(&s.holder, verb))?;
        let (content, strength) = complement(words, at + width, verb)?;
        return (strength == Strength::Strong).then_some(Reported {
            cue,
            source,
            content,
            rule: "verb",
            strength,
        });
    }
    if verb.forms == [VerbForm::Gerund]
        || (verb.forms.contains(&VerbForm::Gerund) && t[at].lower.ends_with("ing"))
    {
        return participle(words, cue, verb);
    }
    let mut group = at;
    while group > 0 && is_adverb(&t[group - 1].lower) {
        group -= 1;
    }
    if group > 0
        && BE_FORMS.contains(&t[group - 1].lower.as_str())
        && !verb.lemma.starts_with("be ")
    {
        return passive(words, cue, verb, group - 1);
    }
    if before.lower == "to" && !t[..at].iter().rev().skip(1).take(3).any(|w| w.is(&CHAIN)) {
        return None;
    }
    if verb.forms == [VerbForm::PastParticiple]
        && !t[group.saturating_sub(1)].is(&["has", "have", "had", "having"])
        && group == at
        && !t[at.saturating_sub(1)].is(&["has", "have", "had"])
    {
        return None;
    }
    if let Some(postposed) = postposed(words, cue.clone(), verb) {
        return Some(postposed);
    }
    let source = words.subject(at)?;
    if source.tokens.end > at || !may_hold(&source.holder, verb) {
        return None;
    }
    let (content, strength) = complement(words, at + width, verb)?;
    let negated = t[source.tokens.end..at]
        .iter()
        .any(|w| w.is(&["not", "never", "cannot", "hardly"]) || w.lower.ends_with("n't"));
    if strength == Strength::Weak && (negated || !weak_allowed(&source.holder, verb)) {
        return None;
    }
    Some(Reported {
        cue,
        source,
        content,
        rule: "verb",
        strength,
    })
}

fn may_hold(holder: &Holder, verb: &CueVerb) -> bool {
    match holder {
        Holder::Nobody => false,
        Holder::Pronoun(Pronoun::It) => !SHOWING.contains(&verb.lemma) && verb.is(VerbClass::Say),
        Holder::Institution => !SHOWING.contains(&verb.lemma),
        Holder::Document { .. } => {
            verb.is(VerbClass::Say) || verb.is(VerbClass::Describe) || verb.is(VerbClass::Urge)
        }
        _ => true,
    }
}

fn weak_allowed(holder: &Holder, verb: &CueVerb) -> bool {
    if NEEDS_CLAUSE.contains(&verb.lemma) || SHOWING.contains(&verb.lemma) {
        return false;
    }
    match holder {
        Holder::Persons(_) | Holder::Generic | Holder::Group | Holder::Definite => true,
        Holder::Pronoun(p) => *p != Pronoun::It,
        Holder::Institution | Holder::Document { .. } => {
            NOUN_OBJECT.contains(&verb.lemma) || verb.is(VerbClass::Describe)
        }
        Holder::Nobody => false,
    }
}

/// "Insisted X: …", "Warns X, who …, that …".
fn inverted(words: &Words<'_>, cue: Range<usize>, verb: &CueVerb) -> Option<Reported> {
    if !verb.finite() || verb.forms == [VerbForm::Base] {
        return None;
    }
    words.tokens.get(cue.end).filter(|t| t.is_word())?;
    let source = words.phrase_after(cue.end)?;
    if matches!(source.holder, Holder::Pronoun(_) | Holder::Nobody) {
        return None;
    }
    let next = words.tokens.get(source.tokens.end)?;
    let open = matches!(next.text.as_str(), ":" | "," | "—")
        || next.is_open_mark()
        || next.lower == "that";
    if !open {
        return None;
    }
    let from = source.tokens.end + usize::from(next.lower == "that");
    let from = match words.tokens.get(from + 1) {
        Some(after) if next.text == "," && after.lower == "that" => from + 2,
        _ => from,
    };
    Some(Reported {
        cue,
        content: to_the_end(words, from),
        source,
        rule: "verb-inverted",
        strength: Strength::Strong,
    })
}

/// "…, arguing that …": the subject is the main clause's.
fn participle(words: &Words<'_>, cue: Range<usize>, verb: &CueVerb) -> Option<Reported> {
    let t = &words.tokens;
    let before = &t[cue.start - 1];
    let free = before.text == ","
        || before.is(&[
            "by", "in", "while", "without", "before", "after", "as", "and",
        ])
        || before.text == "—"
        || before.text == ")";
    if !free {
        return None;
    }
    let (content, strength) = complement(words, cue.end, verb)?;
    if strength == Strength::Weak {
        return None;
    }
    let source = words
        .first_subject(0..cue.start)
        .filter(|s| may_hold(&s.holder, verb))
        .or_else(|| {
            // "did he allow himself a doubt, saying that".
            (0..cue.start)
                .rev()
                .find_map(|i| {
                    super::source::pronoun(&t[i])
                        .filter(|p| *p != Pronoun::It && t[i].is(&["he", "she", "they"]))
                        .map(|_| i)
                })
                .and_then(|i| words.classify(i..i + 1))
        })?;
    if !may_hold(&source.holder, verb) {
        return None;
    }
    Some(Reported {
        cue,
        source,
        content,
        rule: "verb-participle",
        strength,
    })
}

/// "It has been argued that …", "X was described by Y as …", "X was quoted as saying …".
fn passive(words: &Words<'_>, cue: Range<usize>, verb: &CueVerb, be: usize) -> Option<Reported> {
    let t = &words.tokens;
    let nobody = Source {
        tokens: cue.start..cue.start,
        holder: Holder::Nobody,
    };
    let mut next = cue.end;
    let mut agent = None;
    if t.get(next).is_some_and(|w| w.lower == "by") {
        let source = words.phrase_after(next + 1)?;
        next = source.tokens.end;
        agent = Some(source);
    }
    if verb.lemma == "quote" && t.get(cue.end).is_some_and(|w| w.lower == "as") {
        let source = words.subject(be)?;
        return Some(Reported {
            content: to_the_end(words, cue.end + 2),
            cue,
            source,
            rule: "quoted-as",
            strength: Strength::Strong,
        });
    }
    let mut subject = be;
    while subject > 0
        && (AUXILIARIES.contains(&t[subject - 1].lower.as_str())
            || is_adverb(&t[subject - 1].lower))
    {
        subject -= 1;
    }
    let impersonal = subject > 0 && t[subject - 1].lower == "it"
        || t[..subject].iter().any(|w| w.lower == "it") && subject <= 3;
    if impersonal {
        let that =
            (next..t.len().min(next + 9)).find(|&i| t[i].lower == "that" || t[i].is_open_mark())?;
        let from = if t[that].lower == "that" {
            that + 1
        } else {
            that
        };
        return Some(Reported {
            cue,
            source: agent.unwrap_or(nobody),
            content: to_the_end(words, from),
            rule: "it-is-said",
            strength: Strength::Strong,
        });
    }
    if verb.is(VerbClass::Describe) {
        let quoted = t[next..].iter().filter(|w| w.quoted && w.is_word()).count();
        let as_at = (next..t.len().min(next + 12)).find(|&i| t[i].lower == "as");
        return match (as_at, agent) {
            (_, Some(source)) => Some(Reported {
                cue,
                source,
                content: to_the_end(words, next),
                rule: "described-by",
                strength: Strength::Strong,
            }),
            (Some(i), None) if quoted >= 4 => Some(Reported {
                cue,
                source: nobody,
                content: to_the_end(words, i + 1),
                rule: "described-as",
                strength: Strength::Strong,
            }),
            _ => None,
        };
    }
    agent
        .filter(|_| verb.is(VerbClass::Say))
        .map(|source| Reported {
            content: around(words, be..source.tokens.end.max(be))
                .into_iter()
                .take(1)
                .collect(),
            cue,
            source,
            rule: "said-by",
            strength: Strength::Weak,
        })
        .filter(|r| !r.content.is_empty() && t[next..].iter().any(|w| w.quoted))
}

/// "“…,” said X.", "“…,” X said.", "The treaty, X argued, was dead.".
fn postposed(words: &Words<'_>, cue: Range<usize>, verb: &CueVerb) -> Option<Reported> {
    let t = &words.tokens;
    if !(verb.is(VerbClass::Say) || verb.is(VerbClass::Think)) {
        return None;
    }
    let closes = |w: &Token| matches!(w.text.as_str(), "”" | "\"" | "," | "—" | "?" | "!");
    // Verb first: `,” said X`.
    let before = &t[cue.start - 1];
    if closes(before) && before.text != "—" {
        let source = words.phrase_after(cue.end);
        if let Some(source) = source
            && !matches!(source.holder, Holder::Pronoun(Pronoun::It))
        {
            let quote_before = t[..cue.start].iter().any(|w| w.quoted);
            let sentence_closes = t
                .get(source.tokens.end)
                .is_none_or(|w| matches!(w.text.as_str(), "." | "," | ":" | ";" | "—"));
            if sentence_closes
                && (quote_before || before.text == ",")
                && !matches!(source.holder, Holder::Nobody)
                && (quote_before || !matches!(source.holder, Holder::Institution))
            {
                let end = source.tokens.end;
                return Some(Reported {
                    content: quote_or(words, around(words, cue.start..end)),
                    cue,
                    source,
                    rule: "verb-postposed",
                    strength: Strength::Strong,
                });
            }
        }
        return None;
    }
    // Subject first: `,” X said.`
    let source = words.subject(cue.start)?;
    let start = source.tokens.start;
    let opener = start.checked_sub(1).map(|i| &t[i])?;
    if !closes(opener) {
        return None;
    }
    let quote_before = t[..start].iter().any(|w| w.quoted && w.is_word());
    let next = t.get(cue.end);
    let aside = opener.text == "," && next.is_some_and(|w| w.text == ",");
    let soon = |from: usize| {
        t[from..]
            .iter()
            .take(9)
            .position(|w| matches!(w.text.as_str(), "." | "," | ":" | ";" | "—"))
            .is_some_and(|stop| {
                !t[from..from + stop]
                    .iter()
                    .any(|w| w.quoted || w.is_open_mark() || w.lower == "that")
            })
    };
    let last = next.is_none_or(|w| matches!(w.text.as_str(), "." | "," | ":" | ";"))
        || (quote_before && soon(cue.end));
    // "In March, X said" is no statement before the cue.
    let clause_before = t[..start]
        .iter()
        .any(|w| AUXILIARIES.contains(&w.lower.as_str()) || w.quoted)
        || (aside
            && t[..start].iter().filter(|w| w.is_word()).count() >= 2
            && !PREPOSITIONS.contains(&t[0].lower.as_str()));
    if !(last && clause_before && (quote_before || aside || next.is_none_or(|w| w.text == "."))) {
        return None;
    }
    if opener.text != "," && !quote_before {
        return None;
    }
    Some(Reported {
        content: quote_or(words, around(words, start..cue.end)),
        cue,
        source,
        rule: "verb-postposed",
        strength: Strength::Strong,
    })
}

/// Where the stretches hold quoted speech, only that.
fn quote_or(words: &Words<'_>, stretches: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let quoted: Vec<Range<usize>> = stretches
        .iter()
        .filter_map(|r| {
            let first = r.clone().find(|&i| words.tokens[i].quoted)?;
            let last = r.clone().rev().find(|&i| words.tokens[i].quoted)?;
            Some(first..last + 1)
        })
        .collect();
    if quoted.is_empty() { stretches } else { quoted }
}

/// What the verb reports, from the token behind it.
fn complement(
    words: &Words<'_>,
    from: usize,
    verb: &CueVerb,
) -> Option<(Vec<Range<usize>>, Strength)> {
    let t = &words.tokens;
    let strong = |at: usize| Some((to_the_end(words, at), Strength::Strong));
    let first = t.get(from)?;
    if first.is(&["whether", "how", "why"]) {
        return strong(from);
    }
    let mut at = from;
    let limit = t.len().min(from + 14);
    let mut content_words = 0;
    while at < limit {
        let w = &t[at];
        if w.lower == "that" && !(at > from && DETERMINERS.contains(&t[at - 1].lower.as_str())) {
            // "the treaty that": a relative clause of a noun that is the verb's own object.
            let object = content_words > 0
                && !verb.is(VerbClass::Tell)
                && at > from
                && !aside_before(words, from, at);
            return if object {
                weak(words, from, verb)
            } else {
                strong(at + 1)
            };
        }
        if w.text == ":" {
            return if at + 1 >= t.len() {
                Some((Vec::new(), Strength::Strong))
            } else {
                strong(at + 1)
            };
        }
        if w.is_open_mark() || w.quoted {
            let long = t[at..]
                .iter()
                .take_while(|w| w.quoted || w.is_open_mark())
                .filter(|w| w.is_word())
                .count();
            if content_words == 0 || (long >= 4 && aside_before(words, from, at)) {
                return strong(at);
            }
            let object = weak(words, from, verb);
            // "announced their desire to develop “…”": the quotation is part of the verb's object.
            return if long >= 4
                && !NEEDS_CLAUSE.contains(&verb.lemma)
                && !SHOWING.contains(&verb.lemma)
            {
                object
                    .or_else(|| Some((to_the_end(words, from), Strength::Weak)))
                    .map(|(c, _)| (c, Strength::Strong))
            } else {
                object
            };
        }
        if w.text == "." || w.text == ";" {
            break;
        }
        // Another verb takes the clause that follows: "writing in May, warned that".
        let other = at > from
            && !w.is_capital()
            && lexicon::cue_noun(&w.text).is_none()
            && lexicon::cue_verb(&w.text)
                .is_some_and(|v| v.finite() && !v.forms.contains(&VerbForm::Base))
            && t.get(at + 1)
                .is_some_and(|n| n.lower == "that" || n.is_open_mark());
        if other {
            break;
        }
        if w.is_word() && !is_adverb(&w.lower) {
            content_words += 1;
        }
        at += 1;
    }
    weak(words, from, verb)
}

/// Only adverbs, a time, a place or an addressee stand in `from..to`.
fn aside_before(words: &Words<'_>, from: usize, to: usize) -> bool {
    let t = &words.tokens[from..to];
    let Some(first) = t.first() else { return true };
    first.text == ","
        || is_adverb(&first.lower)
        || (PREPOSITIONS.contains(&first.lower.as_str()) && first.lower != "of")
        || first.is(&["it", "again", "clear", "plain"])
}

/// A clause without "that", an object, a to-infinitive.
fn weak(words: &Words<'_>, from: usize, verb: &CueVerb) -> Option<(Vec<Range<usize>>, Strength)> {
    let t = &words.tokens;
    let first = t.get(from)?;
    let weak = |at: usize| Some((to_the_end(words, at), Strength::Weak));
    // "put forward the idea of …".
    if DETERMINERS.contains(&first.lower.as_str())
        && t.get(from + 1)
            .is_some_and(|w| lexicon::cue_noun(&w.text).is_some())
        && t.get(from + 2).is_some_and(|w| w.lower == "of")
        && verb.is(VerbClass::Say)
    {
        return Some((to_the_end(words, from + 3), Strength::Strong));
    }
    if WITH_PREPOSITION.contains(&verb.lemma) && AFTER_SUCH_VERBS.contains(&first.lower.as_str()) {
        let in_favour =
            first.lower != "in" || t.get(from + 1).is_some_and(|w| w.is(&["favor", "favour"]));
        return if in_favour { weak(from) } else { None };
    }
    if NOUN_OBJECT.contains(&verb.lemma)
        && first.is_word()
        && !PREPOSITIONS.contains(&first.lower.as_str())
    {
        return weak(from);
    }
    if verb.is(VerbClass::Urge) {
        let infinitive =
            t[from..].iter().take(9).any(|w| w.lower == "to") || first.lower.ends_with("ing");
        return if infinitive && first.is_word() {
            weak(from)
        } else {
            None
        };
    }
    let rest = &t[from..];
    if verb.is(VerbClass::Describe) {
        let as_at = rest.iter().take(16).any(|w| w.lower == "as");
        let naming = matches!(
            verb.lemma,
            "call" | "label" | "dub" | "term" | "brand" | "deem" | "declare"
        );
        if as_at || (naming && rest.iter().any(|w| w.is_open_mark() || w.quoted)) {
            return weak(from);
        }
    }
    // "believe China will": a clause without "that".
    let opens = DETERMINERS.contains(&first.lower.as_str())
        || first.is_capital()
        || super::source::pronoun(first).is_some()
        || first.is(&["there", "it", "no", "nothing"]);
    let finite = rest.iter().take(12).take_while(|w| w.text != ",").any(|w| {
        AUXILIARIES.contains(&w.lower.as_str()) && !w.is(&["be", "been", "being", "having"])
    });
    if opens
        && finite
        && (verb.is(VerbClass::Say) || verb.is(VerbClass::Think))
        && !NEEDS_CLAUSE.contains(&verb.lemma)
    {
        return weak(from);
    }
    None
}
