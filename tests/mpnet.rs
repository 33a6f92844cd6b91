//! MPNet, which no other engine of this program has, against an independent implementation.

#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::path::PathBuf;

use serde::Deserialize;
use stancemap::infer::{self, Device, EngineName, ModelSettings, Precision, Silent};
use tiny_models::{Family, Task, TinyModel};

#[derive(Deserialize)]
struct Reference {
    text: String,
    tokens: usize,
    vector: Vec<f32>,
}

#[test]
fn vectors_are_those_of_an_independent_implementation() {
    let temporary = tempfile::tempdir().unwrap();
    // `scripts/mpnet-reference.py` wants the model to stay.
    let kept = std::env::var_os("STANCEMAP_TINY_MPNET").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    TinyModel::new(Family::Mpnet, Task::Sentences).write(folder);
    let settings = ModelSettings {
        model: folder.display().to_string(),
        models_dir: folder.join("no models here"),
        offline: true,
        threads: Some(2),
        engine: EngineName::Embedded,
        precision: Precision::Fp32,
        device: Device::Cpu,
    };
    let embedder = infer::open(&settings, &Silent).unwrap();
    let text = std::fs::read_to_string("tests/encoder/mpnet.json").unwrap();
    let reference: Vec<Reference> = serde_json::from_str(&text).unwrap();
    let texts: Vec<&str> = reference.iter().map(|r| r.text.as_str()).collect();
    let vectors = embedder.embed(&texts).unwrap();
    let longest = reference.iter().map(|r| r.tokens).max().unwrap();
    assert!(longest > 40, "no text has tokens far apart");
    for (row, expected) in reference.iter().enumerate() {
        let ids = embedder.tokens().ids(&expected.text).unwrap();
        assert_eq!(ids.len(), expected.tokens, "{:?}", expected.text);
        for (found, expected) in vectors.row(row).iter().zip(&expected.vector) {
            let apart = (found - expected).abs();
            assert!(apart < 2e-6, "{apart}: {:?}", texts[row]);
        }
    }
}
