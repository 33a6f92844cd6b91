//! A BERT encoder's safetensors weights, written as an ONNX graph that rten can run.
//!
//! The graph is the plain post-norm encoder of Devlin et al. (2019): no pooler, no dropout. It has
//! no attention mask either, because texts of one length go through it together (see
//! [`super::embedded`]). Inputs: `input_ids` `[batch, sequence]`, `position_ids` `[1, sequence]`;
//! output: `last_hidden_state` `[batch, sequence, hidden]`.

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::onnx::{Attribute, Graph};
use crate::{Error, Result, Stage};

/// Changes whenever the graph written from the same weights changes, so that a converted file that
/// an older stancemap left in the cache is not taken for a current one.
pub const GRAPH_VERSION: u32 = 1;

/// What `config.json` says about the network's shape; the rest of that file is not ours.
#[derive(Debug, Deserialize)]
pub struct Config {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub max_position_embeddings: usize,
    pub layer_norm_eps: f32,
    pub hidden_act: String,
    pub model_type: String,
}

/// Reads `config.json`; only BERT with the exact GELU is taken.
pub fn config(bytes: &[u8]) -> Result<Config> {
    let config: Config = serde_json::from_slice(bytes).map_err(|e| {
        Error::new(
            Stage::Models,
            "this is not the configuration of a BERT model",
        )
        .caused_by(e)
    })?;
    if config.model_type != "bert" || config.hidden_act != "gelu" {
        return Err(Error::new(
            Stage::Models,
            format!(
                "a {} model with {} activation cannot be converted; only bert with gelu can",
                config.model_type, config.hidden_act
            ),
        ));
    }
    let heads = config.num_attention_heads;
    if heads == 0 || !config.hidden_size.is_multiple_of(heads) {
        return Err(Error::new(
            Stage::Models,
            format!(
                "{} hidden units cannot be shared among {heads} attention heads",
                config.hidden_size
            ),
        ));
    }
    Ok(config)
}

/// The ONNX file for these weights. Errors name the tensor that is missing or misshapen.
pub fn to_onnx(weights: &[u8], config: &Config) -> Result<Vec<u8>> {
    let tensors = SafeTensors::deserialize(weights).map_err(|e| {
        Error::new(Stage::Models, "this is not a readable safetensors file").caused_by(e)
    })?;
    let mut writer = Writer {
        weights: Weights(tensors),
        graph: Graph::default(),
        hidden: config.hidden_size,
        heads: config.num_attention_heads,
        epsilon: config.layer_norm_eps,
    };
    writer
        .graph
        .integer_input("input_ids", &["batch", "sequence"]);
    writer
        .graph
        .integer_input("position_ids", &["one", "sequence"]);
    let mut x = writer.embeddings(config.max_position_embeddings)?;
    for layer in 0..config.num_hidden_layers {
        x = writer.layer(layer, &x)?;
    }
    writer
        .graph
        .named_node("Identity", &[&x], &[], "last_hidden_state");
    writer
        .graph
        .float_output("last_hidden_state", &["batch", "sequence", "hidden"]);
    Ok(writer.graph.into_model("bert"))
}

struct Weights<'a>(SafeTensors<'a>);

impl Weights<'_> {
    /// A tensor by name, with its rank checked.
    fn get<const RANK: usize>(&self, name: &str) -> Result<([usize; RANK], Vec<f32>)> {
        let tensor = self.0.tensor(name).map_err(|e| {
            Error::new(Stage::Models, format!("the weights lack `{name}`")).caused_by(e)
        })?;
        let shape = tensor.shape().try_into().ok();
        let (Some(shape), Dtype::F32) = (shape, tensor.dtype()) else {
            return Err(Error::new(
                Stage::Models,
                format!(
                    "`{name}` is {:?} of shape {:?}; {RANK} dimensions of F32 are wanted",
                    tensor.dtype(),
                    tensor.shape()
                ),
            ));
        };
        let (quads, _) = tensor.data().as_chunks::<4>();
        Ok((
            shape,
            quads.iter().map(|q| f32::from_le_bytes(*q)).collect(),
        ))
    }
}

struct Writer<'a> {
    weights: Weights<'a>,
    graph: Graph,
    hidden: usize,
    heads: usize,
    epsilon: f32,
}

