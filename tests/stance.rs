//! Schemes, heads, calibration and training, on texts that need no model.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use stancemap::Result;
use stancemap::analysis::StanceCall;
use stancemap::infer::{Entailment, Matrix, Source, Verdict};
use stancemap::stance::calibrate::{self, Cut, Held};
use stancemap::stance::logistic::{Problem, Row};
use stancemap::stance::train::{Folds, Labelled, train};
use stancemap::stance::weigh::{test_on, weigh};
use stancemap::stance::{InferenceModel, Scheme, StanceModel};

/// Stands for an encoder: letters counted into 8 bins, scaled to length 1.
fn embed(texts: &[&str]) -> Result<Vec<Vec<f32>>> {
    let vector = |text: &&str| {
        let mut bins = [0.1_f32; 8];
        text.bytes().for_each(|b| bins[usize::from(b) % 8] += 1.0);
        let length = bins.iter().map(|b| b * b).sum::<f32>().sqrt();
        bins.iter().map(|b| b / length).collect()
    };
    Ok(texts.iter().map(vector).collect())
}

const TOY: &str = "name = 'toy'\nquestion = 'Good or bad?'\n[[labels]]\nname = 'good'\n\
    description = 'praises'\nstatements = ['a good friend']\nopposes = ['bad']\n[[labels]]\n\
    name = 'bad'\ndescription = 'blames'\nstatements = ['a bad enemy']\n";

fn toy() -> Scheme {
    Scheme::parse(TOY, "toy.toml", None).unwrap()
}

fn labelled() -> String {
    let mut csv = String::from("text,label,topic\n");
    for (i, place) in ["north", "south", "east", "west", "coast", "hills"]
        .iter()
        .enumerate()
    {
        let topic = i % 3;
        csv += &format!("\"a good and trusted friend in the {place}\",good,t{topic}\n");
        csv += &format!("\"a bad enemy is a danger to the {place}\",bad,t{topic}\n");
    }
    csv
}

fn made_up_rows() -> (Vec<Row>, Vec<usize>) {
    let rows = (0..30)
        .map(|i| vec![(0, f64::from(i % 7) - 3.0), (1, f64::from(i % 5) / 2.0)])
        .collect();
    (rows, (0..30).map(|i| (i % 7 + i % 2) % 3).collect())
}

#[test]
fn the_gradient_is_the_slope_of_the_cost_and_vanishes_at_the_optimum() {
    let (rows, labels) = made_up_rows();
    let problem = Problem {
        rows: &rows,
        labels: &labels,
        features: 2,
        classes: 3,
        penalty: 0.25,
    };
    let at: Vec<f64> = (0..9).map(|i| f64::from(i) / 10.0 - 0.4).collect();
    let (_, gradient) = problem.evaluate(&at);
    for i in 0..at.len() {
        let (mut up, mut down) = (at.clone(), at.clone());
        up[i] += 1e-6;
        down[i] -= 1e-6;
        let slope = (problem.evaluate(&up).0 - problem.evaluate(&down).0) / 2e-6;
        assert!(
            (slope - gradient[i]).abs() < 1e-5,
            "{slope} {}",
            gradient[i]
        );
    }
    let (_, flat) = problem.evaluate(&problem.solve().unwrap());
    assert!(flat.iter().all(|g| g.abs() < 1e-3), "{flat:?}");
}

#[test]
fn the_temperature_lowers_the_nll_of_an_overconfident_head() {
    let held: Vec<Held> = (0..40)
        .map(|i| Held {
            scores: vec![6.0, 0.0],
            label: usize::from(i % 4 == 0),
        })
        .collect();
    let temperature = calibrate::temperature(&held);
    assert!(temperature > 1.5);
    assert!(calibrate::nll(&held, temperature) < calibrate::nll(&held, 1.0));
    let after = calibrate::calibration_error(&held, temperature);
    assert!(after < calibrate::calibration_error(&held, 1.0));
}

#[test]
fn the_threshold_is_the_best_that_still_decides_nine_tenths() {
    let cut = |threshold, coverage, accuracy| Cut {
        threshold,
        coverage,
        accuracy,
    };
    let cuts = [
        cut(0.0, 1.0, 0.70),
        cut(0.4, 0.95, 0.74),
        cut(0.5, 0.91, 0.74),
        cut(0.6, 0.80, 0.90),
    ];
    assert_eq!(calibrate::threshold(&cuts), 0.4);
    assert_eq!(calibrate::threshold(&cuts[..1]), 0.0);
    assert_eq!(calibrate::threshold_for_risk(&cuts, 0.1), Some(0.6));
    assert_eq!(calibrate::threshold_for_risk(&cuts, 0.01), None);
}

