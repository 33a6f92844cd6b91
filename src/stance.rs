//! Where a text stands: schemes, trained heads, calls that may abstain.
//!
//! A [`Scheme`] asks the question and lists the labels. [`StanceModel::open`] takes its head: one
//! that comes with the program, one from a file, one trained on the spot from the scheme's
//! examples, or none at all (zero-shot). [`train`] makes heads and measures them.

pub mod calibrate;
mod card;
mod claims;
pub mod features;
pub mod head;
mod inference;
pub mod logistic;
mod scheme;
pub mod target;
pub mod train;
pub mod weigh;

pub use self::claims::Claims;
pub use self::head::Head;
pub use self::inference::InferenceModel;
pub use self::scheme::{Asks, Example, HeadSource, Label, Scheme, When};
pub use self::target::TargetModel;

use std::sync::Arc;

use crate::analysis::{LabelProbability, StanceCall};
use crate::infer::{Entailment, Matrix};
use crate::{Error, Result, Stage};

/// Vectors of texts, one each, in order. An [`crate::infer`] embedder behind a closure.
pub type Embed<'a> = dyn Fn(&[&str]) -> Result<Vec<Vec<f32>>> + 'a;

/// Divides cosines before the softmax of a zero-shot call, unless the scheme says otherwise.
pub const ZERO_SHOT_TEMPERATURE: f64 = 0.07;

/// The heads that come with the program: name and file.
const HEADS: [(&str, &[u8]); 1] = [("alliance", include_bytes!("../models/heads/alliance.json"))];

/// Decides where texts stand, by one scheme.
#[derive(Clone)]
pub struct StanceModel {
    labels: Vec<String>,
    dimensions: usize,
    decider: Decider,
    threshold: f64,
    /// What the scheme says, whatever a head says.
    fixed: Option<f64>,
    judge: Option<Judge>,
}

/// What puts texts beside the scheme's claims.
#[derive(Clone)]
struct Judge {
    claims: Claims,
    model: Arc<dyn Entailment>,
}

#[derive(Debug, Clone)]
enum Decider {
    Head(Box<Head>),
    ZeroShot {
        /// Per label: what its holder would say.
        prototypes: Vec<Vec<Vec<f32>>>,
        temperature: f64,
    },
}

impl StanceModel {
    /// Opens the scheme's head. `embed` must be the encoder that texts will be called with.
    ///
    /// # Errors
    /// A head that is missing, broken, or made for other labels or another encoder.
    pub fn open(scheme: &Scheme, embed: &Embed) -> Result<StanceModel> {
        let labels = scheme.label_names();
        let described: Vec<&str> = scheme
            .labels
            .iter()
            .map(|l| l.description.as_str())
            .collect();
        let dimensions = embed(&described[..1])?.first().map_or(0, Vec::len);
        let decider = match &scheme.head {
            HeadSource::BuiltIn(name) => {
                let Some((_, bytes)) = HEADS.iter().find(|(known, _)| known == name) else {
                    let message = format!("no head is called `{name}`");
                    return Err(Error::new(Stage::Stance, message).at(&scheme.name));
                };
                Decider::Head(Box::new(Head::read(bytes, &format!("head {name}"))?))
            }
            HeadSource::File(path) => {
                let bytes = std::fs::read(path).map_err(|error| {
                    Error::new(Stage::Stance, "cannot read the scheme's head")
                        .at_path(path)
                        .caused_by(error)
                        .remedy("`stancemap train stance --out FILE` writes one")
                })?;
                let place = path.display().to_string();
                Decider::Head(Box::new(Head::read(&bytes, &place)?))
            }
            HeadSource::Examples(examples) => {
                let labelled = train::Labelled::from_examples(examples, scheme);
                let trained = train::train(&labelled, scheme, train::Folds::Number(5), "", embed)?;
                Decider::Head(Box::new(trained.head))
            }
            HeadSource::ZeroShot => Decider::ZeroShot {
                prototypes: prototypes(scheme, embed)?,
                temperature: scheme.temperature,
            },
        };
        let mut threshold = 0.0;
        if let Decider::Head(head) = &decider {
            if head.labels != labels {
                let message = format!(
                    "the head knows the labels {}, the scheme {}",
                    head.labels.join(", "),
                    labels.join(", ")
                );
                return Err(Error::new(Stage::Stance, message)
                    .at(&scheme.name)
                    .remedy("train a head for this scheme with `stancemap train stance`"));
            }
            if head.features.dimensions != 0 && head.features.dimensions != dimensions {
                let message = format!(
                    "the head was trained on vectors of {} ({} numbers), not of {dimensions}",
                    head.encoder, head.features.dimensions
                );
                return Err(Error::new(Stage::Stance, message)
                    .at(&scheme.name)
                    .remedy("use that model, or train the head again with this one"));
            }
            threshold = head.threshold;
        }
        Ok(StanceModel {
            labels,
            dimensions,
            decider,
            threshold: scheme.threshold.unwrap_or(threshold),
            fixed: scheme.threshold,
            judge: None,
        })
    }

    /// Whether the scheme's head was made to decide together with a model that judges its claims.
    pub fn wants_claims(&self) -> bool {
        matches!(&self.decider, Decider::Head(head) if head.claims.is_some())
    }

