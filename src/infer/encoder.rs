//! Transformer encoders of the BERT kind, computed here, near to what the processor can do.
//!
//! ```text
//! ids of many texts, end to end ─ words + positions ─ norm
//!   ─ layers × (one product for Q, K, V ─ attention text by text ─ product + residual ─ norm
//!               ─ product, GELU ─ product + residual ─ norm) ─▶ states of all tokens
//! ```
//!
//! Texts lie end to end: there is no padding, so that no arithmetic is wasted on it, and nothing of
//! a text's result depends on its neighbours. Products are [`tile`]'s in floating point and
//! [`int16`]'s in whole numbers; both take their instruction set at run time.

mod attention;
mod config;
mod gelu;
mod head;
mod int16;
mod linear;
mod norm;
mod tagging;
mod tile;

use std::path::Path;

use rten_simd::SimdOp;

use super::local::ModelFolder;
use super::tokens::Tokens;
use super::weights::{Tensors, Words};
use super::{Precision, Result};
use attention::Attention;
use config::Config;
use norm::Norm;
use tile::{Buffer, Then};

pub use head::Head;
pub use tagging::{Around, TagRoom, TaggingNetwork};

const WORDS: &str = "embeddings.word_embeddings.weight";

/// A network with its weights.
pub struct Encoder {
    config: Config,
    words: Vec<f32>,
    /// Positions plus the first token type, which every token of a single text has.
    positions: Vec<f32>,
    /// What every other token type adds to that, `[types - 1, hidden]`.
    types: Vec<f32>,
    norm: Norm,
    layers: Layers,
}

/// Layers one after the other.
struct Layers {
    config: Config,
    /// MPNet's `[buckets, heads]`; empty for none.
    relative: Vec<f32>,
    layers: Vec<Layer>,
}

struct Layer {
    /// Queries (scaled by 1/√d), keys and values at once.
    projection: Linear,
    mixed: Linear,
    attention_norm: Norm,
    inner: Linear,
    outer: Linear,
    output_norm: Norm,
}

enum Linear {
    Fp32(linear::Linear),
    Int16(int16::Linear),
}

/// What a pass works in; kept between passes.
#[derive(Default)]
pub struct Room {
    states: Buffer,
    middle: Buffer,
    projected: Buffer,
    mixed: Buffer,
    inner: Buffer,
    bias: Buffer,
    attention: attention::Room,
    int16: int16::Room,
}

/// A text, or a pair of them, as the network reads it.
#[derive(Clone, Copy)]
pub struct Sequence<'a> {
    pub ids: &'a [i32],
    pub types: Types<'a>,
}

/// Of which type each token is.
#[derive(Clone, Copy)]
pub enum Types<'a> {
    /// All of the first.
    First,
    /// Of the second from this token on: there begins the second text of a pair.
    SecondFrom(usize),
    Each(&'a [u8]),
}

impl<'a> Sequence<'a> {
    /// A single text.
    pub fn of(ids: &'a [i32]) -> Sequence<'a> {
        Sequence {
            ids,
            types: Types::First,
        }
    }

    /// Each token's place, id and type.
    fn tokens(&self) -> impl Iterator<Item = (usize, i32, usize)> {
        let types = self.types;
        let of = move |place: usize| match types {
            Types::First => 0,
            Types::SecondFrom(second) => usize::from(place >= second),
            Types::Each(types) => usize::from(types[place]),
        };
        let ids = self.ids.iter().enumerate();
        ids.map(move |(place, &id)| (place, id, of(place)))
    }
}

impl Linear {
    fn new(precision: Precision, weight: &[f32], bias: &[f32], depth: usize) -> Linear {
        match precision {
            Precision::Fp32 => Linear::Fp32(linear::Linear::new(weight, bias, depth)),
            Precision::Int16 => Linear::Int16(int16::Linear::new(weight, bias, depth)),
        }
    }

    fn apply(&self, x: &[f32], rows: usize, then: Then, room: &mut int16::Room, out: &mut [f32]) {
        match self {
            Linear::Fp32(linear) => linear.apply(x, rows, then, out),
            Linear::Int16(linear) => linear.apply(x, rows, then, room, out),
        }
    }
}

impl Encoder {
    /// Reads the network of `folder`: `config.json` and its weights.
    ///
    /// # Errors
    /// A family that is not computed here; a tensor that is missing or does not fit the
    /// configuration; the error names file and tensor.
    pub fn load(folder: &ModelFolder, precision: Precision) -> Result<Encoder> {
        let config = Config::read(folder)?;
        Encoder::read(&Tensors::open(&folder.weights()?)?, config, precision)
    }

    /// As [`Encoder::load`], with the head that gives a text or a pair a score for each of `labels`, and,
    /// if there is one, another of that name and so many labels.
    ///
    /// # Errors
    /// As there; also weights without the first of these heads.
    pub fn load_with_heads(
        folder: &ModelFolder,
        precision: Precision,
        labels: usize,
        (name, others): (&str, usize),
    ) -> Result<(Encoder, Head, Option<Head>)> {
        let config = Config::read(folder)?;
        let tensors = Tensors::open(&folder.weights()?)?;
        let head = Head::read(&tensors, &config, labels)?;
        let other = head.another(&tensors, &config, name, others)?;
        Ok((Encoder::read(&tensors, config, precision)?, head, other))
    }

