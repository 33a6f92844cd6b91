//! Ways to break a tiny encoder's folder that every engine has to notice, and what its error names.

#![allow(dead_code)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use stancemap::Error;

pub fn change(path: &Path, change: impl Fn(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, serde_json::to_vec(&value).unwrap()).unwrap();
}

pub fn cut(path: &Path, length: usize) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() - length]).unwrap();
}

/// A way to break a model's folder, and what the error has to name.
pub type Broken = (&'static str, fn(&Path), &'static [&'static str]);

pub const BROKEN: &[Broken] = &[
    (
        "weights cut off",
        |folder| cut(&folder.join("model.safetensors"), 100),
        &[
            "model.safetensors",
            "whole safetensors file",
            "fetch it again",
        ],
    ),
    (
        "no weights at all",
        |folder| fs::write(folder.join("model.safetensors"), "").unwrap(),
        &["model.safetensors", "too short"],
    ),
    (
        "a web page instead of weights",
        |folder| fs::write(folder.join("model.safetensors"), "<!doctype html><html>").unwrap(),
        &["model.safetensors", "no header"],
    ),
    (
        "weights of another width",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["hidden_size"] = json!(64);
            });
        },
        &["model.safetensors", "embeddings.", "32]", "config.json"],
    ),
    (
        "more layers than there are weights for",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["num_hidden_layers"] = json!(3);
            });
        },
        &["model.safetensors", "encoder.layer.2."],
    ),
    (
        "a word less than the tokenizer has",
        |folder| {
            change(&folder.join("tokenizer.json"), |tokenizer| {
                let words = tokenizer["model"]["vocab"].as_object_mut().unwrap();
                let last = words.len();
                words.insert("onemore".to_owned(), json!(last));
            });
        },
        &["tokenizer.json", "word_embeddings.weight", "rows"],
    ),
    (
        "a tokenizer with another padding",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["pad_token_id"] = json!(5);
            });
        },
        &["tokenizer.json", "padding", "config.json"],
    ),
    (
        "a tokenizer that is none",
        |folder| fs::write(folder.join("tokenizer.json"), "{}").unwrap(),
        &["tokenizer.json", "cannot be read"],
    ),
    (
        "a configuration without a number that matters",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config.as_object_mut().unwrap().remove("hidden_size");
            });
        },
        &["config.json", "hidden_size"],
    ),
    (
        "heads that do not divide the width",
        |folder| {
            change(&folder.join("config.json"), |config| {
                config["num_attention_heads"] = json!(5);
            });
        },
        &["config.json", "heads"],
    ),
    (
        "a configuration that is no JSON",
        |folder| fs::write(folder.join("config.json"), "hidden_size = 32").unwrap(),
        &["config.json"],
    ),
    (
        "weights in whole numbers",
        |folder| {
            let path = folder.join("model.safetensors");
            let text = fs::read(&path).unwrap();
            let header = u64::from_le_bytes(text[..8].try_into().unwrap()) as usize;
            let words = String::from_utf8(text[8..8 + header].to_vec()).unwrap();
            let words = words.replacen("\"F32\"", "\"I32\"", usize::MAX);
            let bytes = [&text[..8], words.as_bytes(), &text[8 + header..]].concat();
            fs::write(&path, bytes).unwrap();
        },
        &["model.safetensors", "I32", "floating point"],
    ),
    (
        "weights that are no numbers",
        |folder| {
            let path = folder.join("model.safetensors");
            let mut bytes = fs::read(&path).unwrap();
            let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            bytes[8 + header..].fill(0xff);
            fs::write(path, bytes).unwrap();
        },
        &["model.safetensors", "the tensor `", "not finite"],
    ),
];

pub fn assert_names(error: &Error, parts: &[&str], what: &str) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{what}: `{part}` is not in: {text}");
    }
    assert!(
        error.remedy.is_some() || error.place.is_some(),
        "{what}: {text}"
    );
}
