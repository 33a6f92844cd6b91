//! Who said it: the source phrase, the note's author, pronouns and descriptions resolved.
//!
//! A named person beside the cue beats everything. Words quoted verbatim whose source in the body
//! is generic, a group or missing belong to the author of the work in the note; for reported speech
//! the group is the speaker and the note's author is cited. What is not known stays unresolved.

mod antecedents;
pub mod works;

use crate::analysis::{QuotationKind, Who};
use crate::layout::{CleanText, Layout};
use crate::quote::source::{Holder, Pronoun};
use crate::quote::{Found, Quotation};
use crate::text::{Clean, Span};

use antecedents::Antecedents;
use works::{Citation, Work};

/// Who said it, within one document: names are as the document spells them.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    pub who: Who,
    /// Persons, or one collective by its surface phrase.
    pub speakers: Vec<String>,
    pub cited: Vec<String>,
    pub rule: &'static str,
    pub confidence: f64,
    /// Index of the note that was used or stands behind the quotation.
    pub footnote: Option<usize>,
    pub year: Option<i32>,
    /// Where a pronoun or description was resolved: the passage that names the speaker.
    pub antecedent: Option<Span<Clean>>,
    /// Why nobody is named, where it is not known who spoke.
    pub reasons: Vec<String>,
}

/// Confidence of each rule: the share of right speakers among its decisions on the development
/// essays, drawn towards 0.8 (0.5 for guesses by nearness), since the rules were mended on those
/// essays. Made by `tests/rule_confidence.py`.
const CONFIDENCE: [(&str, f64); 17] = [
    ("named", 0.95),
    ("note-author", 0.93),
    ("note-of-collective", 0.85),
    ("note-of-generic", 0.88),
    ("note-of-plural-pronoun", 0.83),
    ("note-of-document", 0.84),
    ("pronoun", 0.92),
    ("plural-pronoun", 0.86),
    ("description", 0.85),
    ("nearest-person", 0.52),
    ("collective", 0.9),
    ("institution", 0.88),
    ("document", 0.84),
    ("continued", 0.48),
    ("subject", 0.5),
    ("unnamed", 0.77),
    ("unresolved", 0.0),
];

/// Where a tagger has read the text, the odds of a rule are moved by how sure it is of the quotation: by
/// this much where it saw none, else by the second number and the third times its own log odds. Fitted on
/// the development part of PolNeAR, of speakers that are names (docs/RESULTS.md).
const TAGGED: (f64, f64, f64) = (-0.57, -0.4, 0.79);

/// How sure a decision of this rule is.
fn confidence(rule: &str, found: &Found, quotation: &Quotation) -> f64 {
    let of_rule = CONFIDENCE.iter().find(|(r, _)| *r == rule);
    let of_rule = of_rule.map_or(0.5, |(_, c)| *c);
    if !found.tagged || of_rule == 0.0 {
        return of_rule;
    }
    let odds = |p: f64| (p / (1.0 - p)).ln();
    let (unseen, seen, by_odds) = TAGGED;
    let moved = match quotation.learned {
        None => unseen,
        Some(p) => seen + by_odds * odds(p.clamp(0.02, 0.98)).clamp(-2.0, 3.0),
    };
    1.0 / (1.0 + (-odds(of_rule) - moved).exp())
}

/// What the decisions on one text rest on.
pub struct Context<'a> {
    pub text: &'a CleanText,
    pub found: &'a Found,
    pub citations: &'a [Citation],
    pub layout: &'a Layout,
    /// Set where the text is itself a note: its own works take the place of a note's.
    pub within: Option<&'a Citation>,
}

/// Decides on every quotation of a text, in order.
pub fn attribute(context: &Context<'_>) -> Vec<Attribution> {
    let mut antecedents = Antecedents::of(context.text, context.found);
    let mut decided: Vec<Attribution> = Vec::new();
    for (i, quotation) in context.found.quotations.iter().enumerate() {
        let attribution = decide(context, &antecedents, i, quotation, &decided);
        antecedents.learn(quotation, &attribution);
        decided.push(attribution);
    }
    decided
}

