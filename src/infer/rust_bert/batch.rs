//! Texts of one length, as tensors.

use std::collections::BTreeMap;

use tch::{Device, TchError, Tensor};

use super::reader::Encoded;

/// Texts that go through a network together. On a CPU larger batches cost memory and gain nothing.
const SIZE: usize = 8;
/// A GPU has more to do at a time.
const GPU_SIZE: usize = 64;

/// Token ids, and which text of a pair each is of: `[batch, length]`.
pub struct Batch {
    pub ids: Tensor,
    pub types: Tensor,
}

impl Batch {
    /// `texts` are of one length.
    pub fn new(texts: &[&Encoded], device: Device) -> Result<Batch, TchError> {
        let shape = [texts.len() as i64, texts[0].ids.len() as i64];
        let tensor = |numbers: &dyn Fn(&Encoded) -> Vec<i64>| {
            let numbers: Vec<i64> = texts.iter().flat_map(|text| numbers(text)).collect();
            Tensor::f_from_slice(&numbers)?
                .f_reshape(shape)?
                .f_to_device(device)
        };
        Ok(Batch {
            ids: tensor(&|text| text.ids.clone())?,
            types: tensor(&|text| text.types.clone())?,
        })
    }
}

/// Texts of one length by their numbers, the shortest first, at most a batch at a time.
pub fn groups(texts: &[Encoded], device: Device) -> Vec<Vec<usize>> {
    let size = if device.is_cuda() { GPU_SIZE } else { SIZE };
    let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, text) in texts.iter().enumerate() {
        by_length.entry(text.ids.len()).or_default().push(number);
    }
    let lengths = by_length.values();
    lengths
        .flat_map(|l| l.chunks(size).map(<[usize]>::to_vec))
        .collect()
}
