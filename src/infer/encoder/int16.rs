//! A layer in whole numbers of 16 bits.
//!
//! AVX2 multiplies sixteen pairs of 16-bit numbers and adds them two by two in one instruction, twice
//! the work of one in floating point. Each output has a scale of its own, and so has each token: a
//! token's result does not depend on what stands beside it. The sums are exact, so that every
//! processor has the same ones.
//!
//! Weights have 11 bits. Activations have as many as a sum of 32 bits leaves them, by the greatest
//! sum of a column's weights: 13 and more in the models measured, where 8-bit numbers for both were too
//! coarse (docs/RESULTS.md).

use rten_simd::ops::{BitOps, FloatOps, NarrowSaturate, NumOps, ToFloat};
use rten_simd::{Isa, Simd, SimdOp, SimdUnaryOp};

use super::gelu::Gelu;
use super::tile::Then;

/// The greatest rounded weight.
const GREATEST: f32 = 1023.0;

/// Columns of a panel: two registers of AVX2.
const PANEL: usize = 16;

/// Rows of a block: 12 of AVX2's 16 registers then hold sums.
const BLOCK: usize = 6;

/// Rounded numbers of the left-hand matrix that should stay in the second-level cache.
const LEFT_IN_CACHE: usize = 64 * 1024;

/// Two steps of the depth for each column of a panel; a line of the cache.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([[i16; 2]; PANEL]);

type Sums = [[i32; PANEL]; BLOCK];

/// `x · Wᵀ + b`.
pub struct Linear {
    depth: usize,
    width: usize,
    /// Panel after panel, each of `pairs(depth)` lines.
    panels: Vec<Line>,
    /// Of each output, as wide as the panels together.
    scales: Vec<f32>,
    bias: Vec<f32>,
    /// The greatest rounded activation.
    most: f32,
}

/// What a product works in; kept between uses.
#[derive(Default)]
pub struct Room {
    rounded: Vec<[i16; 2]>,
    scales: Vec<f32>,
}

/// Steps of two numbers in `depth`.
fn pairs(depth: usize) -> usize {
    depth.div_ceil(2)
}

/// What a number is multiplied with so that `greatest` becomes `most`, and the way back.
fn scale(greatest: f32, most: f32) -> (f32, f32) {
    if greatest > 0.0 {
        (most / greatest, greatest / most)
    } else {
        (0.0, 0.0)
    }
}

impl Linear {
    /// `weight` is `[width, depth]`, as files have it; `bias` has `width` numbers.
    pub fn new(weight: &[f32], bias: &[f32], depth: usize) -> Linear {
        let width = bias.len();
        let (steps, count) = (pairs(depth), width.div_ceil(PANEL));
        let mut panels = vec![Line([[0; 2]; PANEL]); count * steps];
        let mut scales = vec![0.0; count * PANEL];
        let mut largest_sum = 1_i64;
        for (column, values) in weight.chunks_exact(depth).enumerate() {
            let greatest = values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            let (there, back) = scale(greatest, GREATEST);
            scales[column] = back;
            let mut sum = 0;
            for (step, value) in values.iter().enumerate() {
                let rounded = (value * there).round_ties_even() as i16;
                panels[column / PANEL * steps + step / 2].0[column % PANEL][step % 2] = rounded;
                sum += i64::from(rounded.unsigned_abs());
            }
            largest_sum = largest_sum.max(sum);
        }
        let mut bias = bias.to_vec();
        bias.resize(count * PANEL, 0.0);
        Linear {
            depth,
            width,
            panels,
            scales,
            bias,
            most: (i64::from(i32::MAX) / largest_sum).min(i64::from(i16::MAX)) as f32,
        }
    }

    /// `x` is `[rows, depth]`, `out` becomes `[rows, width]`.
    pub fn apply(&self, x: &[f32], rows: usize, then: Then, room: &mut Room, out: &mut [f32]) {
        room.rounded.resize(rows * pairs(self.depth), [0; 2]);
        room.scales.resize(rows, 0.0);
        Round {
            x,
            depth: self.depth,
            most: self.most,
            rounded: &mut room.rounded,
            scales: &mut room.scales,
        }
        .dispatch();
        Product {
            linear: self,
            left: &room.rounded,
            row_scales: &room.scales,
            then,
            out,
        }
        .dispatch();
    }
}

