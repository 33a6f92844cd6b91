//! Models small enough for a test, in the very files that real ones come in: two layers, 32 wide,
//! weights from a seed. What they say means nothing; that they load, and that two engines agree on
//! it, does.
//!
//! ```no_run
//! TinyModel::new(Family::Roberta, Task::Sentences).write(folder);
//! ```
//!
//! A word can be [marked](TinyModel::marking), so that its label is known whatever the other
//! weights are: its vector stands out in one direction, and the classifier looks there.

#![allow(dead_code)]

#[path = "tiny_models/vocabulary.rs"]
mod vocabulary;
#[path = "tiny_models/weights.rs"]
mod weights;

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use self::weights::Weights;

/// Width of the hidden states; also of a sentence's vector.
pub const HIDDEN: usize = 32;
const LAYERS: usize = 2;
const HEADS: usize = 4;
const INNER: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Bert,
    DistilBert,
    Roberta,
    Mpnet,
    Bart,
    Deberta,
    DebertaV2,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// A bare encoder with the files of sentence-transformers around it.
    Sentences,
    /// Classifies pairs of texts; the labels, by position.
    Inference(Vec<String>),
    /// Classifies tokens; the labels, by position.
    Tokens(Vec<String>),
}

/// How a sentence's vector comes from its tokens', as `1_Pooling/config.json` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    Mean,
    FirstToken,
    Max,
}

/// What to write; every field may be changed before [`TinyModel::write`].
#[derive(Debug, Clone)]
pub struct TinyModel {
    pub family: Family,
    pub task: Task,
    pub seed: u64,
    /// Special tokens included.
    pub max_tokens: usize,
    pub pooling: Pooling,
    pub lowercase: bool,
    /// Whole words of the vocabulary, beside those that are always there.
    pub words: Vec<String>,
    /// Words whose tokens get the label at this position, for [`Task::Tokens`].
    pub marked: Vec<(String, usize)>,
}

impl TinyModel {
    pub fn new(family: Family, task: Task) -> TinyModel {
        TinyModel {
            family,
            lowercase: !matches!(task, Task::Tokens(_)),
            task,
            seed: 7,
            max_tokens: 64,
            pooling: Pooling::Mean,
            words: Vec::new(),
            marked: Vec::new(),
        }
    }

    /// As the usual inference models have them.
    pub fn inference(family: Family) -> TinyModel {
        let labels = ["contradiction", "neutral", "entailment"];
        TinyModel::new(family, Task::Inference(labels.map(str::to_owned).to_vec()))
    }

    /// As the usual models of names have them.
    pub fn names(family: Family) -> TinyModel {
        let labels = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG"];
        TinyModel::new(family, Task::Tokens(labels.map(str::to_owned).to_vec()))
    }

    /// `word` becomes one token, whose label is the one at `label`.
    pub fn marking(mut self, word: &str, label: usize) -> TinyModel {
        self.words.push(word.to_owned());
        self.marked.push((word.to_owned(), label));
        self
    }

