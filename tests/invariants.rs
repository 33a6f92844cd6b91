//! What must hold of every document, whatever it says.

use std::path::Path;

use proptest::prelude::*;
use stancemap::analysis::{DocumentRecord, Passage};
use stancemap::load::Source;
use stancemap::{document, load};

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Every exported span, cut out of the raw text, is the passage: letter for letter, but for hyphens
/// at line ends and note markers inside.
fn spans_are_the_text(record: &DocumentRecord) -> Result<(), String> {
    let raw: Vec<char> = record.text.chars().collect();
    let check = |what: &str, passage: &Passage| {
        let mut end = 0;
        let mut cut = String::new();
        for piece in &passage.pieces {
            if piece.start >= piece.end || piece.end > raw.len() || piece.start < end {
                return Err(format!(
                    "{what}: pieces {:?} are out of order",
                    passage.pieces
                ));
            }
            end = piece.end;
            cut.extend(&raw[piece.start..piece.end]);
        }
        // Markers inside a piece are digits that the text does not have.
        let letters = |s: &str| s.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        if letters(&cut) != letters(&passage.text) {
            return Err(format!(
                "{what}: {:?} is not {:?}",
                squeezed(&cut),
                squeezed(&passage.text)
            ));
        }
        Ok(())
    };
    for sentence in &record.sentences {
        check(&sentence.id, &sentence.passage)?;
    }
    for quotation in &record.quotations {
        check(&quotation.id, &quotation.passage)?;
        for passage in quotation.cue.iter().chain(&quotation.source) {
            check(&quotation.id, passage)?;
        }
    }
    for term in &record.not_speech {
        check("not speech", &term.passage)?;
    }
    Ok(())
}

fn read(raw: &str) -> DocumentRecord {
    let source = Source {
        id: "d".to_owned(),
        path: "d.txt".to_owned(),
        sha256: String::new(),
        raw: raw.to_owned(),
        encoding: "UTF-8".to_owned(),
        warnings: Vec::new(),
        ..Source::default()
    };
    document::read(&source).record
}

#[test]
fn spans_of_the_sample_essays_are_the_text() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for input in load::discover(&[corpus]).unwrap() {
        let source = load::read(&input, load::DEFAULT_MAX_BYTES).unwrap();
        let record = document::read(&source).record;
        assert!(record.quotations.len() > 20, "{}", record.id);
        spans_are_the_text(&record).unwrap_or_else(|e| panic!("{}: {e}", record.id));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn spans_of_any_text_are_the_text(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("“".to_owned()), Just("” ".to_owned()), Just("\"".to_owned()), Just("\n\n".to_owned()),
                Just("\n".to_owned()), Just("\u{c}".to_owned()), Just("_____\n".to_owned()),
                Just("1 Ibid.\n".to_owned()), Just("2 Anna Smith, “A Title,” 1999, p. 3.\n".to_owned()),
                Just("war.1 ".to_owned()), Just("peace,”2 ".to_owned()), Just("he said that ".to_owned()),
                Just("According to General Anna Smith:\n\n".to_owned()), Just("long-\nterm ".to_owned()),
                Just("• ".to_owned()), Just("— ".to_owned()), Just("naïve 東京 ".to_owned()),
                "[A-Za-z]{1,9} ", "[A-Z][a-z]{2,8} ", "[.,;:!?] ",
            ],
            0..80,
        )
    ) {
        let record = read(&pieces.concat());
        prop_assert!(spans_are_the_text(&record).is_ok(), "{:?}", spans_are_the_text(&record));
    }
}
