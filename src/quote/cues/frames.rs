//! Statements framed by their source: "according to X", "in the view of X", "as X put it".

use super::*;

/// "According to X, …"; "…, according to X".
pub(super) fn according_to(words: &Words<'_>, at: usize) -> Option<Reported> {
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
pub(super) fn framed(
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
pub(super) fn in_the_view_of(words: &Words<'_>, at: usize) -> Option<Reported> {
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
        DETERMINERS.contains(&w.lower.as_str()) || crate::quote::source::pronoun(w).is_some()
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
pub(super) fn as_noted(words: &Words<'_>, at: usize) -> Option<Reported> {
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
pub(super) fn words_end(words: &Words<'_>, from: usize, to: usize) -> usize {
    let mut end = to;
    while end > from
        && (AUXILIARIES.contains(&words.tokens[end - 1].lower.as_str())
            || is_adverb(&words.tokens[end - 1].lower))
    {
        end -= 1;
    }
    end
}

/// "For one analyst the offer is “…”", "To her the strait is “…”": only with quoted words.
pub(super) fn for_one(words: &Words<'_>, at: usize) -> Option<Reported> {
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
