//! The attribution tagger reads a text as the script does that trained it.

use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use stancemap::infer::{
    self, ATTRIBUTION_TAGGER, Device, EngineName, ModelSettings, Precision, Silent, Tagged,
};

/// Code points of the text; made by `scripts/tagger-reference.py`.
#[derive(Debug, Deserialize)]
struct Expected {
    cue: (usize, usize),
    sources: Vec<(usize, usize)>,
    contents: Vec<(usize, usize)>,
    cue_probability: f32,
    span_probability: f32,
}

fn settings(models: &Path, precision: Precision) -> ModelSettings {
    ModelSettings {
        model: String::new(),
        models_dir: models.to_owned(),
        offline: true,
        threads: Some(1),
        engine: EngineName::Embedded,
        precision,
        device: Device::Cpu,
    }
}

fn tag(text: &str, precision: Precision) -> Vec<Tagged> {
    let models = tempfile::tempdir().unwrap();
    let settings = settings(models.path(), precision);
    let tagger = infer::open_tagger(ATTRIBUTION_TAGGER, &settings, &Silent).unwrap();
    tagger.tag(text).unwrap()
}

fn here(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tagger");
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn it_finds_what_the_reference_finds() {
    let text = here("sample.txt");
    let expected: Vec<Expected> = serde_json::from_str(&here("reference.json")).unwrap();
    assert!(expected.len() > 15);
    let found = tag(&text, Precision::Fp32);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    let points = |bytes: &Range<usize>| {
        let at = |byte: usize| text[..byte].chars().count();
        (at(bytes.start), at(bytes.end))
    };
    for (found, expected) in found.iter().zip(&expected) {
        let all = |ranges: &[Range<usize>]| ranges.iter().map(points).collect::<Vec<_>>();
        assert_eq!(
            points(&found.cue),
            expected.cue,
            "{}",
            &text[found.cue.clone()]
        );
        assert_eq!(all(&found.sources), expected.sources, "{expected:?}");
        assert_eq!(all(&found.contents), expected.contents, "{expected:?}");
        for (ours, theirs) in [
            (found.cue_probability, expected.cue_probability),
            (found.span_probability, expected.span_probability),
        ] {
            assert!((ours - theirs).abs() < 1e-3, "{found:?} {expected:?}");
        }
    }
}

#[test]
fn whole_numbers_find_nearly_the_same() {
    let text = here("sample.txt");
    let (exact, whole) = (tag(&text, Precision::Fp32), tag(&text, Precision::Int16));
    let cues = |tagged: &[Tagged]| tagged.iter().map(|t| t.cue.clone()).collect::<Vec<_>>();
    let (exact, whole) = (cues(&exact), cues(&whole));
    let both = exact.iter().filter(|cue| whole.contains(cue)).count();
    assert!(both * 20 >= exact.len() * 19, "{both} of {}", exact.len());
}

#[test]
fn odd_texts_break_nothing() {
    let mut texts = vec![
        String::new(),
        " \n\n ".to_owned(),
        "“".repeat(700),
        "[SEP] [CLS]\n[SEP]".to_owned(),
    ];
    texts.push("\u{301}\u{200b}\n\u{feff}".repeat(20));
    // One word of many tokens, longer than a window.
    texts.push("supercalifragilistic".repeat(100));
    texts.push("你好，他说：「是的」。".repeat(60));
    for text in texts {
        for tagged in tag(&text, Precision::Fp32) {
            for range in tagged
                .sources
                .iter()
                .chain(&tagged.contents)
                .chain([&tagged.cue])
            {
                assert!(
                    text.get(range.clone())
                        .is_some_and(|piece| !piece.is_empty())
                );
            }
        }
    }
}

#[test]
fn a_folder_without_a_tagger_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), Precision::Fp32);
    let name = folder.path().to_str().unwrap();
    let error = infer::open_tagger(name, &settings, &Silent).err().unwrap();
    assert!(error.to_string().contains("config.json"), "{error}");
}
