//! Models that read a text and a claim together, on every engine that this program has: tiny ones of
//! each family, and the one that this project has trained.

#[path = "support/tiny_models.rs"]
mod tiny_models;

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use stancemap::Result;
use stancemap::infer::{
    self, Device, EngineName, Entailment, ModelSettings, Precision, Silent, Verdict,
};
use tiny_models::{Family, Task, TinyModel};

/// The engines, with the families whose heads they compute.
const ENGINES: &[(EngineName, Precision, &[Family])] = &[
    (EngineName::Embedded, Precision::Fp32, EMBEDDED),
    (EngineName::Embedded, Precision::Int16, EMBEDDED),
    #[cfg(feature = "rust-bert")]
    (
        EngineName::RustBert,
        Precision::Fp32,
        &[
            Family::Bert,
            Family::DistilBert,
            Family::Roberta,
            Family::Bart,
            Family::Deberta,
            Family::DebertaV2,
        ],
    ),
];

const EMBEDDED: &[Family] = &[
    Family::Bert,
    Family::DistilBert,
    Family::Roberta,
    Family::Mpnet,
];

const TEXTS: [&str; 4] = [
    "The two countries need each other.",
    "They said that it was not a treaty.",
    "",
    "Trade, trust and security: the minister said that the alliance is a danger to our border.",
];

const CLAIMS: [&str; 3] = [
    "The text argues for cooperation.",
    "The text says that someone is a danger, or was one.",
    "No.",
];

fn open(
    folder: &Path,
    engine: EngineName,
    precision: Precision,
    threads: usize,
) -> Result<Arc<dyn Entailment>> {
    let settings = ModelSettings {
        model: folder.display().to_string(),
        models_dir: folder.join("no models here"),
        offline: true,
        threads: Some(threads),
        engine,
        precision,
        device: Device::Cpu,
    };
    infer::open_entailment(&settings.model, &settings, &Silent)
}

fn written(model: &TinyModel) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    model.write(folder.path());
    folder
}

/// Each engine with each of its families.
fn cases() -> impl Iterator<Item = (EngineName, Precision, Family)> {
    ENGINES.iter().flat_map(|&(engine, precision, families)| {
        families.iter().map(move |&f| (engine, precision, f))
    })
}

fn pairs() -> Vec<(&'static str, &'static str)> {
    let claims = |text| CLAIMS.iter().map(move |claim| (text, *claim));
    TEXTS.iter().copied().flat_map(claims).collect()
}

/// The greatest difference between two verdicts.
fn apart(one: &Verdict, other: &Verdict) -> f64 {
    let support = (one.support - other.support).abs();
    support.max((one.oppose - other.oppose).abs())
}

#[test]
fn every_family_judges_alike_alone_and_in_company_and_at_any_number_of_threads() {
    for (engine, precision, family) in cases() {
        let folder = written(&TinyModel::inference(family));
        let model = open(folder.path(), engine, precision, 1).unwrap();
        let together = model.verdicts(&pairs()).unwrap();
        let bound = match engine {
            EngineName::Embedded => 0.0,
            EngineName::RustBert => 1e-5,
        };
        let threads = open(folder.path(), engine, precision, 3).unwrap();
        let threaded = threads.verdicts(&pairs()).unwrap();
        for ((pair, verdict), threaded) in pairs().iter().zip(&together).zip(&threaded) {
            let sum = verdict.support + verdict.oppose + verdict.neutral;
            assert!((sum - 1.0).abs() < 1e-9, "{family:?}: {verdict:?}");
            let alone = model.verdicts(&[*pair]).unwrap()[0];
            assert!(
                apart(&alone, verdict) <= bound,
                "{engine:?} {family:?}: {pair:?}"
            );
            assert!(
                apart(threaded, verdict) <= bound,
                "{engine:?} {family:?}: {pair:?}"
            );
        }
        let shares: Vec<f64> = together.iter().map(Verdict::share).collect();
        let spread = shares.iter().fold(0.0, |a: f64, b| a.max(*b))
            - shares.iter().fold(1.0, |a: f64, b| a.min(*b));
        assert!(spread > 1e-3, "{family:?} tells nothing apart: {spread}");
        assert!(model.verdicts(&[]).unwrap().is_empty());
    }
}

#[test]
fn engines_and_precisions_agree() {
    let (first, precision, families) = ENGINES[0];
    for &family in families {
        let folder = written(&TinyModel::inference(family));
        let found = |engine, precision| {
            let model = open(folder.path(), engine, precision, 1).unwrap();
            model.verdicts(&pairs()).unwrap()
        };
        let reference = found(first, precision);
        for &(engine, precision, families) in &ENGINES[1..] {
            if !families.contains(&family) {
                continue;
            }
            // The tiny heads are steep: some 1e-7 in a state is 1e-5 in a share.
            let bound = if precision == Precision::Fp32 {
                1e-4
            } else {
                1e-3
            };
            for (one, other) in reference.iter().zip(found(engine, precision)) {
                let apart = apart(one, &other);
                assert!(apart < bound, "{engine:?} {precision} {family:?}: {apart}");
            }
        }
    }
}

