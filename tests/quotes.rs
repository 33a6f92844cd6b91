//! `stancemap quotes`: the quotations by themselves, in each format.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

const ESSAY: &str = "A roof of paper.\n\nThe minister “was not amused”. Professor Maria Olsen \
    said that the treaty was a roof that lets in the rain. “It leaks,” she added. “It always \
    has.” According to Bjørn Dahl, “the harbour is\nfull of promises.”\n";

fn quotes(more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("stancemap").unwrap();
    let command = command.args(["--quiet", "quotes", "--tagger", "none"]);
    command.args(more).assert()
}

fn essay(folder: &Path) -> String {
    let path = folder.join("essay.txt");
    fs::write(&path, ESSAY).unwrap();
    path.to_str().unwrap().to_owned()
}

fn points(text: &str, span: &Value) -> String {
    let at = |key: &str| span[key].as_u64().unwrap() as usize;
    let (start, end) = (at("start"), at("end"));
    text.chars().skip(start).take(end - start).collect()
}

#[test]
fn citron_spans_cut_the_raw_text_and_hold_that_and_the_marks() {
    let dir = tempfile::tempdir().unwrap();
    let path = essay(dir.path());
    let out = quotes(&[&path, "--format", "citron"]).success();
    let citron: Value = serde_json::from_slice(&out.get_output().stdout).unwrap();
    let text = citron["text"].as_str().unwrap();
    assert_eq!(text, ESSAY);
    let mut contents = Vec::new();
    for quote in citron["quotes"].as_array().unwrap() {
        for kind in ["sources", "contents", "coreferences"] {
            for span in quote[kind].as_array().unwrap() {
                assert_eq!(points(text, span), span["text"].as_str().unwrap());
            }
        }
        let said = quote["contents"].as_array().unwrap().iter();
        let said: Vec<&str> = said.map(|span| span["text"].as_str().unwrap()).collect();
        contents.push((
            said.join(" … "),
            quote["speaker"].as_str(),
            quote["type"].as_str().unwrap(),
        ));
    }
    for expected in [
        (
            "that the treaty was a roof that lets in the rain",
            Some("Maria Olsen"),
            "indirect",
        ),
        (
            "“the harbour is\nfull of promises.”",
            Some("Bjørn Dahl"),
            "direct",
        ),
    ] {
        let found = contents
            .iter()
            .any(|(said, speaker, kind)| (said.trim_end_matches('.'), *speaker, *kind) == expected);
        assert!(found, "{expected:?} in {contents:#?}");
    }
}

#[test]
fn the_table_has_no_stance_and_the_record_the_schema_of_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = essay(dir.path());
    let out = quotes(&[&path, "--format", "csv"]).success();
    let mut table = csv::Reader::from_reader(out.get_output().stdout.as_slice());
    let columns = table.headers().unwrap().clone();
    assert_eq!(columns.iter().next(), Some("document"));
    assert!(
        columns
            .iter()
            .all(|c| !c.starts_with("stance") && !c.starts_with("p_"))
    );
    assert!(table.records().count() >= 2);

    let out = quotes(&[&path, "--format", "json"]).success();
    let record: Value = serde_json::from_slice(&out.get_output().stdout).unwrap();
    assert_eq!(record["schema"], "1");
    assert!(record["quotations"].as_array().unwrap().len() >= 2);
}

#[test]
fn brat_annotations_cut_the_text_beside_them_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = essay(dir.path());
    let out = dir.path().join("out");
    quotes(&[&path, "--format", "brat", "--out", out.to_str().unwrap()]).success();
    let text = fs::read_to_string(out.join("essay.txt")).unwrap();
    let annotations = fs::read_to_string(out.join("essay.ann")).unwrap();
    let mut in_pieces = 0;
    let mut spans = 0;
    for line in annotations.lines().filter(|line| line.starts_with('T')) {
        let [_, place, words] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let (_, offsets) = place.split_once(' ').unwrap();
        let pieces: Vec<String> = offsets
            .split(';')
            .map(|piece| {
                let (start, end) = piece.split_once(' ').unwrap();
                let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
                text.chars().skip(start).take(end - start).collect()
            })
            .collect();
        assert_eq!(pieces.join(" "), words, "{line}");
        assert!(!words.contains('\n'));
        in_pieces += usize::from(pieces.len() > 1);
        spans += 1;
    }
    assert!(spans >= 6 && in_pieces >= 1, "{annotations}");
    assert!(annotations.contains("speaker: Bjørn Dahl"), "{annotations}");
}

#[test]
fn several_documents_want_a_folder_and_one_that_fails_costs_no_other() {
    let dir = tempfile::tempdir().unwrap();
    essay(dir.path());
    fs::write(dir.path().join("other.txt"), ESSAY).unwrap();
    let folder = dir.path().to_str().unwrap();
    quotes(&[folder, "--format", "citron"])
        .code(2)
        .stderr(contains("--out"));
    fs::write(dir.path().join("bad.txt"), b"%PDF-1.7 cut off").unwrap();
    let out = dir.path().join("out");
    quotes(&[folder, "--format", "citron", "--out", out.to_str().unwrap()])
        .code(1)
        .stderr(contains("bad.txt"));
    let mut names: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["essay.json", "other.json"]);
    quotes(&[folder, "--format", "smoke-signals"])
        .code(2)
        .stderr(contains("citron"));
}
