//! An encoder that comes as an ONNX graph, run by rten.

use std::path::Path;
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::NdTensor;

use crate::{Error, Result, Stage};

/// What an input of the graph is for.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    Positions,
    Mask,
    Types,
}

pub struct Onnx {
    model: Model,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    pool: Option<Arc<ThreadPool>>,
}

impl Onnx {
    /// Reads `model.onnx`, which must have the output `last_hidden_state`.
    ///
    /// # Errors
    /// A file that is none, or holds an operator that rten has not; inputs and outputs of other
    /// names.
    pub fn load(path: &Path, threads: Option<usize>) -> Result<Onnx> {
        let unfit = |what: String| {
            Error::new(Stage::Models, what)
                .at_path(path)
                .remedy("take model.safetensors with config.json, or export the bare encoder again")
        };
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = options
            .load_file(path)
            .map_err(|e| unfit("the network cannot be loaded".to_owned()).caused_by(e))?;
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
        Ok(Onnx {
            model,
            inputs,
            output,
            pool: threads.map(|n| Arc::new(ThreadPool::with_num_threads(n.max(1)))),
        })
    }

    /// The states of all tokens of texts of one length, `[texts, length, hidden]`, and the width of
    /// a state. All being of one length, there is no padding whose share of a sum could move the
    /// last bit.
    ///
    /// # Errors
    /// Whatever rten says; an output of another form.
    pub fn run(&self, texts: &[&[i32]]) -> Result<(Vec<f32>, usize)> {
        let (batch, length) = (texts.len(), texts[0].len());
        let full = |value: i32| NdTensor::from_data([batch, length], vec![value; batch * length]);
        let inputs = self
            .inputs
            .iter()
            .map(|&(id, input)| {
                let tensor = match input {
                    Input::Ids => NdTensor::from_data([batch, length], texts.concat()),
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
        Ok((states, columns))
    }
}
