//! What pronouns, definite descriptions and unmarked continuations refer to.

use super::Attribution;
use crate::analysis::Who;
use crate::layout::CleanText;
use crate::lexicon;
use crate::quote::names::NameSpan;
use crate::quote::source::{Holder, Words};
use crate::quote::tokens::{AUXILIARIES, DETERMINERS, PREPOSITIONS};
use crate::quote::{Found, Quotation};
use crate::text::{Clean, Span};

/// How many sentences back a pronoun may reach.
const REACH: usize = 8;
/// How many of the latest speakers and groups are asked.
const LATEST: usize = 64;
/// How many of the latest mentions of persons a description is held against.
const DESCRIBED: usize = 5000;
/// How many sentences back an unmarked quotation may continue another.
const CONTINUES: usize = 2;

/// A speaker that an earlier quotation was given.
struct Speaker {
    names: Vec<String>,
    sentence: usize,
    at: Span<Clean>,
}

/// A collective that an earlier quotation was given.
struct Collective {
    phrase: String,
    sentence: usize,
    at: Span<Clean>,
}

pub(super) struct Antecedents<'a> {
    text: &'a CleanText,
    found: &'a Found,
    speakers: Vec<Speaker>,
    collectives: Vec<Collective>,
    descriptors: Vec<Descriptor>,
}

/// What the text says of a person beside her name.
struct Descriptor {
    name: String,
    sentence: usize,
    at: Span<Clean>,
    words: Vec<String>,
}

pub(super) enum Plural {
    Persons(Vec<String>, Span<Clean>),
    Group(String, Span<Clean>),
}

/// Words of one calling: a description by one of them fits a person described by another.
const CALLINGS: [&[&str]; 8] = [
    &[
        "scholar",
        "professor",
        "academic",
        "historian",
        "economist",
        "researcher",
        "lecturer",
        "teaches",
        "taught",
        "lectures",
        "university",
        "institute",
        "academician",
        "sinologist",
        "scientist",
        "political",
        "academy",
        "writer",
        "author",
    ],
    &[
        "analyst",
        "expert",
        "specialist",
        "observer",
        "researcher",
        "observatory",
        "center",
        "centre",
        "strategist",
    ],
    &[
        "admiral",
        "general",
        "officer",
        "colonel",
        "commander",
        "captain",
        "submariner",
        "navy",
        "fleet",
        "commanded",
        "soldier",
        "lieutenant",
        "sailor",
        "brigadier",
        "marshal",
    ],
    &["president", "leader", "head", "statesman"],
    &[
        "minister",
        "politician",
        "premier",
        "deputy",
        "senator",
        "parliamentarian",
        "lawmaker",
        "legislator",
        "chairman",
        "official",
        "secretary",
    ],
    &["diplomat", "ambassador", "envoy", "negotiator", "consul"],
    &[
        "journalist",
        "columnist",
        "correspondent",
        "editor",
        "reporter",
        "newspaperman",
    ],
    &[
        "lawyer",
        "jurist",
        "barrister",
        "judge",
        "inspector",
        "engineer",
        "physicist",
        "banker",
        "businessman",
        "merchant",
        "industrialist",
    ],
];

impl<'a> Antecedents<'a> {
    pub(super) fn of(text: &'a CleanText, found: &'a Found) -> Self {
        let mut descriptors = Vec::new();
        for (s, sentence) in found.sentences.iter().enumerate() {
            for name in &sentence.names {
                let words = described_by(&sentence.tokens, name);
                descriptors.push(Descriptor {
                    name: name.name.clone(),
                    sentence: s,
                    at: name.span,
                    words,
                });
            }
        }
        Antecedents {
            text,
            found,
            speakers: Vec::new(),
            collectives: Vec::new(),
            descriptors,
        }
    }

