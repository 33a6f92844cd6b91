//! Which network a folder holds, by its `config.json`.

use std::path::{Path, PathBuf};

use rust_bert::RustBertError;
use rust_bert::pipelines::common::{ConfigOption, ModelType};
use rust_bert::pipelines::sentence_embeddings::SentenceEmbeddingsOption;
use rust_bert::{bart, bert, deberta, deberta_v2, distilbert, roberta};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tch::nn::VarStore;
use tch::{Tensor, nn};

use super::batch::Batch;
use super::guard;
use crate::infer::classify;
use crate::infer::embedded::said_length;
use crate::infer::local::ModelFolder;
use crate::{Error, Result, Stage};

/// What a network is for; its head depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// States of all tokens: `[batch, length, hidden]`.
    Sentences,
    /// A score for each label of a pair of texts: `[batch, labels]`.
    Pairs,
    /// A score for each label of each token: `[batch, length, labels]`.
    Tokens,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Bert,
    DistilBert,
    /// Also XLM-RoBERTa and CamemBERT, which are the same network.
    Roberta,
    Bart,
    Deberta,
    /// Also DeBERTa-v3.
    DebertaV2,
}

/// Values that matter for training alone, which some published files leave out.
const TRAINING: [(&str, f64); 14] = [
    ("attention_probs_dropout_prob", 0.0),
    ("hidden_dropout_prob", 0.0),
    ("initializer_range", 0.02),
    ("attention_dropout", 0.0),
    ("dropout", 0.0),
    ("qa_dropout", 0.0),
    ("seq_classif_dropout", 0.0),
    ("activation_dropout", 0.0),
    ("encoder_layerdrop", 0.0),
    ("decoder_layerdrop", 0.0),
    ("init_std", 0.02),
    ("classif_dropout", 0.0),
    ("pooler_dropout", 0.0),
    ("classifier_dropout", 0.0),
];

/// The widths that are shared among attention heads, by their names in the families' files.
const WIDTHS: [(&str, &str); 4] = [
    ("hidden_size", "num_attention_heads"),
    ("dim", "n_heads"),
    ("d_model", "encoder_attention_heads"),
    ("d_model", "decoder_attention_heads"),
];

/// rust-bert's networks have the usual tiny constant in their norms, whatever the file says; more
/// than this would show.
const MOST_EPSILON: f64 = 1e-4;

/// A model's `config.json`.
pub struct Config {
    pub path: PathBuf,
    pub family: Family,
    values: Map<String, Value>,
}

impl Config {
    pub fn read(folder: &ModelFolder) -> Result<Config> {
        let path = folder.file("config.json")?;
        let mut values: Map<String, Value> = folder.json("config.json")?.unwrap_or_default();
        let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or("");
        let family = match text("model_type") {
            "bert" => Family::Bert,
            "distilbert" => Family::DistilBert,
            "roberta" | "xlm-roberta" | "camembert" => Family::Roberta,
            "bart" => Family::Bart,
            "deberta" => Family::Deberta,
            "deberta-v2" => Family::DebertaV2,
            other => {
                return Err(Error::new(
                    Stage::Models,
                    format!("the rust-bert engine has no network of the type `{other}`"),
                )
                .at_path(&path)
                .remedy(if other == "mpnet" {
                    "run it with --engine embedded"
                } else {
                    "it can be bert, distilbert, roberta, xlm-roberta, bart, deberta or deberta-v2"
                }));
            }
        };
        let wrong = |message: String| Err(Error::new(Stage::Models, message).at_path(&path));
        let positions = text("position_embedding_type");
        if !matches!(positions, "" | "absolute") {
            return wrong(format!(
                "positions of the kind `{positions}` are not supported"
            ));
        }
        if let Some(epsilon) = values.get("layer_norm_eps").and_then(Value::as_f64)
            && epsilon > MOST_EPSILON
        {
            return wrong(format!("a layer_norm_eps of {epsilon} is not supported"));
        }
        let number = |name: &str| values.get(name).and_then(Value::as_u64);
        for (width, heads) in WIDTHS {
            if let (Some(wide), Some(many)) = (number(width), number(heads))
                && (many == 0 || wide % many != 0)
            {
                return wrong(format!(
                    "a {width} of {wide} cannot be shared among {many} attention heads"
                ));
            }
        }
        for (name, value) in TRAINING {
            let given = values.get(name).is_some_and(Value::is_number);
            if !given {
                values.insert(name.to_owned(), json!(value));
            }
        }
        for name in ["tie_weights_", "sinusoidal_pos_embds"] {
            values.entry(name).or_insert(json!(name == "tie_weights_"));
        }
        if family == Family::Bart && !values.contains_key("num_hidden_layers") {
            let layers = values.get("encoder_layers").cloned();
            values.extend(layers.map(|layers| ("num_hidden_layers".to_owned(), layers)));
        }
        Ok(Config {
            path,
            family,
            values,
        })
    }

