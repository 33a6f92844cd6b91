//! How sure a head may be: temperature, abstention, and the figures that show both.

use serde::{Deserialize, Serialize};

use super::logistic::softmax;

/// Coverage that the default threshold keeps at least.
pub const LEAST_COVERAGE: f64 = 0.9;
const BINS: usize = 10;

/// A prediction for an item that the head has not seen: its scores and its true label.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub scores: Vec<f64>,
    pub label: usize,
}

/// What abstaining below a threshold does to predictions that were held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    pub threshold: f64,
    /// Share of the items that are decided.
    pub coverage: f64,
    /// Share of the decided that are right.
    pub accuracy: f64,
}

/// Mean negative log-likelihood at a temperature.
pub fn nll(held: &[Held], temperature: f64) -> f64 {
    let sum: f64 = held
        .iter()
        .map(|h| {
            -softmax(&h.scores, temperature)[h.label]
                .max(f64::MIN_POSITIVE)
                .ln()
        })
        .sum();
    sum / held.len().max(1) as f64
}

/// The temperature with the least [`nll`], within 0.2 to 5 (Guo et al. 2017, "On Calibration of
/// Modern Neural Networks"), by golden section over its logarithm.
pub fn temperature(held: &[Held]) -> f64 {
    if held.is_empty() {
        return 1.0;
    }
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.2_f64.ln(), 5.0_f64.ln());
    for _ in 0..60 {
        let one = high - golden * (high - low);
        let two = low + golden * (high - low);
        if nll(held, one.exp()) <= nll(held, two.exp()) {
            high = two;
        } else {
            low = one;
        }
    }
    ((low + high) / 2.0).exp()
}

/// Coverage and accuracy at each threshold from 0 to 0.99 in steps of 0.01, up to the last that
/// decides anything.
pub fn cuts(held: &[Held], temperature: f64) -> Vec<Cut> {
    let calls: Vec<(f64, bool)> = held.iter().map(|h| call(h, temperature)).collect();
    let mut cuts = Vec::new();
    for step in 0..100 {
        let threshold = f64::from(step) / 100.0;
        let decided: Vec<bool> = calls
            .iter()
            .filter(|(confidence, _)| *confidence >= threshold)
            .map(|(_, right)| *right)
            .collect();
        if decided.is_empty() {
            break;
        }
        let right = decided.iter().filter(|&&right| right).count();
        cuts.push(Cut {
            threshold,
            coverage: decided.len() as f64 / calls.len() as f64,
            accuracy: right as f64 / decided.len() as f64,
        });
    }
    cuts
}

/// The default rule: the threshold with the best accuracy of the decided among those that still
/// decide [`LEAST_COVERAGE`] of the items, the lowest where several are as good; 0 where
/// abstaining gains nothing.
pub fn threshold(cuts: &[Cut]) -> f64 {
    let mut best: Option<Cut> = None;
    for cut in cuts.iter().filter(|c| c.coverage >= LEAST_COVERAGE) {
        if best.is_none_or(|b| cut.accuracy > b.accuracy) {
            best = Some(*cut);
        }
    }
    best.map_or(0.0, |b| b.threshold)
}

/// The lowest threshold whose share of wrong decisions is at most `risk`; `None` where no
/// threshold is that safe.
pub fn threshold_for_risk(cuts: &[Cut], risk: f64) -> Option<f64> {
    cuts.iter()
        .find(|c| 1.0 - c.accuracy <= risk)
        .map(|c| c.threshold)
}

/// Expected calibration error of the likeliest label's probability, in ten bins of equal width.
pub fn calibration_error(held: &[Held], temperature: f64) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for h in held {
        let (confidence, right) = call(h, temperature);
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += confidence;
        bin.1 += f64::from(u8::from(right));
    }
    let gap: f64 = bins.iter().map(|(sure, right)| (sure - right).abs()).sum();
    gap / held.len().max(1) as f64
}

/// Probability of the likeliest label, and whether it is the true one.
fn call(held: &Held, temperature: f64) -> (f64, bool) {
    let probabilities = softmax(&held.scores, temperature);
    let best = best(&probabilities);
    (probabilities[best], best == held.label)
}

/// The first of the greatest.
pub fn best(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}