#[test]
fn an_error_in_a_scheme_points_at_its_line() {
    let cases = [
        (TOY.replace("opposes = ['bad']", "opposes = ['worse']"), 7),
        (TOY.replace("name = 'bad'", "name = 'good'"), 9),
        (TOY.replace("question", "qestion"), 2),
        (TOY.replace("['a bad enemy']", "['a bad enemy'"), 11),
    ];
    for (text, line) in cases {
        let error = Scheme::parse(&text, "toy.toml", None)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(&format!("toy.toml:{line}")), "{error}");
    }
}

#[test]
fn claims_that_contradict_each_other_or_are_lacking_are_errors_at_their_lines() {
    let scheme = |good: &str, bad: &str| {
        format!(
            "name = 'toy'\nquestion = 'Good or bad?'\nneutral = 'plain'\n[[labels]]\n\
             name = 'good'\ndescription = 'praises'\n{good}\n[[labels]]\nname = 'bad'\n\
             description = 'blames'\n{bad}\n[[labels]]\nname = 'plain'\ndescription = 'reports'\n"
        )
    };
    let good = "endorses = ['They help.']\nrejects = ['They harm.']";
    let bad = "endorses = ['They harm.']\nrejects = ['They help.']";
    let right = Scheme::parse(&scheme(good, bad), "toy.toml", None).unwrap();
    assert!(right.has_claims());
    assert!(!toy().has_claims());
    for (text, line, words) in [
        (
            scheme("endorses = ['They help.']\nrejects = ['They help.']", bad),
            8,
            "endorse and reject",
        ),
        (
            scheme(good, "endorses = ['They help.']\nrejects = ['They harm.']"),
            12,
            "cannot endorse the same",
        ),
        (
            scheme(good, "endorses = ['They harm.']"),
            10,
            "needs claims",
        ),
        (scheme(good, "rejects = ['They help.']"), 10, "needs claims"),
        (scheme(good, ""), 10, "needs claims"),
        (scheme("endorses = [' ']", ""), 7, "empty claim"),
        (scheme(good, "rejcts = ['They help.']"), 12, "unknown field"),
    ] {
        let error = Scheme::parse(&text, "toy.toml", None).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with(&format!("toy.toml:{line}:")), "{error}");
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn an_error_in_labelled_texts_points_at_its_line() {
    let cases = [
        ("text,label\nfine,good\nso so,middling\n", "toy.csv:3"),
        ("text,stance\nfine,good\n", "toy.csv:1"),
        ("text,label\nfine,good\nworse,bad,extra\n", "toy.csv:3"),
        ("text,label\n\"two\nlines\",good\n  ,bad\n", "toy.csv:4"),
    ];
    for (csv, place) in cases {
        let error = Labelled::read(csv.as_bytes(), "toy.csv", &toy(), None).unwrap_err();
        assert_eq!(error.place.as_deref(), Some(place), "{error}");
    }
}

#[test]
fn two_trainings_give_the_same_bytes_and_learn_the_toy() {
    let labelled = Labelled::read(labelled().as_bytes(), "toy.csv", &toy(), None).unwrap();
    let once = train(&labelled, &toy(), Folds::Topic, "toy", &embed).unwrap();
    let again = train(&labelled, &toy(), Folds::Topic, "toy", &embed).unwrap();
    assert_eq!(once.head.to_json().unwrap(), again.head.to_json().unwrap());
    assert_eq!(once.card.to_markdown(), again.card.to_markdown());
    assert_eq!(once.card.models.last().unwrap().accuracy, 1.0);
    let one_topic = Labelled {
        topics: vec![String::new(); labelled.texts.len()],
        ..labelled
    };
    assert!(train(&one_topic, &toy(), Folds::Topic, "toy", &embed).is_err());
}

#[test]
fn a_scheme_may_bring_a_head_or_examples_or_neither() {
    let text = "a good and trusted friend of ours";
    let vector = embed(&[text]).unwrap().remove(0);

    let zero_shot = StanceModel::open(&toy(), &embed).unwrap();
    assert!(zero_shot.low_confidence());
    let sum: f64 = zero_shot
        .call(text, &vector)
        .probabilities
        .iter()
        .map(|p| p.probability)
        .sum();
    assert!((sum - 1.0).abs() < 1e-3);

    let mut with_examples = TOY.to_owned();
    for line in labelled().lines().skip(1) {
        let (text, rest) = line.rsplit_once(',').unwrap().0.rsplit_once(',').unwrap();
        with_examples += &format!("[[examples]]\ntext = {text}\nlabel = '{rest}'\n");
    }
    let scheme = Scheme::parse(&with_examples, "toy.toml", None).unwrap();
    let taught = StanceModel::open(&scheme, &embed).unwrap();
    assert!(!taught.low_confidence());
    assert_eq!(taught.call(text, &vector).best, "good");

    let folder = tempfile::tempdir().unwrap();
    let labelled = Labelled::read(labelled().as_bytes(), "toy.csv", &toy(), None).unwrap();
    let head = train(&labelled, &toy(), Folds::Number(3), "toy", &embed)
        .unwrap()
        .head;
    std::fs::write(folder.path().join("toy.json"), head.to_json().unwrap()).unwrap();
    let file = folder.path().join("toy.toml");
    std::fs::write(&file, format!("head = 'toy.json'\n{TOY}")).unwrap();
    let scheme = Scheme::load(file.to_str().unwrap()).unwrap();
    let call = StanceModel::open(&scheme, &embed)
        .unwrap()
        .call(text, &vector);
    assert_eq!(call.best, "good");
}

#[test]
fn a_call_below_the_threshold_abstains_and_still_says_what_is_likeliest() {
    let scheme = Scheme::parse(&format!("threshold = 1.0\n{TOY}"), "toy.toml", None).unwrap();
    let model = StanceModel::open(&scheme, &embed).unwrap();
    let call = model.call("a good friend", &embed(&["a good friend"]).unwrap()[0]);
    assert_eq!((call.label, call.best.as_str()), (None, "good"));
}

#[test]
fn the_built_in_head_fits_its_scheme_and_its_encoder() {
    let scheme = Scheme::load("alliance").unwrap();
    assert!(
        scheme.opposed("skeptic", "pro-alliance"),
        "declared on one side only"
    );
    assert!(!scheme.polar("none"));
    let long = |texts: &[&str]| Ok(vec![vec![0.05; 384]; texts.len()]);
    let model = StanceModel::open(&scheme, &long).unwrap();
    assert_eq!(model.labels().len(), 4);
    assert!(model.clone().with_risk(0.1).unwrap().threshold() > model.threshold());
    let error = StanceModel::open(&scheme, &embed)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("not of 8"), "{error}");
    assert!(
        Path::new("models/heads/alliance.json")
            .metadata()
            .unwrap()
            .len()
            < 2_000_000
    );
}

