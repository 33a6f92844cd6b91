//! The inner loop of every matrix product: a block of rows against one panel of columns.
//!
//! A right-hand matrix is cut into panels as wide as two vector registers, each stored row after
//! row, so that the loop reads memory in order (Goto & van de Geijn, "Anatomy of high-performance
//! matrix multiplication", 2008). The whole depth is added up in registers; what comes after the
//! sum (bias, activation, residual) is done before the block is written. Every sum is taken in the
//! order of the depth, whatever the number of rows: a row's result has the same bits in any company.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp, SimdUnaryOp};

use super::gelu::Gelu;

/// Rows of a block: 12 of AVX2's 16 registers then hold sums.
const BLOCK: usize = 6;

/// Numbers of the left-hand matrix that should stay in the second-level cache while all panels pass.
const LEFT_IN_CACHE: usize = 64 * 1024;

/// One line of the cache, so that no vector load straddles two.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub struct Line(pub [f32; LINE]);

pub const LINE: usize = 16;

/// Numbers in cache lines; grows, and is kept between uses.
#[derive(Debug, Clone, Default)]
pub struct Buffer(Vec<Line>);

impl Buffer {
    /// The first `len` numbers; what was in them stays, new ones are zero.
    pub fn take(&mut self, len: usize) -> &mut [f32] {
        let lines = len.div_ceil(LINE);
        if self.0.len() < lines {
            self.0.resize(lines, Line([0.0; LINE]));
        }
        // Sound: a `Line` is 16 numbers without gaps, and there are enough of them.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), len) }
    }

    pub fn as_slice(&self) -> &[f32] {
        // Sound for the same reason.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * LINE) }
    }
}

/// Columns of a panel on this machine.
pub fn panel_width() -> usize {
    struct Width;
    impl SimdOp for Width {
        type Output = usize;
        #[inline(always)]
        fn eval<I: Isa>(self, isa: I) -> usize {
            isa.f32().len() * 2
        }
    }
    Width.dispatch()
}

/// What is done with a sum before it is written.
#[derive(Clone, Copy)]
pub enum Then<'a> {
    Nothing,
    Gelu,
    /// Adds the numbers at the same places, which lie as the output does.
    Add(&'a [f32]),
}

/// Rows of numbers at a distance of `stride`.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub data: &'a [f32],
    pub stride: usize,
    pub rows: usize,
}

/// `out = then(left · panels + bias)`.
pub struct Product<'a> {
    pub left: Rows<'a>,
    pub depth: usize,
    /// `ceil(width / panel width)` panels of `depth` rows.
    pub panels: &'a [f32],
    /// As wide as the panels together; empty for none.
    pub bias: &'a [f32],
    pub width: usize,
    pub then: Then<'a>,
    pub out: &'a mut [f32],
    pub out_stride: usize,
}

