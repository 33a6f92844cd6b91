//! One document, from its raw text to its record: every stage before people are unified across
//! documents and stances are called.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::analysis::{
    AttributionRecord, BackReferenceRecord, DocumentRecord, EvidenceRecord, NotSpeechRecord,
    NoteLabel, NoteRecord, PageRecord, Passage, Piece, QuotationRecord, SCHEMA_VERSION,
    SentenceKind, SentenceRecord, SpeakerRecord, StanceCall, Who, WorkRecord,
};
use crate::attribute::works::{self, Citation};
use crate::attribute::{self, Attribution, Context};
use crate::infer::{AttributionTagger, PersonTagger, Tagged};
use crate::language;
use crate::layout::{self, CleanText, Layout, ParagraphKind};
use crate::load::Source;
use crate::people::{Mention, Place};
use crate::quote::names::{self, NameIndex};
use crate::quote::{self, Found, Scope, tokens};
use crate::sentence::{self, Sentence};
use crate::text::{Clean, CodePoints, Overlaps, Raw, Span};

/// A document before its people are unified and its stances called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub record: DocumentRecord,
    pub mentions: Vec<Mention>,
}

/// Models that read beside the rules; none for the rules alone.
#[derive(Clone, Copy, Default)]
pub struct Taggers<'a> {
    /// Whom it takes for a person is one wherever the document names her, and can be a speaker.
    pub persons: Option<&'a dyn PersonTagger>,
    /// Finds cues, sources and contents.
    pub attributions: Option<&'a dyn AttributionTagger>,
    /// What is wanted of the attributions.
    pub scope: Scope,
}

/// Reads a document: layout, sentences, quotations, and who said them as far as the document tells; by
/// the rules alone.
pub fn read(source: &Source) -> Draft {
    let layout = layout::analyse(source);
    let index = NameIndex::of(texts(&layout).map(|t| t.text.as_str()));
    with_names(source, &layout, index, (&[], Scope::default()))
}

/// As [`read`], with models beside the rules.
///
/// # Errors
/// Whatever the models fail with.
pub fn read_with(source: &Source, taggers: Taggers) -> Result<Draft> {
    let layout = layout::analyse(source);
    let mut index = NameIndex::of(texts(&layout).map(|t| t.text.as_str()));
    if let Some(tagger) = taggers.persons {
        let sentences: Vec<&str> = texts(&layout)
            .flat_map(|t| sentence::split(t).into_iter().map(|s| t.str(s.span)))
            .collect();
        for (sentence, names) in sentences.iter().zip(tagger.persons(&sentences)?) {
            for name in names {
                index.tag(&sentence[name]);
            }
        }
    }
    let tagged = match taggers.attributions {
        Some(tagger) => tagger.tag(&layout.body.text)?,
        None => Vec::new(),
    };
    for name in quote::tagged_persons(&layout.body, &tagged) {
        index.tag(&name);
    }
    Ok(with_names(source, &layout, index, (&tagged, taggers.scope)))
}

fn with_names(
    source: &Source,
    layout: &Layout,
    mut index: NameIndex,
    (tagged, scope): (&[Tagged], Scope),
) -> Draft {
    let citations = works::read(&layout.notes, &index);
    learn_names(&mut index, layout, &citations);
    let sentences = sentence::split(&layout.body);
    let found = quote::find(&layout.body, &sentences, &index, false, tagged, scope);
    let context = Context {
        text: &layout.body,
        found: &found,
        citations: &citations,
        layout,
        within: None,
    };
    let attributions = attribute::attribute(&context);
    let mut writer = Writer::new(source, layout);
    writer.body(&sentences, &found, &attributions);
    let mut mentions = writer.mentions(&layout.body, &found, Place::Body);
    for (i, (note, citation)) in layout.notes.iter().zip(&citations).enumerate() {
        let sentences = sentence::split(&note.text);
        let found = quote::find(&note.text, &sentences, &index, true, &[], scope);
        let context = Context {
            text: &note.text,
            found: &found,
            citations: &citations,
            layout,
            within: Some(citation),
        };
        let attributions = attribute::attribute(&context);
        writer.quotations(&note.text, &found, &attributions, Some(i));
        mentions.extend(writer.mentions(&note.text, &found, Place::Note));
        let at = note.pieces.first().map_or(0, |p| p.start);
        for name in citation
            .works
            .iter()
            .flat_map(|w| w.authors.iter().chain(&w.cited))
        {
            mentions.push(writer.mention(name, Place::Note, at));
        }
    }
    for author in &layout.front.authors {
        mentions.push(writer.mention(author, Place::Byline, 0));
    }
    writer.notes(layout, &citations);
    if let Some(language) = language::foreign(&layout.body.text) {
        writer.record.warnings.push(format!(
            "the text seems to be in {language}: what was found in it is unreliable, only English is read"
        ));
    }
    mentions.sort();
    mentions.dedup();
    Draft {
        record: writer.finish(),
        mentions,
    }
}

