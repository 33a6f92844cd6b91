//! Which network `config.json` describes, and what its tensors are called.

use serde::Deserialize;

use crate::infer::local::ModelFolder;
use crate::{Error, Result, Stage};

/// Encoders of one shape, which differ in their names and in what they add to the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Devlin et al., 2019.
    Bert,
    /// Sanh et al., 2019: no token types.
    DistilBert,
    /// Liu et al., 2019: positions begin after the padding's number. Also XLM-RoBERTa and CamemBERT.
    Roberta,
    /// Song et al., 2020: as RoBERTa, without token types, with a bias by relative position.
    Mpnet,
}

/// The network's shape.
#[derive(Debug, Clone)]
pub struct Config {
    pub family: Family,
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    pub inner: usize,
    /// Rows of the table of words.
    pub words: usize,
    /// Rows of the table of positions.
    pub positions: usize,
    /// The first token's row in it.
    pub first_position: usize,
    /// Rows of the table of token types; 0 for none.
    pub types: usize,
    /// Buckets of relative positions, at least 4; 0 for none.
    pub buckets: usize,
    /// The id of padding, where the file says it.
    pub padding: Option<usize>,
    pub epsilon: f32,
}

/// The fields that the families have under one name or another; the rest of the file is not ours.
#[derive(Debug, Deserialize)]
struct File {
    model_type: String,
    vocab_size: usize,
    max_position_embeddings: usize,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    #[serde(alias = "activation")]
    hidden_act: String,
    layer_norm_eps: Option<f32>,
    type_vocab_size: Option<usize>,
    pad_token_id: Option<usize>,
    relative_attention_num_buckets: Option<usize>,
    position_embedding_type: Option<String>,
    #[serde(default)]
    sinusoidal_pos_embds: bool,
}

/// The names of a layer's tensors, below its prefix.
pub struct LayerNames {
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub mixed: &'static str,
    pub attention_norm: &'static str,
    pub inner: &'static str,
    pub outer: &'static str,
    pub output_norm: &'static str,
}

const BERT: LayerNames = LayerNames {
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    mixed: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    inner: "intermediate.dense",
    outer: "output.dense",
    output_norm: "output.LayerNorm",
};

const DISTILBERT: LayerNames = LayerNames {
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    mixed: "attention.out_lin",
    attention_norm: "sa_layer_norm",
    inner: "ffn.lin1",
    outer: "ffn.lin2",
    output_norm: "output_layer_norm",
};

const MPNET: LayerNames = LayerNames {
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    mixed: "attention.attn.o",
    attention_norm: "attention.LayerNorm",
    ..BERT
};

impl Config {
    /// # Errors
    /// A file that is missing or no configuration; a family, activation or kind of position that
    /// this engine does not compute; numbers that do not fit each other.
    pub fn read(folder: &ModelFolder) -> Result<Config> {
        let path = folder.file("config.json")?;
        let wrong = |message: String| Error::new(Stage::Models, message).at_path(&path);
        #[derive(Deserialize)]
        struct Kind {
            #[serde(default)]
            model_type: String,
        }
        let kind = folder.json::<Kind>("config.json")?;
        let kind = kind.map(|k| k.model_type).unwrap_or_default();
        let family = match kind.as_str() {
            "bert" => Family::Bert,
            "distilbert" => Family::DistilBert,
            "roberta" | "xlm-roberta" | "camembert" => Family::Roberta,
            "mpnet" => Family::Mpnet,
            other => {
                return Err(wrong(format!(
                    "the embedded engine has no network of the type `{other}`"
                ))
                .remedy(
                    "it can be bert, distilbert, roberta, xlm-roberta or mpnet; else bring an encoder \
                     of sentences as model.onnx, or take --engine rust-bert",
                ));
            }
        };
        // It was there a moment ago.
        let Some(file) = folder.json::<File>("config.json")? else {
            return Err(wrong("cannot be read".to_owned()));
        };
        if file.hidden_act != "gelu" {
            return Err(wrong(format!(
                "a {} network with {} activation is not supported; only gelu is",
                file.model_type, file.hidden_act
            ))
            .remedy("bring the network as model.onnx"));
        }
        let positions = file.position_embedding_type.as_deref();
        if !matches!(positions, None | Some("absolute")) {
            return Err(wrong(format!(
                "positions of the kind `{}` are not supported",
                positions.unwrap_or_default()
            ))
            .remedy("bring the network as model.onnx"));
        }
        if file.sinusoidal_pos_embds {
            return Err(wrong("sinusoidal positions are not supported".to_owned())
                .remedy("bring the network as model.onnx"));
        }
        let (hidden, heads) = (file.hidden_size, file.num_attention_heads);
        if heads == 0 || hidden == 0 || !hidden.is_multiple_of(heads) {
            return Err(wrong(format!(
                "{hidden} hidden units cannot be shared among {heads} attention heads"
            ))
            .remedy("take the config.json that belongs to these weights"));
        }
        let buckets = match family {
            Family::Mpnet => file.relative_attention_num_buckets.unwrap_or(32),
            _ => 0,
        };
        if file.intermediate_size == 0 || (family == Family::Mpnet && buckets < 4) {
            return Err(wrong(format!(
                "an intermediate_size of {} with {buckets} buckets of relative positions makes no network",
                file.intermediate_size
            ))
            .remedy("take the config.json that belongs to these weights"));
        }
        let offset = matches!(family, Family::Roberta | Family::Mpnet);
        Ok(Config {
            family,
            hidden,
            layers: file.num_hidden_layers,
            heads,
            inner: file.intermediate_size,
            words: file.vocab_size,
            positions: file.max_position_embeddings,
            first_position: if offset {
                file.pad_token_id.unwrap_or(1) + 1
            } else {
                0
            },
            types: match family {
                Family::Bert | Family::Roberta => file.type_vocab_size.unwrap_or(2),
                _ => 0,
            },
            buckets,
            padding: file.pad_token_id,
            epsilon: file.layer_norm_eps.unwrap_or(1e-12),
        })
    }

    /// The longest text there are positions for, special tokens included.
    pub fn longest(&self) -> usize {
        self.positions.saturating_sub(self.first_position)
    }

    pub fn layer_names(&self) -> &'static LayerNames {
        match self.family {
            Family::Bert | Family::Roberta => &BERT,
            Family::DistilBert => &DISTILBERT,
            Family::Mpnet => &MPNET,
        }
    }

    pub fn layer_prefix(&self, number: usize) -> String {
        match self.family {
            Family::DistilBert => format!("transformer.layer.{number}."),
            _ => format!("encoder.layer.{number}."),
        }
    }
}
