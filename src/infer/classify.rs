//! What models say beside vectors: whether one text follows from another, and where persons are
//! named. Plain data goes in and comes out, whatever runs the model.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value};

use super::local::ModelFolder;
use crate::{Error, Result, Stage};

/// A model that a person has chosen, for a run's manifest and the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A name of the manifest, or the folder's name.
    pub name: String,
    /// Of each file that the answers depend on, in hexadecimal.
    pub sha256: BTreeMap<String, String>,
}

impl Source {
    /// SHA-256 of the weights, in hexadecimal; nothing where there are none.
    pub fn fingerprint(&self) -> String {
        let weights = |(name, _): &(&String, &String)| name.ends_with(".safetensors");
        let found = self.sha256.iter().find(weights);
        found.map_or_else(String::new, |(_, hash)| hash.clone())
    }
}

/// How a text stands to a claim; the three add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The claim follows from the text, or the text speaks for it.
    pub support: f64,
    /// The text contradicts the claim, or speaks against it.
    pub oppose: f64,
    /// Neither. Of a model that does not tell this from the former it is 0.
    pub neutral: f64,
}

impl Verdict {
    /// The share of support in what is not neutral (Yin, Hay & Roth 2019, "Benchmarking Zero-shot
    /// Text Classification").
    pub fn share(&self) -> f64 {
        self.support / (self.support + self.oppose).max(f64::MIN_POSITIVE)
    }

    /// Support less opposition, within -1 to 1.
    pub fn balance(&self) -> f64 {
        self.support - self.oppose
    }
}

/// What two parties that a text names hold toward each other; the five add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Direction {
    pub neutral: f64,
    /// The first toward the second.
    pub positive: f64,
    pub negative: f64,
    /// The second toward the first.
    pub positive_back: f64,
    pub negative_back: f64,
}

/// A model that reads a text and a claim together: natural language inference, or stance.
pub trait Entailment: Send + Sync {
    fn source(&self) -> &Source;

    /// The verdict on each pair of a text and a claim. A text that is longer than the model takes is
    /// cut, a claim never. A pair's verdict is the same in any company: bit for bit with the
    /// embedded engine, to 1e-5 with others.
    fn verdicts(&self, pairs: &[(&str, &str)]) -> Result<Vec<Verdict>>;

    /// For each text with its first party in `[brackets]` and its second in `{braces}`, and "FIRST toward
    /// SECOND".
    ///
    /// # Errors
    /// A model that has not learned it.
    fn directions(&self, _pairs: &[(&str, &str)]) -> Result<Vec<Direction>> {
        Err(Direction::not_learned(self.source()))
    }
}

/// Named-entity recognition, of persons alone.
pub trait PersonTagger: Send + Sync {
    fn source(&self) -> &Source;

    /// The names of persons in each sentence, as ranges of its bytes, in their order.
    fn persons(&self, sentences: &[&str]) -> Result<Vec<Vec<Range<usize>>>>;
}

/// What the scores of a model for pairs mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Scores of a pair.
    pub labels: usize,
    support: usize,
    /// Of models that tell it from neither.
    oppose: Option<usize>,
}

impl Meaning {
    /// Reads the labels in `config.json`.
    ///
    /// # Errors
    /// A file without labels, or labels of which none is for entailment or support.
    pub fn read(folder: &ModelFolder) -> Result<Meaning> {
        let path = folder.file("config.json")?;
        let config: Option<Map<String, Value>> = folder.json("config.json")?;
        let labels = labels(&config.unwrap_or_default(), &path)?;
        Meaning::of(&labels).ok_or_else(|| {
            Error::new(
                Stage::Models,
                format!(
                    "of the labels {}, none is for entailment",
                    labels.join(", ")
                ),
            )
            .at_path(path)
            .remedy("take a model for natural language inference (NLI)")
        })
    }

    /// Finds the labels whatever the model's way to name them.
    fn of(labels: &[String]) -> Option<Meaning> {
        let position = |starts: [&str; 3]| {
            labels.iter().position(|label| {
                let label = label.to_lowercase();
                starts.iter().any(|start| label.starts_with(start))
            })
        };
        Some(Meaning {
            labels: labels.len(),
            support: position(["entail", "support", "yes"])?,
            oppose: position(["contra", "oppose", "refute"]),
        })
    }