/// Stands for a model: the share of a hypothesis is the number behind its first word in the text.
struct Said {
    source: Source,
    asked: Mutex<usize>,
}

impl Entailment for Said {
    fn source(&self) -> &Source {
        &self.source
    }

    fn verdicts(&self, pairs: &[(&str, &str)]) -> Result<Vec<Verdict>> {
        *self.asked.lock().unwrap() += pairs.len();
        let verdict = |(text, claim): &(&str, &str)| {
            let word = claim.split(' ').next().unwrap();
            let behind = text.split_once(word).map_or("0.5", |(_, rest)| rest.trim());
            let support = behind.split(' ').next().unwrap().parse().unwrap();
            Verdict {
                support,
                oppose: 1.0 - support,
                neutral: 0.0,
            }
        };
        Ok(pairs.iter().map(verdict).collect())
    }
}

#[test]
fn inference_calls_the_label_whose_hypothesis_follows_and_abstains_where_none_stands_out() {
    let three = "name = 'toy'\nquestion = 'Good or bad?'\n[[labels]]\nname = 'good'\n\
        description = 'praises'\nhypothesis = 'Praise is here.'\n[[labels]]\nname = 'bad'\n\
        description = 'Blame is here.'\n[[labels]]\nname = 'plain'\ndescription = 'Plain'\n";
    let scheme = Scheme::parse(three, "toy.toml", None).unwrap();
    let model = Arc::new(Said {
        source: Source {
            name: "said".to_owned(),
            sha256: BTreeMap::new(),
        },
        asked: Mutex::new(0),
    });
    let stances = InferenceModel::new(&scheme, Arc::clone(&model) as Arc<dyn Entailment>).unwrap();
    let texts = [
        "Praise 0.9 Blame 0.1 Plain. 0.1",
        "Praise 0.2 Blame 0.8 Plain. 0.1",
        "Praise 0.6 Blame 0.6 Plain. 0.6",
        "Praise 1.0 Blame 0.0 Plain. 0.0",
        "Praise 0.9 Blame 0.1 Plain. 0.1",
    ];
    let calls = stances.calls(&texts).unwrap();
    let labels: Vec<Option<&str>> = calls.iter().map(|c| c.label.as_deref()).collect();
    let good = Some("good");
    assert_eq!(labels, [good, Some("bad"), None, good, good]);
    assert_eq!(calls[0], calls[4]);
    assert_eq!(
        *model.asked.lock().unwrap(),
        4 * 3,
        "equal texts are asked about once"
    );
    // 9 of 9 + 1/9 + 1/9.
    assert!(
        (calls[0].confidence - 0.9759).abs() < 1e-4,
        "{:?}",
        calls[0]
    );
    for call in &calls {
        let sum: f64 = call.probabilities.iter().map(|p| p.probability).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{call:?}");
    }
    let strict = format!("threshold = 0.98\n{three}");
    let scheme = Scheme::parse(&strict, "toy.toml", None).unwrap();
    let call = &InferenceModel::new(&scheme, model)
        .unwrap()
        .calls(&texts[..1])
        .unwrap()[0];
    assert_eq!((call.label.as_deref(), call.best.as_str()), (None, "good"));
}

