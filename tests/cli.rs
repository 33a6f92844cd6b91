//! The command line: the main job, its determinism, and every bad input.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn stancemap() -> Command {
    let mut command = Command::cargo_bin("stancemap").unwrap();
    command.current_dir(root());
    command
}

fn run(paths: &[&Path], out: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    stancemap()
        .arg("run")
        .args(paths)
        .arg("--out")
        .arg(out)
        .args(more)
        .assert()
}

/// Every file below a folder but the log, by its path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap();
            if path.is_dir() {
                if name != ".stancemap" {
                    folders.push(path);
                }
            } else if name != "run-log.json" {
                let key = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(key, fs::read(&path).unwrap());
            }
        }
    }
    found
}

const ESSAY: &str = "Ports and Patience\n\nAnna Lindqvist\n\nMay 2015\n\nThe minister was asked about the alliance, and said that it served both sides well. According to Professor Maria Olsen, “the treaty is a roof that lets in the rain.”1\n\n________________\n1 Maria Olsen, “Roofs,” Harbour Review, 3 May 2014.\n";

/// Without the passes through networks for each quotation and claim and for each cue, which take minutes
/// in a build that is not a release.
const FAST: [&str; 4] = ["--stance-model", "head", "--tagger", "none"];

#[test]
fn threads_change_no_byte_of_a_run_that_weighs_claims() {
    let dir = tempfile::tempdir().unwrap();
    let essay = dir.path().join("essay.txt");
    fs::write(&essay, ESSAY).unwrap();
    let outs = ["1", "3"].map(|threads| {
        let out = dir.path().join(threads);
        run(&[&essay], &out, &["--threads", threads]).success();
        files(&out)
    });
    assert!(outs[0] == outs[1], "threads changed a byte");
    let head = dir.path().join("head");
    run(&[&essay], &head, &["--stance-model", "head"]).success();
    let table = Path::new("tables/quotes.csv");
    assert_ne!(
        outs[0][table],
        files(&head)[table],
        "claims changed nothing"
    );
    let manifest = fs::read_to_string(dir.path().join("1/manifest.json")).unwrap();
    assert!(manifest.contains("head+pair-encoder"), "{manifest}");
    assert!(manifest.contains("attribution-tagger"), "{manifest}");
    let rules = dir.path().join("rules");
    run(&[&essay], &rules, &FAST).success();
    let manifest = fs::read_to_string(rules.join("manifest.json")).unwrap();
    assert!(manifest.contains("none: rules only"), "{manifest}");
}

#[test]
fn threads_order_of_paths_and_the_cache_change_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = root().join("corpus");
    let mut essays: Vec<PathBuf> = fs::read_dir(&corpus)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .collect();
    essays.sort();
    let forwards: Vec<&Path> = essays.iter().map(PathBuf::as_path).collect();
    let backwards: Vec<&Path> = essays.iter().rev().map(PathBuf::as_path).collect();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    run(&forwards, &a, &[&["--threads", "1"], &FAST[..]].concat()).success();
    run(&backwards, &b, &[&["--threads", "4"], &FAST[..]].concat()).success();
    let first = files(&a);
    assert!(first.len() > 10);
    assert!(
        first == files(&b),
        "threads or the order of paths changed a byte"
    );
    run(&forwards, &a, &FAST).success();
    assert!(first == files(&a), "the cache changed a byte");
    for entry in fs::read_dir(a.join(".stancemap/cache")).unwrap() {
        fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    run(&forwards[..1], &b, &FAST).success();
    run(&forwards, &a, &FAST).success();
    assert!(first == files(&a), "a damaged cache changed a byte");
    run(&forwards, &b, &[&["--fresh"], &FAST[..]].concat()).success();
    assert!(
        first == files(&b),
        "--fresh or an earlier, smaller run changed a byte"
    );
    let table = String::from_utf8(first[Path::new("tables/quotes.csv")].clone()).unwrap();
    assert!(table.starts_with(
        "document,quote_id,start,end,page,type,who,speaker,cue,source,rule,attribution_confidence,\
         footnote,stance,stance_confidence,text"
    ));
}