    fn read(tensors: &Tensors, config: Config, precision: Precision) -> Result<Encoder> {
        let hidden = config.hidden;
        let words = tensors.floats(WORDS, &[config.words, hidden])?;
        let mut positions = tensors.floats(
            "embeddings.position_embeddings.weight",
            &[config.positions, hidden],
        )?;
        let mut others = Vec::new();
        if config.types > 0 {
            let name = "embeddings.token_type_embeddings.weight";
            let types = tensors.floats(name, &[config.types, hidden])?;
            let (first, rest) = types.split_at(hidden);
            for row in positions.chunks_exact_mut(hidden) {
                for (value, shift) in row.iter_mut().zip(first) {
                    *value += shift;
                }
            }
            let shifts = first.iter().cycle();
            others.extend(rest.iter().zip(shifts).map(|(other, shift)| other - shift));
        }
        let relative = match config.buckets {
            0 => Vec::new(),
            buckets => tensors.floats(
                "encoder.relative_attention_bias.weight",
                &[buckets, config.heads],
            )?,
        };
        let reader = Reader {
            tensors,
            config: &config,
            precision,
        };
        let norm = reader.norm("embeddings.LayerNorm")?;
        let layers = (0..config.layers)
            .map(|number| reader.layer(&config.layer_prefix(number)))
            .collect::<Result<_>>()?;
        Ok(Encoder {
            words,
            positions,
            types: others,
            norm,
            layers: Layers {
                config: config.clone(),
                relative,
                layers,
            },
            config,
        })
    }

    /// Length of a state.
    pub fn hidden(&self) -> usize {
        self.config.hidden
    }

    /// Whether `tokens`, read from `path`, are of this network, which is `folder`'s.
    ///
    /// # Errors
    /// A tokenizer of another vocabulary.
    pub fn check(&self, tokens: &Tokens, path: &Path, folder: &ModelFolder) -> Result<()> {
        let words = Words {
            tensor: WORDS.to_owned(),
            rows: self.config.words,
        };
        tokens.check(path, &words, &folder.weights()?, self.config.padding)
    }

    /// The longest text, special tokens included.
    pub fn longest(&self) -> usize {
        self.config.longest()
    }

    /// The last layer's states of all tokens, `[tokens, hidden]`, text after text.
    ///
    /// Panics at an id that [`Encoder::check`] does not know or a text beyond [`Encoder::longest`].
    pub fn run<'r>(&self, texts: &[Sequence], room: &'r mut Room) -> &'r [f32] {
        let (hidden, config) = (self.config.hidden, &self.config);
        let embed = |states: &mut [f32]| {
            let tokens = texts.iter().flat_map(Sequence::tokens);
            for (state, (place, id, kind)) in states.chunks_exact_mut(hidden).zip(tokens) {
                let word = &self.words[id as usize * hidden..][..hidden];
                let position =
                    &self.positions[(config.first_position + place) * hidden..][..hidden];
                for (to, (word, position)) in state.iter_mut().zip(word.iter().zip(position)) {
                    *to = word + position;
                }
                // A network of one type has nothing to add for another.
                let more = kind.checked_sub(1).map(|other| other * hidden);
                let more = more.and_then(|at| self.types.get(at..at + hidden));
                for (to, more) in state.iter_mut().zip(more.unwrap_or_default()) {
                    *to += more;
                }
            }
            self.norm.apply(states);
        };
        let lengths: Vec<usize> = texts.iter().map(|text| text.ids.len()).collect();
        self.layers.run(&lengths, embed, room)
    }
}

