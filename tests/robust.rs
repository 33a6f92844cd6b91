//! Layout and sentences on texts that nobody wrote: no panic, and time that grows with the length.

#[path = "support/plain_text.rs"]
mod plain_text;

use std::time::{Duration, Instant};

use stancemap::load::{self, Limits, Probe};
use stancemap::{layout, sentence};

fn read(raw: String) -> (usize, Duration) {
    let source = plain_text::source(&raw);
    let start = Instant::now();
    let layout = layout::analyse(&source);
    let sentences = sentence::raw_extents(&layout.body, &source.raw).len();
    (sentences, start.elapsed())
}

#[test]
fn time_grows_with_the_length_and_nothing_panics() {
    type Make = fn(usize) -> String;
    let cases: [(&str, Make); 19] = [
        ("one long line", |n| "The war ended. ".repeat(n / 15)),
        ("stars", |n| "*a b* ".repeat(n / 6)),
        ("one word", |n| "a".repeat(n)),
        ("dots and letters", |n| "A.".repeat(n / 2)),
        ("short lines", |n| "on\n".repeat(n / 3)),
        ("numbered lines", |n| {
            (0..n / 20)
                .map(|i| format!("{} See p. 3, 1999.\n", i % 999))
                .collect()
        }),
        ("nothing but digits", |n| "1234567 ".repeat(n / 8)),
        ("digits glued to stops", |n| "so.1 ".repeat(n / 5)),
        ("brackets", |n| "(".repeat(n / 2) + &")".repeat(n / 2)),
        ("brackets with markers", |n| "[1][2]".repeat(n / 6)),
        ("signs", |n| "a* \n* b\n".repeat(n / 8)),
        ("blank lines", |n| "\n".repeat(n)),
        ("rules", |n| "_____\n1 Ibid.\n".repeat(n / 14)),
        ("two columns", |n| {
            format!(
                "{:<40}{}\n",
                "the harbour was opened in the", "and nobody paid for it at the"
            )
            .repeat(n / 70)
        }),
        ("gaps", |n| "a   b   c   d   e   f   g\n".repeat(n / 26)),
        ("a table", |n| "Port      1,204     1,310\n".repeat(n / 26)),
        ("captions", |n| "Table 1. A\n\n".repeat(n / 12)),
        ("counted by fives", |n| {
            (1..n / 30)
                .map(|i| {
                    if i % 5 == 0 {
                        format!("{:<9}The war ended.\n", i % 9_999)
                    } else {
                        format!("{:<9}The war ended.\n", "")
                    }
                })
                .collect()
        }),
        ("form feeds", |n| "\u{c}so.1\n1 Ibid.\n".repeat(n / 14)),
    ];
    for (name, make) in cases {
        let (_, small) = read(make(100_000));
        let (sentences, large) = read(make(1_000_000));
        println!("{name:<24} {small:>12.3?} {large:>12.3?} {sentences:>8}");
        assert_near_linear(name, small, large);
    }
}

/// Ten times the length: twenty-five times the time would be far from linear.
fn assert_near_linear(name: &str, small: Duration, large: Duration) {
    let allowed = small * 25 + Duration::from_secs(2);
    assert!(
        large < allowed,
        "{name}: {small:?} for 0.1 MB, {large:?} for 1 MB"
    );
}

#[test]
fn time_grows_with_the_length_of_markdown_with_notes_in_the_line() {
    let decoded = |text: String| {
        let probe = Probe {
            bytes: text.as_bytes(),
            name: "a.md",
        };
        let start = Instant::now();
        let loaded = load::decode(&probe, &Limits::default()).unwrap();
        (loaded.hints.notes.len(), start.elapsed())
    };
    type Make = fn(usize) -> String;
    let cases: [(&str, Make, bool); 3] = [
        ("notes", |n| "Ice.^[Ibid.] ".repeat(n / 13), true),
        ("open notes", |n| "Ice.^[Ibid. ".repeat(n / 12), false),
        (
            "notes in notes",
            |n| "a^[".repeat(n / 4) + &"]".repeat(n / 4),
            true,
        ),
    ];
    for (name, make, has_notes) in cases {
        // A heading and a link show that it is Markdown.
        let text = |n: usize| {
            format!(
                "# Ice\n\n## Snow\n\n[a](https://b.example)\n\n{}\n",
                make(n)
            )
        };
        let (_, small) = decoded(text(100_000));
        let (notes, large) = decoded(text(1_000_000));
        println!("{name:<24} {small:>12.3?} {large:>12.3?} {notes:>8}");
        assert_eq!(notes > 0, has_notes, "{name}");
        assert_near_linear(name, small, large);
    }
}

#[test]
fn ten_megabytes_in_one_line_and_a_million_lines_are_read() {
    type Make = fn() -> String;
    let cases: [(&str, Make); 5] = [
        ("one line of sentences", || {
            "The war ended. ".repeat(10_000_000 / 15)
        }),
        ("one line of marks", || {
            "“No,” he said.1 ".repeat(10_000_000 / 18)
        }),
        ("one word", || "a".repeat(10_000_000)),
        ("a million lines", || {
            "The war ended in the spring.\n".repeat(1_000_000)
        }),
        ("a million short lines", || "T\nhe\n\n".repeat(333_333)),
    ];
    for (name, make) in cases {
        let (sentences, time) = read(make());
        println!("{name:<24} {time:>12.3?} {sentences:>8}");
        assert!(sentences > 0, "{name}");
        assert!(time < Duration::from_secs(60), "{name}: {time:?}");
    }
}
