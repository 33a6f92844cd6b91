//! Stances by a model that reads text and claim together, without a labelled example: of the labels,
//! the one whose claims the text speaks for, or whose hypothesis follows from it. Nothing is
//! trained, so nothing is known about how sure it may be.

use std::sync::Arc;

use super::claims::distinct;
use super::{Claims, Scheme, called, logistic};
use crate::Result;
use crate::analysis::StanceCall;
use crate::infer::Entailment;

/// Abstain below this, unless the scheme says otherwise: one label has to beat all others together.
const THRESHOLD: f64 = 0.5;

/// Shares are kept this far from 0 and 1, where their odds would be without bounds.
const EDGE: f64 = 1e-6;

/// What a model says of these it says of nothing: its bias towards a label (contextual calibration:
/// Zhao et al. 2021, "Calibrate Before Use").
const CONTENT_FREE: [&str; 3] = ["", "N/A", "The text."];

/// Divides the claims' scores before the softmax; fitted on the dev topics of models/training.
const CLAIMS_TEMPERATURE: f64 = 0.2;

/// Decides where texts stand by what a model says of pairs.
pub struct InferenceModel {
    labels: Vec<String>,
    asked: Asked,
    model: Arc<dyn Entailment>,
    threshold: f64,
}

enum Asked {
    /// One for each label, of a scheme without claims.
    Hypotheses(Vec<String>),
    Claims {
        claims: Claims,
        /// The labels' scores for texts that say nothing.
        bias: Vec<f64>,
    },
}

impl InferenceModel {
    /// # Errors
    /// Whatever the model fails with.
    pub fn new(scheme: &Scheme, model: Arc<dyn Entailment>) -> Result<InferenceModel> {
        let asked = match Claims::of(scheme) {
            None => {
                let labels = scheme.labels.iter();
                Asked::Hypotheses(labels.map(|label| label.hypothesis.clone()).collect())
            }
            Some(claims) => {
                let scores = claims.scores(model.as_ref(), &CONTENT_FREE)?;
                let mean = |label: usize| {
                    let sum: f64 = scores.iter().map(|scores| scores[label]).sum();
                    sum / scores.len() as f64
                };
                let bias = (0..scheme.labels.len()).map(mean).collect();
                Asked::Claims { claims, bias }
            }
        };
        Ok(InferenceModel {
            labels: scheme.label_names(),
            asked,
            model,
            threshold: scheme.threshold.unwrap_or(THRESHOLD),
        })
    }

    /// Where each text stands; equal texts are asked about once.
    ///
    /// With claims, a label's probability comes from its claims' score, less the score that texts
    /// without content get; with hypotheses, it is its share of the odds that its hypothesis
    /// follows from the text.
    ///
    /// # Errors
    /// Whatever the model fails with.
    pub fn calls(&self, texts: &[&str]) -> Result<Vec<StanceCall>> {
        let calls = self.probabilities(texts)?;
        let call = |probabilities: &Vec<f64>| called(&self.labels, probabilities, self.threshold);
        Ok(calls.iter().map(call).collect())
    }

    /// For each text, in the order of the scheme's labels.
    fn probabilities(&self, texts: &[&str]) -> Result<Vec<Vec<f64>>> {
        match &self.asked {
            Asked::Hypotheses(hypotheses) => self.by_hypotheses(texts, hypotheses),
            Asked::Claims { claims, .. } => {
                Ok(self.by_scores(&claims.scores(self.model.as_ref(), texts)?))
            }
        }
    }

    /// Probabilities of texts whose claims' scores are known; none for a scheme without claims.
    pub(super) fn by_scores(&self, scores: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let Asked::Claims { bias, .. } = &self.asked else {
            return Vec::new();
        };
        let plain = |scores: &Vec<f64>| {
            let plain: Vec<f64> = scores.iter().zip(bias).map(|(s, b)| s - b).collect();
            logistic::softmax(&plain, CLAIMS_TEMPERATURE)
        };
        scores.iter().map(plain).collect()
    }

    fn by_hypotheses(&self, texts: &[&str], hypotheses: &[String]) -> Result<Vec<Vec<f64>>> {
        let (distinct, places) = distinct(texts);
        let asked = |text| hypotheses.iter().map(move |h| (text, h.as_str()));
        let pairs: Vec<(&str, &str)> = distinct.iter().copied().flat_map(asked).collect();
        let verdicts = self.model.verdicts(&pairs)?;
        let shared = |&place: &usize| {
            let verdicts = verdicts[place * hypotheses.len()..].iter();
            let odds = verdicts.take(hypotheses.len()).map(|verdict| {
                let share = verdict.share().clamp(EDGE, 1.0 - EDGE);
                share / (1.0 - share)
            });
            let odds: Vec<f64> = odds.collect();
            let all: f64 = odds.iter().sum();
            odds.iter().map(|o| o / all).collect()
        };
        Ok(places.iter().map(shared).collect())
    }
}
