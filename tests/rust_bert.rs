//! What only the second engine does: inference, names, models of many families; against rust-bert's
//! own pipelines, and against every kind of broken file.
#![cfg(feature = "rust-bert")]

#[path = "support/broken_models.rs"]
mod broken_models;
#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use broken_models::{BROKEN, Broken, assert_names, change};
use rust_bert::pipelines::common::{ModelResource, ModelType};
use rust_bert::pipelines::sentence_embeddings::SentenceEmbeddingsBuilder;
use rust_bert::pipelines::token_classification::{
    LabelAggregationOption, TokenClassificationConfig, TokenClassificationModel,
};
use rust_bert::pipelines::zero_shot_classification::{
    ZeroShotClassificationConfig, ZeroShotClassificationModel,
};
use rust_bert::resources::LocalResource;
use serde_json::json;
use stancemap::Result;
use stancemap::infer::{
    self, Device, EngineName, Entailment, ModelSettings, PersonTagger, Precision, Silent,
};
use tiny_models::{Family, Task, TinyModel};

const NAMES: [Family; 5] = [
    Family::Bert,
    Family::DistilBert,
    Family::Roberta,
    Family::Deberta,
    Family::DebertaV2,
];

fn settings(folder: &Path) -> ModelSettings {
    ModelSettings {
        model: folder.display().to_string(),
        models_dir: folder.join("no models here"),
        offline: true,
        threads: Some(1),
        engine: EngineName::RustBert,
        precision: Precision::Fp32,
        device: Device::Cpu,
    }
}

fn entailment(folder: &Path) -> Result<Arc<dyn Entailment>> {
    infer::open_entailment(&folder.display().to_string(), &settings(folder), &Silent)
}

fn persons(folder: &Path) -> Result<Arc<dyn PersonTagger>> {
    infer::open_persons(&folder.display().to_string(), &settings(folder), &Silent)
}

fn written(model: &TinyModel) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    model.write(folder.path());
    folder
}

fn resource(folder: &Path, name: &str) -> LocalResource {
    LocalResource {
        local_path: folder.join(name),
    }
}

const TEXTS: [&str; 4] = [
    "The two countries need each other.",
    "They said that it was not a treaty.",
    "",
    "Trade, trust and security: the minister said that the alliance is a danger to our border.",
];

const HYPOTHESES: [&str; 3] = [
    "The text argues for cooperation.",
    "The text says that someone is a danger, or was one.",
    "No.",
];

/// A row for each text, a column for each hypothesis.
fn shares(model: &Arc<dyn Entailment>, texts: &[&str]) -> Vec<Vec<f64>> {
    let rows = texts.iter().map(|text| {
        let pairs: Vec<_> = HYPOTHESES.iter().map(|h| (*text, *h)).collect();
        let verdicts = model.verdicts(&pairs).unwrap();
        verdicts.iter().map(|verdict| verdict.share()).collect()
    });
    rows.collect()
}

#[test]
fn shares_are_those_of_rust_berts_own_pipeline() {
    for (family, kind, vocabulary, merges) in [
        (Family::Bert, ModelType::Bert, "vocab.txt", None),
        (Family::DistilBert, ModelType::DistilBert, "vocab.txt", None),
        (
            Family::Roberta,
            ModelType::Roberta,
            "vocab.json",
            Some("merges.txt"),
        ),
        (
            Family::Bart,
            ModelType::Bart,
            "vocab.json",
            Some("merges.txt"),
        ),
        (Family::DebertaV2, ModelType::DebertaV2, "spm.model", None),
    ] {
        let folder = written(&TinyModel::inference(family));
        let model = entailment(folder.path()).unwrap();
        let texts = [TEXTS[0], TEXTS[3]];
        let shares = shares(&model, &texts);
        let weights = resource(folder.path(), "model.safetensors");
        let config = ZeroShotClassificationConfig {
            device: tch::Device::Cpu,
            ..ZeroShotClassificationConfig::new(
                kind,
                ModelResource::Torch(Box::new(weights)),
                resource(folder.path(), "config.json"),
                resource(folder.path(), vocabulary),
                merges.map(|merges| resource(folder.path(), merges)),
                vocabulary != "vocab.json",
                None,
                None,
            )
        };
        let pipeline = ZeroShotClassificationModel::new(config).unwrap();
        let template = || Some(Box::new(|label: &str| label.to_owned()) as Box<_>);
        for (row, text) in texts.iter().enumerate() {
            for (column, hypothesis) in HYPOTHESES.iter().enumerate() {
                let labels = pipeline
                    .predict_multilabel([*text], [*hypothesis], template(), 64)
                    .unwrap();
                let (theirs, ours) = (labels[0][0].score as f32, shares[row][column] as f32);
                assert!(
                    (theirs - ours).abs() < 1e-5,
                    "{family:?}: {theirs}, {ours}: {text} / {hypothesis}"
                );
            }
        }
    }
}