#[test]
fn one_bad_file_is_an_error_row_and_the_others_are_done() {
    let dir = tempfile::tempdir().unwrap();
    let texts = dir.path().join("texts");
    fs::create_dir(&texts).unwrap();
    fs::write(texts.join("good.txt"), ESSAY).unwrap();
    fs::write(texts.join("empty.txt"), "").unwrap();
    fs::write(texts.join("binary.txt"), b"\0\x01\x02\x03").unwrap();
    fs::write(texts.join("scan.pdf"), b"%PDF-1.7").unwrap();
    fs::write(
        texts.join("latin.txt"),
        ESSAY
            .replace('“', "\u{e9}")
            .chars()
            .map(|c| c as u32 as u8)
            .collect::<Vec<u8>>(),
    )
    .unwrap();
    let out = dir.path().join("out");
    run(&[&texts], &out, &[])
        .code(1)
        .stderr(contains("empty.txt").and(contains("holds no text")));
    let good = texts.join("good.txt");
    let beside = dir.path().join("beside");
    run(&[&good, Path::new("nowhere")], &beside, &[])
        .code(1)
        .stderr(contains("nowhere"));
    assert!(beside.join("documents/good.json").is_file());
    let errors = fs::read_to_string(out.join("tables/errors.csv")).unwrap();
    for file in ["empty.txt", "binary.txt", "scan.pdf"] {
        assert!(errors.contains(file), "{errors}");
    }
    assert_eq!(errors.lines().count(), 4, "{errors}");
    let quotes = fs::read_to_string(out.join("tables/quotes.csv")).unwrap();
    assert!(quotes.contains("Maria Olsen"), "{quotes}");
    let latin = fs::read_to_string(out.join("documents/latin.json")).unwrap();
    assert!(latin.contains("not valid UTF-8"), "{latin}");
}

#[test]
fn what_cannot_run_says_why_and_how_to_mend_it_and_exits_with_2() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let essay = dir.path().join("essay.txt");
    fs::write(&essay, ESSAY).unwrap();
    run(&[Path::new("nowhere")], &out, &[])
        .code(2)
        .stderr(contains("nowhere"));
    run(&[&essay], &essay.join("inside"), &[])
        .code(2)
        .stderr(contains("--out"));
    run(&[&empty], &out, &[])
        .code(2)
        .stderr(contains("no documents"));
    run(&[&essay], &out, &["--scheme", "nosuch"])
        .code(2)
        .stderr(contains("alliance"));
    let mut offline = stancemap();
    offline.env("STANCEMAP_MODELS", dir.path().join("models"));
    offline
        .arg("run")
        .arg(&essay)
        .arg("--out")
        .arg(&out)
        .arg("--offline");
    offline.assert().code(2).stderr(contains("models pull"));
}

#[test]
fn a_text_above_the_limit_is_an_error_row_that_names_the_option() {
    let dir = tempfile::tempdir().unwrap();
    let essay = dir.path().join("essay.txt");
    fs::write(&essay, ESSAY).unwrap();
    let out = dir.path().join("out");
    run(&[&essay], &out, &["--max-bytes", "20"])
        .code(1)
        .stderr(contains("--max-bytes"));
}

