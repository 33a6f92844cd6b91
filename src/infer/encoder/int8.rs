//! A layer's weights in 8 bits, multiplied with activations in 8 bits.
//!
//! Each output has a scale of its own, and so has each token: a token's result does not depend on
//! what stands beside it, and the sums are whole numbers, so that it has the same bits in any
//! company.

use std::mem::MaybeUninit;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::ops::{BitOps, NumOps, ToFloat};
use rten_simd::{Isa, SimdOp, SimdUnaryOp};
use rten_tensor::NdTensorView;
use rten_vecmath::{MinMax, Quantize};

use super::gelu::Gelu;
use super::tile::Then;

/// The matrix product of this machine. It is no more than the choice of an instruction set, and is
/// made anew each time since it cannot be shared between threads.
fn kernel() -> GemmExecutor<u8, i8, i32> {
    GemmExecutor::default()
}

/// The greatest weight. Where the processor adds pairs of products in 16 bits, two of 255 · 64 just
/// fit.
fn greatest() -> f32 {
    if kernel().may_saturate() { 64.0 } else { 127.0 }
}

/// `x · Wᵀ + b` in whole numbers.
pub struct Linear {
    depth: usize,
    width: usize,
    weight: PackedBMatrix<i8>,
    /// Of each output.
    scales: Vec<f32>,
    /// Sum of each output's rounded weights: times a token's zero, it is what that zero has added.
    totals: Vec<i32>,
    bias: Vec<f32>,
}

/// What a product works in; kept between uses.
#[derive(Default)]
pub struct Room {
    rounded: Vec<u8>,
    zeros: Vec<i32>,
    scales: Vec<f32>,
    sums: Vec<i32>,
}

impl Linear {
    /// `weight` is `[width, depth]`, as files have it; `bias` has `width` numbers.
    pub fn new(weight: &[f32], bias: &[f32], depth: usize) -> Linear {
        let width = bias.len();
        let most = greatest();
        let mut rounded = vec![0_i8; weight.len()];
        let mut scales = Vec::with_capacity(width);
        let mut totals = Vec::with_capacity(width);
        for (values, rounded) in weight
            .chunks_exact(depth)
            .zip(rounded.chunks_exact_mut(depth))
        {
            let scale = values.iter().fold(0.0_f32, |most, v| most.max(v.abs())) / most;
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            for (to, from) in rounded.iter_mut().zip(values) {
                *to = (from * inverse).round_ties_even().clamp(-most, most) as i8;
            }
            scales.push(scale);
            totals.push(rounded.iter().map(|&weight| i32::from(weight)).sum());
        }
        let turned = NdTensorView::from_data([width, depth], rounded.as_slice());
        Linear {
            depth,
            width,
            weight: kernel().prepack_b(turned.transposed()),
            scales,
            totals,
            bias: bias.to_vec(),
        }
    }

    /// `x` is `[rows, depth]`, `out` becomes `[rows, width]`.
    pub fn apply(&self, x: &[f32], rows: usize, then: Then, room: &mut Room, out: &mut [f32]) {
        let (depth, width) = (self.depth, self.width);
        room.rounded.resize(rows * depth, 0);
        room.zeros.clear();
        room.scales.clear();
        let tokens = x.chunks_exact(depth).take(rows);
        for (values, rounded) in tokens.zip(room.rounded.chunks_exact_mut(depth)) {
            let (low, high) = MinMax::new(values).dispatch();
            let (low, high) = (low.min(0.0), high.max(0.0));
            let scale = (high - low) / 255.0;
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            let zero = (-low * inverse).round_ties_even().clamp(0.0, 255.0) as u8;
            Quantize::new(values, uninit(rounded), inverse, zero).dispatch();
            room.zeros.push(i32::from(zero));
            room.scales.push(scale);
        }
        room.sums.resize(rows * width, 0);
        let left = NdTensorView::from_data([rows, depth], room.rounded.as_slice());
        let product = kernel().gemm(
            &mut room.sums,
            GemmInputA::Unpacked(left),
            GemmInputB::Packed(&self.weight),
            // Its own handling of zeros takes the first rows' for all (rten-gemm 0.27).
            GemmOptions::default(),
        );
        // All sizes come from the two matrices themselves.
        product.expect("the matrices fit each other");
        Scaled {
            sums: &room.sums,
            row_scales: &room.scales,
            zeros: &room.zeros,
            linear: self,
            then,
            out,
        }
        .dispatch();
    }
}