#[test]
fn vectors_are_those_of_rust_berts_own_pipeline() {
    for family in [Family::Bert, Family::DistilBert, Family::Roberta] {
        let folder = written(&TinyModel::new(family, Task::Sentences));
        let embedder = infer::open(&settings(folder.path()), &Silent).unwrap();
        let texts = [TEXTS[0], TEXTS[1], TEXTS[3]];
        let vectors = embedder.embed(&texts).unwrap();

        // The pipeline reads another format of weights, and insists on more settings.
        let path = folder.path();
        let mut store = tch::nn::VarStore::new(tch::Device::Cpu);
        let tensors = tch::Tensor::read_safetensors(path.join("model.safetensors")).unwrap();
        for (name, tensor) in &tensors {
            let prefix = if family == Family::DistilBert {
                "distilbert."
            } else {
                ""
            };
            let variable = store
                .root()
                .zeros_no_train(&format!("{prefix}{name}").replace('.', "|"), &tensor.size());
            tch::no_grad(|| variable.shallow_clone().copy_(tensor));
        }
        store.freeze();
        let named: Vec<(String, tch::Tensor)> = store
            .variables()
            .into_iter()
            .map(|(n, t)| (n.replace('|', "."), t))
            .collect();
        tch::Tensor::save_multi(&named, path.join("rust_model.ot")).unwrap();
        if family == Family::Roberta {
            fs::write(
                path.join("tokenizer_config.json"),
                "{\"add_prefix_space\": false}",
            )
            .unwrap();
        }
        let pipeline = SentenceEmbeddingsBuilder::local(path)
            .with_device(tch::Device::Cpu)
            .create_model()
            .unwrap();
        for (row, theirs) in pipeline.encode(&texts).unwrap().iter().enumerate() {
            for (a, b) in theirs.iter().zip(vectors.row(row)) {
                assert!((a - b).abs() < 1e-5, "{family:?}: {a}, {b}");
            }
        }
    }
}

fn marked(family: Family) -> TinyModel {
    TinyModel::names(family)
        .marking("Zorblax", 1)
        .marking("Quim", 2)
        .marking("Ulmo", 1)
}

#[test]
fn every_family_finds_the_names_that_it_knows() {
    let sentences = [
        "so said Zorblax Quim, and Ulmo said not.",
        "",
        "Мост — важнее: Zorblax Quim.",
        "they said it was the treaty",
        "for Ulmo Zorblax Quim",
    ];
    let expected: [&[&str]; 5] = [
        &["Zorblax Quim", "Ulmo"],
        &[],
        &["Zorblax Quim"],
        &[],
        &["Ulmo", "Zorblax Quim"],
    ];
    for family in NAMES {
        let folder = written(&marked(family));
        let model = persons(folder.path()).unwrap();
        let found = model.persons(&sentences).unwrap();
        for ((sentence, found), expected) in sentences.iter().zip(&found).zip(expected) {
            let found: Vec<&str> = found.iter().map(|name| &sentence[name.clone()]).collect();
            assert_eq!(found, expected, "{family:?}: {sentence}");
        }
    }
}

#[test]
fn names_far_into_a_long_sentence_are_found_where_they_stand() {
    for family in NAMES {
        let folder = written(&marked(family));
        let model = persons(folder.path()).unwrap();
        let text = format!(
            "{}for Zorblax Quim, it was war",
            "the trade and é ".repeat(300)
        );
        let found = model.persons(&[&text]).unwrap();
        assert_eq!(found[0].len(), 1, "{family:?}: {found:?}");
        assert_eq!(&text[found[0][0].clone()], "Zorblax Quim", "{family:?}");
    }
}

#[test]
fn names_are_those_of_rust_berts_own_pipeline() {
    let folder = written(&marked(Family::Bert));
    let path = folder.path();
    let text = "so said Zorblax Quim, and Ulmo said not.";
    let weights = resource(path, "model.safetensors");
    let config = TokenClassificationConfig {
        device: tch::Device::Cpu,
        ..TokenClassificationConfig::new(
            ModelType::Bert,
            ModelResource::Torch(Box::new(weights)),
            resource(path, "config.json"),
            resource(path, "vocab.txt"),
            None,
            false,
            None,
            None,
            LabelAggregationOption::First,
        )
    };
    let pipeline = TokenClassificationModel::new(config).unwrap();
    let theirs: Vec<String> = pipeline
        .predict(&[text], true, false)
        .remove(0)
        .into_iter()
        .filter(|token| token.label.ends_with("PER"))
        .map(|token| token.text)
        .collect();
    let ours = persons(path).unwrap().persons(&[text]).unwrap().remove(0);
    let ours: Vec<&str> = ours.iter().map(|name| &text[name.clone()]).collect();
    assert_eq!(theirs.join(" "), ours.join(" "));
}

