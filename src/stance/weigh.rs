//! How a head and the scheme's claims are weighed against each other, and how well they do together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::calibrate::{self, Held};
use super::head::{Head, Joint, joint_row, rounded as rounded_weights};
use super::logistic::{self, Problem, Row};
use super::train::{Folds, Labelled, Scores, fold_of_each, rounded_cuts, scores};
use super::{Claims, Embed, InferenceModel, Scheme, rounded};
use crate::infer::Entailment;
use crate::{Error, Result, Stage};

/// What [`weigh`] makes: figures by cross-validation over the texts it was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JointCard {
    /// SHA-256 of the labelled file, in hexadecimal.
    pub trained_on: String,
    pub examples: usize,
    /// Claims alone (the best score), the head alone, both.
    pub models: Vec<Scores>,
    /// Share of the texts of the two first labels that are given the right one of those two, by each
    /// of `models`.
    pub first_two: Vec<f64>,
    pub temperature: f64,
    pub calibration_error: f64,
    pub calibration_error_before: f64,
    pub threshold: f64,
    /// At the threshold.
    pub coverage: f64,
    /// Share of wrong decisions at the threshold.
    pub risk: f64,
}

/// What [`test_on`] finds: figures on texts that nothing was made from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestCard {
    /// SHA-256 of the labelled file, in hexadecimal.
    pub tested_on: String,
    pub examples: usize,
    /// The commonest label, claims alone, the head alone, both where they were weighed.
    pub models: Vec<Scores>,
    /// As [`JointCard::first_two`].
    pub first_two: Vec<f64>,
    /// Of the last model.
    pub calibration_error: f64,
    pub coverage: f64,
    pub risk: f64,
}

/// Measures a head, and its scheme's claims, on texts that nothing was made from.
///
/// # Errors
/// A head that was not weighed against claims, or texts that it was made from.
pub fn test_on(
    head: &Head,
    labelled: &Labelled,
    scheme: &Scheme,
    embed: &Embed,
    model: &Arc<dyn Entailment>,
) -> Result<TestCard> {
    let wrong = |message: &str| Error::new(Stage::Stance, message).at(&scheme.name);
    let joint = (head.claims.as_ref())
        .ok_or_else(|| wrong("a head is tested after it was weighed").remedy("add --weigh"))?;
    if labelled.sha256 == head.trained_on || labelled.sha256 == joint.trained_on {
        return Err(wrong(
            "the head cannot be tested on texts that it was made from",
        ));
    }
    let classes = head.labels.len();
    let texts: Vec<&str> = labelled.texts.iter().map(String::as_str).collect();
    let vectors = embed(&texts)?;
    let alone: Vec<Vec<f64>> = (texts.iter().zip(&vectors))
        .map(|(text, vector)| head.scores(text, vector))
        .collect();
    let judged = (Claims::of(scheme))
        .ok_or_else(|| wrong("the scheme has no claims"))?
        .scores(model.as_ref(), &texts)?;
    let claims = InferenceModel::new(scheme, Arc::clone(model))?;
    let claims = held(&claims.by_scores(&judged), labelled);
    let both: Vec<Vec<f64>> = (alone.iter().zip(&judged))
        .map(|(head, claims)| {
            let probabilities = joint.probabilities(head, claims);
            let logarithms = probabilities.iter().map(|p| p.max(f64::MIN_POSITIVE).ln());
            logarithms.collect()
        })
        .collect();
    let (alone, both) = (held(&alone, labelled), held(&both, labelled));
    let mut counts = vec![0.0; classes];
    for &label in &labelled.labels {
        counts[label] += 1.0;
    }
    let constant = held(&vec![counts; texts.len()], labelled);
    let cuts = rounded_cuts(&both, 1.0);
    let at_threshold = cuts.iter().find(|c| c.threshold == joint.threshold);
    Ok(TestCard {
        tested_on: labelled.sha256.clone(),
        examples: texts.len(),
        first_two: [&constant, &claims, &alone, &both]
            .map(|held| first_two(held))
            .to_vec(),
        calibration_error: rounded(calibrate::calibration_error(&both, 1.0)),
        coverage: at_threshold.map_or(1.0, |c| c.coverage),
        risk: at_threshold.map_or(1.0, |c| rounded(1.0 - c.accuracy)),
        models: vec![
            scores("majority", &constant, classes),
            scores("claims alone, no examples", &claims, classes),
            scores("head alone", &alone, classes),
            scores("head and claims", &both, classes),
        ],
    })
}

