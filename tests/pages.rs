//! Pages as analysts have them: columns, drop caps, tables, stamps, and quotations that go on over a
//! page end or a footnote.

#[path = "support/plain_text.rs"]
mod plain_text;

use plain_text::{read, source};
use stancemap::analysis::DocumentRecord;
use stancemap::doctor;

fn sentences(record: &DocumentRecord) -> Vec<&str> {
    let sentences = record.sentences.iter();
    sentences.map(|s| s.passage.text.as_str()).collect()
}

fn quotations(record: &DocumentRecord) -> Vec<&str> {
    let quotations = record.quotations.iter();
    quotations.map(|q| q.passage.text.as_str()).collect()
}

/// A paragraph of prose in lines of about `width` characters.
fn prose(width: usize, sentences: usize) -> String {
    let words = "the harbour was widened twice and the towns along the bay paid for it while \
        their councils asked for a school and the ships came late to the new quay";
    let mut line = String::new();
    let mut text = String::new();
    for _ in 0..sentences {
        for (i, word) in words.split_whitespace().enumerate() {
            if line.len() + word.len() >= width {
                text.push_str(line.trim_end());
                text.push('\n');
                line.clear();
            }
            if i == 0 {
                line.push_str("The");
            } else {
                line.push_str(word);
            }
            line.push(' ');
        }
        line.truncate(line.trim_end().len());
        line.push_str(". ");
    }
    text.push_str(line.trim_end());
    text.push('\n');
    text
}

#[test]
fn a_drop_cap_is_joined_to_its_word_and_to_nothing_else() {
    let rest = prose(70, 4);
    for (opening, first) in [
        (
            "T he war ended in the spring of that year, and nobody was ready for it.",
            "The war ended",
        ),
        (
            "T\nhe war ended in the spring of that year, and nobody was ready for it.",
            "The war ended",
        ),
        (
            "T\n\nhe war ended in the spring of that year, and nobody was ready for it.",
            "The war ended",
        ),
        (
            "T   HE WAR ended in the spring of that year, and nobody was ready for it.",
            "THE WAR ended",
        ),
        (
            "A fter the war nobody was ready for the spring, which came all the same.",
            "After the war",
        ),
        (
            "A long war ended in the spring of that year, and nobody was ready for it.",
            "A long war",
        ),
        (
            "I do not know who began the war, and nobody who knows has said it so far.",
            "I do not know",
        ),
    ] {
        let record = read(&format!("A HARBOUR AND ITS LIGHTS\n\n{opening}\n{rest}"));
        let found = sentences(&record);
        assert!(
            found.iter().any(|s| s.starts_with(first)),
            "{opening}: {found:#?}"
        );
    }
}

#[test]
fn a_hyphen_at_a_line_end_is_mended_by_what_is_a_word() {
    let record = read(
        "The minister, who had signed the long-\nterm treaty, said that Sino-\nRussian coopera-\ntion was \
         a mat-\nter of self-\ninterest and of state-\nof-the-art weapons, not of over-\nflights.\n",
    );
    assert_eq!(
        sentences(&record),
        [
            "The minister, who had signed the long-term treaty, said that Sino-Russian cooperation was \
          a matter of self-interest and of state-of-the-art weapons, not of overflights."
        ]
    );
}

#[test]
fn tables_and_captions_have_no_sentences_and_no_quotations_and_the_doctor_shows_them() {
    let raw = format!(
        "{}\nTable 1. “The open door,” said Maria Olsen: trade of the ports\n\n\
         Port                 1990      1995\n\
         Old Port            1,204     1,310\n\
         New Port                –        12\n\
         Far Port              980     1,100\n\n\
         Source: Harbour Office, “Ships and Men,” 1999.\n\n{}",
        prose(70, 3),
        prose(70, 3)
    );
    let record = read(&raw);
    assert_eq!(record.quotations.len(), 0);
    assert_eq!(record.not_speech.len(), 0);
    let found = sentences(&record);
    assert!(
        found.iter().all(|s| s.starts_with("The harbour")),
        "{found:#?}"
    );
    let reading = doctor::read(&source(&raw));
    let aside: Vec<&str> = reading
        .tables_and_captions
        .iter()
        .map(|r| r.text.as_str())
        .collect();
    assert_eq!(aside.len(), 6, "{aside:#?}");
    assert!(doctor::text(&reading).contains("tables and captions: 6"));
    assert!(doctor::page(&reading, &raw).contains("<span class=\"out\">Old Port"));
}