impl SimdOp for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let panel = isa.f32().len() * 2;
        let (rows, depth) = (self.left.rows, self.depth);
        let panels = self.width.div_ceil(panel);
        let reach = |stride: usize, last: usize| (rows.max(1) - 1) * stride + last;
        // What the pointers below rely on.
        assert!(self.left.data.len() >= reach(self.left.stride, depth));
        assert!(self.out.len() >= reach(self.out_stride, self.width));
        assert!(self.panels.len() >= panels * depth * panel);
        assert!(self.bias.is_empty() || self.bias.len() >= panels * panel);
        if let Then::Add(more) = self.then {
            assert!(more.len() >= reach(self.out_stride, self.width));
        }
        let at_once = (LEFT_IN_CACHE / depth.max(1)).max(BLOCK) / BLOCK * BLOCK;
        for first in (0..rows).step_by(at_once) {
            let end = rows.min(first + at_once);
            for index in 0..panels {
                let column = index * panel;
                for row in (first..end).step_by(BLOCK) {
                    // Sound: rows, columns and depth stay in the ranges checked above.
                    unsafe {
                        let tile = Tile {
                            left: self.left.data.as_ptr().add(row * self.left.stride),
                            left_stride: self.left.stride,
                            depth,
                            panel: self.panels.as_ptr().add(index * depth * panel),
                            bias: if self.bias.is_empty() {
                                std::ptr::null()
                            } else {
                                self.bias.as_ptr().add(column)
                            },
                            then: match self.then {
                                Then::Nothing => After::Nothing,
                                Then::Gelu => After::Gelu,
                                Then::Add(more) => {
                                    After::Add(more.as_ptr().add(row * self.out_stride + column))
                                }
                            },
                            out: self.out.as_mut_ptr().add(row * self.out_stride + column),
                            out_stride: self.out_stride,
                            columns: panel.min(self.width - column),
                        };
                        match end - row {
                            1 => tile.run::<I, 1>(isa),
                            2 => tile.run::<I, 2>(isa),
                            3 => tile.run::<I, 3>(isa),
                            4 => tile.run::<I, 4>(isa),
                            5 => tile.run::<I, 5>(isa),
                            _ => tile.run::<I, BLOCK>(isa),
                        }
                    }
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum After {
    Nothing,
    Gelu,
    Add(*const f32),
}

/// A block of at most [`BLOCK`] rows and one panel.
struct Tile {
    left: *const f32,
    left_stride: usize,
    depth: usize,
    panel: *const f32,
    bias: *const f32,
    then: After,
    out: *mut f32,
    out_stride: usize,
    /// Of the output; fewer than the panel has at the right edge.
    columns: usize,
}

/// Widest panel of any instruction set: two registers of 16.
const WIDEST: usize = 32;

/// Steps of the depth without a test in between.
const UNROLLED: usize = 4;

impl Tile {
    /// Adds one step of the depth to all sums.
    ///
    /// # Safety
    /// As [`Tile::run`].
    #[inline(always)]
    unsafe fn step<I: Isa, const ROWS: usize>(
        &self,
        isa: I,
        sums: &mut [[I::F32; 2]; ROWS],
        panel: *const f32,
        step: usize,
    ) {
        let ops = isa.f32();
        unsafe {
            let low = ops.load_ptr(panel);
            let high = ops.load_ptr(panel.add(ops.len()));
            for (row, sum) in sums.iter_mut().enumerate() {
                let value = ops.splat(*self.left.add(row * self.left_stride + step));
                sum[0] = ops.mul_add(value, low, sum[0]);
                sum[1] = ops.mul_add(value, high, sum[1]);
            }
        }
    }

    /// # Safety
    /// All pointers must be good for `ROWS` rows, the depth and the columns.
    #[inline(always)]
    unsafe fn run<I: Isa, const ROWS: usize>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let mut sums = [[ops.zero(); 2]; ROWS];
        unsafe {
            let mut panel = self.panel;
            let mut step = 0;
            while step + UNROLLED <= self.depth {
                for ahead in 0..UNROLLED {
                    self.step(isa, &mut sums, panel.add(2 * lanes * ahead), step + ahead);
                }
                panel = panel.add(2 * lanes * UNROLLED);
                step += UNROLLED;
            }
            while step < self.depth {
                self.step(isa, &mut sums, panel, step);
                panel = panel.add(2 * lanes);
                step += 1;
            }
            if !self.bias.is_null() {
                let bias = [ops.load_ptr(self.bias), ops.load_ptr(self.bias.add(lanes))];
                for sum in &mut sums {
                    *sum = [ops.add(sum[0], bias[0]), ops.add(sum[1], bias[1])];
                }
            }
            if let After::Gelu = self.then {
                for sum in &mut sums {
                    *sum = [Gelu.eval(isa, sum[0]), Gelu.eval(isa, sum[1])];
                }
            }
            if self.columns == 2 * lanes {
                for (row, mut sum) in sums.into_iter().enumerate() {
                    let at = row * self.out_stride;
                    if let After::Add(more) = self.then {
                        let more = more.add(at);
                        sum[0] = ops.add(sum[0], ops.load_ptr(more));
                        sum[1] = ops.add(sum[1], ops.load_ptr(more.add(lanes)));
                    }
                    ops.store_ptr(sum[0], self.out.add(at));
                    ops.store_ptr(sum[1], self.out.add(at + lanes));
                }
                return;
            }
            let mut edge = [0.0_f32; WIDEST];
            for (row, sum) in sums.into_iter().enumerate() {
                let at = row * self.out_stride;
                ops.store_ptr(sum[0], edge.as_mut_ptr());
                ops.store_ptr(sum[1], edge.as_mut_ptr().add(lanes));
                for (column, value) in edge.iter().enumerate().take(self.columns) {
                    let more = match self.then {
                        After::Add(more) => *more.add(at + column),
                        _ => 0.0,
                    };
                    *self.out.add(at + column) = value + more;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::encoder::linear::Linear;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    #[test]
    fn a_product_is_the_sum_of_products_whatever_the_edges() {
        for (rows, depth, width) in [
            (1, 1, 1),
            (2, 3, 5),
            (6, 32, 16),
            (7, 33, 17),
            (13, 40, 33),
            (100, 1600, 40),
        ] {
            let (left, weight) = (numbers(rows * depth, 1), numbers(width * depth, 2));
            let (bias, more) = (numbers(width, 3), numbers(rows * width, 4));
            let linear = Linear::new(&weight, &bias, depth);
            for gelu in [false, true] {
                let then = if gelu { Then::Gelu } else { Then::Add(&more) };
                let mut out = vec![f32::NAN; rows * width];
                linear.apply(&left, rows, then, &mut out);
                for row in 0..rows {
                    for column in 0..width {
                        let sum: f64 = (0..depth)
                            .map(|k| {
                                f64::from(left[row * depth + k])
                                    * f64::from(weight[column * depth + k])
                            })
                            .sum::<f64>()
                            + f64::from(bias[column]);
                        let at = row * width + column;
                        let expected = if gelu {
                            f64::from(Gelu.scalar_eval(sum as f32))
                        } else {
                            sum + f64::from(more[at])
                        };
                        let apart = (f64::from(out[at]) - expected).abs();
                        assert!(apart < 1e-4, "{rows} {depth} {width}: {apart}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_has_the_same_bits_in_any_company() {
        let (depth, width, rows) = (70, 50, 23);
        let left = numbers(rows * depth, 5);
        let linear = Linear::new(&numbers(width * depth, 6), &numbers(width, 7), depth);
        let mut together = vec![0.0; rows * width];
        linear.apply(&left, rows, Then::Gelu, &mut together);
        for row in 0..rows {
            let mut alone = vec![0.0; width];
            linear.apply(&left[row * depth..], 1, Then::Gelu, &mut alone);
            assert_eq!(alone, together[row * width..][..width]);
        }
    }
}
