//! The gold annotations agree with the sample essays: every offset cuts the text it claims.

use std::path::Path;

use serde_json::Value;

fn cut(raw: &[char], piece: &Value) -> String {
    let at = |key: &str| usize::try_from(piece[key].as_u64().unwrap()).unwrap();
    raw[at("start")..at("end")].iter().collect()
}

#[test]
fn every_span_of_the_gold_cuts_the_text_that_it_claims() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut essays = 0;
    for entry in std::fs::read_dir(root.join("tests/gold")).unwrap() {
        let path = entry.unwrap().path();
        let gold: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = gold["document"].as_str().unwrap();
        let raw: Vec<char> = std::fs::read_to_string(root.join("corpus").join(name))
            .unwrap()
            .chars()
            .collect();
        essays += 1;
        let quotes = gold["quotes"].as_array().unwrap();
        assert!(quotes.len() >= 20, "{name}: few quotations");
        for quote in quotes {
            let spans = quote["content"].as_array().unwrap().iter();
            for span in spans
                .chain([&quote["cue"], &quote["source"]])
                .filter(|s| !s.is_null())
            {
                assert_eq!(
                    cut(&raw, span),
                    span["text"].as_str().unwrap(),
                    "{name} {}",
                    quote["id"]
                );
            }
        }
        for list in ["optional", "not_quotations"] {
            for span in gold[list].as_array().unwrap() {
                assert_eq!(
                    cut(&raw, span),
                    span["text"].as_str().unwrap(),
                    "{name} {list}"
                );
            }
        }
        for (i, note) in gold["footnotes"].as_array().unwrap().iter().enumerate() {
            let number = note["number"].as_u64().unwrap();
            assert_eq!(number, i as u64 + 1, "{name}");
            assert_eq!(
                cut(&raw, &note["marker"]),
                number.to_string(),
                "{name} marker {number}"
            );
        }
    }
    assert!(essays >= 4);
}