    /// Takes note of a decision, for the quotations that follow.
    pub(super) fn learn(&mut self, quotation: &Quotation, attribution: &Attribution) {
        let at = quotation
            .source
            .as_ref()
            .map_or(quotation.extent(), |s| s.span);
        let named_here = quotation.source.as_ref().is_some_and(|s| {
            matches!(
                s.holder,
                Holder::Persons(_) | Holder::Pronoun(_) | Holder::Definite
            )
        });
        match attribution.who {
            Who::Person if named_here => self.speakers.push(Speaker {
                names: attribution.speakers.clone(),
                sentence: quotation.sentence,
                at,
            }),
            _ => {}
        }
        // The group stays what "they" means, even where the words are the note's author's.
        if let Some(source) = &quotation.source
            && matches!(
                source.holder,
                Holder::Group | Holder::Institution | Holder::Document { .. }
            )
        {
            let phrase = super::surface(self.text.str(source.span));
            self.collectives.push(Collective {
                phrase,
                sentence: quotation.sentence,
                at: source.span,
            });
        } else if attribution.who == Who::Collective {
            self.collectives.push(Collective {
                phrase: attribution.speakers.join("; "),
                sentence: quotation.sentence,
                at,
            });
        }
    }

    fn paragraph(&self, sentence: usize) -> usize {
        self.found
            .sentences
            .get(sentence)
            .map_or(0, |s| s.paragraph)
    }

    /// The singular person that "he" or "she" means: the nearest speaker or subject before it.
    pub(super) fn person(&self, quotation: &Quotation) -> Option<(Vec<String>, Span<Clean>)> {
        let here = quotation.sentence;
        let at = quotation
            .source
            .as_ref()
            .map_or(usize::MAX, |s| s.span.start);
        let earliest = here.saturating_sub(REACH);
        for sentence in (earliest..=here).rev() {
            let read = &self.found.sentences[sentence];
            // Named before the pronoun, outside quotation marks: the first one is the subject.
            let named = read.names.iter().find(|n| {
                n.span.end <= at
                    && !read.tokens[n.tokens.start].quoted
                    && !read.tokens[n.tokens.end - 1].is_possessive()
                    && !governed(read, n)
            });
            let spoke = self
                .speakers
                .iter()
                .rev()
                .take(LATEST)
                .find(|s| s.sentence == sentence && s.at.start < at && s.names.len() == 1);
            if let Some(speaker) = spoke {
                return Some((speaker.names.clone(), speaker.at));
            }
            if let Some(name) = named {
                return Some((vec![name.name.clone()], name.span));
            }
            // A possessive or an object names him too, where no subject does.
            if sentence + 1 == here
                && let Some(name) = read
                    .names
                    .iter()
                    .rfind(|n| n.span.end <= at && !read.tokens[n.tokens.start].quoted)
            {
                return Some((vec![name.name.clone()], name.span));
            }
        }
        None
    }

    /// What "they" means: the nearest group, or persons named side by side.
    pub(super) fn plural(&self, quotation: &Quotation) -> Option<Plural> {
        let here = quotation.sentence;
        let at = quotation
            .source
            .as_ref()
            .map_or(usize::MAX, |s| s.span.start);
        for sentence in (here.saturating_sub(4)..=here).rev() {
            let read = &self.found.sentences[sentence];
            if let Some(speaker) = self
                .speakers
                .iter()
                .rev()
                .take(LATEST)
                .find(|s| s.sentence == sentence && s.names.len() > 1 && s.at.start < at)
            {
                return Some(Plural::Persons(speaker.names.clone(), speaker.at));
            }
            if let Some(c) = self
                .collectives
                .iter()
                .rev()
                .take(LATEST)
                .find(|c| c.sentence == sentence && c.at.start < at)
            {
                return Some(Plural::Group(c.phrase.clone(), c.at));
            }
            let words = Words {
                tokens: &read.tokens,
                names: &read.names,
            };
            // Any subject of the sentence, before the pronoun.
            let upto = read
                .tokens
                .iter()
                .position(|t| t.span.start >= at)
                .unwrap_or(read.tokens.len());
            if let Some(source) = words.first_subject(0..upto) {
                let span = Span::new(
                    read.tokens[source.tokens.start].span.start,
                    read.tokens[source.tokens.end - 1].span.end,
                );
                match source.holder {
                    Holder::Persons(names) if names.len() > 1 => {
                        return Some(Plural::Persons(names, span));
                    }
                    Holder::Group | Holder::Institution if sentence + 2 >= here => {
                        return Some(Plural::Group(super::surface(self.text.str(span)), span));
                    }
                    _ => {}
                }
            }
            // "Presidents X and Y signed": two names joined by "and".
            let joined: Vec<&NameSpan> = read.names.iter().filter(|n| n.span.end <= at).collect();
            for pair in joined.windows(2) {
                let between = self.text.text[pair[0].span.end..pair[1].span.start].trim();
                if between == "and" {
                    return Some(Plural::Persons(
                        pair.iter().map(|n| n.name.clone()).collect(),
                        pair[0].span.join(pair[1].span),
                    ));
                }
            }
        }
        None
    }

