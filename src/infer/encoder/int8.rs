//! A layer's weights in 8 bits, multiplied with activations in 8 bits.
//!
//! Each output has a scale of its own, and so has each token: a token's result does not depend on
//! what stands beside it, and the sums are whole numbers, so that it has the same bits in any
//! company.

use std::mem::MaybeUninit;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix, QuantParams};
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
    bias: Vec<f32>,
}

/// What a product works in; kept between uses.
#[derive(Default)]
pub struct Room {
    rounded: Vec<u8>,
    zeros: Vec<u8>,
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
        }
        let turned = NdTensorView::from_data([width, depth], rounded.as_slice());
        Linear {
            depth,
            width,
            weight: kernel().prepack_b(turned.transposed()),
            scales,
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
            room.zeros.push(zero);
            room.scales.push(scale);
        }
        room.sums.resize(rows * width, 0);
        let options = GemmOptions {
            a_quant: Some(QuantParams {
                zero_point: &room.zeros,
            }),
            ..GemmOptions::default()
        };
        let left = NdTensorView::from_data([rows, depth], room.rounded.as_slice());
        let product = kernel().gemm(
            &mut room.sums,
            GemmInputA::Unpacked(left),
            GemmInputB::Packed(&self.weight),
            options,
        );
        // All sizes come from the two matrices themselves.
        product.expect("the matrices fit each other");
        Scaled {
            sums: &room.sums,
            row_scales: &room.scales,
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
        let (scales, bias) = (&self.linear.scales, &self.linear.bias);
        for (row, &row_scale) in self.row_scales.iter().enumerate() {
            let sums = &self.sums[row * width..][..width];
            let out = &mut self.out[row * width..][..width];
            let more = match self.then {
                Then::Add(more) => Some(&more[row * width..][..width]),
                _ => None,
            };
            let scale = ops.splat(row_scale);
            let vectors = width / lanes * lanes;
            for at in (0..vectors).step_by(lanes) {
                let sum = whole.to_float(whole.load(&sums[at..]));
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
                let value = (sums[at] as f32).mul_add(row_scale * scales[at], bias[at]);
                out[at] = match (self.then, more) {
                    (Then::Gelu, _) => Gelu.scalar_eval(value),
                    (_, Some(more)) => value + more[at],
                    _ => value,
                };
            }
        }
    }
}