fn decide(
    context: &Context<'_>,
    antecedents: &Antecedents<'_>,
    i: usize,
    quotation: &Quotation,
    earlier: &[Attribution],
) -> Attribution {
    let note = note_of(context, i, quotation);
    let citation = context
        .within
        .or_else(|| note.and_then(|n| context.citations.get(n)));
    let works: Vec<&Work> = citation.map_or(Vec::new(), |c| c.main_works().collect());
    let author = single_author(&works);
    let verbatim = quotation.kind.verbatim() && quotation.verbatim >= 0.25;
    let decision = Decision {
        context,
        quotation,
        works: &works,
        note,
    };
    let holder = quotation.source.as_ref().map(|s| &s.holder);
    match holder {
        Some(Holder::Persons(names)) if quotation.cue.is_some() || author.is_none() => {
            let rule = if quotation.cue.is_some() || quotation.kind == QuotationKind::Block {
                "named"
            } else {
                "subject"
            };
            decision.persons(names.clone(), rule, None)
        }
        Some(Holder::Persons(_)) => {
            decision.persons(author.unwrap_or_default(), "note-author", None)
        }
        Some(Holder::Pronoun(Pronoun::He | Pronoun::She)) if quotation.cue.is_some() => {
            match antecedents.person(quotation) {
                Some((names, at)) => decision.persons(names, "pronoun", Some(at)),
                None => decision.author_or_unresolved(author, verbatim),
            }
        }
        Some(Holder::Pronoun(Pronoun::They)) if quotation.cue.is_some() => {
            if verbatim && let Some(author) = author {
                return decision.persons(author, "note-of-plural-pronoun", None);
            }
            match antecedents.plural(quotation) {
                Some(antecedents::Plural::Persons(names, at)) => {
                    decision.persons(names, "plural-pronoun", Some(at))
                }
                Some(antecedents::Plural::Group(phrase, at)) => {
                    decision.collective(phrase, "plural-pronoun", Some(at))
                }
                None => decision.author_or_unresolved(author, verbatim),
            }
        }
        Some(Holder::Pronoun(Pronoun::It)) if quotation.cue.is_some() => {
            match antecedents.thing(quotation) {
                Some((phrase, at)) => decision.collective(phrase, "institution", Some(at)),
                None => decision.author_or_unresolved(author, verbatim),
            }
        }
        // "In the words of its author": in a note, the author of what the note cites.
        Some(Holder::Definite) if context.within.is_some() && author.is_some() => {
            decision.persons(author.unwrap_or_default(), "note-of-document", None)
        }
        Some(Holder::Definite) if quotation.cue.is_some() => match antecedents.described(quotation)
        {
            Some((name, at, sure)) => decision.persons(
                vec![name],
                if sure {
                    "description"
                } else {
                    "nearest-person"
                },
                Some(at),
            ),
            None => decision.author_or_unresolved(author, true),
        },
        Some(Holder::Generic)
            if quotation.cue.is_some() || quotation.kind == QuotationKind::Block =>
        {
            match author {
                Some(author) => decision.persons(author, "note-of-generic", None),
                None => decision.unnamed(),
            }
        }
        Some(Holder::Group | Holder::Institution)
            if quotation.cue.is_some() && decision.counts_two() =>
        {
            match (author, antecedents.plural(quotation)) {
                (Some(author), _) if author.len() == 2 => {
                    decision.persons(author, "note-of-collective", None)
                }
                (_, Some(antecedents::Plural::Persons(names, at))) if names.len() == 2 => {
                    decision.persons(names, "plural-pronoun", Some(at))
                }
                _ => decision.collective(decision.phrase(), "collective", None),
            }
        }
        Some(Holder::Group) if quotation.cue.is_some() => match author {
            Some(author) if verbatim => decision.persons(author, "note-of-collective", None),
            _ => decision.collective(decision.phrase(), "collective", None),
        },
        Some(Holder::Institution) if quotation.cue.is_some() => {
            decision.collective(decision.phrase(), "institution", None)
        }
        Some(Holder::Document { definite }) if quotation.cue.is_some() => match author {
            Some(author) if !definite || context.within.is_some() => {
                decision.persons(author, "note-of-document", None)
            }
            _ => decision.collective(decision.phrase(), "document", None),
        },
        _ => match author {
            Some(author) => decision.persons(author, "note-author", None),
            None if works.iter().filter(|w| !w.authors.is_empty()).count() > 1 => {
                decision.unnamed()
            }
            None if quotation.cue.is_some() && quotation.kind == QuotationKind::Indirect => {
                decision.unnamed()
            }
            None => match antecedents.continued(quotation, i, earlier) {
                Some((names, at)) => decision.persons(names, "continued", Some(at)),
                None => match antecedents
                    .beside(quotation)
                    .filter(|_| quotation.verbatim >= 0.9 && works.is_empty())
                {
                    Some((name, at)) => decision.persons(vec![name], "nearest-person", Some(at)),
                    None => decision.unresolved(),
                },
            },
        },
    }
}

/// The authors of the one work that a note cites.
fn single_author(works: &[&Work]) -> Option<Vec<String>> {
    let with_authors: Vec<&&Work> = works.iter().filter(|w| !w.authors.is_empty()).collect();
    match with_authors.as_slice() {
        [one] => Some(one.authors.clone()),
        [first, rest @ ..] if rest.iter().all(|w| w.authors == first.authors) => {
            Some(first.authors.clone())
        }
        _ => None,
    }
}

