//! What a verb reports: a clause, quoted words, an object.

use super::*;

/// What the verb reports, from the token behind it.
pub(super) fn complement(
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
        || crate::quote::source::pronoun(first).is_some()
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
