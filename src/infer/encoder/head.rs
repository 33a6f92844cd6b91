//! The head of a network that puts a text, or a pair of texts, into classes.

use super::Config;
use super::config::Family;
use crate::Result;
use crate::infer::weights::Tensors;

/// Two small layers on the state of the first token. They are computed one number after the other:
/// beside the encoder they take no time.
pub struct Head {
    /// `[hidden, hidden]`.
    pooler: Dense,
    squash: fn(f32) -> f32,
    /// `[labels, hidden]`.
    classifier: Dense,
}

/// A layer without an activation, computed one number after the other.
#[derive(Clone)]
pub(super) struct Dense {
    /// `[width, depth]`, as files have it.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Head {
    /// Reads the head with which the family is published.
    ///
    /// # Errors
    /// Tensors that are missing or of another shape; named.
    pub fn read(tensors: &Tensors, config: &Config, labels: usize) -> Result<Head> {
        let (pooler, classifier, squash): (_, _, fn(f32) -> f32) = match config.family {
            Family::Bert => ("bert.pooler.dense", "classifier", f32::tanh),
            Family::DistilBert => ("pre_classifier", "classifier", |x| x.max(0.0)),
            Family::Roberta | Family::Mpnet => {
                ("classifier.dense", "classifier.out_proj", f32::tanh)
            }
        };
        let hidden = config.hidden;
        Ok(Head {
            pooler: Dense::read(tensors, pooler, hidden, hidden)?,
            squash,
            classifier: Dense::read(tensors, classifier, labels, hidden)?,
        })
    }

    /// Another classifier behind the same pooler; `None` where there is no tensor of its name.
    ///
    /// # Errors
    /// As [`Head::read`].
    pub fn another(
        &self,
        tensors: &Tensors,
        config: &Config,
        classifier: &str,
        labels: usize,
    ) -> Result<Option<Head>> {
        if tensors.find(&format!("{classifier}.weight")).is_none() {
            return Ok(None);
        }
        Ok(Some(Head {
            pooler: self.pooler.clone(),
            squash: self.squash,
            classifier: Dense::read(tensors, classifier, labels, config.hidden)?,
        }))
    }

    /// A score (logit) for each label.
    pub fn scores(&self, first: &[f32]) -> Vec<f32> {
        let mut pooled = self.pooler.apply(first);
        for value in &mut pooled {
            *value = (self.squash)(*value);
        }
        self.classifier.apply(&pooled)
    }
}

impl Dense {
    pub fn read(tensors: &Tensors, at: &str, width: usize, depth: usize) -> Result<Dense> {
        Ok(Dense {
            weight: tensors.floats(&format!("{at}.weight"), &[width, depth])?,
            bias: tensors.floats(&format!("{at}.bias"), &[width])?,
        })
    }

    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(x.len()).zip(&self.bias);
        rows.map(|(row, bias)| bias + row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>())
            .collect()
    }
}