#[test]
fn a_description_becomes_a_hypothesis_unless_the_scheme_has_one() {
    let hypothesis = |label: &str| {
        let text = TOY.replace("description = 'praises'\n", &format!("{label}\n"));
        let scheme = Scheme::parse(&text, "toy.toml", None).unwrap();
        scheme.labels[0].hypothesis.clone()
    };
    assert_eq!(hypothesis("description = 'praises'"), "The text praises.");
    assert_eq!(hypothesis("description = 'Praise.'"), "Praise.");
    let own = hypothesis("description = 'praises'\nhypothesis = 'It is praise.'");
    assert_eq!(own, "It is praise.");
}

const CLAIMED: &str = "name = 'toy'\nquestion = 'Good or bad?'\nneutral = 'plain'\n[[labels]]\n\
    name = 'good'\ndescription = 'praises'\nendorses = ['They are a friend.']\n\
    rejects = ['They are an enemy.']\n[[labels]]\nname = 'bad'\ndescription = 'blames'\n\
    endorses = ['They are a danger.']\nrejects = ['They are a help.']\n[[labels]]\n\
    name = 'plain'\ndescription = 'reports'\nendorses = ['The friend met the enemy.']\n";

/// Stands for a model: a text supports a claim whose last word it has, opposes one whose last word
/// it has after "no", and is neutral to the rest.
struct Reads(Source);

fn reader(hash: &str) -> Arc<dyn Entailment> {
    Arc::new(Reads(Source {
        name: "reads".to_owned(),
        sha256: BTreeMap::from([("model.safetensors".to_owned(), hash.to_owned())]),
    }))
}

impl Entailment for Reads {
    fn source(&self) -> &Source {
        &self.0
    }

    fn verdicts(&self, pairs: &[(&str, &str)]) -> Result<Vec<Verdict>> {
        let verdict = |(text, claim): &(&str, &str)| {
            let word = claim.trim_end_matches('.').rsplit(' ').next().unwrap();
            let (support, oppose) = if text.contains(&format!("no {word}")) {
                (0.1, 0.8)
            } else if text.contains(word) {
                (0.8, 0.1)
            } else {
                (0.1, 0.1)
            };
            Verdict {
                support,
                oppose,
                neutral: 1.0 - support - oppose,
            }
        };
        Ok(pairs.iter().map(verdict).collect())
    }
}

fn table(rows: &[(&str, &str)]) -> Labelled {
    let mut csv = String::from("text,label,topic,split\n");
    for (i, place) in ["hill", "lake", "mill", "moor", "pass", "quay"]
        .iter()
        .enumerate()
    {
        for (text, label) in rows {
            csv += &format!("{text} by the {place},{label},t{},dev\n", i % 3);
        }
    }
    csv += "not of this split,good,t0,train\n";
    let scheme = Scheme::parse(CLAIMED, "toy.toml", None).unwrap();
    Labelled::read(csv.as_bytes(), "toy.csv", &scheme, Some("dev")).unwrap()
}

