//! The same essay in every format says the same: quotations with their speakers, and notes.
//!
//! The files in `tests/formats/essay` are one of the sample essays as `tests/formats/generate.py`
//! writes it. With `STANCEMAP_FORMATS` naming a folder that the script has filled from `corpus/`, all
//! sample essays are compared as well:
//!
//! ```sh
//! cargo run --example structure -- corpus | python3 tests/formats/generate.py DIR
//! STANCEMAP_FORMATS=DIR cargo test --test formats -- --nocapture
//! ```

#[path = "support/agreement.rs"]
mod agreement;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use agreement::{Agreement, notes, quotations};
use stancemap::analysis::DocumentRecord;
use stancemap::document;
use stancemap::load::{self, Reader};

/// What the issue of formats asks for.
const QUOTATIONS: f64 = 0.95;
const NOTES: f64 = 0.98;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(folder: &Path) -> Vec<DocumentRecord> {
    let reader = Reader::default();
    load::discover(&[folder.to_owned()])
        .unwrap()
        .iter()
        .map(|input| document::read(&reader.read(input).unwrap()).record)
        .collect()
}

/// Sums over the essays of `folder`, one entry a format, which is a folder in it.
fn compare(texts: &Path, folder: &Path, said: bool) -> BTreeMap<String, (Agreement, Agreement)> {
    let texts: BTreeMap<String, DocumentRecord> =
        read(texts).into_iter().map(|r| (r.id.clone(), r)).collect();
    let mut formats: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    formats.sort();
    let mut sums = BTreeMap::new();
    for format in formats {
        let name = format.file_name().unwrap().to_string_lossy().into_owned();
        let (mut q, mut n) = (Agreement::default(), Agreement::default());
        for record in read(&format) {
            let text = &texts[&record.id];
            let (found, unlike) = quotations(text, &record);
            let (linked, unlinked) = notes(text, &record);
            q.add(found);
            n.add(linked);
            if said {
                for line in unlike.iter().chain(&unlinked) {
                    eprintln!("{name} {}: {line}", record.id);
                }
            }
        }
        sums.insert(name, (q, n));
    }
    sums
}

#[test]
fn one_essay_says_the_same_in_every_format() {
    let folder = root().join("tests/formats/essay");
    let sums = compare(&root().join("corpus"), &folder, true);
    let names: Vec<&str> = sums.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "docx",
            "epub",
            "html",
            "html_saved",
            "markdown",
            "pdf",
            "pdf_columns"
        ]
    );
    for (format, (q, n)) in &sums {
        assert!(q.of >= 10 && n.of >= 5, "{format}");
        assert!(q.share() >= QUOTATIONS, "{format}: {q:?}");
        assert!(n.share() >= NOTES, "{format}: {n:?}");
    }
}

#[test]
fn all_sample_essays_say_the_same_in_every_format() {
    let Some(folder) = std::env::var_os("STANCEMAP_FORMATS") else {
        eprintln!("STANCEMAP_FORMATS is not set; only the essay in tests/formats is compared");
        return;
    };
    let sums = compare(&root().join("corpus"), Path::new(&folder), true);
    println!("| format | quotations with speakers | notes linked |");
    println!("| --- | ---: | ---: |");
    for (format, (q, n)) in &sums {
        println!("| {format} | {} | {} |", q.shown(), n.shown());
    }
    for (format, (q, n)) in &sums {
        assert!(q.share() >= QUOTATIONS, "{format}: {q:?}");
        assert!(n.share() >= NOTES, "{format}: {n:?}");
    }
}
