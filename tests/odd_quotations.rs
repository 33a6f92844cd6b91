//! Texts whose quotation marks say nothing, or far too much: no panic, and time in proportion.

#[path = "support/plain_text.rs"]
mod plain_text;

use std::time::{Duration, Instant};

use plain_text::source;
use stancemap::analysis::DocumentRecord;
use stancemap::document;

fn read(text: &str) -> DocumentRecord {
    document::read(&source(text)).record
}

/// Every span cuts what it says out of the raw text.
fn check(record: &DocumentRecord, what: &str) {
    let points: Vec<char> = record.text.chars().collect();
    for quotation in &record.quotations {
        assert!(!quotation.passage.pieces.is_empty(), "{what}");
        for piece in &quotation.passage.pieces {
            assert!(
                piece.start < piece.end && piece.end <= points.len(),
                "{what}"
            );
        }
        assert!(
            (0.0..=1.0).contains(&quotation.attribution.confidence),
            "{what}"
        );
    }
}

fn nested(levels: usize) -> String {
    let (mut before, mut after) = (String::new(), String::new());
    for level in 0..levels {
        let (open, close) = if level % 2 == 0 {
            ('“', '”')
        } else {
            ('‘', '’')
        };
        before.push_str(&format!("Speaker {level} said, {open}I heard that "));
        after.insert(0, close);
    }
    format!("{before}the bridge was closed.{after}")
}

/// One in ten letters replaced, by a small generator of numbers.
fn noisy(text: &str) -> String {
    let mut state = 7_u32;
    text.chars()
        .map(|c| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match (state >> 16) % 10 {
                0 if c.is_alphanumeric() => {
                    ['l', '1', 'c', '0', '~', 'm', '”', '.'][(state >> 8) as usize % 8]
                }
                _ => c,
            }
        })
        .collect()
}

const PARAGRAPH: &str = "Anna Lind said that the treaty would hold. “It is a roof,” Minister Bo Berg \
    replied, “and it lets in the rain.” According to many in the capital, the talks had failed.";

#[test]
fn odd_quotation_marks_break_nothing() {
    let texts = [
        ("marks only", "“”\"'‘’«»„“‚‘「」『』``''".repeat(200)),
        ("opened and never closed", "“".repeat(5000)),
        ("fifty levels", nested(50)),
        (
            "all kinds of marks",
            "Er sagte: „Ja, gewiss.“ Elle a dit : « Non, merci. » ‚Vielleicht‘, sagte sie. 彼は「はい」と言った。 He said 'no'. \
             She said ``yes, of course''. It was 5'10\" and 6′2″ tall in the ’90s, rock ’n’ roll."
                .to_owned(),
        ),
        ("apostrophes as marks", "The minister's aides' view: 'It's the states' right,' he'd said, 'isn't it?' ".repeat(40)),
        ("capitals", PARAGRAPH.to_uppercase()),
        ("noise", noisy(&format!("{PARAGRAPH}\n\n").repeat(30))),
        ("nothing but a quotation", format!("“{}”", "The harbour is full. ".repeat(50))),
    ];
    for (what, text) in &texts {
        check(&read(text), what);
    }
}

#[test]
fn a_name_behind_its_title_begins_a_phrase() {
    // Once a panic: the phrase that was looked at began between title and name.
    for text in [
        "\"I think so,\" said Representative Charles B. Rangel of New York. \"It's smart.\"",
        "By 9 a.m. Sunday, the Rev. Al Sharpton began taking calls from listeners who said they had \
         misgivings about Mrs. Clint, but could not bear to insult Mr. Obadiah, Mr. Sharpton said.",
        "But in recent days, advisers to Mr. Obadiah say, the president has grown exasperated.",
    ] {
        check(&read(text), text);
    }
}

/// The time of the quicker of two readings.
fn seconds(text: &str) -> f64 {
    let once = || {
        let since = Instant::now();
        check(&read(text), "long");
        since.elapsed()
    };
    once()
        .min(once())
        .max(Duration::from_millis(5))
        .as_secs_f64()
}

#[test]
fn time_grows_as_the_text_does() {
    let quotation = |pages: usize| {
        let page = "The harbour is full of promises and the roof lets in the rain. ".repeat(40);
        let paragraphs = vec![format!("“{page}"); pages].join("\n\n");
        format!("Anna Lind wrote:\n\n{paragraphs}”\n")
    };
    let many = |count: usize| format!("{PARAGRAPH}\n\n").repeat(count);
    for (what, text) in [
        (
            "one quotation of many pages",
            &quotation as &dyn Fn(usize) -> String,
        ),
        ("many quotations", &many),
    ] {
        let (short, long) = (seconds(&text(12)), seconds(&text(96)));
        assert!(
            long < short * 8.0 * 4.0,
            "{what}: {short:.3} s, and {long:.3} s for eight times the text"
        );
    }
}
