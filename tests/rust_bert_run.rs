//! Whole runs with what only the second engine does.
#![cfg(feature = "rust-bert")]

#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;
use tiny_models::{Family, TinyModel};

fn run(folder: &Path, out: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("stancemap")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["run", "--threads", "2", "--out"])
        .arg(folder.join(out))
        .arg(folder.join("essay.txt"))
        .args(more)
        .assert()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// "Zorblax Quim" is no name that the rules could know; nothing beside it shows a person.
const ESSAY: &str = "Ports and Patience\n\nAnna Lindqvist\n\nMay 2015\n\nThe harbour was built in a hurry, and it shows. Nobody asked whether the rails would come. Zorblax Quim, in the spring, wrote that “the treaty is a roof that lets in the rain.” The minister was asked about the alliance, and said that it served both sides well.\n";

fn essay() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("essay.txt"), ESSAY).unwrap();
    folder
}

#[test]
fn both_engines_leave_the_same_run_but_for_their_names() {
    let folder = essay();
    run(folder.path(), "one", &[]).success();
    run(folder.path(), "two", &["--engine", "rust-bert"]).success();
    let documents = |out: &str| json(&folder.path().join(out).join("documents/essay.json"));
    let labels = |out: &str| -> Vec<Value> {
        let record = documents(out);
        let quotations = record["quotations"].as_array().unwrap().iter();
        quotations.map(|q| q["stance"]["best"].clone()).collect()
    };
    assert!(!labels("one").is_empty());
    assert_eq!(labels("one"), labels("two"));
    let manifest = json(&folder.path().join("two/manifest.json"));
    assert_eq!(manifest["engine"], "rust-bert");
    assert_eq!(manifest["settings"]["device"], "cpu");
    let manifest = json(&folder.path().join("one/manifest.json"));
    assert_eq!(manifest["engine"], "embedded");
    assert_eq!(manifest["settings"].get("device"), None);
}

#[test]
fn stances_come_from_inference_and_the_cache_knows_which() {
    let folder = essay();
    let model = folder.path().join("nli");
    TinyModel::inference(Family::Bert).write(&model);
    let chosen = format!("nli:{}", model.display());
    let best = || {
        let record = json(&folder.path().join("out/documents/essay.json"));
        record["quotations"][0]["stance"].clone()
    };
    run(folder.path(), "out", &["--stance-model", &chosen]).success();
    let first = best();
    let probabilities = first["probabilities"].as_array().unwrap();
    assert_eq!(probabilities.len(), 4);
    let manifest = json(&folder.path().join("out/manifest.json"));
    assert_eq!(manifest["settings"]["stance_model"], chosen.as_str());
    let hash = manifest["settings"]["stance_model_sha256"].clone();
    assert_eq!(hash.as_str().unwrap().len(), 64);

    // Again, from the cache; then with the scheme's head; then with other weights.
    run(folder.path(), "out", &["--stance-model", &chosen]).success();
    assert_eq!(best(), first);
    run(folder.path(), "out", &[]).success();
    assert_ne!(best(), first);
    let mut other = TinyModel::inference(Family::Bert);
    other.seed = 8;
    other.write(&model);
    run(folder.path(), "out", &["--stance-model", &chosen]).success();
    assert_ne!(best(), first);
}

#[test]
fn a_quotation_is_given_to_a_person_whom_only_the_model_knows() {
    let folder = essay();
    let model = folder.path().join("ner");
    TinyModel::names(Family::Bert)
        .marking("Zorblax", 1)
        .marking("Quim", 2)
        .write(&model);
    // The tagger would know him too.
    let rules = ["--tagger", "none"];
    let speakers = || {
        let table = fs::read_to_string(folder.path().join("out/tables/quotes.csv")).unwrap();
        let mut rows = csv::Reader::from_reader(table.as_bytes());
        let at = rows.headers().unwrap().iter().position(|h| h == "speaker");
        let rows = rows.records().map(|row| row.unwrap());
        rows.map(|row| row[at.unwrap()].to_owned())
            .collect::<Vec<String>>()
    };
    run(folder.path(), "out", &rules).success();
    assert!(
        !speakers().contains(&"Zorblax Quim".to_owned()),
        "{:?}",
        speakers()
    );
    let arguments = ["--tagger", "none", "--ner", model.to_str().unwrap()];
    run(folder.path(), "out", &arguments).success();
    assert!(
        speakers().contains(&"Zorblax Quim".to_owned()),
        "{:?}",
        speakers()
    );
    let manifest = json(&folder.path().join("out/manifest.json"));
    assert!(manifest["settings"]["ner_sha256"].is_string());
    // And without it the name is gone again, whatever the cache holds.
    run(folder.path(), "out", &rules).success();
    assert!(!speakers().contains(&"Zorblax Quim".to_owned()));
}

#[test]
fn a_model_that_cannot_be_opened_ends_the_run_with_its_reason() {
    let folder = essay();
    let nothing = folder.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    let path = nothing.to_str().unwrap();
    for arguments in [["--ner", path], ["--stance-model", &format!("nli:{path}")]] {
        run(folder.path(), "out", &arguments)
            .code(2)
            .stderr(contains("no config.json"));
    }
    run(folder.path(), "out", &["--ner", "bert-ner"])
        .code(2)
        .stderr(contains("stancemap models pin bert-ner"));
    run(folder.path(), "out", &["--ner", "minilm-l6"])
        .code(2)
        .stderr(contains("is for sentences"));
    run(
        folder.path(),
        "out",
        &["--engine", "rust-bert", "--device", "cuda:7"],
    )
    .code(2)
    .stderr(contains("--device"));
}