/// Rounds each row of `x` by its greatest number.
struct Round<'a> {
    x: &'a [f32],
    depth: usize,
    most: f32,
    rounded: &'a mut [[i16; 2]],
    scales: &'a mut [f32],
}

impl SimdOp for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let (ops, whole, half) = (isa.f32(), isa.i32(), isa.i16());
        let lanes = ops.len();
        let vectors = self.depth / (2 * lanes) * (2 * lanes);
        let rows = self.x.chunks_exact(self.depth);
        let rounded = self.rounded.chunks_exact_mut(pairs(self.depth));
        for ((values, rounded), back) in rows.zip(rounded).zip(self.scales) {
            let (body, edge) = values.split_at(vectors);
            let mut greatest = ops.zero();
            for part in body.chunks_exact(lanes) {
                greatest = ops.max(greatest, ops.abs(ops.load(part)));
            }
            let greatest = ops.fold_splat(greatest, 0.0, f32::max);
            let greatest = edge
                .iter()
                .fold(greatest.to_array().as_ref()[0], |most, v| most.max(v.abs()));
            let there;
            (there, *back) = scale(greatest, self.most);
            let rounded = rounded.as_flattened_mut();
            let by = ops.splat(there);
            for (part, to) in body
                .chunks_exact(2 * lanes)
                .zip(rounded.chunks_exact_mut(2 * lanes))
            {
                let low = ops.to_int_round(ops.mul(ops.load(part), by));
                let high = ops.to_int_round(ops.mul(ops.load(&part[lanes..]), by));
                half.store(whole.narrow_saturate(low, high), to);
            }
            for (value, to) in edge.iter().zip(&mut rounded[vectors..]) {
                *to = (value * there).round_ties_even() as i16;
            }
        }
    }
}

/// The product of rounded numbers, and what comes after a layer.
struct Product<'a> {
    linear: &'a Linear,
    left: &'a [[i16; 2]],
    row_scales: &'a [f32],
    then: Then<'a>,
    out: &'a mut [f32],
}

impl SimdOp for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let linear = self.linear;
        let steps = pairs(linear.depth);
        let rows = self.row_scales.len();
        let kernel = Kernel::of_this_machine();
        let at_once = (LEFT_IN_CACHE / (2 * steps).max(1)).max(BLOCK) / BLOCK * BLOCK;
        for first in (0..rows).step_by(at_once) {
            let end = rows.min(first + at_once);
            for (index, panel) in linear.panels.chunks_exact(steps).enumerate() {
                let column = index * PANEL;
                let finish = Finish {
                    scales: &linear.scales[column..][..PANEL],
                    bias: &linear.bias[column..][..PANEL],
                    columns: PANEL.min(linear.width - column),
                };
                for row in (first..end).step_by(BLOCK) {
                    let count = BLOCK.min(end - row);
                    let sums = kernel.sums(&self.left[row * steps..][..count * steps], panel);
                    for (number, sums) in sums.iter().enumerate().take(count) {
                        let at = (row + number) * linear.width + column;
                        let row_scale = self.row_scales[row + number];
                        finish.row(isa, sums, row_scale, self.then, at, self.out);
                    }
                }
            }
        }
    }
}

/// From the sums of a panel's columns to its outputs.
struct Finish<'a> {
    scales: &'a [f32],
    bias: &'a [f32],
    /// Of the output; fewer than the panel has at the right edge.
    columns: usize,
}

