//! Weights from a safetensors file into a network's variables.
//!
//! The network says which tensors it wants and of which shapes; each is looked up in the file's
//! header and checked before a byte of it is read.

use std::collections::BTreeMap;

use tch::nn::VarStore;
use tch::{Kind, TchError, Tensor};

use super::guard;
use super::network::{Config, Task};
use crate::Result;
use crate::infer::weights::{Entry, Tensors, Words};

/// Copies a tensor into each of the network's variables.
///
/// # Errors
/// A tensor that is missing, of another shape than `config.json` asks for, or not of finite
/// floating point numbers; the error names it.
pub fn fill(tensors: &Tensors, store: &VarStore, config: &Config, task: Task) -> Result<Words> {
    let variables: BTreeMap<String, Tensor> = store.variables().into_iter().collect();
    let mut words = None;
    for (name, mut variable) in variables {
        let shape = variable.size();
        let Some((found, entry)) = tensors.find(&name) else {
            // A sentence's vector is not made from it.
            if task == Task::Sentences && name.starts_with("pooler.") {
                continue;
            }
            return Err(tensors.wrong(format!("has no tensor `{name}`")).remedy(
                "take weights that were made for this task, with the config.json beside them",
            ));
        };
        if !entry
            .shape
            .iter()
            .map(|&n| n as i64)
            .eq(shape.iter().copied())
        {
            return Err(tensors
                .wrong(format!(
                    "the tensor `{found}` is of shape {:?}, and {} wants {shape:?}",
                    entry.shape,
                    config.path.display()
                ))
                .remedy("take the config.json that belongs to these weights"));
        }
        let tensor = read(tensors, found, entry)?;
        if guard::torch(|| Ok(bool::try_from(tensor.f_isfinite()?.f_all()?)?))? {
            guard::torch(|| Ok(tch::no_grad(|| variable.f_copy_(&tensor))?))?;
        } else {
            return Err(tensors.not_finite(found));
        }
        if name.ends_with("word_embeddings.weight") || name.ends_with("shared.weight") {
            words = Some(Words {
                tensor: found.to_owned(),
                rows: entry.shape[0] as usize,
            });
        }
    }
    words.ok_or_else(|| tensors.wrong("has no table of words".to_owned()))
}

fn read(tensors: &Tensors, name: &str, entry: &Entry) -> Result<Tensor> {
    let shape: Vec<i64> = entry.shape.iter().map(|&n| n as i64).collect();
    let broken = |e: TchError| tensors.wrong(format!("the tensor `{name}`")).caused_by(e);
    if entry.dtype == "I8" {
        let sizes: Vec<usize> = entry.shape.iter().map(|&n| n as usize).collect();
        let numbers = tensors.floats(name, &sizes)?;
        let flat = Tensor::f_from_slice(&numbers).map_err(broken)?;
        return flat.f_view(shape.as_slice()).map_err(broken);
    }
    let bytes = tensors.bytes(name, entry)?;
    // The kinds that `bytes` lets through.
    let kind = match entry.dtype.as_str() {
        "F16" => Kind::Half,
        "BF16" => Kind::BFloat16,
        "F64" => Kind::Double,
        _ => Kind::Float,
    };
    Tensor::f_from_data_size(&bytes, &shape, kind).map_err(broken)
}
