//! Tensors by name, each from the seed and its own name, so that one more changes no other.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, json};

pub struct Weights {
    seed: u64,
    /// Of the dense layers' numbers.
    scale: f32,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    pub fn new(seed: u64, scale: f32) -> Weights {
        Weights {
            seed,
            scale,
            tensors: BTreeMap::new(),
        }
    }

    pub fn matrix(&mut self, name: &str, rows: usize, columns: usize, scale: f32) {
        let values = self.random(name, rows * columns, scale);
        self.tensors
            .insert(name.to_owned(), (vec![rows, columns], values));
    }

    pub fn vector(&mut self, name: &str, length: usize) {
        let values = self.random(name, length, 0.05);
        self.tensors.insert(name.to_owned(), (vec![length], values));
    }

    /// `NAME.weight` `[out, in]` and `NAME.bias` `[out]`.
    pub fn dense(&mut self, name: &str, out: usize, into: usize) {
        self.matrix(&format!("{name}.weight"), out, into, self.scale);
        self.vector(&format!("{name}.bias"), out);
    }

    /// Gains near 1, shifts near 0.
    pub fn norm(&mut self, name: &str, width: usize) {
        let gain = format!("{name}.weight");
        self.vector(&gain, width);
        for value in &mut self.tensors.get_mut(&gain).unwrap().1 {
            *value += 1.0;
        }
        self.vector(&format!("{name}.bias"), width);
    }

    pub fn set(&mut self, name: &str, at: usize, value: f32) {
        self.tensors.get_mut(name).unwrap().1[at] = value;
    }

    /// A safetensors file: the header's length in 8 bytes, the header as JSON, the numbers.
    pub fn write(&self, path: &Path) {
        let mut header = Map::new();
        let mut numbers: Vec<u8> = Vec::new();
        for (name, (shape, values)) in &self.tensors {
            let start = numbers.len();
            numbers.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            let offsets = [start, numbers.len()];
            let tensor = json!({"dtype": "F32", "shape": shape, "data_offsets": offsets});
            header.insert(name.clone(), tensor);
        }
        let mut header = serde_json::to_vec(&header).unwrap();
        // The numbers begin at a multiple of 8.
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header);
        file.extend(numbers);
        std::fs::write(path, file).unwrap();
    }

    /// Sums of four uniform numbers, near enough to a normal distribution.
    fn random(&self, name: &str, count: usize, scale: f32) -> Vec<f32> {
        // FNV-1a, then SplitMix64.
        let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }) ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut uniform = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 40) as f32 / (1_u32 << 24) as f32 - 0.5
        };
        let spread = 3.0_f32.sqrt() * scale;
        (0..count)
            .map(|_| (uniform() + uniform() + uniform() + uniform()) * spread)
            .collect()
    }
}