impl Layers {
    /// The states of all tokens behind the last layer, `[tokens, hidden]`. `lengths` are those of the
    /// texts, which lie end to end; `fill` writes the states before the first layer.
    fn run<'r>(
        &self,
        lengths: &[usize],
        fill: impl FnOnce(&mut [f32]),
        room: &'r mut Room,
    ) -> &'r [f32] {
        let (hidden, config) = (self.config.hidden, &self.config);
        let rows: usize = lengths.iter().sum();
        let states = room.states.take(rows * hidden);
        fill(states);
        let middle = room.middle.take(rows * hidden);
        let projected = room.projected.take(rows * 3 * hidden);
        let mixed = room.mixed.take(rows * hidden);
        let inner = room.inner.take(rows * config.inner);
        let bias = self.relative_bias(lengths, &mut room.bias);
        for layer in &self.layers {
            let mut apply = |linear: &Linear, x: &[f32], then: Then, out: &mut [f32]| {
                linear.apply(x, rows, then, &mut room.int16, out);
            };
            apply(&layer.projection, states, Then::Nothing, projected);
            let (mut first, mut bias) = (0, bias);
            for &length in lengths {
                let (own, rest) = bias.split_at(self.relative_size(length).min(bias.len()));
                bias = rest;
                Attention {
                    projected: &projected[first * 3 * hidden..][..length * 3 * hidden],
                    length,
                    heads: config.heads,
                    hidden,
                    bias: own,
                    room: &mut room.attention,
                    out: &mut mixed[first * hidden..][..length * hidden],
                }
                .dispatch();
                first += length;
            }
            apply(&layer.mixed, mixed, Then::Add(states), middle);
            layer.attention_norm.apply(middle);
            apply(&layer.inner, middle, Then::Gelu, inner);
            apply(&layer.outer, inner, Then::Add(middle), states);
            layer.output_norm.apply(states);
        }
        states
    }

    /// Numbers of a text's bias: `[heads, length, length]`.
    fn relative_size(&self, length: usize) -> usize {
        self.config.heads * length * length
    }

    /// The biases of all texts by the distances of their tokens, one after the other; empty in a
    /// family that has none. The same for all layers.
    fn relative_bias<'b>(&self, lengths: &[usize], room: &'b mut Buffer) -> &'b [f32] {
        if self.relative.is_empty() {
            return &[];
        }
        let (heads, buckets) = (self.config.heads, self.config.buckets);
        let all = lengths.iter().map(|&length| self.relative_size(length));
        let bias = room.take(all.sum());
        let mut rest = &mut *bias;
        for &length in lengths {
            let own;
            (own, rest) = rest.split_at_mut(self.relative_size(length));
            for from in 0..length {
                for to in 0..length {
                    let row = bucket(to as i64 - from as i64, buckets) * heads;
                    for head in 0..heads {
                        own[(head * length + from) * length + to] = self.relative[row + head];
                    }
                }
            }
        }
        bias
    }
}

/// The bucket of a distance between tokens, as in T5 (Raffel et al., 2020): half of the buckets for
/// each direction, half of those exact, the rest logarithmic up to 128.
fn bucket(distance: i64, buckets: usize) -> usize {
    const FARTHEST: f32 = 128.0;
    let half = buckets / 2;
    let exact = half / 2;
    let side = if distance > 0 { half } else { 0 };
    let apart = distance.unsigned_abs() as usize;
    if apart < exact {
        return side + apart;
    }
    let share = (apart as f32 / exact as f32).ln() / (FARTHEST / exact as f32).ln();
    let far = exact + (share * (half - exact) as f32) as usize;
    side + far.min(half - 1)
}

/// Reads layers by the names that the family has for them.
struct Reader<'a> {
    tensors: &'a Tensors,
    config: &'a Config,
    precision: Precision,
}

impl Reader<'_> {
    fn norm(&self, at: &str) -> Result<Norm> {
        let shape = [self.config.hidden];
        Ok(Norm {
            gain: self.tensors.floats(&format!("{at}.weight"), &shape)?,
            shift: self.tensors.floats(&format!("{at}.bias"), &shape)?,
            epsilon: self.config.epsilon,
        })
    }

    /// Weights `[width, depth]` and biases.
    fn dense(&self, at: &str, depth: usize, width: usize) -> Result<(Vec<f32>, Vec<f32>)> {
        let weight = self
            .tensors
            .floats(&format!("{at}.weight"), &[width, depth])?;
        let bias = self.tensors.floats(&format!("{at}.bias"), &[width])?;
        Ok((weight, bias))
    }

    /// The layer whose tensors' names begin with `prefix`.
    fn layer(&self, prefix: &str) -> Result<Layer> {
        let names = self.config.layer_names();
        let at = |name: &str| format!("{prefix}{name}");
        let (hidden, inner) = (self.config.hidden, self.config.inner);
        let (mut weight, mut bias) = self.dense(&at(names.query), hidden, hidden)?;
        let scale = 1.0 / ((hidden / self.config.heads) as f64).sqrt();
        for value in weight.iter_mut().chain(&mut bias) {
            *value = (f64::from(*value) * scale) as f32;
        }
        for name in [names.key, names.value] {
            let (more, shift) = self.dense(&at(name), hidden, hidden)?;
            weight.extend(more);
            bias.extend(shift);
        }
        let linear = |name: &str, depth: usize, width: usize| {
            let (weight, bias) = self.dense(&at(name), depth, width)?;
            Ok(Linear::new(self.precision, &weight, &bias, depth))
        };
        Ok(Layer {
            projection: Linear::new(self.precision, &weight, &bias, hidden),
            mixed: linear(names.mixed, hidden, hidden)?,
            attention_norm: self.norm(&at(names.attention_norm))?,
            inner: linear(names.inner, hidden, inner)?,
            outer: linear(names.outer, inner, hidden)?,
            output_norm: self.norm(&at(names.output_norm))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn distances_fall_into_the_buckets_of_t5() {
        // Worked out by hand from the definition, for 32 buckets.
        for (distance, expected) in [
            (0, 0),
            (-1, 1),
            (1, 17),
            (-7, 7),
            (-8, 8),
            (8, 24),
            (-11, 8),
            (-12, 9),
            (-127, 15),
            (500, 31),
            (-500, 15),
        ] {
            assert_eq!(bucket(distance, 32), expected, "{distance}");
        }
    }
}