fn uninit(bytes: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // Sound: `Quantize` writes every byte, and bytes are good to be overwritten.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) }
}

/// From sums of whole numbers to what comes after a layer.
struct Scaled<'a> {
    sums: &'a [i32],
    row_scales: &'a [f32],
    zeros: &'a [i32],
    linear: &'a Linear,
    then: Then<'a>,
    out: &'a mut [f32],
}

impl SimdOp for Scaled<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let (ops, whole) = (isa.f32(), isa.i32());
        let lanes = ops.len();
        let width = self.linear.width;
        let Linear {
            scales,
            totals,
            bias,
            ..
        } = self.linear;
        let rows = self.row_scales.iter().zip(self.zeros).enumerate();
        for (row, (&row_scale, &row_zero)) in rows {
            let sums = &self.sums[row * width..][..width];
            let out = &mut self.out[row * width..][..width];
            let more = match self.then {
                Then::Add(more) => Some(&more[row * width..][..width]),
                _ => None,
            };
            let (scale, zero) = (ops.splat(row_scale), whole.splat(row_zero));
            let vectors = width / lanes * lanes;
            for at in (0..vectors).step_by(lanes) {
                let added = whole.mul(zero, whole.load(&totals[at..]));
                let sum = whole.to_float(whole.sub(whole.load(&sums[at..]), added));
                let by = ops.mul(scale, ops.load(&scales[at..]));
                let mut value = ops.mul_add(sum, by, ops.load(&bias[at..]));
                match more {
                    Some(more) => value = ops.add(value, ops.load(&more[at..])),
                    None if matches!(self.then, Then::Gelu) => value = Gelu.eval(isa, value),
                    None => {}
                }
                ops.store(value, &mut out[at..]);
            }
            for at in vectors..width {
                let sum = (sums[at] - row_zero * totals[at]) as f32;
                let value = sum.mul_add(row_scale * scales[at], bias[at]);
                out[at] = match (self.then, more) {
                    (Then::Gelu, _) => Gelu.scalar_eval(value),
                    (_, Some(more)) => value + more[at],
                    _ => value,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_of_whole_numbers_is_near_the_exact_one_in_every_row_alone_and_together() {
        let (rows, depth, width) = (45, 130, 37);
        let number = |i: usize, step: usize| ((i * step + 7) % 201) as f32 / 100.0 - 1.0;
        // The rows differ in size and in where their zero is.
        let x: Vec<f32> = (0..rows * depth)
            .map(|i| (number(i, 61) + (i / depth % 5) as f32 / 4.0) * (1 + i / depth) as f32)
            .collect();
        let weight: Vec<f32> = (0..width * depth).map(|i| number(i, 37)).collect();
        let bias: Vec<f32> = (0..width).map(|i| number(i, 11)).collect();
        let linear = Linear::new(&weight, &bias, depth);
        let mut room = Room::default();
        let mut together = vec![0.0; rows * width];
        linear.apply(&x, rows, Then::Nothing, &mut room, &mut together);
        for (row, values) in x.chunks_exact(depth).enumerate() {
            let mut alone = vec![0.0; width];
            linear.apply(values, 1, Then::Nothing, &mut room, &mut alone);
            assert_eq!(alone, together[row * width..][..width], "row {row}");
            let size = values.iter().map(|v| v * v).sum::<f32>().sqrt();
            for (column, weight) in weight.chunks_exact(depth).enumerate() {
                let exact: f32 = values.iter().zip(weight).map(|(v, w)| v * w).sum();
                let apart = (alone[column] - exact - bias[column]).abs();
                let bound = 0.01 * size * weight.iter().map(|w| w * w).sum::<f32>().sqrt();
                assert!(apart < bound, "row {row}, column {column}: {apart}");
            }
        }
    }
}