    /// The document or body that "it" means.
    pub(super) fn thing(&self, quotation: &Quotation) -> Option<(String, Span<Clean>)> {
        let here = quotation.sentence;
        if let Some(c) = self
            .collectives
            .iter()
            .rev()
            .take(LATEST)
            .find(|c| c.sentence + 2 >= here)
        {
            return Some((c.phrase.clone(), c.at));
        }
        for sentence in (here.saturating_sub(1)..here).rev() {
            let read = &self.found.sentences[sentence];
            let words = Words {
                tokens: &read.tokens,
                names: &read.names,
            };
            if let Some(source) = words.first_subject(0..read.tokens.len())
                && matches!(source.holder, Holder::Institution | Holder::Document { .. })
            {
                let span = Span::new(
                    read.tokens[source.tokens.start].span.start,
                    read.tokens[source.tokens.end - 1].span.end,
                );
                return Some((super::surface(self.text.str(span)), span));
            }
        }
        None
    }

    /// The person whom a definite description fits; `false` where only nearness speaks for her.
    pub(super) fn described(&self, quotation: &Quotation) -> Option<(String, Span<Clean>, bool)> {
        let source = quotation.source.as_ref()?;
        let wanted = content_words(self.text.str(source.span));
        let mut best: Option<(f64, &Descriptor)> = None;
        let before = (self.descriptors).partition_point(|d| d.at.end <= source.span.start);
        for descriptor in &self.descriptors[before.saturating_sub(DESCRIBED)..before] {
            let fit: f64 = wanted.iter().map(|w| fit(w, &descriptor.words)).sum();
            if fit < 0.7 {
                continue;
            }
            // What was said of a name earlier counts for every later mention: the nearest one wins.
            let distance = quotation.sentence.saturating_sub(descriptor.sentence);
            let score = fit - 0.004 * distance as f64;
            if best.as_ref().is_none_or(|(s, _)| score >= *s) {
                best = Some((score, descriptor));
            }
        }
        if let Some((_, descriptor)) = best {
            return Some((descriptor.name.clone(), descriptor.at, true));
        }
        let paragraph = self.paragraph(quotation.sentence);
        let near = self.speakers.iter().rev().take(LATEST).find(|s| {
            s.names.len() == 1
                && self.paragraph(s.sentence) + 1 >= paragraph
                && s.at.start < source.span.start
        })?;
        Some((near.names[0].clone(), near.at, false))
    }

    /// The speaker of a quotation before this one in the paragraph, where nothing says otherwise.
    pub(super) fn continued(
        &self,
        quotation: &Quotation,
        i: usize,
        earlier: &[Attribution],
    ) -> Option<(Vec<String>, Span<Clean>)> {
        let before = &self.found.quotations[i.checked_sub(1)?];
        let spoke = earlier.get(i - 1)?;
        let near = quotation.sentence.saturating_sub(before.sentence) <= CONTINUES
            && self.paragraph(quotation.sentence) == self.paragraph(before.sentence);
        let verbatim = quotation.kind.verbatim() && before.kind.verbatim();
        (near && verbatim && spoke.who == Who::Person)
            .then(|| (spoke.speakers.clone(), before.extent()))
    }

