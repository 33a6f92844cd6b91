//! What a tagger sees beside what the rules find.

#[path = "support/plain_text.rs"]
mod plain_text;

use std::collections::BTreeMap;
use std::ops::Range;

use plain_text::source;
use stancemap::analysis::{QuotationKind, QuotationRecord, Who};
use stancemap::document::{self, Taggers};
use stancemap::infer::{AttributionTagger, Source, Tagged};
use stancemap::quote::Scope;
use stancemap::{Error, Result, Stage};

/// Stands for a model: sees these cues, sources and contents, wherever they stand.
struct Seeing {
    seen: Vec<[&'static str; 3]>,
    source: Source,
}

impl AttributionTagger for Seeing {
    fn source(&self) -> &Source {
        &self.source
    }

    fn tag(&self, text: &str) -> Result<Vec<Tagged>> {
        let place = |what: &str| -> Option<Range<usize>> {
            let at = text.find(what).filter(|_| !what.is_empty())?;
            Some(at..at + what.len())
        };
        (self.seen.iter())
            .map(|[cue, source, content]| {
                Ok(Tagged {
                    cue: place(cue).ok_or_else(|| Error::new(Stage::Infer, "no such cue"))?,
                    sources: place(source).into_iter().collect(),
                    contents: content.split('|').filter_map(place).collect(),
                    cue_probability: 0.9,
                    span_probability: 0.9,
                })
            })
            .collect()
    }
}

fn read(text: &str, seen: &[[&'static str; 3]]) -> Vec<QuotationRecord> {
    read_in(Scope::All, text, seen)
}

fn read_in(scope: Scope, text: &str, seen: &[[&'static str; 3]]) -> Vec<QuotationRecord> {
    let tagger = Seeing {
        seen: seen.to_vec(),
        source: Source {
            name: "seeing".to_owned(),
            sha256: BTreeMap::new(),
        },
    };
    let taggers = Taggers {
        attributions: Some(&tagger),
        scope,
        ..Taggers::default()
    };
    document::read_with(&source(text), taggers)
        .unwrap()
        .record
        .quotations
}

fn texts(quotations: &[QuotationRecord]) -> Vec<&str> {
    quotations.iter().map(|q| q.passage.text.as_str()).collect()
}

#[test]
fn reported_speech_that_no_rule_knows_is_a_quotation_with_its_speaker() {
    let text = "For Maria Olsen, the treaty was a roof that lets in the rain.";
    let found = read(
        text,
        &[[
            "For",
            "Maria Olsen",
            "the treaty was a roof that lets in the rain",
        ]],
    );
    assert_eq!(
        texts(&found),
        ["the treaty was a roof that lets in the rain"]
    );
    assert_eq!(found[0].kind, QuotationKind::Indirect);
    assert_eq!(found[0].attribution.who, Who::Person);
    assert_eq!(found[0].attribution.speakers[0].surface, "Maria Olsen");
    assert!(found[0].learned.is_some_and(|p| (0.8..0.82).contains(&p)));
}

#[test]
fn a_content_begins_behind_its_that_and_has_no_marks_around_it() {
    let text = "It was plain to Maria Olsen that “the treaty was a roof”.";
    let found = read(
        text,
        &[["plain", "Maria Olsen", "that “the treaty was a roof”"]],
    );
    assert_eq!(texts(&found), ["the treaty was a roof"]);
    assert_eq!(found[0].kind, QuotationKind::Direct);
}

#[test]
fn one_saying_that_both_see_is_one_quotation() {
    let text = "Maria Olsen said that the treaty was a roof that lets in the rain, and went home.";
    let by_rules = texts(&read(text, &[])).len();
    assert_eq!(by_rules, 1);
    let found = read(
        text,
        &[[
            "said",
            "Maria Olsen",
            "that the treaty was a roof that lets in the rain",
        ]],
    );
    assert_eq!(
        texts(&found),
        ["the treaty was a roof that lets in the rain"]
    );
    assert_eq!(found[0].attribution.speakers[0].surface, "Maria Olsen");
}

#[test]
fn attributions_may_lie_inside_each_other() {
    let text = "For Maria Olsen, the minister had it on his heart that the treaty would hold.";
    let found = read(
        text,
        &[
            [
                "For",
                "Maria Olsen",
                "the minister had it on his heart that the treaty would hold",
            ],
            [
                "had it on his heart",
                "the minister",
                "that the treaty would hold",
            ],
        ],
    );
    assert_eq!(
        texts(&found),
        [
            "the minister had it on his heart that the treaty would hold",
            "the treaty would hold"
        ]
    );
}

#[test]
fn statements_are_said_by_others_outside_of_quotations() {
    let text = "In the harbour Bo Lind let it be known, with a claim repeated thrice, that the pier would never be sold. \
        We argue that the pier is old and rusty. Bo Lind wanted the pier and all of its lamps.";
    let seen = [
        ["claim", "Bo Lind", "that the pier would never be sold"],
        ["argue", "We", "that the pier is old and rusty"],
        ["wanted", "Bo Lind", "the pier and all of its lamps"],
    ];
    let said = "the pier would never be sold";
    let statements = read_in(Scope::Statements, text, &seen);
    let said_it = |text: &&str| text.trim_end_matches('.') == said;
    assert!(texts(&statements).iter().any(said_it));
    for left_out in ["the pier is old and rusty", "the pier and all of its lamps"] {
        let by_tagger = statements
            .iter()
            .filter(|q| q.attribution.rule.starts_with("tagger/"));
        assert!(
            by_tagger
                .clone()
                .all(|q| q.passage.text.trim_end_matches('.') != left_out)
        );
    }
    let all = read(text, &seen);
    assert!(all.len() >= 3, "{:?}", texts(&all));
    // Where the tagger sees something, only it knows of reported speech.
    assert!(all.iter().all(|q| q.learned.is_some()));
}

#[test]
fn quotation_marks_and_blocks_keep_their_words() {
    let text = "“It is a roof of straw,” Maria Olsen said. “It lets in the rain.”";
    let found = read_in(
        Scope::Statements,
        text,
        &[["said", "Maria Olsen", "“It is a roof of straw,”"]],
    );
    assert_eq!(
        texts(&found),
        ["It is a roof of straw, It lets in the rain."]
    );
}

#[test]
fn a_cue_without_a_content_is_no_quotation_and_a_failing_model_is_an_error() {
    let text = "Maria Olsen smiled.";
    assert!(read(text, &[["smiled", "Maria Olsen", ""]]).is_empty());
    let tagger = Seeing {
        seen: vec![["absent", "", ""]],
        source: Source {
            name: "seeing".to_owned(),
            sha256: BTreeMap::new(),
        },
    };
    let taggers = Taggers {
        attributions: Some(&tagger),
        ..Taggers::default()
    };
    let error = document::read_with(&source(text), taggers).unwrap_err();
    assert_eq!(error.stage, Stage::Infer);
}
