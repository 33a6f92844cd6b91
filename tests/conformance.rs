//! One list of checks for every engine that this program has, at every precision: the same vectors,
//! whatever else is embedded with them, and the same calls of stance.
//!
//! An engine, or a precision of one, is a row of [`VARIANTS`] with its bounds. The first row is the
//! one that the others are compared with where there is no outside reference.

#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use stancemap::analysis::SentenceKind;
use stancemap::document;
use stancemap::infer::{
    self, Device, Embedder, EngineName, Matrix, ModelSettings, Precision, Progress, store,
};
use stancemap::load;
use stancemap::stance::{Scheme, StanceModel};
use tiny_models::{Family, Pooling, Task, TinyModel};

/// An engine with a model, and what it has to keep.
struct Variant {
    name: &'static str,
    engine: EngineName,
    precision: Precision,
    model: &'static str,
    /// Least cosine to the reference, and to the first variant, for texts of three tokens or more.
    cosine: f64,
    /// The same for shorter ones, over which there is little to average rounding.
    short_cosine: f64,
    /// Least share of texts whose stance is that of the first variant.
    labels: f64,
    /// How far a number of a vector may depend on what is embedded with it, and on the number of
    /// threads; 0 for not by a bit.
    company: f32,
    /// Of the tiny models, those that the engine runs at this precision.
    families: &'static [Family],
}

/// The families whose encoders the embedded engine computes.
const ENCODERS: &[Family] = &[
    Family::Bert,
    Family::DistilBert,
    Family::Roberta,
    Family::Mpnet,
];

const VARIANTS: &[Variant] = &[
    Variant {
        name: "embedded",
        engine: EngineName::Embedded,
        precision: Precision::Fp32,
        model: "minilm-l6",
        cosine: 0.9999,
        short_cosine: 0.9999,
        labels: 1.0,
        company: 0.0,
        families: ENCODERS,
    },
    Variant {
        name: "embedded, in whole numbers of 16 bits",
        engine: EngineName::Embedded,
        precision: Precision::Int16,
        model: "minilm-l6",
        cosine: 0.9999,
        short_cosine: 0.9999,
        labels: 0.99,
        company: 0.0,
        families: ENCODERS,
    },
    Variant {
        name: "embedded, an ONNX graph with weights in int8",
        engine: EngineName::Embedded,
        precision: Precision::Fp32,
        model: "minilm-l6-int8",
        cosine: 0.998,
        short_cosine: 0.996,
        labels: 0.98,
        company: 0.0,
        families: &[],
    },
    #[cfg(feature = "rust-bert")]
    Variant {
        name: "rust-bert",
        engine: EngineName::RustBert,
        precision: Precision::Fp32,
        model: "minilm-l6",
        cosine: 0.9999,
        short_cosine: 0.9999,
        labels: 0.99,
        company: 1e-5,
        families: &[Family::Bert, Family::DistilBert, Family::Roberta],
    },
];

struct Spoken;

impl Progress for Spoken {
    fn notice(&self, line: &str) {
        eprintln!("conformance: {line}");
    }
}

impl Variant {
    fn open_model(&self, model: &str, threads: Option<usize>) -> Embedder {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        let settings = ModelSettings {
            model: model.to_owned(),
            models_dir: store::directory(checkout, &|name| std::env::var(name).ok()),
            offline: false,
            threads,
            engine: self.engine,
            precision: self.precision,
            device: Device::Cpu,
        };
        let opened = infer::open(&settings, &Spoken);
        opened.unwrap_or_else(|error| panic!("{}: {model}: {error}", self.name))
    }

    fn open(&self) -> Embedder {
        self.open_model(self.model, None)
    }

    /// Rows of two matrices that are to be the same vectors.
    fn assert_same(&self, found: &[f32], expected: &[f32], what: &str) {
        if self.company == 0.0 {
            assert_eq!(found, expected, "{}: {what}", self.name);
            return;
        }
        let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        let most = apart.fold(0.0, f32::max);
        assert!(most <= self.company, "{}: {most} apart: {what}", self.name);
    }

    fn bound(&self, tokens: usize) -> f64 {
        if tokens < 3 {
            self.short_cosine
        } else {
            self.cosine
        }
    }
}

#[derive(Deserialize)]
struct Reference {
    text: String,
    tokens: usize,
    windows: usize,
    vector: Vec<f32>,
}

fn reference() -> Vec<Reference> {
    let text = fs::read_to_string("tests/encoder/reference.json").unwrap();
    serde_json::from_str(&text).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        let products = x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y));
        products.sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn assert_unit(vector: &[f32], what: &str) {
    let length: f32 = vector.iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-5, "{length}: {what}");
}