impl Writer<'_> {
    /// Word plus position plus the first token type, normalised. The token type is the same for
    /// every token here, so it is folded into the position table.
    fn embeddings(&mut self, positions: usize) -> Result<String> {
        let (shape, words) = self.weights.get::<2>("embeddings.word_embeddings.weight")?;
        let words = self.graph.floats("words", &shape, &words);
        let (shape, mut table) = self
            .weights
            .get::<2>("embeddings.position_embeddings.weight")?;
        let (_, types) = self
            .weights
            .get::<2>("embeddings.token_type_embeddings.weight")?;
        if shape != [positions, self.hidden] || types.len() < self.hidden {
            return Err(Error::new(
                Stage::Models,
                format!("the position table {shape:?} does not fit config.json"),
            ));
        }
        for row in table.chunks_exact_mut(self.hidden) {
            for (value, shift) in row.iter_mut().zip(&types) {
                *value += shift;
            }
        }
        let table = self.graph.floats("positions", &shape, &table);
        let axis = || [("axis", Attribute::Int(0))];
        let words = self.graph.node("Gather", &[&words, "input_ids"], &axis());
        let places = self
            .graph
            .node("Gather", &[&table, "position_ids"], &axis());
        let sum = self.graph.node("Add", &[&words, &places], &[]);
        self.norm("embeddings.LayerNorm", &sum)
    }

    fn layer(&mut self, number: usize, x: &str) -> Result<String> {
        let at = format!("encoder.layer.{number}");
        let attended = self.attention(&at, x)?;
        let attended = self.dense(&format!("{at}.attention.output.dense"), &attended, 1.0)?;
        let sum = self.graph.node("Add", &[&attended, x], &[]);
        let middle = self.norm(&format!("{at}.attention.output.LayerNorm"), &sum)?;
        let wide = self.dense(&format!("{at}.intermediate.dense"), &middle, 1.0)?;
        let wide = self.graph.node("Gelu", &[&wide], &[]);
        let narrow = self.dense(&format!("{at}.output.dense"), &wide, 1.0)?;
        let sum = self.graph.node("Add", &[&narrow, &middle], &[]);
        self.norm(&format!("{at}.output.LayerNorm"), &sum)
    }

    /// Multi-head attention; the scale 1/√d is folded into the query's weights.
    fn attention(&mut self, at: &str, x: &str) -> Result<String> {
        let (heads, width) = (self.heads as i64, (self.hidden / self.heads) as i64);
        let scale = 1.0 / (width as f64).sqrt();
        let split = self
            .graph
            .ints(&format!("{at}.split"), &[0, 0, heads, width]);
        let join = self
            .graph
            .ints(&format!("{at}.join"), &[0, 0, heads * width]);
        let mut parts = Vec::with_capacity(3);
        for (part, scale, order) in [
            ("query", scale, [0, 2, 1, 3]),
            ("key", 1.0, [0, 2, 3, 1]),
            ("value", 1.0, [0, 2, 1, 3]),
        ] {
            let projected = self.dense(&format!("{at}.attention.self.{part}"), x, scale)?;
            let by_head = self.graph.node("Reshape", &[&projected, &split], &[]);
            let order = [("perm", Attribute::Ints(&order))];
            parts.push(self.graph.node("Transpose", &[&by_head], &order));
        }
        let scores = self.graph.node("MatMul", &[&parts[0], &parts[1]], &[]);
        let shares = self
            .graph
            .node("Softmax", &[&scores], &[("axis", Attribute::Int(-1))]);
        let mixed = self.graph.node("MatMul", &[&shares, &parts[2]], &[]);
        let order = [("perm", Attribute::Ints(&[0, 2, 1, 3]))];
        let mixed = self.graph.node("Transpose", &[&mixed], &order);
        Ok(self.graph.node("Reshape", &[&mixed, &join], &[]))
    }

    /// `(x · Wᵀ + b) · scale`; the weights are stored `[out, in]` and written `[in, out]`.
    fn dense(&mut self, at: &str, x: &str, scale: f64) -> Result<String> {
        let ([rows, columns], weight) = self.weights.get::<2>(&format!("{at}.weight"))?;
        let (bias_shape, bias) = self.weights.get::<1>(&format!("{at}.bias"))?;
        let scaled = |value: f32| (f64::from(value) * scale) as f32;
        let mut turned = vec![0.0; weight.len()];
        for (row, values) in weight.chunks_exact(columns).enumerate() {
            for (column, value) in values.iter().enumerate() {
                turned[column * rows + row] = scaled(*value);
            }
        }
        let bias: Vec<f32> = bias.into_iter().map(scaled).collect();
        let weight = self
            .graph
            .floats(&format!("{at}.weight"), &[columns, rows], &turned);
        let bias = self.graph.floats(&format!("{at}.bias"), &bias_shape, &bias);
        let product = self.graph.node("MatMul", &[x, &weight], &[]);
        Ok(self.graph.node("Add", &[&product, &bias], &[]))
    }

    fn norm(&mut self, at: &str, x: &str) -> Result<String> {
        let (shape, gain) = self.weights.get::<1>(&format!("{at}.weight"))?;
        let gain = self.graph.floats(&format!("{at}.weight"), &shape, &gain);
        let (shape, shift) = self.weights.get::<1>(&format!("{at}.bias"))?;
        let shift = self.graph.floats(&format!("{at}.bias"), &shape, &shift);
        Ok(self.graph.node(
            "LayerNormalization",
            &[x, &gain, &shift],
            &[
                ("axis", Attribute::Int(-1)),
                ("epsilon", Attribute::Float(self.epsilon)),
            ],
        ))
    }
}