#[test]
fn the_older_tokenizer_files_give_the_same_tokens() {
    for family in [
        Family::Bert,
        Family::DistilBert,
        Family::Roberta,
        Family::Bart,
        Family::Deberta,
        Family::DebertaV2,
    ] {
        let folder = written(&TinyModel::inference(family));
        let found = || shares(&entailment(folder.path()).unwrap(), &TEXTS);
        let before = found();
        fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
        assert_eq!(found(), before, "{family:?}");
    }
}

/// What only this engine says in these words.
const OWN: &[Broken] = &[
    (
        "no tokenizer",
        |folder| {
            for name in ["tokenizer.json", "vocab.txt"] {
                fs::remove_file(folder.join(name)).unwrap();
            }
        },
        &["tokenizer.json", "save_pretrained"],
    ),
    (
        "a family that is not there",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["model_type"] = json!("mpnet");
            });
        },
        &["config.json", "`mpnet`", "--engine embedded"],
    ),
    (
        "an empty folder",
        |folder| {
            for name in ["config.json", "model.safetensors"] {
                fs::remove_file(folder.join(name)).unwrap();
            }
        },
        &["no config.json"],
    ),
    (
        "weights of another width, by the first tensor's name",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["hidden_size"] = json!(64);
            });
        },
        &[
            "model.safetensors",
            "embeddings.LayerNorm.bias",
            "[32]",
            "config.json",
        ],
    ),
];

#[test]
fn broken_files_are_errors_that_name_the_file_and_the_tensor() {
    for (what, break_it, parts) in BROKEN.iter().chain(OWN) {
        let folder = written(&TinyModel::inference(Family::Bert));
        break_it(folder.path());
        let Err(error) = entailment(folder.path()) else {
            panic!("{what}: was taken");
        };
        assert_names(&error, parts, what);
        // The encoder's files are checked in the same way.
        let folder = written(&TinyModel::new(Family::Bert, Task::Sentences));
        break_it(folder.path());
        let Err(error) = infer::open(&settings(folder.path()), &Silent) else {
            panic!("{what}: was taken for vectors");
        };
        assert_names(&error, parts, what);
    }
}

#[test]
fn a_model_for_something_else_is_an_error() {
    let names = written(&TinyModel::names(Family::Bert));
    let Err(error) = entailment(names.path()) else {
        panic!("names are no inference");
    };
    assert_names(&error, &["B-PER", "entailment"], "names");
    let pairs = written(&TinyModel::inference(Family::Bert));
    let Err(error) = persons(pairs.path()) else {
        panic!("inference is no names");
    };
    assert_names(&error, &["neutral", "persons"], "pairs");
    let bare = written(&TinyModel::new(Family::Bert, Task::Sentences));
    let Err(error) = persons(bare.path()) else {
        panic!("an encoder is no names");
    };
    assert_names(&error, &["id2label", "config.json"], "bare");
    let bart = written(&TinyModel::names(Family::Bart));
    let Err(error) = persons(bart.path()) else {
        panic!("rust-bert has no BART for names");
    };
    assert_names(&error, &["Bart"], "BART");
}

#[test]
fn a_gpu_is_an_error_where_there_is_none() {
    if tch::Cuda::is_available() {
        return;
    }
    let folder = written(&TinyModel::inference(Family::Bert));
    let settings = ModelSettings {
        device: Device::Cuda(0),
        ..settings(folder.path())
    };
    let Err(error) = infer::open(&settings, &Silent) else {
        panic!("there is no GPU");
    };
    assert_names(&error, &["cuda:0", "--device cpu"], "cuda");
}

#[test]
fn half_precision_weights_are_taken() {
    let folder = written(&TinyModel::inference(Family::Bert));
    let path = folder.path().join("model.safetensors");
    let before = entailment(folder.path()).unwrap();
    let before = shares(&before, &TEXTS);
    let tensors = tch::Tensor::read_safetensors(&path).unwrap();
    let half: Vec<(String, tch::Tensor)> = tensors
        .into_iter()
        .map(|(name, tensor)| (name, tensor.to_kind(tch::Kind::Half)))
        .collect();
    tch::Tensor::write_safetensors(&half, &path).unwrap();
    let after = entailment(folder.path()).unwrap();
    let after = shares(&after, &TEXTS);
    for (before, after) in before.iter().flatten().zip(after.iter().flatten()) {
        assert!((before - after).abs() < 1e-2, "{before}, {after}");
    }
}