impl Finish<'_> {
    /// One row, whose outputs begin at `at`.
    #[inline(always)]
    fn row<I: Isa>(
        &self,
        isa: I,
        sums: &[i32; PANEL],
        row_scale: f32,
        then: Then,
        at: usize,
        out: &mut [f32],
    ) {
        let (ops, whole) = (isa.f32(), isa.i32());
        let lanes = ops.len();
        let row_scale = ops.splat(row_scale);
        let mut values = [0.0_f32; PANEL];
        for place in (0..PANEL).step_by(lanes) {
            let sum = whole.to_float(whole.load(&sums[place..]));
            let by = ops.mul(row_scale, ops.load(&self.scales[place..]));
            let mut value = ops.mul_add(sum, by, ops.load(&self.bias[place..]));
            if let Then::Gelu = then {
                value = Gelu.eval(isa, value);
            }
            ops.store(value, &mut values[place..]);
        }
        let out = &mut out[at..][..self.columns];
        match then {
            Then::Add(more) => {
                let more = &more[at..][..self.columns];
                for ((to, value), more) in out.iter_mut().zip(values).zip(more) {
                    *to = value + more;
                }
            }
            Then::Nothing | Then::Gelu => out.copy_from_slice(&values[..self.columns]),
        }
    }
}

/// The inner loop, by what the processor can do.
#[derive(Clone, Copy)]
enum Kernel {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Kernel {
    fn of_this_machine() -> Kernel {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return Kernel::Avx2;
        }
        Kernel::Portable
    }

    /// The sums of at most [`BLOCK`] rows for the columns of `panel`; `left` has as many pairs a row
    /// as the panel has lines.
    fn sums(self, left: &[[i16; 2]], panel: &[Line]) -> Sums {
        let mut sums = [[0; PANEL]; BLOCK];
        match self {
            Kernel::Portable => portable(left, panel, &mut sums),
            #[cfg(target_arch = "x86_64")]
            // Sound: AVX2 is there.
            Kernel::Avx2 => unsafe {
                match left.len() / panel.len() {
                    1 => avx2::<1>(left, panel, &mut sums),
                    2 => avx2::<2>(left, panel, &mut sums),
                    3 => avx2::<3>(left, panel, &mut sums),
                    4 => avx2::<4>(left, panel, &mut sums),
                    5 => avx2::<5>(left, panel, &mut sums),
                    _ => avx2::<BLOCK>(left, panel, &mut sums),
                }
            },
        }
        sums
    }
}

