//! `models pin`: a hub on this machine stands for the real one.

#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::json;
use tiny_models::{Family, Task, TinyModel};

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const TITLE: &str = "sentence-transformers/all-MiniLM-L12-v2";

/// Answers what it knows the path of; the paths that were asked for.
fn serve(files: BTreeMap<String, Vec<u8>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let (status, body) = match files.get(&path) {
                Some(body) => ("200 OK", body.clone()),
                None => ("404 Not Found", Vec::new()),
            };
            seen.lock().unwrap().push(path);
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    (address, asked)
}

/// A hub with one model on it, in the state [`REVISION`].
fn hub(model: &Path, names: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let siblings: Vec<_> = names.iter().map(|n| json!({ "rfilename": n })).collect();
    let state = json!({ "sha": REVISION, "siblings": siblings, "downloads": 7 });
    let mut files = BTreeMap::from([(
        format!("/api/models/{TITLE}/revision/main"),
        serde_json::to_vec(&state).unwrap(),
    )]);
    for name in names {
        if let Ok(bytes) = fs::read(model.join(name)) {
            files.insert(format!("/{TITLE}/resolve/{REVISION}/{name}"), bytes);
        }
    }
    files
}

const NAMES: [&str; 8] = [
    "README.md",
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "modules.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
    "pytorch_model.bin",
];

fn models(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = assert_cmd::Command::cargo_bin("stancemap").unwrap();
    command
        .arg("models")
        .args(arguments)
        .env("STANCEMAP_MODELS", folder);
    command.assert()
}

#[test]
fn a_pinned_model_is_listed_verified_used_offline_and_fetched_again_in_the_same_state() {
    let model = tempfile::tempdir().unwrap();
    TinyModel::new(Family::Bert, Task::Sentences).write(model.path());
    let (address, asked) = serve(hub(model.path(), &NAMES));
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    models(here, &["list"])
        .success()
        .stdout(contains("minilm-l12").and(contains("unpinned")));
    models(here, &["pull", "minilm-l12"])
        .code(2)
        .stderr(contains("models pin minilm-l12"));
    let pinned = ["pin", "minilm-l12", "--hub", &address];
    models(here, &pinned).success().stdout(contains(REVISION));

    let asked = asked.lock().unwrap().clone();
    assert!(asked.iter().all(|path| !path.contains("pytorch_model")));
    assert!(asked.iter().all(|path| !path.contains("README")));
    let pins = fs::read_to_string(here.join("pins.toml")).unwrap();
    assert!(pins.contains(REVISION) && pins.contains("1_Pooling/config.json"));
    models(here, &["verify", "minilm-l12"])
        .success()
        .stdout(contains("right").count(6));
    models(here, &["list"]).success().stdout(contains("here"));

    // A lost file comes back from the address and revision that were written down.
    fs::remove_dir_all(here.join("minilm-l12/1_Pooling")).unwrap();
    models(here, &["pull", "minilm-l12"]).success();
    models(here, &["verify", "minilm-l12"]).success();
    let mut damaged = fs::read(here.join("minilm-l12/model.safetensors")).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(here.join("minilm-l12/model.safetensors"), damaged).unwrap();
    models(here, &["verify", "minilm-l12"])
        .code(1)
        .stdout(contains("wrong"));
    // Pinning again is no second entry.
    models(here, &pinned).success();
    models(here, &["verify", "minilm-l12"]).success();
    let again = fs::read_to_string(here.join("pins.toml")).unwrap();
    assert_eq!(again, pins);
}

#[test]
fn what_cannot_be_pinned_is_an_error_that_says_why_and_writes_nothing() {
    let model = tempfile::tempdir().unwrap();
    TinyModel::new(Family::Bert, Task::Sentences).write(model.path());
    let (lacking, _) = serve(hub(model.path(), &["config.json", "tokenizer.json"]));
    // The list names a file that the hub then does not give.
    let mut files = hub(model.path(), &NAMES);
    files.remove(&format!("/{TITLE}/resolve/{REVISION}/model.safetensors"));
    let (broken, _) = serve(files);
    for (name, hub, code, said) in [
        (
            "minilm-l12",
            lacking.as_str(),
            2,
            "without model.safetensors",
        ),
        ("minilm-l12", broken.as_str(), 2, "answered 404"),
        (
            "minilm-l12",
            "http://127.0.0.1:9",
            2,
            "pinning needs a network",
        ),
        ("mpnet", lacking.as_str(), 2, "answered 404"),
        (
            "nothing",
            lacking.as_str(),
            2,
            "those to be pinned are minilm-l12",
        ),
        ("minilm-l6", lacking.as_str(), 2, "models pull minilm-l6"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        models(folder.path(), &["pin", name, "--hub", hub])
            .code(code)
            .stderr(contains(said));
        assert!(!folder.path().join("pins.toml").exists(), "{name}: {said}");
    }
}

#[test]
fn pins_can_go_to_a_file_of_ones_own_and_a_mistake_in_it_is_found_first() {
    let model = tempfile::tempdir().unwrap();
    TinyModel::new(Family::Bert, Task::Sentences).write(model.path());
    let (address, asked) = serve(hub(model.path(), &NAMES));
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine.toml");
    fs::write(&mine, "[[model]]\ncolour = 1\n").unwrap();
    let file = mine.to_str().unwrap();
    let arguments = ["pin", "minilm-l12", "--hub", &address, "--manifest", file];
    models(folder.path(), &arguments)
        .code(2)
        .stderr(contains("mine.toml").and(contains("colour")));
    assert!(asked.lock().unwrap().is_empty());
    fs::remove_file(&mine).unwrap();
    models(folder.path(), &arguments).success();
    assert!(fs::read_to_string(&mine).unwrap().contains(REVISION));
    assert!(!folder.path().join("pins.toml").exists());
}