#[test]
fn the_shared_scorer_and_eval_agree_where_the_shared_essay_is_present() {
    let shared = root().join("../shared");
    if !shared.join("gold").is_dir() {
        println!("no shared gold beside the checkout: nothing to compare");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    run(&[&shared.join("corpus")], dir.path(), &FAST).success();
    let gold = shared.join("gold/sino_russian_relations.json");
    let scored = Command::new("python3")
        .arg(shared.join("tools/score_essay.py"))
        .arg(&gold)
        .arg(dir.path().join("tables/quotes.csv"))
        .arg(shared.join("corpus/sino_russian_relations.txt"))
        .output()
        .unwrap();
    let theirs = String::from_utf8(scored.stdout).unwrap();
    let ours = stancemap()
        .args(["eval", "--format", "json", "--gold"])
        .arg(shared.join("gold"))
        .arg("--texts")
        .arg(shared.join("corpus"))
        .args(FAST)
        .output()
        .unwrap();
    let ours: serde_json::Value = serde_json::from_slice(&ours.stdout).unwrap();
    let all = &ours["all"];
    let line = format!(
        "contents P {:.3} R {:.3} F {:.3} | speaker accepted {:.3} first choice {:.3} | not speech taken as speech {}/23 | stance macro-F {:.3} acc@70% {:.3}",
        all["contents"]["precision"].as_f64().unwrap(),
        all["contents"]["recall"].as_f64().unwrap(),
        all["contents"]["f"].as_f64().unwrap(),
        all["speaker"]["accepted"].as_f64().unwrap(),
        all["speaker"]["first_choice"].as_f64().unwrap(),
        all["counts"]["not_quotations_given_a_speaker"],
        all["stance"]["macro_f"].as_f64().unwrap(),
        all["stance"]["accuracy_at_70"].as_f64().unwrap(),
    );
    assert!(theirs.contains(&line), "ours:\n{line}\ntheirs:\n{theirs}");
}

#[cfg(not(feature = "rust-bert"))]
#[test]
fn what_needs_libtorch_is_an_error_that_names_the_command_which_builds_it_in() {
    let dir = tempfile::tempdir().unwrap();
    let essay = dir.path().join("essay.txt");
    fs::write(&essay, ESSAY).unwrap();
    for (arguments, named) in [
        (["--engine", "rust-bert"], "--engine rust-bert"),
        (["--ner", "folder"], "--ner"),
    ] {
        run(&[&essay], &dir.path().join("out"), &arguments)
            .code(2)
            .stderr(contains(named).and(contains("scripts/rust-bert cargo run")));
    }
    run(&[&essay], &dir.path().join("out"), &["--device", "cuda"])
        .code(2)
        .stderr(contains("the embedded engine computes on the CPU"));
    assert!(!dir.path().join("out").exists());
}

#[test]
fn sentences_are_raw_stretches_with_their_markers_and_headings_are_sentences() {
    let dir = tempfile::tempdir().unwrap();
    let essay = dir.path().join("essay.txt");
    fs::write(&essay, ESSAY).unwrap();
    let out = stancemap().arg("sentences").arg(&essay).output().unwrap();
    assert!(out.status.success());
    let raw: Vec<char> = ESSAY.chars().collect();
    let mut texts = Vec::new();
    for line in String::from_utf8(out.stdout).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let (start, end) = (row["start"].as_u64().unwrap(), row["end"].as_u64().unwrap());
        let cut: String = raw[start as usize..end as usize].iter().collect();
        assert_eq!(row["text"], cut.as_str());
        texts.push(cut);
    }
    assert_eq!(texts[0], "Ports and Patience");
    assert!(texts.last().unwrap().ends_with("rain.”1"), "{texts:?}");
    assert_eq!(texts.len(), 5, "{texts:?}");
}

#[test]
fn doctor_shows_how_a_file_was_read() {
    let dir = tempfile::tempdir().unwrap();
    let essay = dir.path().join("essay.txt");
    fs::write(
        &essay,
        format!("{ESSAY}\u{c}CONFIDENTIAL\n\nA last page.7\n"),
    )
    .unwrap();
    let page = dir.path().join("page.html");
    stancemap()
        .arg("doctor")
        .arg(&essay)
        .arg("--html")
        .arg(&page)
        .assert()
        .success()
        .stdout(
            contains("notes                 1")
                .and(contains("CONFIDENTIAL"))
                .and(contains("confidence")),
        );
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("href=\"#note-0\"") && page.contains("id=\"note-0\""));
    assert!(!page.contains("<script"));
    let out = stancemap()
        .args(["doctor", "--format", "json"])
        .arg(&essay)
        .output()
        .unwrap();
    let reading: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(reading["notes"][0]["number"], 1);
    assert_eq!(reading["furniture"][1]["text"], "CONFIDENTIAL");
    stancemap()
        .arg("doctor")
        .assert()
        .success()
        .stdout(contains("models are kept in").and(contains("engine rust-bert")));
    stancemap()
        .args(["doctor", "nowhere.txt"])
        .assert()
        .code(2)
        .stderr(contains("nowhere.txt"));
}