fn portable(left: &[[i16; 2]], panel: &[Line], sums: &mut Sums) {
    for (row, sums) in left.chunks_exact(panel.len()).zip(sums) {
        for (value, line) in row.iter().zip(panel) {
            let [first, second] = value.map(i32::from);
            for (sum, weight) in sums.iter_mut().zip(&line.0) {
                let both = first * i32::from(weight[0]) + second * i32::from(weight[1]);
                *sum = sum.wrapping_add(both);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<const ROWS: usize>(left: &[[i16; 2]], panel: &[Line], sums: &mut Sums) {
    use std::arch::x86_64::{
        _mm256_add_epi32, _mm256_load_si256, _mm256_madd_epi16, _mm256_set1_epi32,
        _mm256_setzero_si256, _mm256_storeu_si256,
    };

    let steps = panel.len();
    // What the pointers below rely on.
    assert!(left.len() >= ROWS * steps);
    let left = left.as_ptr().cast::<i32>();
    let mut held = [[_mm256_setzero_si256(); 2]; ROWS];
    for (step, line) in panel.iter().enumerate() {
        let line = line.0.as_ptr().cast();
        // Sound: a line is two registers long and aligned to them; `left` has `ROWS` rows of `steps`
        // pairs, and a pair is as large as an i32.
        unsafe {
            let low = _mm256_load_si256(line);
            let high = _mm256_load_si256(line.add(1));
            for (row, held) in held.iter_mut().enumerate() {
                let value = _mm256_set1_epi32(left.add(row * steps + step).read_unaligned());
                held[0] = _mm256_add_epi32(held[0], _mm256_madd_epi16(value, low));
                held[1] = _mm256_add_epi32(held[1], _mm256_madd_epi16(value, high));
            }
        }
    }
    for (held, sums) in held.into_iter().zip(sums) {
        let to = sums.as_mut_ptr().cast();
        // Sound: a row of sums is two registers long.
        unsafe {
            _mm256_storeu_si256(to, held[0]);
            _mm256_storeu_si256(to.add(1), held[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(i: usize, step: usize) -> f32 {
        ((i * step + 7) % 201) as f32 / 100.0 - 1.0
    }

    #[test]
    fn a_product_is_near_the_exact_one_in_every_row_alone_and_together() {
        for (rows, depth, width) in [(45, 131, 37), (1, 1, 1), (7, 32, 16), (100, 1536, 20)] {
            // The rows differ in size.
            let x: Vec<f32> = (0..rows * depth)
                .map(|i| number(i, 61) * (1 + i / depth) as f32)
                .collect();
            let weight: Vec<f32> = (0..width * depth).map(|i| number(i, 37)).collect();
            let bias: Vec<f32> = (0..width).map(|i| number(i, 11)).collect();
            let more: Vec<f32> = (0..rows * width).map(|i| number(i, 13)).collect();
            let linear = Linear::new(&weight, &bias, depth);
            let mut room = Room::default();
            let mut together = vec![f32::NAN; rows * width];
            linear.apply(&x, rows, Then::Add(&more), &mut room, &mut together);
            let mut active = vec![f32::NAN; rows * width];
            linear.apply(&x, rows, Then::Gelu, &mut room, &mut active);
            for (row, values) in x.chunks_exact(depth).enumerate() {
                let mut alone = vec![0.0; width];
                linear.apply(values, 1, Then::Nothing, &mut room, &mut alone);
                let size = values.iter().map(|v| v * v).sum::<f32>().sqrt();
                for (column, weight) in weight.chunks_exact(depth).enumerate() {
                    let at = row * width + column;
                    assert_eq!(alone[column] + more[at], together[at]);
                    assert!((Gelu.scalar_eval(alone[column]) - active[at]).abs() < 1e-4);
                    let exact: f64 = values
                        .iter()
                        .zip(weight)
                        .map(|(v, w)| f64::from(*v) * f64::from(*w))
                        .sum();
                    let apart = (f64::from(alone[column] - bias[column]) - exact).abs();
                    let bound = 0.002 * size * weight.iter().map(|w| w * w).sum::<f32>().sqrt();
                    assert!(apart <= f64::from(bound), "{row}, {column}: {apart}");
                }
            }
        }
    }

    #[test]
    fn the_greatest_numbers_do_not_overflow() {
        for depth in [2, 384, 4096, 40_000] {
            let linear = Linear::new(&vec![1.0; depth], &[0.0], depth);
            let mut out = [0.0];
            let x = vec![-3.0; depth];
            linear.apply(&x, 1, Then::Nothing, &mut Room::default(), &mut out);
            let exact = -3.0 * depth as f32;
            assert!((out[0] / exact - 1.0).abs() < 0.02, "{depth}: {}", out[0]);
        }
    }

    #[test]
    fn nothing_but_zeros_gives_the_bias() {
        let linear = Linear::new(&[0.0; 6], &[1.0, 2.0], 3);
        let mut out = [0.0; 2];
        linear.apply(&[0.0; 3], 1, Then::Nothing, &mut Room::default(), &mut out);
        assert_eq!(out, [1.0, 2.0]);
    }

    #[test]
    fn every_kernel_has_the_same_sums() {
        let steps = 33;
        let whole = |i: usize| (number(i, 29) * 1000.0) as i16;
        let panel: Vec<Line> = (0..steps)
            .map(|step| {
                Line(std::array::from_fn(|column| {
                    [whole(step * 40 + column), whole(step * 17 + 5 * column)]
                }))
            })
            .collect();
        for rows in 1..=BLOCK {
            let left: Vec<[i16; 2]> = (0..rows * steps)
                .map(|i| [whole(3 * i), whole(7 * i)])
                .collect();
            let found = Kernel::of_this_machine().sums(&left, &panel);
            assert_eq!(found, Kernel::Portable.sums(&left, &panel), "{rows} rows");
        }
    }
}
