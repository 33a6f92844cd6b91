//! The models that other tests rest on are what they should be: files that the usual readers take,
//! and tokens that cover any text.

#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value};
use tiny_models::{Family, TinyModel};
use tokenizers::Tokenizer;

const FAMILIES: [Family; 7] = [
    Family::Bert,
    Family::DistilBert,
    Family::Roberta,
    Family::Mpnet,
    Family::Bart,
    Family::Deberta,
    Family::DebertaV2,
];

#[test]
fn every_family_spells_any_latin_word_and_keeps_a_marked_one_whole() {
    for family in FAMILIES {
        let folder = tempfile::tempdir().unwrap();
        TinyModel::names(family)
            .marking("Zorblax", 1)
            .write(folder.path());
        let tokenizer = Tokenizer::from_file(folder.path().join("tokenizer.json")).unwrap();
        let encoding = tokenizer.encode("So Zorblax, xq!", true).unwrap();
        let tokens = encoding.get_tokens();
        let whole = tokens.iter().filter(|t| t.contains("Zorblax")).count();
        assert_eq!(whole, 1, "{family:?}: {tokens:?}");
        let unknown = |t: &&String| t.to_lowercase().contains("unk");
        assert_eq!(
            tokens.iter().filter(unknown).count(),
            0,
            "{family:?}: {tokens:?}"
        );
        // Start, end, and one end or two between two texts.
        let pair = tokenizer.encode(("a", "b"), true).unwrap();
        let special: u32 = pair.get_special_tokens_mask().iter().sum();
        assert!((3..=4).contains(&special), "{family:?}: {pair:?}");
    }
}

#[test]
fn a_seed_gives_one_model_and_another_seed_another() {
    for family in FAMILIES {
        let bytes = |seed: u64| {
            let folder = tempfile::tempdir().unwrap();
            let mut model = TinyModel::inference(family);
            model.seed = seed;
            model.write(folder.path());
            fs::read(folder.path().join("model.safetensors")).unwrap()
        };
        let one = bytes(1);
        assert_eq!(one, bytes(1), "{family:?}");
        assert_ne!(one, bytes(2), "{family:?}");
        let (length, rest) = one.split_at(8);
        let length = u64::from_le_bytes(length.try_into().unwrap());
        let (header, numbers) = rest.split_at(usize::try_from(length).unwrap());
        let tensors: Map<String, Value> = serde_json::from_slice(header).unwrap();
        let names: BTreeSet<&str> = tensors.keys().map(String::as_str).collect();
        assert!(names.len() > 30, "{family:?}: {names:?}");
        let ends = tensors
            .values()
            .map(|t| t["data_offsets"][1].as_u64().unwrap());
        assert_eq!(ends.max(), Some(numbers.len() as u64), "{family:?}");
    }
}