#[test]
fn stamps_and_heads_that_change_with_the_page_are_no_text() {
    let heads: [fn(usize) -> String; 8] = [
        |n| format!("{n}   HARBOUR REVIEW"),
        |n| format!("HARBOUR REVIEW                                             {n}"),
        |n| format!("Harbour Review, Vol. 3 | {n}"),
        |n| format!("A Harbour and Its Lights – {n}"),
        |n| format!("Page {n} of 9"),
        |n| {
            if n % 2 == 0 {
                format!("{n} Maria Olsen")
            } else {
                format!("The Long Quay {n}")
            }
        },
        |_| "CONFIDENTIAL".to_owned(),
        |n| format!("DRAFT – NOT FOR CITATION – {n} MAY 1999"),
    ];
    for head in heads {
        let harbours = ["old", "new", "far", "low", "high", "long"];
        let pages: Vec<String> = (2..8)
            .zip(harbours)
            .map(|(n, which)| {
                let text = prose(60, 5).replace("harbour", &format!("{which} harbour"));
                format!("{}\n\n{text}\nEMBARGOED\n", head(n))
            })
            .collect();
        let record = read(&pages.join("\u{c}"));
        let found = sentences(&record);
        assert_eq!(found.len(), 30, "{}: {found:#?}", head(2));
        assert!(
            found
                .iter()
                .all(|s| s.starts_with("The ") && s.ends_with("new quay."))
        );
    }
}

#[test]
fn a_quotation_of_several_sentences_is_one_over_page_ends_and_notes() {
    let first = "“We will build the road. It will be";
    let second = "long, and it will be straight. Nobody will pay for it twice.”1";
    let before = prose(72, 4);
    let notes = "____________________\n1 Maria Olsen, “Roofs and Rain,” Harbour Review, No. 3, 1999, p. 12.\n";
    let between = [
        "\n".to_owned(),
        "\n\n12\n\n\u{c}".to_owned(),
        "\n\n12\n\n\u{c}HARBOUR REVIEW\n\n".to_owned(),
    ];
    for gap in between {
        let raw = format!(
            "HARBOUR REVIEW\n\n{before}\nThe minister of roads, Anders Holm, said: {first}{gap}{second}\n\n{notes}"
        );
        let record = read(&raw);
        let found = quotations(&record);
        assert_eq!(
            found,
            [
                "We will build the road. It will be long, and it will be straight. Nobody will pay for it twice."
            ],
            "{gap:?}"
        );
        assert_eq!(record.quotations[0].sentences.len(), 3, "{gap:?}");
        assert_eq!(
            record.quotations[0].attribution.speakers[0].name,
            "Anders Holm"
        );
    }
}

#[test]
fn a_quotation_goes_on_behind_the_notes_of_its_page_and_a_finished_paragraph_does_not() {
    let before = prose(72, 4);
    let notes = "____________________\n1 Maria Olsen, “Roofs and Rain,” Harbour Review, No. 3, 1999, p. 12.\n";
    let page = |open: &str, close: &str, first: &str| {
        format!(
            "{before}\nAnders Holm, the minister of roads, said: {open}We will build the long road\n\
             and the bridge over the bay. It will be long, and it will be straight.1\n\n\
             {notes}\u{c}{first} will pay for it twice, and nobody in the towns will be asked\n\
             to do so.{close}\n\n{before}"
        )
    };
    for (open, close) in [("“", "”"), ("\"", "\"")] {
        let record = read(&page(open, close, "Nobody"));
        let found = quotations(&record);
        assert_eq!(
            found,
            [
                "We will build the long road and the bridge over the bay. It will be long, and it will \
                 be straight. Nobody will pay for it twice, and nobody in the towns will be asked to do so."
            ]
        );
        assert_eq!(record.quotations[0].passage.pieces.len(), 2);
        assert_eq!(record.quotations[0].sentences.len(), 3);
    }
    // A mark that is never closed joins nothing to what stands on the next page.
    for first in ["Nobody", "Nobody in the “bridge club”"] {
        let record = read(&page("“", "", first));
        let quotation = record.quotations.first().map(|q| q.passage.text.as_str());
        assert!(
            !quotation.unwrap_or_default().contains("Nobody"),
            "{quotation:?}"
        );
    }
}

