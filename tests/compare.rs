//! Comparisons within a run and between two, and the command that prints them.

#[path = "support/made_up.rs"]
mod made_up;

use assert_cmd::Command;
use predicates::str::contains;
use stancemap::analysis::Analysis;
use stancemap::compare::{self, By, Change, Comparison, Format};
use stancemap::export;

/// The made-up run with one expert who has `n` quotations in each of two dated documents, all of
/// the first label before and of the label with index `after` later.
fn run(n: usize, after: usize) -> Analysis {
    use stancemap::analysis::{ExpertKind, QuotationKind::Direct};
    let mut analysis = made_up::analysis();
    let dorofeev: &[&str] = &["dorofeev-andrei"];
    let said = |stance| vec![(dorofeev, Direct, Some(stance), 0.9, "words", None); n];
    analysis.documents = vec![
        // Sorted by id, not by year.
        made_up::document("a-late", "Late", Some(2015), &said(after)),
        made_up::document("b-early", "Early", Some(1998), &said(0)),
    ];
    let expert = made_up::expert(
        "dorofeev-andrei",
        "Andrei Dorofeev",
        ExpertKind::Person,
        &[],
        &[],
        &analysis.documents,
    );
    analysis.experts = vec![expert];
    analysis.edges.clear();
    analysis
}

fn changes(comparison: &Comparison) -> Vec<(&str, bool)> {
    let changes = comparison.experts.iter().flat_map(|e| &e.changes);
    changes
        .map(|c: &Change| (c.label.as_str(), c.moved))
        .collect()
}

#[test]
fn an_expert_who_changes_sides_has_moved() {
    let comparison = compare::within(&run(5, 1), By::Document);
    let order: Vec<&str> = comparison.experts[0]
        .points
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(order, ["b-early", "a-late"]);
    assert_eq!(
        changes(&comparison),
        [
            ("pro-alliance", true),
            ("skeptic", true),
            ("threat-perception", false),
            ("none", false)
        ]
    );
    assert!(comparison.experts[0].changes[0].change < 0.0);
}

#[test]
fn an_expert_who_stays_or_says_too_little_has_not_moved() {
    let stays = compare::within(&run(5, 0), By::Document);
    assert!(changes(&stays).iter().all(|(_, moved)| !moved));
    assert_eq!(changes(&compare::within(&run(2, 1), By::Document)), []);
    let mut undated = run(5, 1);
    for document in &mut undated.documents {
        document.year = None;
        document.quotations.iter_mut().for_each(|q| q.year = None);
    }
    assert_eq!(changes(&compare::within(&undated, By::Document)), []);
}

#[test]
fn two_runs_are_compared_expert_by_expert() {
    let comparison = compare::between(&run(5, 0), &run(5, 2), By::Document).expect("same labels");
    let rows: Vec<_> = comparison
        .groups
        .iter()
        .map(|g| (g.name.as_str(), g.run))
        .collect();
    assert_eq!(
        rows,
        [
            ("a-late", Some(1)),
            ("a-late", Some(2)),
            ("b-early", Some(1)),
            ("b-early", Some(2))
        ]
    );
    assert!(comparison.experts[0].changes.iter().any(|c| c.moved));

    let mut other = run(5, 0);
    other.manifest.labels.pop();
    let error = compare::between(&run(5, 0), &other, By::Document).expect_err("other labels");
    assert!(error.remedy.is_some());
}

#[test]
fn the_tables_are_as_reviewed() {
    let analysis = made_up::analysis();
    for (name, by, format) in [
        ("document_text", By::Document, Format::Text),
        ("expert_md", By::Expert, Format::Markdown),
        ("year_csv", By::Year, Format::Csv),
        ("source_text", By::Source, Format::Text),
    ] {
        let text = compare::render(&compare::within(&analysis, by), format).expect("rendered");
        insta::assert_snapshot!(name, text);
    }
    let moved = compare::within(&run(5, 1), By::Document);
    insta::assert_snapshot!(
        "moved_text",
        compare::render(&moved, Format::Text).expect("rendered")
    );
}

#[test]
fn the_command_prints_tables_and_says_what_is_no_run() {
    let out = tempfile::tempdir().expect("a folder");
    let empty = tempfile::tempdir().expect("a folder");
    export::write_run(&made_up::analysis(), out.path()).expect("written");
    let stancemap = || Command::cargo_bin("stancemap").expect("the program");
    stancemap()
        .args(["compare", "--by", "expert"])
        .arg(out.path())
        .assert()
        .success()
        .stdout(contains("Andrei Dorofeev"));
    let json = stancemap()
        .args(["compare", "--format", "json"])
        .args([out.path(), out.path()])
        .output()
        .expect("ran");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["groups"][1]["run"], 2);
    stancemap()
        .arg("compare")
        .arg(empty.path())
        .assert()
        .code(2)
        .stderr(contains("no manifest.json of stancemap"));
}
