//! The network of the attribution tagger: an encoder that marks cues, and layers that read the words
//! around a cue and mark its source and content.

use serde::Deserialize;

use super::config::Config;
use super::head::Dense;
use super::{Encoder, Layers, Reader, Room, Sequence};
use crate::infer::local::ModelFolder;
use crate::infer::weights::Tensors;
use crate::infer::{Precision, Result};
use crate::{Error, Stage};

/// Tags of cues: none, the first word, a further word.
pub const CUE_TAGS: usize = 3;
/// Tags around a cue: none, then first and further words of the source and of the content.
pub const SPAN_TAGS: usize = 5;

/// What `config.json` says beside the encoder's shape.
#[derive(Debug, Clone, Deserialize)]
pub struct Shape {
    /// Tokens of a window, besides the first and the last.
    pub window: usize,
    /// Added to the log probability of no cue: below 0, more cues are found. Chosen on dev.
    #[serde(default)]
    pub cue_bias: f32,
    pub around: AroundShape,
}

/// What is read again for a cue.
#[derive(Debug, Clone, Deserialize)]
pub struct AroundShape {
    layers: usize,
    /// Tokens before the cue, and after it.
    pub before: usize,
    pub after: usize,
    /// Up to this distance a token's distance to the cue is told exactly,
    exact: usize,
    /// then in these steps.
    steps: Vec<usize>,
}

pub struct TaggingNetwork {
    pub encoder: Encoder,
    pub shape: Shape,
    around: Layers,
    /// `[distances, hidden]`.
    distances: Vec<f32>,
    cue: Dense,
    spans: Dense,
}

/// What a pass works in; kept between passes.
#[derive(Default)]
pub struct TagRoom {
    window: Room,
    around: Room,
}

/// A cue and what is read around it, in tokens of the window.
#[derive(Debug, Clone)]
pub struct Around {
    pub cue: std::ops::Range<usize>,
    pub tokens: std::ops::Range<usize>,
}

/// A window's states, to look around cues in.
pub struct Seen<'a> {
    network: &'a TaggingNetwork,
    states: &'a [f32],
    room: &'a mut Room,
}

impl TaggingNetwork {
    /// Reads the network of `folder`.
    ///
    /// # Errors
    /// As [`Encoder::load`]; also a `config.json` without the tagger's shape, and weights without
    /// its tensors.
    pub fn load(folder: &ModelFolder, precision: Precision) -> Result<TaggingNetwork> {
        let config = Config::read(folder)?;
        let path = folder.file("config.json")?;
        let wrong = |message: &str| {
            Error::new(Stage::Models, message)
                .at_path(&path)
                .remedy("take a folder that models/training/tagger.py has exported")
        };
        let shape = folder.json::<Shape>("config.json")?;
        let shape = shape.ok_or_else(|| wrong("is no attribution tagger"))?;
        // Room for the marks of the window's beginning and end.
        if shape.window == 0 || shape.window + 2 > config.longest() {
            return Err(wrong("its window does not fit its positions"));
        }
        let tensors = Tensors::open(&folder.weights()?)?;
        let reader = Reader {
            tensors: &tensors,
            config: &config,
            precision,
        };
        let layers = (0..shape.around.layers)
            .map(|number| reader.layer(&format!("around.layer.{number}.")))
            .collect::<Result<_>>()?;
        let hidden = config.hidden;
        let rows = 2 * (shape.around.exact + shape.around.steps.len()) + 1;
        Ok(TaggingNetwork {
            around: Layers {
                config: config.clone(),
                relative: Vec::new(),
                layers,
            },
            distances: tensors.floats("around.distance.weight", &[rows, hidden])?,
            cue: Dense::read(&tensors, "cue", CUE_TAGS, hidden)?,
            spans: Dense::read(&tensors, "spans", SPAN_TAGS, hidden)?,
            shape,
            encoder: Encoder::read(&tensors, config, precision)?,
        })
    }

    /// Reads a window.
    pub fn see<'a>(&'a self, window: Sequence, room: &'a mut TagRoom) -> Seen<'a> {
        Seen {
            network: self,
            states: self.encoder.run(&[window], &mut room.window),
            room: &mut room.around,
        }
    }

    /// The row of the table of distances for a token, seen from a cue.
    fn distance_row(&self, token: usize, cue: &std::ops::Range<usize>) -> usize {
        let AroundShape { exact, steps, .. } = &self.shape.around;
        let before = cue.start.saturating_sub(token);
        let far = before.max((token + 1).saturating_sub(cue.end));
        let row = match far {
            far if far <= *exact => far,
            far => exact + steps.iter().filter(|&&step| far >= step).count(),
        };
        match before {
            0 => row,
            _ => row + exact + steps.len(),
        }
    }
}

impl Seen<'_> {
    /// Log probabilities of a token's tags as a cue.
    pub fn cue(&self, token: usize) -> [f32; CUE_TAGS] {
        let hidden = self.network.encoder.hidden();
        log_softmax(
            &self
                .network
                .cue
                .apply(&self.states[token * hidden..][..hidden]),
        )
    }

    /// Log probabilities of the tags of all tokens of each of `cues`, one after the other.
    pub fn spans(&mut self, cues: &[Around]) -> Vec<[f32; SPAN_TAGS]> {
        if cues.is_empty() {
            return Vec::new();
        }
        let hidden = self.network.encoder.hidden();
        let lengths: Vec<usize> = cues.iter().map(|around| around.tokens.len()).collect();
        let all = || {
            cues.iter()
                .flat_map(|around| around.tokens.clone().map(move |token| (token, around)))
        };
        let fill = |states: &mut [f32]| {
            for (state, (token, around)) in states.chunks_exact_mut(hidden).zip(all()) {
                let row = self.network.distance_row(token, &around.cue);
                let seen = &self.states[token * hidden..][..hidden];
                let distance = &self.network.distances[row * hidden..][..hidden];
                for (to, (seen, distance)) in state.iter_mut().zip(seen.iter().zip(distance)) {
                    *to = seen + distance;
                }
            }
        };
        let states = self.network.around.run(&lengths, fill, self.room);
        let heads = &self.network.spans;
        let each = states.chunks_exact(hidden);
        each.map(|state| log_softmax(&heads.apply(state))).collect()
    }
}

fn log_softmax<const N: usize>(scores: &[f32]) -> [f32; N] {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - most).exp()).sum();
    std::array::from_fn(|tag| scores[tag] - most - sum.ln())
}