/// The note behind a quotation: its marker stands at the content's end, or later in the sentence
/// before another quotation begins.
fn note_of(context: &Context<'_>, i: usize, quotation: &Quotation) -> Option<usize> {
    let text = context.text;
    let content = quotation.extent();
    let sentences = &context.found.sentences;
    let begun = sentences.partition_point(|s| s.span.start < content.end);
    let sentence = sentences[..begun]
        .last()
        .filter(|s| content.start < s.span.end)
        .map_or(content, |s| s.span);
    let mut limit = sentence.end.max(content.end);
    // The mark that closes the quotation may stand behind the sentence's end.
    limit += text.text[limit..]
        .chars()
        .take_while(|c| matches!(c, '”' | '"' | '’' | '.' | ')' | ']'))
        .map(char::len_utf8)
        .sum::<usize>();
    if let Some(next) = context.found.quotations.get(i + 1) {
        let begins = next.extent().start;
        if begins > content.end && begins < limit {
            limit = begins;
        }
    }
    let from = content.end.saturating_sub(1);
    text.markers_in(from, limit)
        .iter()
        .find_map(|m| m.note)
        .or_else(|| {
            // Inside the content: the last marker of a block or of a long quotation.
            text.markers_in(content.start, content.end)
                .iter()
                .rev()
                .find_map(|m| m.note)
        })
}

struct Decision<'a> {
    context: &'a Context<'a>,
    quotation: &'a Quotation,
    works: &'a [&'a Work],
    note: Option<usize>,
}

impl Decision<'_> {
    fn made(
        &self,
        who: Who,
        speakers: Vec<String>,
        rule: &'static str,
        antecedent: Option<Span<Clean>>,
    ) -> Attribution {
        let mut cited: Vec<String> = Vec::new();
        for name in self
            .works
            .iter()
            .flat_map(|w| w.authors.iter().chain(&w.cited))
        {
            if !speakers.contains(name) && !cited.contains(name) {
                cited.push(name.clone());
            }
        }
        let year = self.works.iter().find_map(|w| w.year);
        Attribution {
            who,
            speakers,
            cited,
            rule,
            confidence: confidence(rule, self.context.found, self.quotation),
            footnote: self.note,
            year,
            antecedent,
            reasons: Vec::new(),
        }
    }

    fn persons(
        &self,
        names: Vec<String>,
        rule: &'static str,
        at: Option<Span<Clean>>,
    ) -> Attribution {
        self.made(Who::Person, names, rule, at)
    }

    fn collective(
        &self,
        phrase: String,
        rule: &'static str,
        at: Option<Span<Clean>>,
    ) -> Attribution {
        if phrase.is_empty() {
            return self.unresolved();
        }
        self.made(Who::Collective, vec![phrase], rule, at)
    }

    fn unnamed(&self) -> Attribution {
        self.made(Who::Unnamed, Vec::new(), "unnamed", None)
    }

    fn unresolved(&self) -> Attribution {
        Attribution {
            reasons: self.reasons(),
            ..self.made(Who::Unresolved, Vec::new(), "unresolved", None)
        }
    }

    /// Why neither the text nor a note names anybody.
    fn reasons(&self) -> Vec<String> {
        let phrase = self.phrase();
        let holder = self.quotation.source.as_ref().map(|s| &s.holder);
        let beside = match holder {
            None | Some(Holder::Nobody) => "no source stands beside it".to_owned(),
            Some(Holder::Pronoun(_)) => {
                format!("nobody is named before “{phrase}” whom it can mean")
            }
            Some(Holder::Definite) => format!("nobody is described in a way that fits “{phrase}”"),
            Some(_) => format!("“{phrase}” names nobody"),
        };
        let authors = |work: &&&Work| !work.authors.is_empty();
        let label = |note: usize| self.context.layout.notes.get(note).map(|n| n.label.clone());
        let note = match self.note.and_then(label) {
            None => "no note stands behind it".to_owned(),
            Some(label) => match self.works.iter().filter(authors).count() {
                0 => format!("note {label} names no author"),
                1 => format!("the author in note {label} need not be the one who speaks"),
                works => format!("note {label} cites {works} works with authors"),
            },
        };
        vec![beside, note]
    }

    fn author_or_unresolved(&self, author: Option<Vec<String>>, verbatim: bool) -> Attribution {
        match author {
            Some(author) if verbatim => self.persons(author, "note-author", None),
            _ => self.unresolved(),
        }
    }

    /// "the two authors", "both scholars": two persons who were named before.
    fn counts_two(&self) -> bool {
        let phrase = self.phrase().to_lowercase();
        let two = phrase.starts_with("the two ")
            || phrase.starts_with("both ")
            || phrase.starts_with("the pair");
        let people = phrase.split_whitespace().any(|w| {
            crate::lexicon::role(w).is_some_and(|r| r.plural)
                || w.ends_with("ors")
                || w.ends_with("ers")
        });
        two && people
    }

    /// The source phrase as the text has it, without what a relative clause or an aside adds.
    fn phrase(&self) -> String {
        self.quotation
            .source
            .as_ref()
            .map(|s| surface(self.context.text.str(s.span)))
            .unwrap_or_default()
    }
}

/// A collective's name: its phrase up to a relative clause, an aside or a bracket.
pub fn surface(phrase: &str) -> String {
    let mut end = phrase.len();
    for stop in [
        " who ", " whose ", " which ", " that ", "—", " (", ", ", " – ", ": ",
    ] {
        if let Some(at) = phrase.find(stop).filter(|&at| at > 0) {
            end = end.min(at);
        }
    }
    let phrase = phrase[..end].trim().trim_end_matches([',', ':', ';']);
    let phrase = crate::quote::tokens::without_possessive(phrase);
    phrase.to_owned()
}