    /// The configuration as rust-bert has it.
    fn parsed<T: DeserializeOwned>(&self) -> Result<T> {
        let parsed = guard::torch(|| {
            serde_json::from_value(Value::Object(self.values.clone()))
                .map_err(|e| RustBertError::InvalidConfigurationError(e.to_string()))
        });
        parsed.map_err(|error| {
            Error::new(
                Stage::Models,
                error.message.replace("libtorch failed", "cannot be used"),
            )
            .at_path(&self.path)
            .remedy("take the file that the model was published with")
        })
    }

    /// A whole number, where the file has it.
    pub fn number(&self, name: &str) -> Option<usize> {
        let value = self.values.get(name)?.as_u64()?;
        usize::try_from(value).ok()
    }

    /// # Errors
    /// As [`classify::labels`].
    pub fn labels(&self) -> Result<Vec<String>> {
        classify::labels(&self.values, &self.path)
    }

    /// The longest text, special tokens included: what the manifest or the folder says, at most
    /// what there are positions for.
    pub fn max_tokens(&self, folder: &ModelFolder) -> Result<usize> {
        let positions = self.number("max_position_embeddings").unwrap_or(512);
        let positions = match self.family {
            Family::Roberta => positions.saturating_sub(2),
            _ => positions,
        };
        Ok(said_length(folder)?.unwrap_or(positions).min(positions))
    }

    /// Whether the network looks at which text of a pair a token is of.
    fn has_types(&self) -> bool {
        self.number("type_vocab_size")
            .is_some_and(|types| types > 1)
    }
}

type Forward = dyn Fn(&Batch) -> Result<Tensor, RustBertError> + Send;

/// A network, without its weights until [`super::weights`] has filled them in.
pub struct Network {
    forward: Box<Forward>,
}

impl Network {
    /// Makes the network's variables in `store`.
    ///
    /// # Errors
    /// A family that rust-bert has no such head for; a configuration that it cannot read.
    pub fn build(store: &VarStore, config: &Config, task: Task) -> Result<Network> {
        let root = store.root();
        let forward = match task {
            Task::Sentences => sentences(&root, config),
            Task::Pairs => pairs(&root, config),
            Task::Tokens => tokens(&root, config),
        };
        let forward = forward.map_err(|error| match error.place {
            Some(_) => error,
            None => error.at_path(&config.path),
        })?;
        Ok(Network { forward })
    }

    pub fn run(&self, batch: &Batch) -> Result<Tensor, RustBertError> {
        (self.forward)(batch)
    }
}

fn unsupported(path: &Path, family: Family, what: &str) -> Error {
    Error::new(
        Stage::Models,
        format!("rust-bert has no {family:?} network for {what}"),
    )
    .at_path(path)
    .remedy("docs/ENGINES.md lists the families for each task")
}

fn sentences(root: &nn::Path, config: &Config) -> Result<Box<Forward>> {
    let (kind, option) = match config.family {
        Family::Bert => (ModelType::Bert, ConfigOption::Bert(config.parsed()?)),
        Family::Roberta => (ModelType::Roberta, ConfigOption::Roberta(config.parsed()?)),
        Family::DistilBert => (
            ModelType::DistilBert,
            ConfigOption::DistilBert(config.parsed()?),
        ),
        family => return Err(unsupported(&config.path, family, "sentence vectors")),
    };
    let network = guard::torch(|| SentenceEmbeddingsOption::new(kind, root, &option))?;
    Ok(Box::new(move |batch| {
        let mask = batch.ids.f_ones_like()?;
        Ok(network.forward(&batch.ids, &mask)?.0)
    }))
}

