//! What must hold of every document, whatever it says.

#[path = "support/plain_text.rs"]
mod plain_text;

use std::path::Path;

use plain_text::read;
use proptest::prelude::*;
use stancemap::analysis::{DocumentRecord, Passage};
use stancemap::load::{Limits, Probe, Source};
use stancemap::{document, load};

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Every exported span, cut out of the raw text, is the passage: letter for letter, but for hyphens
/// at line ends and note markers inside. Pieces follow one another in a text of one column.
fn spans_are_the_text(record: &DocumentRecord) -> Result<(), String> {
    spans_in_order_are_the_text(record, true)
}

fn spans_in_order_are_the_text(record: &DocumentRecord, in_order: bool) -> Result<(), String> {
    let raw: Vec<char> = record.text.chars().collect();
    let check = |what: &str, passage: &Passage| {
        let mut end = 0;
        let mut cut = String::new();
        for piece in &passage.pieces {
            let overlaps = in_order && piece.start < end;
            if piece.start >= piece.end || piece.end > raw.len() || overlaps {
                return Err(format!(
                    "{what}: pieces {:?} are out of order",
                    passage.pieces
                ));
            }
            end = piece.end;
            cut.extend(&raw[piece.start..piece.end]);
        }
        // Markers inside a piece are digits that the text does not have.
        // Both sides with ligatures taken apart, as the clean text has them.
        let letters = |s: &str| -> String {
            let apart = [
                ("ﬀ", "ff"),
                ("ﬁ", "fi"),
                ("ﬂ", "fl"),
                ("ﬃ", "ffi"),
                ("ﬄ", "ffl"),
            ]
            .iter()
            .fold(s.to_owned(), |s, (one, two)| s.replace(one, two));
            apart.chars().filter(|c| c.is_alphabetic()).collect()
        };
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
                Just("e\u{ad}".to_owned()), Just("oﬃce ".to_owned()), Just("ﬁ".to_owned()),
                Just("war.*\n".to_owned()), Just("* A note.\n".to_owned()), Just("[3, 4] ".to_owned()),
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

/// Lines of running text, as a column has them.
fn column() -> impl Strategy<Value = Vec<String>> {
    let line = prop::collection::vec(
        prop_oneof![
            Just("“we will stay,”".to_owned()),
            Just("he said that".to_owned()),
            Just("naïve".to_owned()),
            Just("the oﬃce".to_owned()),
            Just("war.1 Nobody".to_owned()),
            Just("Anna Smith".to_owned()),
            "[a-z]{2,7}",
            "[a-z]{2,7}",
        ],
        4..7,
    );
    let last = prop_oneof![Just(""), Just("-"), Just("."), Just(",")];
    let written = (line, last).prop_map(|(words, last)| {
        let text: String = words.join(" ").chars().take(38).collect();
        format!("{}{last}", text.trim_end())
    });
    prop::collection::vec(prop_oneof![9 => written, 1 => Just(String::new())], 14..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn spans_of_columns_are_the_text(left in column(), right in column(), gap in 3_usize..7, margin in 0_usize..4) {
        let width = 39 + gap;
        let line = |i: usize| {
            let of = |column: &[String]| column.get(i).cloned().unwrap_or_default();
            let both = format!("{:margin$}{:<width$}{}", "", of(&left), of(&right));
            format!("{}\n", both.trim_end())
        };
        let page: String = (0..left.len().max(right.len())).map(line).collect();
        let record = read(&format!("{page}\u{c}{page}"));
        let checked = spans_in_order_are_the_text(&record, false);
        prop_assert!(checked.is_ok(), "{:?}", checked);
        let seen = record.sentences.iter().flat_map(|s| &s.passage.pieces).count();
        prop_assert!(seen > left.len(), "the columns were not found");
    }
}

/// A made-up document: paragraphs, each with its kind, its text and the notes behind it.
type Made = Vec<(u8, String, Option<String>)>;

fn made() -> impl Strategy<Value = Made> {
    let words = prop::collection::vec(
        prop_oneof![
            Just("“We will stay,” ".to_owned()),
            Just("he said that ".to_owned()),
            Just("General Anna Smith argued that ".to_owned()),
            Just("According to Bo Ek, ".to_owned()),
            Just("peace was ".to_owned()),
            Just("naïve 東京 ".to_owned()),
            Just("*stars* & <tags> ".to_owned()),
            Just("[1] x_y_z `code` ".to_owned()),
            "[a-z]{1,9} ",
            "[A-Z][a-z]{2,8}[.!?] ",
        ],
        1..20,
    );
    let note = prop::option::of("[A-Z][a-z]{2,8} [A-Z][a-z]{2,8}, [a-z ]{1,20}, 19[0-9]{2}\\.");
    prop::collection::vec((0_u8..4, words.prop_map(|w| w.concat()), note), 1..12)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The document in each text-like format: its name and its bytes.
fn in_formats(made: &Made) -> Vec<(&'static str, Vec<u8>)> {
    let mut markdown = String::from("# A title\n\n");
    let mut html = String::from("<!DOCTYPE html><html><body><h1>A title</h1>\n");
    let mut word = String::from("<w:document xmlns:w=\"w\"><w:body>");
    let (mut text, mut at_foot) = (String::from("A Title\n\n"), String::new());
    let (mut notes_markdown, mut notes_html, mut notes_word) = (
        String::new(),
        String::new(),
        String::from("<w:footnotes xmlns:w=\"w\">"),
    );
    let mut number = 0;
    for (kind, words, note) in made {
        let (mut marks, words) = ([const { String::new() }; 4], words.trim());
        if let Some(note) = note {
            number += 1;
            marks = [
                format!("[^{number}]"),
                format!("<sup><a href=\"#fn{number}\">{number}</a></sup>"),
                format!("<w:r><w:footnoteReference w:id=\"{number}\"/></w:r>"),
                number.to_string(),
            ];
            notes_markdown += &format!("[^{number}]: {note}\n\n");
            notes_html += &format!("<li id=\"fn{number}\">{note}</li>");
            notes_word += &format!(
                "<w:footnote w:id=\"{number}\"><w:p><w:r><w:t>{note}</w:t></w:r></w:p></w:footnote>"
            );
            at_foot += &format!("{number} {note}\n");
        }
        let (sign, tag, style) = [
            ("", "p", ""),
            ("> ", "blockquote", "Quote"),
            ("## ", "h2", "Heading1"),
            ("- ", "li", "ListBullet"),
        ][usize::from(*kind)];
        markdown += &format!("{sign}{words}{}\n\n", marks[0]);
        html += &format!("<{tag}>{}{}</{tag}>\n", escaped(words), marks[1]);
        word += &format!(
            "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{}</w:t></w:r>{}</w:p>",
            escaped(words),
            marks[2]
        );
        text += &format!("{words}{}\n\n", marks[3]);
    }
    let html = format!("{html}<ol>{notes_html}</ol></body></html>");
    let zipped = |entries: &[(&str, &str)]| {
        use std::io::Write;
        let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in entries {
            out.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            out.write_all(content.as_bytes()).unwrap();
        }
        out.finish().unwrap().into_inner()
    };
    let docx = zipped(&[
        (
            "word/document.xml",
            &format!("{word}</w:body></w:document>"),
        ),
        ("word/footnotes.xml", &format!("{notes_word}</w:footnotes>")),
    ]);
    let epub = zipped(&[
        (
            "META-INF/container.xml",
            "<container><rootfile full-path=\"b.opf\"/></container>",
        ),
        (
            "b.opf",
            "<package><manifest><item id=\"t\" href=\"t.xhtml\" media-type=\"application/xhtml+xml\"/></manifest><spine><itemref idref=\"t\"/></spine></package>",
        ),
        ("t.xhtml", &html),
    ]);
    vec![
        ("a.txt", format!("{text}_____\n{at_foot}").into_bytes()),
        ("a.md", format!("{markdown}{notes_markdown}").into_bytes()),
        ("a.html", html.into_bytes()),
        ("a.docx", docx),
        ("a.epub", epub),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn spans_of_documents_in_every_format_are_the_text(made in made()) {
        let notes = made.iter().filter(|(_, _, note)| note.is_some()).count();
        for (name, bytes) in in_formats(&made) {
            let probe = Probe { bytes: &bytes, name };
            let loaded = load::decode(&probe, &Limits::default()).unwrap();
            if name == "a.txt" {
                // In a text file without a mark or carriage returns the bytes are the file's own.
                prop_assert_eq!(loaded.raw.as_bytes(), &bytes[..]);
            }
            let source = Source { raw: loaded.raw, hints: loaded.hints, ..Source::default() };
            let record = document::read(&source).record;
            prop_assert!(spans_are_the_text(&record).is_ok(), "{}: {:?}", name, spans_are_the_text(&record));
            if name != "a.txt" {
                let linked = record.footnotes.iter().filter(|n| n.marker.is_some()).count();
                prop_assert_eq!(linked, notes, "{}", name);
            }
        }
    }
}

#[test]
fn spans_of_the_essay_in_every_format_are_the_text() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/essay");
    for input in load::discover(&[folder]).unwrap() {
        let source = load::read(&input, load::DEFAULT_MAX_BYTES).unwrap();
        let record = document::read(&source).record;
        assert!(record.quotations.len() > 20, "{}", input.path);
        spans_are_the_text(&record).unwrap_or_else(|e| panic!("{}: {e}", input.path));
    }
}
