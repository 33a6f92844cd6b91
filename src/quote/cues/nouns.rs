//! Nouns that report: "X's claim that", "there is a view that".

use super::*;

/// "X's claim that …", "it is her belief that …", "the warning by X that …", "his verdict was: …".
pub(super) fn noun_cue(words: &Words<'_>, at: usize) -> Option<Reported> {
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
