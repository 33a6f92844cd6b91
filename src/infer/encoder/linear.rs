//! A layer's weights, cut into panels for [`super::tile`].

use rten_simd::SimdOp;

use super::tile::{Buffer, Product, Rows, Then, panel_width};

/// `x · Wᵀ + b` in 32-bit floating point.
pub struct Linear {
    depth: usize,
    width: usize,
    panels: Buffer,
    bias: Vec<f32>,
}

impl Linear {
    /// `weight` is `[width, depth]`, as files have it; `bias` has `width` numbers.
    pub fn new(weight: &[f32], bias: &[f32], depth: usize) -> Linear {
        let (width, panel) = (bias.len(), panel_width());
        let count = width.div_ceil(panel);
        let mut panels = Buffer::default();
        let cut = panels.take(count * depth * panel);
        for (column, values) in weight.chunks_exact(depth).enumerate() {
            let start = column / panel * depth * panel + column % panel;
            for (step, value) in values.iter().enumerate() {
                cut[start + step * panel] = *value;
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(count * panel, 0.0);
        Linear {
            depth,
            width,
            panels,
            bias,
        }
    }

    /// `x` is `[rows, depth]`, `out` becomes `[rows, width]`.
    pub fn apply(&self, x: &[f32], rows: usize, then: Then, out: &mut [f32]) {
        Product {
            left: Rows {
                data: x,
                stride: self.depth,
                rows,
            },
            depth: self.depth,
            panels: self.panels.as_slice(),
            bias: &self.bias,
            width: self.width,
            then,
            out,
            out_stride: self.width,
        }
        .dispatch();
    }
}