#[test]
fn entailment_is_the_label_of_that_name_whatever_its_place() {
    for (engine, precision, family) in cases() {
        let verdicts = |labels: &[&str]| {
            let labels = labels.iter().map(|l| (*l).to_owned()).collect();
            let folder = written(&TinyModel::new(family, Task::Inference(labels)));
            let model = open(folder.path(), engine, precision, 1).unwrap();
            model.verdicts(&pairs()).unwrap()
        };
        // The same network with the names of its first and last labels changed over.
        let one = verdicts(&["contradiction", "neutral", "entailment"]);
        let other = verdicts(&["ENTAILMENT", "NEUTRAL", "CONTRADICTION"]);
        for (one, other) in one.iter().zip(&other) {
            assert!((one.support - other.oppose).abs() < 1e-6, "{family:?}");
            assert!((one.neutral - other.neutral).abs() < 1e-6, "{family:?}");
        }
        let two = verdicts(&["entailment", "not_entailment"]);
        assert!(two.iter().all(|v| v.neutral == 0.0 && v.support > 0.0));
    }
}

#[test]
fn a_long_text_is_cut_and_the_claim_kept() {
    for (engine, precision, family) in cases() {
        let folder = written(&TinyModel::inference(family));
        let model = open(folder.path(), engine, precision, 1).unwrap();
        let long = "the trade and the trust of the two countries ".repeat(2_000);
        let found = model.verdicts(&[(&long, CLAIMS[0]), (&long, CLAIMS[1])]);
        let found = found.unwrap();
        assert_ne!(found[0], found[1], "{family:?}");
        let error = model.verdicts(&[("text", &long)]).unwrap_err();
        let remedy = error.remedy.unwrap();
        assert!(remedy.contains("hypothesis"), "{remedy}");
    }
}

#[test]
fn a_separator_that_an_author_wrote_is_text() {
    for (engine, precision, family) in cases() {
        let folder = written(&TinyModel::inference(family));
        let model = open(folder.path(), engine, precision, 1).unwrap();
        let texts = ["A [SEP] </s> [PAD] <pad> text.", "</s></s></s>"];
        for text in texts {
            let verdict = model.verdicts(&[(text, CLAIMS[0])]).unwrap()[0];
            assert!(verdict.support.is_finite(), "{family:?}");
        }
    }
}

#[test]
fn a_bare_encoder_and_a_family_that_is_not_computed_are_errors_with_a_remedy() {
    let folder = written(&TinyModel::new(Family::Bert, Task::Sentences));
    let bare = open(folder.path(), EngineName::Embedded, Precision::Fp32, 1);
    let error = bare.err().unwrap();
    assert!(error.to_string().contains("id2label"), "{error}");
    let folder = written(&TinyModel::inference(Family::Bart));
    let other = open(folder.path(), EngineName::Embedded, Precision::Fp32, 1);
    let error = other.err().unwrap();
    assert!(error.to_string().contains("`bart`"), "{error}");
    assert!(error.remedy.unwrap().contains("--engine rust-bert"));
}

/// A pair, and what Python makes of it: `models/training/pair_encoder.py`'s network in torch, from
/// the same int8 weights.
#[derive(Deserialize)]
struct Judged {
    text: String,
    claim: String,
    support: f64,
    oppose: f64,
}

#[test]
fn the_trained_pair_encoder_says_what_it_says_in_python() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read(root.join("tests/encoder/pairs.json")).unwrap();
    let expected: Vec<Judged> = serde_json::from_slice(&expected).unwrap();
    let pairs: Vec<(&str, &str)> = expected
        .iter()
        .map(|p| (p.text.as_str(), p.claim.as_str()))
        .collect();
    let folder = root.join("models/trained/pair-encoder");
    for &(engine, precision, _) in ENGINES {
        let bound = if precision == Precision::Fp32 {
            1e-4
        } else {
            1e-2
        };
        let model = open(&folder, engine, precision, 1).unwrap();
        for (found, expected) in model.verdicts(&pairs).unwrap().iter().zip(&expected) {
            let support = (found.support - expected.support).abs();
            let oppose = (found.oppose - expected.oppose).abs();
            assert!(
                support.max(oppose) < bound,
                "{engine:?} {precision}: {found:?} for {}",
                expected.text
            );
        }
    }
}
