//! Stances by natural language inference: of the labels' hypotheses, the one that follows from the
//! text. Needs no training, and so knows nothing about how sure it may be.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Scheme, called};
use crate::Result;
use crate::analysis::StanceCall;
use crate::infer::Entailment;

/// Abstain below this, unless the scheme says otherwise: one label has to beat all others together.
const THRESHOLD: f64 = 0.5;

/// Shares are kept this far from 0 and 1, where their odds would be without bounds.
const EDGE: f64 = 1e-6;

/// Decides where texts stand by asking a model what follows from them.
pub struct InferenceModel {
    labels: Vec<String>,
    /// One for each label.
    hypotheses: Vec<String>,
    model: Arc<dyn Entailment>,
    threshold: f64,
}

impl InferenceModel {
    pub fn new(scheme: &Scheme, model: Arc<dyn Entailment>) -> InferenceModel {
        let labels = scheme.labels.iter();
        InferenceModel {
            labels: scheme.label_names(),
            hypotheses: labels.map(|label| label.hypothesis.clone()).collect(),
            model,
            threshold: scheme.threshold.unwrap_or(THRESHOLD),
        }
    }

    /// Where each text stands. A label's probability is its share of the odds that its hypothesis
    /// follows from the text; equal texts are asked about once.
    ///
    /// # Errors
    /// Whatever the model fails with.
    pub fn calls(&self, texts: &[&str]) -> Result<Vec<StanceCall>> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut distinct = Vec::new();
        for text in texts {
            places.entry(text).or_insert_with(|| {
                distinct.push(*text);
                distinct.len() - 1
            });
        }
        let hypotheses: Vec<&str> = self.hypotheses.iter().map(String::as_str).collect();
        let shares = self.model.classify(&distinct, &hypotheses)?;
        Ok(texts
            .iter()
            .map(|text| {
                let odds = shares.row(places[text]).iter().map(|&share| {
                    let share = f64::from(share).clamp(EDGE, 1.0 - EDGE);
                    share / (1.0 - share)
                });
                let odds: Vec<f64> = odds.collect();
                let all: f64 = odds.iter().sum();
                let probabilities: Vec<f64> = odds.iter().map(|o| o / all).collect();
                called(&self.labels, &probabilities, self.threshold)
            })
            .collect())
    }
}
