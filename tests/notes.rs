//! Notes in all their habits: pages written by hand, and what a reader sees on them.

#[path = "support/plain_text.rs"]
mod plain_text;

use std::collections::BTreeMap;
use std::path::Path;

use plain_text::{read, source};
use serde::Deserialize;
use stancemap::analysis::{DocumentRecord, NoteRecord, Piece};
use stancemap::doctor;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Habits {
    page: Vec<Page>,
}

/// A page and its notes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    habit: String,
    text: String,
    /// Label, how the note begins, how it ends, and the raw text right before its marker.
    notes: Vec<[String; 4]>,
}

fn table<T: serde::de::DeserializeOwned>(file: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/notes")
        .join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    toml::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"))
}

fn cut(record: &DocumentRecord, from: usize, to: usize) -> String {
    record.text.chars().skip(from).take(to - from).collect()
}

/// The note's text without the mark that it begins with.
fn own_text(note: &NoteRecord) -> &str {
    &note.passage.text
}

fn before(record: &DocumentRecord, marker: Piece, length: usize) -> String {
    cut(record, marker.start.saturating_sub(length), marker.start)
}

/// Prints a table of cases right of all, by habit, and fails where one is wrong.
fn report(title: &str, outcomes: &[(String, Result<(), String>)]) {
    let mut habits: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (habit, outcome) in outcomes {
        let count = habits.entry(habit).or_default();
        count.1 += 1;
        count.0 += usize::from(outcome.is_ok());
    }
    println!("{title}");
    for (habit, (right, all)) in &habits {
        println!("  {habit:<28} {right}/{all}");
    }
    let wrong: Vec<String> = outcomes
        .iter()
        .filter_map(|(habit, o)| o.as_ref().err().map(|e| format!("{habit}: {e}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(
        habits.values().all(|h| h.1 >= 5),
        "a habit has too few cases"
    );
}

#[test]
fn notes_and_markers_are_found_in_every_habit() {
    let habits: Habits = table("habits.toml");
    let outcomes: Vec<(String, Result<(), String>)> = habits
        .page
        .iter()
        .map(|page| (page.habit.clone(), check_page(page)))
        .collect();
    report("notes and markers", &outcomes);
}

fn check_page(page: &Page) -> Result<(), String> {
    let record = read(&page.text);
    let seen: Vec<String> = record
        .footnotes
        .iter()
        .map(|n| {
            let marked = n.marker.map_or(String::new(), |m| before(&record, m, 14));
            format!("{} | {} | {marked}", n.number, own_text(n))
        })
        .collect();
    let complain = |what: &str| Err(format!("{what}\n{}\n{}", page.text, seen.join("\n")));
    if record.footnotes.len() != page.notes.len() {
        return complain("another number of notes");
    }
    for (note, [label, begins, ends, marked]) in record.footnotes.iter().zip(&page.notes) {
        let text = own_text(note);
        if note.number.to_string() != *label
            || !text.starts_with(begins.as_str())
            || !text.ends_with(ends.as_str())
        {
            return complain(&format!("note {label}"));
        }
        let length = marked.chars().count();
        let found = note.marker.map(|m| before(&record, m, length));
        if found.as_deref().unwrap_or_default() != marked {
            return complain(&format!("marker of note {label}"));
        }
    }
    // No word of a note is left in the sentences of the body, and no marker.
    let body: String = record
        .sentences
        .iter()
        .map(|s| s.passage.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    for note in &record.footnotes {
        let start: String = own_text(note).chars().take(20).collect();
        if start.chars().count() == 20 && body.contains(&start) {
            return complain("a note's text is in the body");
        }
    }
    if page.habit != "glued" && body.contains(|c: char| "¹²³⁴⁵⁶⁷⁸⁹†‡".contains(c))
    {
        return complain("a marker is in the body");
    }
    Ok(())
}

const ABOVE: &str = "The harbour was opened in the spring and has been widened twice since then, at no\n\
small cost to the towns along the bay, whose councils had asked for a school and a\n\
road instead.1";

const BELOW: &str = "Nobody in the bay thought that the second widening would be the last one, and the\n\
council put by a little money every year for the third, which has not begun.2\n\n\
____________________\n\
1 Maria Olsen, “Roofs and Rain,” Harbour Review, No. 3, 1999, p. 12.\n\
2 Anders Holm, The Long Quay, Bergen: Fjord Press, 2001, p. 3.\n";

#[test]
fn lists_years_models_and_page_numbers_are_no_notes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notes/distractors.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let distractors: Vec<String> = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|l| l.replace('|', "\n"))
        .collect();
    assert!(distractors.len() >= 100, "{}", distractors.len());
    let wrong: Vec<String> = distractors
        .iter()
        .filter_map(|d| distracted(d).map(|why| format!("{d:?}: {why}")))
        .collect();
    println!(
        "distractors: {} of {} are left alone",
        distractors.len() - wrong.len(),
        distractors.len()
    );
    println!("{}", wrong.join("\n"));
    assert!(wrong.len() <= 1, "{}", wrong.join("\n"));
    let aside: Vec<&str> = distractors
        .iter()
        .filter(|d| !set_aside(d).is_empty())
        .map(String::as_str)
        .collect();
    assert_eq!(
        aside,
        [
            "Table 2. Tolls by year",
            "Figure 2: The sluice in winter",
            "Oats      2\nBarley    3\nRye       1",
        ]
    );
}

fn on_a_page(distractor: &str) -> String {
    format!("{ABOVE}\n\n{distractor}\n\n{BELOW}")
}

/// What of the page is taken for a table or a caption.
fn set_aside(distractor: &str) -> Vec<String> {
    let reading = doctor::read(&source(&on_a_page(distractor)));
    let asides = reading.tables_and_captions.into_iter();
    asides.map(|removed| removed.text).collect()
}

fn distracted(distractor: &str) -> Option<String> {
    let record = read(&on_a_page(distractor));
    let marked: Vec<(String, String)> = record
        .footnotes
        .iter()
        .map(|n| {
            let marked = n.marker.map_or(String::new(), |m| before(&record, m, 6));
            (n.number.to_string(), marked)
        })
        .collect();
    let wanted = [("1", "stead."), ("2", "begun.")];
    let linked = marked.len() == 2
        && marked
            .iter()
            .zip(wanted)
            .all(|(m, w)| (m.0.as_str(), m.1.as_str()) == w);
    if !linked {
        return Some(format!("{marked:?}"));
    }
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let sentences = record.sentences.iter().map(|s| {
        let extent = s.passage.extent();
        squeezed(&cut(&record, extent.start, extent.end))
    });
    // Tables and captions are no sentences, and are kept beside them.
    let asides = set_aside(distractor);
    let asides = asides.iter().map(|text| squeezed(text));
    let body: String = sentences.chain(asides).collect();
    let kept = distractor
        .lines()
        .map(|l| squeezed(l.trim_start_matches(['•', '-', '*', ' '])))
        .all(|l| body.contains(&l));
    let alone = record.text.contains(distractor) && !kept;
    alone.then(|| format!("lost from the body: {body}"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Citations {
    earlier: Vec<String>,
    case: Vec<Citation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Citation {
    habit: String,
    note: String,
    authors: Vec<Vec<String>>,
    #[serde(default)]
    cited: Vec<String>,
    #[serde(default)]
    refers_to: Vec<u32>,
}

#[test]
fn works_and_back_references_are_read_in_every_habit() {
    let citations: Citations = table("citations.toml");
    let outcomes: Vec<(String, Result<(), String>)> = citations
        .case
        .iter()
        .map(|case| (case.habit.clone(), check_citation(&citations.earlier, case)))
        .collect();
    report("citations", &outcomes);
}

fn check_citation(earlier: &[String], case: &Citation) -> Result<(), String> {
    let mut page = String::from(
        "The harbour was opened in the spring.1 It has been widened twice.2 The towns paid.3\n\
         Nobody thought that the second widening would be the last one.4\n\n_______________\n",
    );
    for (i, note) in earlier.iter().chain([&case.note]).enumerate() {
        page.push_str(&format!("{} {note}\n", i + 1));
    }
    let record = read(&page);
    let complain = |what: String| Err(format!("{}: {what}", case.note));
    let [.., note] = record.footnotes.as_slice() else {
        return complain("no notes".to_owned());
    };
    let authors: Vec<&Vec<String>> = note.works.iter().map(|w| &w.authors).collect();
    let cited: Vec<&String> = note.works.iter().flat_map(|w| &w.cited).collect();
    let refers_to: Vec<String> = note
        .back_references
        .iter()
        .map(|b| {
            b.refers_to
                .as_ref()
                .map_or("nowhere".to_owned(), ToString::to_string)
        })
        .collect();
    let wanted: Vec<String> = case.refers_to.iter().map(ToString::to_string).collect();
    if authors != case.authors.iter().collect::<Vec<_>>() {
        return complain(format!("authors {authors:?}"));
    }
    if cited != case.cited.iter().collect::<Vec<_>>() {
        return complain(format!("cited {cited:?}"));
    }
    if refers_to != wanted {
        return complain(format!("refers to {refers_to:?}"));
    }
    Ok(())
}