#[test]
fn vectors_are_those_of_an_independent_implementation() {
    let reference = reference();
    let texts: Vec<&str> = reference.iter().map(|r| r.text.as_str()).collect();
    for variant in VARIANTS {
        let vectors = variant.open().embed(&texts).unwrap();
        let mut smallest = 1.0_f64;
        for (row, expected) in reference.iter().enumerate() {
            let found = cosine(vectors.row(row), &expected.vector);
            let bound = variant.bound(expected.tokens);
            assert!(
                found >= bound,
                "{}: {found} for {:?}",
                variant.name,
                expected.text
            );
            smallest = smallest.min(found);
        }
        println!("{}: smallest cosine {smallest:.7}", variant.name);
    }
}

#[test]
fn a_vector_is_the_same_alone_in_any_batch_and_at_any_thread_count() {
    let reference = reference();
    let texts: Vec<&str> = reference.iter().map(|r| r.text.as_str()).collect();
    for variant in VARIANTS {
        let together = variant.open().embed(&texts).unwrap();
        for threads in [1, 2, 5] {
            let embedder = variant.open_model(variant.model, Some(threads));
            let backwards: Vec<&str> = texts.iter().rev().copied().collect();
            let backwards = embedder.embed(&backwards).unwrap();
            // Many copies make the batch full.
            let copies = embedder.embed(&[texts[0]; 11]).unwrap();
            variant.assert_same(copies.row(10), together.row(0), "a full batch");
            for (row, text) in texts.iter().enumerate() {
                let alone = embedder.embed(&[text]).unwrap();
                variant.assert_same(alone.row(0), together.row(row), text);
                let turned = backwards.row(texts.len() - 1 - row);
                variant.assert_same(turned, together.row(row), text);
            }
        }
    }
}

#[test]
fn windows_cover_the_text_and_keep_its_tokens() {
    for variant in VARIANTS {
        let embedder = variant.open();
        let tokens = embedder.tokens();
        for expected in reference() {
            let windows = tokens.windows(&expected.text).unwrap();
            assert_eq!(windows.len(), expected.windows, "{:?}", expected.text);
            let count: usize = windows.iter().map(|w| w.tokens).sum();
            assert_eq!(count, expected.tokens, "{:?}", expected.text);
            let mut end = 0;
            for window in windows {
                assert_eq!(window.bytes.start, end);
                end = window.bytes.end;
                let ids = tokens.ids(&expected.text[window.bytes]).unwrap();
                assert_eq!(ids.len(), window.tokens + 2, "{:?}", expected.text);
                assert!(ids.len() <= tokens.max_tokens());
            }
            assert_eq!(end, expected.text.len());
        }
    }
}

/// Texts that are no sentences of an essay.
fn odd_texts() -> Vec<String> {
    let words = [
        "treaty",
        "border",
        "and",
        "the",
        "Брест",
        "rails,",
        "同盟",
        "of",
    ];
    let many: Vec<&str> = (0..10_000)
        .map(|i| words[i * i % 7 % words.len()])
        .collect();
    vec![
        String::new(),
        " \n\t".to_owned(),
        "No".to_owned(),
        "x".repeat(5_000),
        "Мост важнее трактата.".to_owned(),
        "橋比條約重要。".to_owned(),
        "الجسر أهم من المعاهدة".to_owned(),
        "🌉🤝🌉".to_owned(),
        "zero\u{0}byte and a \u{FEFF}mark".to_owned(),
        many.join(" "),
    ]
}

#[test]
fn empty_odd_and_endless_texts_have_the_same_unit_vectors_everywhere() {
    let texts = odd_texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut first: Option<Matrix> = None;
    for variant in VARIANTS {
        let embedder = variant.open();
        let vectors = embedder.embed(&texts).unwrap();
        assert_eq!(vectors.row(0), vectors.row(1), "empty and blank");
        assert_eq!(embedder.embed(&[]).unwrap().rows, 0);
        let expected = first.get_or_insert_with(|| vectors.clone());
        for (row, text) in texts.iter().enumerate() {
            let what = format!("{}: {:.20}", variant.name, text);
            assert_unit(vectors.row(row), &what);
            let tokens = embedder.tokens().ids(text).unwrap().len() - 2;
            let near = cosine(vectors.row(row), expected.row(row));
            assert!(near >= variant.bound(tokens), "{near}: {what}");
        }
    }
}