fn texts(layout: &Layout) -> impl Iterator<Item = &CleanText> {
    std::iter::once(&layout.body).chain(layout.notes.iter().map(|n| &n.text))
}

/// Full names first, so that surnames alone are seen later: the authors that notes cite, then the
/// names of the running text.
fn learn_names(index: &mut NameIndex, layout: &Layout, citations: &[Citation]) {
    let works = citations.iter().flat_map(|c| &c.works);
    for name in works
        .flat_map(|w| w.authors.iter().chain(&w.cited))
        .chain(&layout.front.authors)
    {
        index.learn(name);
    }
    index.strict();
    let sentences: Vec<Vec<tokens::Token>> = texts(layout)
        .flat_map(|t| {
            sentence::split(t)
                .into_iter()
                .map(|s| tokens::tokenise(&t.text, s.span))
        })
        .collect();
    for tokens in &sentences {
        index.learn_shown(tokens);
    }
    for tokens in &sentences {
        for name in names::find(tokens, index) {
            index.learn(&name.name);
        }
    }
}

/// Gives every speaker her canonical name and expert id.
pub fn name_speakers(record: &mut DocumentRecord, people: &crate::people::People) {
    for quotation in &mut record.quotations {
        let attribution = &mut quotation.attribution;
        for speaker in &mut attribution.speakers {
            if attribution.who != Who::Person {
                continue;
            }
            if let Some(person) = people.person(&record.id, &speaker.surface) {
                speaker.name.clone_from(&person.name);
                speaker.expert.clone_from(&person.id);
            }
        }
        let mut seen = BTreeSet::new();
        attribution
            .speakers
            .retain(|s| s.expert.is_empty() || seen.insert(s.expert.clone()));
        for cited in &mut attribution.cited {
            if let Some(person) = people.person(&record.id, cited) {
                cited.clone_from(&person.name);
            }
        }
    }
    for work in record.footnotes.iter_mut().flat_map(|n| &mut n.works) {
        for name in work.authors.iter_mut().chain(&mut work.cited) {
            if let Some(person) = people.person(&record.id, name) {
                name.clone_from(&person.name);
            }
        }
    }
}

/// Turns inner types and byte offsets into records and code points.
struct Writer<'a> {
    source: &'a Source,
    layout: &'a Layout,
    points: CodePoints,
    record: DocumentRecord,
}

impl<'a> Writer<'a> {
    fn new(source: &'a Source, layout: &'a Layout) -> Self {
        let points = CodePoints::new(&source.raw);
        let mut writer = Writer {
            source,
            layout,
            points,
            record: DocumentRecord {
                schema: SCHEMA_VERSION.to_owned(),
                id: source.id.clone(),
                path: source.path.clone(),
                sha256: source.sha256.clone(),
                format: source.format.clone(),
                encoding: source.encoding.clone(),
                title: layout.front.title.clone(),
                authors: layout.front.authors.clone(),
                date: layout.front.date.clone(),
                year: layout.front.year,
                source: layout.front.source.clone(),
                warnings: source.warnings.clone(),
                text: source.raw.clone(),
                pages: Vec::new(),
                footnotes: Vec::new(),
                sentences: Vec::new(),
                quotations: Vec::new(),
                not_speech: Vec::new(),
            },
        };
        writer.record.pages = layout
            .pages
            .iter()
            .enumerate()
            .map(|(i, p)| PageRecord {
                number: i + 1,
                extent: writer.piece(*p),
            })
            .collect();
        writer
    }