    /// Writes all files into `folder`, which is made where it is not there.
    pub fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        let vocabulary = vocabulary::write(self, folder);
        // A marked word has to stand out after all layers.
        let scale = match self.task {
            Task::Tokens(_) => 0.04,
            Task::Sentences | Task::Inference(_) => 0.15,
        };
        let mut weights = Weights::new(self.seed, scale);
        self.network(&vocabulary, &mut weights);
        weights.write(&folder.join("model.safetensors"));
        write_json(&folder.join("config.json"), &self.config(vocabulary.len()));
        if self.task == Task::Sentences {
            self.sentence_transformer(folder);
        }
    }

    fn labels(&self) -> &[String] {
        match &self.task {
            Task::Sentences => &[],
            Task::Inference(labels) | Task::Tokens(labels) => labels,
        }
    }

    /// Rows of the position table.
    fn positions(&self) -> usize {
        match self.family {
            // Counted from the padding's id on; BART's table is longer than its config says.
            Family::Roberta | Family::Mpnet => self.max_tokens + 2,
            _ => self.max_tokens,
        }
    }

    fn sentence_transformer(&self, folder: &Path) {
        let module = |index: usize, path: &str, kind: &str| {
            json!({
                "idx": index,
                "name": index.to_string(),
                "path": path,
                "type": format!("sentence_transformers.models.{kind}"),
            })
        };
        let modules = json!([
            module(0, "", "Transformer"),
            module(1, "1_Pooling", "Pooling"),
            module(2, "2_Normalize", "Normalize"),
        ]);
        write_json(&folder.join("modules.json"), &modules);
        let length = json!({ "max_seq_length": self.max_tokens, "do_lower_case": false });
        write_json(&folder.join("sentence_bert_config.json"), &length);
        fs::create_dir_all(folder.join("1_Pooling")).unwrap();
        let pooling = json!({
            "word_embedding_dimension": HIDDEN,
            "pooling_mode_cls_token": self.pooling == Pooling::FirstToken,
            "pooling_mode_mean_tokens": self.pooling == Pooling::Mean,
            "pooling_mode_max_tokens": self.pooling == Pooling::Max,
            "pooling_mode_mean_sqrt_len_tokens": false,
        });
        write_json(&folder.join("1_Pooling/config.json"), &pooling);
    }

    fn config(&self, vocabulary: usize) -> Value {
        let mut config = match self.family {
            Family::DistilBert => json!({
                "model_type": "distilbert",
                "activation": "gelu",
                "attention_dropout": 0.1,
                "dropout": 0.1,
                "dim": HIDDEN,
                "hidden_dim": INNER,
                "initializer_range": 0.02,
                "n_heads": HEADS,
                "n_layers": LAYERS,
                "qa_dropout": 0.1,
                "seq_classif_dropout": 0.2,
                "sinusoidal_pos_embds": false,
                "tie_weights_": true,
                "pad_token_id": 0,
            }),
            Family::Bart => json!({
                "model_type": "bart",
                "activation_function": "gelu",
                "activation_dropout": 0.0,
                "attention_dropout": 0.0,
                "classif_dropout": 0.0,
                "dropout": 0.1,
                "d_model": HIDDEN,
                "encoder_layers": LAYERS,
                "decoder_layers": LAYERS,
                "num_hidden_layers": LAYERS,
                "encoder_attention_heads": HEADS,
                "decoder_attention_heads": HEADS,
                "encoder_ffn_dim": INNER,
                "decoder_ffn_dim": INNER,
                "encoder_layerdrop": 0.0,
                "decoder_layerdrop": 0.0,
                "init_std": 0.02,
                "is_encoder_decoder": true,
                "normalize_before": false,
                "scale_embedding": false,
                "bos_token_id": 0,
                "pad_token_id": 1,
                "eos_token_id": 2,
                "decoder_start_token_id": 2,
                "forced_eos_token_id": 2,
            }),
            _ => json!({
                "hidden_act": "gelu",
                "attention_probs_dropout_prob": 0.1,
                "hidden_dropout_prob": 0.1,
                "hidden_size": HIDDEN,
                "initializer_range": 0.02,
                "intermediate_size": INNER,
                "num_attention_heads": HEADS,
                "num_hidden_layers": LAYERS,
            }),
        };
        let more = match self.family {
            Family::Bert => json!({
                "model_type": "bert", "layer_norm_eps": 1e-12, "type_vocab_size": 2,
                "pad_token_id": 0,
            }),
            Family::Roberta => json!({
                "model_type": "roberta", "layer_norm_eps": 1e-5, "type_vocab_size": 1,
                "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2,
            }),
            Family::Mpnet => json!({
                "model_type": "mpnet", "layer_norm_eps": 1e-5,
                "relative_attention_num_buckets": 32,
                "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2,
            }),
            Family::Deberta => json!({
                "model_type": "deberta", "layer_norm_eps": 1e-7, "type_vocab_size": 0,
                "relative_attention": true, "max_relative_positions": -1,
                "position_biased_input": false, "pos_att_type": "c2p|p2c",
                "pooler_dropout": 0, "pooler_hidden_act": "gelu", "pooler_hidden_size": HIDDEN,
                "pad_token_id": 0,
            }),
            Family::DebertaV2 => json!({
                "model_type": "deberta-v2", "layer_norm_eps": 1e-7, "type_vocab_size": 0,
                "relative_attention": true, "max_relative_positions": -1,
                "position_buckets": BUCKETS, "norm_rel_ebd": "layer_norm", "share_att_key": true,
                "position_biased_input": false, "pos_att_type": "p2c|c2p",
                "pooler_dropout": 0, "pooler_hidden_act": "gelu", "pooler_hidden_size": HIDDEN,
                "pad_token_id": 0,
            }),
            Family::DistilBert | Family::Bart => json!({}),
        };
        let config = config.as_object_mut().unwrap();
        config.extend(more.as_object().unwrap().clone());
        config.insert("vocab_size".to_owned(), json!(vocabulary));
        config.insert(
            "max_position_embeddings".to_owned(),
            json!(self.positions()),
        );
        if !self.labels().is_empty() {
            let labels = || self.labels().iter().enumerate();
            let by_id: Map<_, _> = labels().map(|(i, l)| (i.to_string(), json!(l))).collect();
            let by_label: Map<_, _> = labels().map(|(i, l)| (l.clone(), json!(i))).collect();
            config.insert("id2label".to_owned(), Value::Object(by_id));
            config.insert("label2id".to_owned(), Value::Object(by_label));
        }
        Value::Object(std::mem::take(config))
    }

    fn network(&self, vocabulary: &[String], weights: &mut Weights) {
        let bare = self.task == Task::Sentences;
        let words = match self.family {
            Family::Bart => "model.shared.weight".to_owned(),
            _ => format!("{}embeddings.word_embeddings.weight", self.prefix()),
        };
        weights.matrix(&words, vocabulary.len(), HIDDEN, 0.2);
        for (word, label) in &self.marked {
            let token = vocabulary::token_of(self, word);
            let row = vocabulary.iter().position(|known| *known == token);
            let row = row.expect("a marked word is a token");
            weights.set(&words, row * HIDDEN + label, 10.0);
        }
        match self.family {
            Family::Bert | Family::Roberta => self.bert(weights),
            Family::DistilBert => self.distilbert(weights),
            Family::Mpnet => self.mpnet(weights),
            Family::Bart => self.bart(weights),
            Family::Deberta | Family::DebertaV2 => self.deberta(weights),
        }
        if !bare {
            self.head(weights);
        }
    }

    /// A bare encoder's tensors have no prefix; under a head they do.
    fn prefix(&self) -> &'static str {
        match (self.family, &self.task) {
            (_, Task::Sentences) => "",
            (Family::Bert, _) => "bert.",
            (Family::DistilBert, _) => "distilbert.",
            (Family::Roberta, _) => "roberta.",
            (Family::Mpnet, _) => "mpnet.",
            (Family::Bart, _) => "model.",
            (Family::Deberta | Family::DebertaV2, _) => "deberta.",
        }
    }

    fn bert(&self, weights: &mut Weights) {
        let at = self.prefix();
        let types = if self.family == Family::Roberta { 1 } else { 2 };
        let embeddings = format!("{at}embeddings");
        let table = format!("{embeddings}.position_embeddings.weight");
        weights.matrix(&table, self.positions(), HIDDEN, 0.05);
        let table = format!("{embeddings}.token_type_embeddings.weight");
        weights.matrix(&table, types, HIDDEN, 0.05);
        weights.norm(&format!("{embeddings}.LayerNorm"), HIDDEN);
        for layer in 0..LAYERS {
            let at = format!("{at}encoder.layer.{layer}");
            for part in ["query", "key", "value"] {
                weights.dense(&format!("{at}.attention.self.{part}"), HIDDEN, HIDDEN);
            }
            weights.bert_rest(&at);
        }
        // What classifies tokens, and RoBERTa's head for pairs, have no pooler.
        let pooled = match self.task {
            Task::Sentences => true,
            Task::Inference(_) => self.family == Family::Bert,
            Task::Tokens(_) => false,
        };
        if pooled {
            weights.dense(&format!("{at}pooler.dense"), HIDDEN, HIDDEN);
        }
    }

    fn distilbert(&self, weights: &mut Weights) {
        let at = self.prefix();
        let table = format!("{at}embeddings.position_embeddings.weight");
        weights.matrix(&table, self.positions(), HIDDEN, 0.05);
        weights.norm(&format!("{at}embeddings.LayerNorm"), HIDDEN);
        for layer in 0..LAYERS {
            let at = format!("{at}transformer.layer.{layer}");
            for part in ["q_lin", "k_lin", "v_lin", "out_lin"] {
                weights.dense(&format!("{at}.attention.{part}"), HIDDEN, HIDDEN);
            }
            weights.norm(&format!("{at}.sa_layer_norm"), HIDDEN);
            weights.dense(&format!("{at}.ffn.lin1"), INNER, HIDDEN);
            weights.dense(&format!("{at}.ffn.lin2"), HIDDEN, INNER);
            weights.norm(&format!("{at}.output_layer_norm"), HIDDEN);
        }
    }

    fn mpnet(&self, weights: &mut Weights) {
        let at = self.prefix();
        let table = format!("{at}embeddings.position_embeddings.weight");
        weights.matrix(&table, self.positions(), HIDDEN, 0.05);
        weights.norm(&format!("{at}embeddings.LayerNorm"), HIDDEN);
        let table = format!("{at}encoder.relative_attention_bias.weight");
        weights.matrix(&table, 32, HEADS, 0.5);
        for layer in 0..LAYERS {
            let at = format!("{at}encoder.layer.{layer}");
            for part in ["q", "k", "v", "o"] {
                weights.dense(&format!("{at}.attention.attn.{part}"), HIDDEN, HIDDEN);
            }
            weights.norm(&format!("{at}.attention.LayerNorm"), HIDDEN);
            weights.dense(&format!("{at}.intermediate.dense"), INNER, HIDDEN);
            weights.dense(&format!("{at}.output.dense"), HIDDEN, INNER);
            weights.norm(&format!("{at}.output.LayerNorm"), HIDDEN);
        }
        weights.dense(&format!("{at}pooler.dense"), HIDDEN, HIDDEN);
    }

    fn bart(&self, weights: &mut Weights) {
        for side in ["encoder", "decoder"] {
            let at = format!("model.{side}");
            let table = format!("{at}.embed_positions.weight");
            weights.matrix(&table, self.positions() + 2, HIDDEN, 0.05);
            weights.norm(&format!("{at}.layernorm_embedding"), HIDDEN);
            for layer in 0..LAYERS {
                let at = format!("{at}.layers.{layer}");
                let attentions: &[&str] = match side {
                    "encoder" => &["self_attn"],
                    _ => &["self_attn", "encoder_attn"],
                };
                for attention in attentions {
                    for part in ["k_proj", "v_proj", "q_proj", "out_proj"] {
                        weights.dense(&format!("{at}.{attention}.{part}"), HIDDEN, HIDDEN);
                    }
                    weights.norm(&format!("{at}.{attention}_layer_norm"), HIDDEN);
                }
                weights.dense(&format!("{at}.fc1"), INNER, HIDDEN);
                weights.dense(&format!("{at}.fc2"), HIDDEN, INNER);
                weights.norm(&format!("{at}.final_layer_norm"), HIDDEN);
            }
        }
    }

    fn deberta(&self, weights: &mut Weights) {
        let at = self.prefix();
        let v2 = self.family == Family::DebertaV2;
        weights.norm(&format!("{at}embeddings.LayerNorm"), HIDDEN);
        let rows = 2 * if v2 { BUCKETS } else { self.positions() };
        let table = format!("{at}encoder.rel_embeddings.weight");
        weights.matrix(&table, rows, HIDDEN, 0.2);
        if v2 {
            weights.norm(&format!("{at}encoder.LayerNorm"), HIDDEN);
        }
        for layer in 0..LAYERS {
            let at = format!("{at}encoder.layer.{layer}");
            let this = format!("{at}.attention.self");
            if v2 {
                for part in ["query_proj", "key_proj", "value_proj"] {
                    weights.dense(&format!("{this}.{part}"), HIDDEN, HIDDEN);
                }
            } else {
                weights.matrix(&format!("{this}.in_proj.weight"), 3 * HIDDEN, HIDDEN, 0.15);
                weights.vector(&format!("{this}.q_bias"), HIDDEN);
                weights.vector(&format!("{this}.v_bias"), HIDDEN);
                weights.matrix(&format!("{this}.pos_proj.weight"), HIDDEN, HIDDEN, 0.15);
                weights.dense(&format!("{this}.pos_q_proj"), HIDDEN, HIDDEN);
            }
            weights.bert_rest(&at);
        }
    }

    fn head(&self, weights: &mut Weights) {
        let labels = self.labels().len();
        let last = match (&self.task, self.family) {
            (Task::Tokens(_), _) | (_, Family::Bert) => "classifier",
            (_, Family::DistilBert) => {
                weights.dense("pre_classifier", HIDDEN, HIDDEN);
                "classifier"
            }
            (_, Family::Roberta | Family::Mpnet) => {
                weights.dense("classifier.dense", HIDDEN, HIDDEN);
                "classifier.out_proj"
            }
            (_, Family::Bart) => {
                weights.dense("classification_head.dense", HIDDEN, HIDDEN);
                "classification_head.out_proj"
            }
            (_, Family::Deberta | Family::DebertaV2) => {
                weights.dense("pooler.dense", HIDDEN, HIDDEN);
                "classifier"
            }
        };
        weights.dense(last, labels, HIDDEN);
        if matches!(self.task, Task::Tokens(_)) {
            for label in 1..labels {
                weights.set(&format!("{last}.weight"), label * HIDDEN + label, 4.0);
            }
            // Whatever is not marked has the first label: no name.
            weights.set(&format!("{last}.bias"), 0, 14.0);
        }
    }
}

const BUCKETS: usize = 16;

impl Weights {
    /// What BERT's layers and DeBERTa's have alike, from the attention's output on.
    fn bert_rest(&mut self, at: &str) {
        self.dense(&format!("{at}.attention.output.dense"), HIDDEN, HIDDEN);
        self.norm(&format!("{at}.attention.output.LayerNorm"), HIDDEN);
        self.dense(&format!("{at}.intermediate.dense"), INNER, HIDDEN);
        self.dense(&format!("{at}.output.dense"), HIDDEN, INNER);
        self.norm(&format!("{at}.output.LayerNorm"), HIDDEN);
    }
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, serde_json::to_vec_pretty(value).unwrap()).unwrap();
}