#[test]
fn progress_ends_with_everything_done() {
    for variant in VARIANTS {
        let seen = Mutex::new(Vec::new());
        let texts = [
            "One sentence.",
            "Another one.",
            "A third, longer than the others are.",
        ];
        let told = |done, all| seen.lock().unwrap().push((done, all));
        variant.open().embed_with(&texts, &told).unwrap();
        assert_eq!(seen.into_inner().unwrap().last(), Some(&(3, 3)));
    }
}

/// Every sentence and quotation of the sample essays.
fn essays() -> Vec<String> {
    let inputs = load::discover(&["corpus".into()]).unwrap();
    let mut texts = Vec::new();
    for input in inputs {
        let source = load::read(&input, load::DEFAULT_MAX_BYTES).unwrap();
        let record = document::read(&source).record;
        let sentences = record.sentences.into_iter();
        let body = sentences.filter(|s| s.kind != SentenceKind::Note);
        texts.extend(body.map(|s| s.passage.text));
        texts.extend(record.quotations.into_iter().map(|q| q.passage.text));
    }
    texts
}

#[test]
fn stances_on_the_sample_essays_are_the_same_with_every_engine() {
    let texts = essays();
    assert!(texts.len() > 500, "{}", texts.len());
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let scheme = Scheme::load("alliance").unwrap();
    let mut first: Option<(Matrix, Vec<Option<String>>)> = None;
    for variant in VARIANTS {
        let embedder = variant.open();
        let model = StanceModel::open(&scheme, &|texts| {
            let vectors = embedder.embed(texts)?;
            Ok((0..vectors.rows).map(|i| vectors.row(i).to_vec()).collect())
        })
        .unwrap();
        let vectors = embedder.embed(&texts).unwrap();
        let calls = texts.iter().enumerate();
        let labels: Vec<Option<String>> = calls
            .map(|(row, text)| model.call(text, vectors.row(row)).label)
            .collect();
        let (expected, known) = first.get_or_insert_with(|| (vectors.clone(), labels.clone()));
        let mut smallest = 1.0_f64;
        for (row, text) in texts.iter().enumerate() {
            let near = cosine(vectors.row(row), expected.row(row));
            let tokens = embedder.tokens().ids(text).unwrap().len() - 2;
            assert!(
                near >= variant.bound(tokens),
                "{}: {near}: {text}",
                variant.name
            );
            smallest = smallest.min(near);
        }
        let same = labels
            .iter()
            .zip(known.iter())
            .filter(|(a, b)| a == b)
            .count();
        let share = same as f64 / labels.len() as f64;
        println!(
            "{}: {same} of {} stances, smallest cosine {smallest:.7}",
            variant.name,
            labels.len()
        );
        assert!(share >= variant.labels, "{}: {share}", variant.name);
    }
}

#[test]
fn every_family_gives_the_same_vectors_with_every_engine_that_has_it() {
    let texts = [
        "",
        "The two countries need each other.",
        "They said that it was not a treaty, and that the bases are a danger to us.",
        "Трактат и мост 中国",
        "A long one: trade, trust, security, power, interests, relations, the border, the alliance, \
         the minister, the war, the peace, and more of it than any tiny model takes at once, so \
         that it has to be cut in windows.",
    ];
    for pooling in [Pooling::Mean, Pooling::FirstToken, Pooling::Max] {
        for family in [
            Family::Bert,
            Family::DistilBert,
            Family::Roberta,
            Family::Mpnet,
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut model = TinyModel::new(family, Task::Sentences);
            model.pooling = pooling;
            model.write(folder.path());
            let mut first: Option<Arc<Matrix>> = None;
            let able = VARIANTS.iter().filter(|v| v.families.contains(&family));
            for variant in able {
                let embedder = variant.open_model(folder.path().to_str().unwrap(), None);
                assert_eq!(embedder.info().dimensions, tiny_models::HIDDEN);
                let vectors = Arc::new(embedder.embed(&texts).unwrap());
                let expected = first.get_or_insert_with(|| Arc::clone(&vectors));
                for (row, text) in texts.iter().enumerate() {
                    let what = format!("{}, {family:?}, {pooling:?}: {text}", variant.name);
                    assert_unit(vectors.row(row), &what);
                    let near = cosine(vectors.row(row), expected.row(row));
                    assert!(near >= variant.cosine, "{near}: {what}");
                }
                let apart = cosine(vectors.row(1), vectors.row(2));
                assert!(apart < 0.99, "{apart}: {family:?} tells no texts apart");
            }
        }
    }
}