    fn piece(&self, span: Span<Raw>) -> Piece {
        Piece {
            start: self.points.at(&self.source.raw, span.start),
            end: self.points.at(&self.source.raw, span.end),
        }
    }

    fn passage(&self, text: &CleanText, spans: &[Span<Clean>]) -> Passage {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        for span in spans {
            pieces.extend(
                text.map
                    .pieces(*span, &self.source.raw)
                    .into_iter()
                    .map(|p| self.piece(p)),
            );
            words.push(text.str(*span));
        }
        Passage {
            pieces,
            text: words.join(" "),
        }
    }

    fn label(&self, note: usize) -> NoteLabel {
        self.layout.notes[note].label.clone()
    }

    fn page_of(&self, text: &CleanText, at: usize) -> usize {
        text.map
            .raw_offset(at)
            .map_or(1, |raw| self.layout.page_of(raw))
    }

    fn body(&mut self, sentences: &[Sentence], found: &Found, attributions: &[Attribution]) {
        let text = &self.layout.body;
        for (i, s) in sentences.iter().enumerate() {
            let kind = match text.paragraphs[s.paragraph].kind {
                ParagraphKind::Heading => SentenceKind::Heading,
                ParagraphKind::ListItem => SentenceKind::ListItem,
                ParagraphKind::Body | ParagraphKind::Front => SentenceKind::Sentence,
            };
            let record = SentenceRecord {
                id: format!("s{}", i + 1),
                kind,
                page: self.page_of(text, s.span.start),
                paragraph: s.paragraph + 1,
                note: None,
                passage: self.passage(text, &[s.span]),
                stance: no_call(),
            };
            self.record.sentences.push(record);
        }
        self.quotations(text, found, attributions, None);
    }

    fn quotations(
        &mut self,
        text: &CleanText,
        found: &Found,
        attributions: &[Attribution],
        within: Option<usize>,
    ) {
        let sentences = Overlaps::new(found.sentences.iter().map(|s| s.span));
        for (quotation, attribution) in found.quotations.iter().zip(attributions) {
            let extent = quotation.extent();
            let touched = match within {
                Some(_) => Vec::new(),
                None => {
                    let touched: BTreeSet<usize> = (quotation.content.iter())
                        .flat_map(|content| sentences.of(*content))
                        .collect();
                    touched.into_iter().map(|i| format!("s{}", i + 1)).collect()
                }
            };
            let passage = self.passage(text, &quotation.content);
            if passage.pieces.is_empty() {
                continue;
            }
            let cue = quotation.cue.map(|c| self.passage(text, &[c]));
            let source = quotation
                .source
                .as_ref()
                .map(|s| self.passage(text, &[s.span]));
            let record = QuotationRecord {
                id: format!("q{}", self.record.quotations.len() + 1),
                kind: quotation.kind,
                page: self.page_of(text, extent.start),
                cue: cue.filter(|c| !c.pieces.is_empty()),
                source: source.clone().filter(|s| !s.pieces.is_empty()),
                learned: quotation.learned,
                attribution: self.attribution(text, quotation, attribution),
                passage,
                footnote: attribution.footnote.map(|n| self.label(n)),
                within_note: within.map(|n| self.label(n)),
                year: attribution.year.or(self.layout.front.year),
                sentences: touched,
                stance: no_call(),
            };
            self.record.quotations.push(record);
        }
        for term in &found.not_speech {
            let passage = self.passage(text, &[term.span]);
            if !passage.pieces.is_empty() {
                let kind = term.kind.name().to_owned();
                self.record.not_speech.push(NotSpeechRecord {
                    passage,
                    rule: kind.clone(),
                    kind,
                });
            }
        }
    }

