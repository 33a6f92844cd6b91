//! Verbs that report, wherever their subject stands.

use super::*;

/// A reporting verb with its subject and its complement.
pub(super) fn verb_cue(words: &Words<'_>, at: usize) -> Option<Reported> {
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
        let (content, strength) = super::complements::complement(words, at + width, verb)?;
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
    let (content, strength) = super::complements::complement(words, at + width, verb)?;
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
        // A study shows what its authors found; a treaty shows nothing.
        Holder::Document { definite: true } if SHOWING.contains(&verb.lemma) => false,
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
    let (content, strength) = super::complements::complement(words, cue.end, verb)?;
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
                    crate::quote::source::pronoun(&t[i])
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
    // "was put most plainly by X".
    while t
        .get(next)
        .is_some_and(|w| is_adverb(&w.lower) || w.is(&["most", "best", "more"]))
    {
        next += 1;
    }
    let mut agent = None;
    if t.get(next).is_some_and(|w| w.lower == "by") {
        let source = words.phrase_after(next + 1)?;
        next = source.tokens.end;
        agent = Some(source);
    }
    let closes = agent
        .as_ref()
        .is_some_and(|a| t.get(a.tokens.end).is_some_and(|w| w.text == ":"));
    if closes && let Some(source) = agent.take() {
        let content = to_the_end(words, source.tokens.end + 1);
        return Some(Reported {
            cue,
            source,
            content,
            rule: "said-by",
            strength: Strength::Strong,
        });
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