    /// What a pair's scores amount to.
    pub fn verdict(&self, scores: &[f32]) -> Verdict {
        let top = f64::from(scores.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let raised = |score: f32| (f64::from(score) - top).exp();
        let all: f64 = scores.iter().map(|&score| raised(score)).sum();
        let support = raised(scores[self.support]) / all;
        let oppose = match self.oppose {
            Some(label) => raised(scores[label]) / all,
            None => 1.0 - support,
        };
        Verdict {
            support,
            oppose,
            neutral: (1.0 - support - oppose).max(0.0),
        }
    }
}

/// The labels of the pair encoder's second head, in its order.
pub(super) const DIRECTIONS: usize = 5;

impl Direction {
    /// The error of a model without that head.
    pub(super) fn not_learned(source: &Source) -> Error {
        Error::new(
            Stage::Models,
            format!("{} does not tell who holds what toward whom", source.name),
        )
        .remedy("take the built-in pair encoder with the embedded engine")
    }

    /// What the scores of that head amount to.
    pub(super) fn of(scores: &[f32]) -> Direction {
        let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let raised: Vec<f64> = (scores.iter())
            .map(|score| f64::from(score - top).exp())
            .collect();
        let all: f64 = raised.iter().sum();
        let share = |label: usize| raised[label] / all;
        Direction {
            neutral: share(0),
            positive: share(1),
            negative: share(2),
            positive_back: share(3),
            negative_back: share(4),
        }
    }
}

/// A model's labels by position, from `id2label` in its configuration, read from `path`.
///
/// # Errors
/// None, or some with gaps.
pub(super) fn labels(config: &Map<String, Value>, path: &Path) -> Result<Vec<String>> {
    let labels = config.get("id2label").cloned();
    let labels = labels.and_then(|l| serde_json::from_value::<BTreeMap<usize, String>>(l).ok());
    labels
        .filter(|labels| labels.len() > 1 && labels.keys().copied().eq(0..labels.len()))
        .map(|labels| labels.into_values().collect())
        .ok_or_else(|| {
            Error::new(
                Stage::Models,
                "has no `id2label` from 0 on, with two labels or more",
            )
            .at_path(path)
            .remedy("take a model with a head for this task, not a bare encoder")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_by_their_names_wherever_they_stand() {
        for (labels, expected) in [
            (
                &["contradiction", "neutral", "entailment"][..],
                Some((2, Some(0))),
            ),
            (
                &["ENTAILMENT", "NEUTRAL", "CONTRADICTION"],
                Some((0, Some(2))),
            ),
            (&["support", "oppose", "neutral"], Some((0, Some(1)))),
            (&["entailment", "not_entailment"], Some((0, None))),
            (&["not_entailment", "entailment"], Some((1, None))),
            (&["POSITIVE", "NEGATIVE"], None),
            (&["LABEL_0", "LABEL_1", "LABEL_2"], None),
        ] {
            let labels: Vec<String> = labels.iter().map(|l| (*l).to_owned()).collect();
            let found = Meaning::of(&labels).map(|m| (m.support, m.oppose));
            assert_eq!(found, expected, "{labels:?}");
        }
    }

    #[test]
    fn verdicts_add_up_and_what_does_not_follow_is_opposed_where_nothing_else_is_told() {
        let three = Meaning {
            labels: 3,
            support: 2,
            oppose: Some(0),
        };
        let verdict = three.verdict(&[1.0, 500.0, 1.0]);
        assert_eq!((verdict.support, verdict.neutral), (verdict.oppose, 1.0));
        let verdict = three.verdict(&[0.0, 0.0, 2.0_f32.ln()]);
        assert!((verdict.support - 0.5).abs() < 1e-6);
        assert!((verdict.share() - 2.0 / 3.0).abs() < 1e-6);
        assert!((verdict.balance() - 0.25).abs() < 1e-6);
        let two = Meaning {
            labels: 2,
            support: 1,
            oppose: None,
        };
        let verdict = two.verdict(&[0.0, 3.0_f32.ln()]);
        assert!((verdict.share() - 0.75).abs() < 1e-6);
        assert_eq!(verdict.neutral, 0.0);
    }
}