/// The forward pass of a network of the common kind, whose output has a field `logits`.
macro_rules! logits {
    ($network:expr, $types:expr) => {{
        let (network, types) = ($network, $types);
        Box::new(move |batch: &Batch| {
            let types = types.then_some(&batch.types);
            Ok(network
                .forward_t(Some(&batch.ids), None, types, None, None, false)
                .logits)
        })
    }};
    // The same where the pass itself may fail.
    (? $network:expr, $types:expr) => {{
        let (network, types) = ($network, $types);
        Box::new(move |batch: &Batch| {
            let types = types.then_some(&batch.types);
            Ok(network
                .forward_t(Some(&batch.ids), None, types, None, None, false)?
                .logits)
        })
    }};
}

fn pairs(root: &nn::Path, config: &Config) -> Result<Box<Forward>> {
    config.labels()?;
    let types = config.has_types();
    match config.family {
        Family::Bert => {
            let config = config.parsed()?;
            let build = || bert::BertForSequenceClassification::new(root, &config);
            Ok(logits!(guard::torch(build)?, types))
        }
        Family::Roberta => {
            let config = config.parsed()?;
            let build = || roberta::RobertaForSequenceClassification::new(root, &config);
            Ok(logits!(guard::torch(build)?, types))
        }
        Family::DistilBert => {
            let config = config.parsed()?;
            let build = || distilbert::DistilBertModelClassifier::new(root, &config);
            let network = guard::torch(build)?;
            Ok(Box::new(move |batch| {
                Ok(network
                    .forward_t(Some(&batch.ids), None, None, false)?
                    .logits)
            }))
        }
        Family::Bart => {
            let config = config.parsed()?;
            let build = || bart::BartForSequenceClassification::new(root, &config);
            let network = guard::torch(build)?;
            Ok(Box::new(move |batch| {
                let output = network.forward_t(&batch.ids, None, None, None, None, false);
                Ok(output.decoder_output)
            }))
        }
        Family::Deberta => {
            let config = config.parsed()?;
            let build = || deberta::DebertaForSequenceClassification::new(root, &config);
            Ok(logits!(? guard::torch(build)?, types))
        }
        Family::DebertaV2 => {
            let config = config.parsed()?;
            let build = || deberta_v2::DebertaV2ForSequenceClassification::new(root, &config);
            Ok(logits!(? guard::torch(build)?, types))
        }
    }
}

fn tokens(root: &nn::Path, config: &Config) -> Result<Box<Forward>> {
    config.labels()?;
    let types = config.has_types();
    match config.family {
        Family::Bert => {
            let config = config.parsed()?;
            let build = || bert::BertForTokenClassification::new(root, &config);
            Ok(logits!(guard::torch(build)?, types))
        }
        Family::Roberta => {
            let config = config.parsed()?;
            let build = || roberta::RobertaForTokenClassification::new(root, &config);
            Ok(logits!(guard::torch(build)?, types))
        }
        Family::DistilBert => {
            let config = config.parsed()?;
            let build = || distilbert::DistilBertForTokenClassification::new(root, &config);
            let network = guard::torch(build)?;
            Ok(Box::new(move |batch| {
                Ok(network
                    .forward_t(Some(&batch.ids), None, None, false)?
                    .logits)
            }))
        }
        Family::Deberta => {
            let config = config.parsed()?;
            let build = || deberta::DebertaForTokenClassification::new(root, &config);
            Ok(logits!(? guard::torch(build)?, types))
        }
        Family::DebertaV2 => {
            let config = config.parsed()?;
            let build = || deberta_v2::DebertaV2ForTokenClassification::new(root, &config);
            Ok(logits!(? guard::torch(build)?, types))
        }
        Family::Bart => Err(unsupported(&config.path, config.family, "names")),
    }
}