    /// The person who is the subject of the sentence before an unmarked quotation, or of its own.
    pub(super) fn beside(&self, quotation: &Quotation) -> Option<(String, Span<Clean>)> {
        let paragraph = self.paragraph(quotation.sentence);
        let begins = quotation.extent().start;
        for sentence in (quotation.sentence.saturating_sub(1)..=quotation.sentence).rev() {
            let read = &self.found.sentences[sentence];
            if read.paragraph != paragraph {
                break;
            }
            let words = Words {
                tokens: &read.tokens,
                names: &read.names,
            };
            let upto = read
                .tokens
                .iter()
                .position(|t| t.span.start >= begins)
                .unwrap_or(read.tokens.len());
            if upto > 0
                && let Some(source) = words.first_subject(0..upto)
                && let Holder::Persons(names) = source.holder
                && let [name] = names.as_slice()
            {
                return Some((name.clone(), read.tokens[source.tokens.start].span));
            }
        }
        None
    }
}

/// Whether the name is the object of a preposition.
fn governed(read: &crate::quote::ReadSentence, name: &NameSpan) -> bool {
    name.with_titles
        .start
        .checked_sub(1)
        .and_then(|i| read.tokens.get(i))
        .is_some_and(|t| PREPOSITIONS.contains(&t.lower.as_str()))
}

/// Titles and roles before a name, and the apposition or predicate behind it.
fn described_by(tokens: &[crate::quote::tokens::Token], name: &NameSpan) -> Vec<String> {
    let mut words = Vec::new();
    let mut at = name.tokens.start;
    while at > 0 && name.tokens.start - at < 8 {
        let t = &tokens[at - 1];
        if !t.is_word()
            || AUXILIARIES.contains(&t.lower.as_str())
            || DETERMINERS.contains(&t.lower.as_str())
        {
            break;
        }
        words.push(t.stem().to_lowercase());
        at -= 1;
    }
    // "X, who teaches at Y, …"; "X teaches …"; "X, a ports analyst at Z in Dubai, …".
    let behind = tokens.get(name.tokens.end);
    let apposition = behind.is_some_and(|t| matches!(t.text.as_str(), "," | "—" | "("));
    let limit = if apposition { 22 } else { 10 };
    let mut commas = 0;
    for t in tokens
        .iter()
        .skip(name.tokens.end + usize::from(apposition))
        .take(limit)
    {
        match t.text.as_str() {
            "," if commas >= 1 => break,
            "," => commas += 1,
            "—" | ")" | ";" | ":" | "." | "“" => break,
            _ => words.push(t.stem().to_lowercase()),
        }
    }
    words.retain(|w| w.len() > 2);
    words
}

fn content_words(phrase: &str) -> Vec<String> {
    phrase
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .flat_map(|w| w.strip_prefix("then-").unwrap_or(w).split('-'))
        .map(str::to_lowercase)
        .filter(|w| {
            w.len() > 2
                && !DETERMINERS.contains(&w.as_str())
                && !PREPOSITIONS.contains(&w.as_str())
                && !matches!(
                    w.as_str(),
                    "former"
                        | "then"
                        | "late"
                        | "same"
                        | "retired"
                        | "old"
                        | "young"
                        | "now"
                        | "himself"
                        | "herself"
                        | "and"
                )
        })
        .collect()
}

/// How well a word of a description fits what is said of a person: 1 for the word itself or a word
/// of its stem ("Taiwanese", "Taiwan"), 0.7 for one of the same calling.
fn fit(word: &str, described: &[String]) -> f64 {
    let stem: String = word.chars().take(5).collect();
    if described
        .iter()
        .any(|d| d == word || (word.chars().count() >= 5 && d.starts_with(&stem)))
    {
        return 1.0;
    }
    let called = CALLINGS
        .iter()
        .filter(|c| c.contains(&word))
        .any(|c| described.iter().any(|d| c.contains(&d.as_str())));
    let role = lexicon::role(word).is_some();
    if called && role { 0.7 } else { 0.0 }
}