    fn attribution(
        &self,
        text: &CleanText,
        quotation: &quote::Quotation,
        attribution: &Attribution,
    ) -> AttributionRecord {
        let mut evidence = Vec::new();
        let mut add = |role: &str, span: Option<Span<Clean>>| {
            if let Some(span) = span {
                let passage = self.passage(text, &[span]);
                if let Some(&piece) = passage.pieces.first() {
                    evidence.push(EvidenceRecord {
                        role: role.to_owned(),
                        piece: Some(piece),
                        note: None,
                        text: passage.text,
                    });
                }
            }
        };
        add("cue", quotation.cue);
        add("source", quotation.source.as_ref().map(|s| s.span));
        add("antecedent", attribution.antecedent);
        if let Some(note) = attribution.footnote.and_then(|n| self.layout.notes.get(n)) {
            evidence.push(EvidenceRecord {
                role: "footnote".to_owned(),
                piece: note.pieces.first().map(|p| self.piece(*p)),
                note: Some(note.label.clone()),
                text: note.text.text.replace('\n', " "),
            });
        }
        AttributionRecord {
            who: attribution.who,
            speakers: attribution
                .speakers
                .iter()
                .map(|s| SpeakerRecord {
                    name: s.clone(),
                    expert: String::new(),
                    surface: s.clone(),
                })
                .collect(),
            cited: attribution.cited.clone(),
            rule: format!("{}/{}", quotation.rule, attribution.rule),
            confidence: attribution.confidence,
            evidence,
            reasons: attribution.reasons.clone(),
        }
    }

    fn mentions(&self, text: &CleanText, found: &Found, place: Place) -> Vec<Mention> {
        let mut mentions = Vec::new();
        for sentence in &found.sentences {
            for name in &sentence.names {
                let at = text.map.raw_offset(name.span.start).unwrap_or(0);
                mentions.push(self.mention(&name.name, place, at));
                let titled = Span::new(
                    sentence.tokens[name.with_titles.start].span.start,
                    name.span.end,
                );
                let with_titles = tokens::without_possessive(text.str(titled));
                if with_titles != name.name {
                    mentions.push(self.mention(with_titles, place, at));
                }
            }
        }
        mentions
    }

    fn mention(&self, form: &str, place: Place, at: usize) -> Mention {
        Mention {
            document: self.source.id.clone(),
            form: form.to_owned(),
            place,
            at,
        }
    }

    fn notes(&mut self, layout: &Layout, citations: &[Citation]) {
        for (note, citation) in layout.notes.iter().zip(citations) {
            let start = note.pieces.first().map_or(0, |p| p.start);
            let record = NoteRecord {
                number: note.label.clone(),
                page: layout.page_of(start),
                passage: Passage {
                    pieces: note.pieces.iter().map(|p| self.piece(*p)).collect(),
                    text: note.text.text.replace('\n', " "),
                },
                marker: note.marker.map(|m| self.piece(m)),
                works: citation
                    .works
                    .iter()
                    .map(|w| WorkRecord {
                        authors: w.authors.clone(),
                        cited: w.cited.clone(),
                        title: w.title.clone(),
                        year: w.year,
                    })
                    .collect(),
                back_references: citation
                    .back
                    .iter()
                    .map(|b| BackReferenceRecord {
                        form: b.form.clone(),
                        refers_to: b.refers_to.map(|n| self.label(n)),
                    })
                    .collect(),
            };
            self.record.footnotes.push(record);
        }
    }

    fn finish(mut self) -> DocumentRecord {
        self.record.not_speech.sort_by_key(|n| n.passage.extent());
        self.record.not_speech.dedup();
        self.record
    }
}

/// Before the stance stage there is no call.
fn no_call() -> StanceCall {
    StanceCall {
        label: None,
        best: String::new(),
        confidence: 0.0,
        probabilities: Vec::new(),
    }
}
