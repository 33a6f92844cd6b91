//! Whether one text follows from another.

use super::network::{Config, Task};
use super::{Device, Loaded, Matrix, ModelFolder};
use crate::infer::{Entailment, Source};
use crate::{Error, Result, Stage};

/// Texts whose pairs are held at a time.
const BLOCK: usize = 64;

/// A classifier of pairs of texts.
pub struct RustBertEntailment {
    loaded: Loaded,
    source: Source,
    labels: usize,
    entailment: usize,
    /// Of models that tell contradiction from neither.
    contradiction: Option<usize>,
}

impl RustBertEntailment {
    /// # Errors
    /// As [`super::RustBert::open`]; also labels of which none is for entailment.
    pub fn open(
        folder: &ModelFolder,
        device: Device,
        threads: Option<usize>,
    ) -> Result<RustBertEntailment> {
        let config = Config::read(folder)?;
        let labels = config.labels()?;
        let (entailment, contradiction) = positions(&labels).ok_or_else(|| {
            Error::new(
                Stage::Models,
                format!(
                    "of the labels {}, none is for entailment",
                    labels.join(", ")
                ),
            )
            .at_path(&config.path)
            .remedy("take a model for natural language inference (NLI)")
        })?;
        Ok(RustBertEntailment {
            loaded: Loaded::open(folder, Task::Pairs, device, threads)?,
            source: folder.source.clone(),
            labels: labels.len(),
            entailment,
            contradiction,
        })
    }
}

/// Where entailment and contradiction are among a model's labels, whatever its way to name them.
fn positions(labels: &[String]) -> Option<(usize, Option<usize>)> {
    let lower: Vec<String> = labels.iter().map(|label| label.to_lowercase()).collect();
    let entailment = lower
        .iter()
        .position(|l| l.starts_with("entail") || l == "yes")?;
    let contradiction = lower.iter().position(|l| l.starts_with("contra"));
    Some((entailment, contradiction))
}

impl Entailment for RustBertEntailment {
    fn source(&self) -> &Source {
        &self.source
    }

    fn classify(&self, texts: &[&str], hypotheses: &[&str]) -> Result<Matrix> {
        let mut shares = Matrix::zeros(texts.len(), hypotheses.len());
        if hypotheses.is_empty() {
            return Ok(shares);
        }
        for (block, texts) in texts.chunks(BLOCK).enumerate() {
            let mut pairs = Vec::with_capacity(texts.len() * hypotheses.len());
            for text in texts {
                for hypothesis in hypotheses {
                    pairs.push(self.loaded.reader.pair(text, hypothesis)?);
                }
            }
            let first = block * BLOCK * hypotheses.len();
            self.loaded.run_all(&pairs, |pair, shape, scores| {
                if shape != [self.labels] {
                    return Err(Error::new(
                        Stage::Infer,
                        format!("the network gave {shape:?} scores for a pair"),
                    ));
                }
                shares.data[first + pair] = self.share(scores);
                Ok(())
            })?;
        }
        Ok(shares)
    }
}

impl RustBertEntailment {
    fn share(&self, scores: &[f32]) -> f32 {
        let own = f64::from(scores[self.entailment]);
        let others: f64 = match self.contradiction {
            Some(other) => (f64::from(scores[other]) - own).exp(),
            None => {
                let all = scores.iter().enumerate();
                all.filter(|(label, _)| *label != self.entailment)
                    .map(|(_, &score)| (f64::from(score) - own).exp())
                    .sum()
            }
        };
        (1.0 / (1.0 + others)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entailment_is_found_by_its_name_wherever_it_stands() {
        for (labels, expected) in [
            (
                &["contradiction", "neutral", "entailment"][..],
                Some((2, Some(0))),
            ),
            (
                &["ENTAILMENT", "NEUTRAL", "CONTRADICTION"],
                Some((0, Some(2))),
            ),
            (&["entailment", "not_entailment"], Some((0, None))),
            (&["not_entailment", "entailment"], Some((1, None))),
            (&["POSITIVE", "NEGATIVE"], None),
            (&["LABEL_0", "LABEL_1", "LABEL_2"], None),
        ] {
            let labels: Vec<String> = labels.iter().map(|l| (*l).to_owned()).collect();
            assert_eq!(positions(&labels), expected, "{labels:?}");
        }
    }
}
