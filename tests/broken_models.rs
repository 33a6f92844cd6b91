//! A broken model is an error of the embedded engine that names the file, the tensor and the remedy,
//! and never a panic.

#[path = "support/broken_models.rs"]
mod broken_models;
#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::fs;
use std::path::Path;

use broken_models::{BROKEN, Broken, assert_names, change};
use serde_json::json;
use stancemap::infer::{self, Device, Embedder, EngineName, ModelSettings, Precision, Silent};
use tiny_models::{Family, Task, TinyModel};

const OWN: &[Broken] = &[
    (
        "no tokenizer",
        |folder| fs::remove_file(folder.join("tokenizer.json")).unwrap(),
        &["no tokenizer.json"],
    ),
    (
        "an empty folder",
        |folder| {
            for name in ["config.json", "model.safetensors"] {
                fs::remove_file(folder.join(name)).unwrap();
            }
        },
        &[
            "no model.safetensors with config.json, nor model.onnx",
            "save the model",
        ],
    ),
    (
        "a family that is not there",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["model_type"] = json!("t5");
            });
        },
        &["config.json", "`t5`", "mpnet", "model.onnx"],
    ),
    (
        "another activation",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["hidden_act"] = json!("relu");
            });
        },
        &["config.json", "relu", "gelu"],
    ),
    (
        "relative positions",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["position_embedding_type"] = json!("relative_key");
            });
        },
        &["config.json", "relative_key"],
    ),
    (
        "no inner layer",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["intermediate_size"] = json!(0);
            });
        },
        &["config.json", "intermediate_size of 0"],
    ),
    (
        "more positions than there are weights for",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["max_position_embeddings"] = json!(512);
            });
        },
        &[
            "model.safetensors",
            "position_embeddings.weight",
            "[512, 32]",
        ],
    ),
    (
        "no room for text",
        |folder| {
            let length = json!({ "max_seq_length": 2 });
            fs::write(folder.join("sentence_bert_config.json"), length.to_string()).unwrap();
        },
        &["2 tokens", "no room for text"],
    ),
    (
        "another pooling",
        |folder| {
            change(&folder.join("1_Pooling/config.json"), |config| {
                config["pooling_mode_lasttoken"] = json!(true);
            });
        },
        &["1_Pooling/config.json", "pooling"],
    ),
    (
        "one more module",
        |folder| {
            change(&folder.join("modules.json"), |modules| {
                let dense = json!({ "type": "sentence_transformers.models.Dense" });
                modules.as_array_mut().unwrap().push(dense);
            });
        },
        &["modules.json", "Dense"],
    ),
    (
        "a graph that is none",
        |folder| {
            fs::remove_file(folder.join("model.safetensors")).unwrap();
            fs::write(folder.join("model.onnx"), "no graph").unwrap();
        },
        &["model.onnx", "cannot be loaded", "model.safetensors"],
    ),
    (
        "a graph with an operator that nobody knows",
        |folder| {
            fs::remove_file(folder.join("model.safetensors")).unwrap();
            fs::write(folder.join("model.onnx"), graph("Teleport")).unwrap();
        },
        &["model.onnx", "Teleport"],
    ),
    (
        "a graph for something else",
        |folder| {
            fs::remove_file(folder.join("model.safetensors")).unwrap();
            fs::write(folder.join("model.onnx"), graph("Identity")).unwrap();
        },
        &["model.onnx", "pixels"],
    ),
];

/// An ONNX graph of one operator, from the input `pixels` to the output `faces`: the messages
/// `ModelProto`, `GraphProto`, `NodeProto` and `ValueInfoProto` of onnx.proto3, each field by its number.
fn graph(operator: &str) -> Vec<u8> {
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        // All are shorter than 128 bytes, and their numbers than 16.
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }
    let node = [
        field(1, b"pixels"),
        field(2, b"faces"),
        field(3, b"node"),
        field(4, operator.as_bytes()),
    ];
    let value = |name: &[u8]| field(1, name);
    let graph = [
        field(1, &node.concat()),
        field(2, b"graph"),
        field(11, &value(b"pixels")),
        field(12, &value(b"faces")),
    ];
    let opset = [16, 17];
    let model = [vec![8, 8], field(7, &graph.concat()), field(8, &opset)];
    model.concat()
}

fn open(folder: &Path) -> stancemap::Result<Embedder> {
    let settings = ModelSettings {
        model: folder.display().to_string(),
        models_dir: folder.join("no models here"),
        offline: true,
        threads: Some(1),
        engine: EngineName::Embedded,
        precision: Precision::Fp32,
        device: Device::Cpu,
    };
    infer::open(&settings, &Silent)
}

#[test]
fn broken_files_are_errors_that_name_the_file_and_the_tensor() {
    for (what, break_it, parts) in BROKEN.iter().chain(OWN) {
        let folder = tempfile::tempdir().unwrap();
        TinyModel::new(Family::Bert, Task::Sentences).write(folder.path());
        break_it(folder.path());
        let Err(error) = open(folder.path()) else {
            panic!("{what}: was taken");
        };
        assert_names(&error, parts, what);
    }
}

#[test]
fn a_whole_folder_opens() {
    for family in [
        Family::Bert,
        Family::DistilBert,
        Family::Roberta,
        Family::Mpnet,
    ] {
        let folder = tempfile::tempdir().unwrap();
        TinyModel::new(family, Task::Sentences).write(folder.path());
        open(folder.path()).unwrap();
    }
}
