//! The engine inside the program: an ONNX encoder on rten.

use std::collections::BTreeMap;
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::NdTensor;

use super::embedder::write_unit;
use super::store::{ModelFiles, Network};
use super::tokens::Tokens;
use super::{Engine, EngineInfo, Matrix};
use crate::{Error, Result, Stage};

/// Texts of one length that go through the network together.
const BATCH: usize = 8;

/// What an input of the graph is for.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    Positions,
    Mask,
    Types,
}

pub struct Embedded {
    model: Model,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    pool: Option<Arc<ThreadPool>>,
    tokens: Arc<Tokens>,
    info: EngineInfo,
}

impl Embedded {
    pub fn load(
        files: ModelFiles,
        tokens: Arc<Tokens>,
        threads: Option<usize>,
    ) -> Result<Embedded> {
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let (model, place) = match files.network {
            Network::File(path) => (options.load_file(&path), path),
            Network::Converted(bytes, path) => (options.load(bytes), path),
        };
        let model = model.map_err(|e| {
            Error::new(Stage::Models, "the network cannot be loaded")
                .at_path(&place)
                .caused_by(e)
        })?;
        let unfit = |what: String| Error::new(Stage::Models, what).at_path(&place);
        let mut inputs = Vec::new();
        for &id in model.input_ids() {
            let info = model.node_info(id);
            let name = info.as_ref().and_then(|n| n.name()).unwrap_or_default();
            let input = match name {
                "input_ids" => Input::Ids,
                "position_ids" => Input::Positions,
                "attention_mask" => Input::Mask,
                "token_type_ids" => Input::Types,
                _ => return Err(unfit(format!("the network wants an input `{name}`"))),
            };
            inputs.push((id, input));
        }
        let output = model
            .find_node("last_hidden_state")
            .ok_or_else(|| unfit("the network has no output `last_hidden_state`".to_owned()))?;
        let pool = threads.map(|n| Arc::new(ThreadPool::with_num_threads(n.max(1))));
        let mut engine = Embedded {
            model,
            inputs,
            output,
            pool,
            info: EngineInfo {
                engine: "embedded".to_owned(),
                model: files.name,
                revision: files.revision,
                dimensions: 0,
                max_tokens: tokens.max_tokens(),
                sha256: files.sha256,
            },
            tokens,
        };
        // The graph may leave its width open; a run tells.
        let ids = engine.tokens.ids("")?;
        engine.info.dimensions = engine.run(&[&ids])?.columns;
        Ok(engine)
    }

    /// Token sequences of one length in, pooled vectors out. All being of one length, there is no
    /// padding whose share of a sum could move the last bit.
    fn run(&self, sequences: &[&[i32]]) -> Result<Matrix> {
        let (batch, length) = (sequences.len(), sequences[0].len());
        let full = |value: i32| NdTensor::from_data([batch, length], vec![value; batch * length]);
        let inputs = self
            .inputs
            .iter()
            .map(|&(id, input)| {
                let tensor = match input {
                    Input::Ids => NdTensor::from_data([batch, length], sequences.concat()),
                    Input::Positions => {
                        NdTensor::from_data([1, length], (0..length as i32).collect::<Vec<_>>())
                    }
                    Input::Mask => full(1),
                    Input::Types => full(0),
                };
                (id, ValueOrView::Value(tensor.into()))
            })
            .collect();
        let options = RunOptions::default().with_thread_pool(self.pool.clone());
        let failed =
            |e: rten::RunError| Error::new(Stage::Infer, "the network failed").caused_by(e);
        let [states] = self
            .model
            .run_n(inputs, [self.output], Some(options))
            .map_err(failed)?;
        let (shape, states) = states.into_shape_vec::<f32, 3>().map_err(|e| {
            Error::new(Stage::Infer, "the network's output has the wrong form").caused_by(e)
        })?;
        let [_, _, columns] = shape;
        if shape != [batch, length, columns] || columns == 0 {
            return Err(Error::new(
                Stage::Infer,
                format!("the network gave {shape:?} numbers for {batch} texts of {length} tokens"),
            ));
        }
        let mut pooled = Matrix::zeros(batch, columns);
        for (row, states) in states.chunks_exact(length * columns).enumerate() {
            let mut sum = vec![0.0_f64; columns];
            for state in states.chunks_exact(columns) {
                for (total, value) in sum.iter_mut().zip(state) {
                    *total += f64::from(*value);
                }
            }
            write_unit(&sum, pooled.row_mut(row));
        }
        Ok(pooled)
    }
}

impl Engine for Embedded {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn embed(&self, texts: &[&str]) -> Result<Matrix> {
        let sequences = texts
            .iter()
            .map(|text| self.tokens.ids(text))
            .collect::<Result<Vec<_>>>()?;
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (text, ids) in sequences.iter().enumerate() {
            if ids.len() > self.info.max_tokens {
                return Err(Error::new(
                    Stage::Infer,
                    format!(
                        "a text of {} tokens is longer than the {} that the model takes",
                        ids.len(),
                        self.info.max_tokens
                    ),
                ));
            }
            by_length.entry(ids.len()).or_default().push(text);
        }
        let mut vectors = Matrix::zeros(texts.len(), self.info.dimensions);
        for batch in by_length.values().flat_map(|run| run.chunks(BATCH)) {
            let together: Vec<&[i32]> = batch.iter().map(|&t| sequences[t].as_slice()).collect();
            let found = self.run(&together)?;
            for (row, &text) in batch.iter().enumerate() {
                vectors.row_mut(text).copy_from_slice(found.row(row));
            }
        }
        Ok(vectors)
    }
}
