//! Schemes, heads, calibration and training, on texts that need no model.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use stancemap::Result;
use stancemap::infer::{Entailment, Matrix, Source};
use stancemap::stance::calibrate::{self, Cut, Held};
use stancemap::stance::logistic::{Problem, Row};
use stancemap::stance::train::{Folds, Labelled, train};
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
fn an_error_in_labelled_texts_points_at_its_line() {
    let cases = [
        ("text,label\nfine,good\nso so,middling\n", "toy.csv:3"),
        ("text,stance\nfine,good\n", "toy.csv:1"),
        ("text,label\nfine,good\nworse,bad,extra\n", "toy.csv:3"),
        ("text,label\n\"two\nlines\",good\n  ,bad\n", "toy.csv:4"),
    ];
    for (csv, place) in cases {
        let error = Labelled::read(csv.as_bytes(), "toy.csv", &toy()).unwrap_err();
        assert_eq!(error.place.as_deref(), Some(place), "{error}");
    }
}

#[test]
fn two_trainings_give_the_same_bytes_and_learn_the_toy() {
    let labelled = Labelled::read(labelled().as_bytes(), "toy.csv", &toy()).unwrap();
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
    let labelled = Labelled::read(labelled().as_bytes(), "toy.csv", &toy()).unwrap();
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
    let error = StanceModel::open(&scheme, &embed).unwrap_err().to_string();
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

    fn classify(&self, texts: &[&str], hypotheses: &[&str]) -> Result<Matrix> {
        *self.asked.lock().unwrap() += texts.len();
        let mut shares = Matrix::zeros(texts.len(), hypotheses.len());
        for (cell, share) in shares.data.iter_mut().enumerate() {
            let text = texts[cell / hypotheses.len()];
            let word = hypotheses[cell % hypotheses.len()]
                .split(' ')
                .next()
                .unwrap();
            let behind = text.split_once(word).map_or("0.5", |(_, rest)| rest.trim());
            let number = behind.split(' ').next().unwrap();
            *share = number.parse().unwrap();
        }
        Ok(shares)
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
    let stances = InferenceModel::new(&scheme, Arc::clone(&model) as Arc<dyn Entailment>);
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
        4,
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
