//! Names that a model finds beside those that the rules know.

#[path = "support/plain_text.rs"]
mod plain_text;

use std::collections::BTreeMap;
use std::ops::Range;

use plain_text::source;
use stancemap::analysis::DocumentRecord;
use stancemap::document::{self, Draft, Taggers};
use stancemap::infer::{PersonTagger, Source};
use stancemap::load;
use stancemap::{Error, Result, Stage};

/// Stands for a model: it knows these names, and finds them wherever they stand.
struct Known {
    names: &'static [&'static str],
    source: Source,
}

impl Known {
    fn new(names: &'static [&'static str]) -> Known {
        let source = Source {
            name: "known".to_owned(),
            sha256: BTreeMap::new(),
        };
        Known { names, source }
    }
}

impl PersonTagger for Known {
    fn source(&self) -> &Source {
        &self.source
    }

    fn persons(&self, sentences: &[&str]) -> Result<Vec<Vec<Range<usize>>>> {
        let found = |sentence: &&str| {
            let mut found: Vec<Range<usize>> = (self.names.iter())
                .flat_map(|name| {
                    let places = sentence.match_indices(name);
                    places.map(|(at, name)| at..at + name.len())
                })
                .collect();
            found.sort_by_key(|name| name.start);
            found
        };
        Ok(sentences.iter().map(found).collect())
    }
}

fn read_tagged(source: &load::Source, tagger: &dyn PersonTagger) -> Result<Draft> {
    let taggers = Taggers {
        persons: Some(tagger),
        ..Taggers::default()
    };
    document::read_with(source, taggers)
}

fn speakers(record: &DocumentRecord) -> Vec<&str> {
    let quotations = record.quotations.iter();
    quotations
        .flat_map(|q| q.attribution.speakers.iter().map(|s| s.surface.as_str()))
        .collect()
}

#[test]
fn a_tagged_name_is_a_speaker_wherever_the_document_names_him() {
    for (text, names, expected) in [
        (
            "Zorblax Quim, in the spring, wrote that “the quay is a promise.”",
            &["Zorblax Quim"][..],
            "Zorblax Quim",
        ),
        (
            "Yesterday Zorblax Quim wrote that “the quay is a promise.”",
            &["Zorblax Quim"],
            "Zorblax Quim",
        ),
        (
            // The tag is in one sentence, the quotation in another, by the surname.
            "In May came Zorblax Quim to the bay. For years, Quim wrote that “the quay is a promise.”",
            &["Zorblax Quim"],
            "Quim",
        ),
        (
            "Mansa, in the spring, wrote that “the quay is a promise.”",
            &["Mansa"],
            "Mansa",
        ),
    ] {
        let tagged = read_tagged(&source(text), &Known::new(names)).unwrap();
        assert_eq!(speakers(&tagged.record), [expected], "{text}");
    }
}

#[test]
fn what_is_not_written_as_a_name_is_none_and_nothing_of_the_rules_is_lost() {
    let text = "Anders Holm argued that the quay was a mistake. The minister of the harbour said that it was not.";
    let ruled = document::read(&source(text));
    for names in [&["the quay", "harbour"][..], &[]] {
        let tagged = read_tagged(&source(text), &Known::new(names)).unwrap();
        assert_eq!(tagged, ruled, "{names:?}");
    }
}

struct Failing(Source);

impl PersonTagger for Failing {
    fn source(&self) -> &Source {
        &self.0
    }

    fn persons(&self, _: &[&str]) -> Result<Vec<Vec<Range<usize>>>> {
        Err(Error::new(Stage::Infer, "out of memory"))
    }
}

#[test]
fn a_model_that_fails_is_the_documents_error() {
    let tagger = Failing(Known::new(&[]).source);
    let error = read_tagged(&source("A text."), &tagger).unwrap_err();
    assert_eq!(error.stage, Stage::Infer);
}
