//! Multi-head attention within one sequence.

use rten_simd::ops::BitOps;
use rten_simd::{Isa, SimdOp};
use rten_vecmath::Softmax;

use super::tile::{Buffer, Product, Rows, Then};

/// What attention works in; kept between uses.
#[derive(Default)]
pub struct Room {
    keys: Buffer,
    values: Buffer,
    scores: Buffer,
}

/// Softmax(Q · Kᵀ + bias) · V for each head (Vaswani et al., 2017); the scale 1/√d is in Q already.
pub struct Attention<'a> {
    /// `[length, 3 · hidden]`: queries, keys, values.
    pub projected: &'a [f32],
    pub length: usize,
    pub heads: usize,
    pub hidden: usize,
    /// `[heads, length, length]`, added to the scores; empty for none.
    pub bias: &'a [f32],
    pub room: &'a mut Room,
    /// `[length, hidden]`.
    pub out: &'a mut [f32],
}

impl SimdOp for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let panel = isa.f32().len() * 2;
        let (length, hidden) = (self.length, self.hidden);
        let (width, stride) = (hidden / self.heads, 3 * hidden);
        let padded = length.next_multiple_of(panel);
        for head in 0..self.heads {
            let [queries, keys, values] = [0, 1, 2].map(|part| part * hidden + head * width);
            let turned = self.room.keys.take(padded * width);
            for token in 0..padded {
                let start = token / panel * panel * width + token % panel;
                for step in 0..width {
                    turned[start + step * panel] = if token < length {
                        self.projected[token * stride + keys + step]
                    } else {
                        0.0
                    };
                }
            }
            let scores = self.room.scores.take(length * padded);
            Product {
                left: Rows {
                    data: &self.projected[queries..],
                    stride,
                    rows: length,
                },
                depth: width,
                panels: turned,
                bias: &[],
                width: length,
                then: Then::Nothing,
                out: scores,
                out_stride: padded,
            }
            .eval(isa);
            for (token, row) in scores.chunks_exact_mut(padded).enumerate() {
                let row = &mut row[..length];
                if !self.bias.is_empty() {
                    let bias = &self.bias[(head * length + token) * length..][..length];
                    for (score, bias) in row.iter_mut().zip(bias) {
                        *score += bias;
                    }
                }
                Softmax::new_mut(row).eval(isa);
            }
            let panels = width.div_ceil(panel);
            let cut = self.room.values.take(panels * length * panel);
            for (index, cut) in cut.chunks_exact_mut(length * panel).enumerate() {
                let first = values + index * panel;
                let count = panel.min(width - index * panel);
                for (token, row) in cut.chunks_exact_mut(panel).enumerate() {
                    let from = &self.projected[token * stride + first..][..count];
                    row[..count].copy_from_slice(from);
                    row[count..].fill(0.0);
                }
            }
            Product {
                left: Rows {
                    data: scores,
                    stride: padded,
                    rows: length,
                },
                depth: length,
                panels: cut,
                bias: &[],
                width,
                then: Then::Nothing,
                out: &mut self.out[head * width..],
                out_stride: hidden,
            }
            .eval(isa);
        }
    }
}