/// Each text's scores with its label.
fn held(scores: &[Vec<f64>], labelled: &Labelled) -> Vec<Held> {
    let labels = scores.iter().zip(&labelled.labels);
    labels
        .map(|(scores, &label)| Held {
            scores: scores.clone(),
            label,
        })
        .collect()
}

/// The penalty on the few weights of a [`Joint`].
const JOINT_PENALTY: f64 = 1.0;

/// Weighs `head` against the scheme's claims on texts that it was not trained on.
///
/// # Errors
/// A scheme without claims, texts of the head's own file, fewer than two folds.
pub fn weigh(
    head: &Head,
    labelled: &Labelled,
    scheme: &Scheme,
    folds: Folds,
    embed: &Embed,
    model: &dyn Entailment,
) -> Result<(Joint, JointCard)> {
    let wrong = |message: &str| Error::new(Stage::Stance, message).at(&scheme.name);
    let claims = Claims::of(scheme).ok_or_else(|| {
        wrong("the scheme has no claims").remedy("give its labels `endorses` and `rejects`")
    })?;
    if labelled.sha256 == head.trained_on {
        return Err(wrong(
            "the head cannot be weighed on the texts that it was trained on",
        ));
    }
    let classes = head.labels.len();
    let texts: Vec<&str> = labelled.texts.iter().map(String::as_str).collect();
    let vectors = embed(&texts)?;
    let judged = claims.scores(model, &texts)?;
    let alone: Vec<Vec<f64>> = texts
        .iter()
        .zip(&vectors)
        .map(|(text, vector)| head.scores(text, vector))
        .collect();
    let rows: Vec<Row> = alone
        .iter()
        .zip(&judged)
        .map(|(head, claims)| joint_row(head, claims))
        .collect();
    let fitted = |kept: &[usize]| {
        let rows: Vec<Row> = kept.iter().map(|&i| rows[i].clone()).collect();
        let labels: Vec<usize> = kept.iter().map(|&i| labelled.labels[i]).collect();
        let problem = Problem {
            rows: &rows,
            labels: &labels,
            features: 2 * classes,
            classes,
            penalty: JOINT_PENALTY,
        };
        problem.solve()
    };
    let fold = fold_of_each(labelled, folds)?;
    let mut crossed: Vec<Held> = Vec::with_capacity(texts.len());
    let folds: BTreeSet<usize> = fold.iter().copied().collect();
    let mut by_fold: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for held in folds {
        let kept: Vec<usize> = (0..rows.len()).filter(|&i| fold[i] != held).collect();
        by_fold.insert(held, fitted(&kept)?);
    }
    for (i, row) in rows.iter().enumerate() {
        crossed.push(Held {
            scores: logistic::scores(&by_fold[&fold[i]], 2 * classes, classes, row),
            label: labelled.labels[i],
        });
    }
    let (judged, alone) = (held(&judged, labelled), held(&alone, labelled));
    let temperature = rounded(calibrate::temperature(&crossed));
    let cuts = rounded_cuts(&crossed, temperature);
    let threshold = calibrate::threshold(&cuts);
    let at_threshold = cuts.iter().find(|c| c.threshold == threshold);
    let everything: Vec<usize> = (0..rows.len()).collect();
    let (weights, bias) = rounded_weights(&fitted(&everything)?, classes);
    let card = JointCard {
        trained_on: labelled.sha256.clone(),
        examples: texts.len(),
        models: vec![
            scores("claims alone", &judged, classes),
            scores("head alone", &alone, classes),
            scores("head and claims", &crossed, classes),
        ],
        first_two: [&judged, &alone, &crossed]
            .map(|held| first_two(held))
            .to_vec(),
        temperature,
        calibration_error: rounded(calibrate::calibration_error(&crossed, temperature)),
        calibration_error_before: rounded(calibrate::calibration_error(&crossed, 1.0)),
        threshold,
        coverage: at_threshold.map_or(1.0, |c| c.coverage),
        risk: at_threshold.map_or(1.0, |c| rounded(1.0 - c.accuracy)),
    };
    let joint = Joint {
        model: model.source().fingerprint(),
        claims: claims.fingerprint(),
        trained_on: labelled.sha256.clone(),
        examples: texts.len(),
        temperature,
        threshold,
        cuts,
        bias,
        weights,
    };
    Ok((joint, card))
}

/// Of the texts of the two first labels, the share that scores higher on its own than on the other.
fn first_two(held: &[Held]) -> f64 {
    let of_two = held.iter().filter(|h| h.label < 2);
    let right = of_two
        .clone()
        .filter(|h| h.scores[h.label] > h.scores[1 - h.label]);
    rounded(right.count() as f64 / of_two.count().max(1) as f64)
}