#[test]
fn a_raised_number_above_its_note_begins_it() {
    for (first, second) in [(1, 2), (9, 10)] {
        let raw = format!(
            "{}\nThe quay was built of grey stone.{first} Nobody paid for it.{second}\n\n{}\n\
             {first}\n  Maria Olsen, Roofs and Rain, Oslo: Fjord Press, 1999, p. 12, and what she wrote\n\
             later.\n{second}\n  Anders Holm, The Long Quay, Bergen: Fjord Press, 2001, p. 3.\n",
            prose(72, 4),
            prose(72, 2)
        );
        let record = read(&raw);
        let notes: Vec<(String, &str, bool)> = record
            .footnotes
            .iter()
            .map(|n| {
                (
                    n.number.to_string(),
                    n.passage.text.as_str(),
                    n.marker.is_some(),
                )
            })
            .collect();
        assert_eq!(
            notes,
            [
                (
                    first.to_string(),
                    "Maria Olsen, Roofs and Rain, Oslo: Fjord Press, 1999, p. 12, and what she wrote later.",
                    true
                ),
                (
                    second.to_string(),
                    "Anders Holm, The Long Quay, Bergen: Fjord Press, 2001, p. 3.",
                    true
                )
            ]
        );
    }
}

#[test]
fn a_page_number_below_the_notes_begins_no_page() {
    let page = |n: usize| {
        format!(
            "{}The quay was built of grey stone.{n}\n\n____________________\n{n} Maria Olsen, Roofs and Rain, Oslo: \
             Fjord Press, 1999, p. {n}.\n\n                    {n}\n",
            prose(72, 3)
        )
    };
    let record = read(&format!("{}\u{c}{}\u{c}{}", page(1), page(2), page(3)));
    assert_eq!(record.pages.len(), 3);
    let pages: Vec<usize> = record.footnotes.iter().map(|n| n.page).collect();
    assert_eq!(pages, [1, 2, 3]);
}

#[test]
fn a_block_quotation_of_several_sentences_is_one() {
    let raw = format!(
        "{}\nAnders Holm, the minister of roads, wrote:\n\n\
         \x20     We will build the road, and it will be long and straight. Nobody\n\
         \x20     will pay for it twice. The ships will come when it is built, and\n\
         \x20     the towns will thank us.1\n\n{}\n\
         ____________________\n1 Anders Holm, The Long Quay, Bergen: Fjord Press, 2001, p. 3.\n",
        prose(72, 4),
        prose(72, 4)
    );
    let record = read(&raw);
    assert_eq!(record.quotations.len(), 1);
    assert_eq!(
        record.quotations[0].passage.text,
        "We will build the road, and it will be long and straight. Nobody will pay for it twice. The \
         ships will come when it is built, and the towns will thank us."
    );
    assert_eq!(record.quotations[0].sentences.len(), 3);
}

/// Two columns side by side, the right one at `gutter`.
fn side_by_side(left: &str, right: &str, gutter: usize) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    (0..left.len().max(right.len()))
        .map(|i| {
            let of = |column: &[&str]| column.get(i).copied().unwrap_or_default().to_owned();
            let line = format!("{:<gutter$}{}", of(&left), of(&right));
            format!("{}\n", line.trim_end())
        })
        .collect()
}

#[test]
fn a_quotation_goes_on_at_the_head_of_the_next_column() {
    let left = format!(
        "{}Anders Holm said: “We will build\nthe road. Nobody\n",
        prose(40, 4)
    );
    let right = format!("will pay for it twice, I think.”\n\n{}", prose(40, 4));
    let raw = side_by_side(&left, &right, 44);
    let record = read(&raw);
    let quotation = &record.quotations[0];
    assert_eq!(
        quotation.passage.text,
        "We will build the road. Nobody will pay for it twice, I think."
    );
    assert_eq!(quotation.attribution.speakers[0].name, "Anders Holm");
    let cut: Vec<String> = quotation
        .passage
        .pieces
        .iter()
        .map(|p| raw.chars().skip(p.start).take(p.end - p.start).collect())
        .collect();
    assert_eq!(
        cut,
        [
            "We will build",
            "the road. Nobody",
            "will pay for it twice, I think."
        ]
    );
    let extent = quotation.passage.extent();
    assert!(extent.start < extent.end);
    assert!(
        quotation
            .passage
            .pieces
            .iter()
            .all(|p| extent.start <= p.start && p.end <= extent.end)
    );
}
