//! A sentence's vector from its tokens'.

use serde::Deserialize;

use crate::infer::embedder::write_unit;
use crate::infer::local::ModelFolder;
use crate::{Error, Result, Stage};

const FILE: &str = "1_Pooling/config.json";

/// How a sentence's vector is made from those of its tokens, special ones included. The result has
/// length 1 in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    Mean,
    FirstToken,
    /// In each dimension the greatest.
    Max,
}

/// What sentence-transformers writes.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    /// The mean times the root of the length, which is the mean once it is scaled to length 1.
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default)]
    pooling_mode_weightedmean_tokens: bool,
    #[serde(default)]
    pooling_mode_lasttoken: bool,
}

#[derive(Deserialize)]
struct Module {
    #[serde(rename = "type")]
    kind: String,
}

impl Pooling {
    /// The mean where the folder does not say.
    pub fn read(folder: &ModelFolder) -> Result<Pooling> {
        let modules: Vec<Module> = folder.json("modules.json")?.unwrap_or_default();
        let other = modules.iter().find(|module| {
            !["Transformer", "Pooling", "Normalize"]
                .iter()
                .any(|known| module.kind.ends_with(known))
        });
        if let Some(module) = other {
            return Err(Error::new(
                Stage::Models,
                format!("the module {} is not supported", module.kind),
            )
            .at_path(folder.path.join("modules.json"))
            .remedy("take a model of a transformer and a pooling alone"));
        }
        let Some(file) = folder.json::<File>(FILE)? else {
            return Ok(Pooling::Mean);
        };
        let chosen = [
            (file.pooling_mode_cls_token, Some(Pooling::FirstToken)),
            (
                file.pooling_mode_mean_tokens || file.pooling_mode_mean_sqrt_len_tokens,
                Some(Pooling::Mean),
            ),
            (file.pooling_mode_max_tokens, Some(Pooling::Max)),
            (file.pooling_mode_weightedmean_tokens, None),
            (file.pooling_mode_lasttoken, None),
        ];
        let mut chosen = chosen.into_iter().filter(|(set, _)| *set);
        match (chosen.next(), chosen.next()) {
            (Some((_, Some(pooling))), None) => Ok(pooling),
            _ => Err(
                Error::new(Stage::Models, "this kind of pooling is not supported")
                    .at_path(folder.path.join(FILE))
                    .remedy("one of mean, first token and maximum is wanted"),
            ),
        }
    }

    /// `states` are `width` numbers for each token.
    pub fn pool(self, states: &[f32], width: usize, out: &mut [f32]) {
        let mut sum = vec![0.0_f64; width];
        match self {
            Pooling::Mean => {
                for state in states.chunks_exact(width) {
                    for (total, value) in sum.iter_mut().zip(state) {
                        *total += f64::from(*value);
                    }
                }
            }
            Pooling::FirstToken => {
                for (total, value) in sum.iter_mut().zip(states) {
                    *total = f64::from(*value);
                }
            }
            Pooling::Max => {
                sum.fill(f64::NEG_INFINITY);
                for state in states.chunks_exact(width) {
                    for (total, value) in sum.iter_mut().zip(state) {
                        *total = total.max(f64::from(*value));
                    }
                }
            }
        }
        write_unit(&sum, out);
    }
}