#[test]
fn claims_alone_decide_without_an_example_and_their_bias_is_taken_off() {
    let scheme = Scheme::parse(CLAIMED, "toy.toml", None).unwrap();
    let model = InferenceModel::new(&scheme, reader("1")).unwrap();
    let texts = [
        "a friend and no enemy",
        "a danger and no help",
        "",
        "a friend and no enemy",
    ];
    let calls = model.calls(&texts).unwrap();
    assert_eq!(calls[0].label.as_deref(), Some("good"));
    assert_eq!(calls[1].label.as_deref(), Some("bad"));
    assert_eq!(calls[0], calls[3]);
    // A text that says nothing scores as texts that say nothing do: no label stands out.
    assert_eq!(calls[2].label, None);
    let third = calls[2].probabilities.iter().map(|p| p.probability);
    assert!(third.into_iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-3));
}

#[test]
fn a_head_and_claims_are_weighed_on_other_texts_and_decide_together() {
    let scheme = Scheme::parse(CLAIMED, "toy.toml", None).unwrap();
    // The head learns from texts whose labels do not follow from their letters.
    let blind = table(&[("first", "good"), ("second", "bad"), ("third", "plain")]);
    let told = table(&[
        ("a friend and no enemy", "good"),
        ("a danger and no help", "bad"),
        ("a meeting", "plain"),
    ]);
    let model = reader("1");
    let mut head = train(&blind, &scheme, Folds::Topic, "letters", &embed)
        .unwrap()
        .head;
    let weighed = weigh(&head, &told, &scheme, Folds::Topic, &embed, model.as_ref());
    let (joint, card) = weighed.unwrap();
    assert_eq!(card.examples, 18, "one split alone");
    let f1: Vec<f64> = card.models.iter().map(|m| m.macro_f1).collect();
    assert_eq!(f1[2], 1.0, "{f1:?}");
    assert_eq!(card.first_two[2], 1.0);
    assert!(
        card.to_markdown(&head.labels)
            .contains("| head and claims | 1.000 |")
    );
    let again = weigh(&head, &told, &scheme, Folds::Topic, &embed, model.as_ref());
    assert_eq!(again.unwrap().0, joint);

    head.claims = Some(joint);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("head.json"), head.to_json().unwrap()).unwrap();
    let with_head = format!("head = 'head.json'\n{CLAIMED}");
    let scheme = Scheme::parse(&with_head, "toy.toml", Some(folder.path())).unwrap();
    let opened = StanceModel::open(&scheme, &embed).unwrap();
    assert!(opened.wants_claims());
    let deciding = opened
        .clone()
        .with_claims(&scheme, Arc::clone(&model))
        .unwrap();
    let texts = [
        "no enemy but a friend",
        "no help but a danger",
        "a meeting in town",
    ];
    let mut vectors = Matrix::zeros(3, 8);
    for (row, vector) in embed(&texts).unwrap().iter().enumerate() {
        vectors.data[row * 8..][..8].copy_from_slice(vector);
    }
    let labels = |calls: Vec<StanceCall>| calls.into_iter().map(|c| c.best).collect::<Vec<_>>();
    let calls = deciding.weigh(&texts, &vectors).unwrap();
    assert_eq!(labels(calls), ["good", "bad", "plain"]);
    // Without the model of the claims, the head says what it says alone.
    let alone = opened.weigh(&texts, &vectors).unwrap();
    assert_eq!(alone[0], opened.call(texts[0], vectors.row(0)));
    let edited = with_head.replace("They are a help.", "They are no danger.");
    let edited = Scheme::parse(&edited, "toy.toml", Some(folder.path())).unwrap();
    let other = StanceModel::open(&edited, &embed).unwrap();
    let other = other
        .with_claims(&edited, Arc::clone(&model))
        .err()
        .unwrap();
    assert!(other.to_string().contains("other claims"), "{other}");
    let other = opened.with_claims(&scheme, reader("2")).err().unwrap();
    assert!(other.to_string().contains("another model"), "{other}");

    let more = table(&[
        ("some friend and no enemy", "good"),
        ("some danger so no help", "bad"),
    ]);
    let more = test_on(&head, &more, &scheme, &embed, &model).unwrap();
    assert_eq!((more.examples, more.first_two[3]), (12, 1.0));
    for same in [&blind, &told] {
        let error = test_on(&head, same, &scheme, &embed, &model).unwrap_err();
        assert!(error.to_string().contains("made from"), "{error}");
    }
    let same = weigh(&head, &blind, &scheme, Folds::Topic, &embed, model.as_ref());
    assert!(same.unwrap_err().to_string().contains("trained on"));
    assert_eq!(told.shared_with(&told), 18);
    assert_eq!(told.shared_with(&blind), 0);
}
