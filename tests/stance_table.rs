//! `stancemap stance`: a table of texts in, the same table with stances out.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use stancemap::stance::Scheme;

fn stance(file: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("stancemap").unwrap();
    command.arg("stance").arg(file).args(more).assert()
}

/// Header and rows.
fn table(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    (
        header,
        reader.records().map(|row| cells(row.unwrap())).collect(),
    )
}

fn written(folder: &Path, text: &str) -> std::path::PathBuf {
    let path = folder.join("table.csv");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn rows_keep_their_order_and_cells_and_get_calibrated_stances() {
    let dir = tempfile::tempdir().unwrap();
    let long = "The pier was painted on a Tuesday and nobody minded. ".repeat(200);
    let file = written(
        dir.path(),
        &format!(
            "id,text,target\n\
             7,\"Animal testing is cruel and useless, and it must end.\",We should ban animal testing\n\
             3,\"Animal testing saves lives, and no computer can replace it.\",We should ban animal testing\n\
             9,,We should ban animal testing\n\
             8,\"{long}\",We should ban animal testing\n"
        ),
    );
    let out = stance(&file, &["--scheme", "policy", "--offline"]).success();
    let (header, rows) = table(&out.get_output().stdout);
    assert_eq!(
        header,
        [
            "id",
            "text",
            "target",
            "stance",
            "best",
            "stance_confidence",
            "p_support",
            "p_oppose",
            "p_mixed",
            "p_none"
        ]
    );
    let column = |at: usize| rows.iter().map(|row| row[at].as_str()).collect::<Vec<_>>();
    assert_eq!(column(0), ["7", "3", "9", "8"]);
    let support = |row: usize| rows[row][6].parse::<f64>().unwrap();
    assert_eq!(column(4)[0], "support");
    assert!(support(0) > support(1) && support(1) > support(2));
    assert_eq!(column(3)[2], "abstained");
    for row in &rows {
        let number = |at: usize| row[at].parse::<f64>().unwrap();
        let sum: f64 = (6..10).map(number).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{row:?}");
        let most = (6..10).map(number).fold(0.0, f64::max);
        assert!((number(5) - most).abs() < 1e-9);
    }

    let file_out = dir.path().join("labelled.csv");
    let path = file_out.to_str().unwrap();
    stance(&file, &["--scheme", "policy", "--offline", "--out", path]).success();
    assert_eq!(fs::read(&file_out).unwrap(), out.get_output().stdout);
}

#[test]
fn what_two_parties_hold_is_told_apart_by_direction() {
    let dir = tempfile::tempdir().unwrap();
    let file = written(
        dir.path(),
        "text,target\n\
         Marnia praised Oskland for its courage and thanked it warmly.,Marnia toward Oskland\n\
         Marnia accused Oskland of lies and condemned its attack.,Marnia toward Oskland\n\
         The ferry was late again.,Marnia toward Oskland\n",
    );
    let out = stance(&file, &["--scheme", "sentiment-toward", "--offline"]).success();
    let (_, rows) = table(&out.get_output().stdout);
    let best: Vec<&str> = rows.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(best, ["positive", "negative", "neutral"]);
}

#[test]
fn a_table_or_a_target_that_is_missing_says_how_to_mend_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = written(dir.path(), "words\nThe pier is old.\n");
    stance(&file, &["--scheme", "policy", "--offline"])
        .code(2)
        .stderr(contains("no column `text`"));
    let file = written(dir.path(), "text\nThe pier is old.\n");
    stance(&file, &["--scheme", "policy", "--offline"])
        .code(2)
        .stderr(contains("--target"));
    stance(
        &file,
        &[
            "--scheme",
            "sentiment-toward",
            "--offline",
            "--target",
            "Marnia",
        ],
    )
    .code(2)
    .stderr(contains("toward"));
    let file = written(dir.path(), "text\nThe pier is old.,more\n");
    stance(
        &file,
        &["--scheme", "policy", "--offline", "--target", "piers"],
    )
    .code(2)
    .stderr(contains("table.csv"));
}

#[test]
fn texts_in_another_language_are_counted_and_warned_of() {
    let dir = tempfile::tempdir().unwrap();
    let file = written(
        dir.path(),
        "text\nThe government will renew the treaty because it has served both of the countries well.\n\
         Die Regierung wird den Vertrag verlängern weil er beiden Ländern gute Dienste geleistet hat.\n",
    );
    stance(
        &file,
        &["--scheme", "policy", "--offline", "--target", "the treaty"],
    )
    .success()
    .stderr(contains("1 of 2 texts").and(contains("German")));
}

#[test]
fn a_scheme_that_asks_about_a_target_is_checked_at_its_lines() {
    let label = |name: &str, more: &str| {
        format!("[[labels]]\nname = \"{name}\"\ndescription = \"d\"\n{more}\n")
    };
    let head = "name = \"s\"\nquestion = \"q\"\nasks = \"claim\"\n";
    let two = |one: &str, other: &str| format!("{head}{}{}", label("a", one), label("b", other));
    for (text, line, says) in [
        (two("when = \"support\"", ""), 9, "needs a `when`"),
        (
            two("when = \"support\"", "when = \"support\""),
            11,
            "cannot stand",
        ),
        (
            two("when = \"support\"", "when = \"positive\""),
            11,
            "cannot stand",
        ),
        (
            two("when = \"support\"", "when = \"perhaps\""),
            11,
            "unknown variant",
        ),
        (
            two(
                "when = \"support\"",
                "when = \"oppose\"\nendorses = [\"x\"]",
            ),
            12,
            "no claims",
        ),
        (
            two("when = \"support\"", "when = \"oppose\"").replace("asks = \"claim\"\n", ""),
            6,
            "`asks`",
        ),
        (
            two("when = \"support\"", "when = \"oppose\"").replace("claim", "weather"),
            3,
            "unknown variant",
        ),
    ] {
        let error = Scheme::parse(&text, "s.toml", None).unwrap_err();
        assert_eq!(
            error.place.as_deref(),
            Some(format!("s.toml:{line}").as_str()),
            "{error}\n{text}"
        );
        assert!(error.to_string().contains(says), "{error}");
    }
    for name in ["policy", "sentiment-toward"] {
        assert!(Scheme::load(name).unwrap().asks.is_some());
    }
}