    /// Decides by the scheme's claims too, as `model` judges them, in [`StanceModel::weigh`].
    ///
    /// # Errors
    /// A scheme without claims, a head that was made without them, with others or with another model.
    pub fn with_claims(
        mut self,
        scheme: &Scheme,
        model: Arc<dyn Entailment>,
    ) -> Result<StanceModel> {
        let wrong = |message: String| {
            Error::new(Stage::Stance, message)
                .at(&scheme.name)
                .remedy("train the head again with `stancemap train stance`")
        };
        let claims = Claims::of(scheme);
        let claims = claims.ok_or_else(|| wrong("the scheme has no claims".to_owned()))?;
        let joint = match &self.decider {
            Decider::Head(head) => head.claims.as_ref(),
            Decider::ZeroShot { .. } => None,
        };
        let joint = joint.ok_or_else(|| wrong("its head was made without claims".to_owned()))?;
        if joint.model != model.source().fingerprint() {
            return Err(wrong(format!(
                "its head was made with another model than {}",
                model.source().name
            )));
        }
        if joint.claims != claims.fingerprint() {
            return Err(wrong("its head was made with other claims".to_owned()));
        }
        self.judge = Some(Judge { claims, model });
        Ok(self)
    }

    /// As [`StanceModel::call`] for many texts, by the claims as well; `vectors` has a row for each.
    ///
    /// # Errors
    /// Whatever the model of the claims fails with.
    pub fn weigh(&self, texts: &[&str], vectors: &Matrix) -> Result<Vec<StanceCall>> {
        let plain = |(i, text): (usize, &&str)| self.call(text, vectors.row(i));
        let (Some(judge), Decider::Head(head)) = (&self.judge, &self.decider) else {
            return Ok(texts.iter().enumerate().map(plain).collect());
        };
        let Some(joint) = &head.claims else {
            return Ok(texts.iter().enumerate().map(plain).collect());
        };
        let threshold = self.fixed.unwrap_or(joint.threshold);
        let scores = judge.claims.scores(judge.model.as_ref(), texts)?;
        let weighed = |((i, text), claims): ((usize, &&str), &Vec<f64>)| {
            let probabilities = joint.probabilities(&head.scores(text, vectors.row(i)), claims);
            called(&self.labels, &probabilities, threshold)
        };
        let texts = texts.iter().enumerate();
        Ok(texts.zip(&scores).map(weighed).collect())
    }

    /// In the scheme's order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Whether there is no trained head: probabilities are not calibrated then, and reports should
    /// say so.
    pub fn low_confidence(&self) -> bool {
        matches!(self.decider, Decider::ZeroShot { .. })
    }

    /// Abstain below this probability.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Abstains so that, by cross-validation, at most this share of the decided calls is wrong.
    ///
    /// # Errors
    /// Where no threshold is that safe, or there is no trained head to tell.
    pub fn with_risk(mut self, risk: f64) -> Result<StanceModel> {
        let threshold = match &self.decider {
            Decider::Head(head) => head.threshold_for_risk(risk),
            Decider::ZeroShot { .. } => None,
        };
        self.threshold = threshold.ok_or_else(|| {
            Error::new(
                Stage::Stance,
                format!("no threshold keeps the risk at {risk}"),
            )
            .remedy("allow a higher risk")
        })?;
        Ok(self)
    }

    /// Where `text` stands; `vector` is its vector by the encoder that the model was opened with.
    ///
    /// Probabilities are rounded to four places. Panics where `vector` has another length.
    pub fn call(&self, text: &str, vector: &[f32]) -> StanceCall {
        assert_eq!(vector.len(), self.dimensions, "a vector of another encoder");
        let probabilities = match &self.decider {
            Decider::Head(head) => head.probabilities(text, vector),
            Decider::ZeroShot {
                prototypes,
                temperature,
            } => zero_shot(prototypes, *temperature, vector),
        };
        called(&self.labels, &probabilities, self.threshold)
    }
}

/// The call that probabilities amount to.
fn called(labels: &[String], probabilities: &[f64], threshold: f64) -> StanceCall {
    let best = calibrate::best(probabilities);
    let decided = probabilities[best] >= threshold;
    StanceCall {
        label: decided.then(|| labels[best].clone()),
        best: labels[best].clone(),
        confidence: rounded(probabilities[best]),
        probabilities: labels
            .iter()
            .zip(probabilities)
            .map(|(label, &probability)| LabelProbability {
                label: label.clone(),
                probability: rounded(probability),
            })
            .collect(),
    }
}

/// Vectors of each label's description and statements.
fn prototypes(scheme: &Scheme, embed: &Embed) -> Result<Vec<Vec<Vec<f32>>>> {
    scheme
        .labels
        .iter()
        .map(|label| {
            let mut texts = vec![label.description.as_str()];
            texts.extend(label.endorses.iter().map(String::as_str));
            embed(&texts)
        })
        .collect()
}

/// Softmax over each label's mean of its best cosine and its average one.
fn zero_shot(prototypes: &[Vec<Vec<f32>>], temperature: f64, vector: &[f32]) -> Vec<f64> {
    let scores: Vec<f64> = prototypes
        .iter()
        .map(|label| {
            let near: Vec<f64> = label.iter().map(|p| cosine(p, vector)).collect();
            let best = near.iter().copied().fold(-1.0, f64::max);
            let mean = near.iter().sum::<f64>() / near.len().max(1) as f64;
            (best + mean) / 2.0
        })
        .collect();
    logistic::softmax(&scores, temperature)
}

/// Cosine of two vectors of length 1.
pub(crate) fn cosine(one: &[f32], other: &[f32]) -> f64 {
    f64::from(one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>())
}

/// To four places.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
