//! A trained head: the features it sees, their weights, and how sure it may be.

use serde::{Deserialize, Serialize};

use super::calibrate::{self, Cut};
use super::features::{Blocks, Features};
use super::logistic::{self, Problem, Row};
use crate::{Error, Result, Stage};

/// The L2 penalty: `1 / C` in the notation of most libraries, with C = 4.
pub const PENALTY: f64 = 0.25;
/// Weights are kept to this many decimals.
const WEIGHT_PLACES: f64 = 1e5;

/// A file of `models/heads`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Of this format.
    pub version: u32,
    pub scheme: String,
    pub labels: Vec<String>,
    /// The model that made the vectors.
    pub encoder: String,
    /// SHA-256 of the labelled file, in hexadecimal.
    pub trained_on: String,
    pub examples: usize,
    pub temperature: f64,
    /// Abstain below this probability.
    pub threshold: f64,
    /// What other thresholds would do, by cross-validation.
    pub cuts: Vec<Cut>,
    pub features: Features,
    pub bias: Vec<f32>,
    /// By feature, one to each label.
    pub weights: Vec<Vec<f32>>,
    /// How it decides together with a model that judges the scheme's claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Joint>,
}

/// A head's scores and those of the scheme's claims, weighed against each other: logistic regression
/// on both, fitted to texts that neither was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joint {
    /// The model that judged the claims: SHA-256 of its weights, in hexadecimal.
    pub model: String,
    /// The claims that were judged: [`super::Claims::fingerprint`].
    pub claims: String,
    /// SHA-256 of the labelled file, in hexadecimal.
    pub trained_on: String,
    pub examples: usize,
    pub temperature: f64,
    /// Abstain below this probability.
    pub threshold: f64,
    /// What other thresholds would do, by cross-validation.
    pub cuts: Vec<Cut>,
    pub bias: Vec<f32>,
    /// By input, one to each label: the head's scores, less their mean, and the claims'.
    pub weights: Vec<Vec<f32>>,
}

impl Joint {
    /// Calibrated probabilities in the order of the head's labels.
    pub fn probabilities(&self, head: &[f64], claims: &[f64]) -> Vec<f64> {
        let scores = weigh(&self.bias, &self.weights, &joint_row(head, claims));
        logistic::softmax(&scores, self.temperature)
    }

    fn fits(&self, classes: usize) -> bool {
        self.temperature > 0.0
            && self.bias.len() == classes
            && self.weights.len() == 2 * classes
            && self.weights.iter().all(|cell| cell.len() == classes)
    }
}

/// What a [`Joint`] sees of a text.
pub(super) fn joint_row(head: &[f64], claims: &[f64]) -> Row {
    let mean = head.iter().sum::<f64>() / head.len().max(1) as f64;
    let centred = head.iter().map(|score| score - mean);
    centred.chain(claims.iter().copied()).enumerate().collect()
}

/// The scores of a row.
fn weigh(bias: &[f32], weights: &[Vec<f32>], row: &Row) -> Vec<f64> {
    let mut scores: Vec<f64> = bias.iter().map(|&b| f64::from(b)).collect();
    for (feature, value) in row {
        for (score, weight) in scores.iter_mut().zip(&weights[*feature]) {
            *score += f64::from(*weight) * value;
        }
    }
    scores
}

/// Weights by feature and the biases, rounded for a file.
pub(super) fn rounded(weights: &[f64], classes: usize) -> (Vec<Vec<f32>>, Vec<f32>) {
    let mut cells: Vec<Vec<f32>> = weights
        .chunks(classes)
        .map(|cell| {
            cell.iter()
                // `+ 0.0` turns a negative zero into zero.
                .map(|w| ((w * WEIGHT_PLACES).round() / WEIGHT_PLACES + 0.0) as f32)
                .collect()
        })
        .collect();
    let bias = cells.pop().unwrap_or_default();
    (cells, bias)
}

/// Features and unrounded weights: what cross-validation fits once per fold.
pub(super) struct Fitted {
    pub features: Features,
    pub weights: Vec<f64>,
    classes: usize,
}

/// Fits features and weights to labelled texts.
pub(super) fn fit(
    texts: &[&str],
    vectors: &[&[f32]],
    labels: &[usize],
    classes: usize,
    blocks: Blocks,
) -> Result<Fitted> {
    let features = Features::fit(texts, vectors.first().map_or(0, |v| v.len()), blocks);
    let rows: Vec<Row> = texts
        .iter()
        .zip(vectors)
        .map(|(text, vector)| features.row(text, vector))
        .collect();
    let problem = Problem {
        rows: &rows,
        labels,
        features: features.count(),
        classes,
        penalty: PENALTY,
    };
    Ok(Fitted {
        weights: problem.solve()?,
        features,
        classes,
    })
}

impl Fitted {
    pub fn scores(&self, text: &str, vector: &[f32]) -> Vec<f64> {
        let row = self.features.row(text, vector);
        logistic::scores(&self.weights, self.features.count(), self.classes, &row)
    }

    /// As a file has them.
    pub fn rounded(&self) -> (Vec<Vec<f32>>, Vec<f32>) {
        rounded(&self.weights, self.classes)
    }
}

impl Head {
    /// Reads a head and checks that its parts fit together.
    pub fn read(bytes: &[u8], place: &str) -> Result<Head> {
        let head: Head = serde_json::from_slice(bytes).map_err(|error| {
            Error::new(Stage::Stance, "this is not a stance head")
                .at(format!("{place}:{}", error.line()))
                .caused_by(error)
                .remedy("`stancemap train stance` writes one")
        })?;
        let classes = head.labels.len();
        let fits = head.version == 1
            && classes >= 2
            && head.temperature > 0.0
            && head.bias.len() == classes
            && head.weights.len() == head.features.count()
            && head.weights.iter().all(|cell| cell.len() == classes)
            && head.features.idf.len() == head.features.vocabulary.len()
            && head.features.cue_deviations.len() == head.features.cue_means.len()
            && head.claims.as_ref().is_none_or(|joint| joint.fits(classes));
        if !fits {
            return Err(
                Error::new(Stage::Stance, "the parts of this stance head do not fit")
                    .at(place)
                    .remedy("train it again with `stancemap train stance`"),
            );
        }
        Ok(head)
    }

    /// As the file holds it.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map(|json| json + "\n")
            .map_err(|error| Error::new(Stage::Stance, "cannot write the head").caused_by(error))
    }

    /// A score (logit) for each of `labels`, in their order.
    pub fn scores(&self, text: &str, vector: &[f32]) -> Vec<f64> {
        weigh(&self.bias, &self.weights, &self.features.row(text, vector))
    }

    /// Calibrated probabilities in the order of `labels`.
    pub fn probabilities(&self, text: &str, vector: &[f32]) -> Vec<f64> {
        logistic::softmax(&self.scores(text, vector), self.temperature)
    }

    /// The threshold for a share of wrong decisions; see [`calibrate::threshold_for_risk`].
    pub fn threshold_for_risk(&self, risk: f64) -> Option<f64> {
        calibrate::threshold_for_risk(&self.cuts, risk)
    }
}
