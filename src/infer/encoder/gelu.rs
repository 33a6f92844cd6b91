//! The Gaussian error linear unit in its exact form (Hendrycks & Gimpel, 2016).

use rten_simd::ops::{BitOps, FloatOps, NumOps};
use rten_simd::{Isa, SimdUnaryOp};

/// `x · (1 + erf(x / √2)) / 2`, within 3e-6.
///
/// erf is a quotient of two polynomials: one division instead of the exponential function that
/// other forms need. `scripts/gelu-fit.py` finds the coefficients.
pub struct Gelu;

/// Beyond it erf is 1 to the last bit but one.
const FARTHEST: f32 = 4.0;

/// Of z², lowest power first.
const UPPER: [f32; 5] = [
    1.128_376_4,
    0.364_627_7,
    0.074_758_87,
    0.010_874_142,
    0.000_385_135_7,
];
const LOWER: [f32; 6] = [
    1.0,
    0.656_445_44,
    0.185_178_34,
    0.029_350_337,
    0.002_768_219_4,
    0.000_021_915_483,
];

impl SimdUnaryOp<f32> for Gelu {
    #[inline(always)]
    fn eval<I: Isa>(&self, isa: I, x: I::F32) -> I::F32 {
        let ops = isa.f32();
        let z = ops.mul(x, ops.splat(std::f32::consts::FRAC_1_SQRT_2));
        let z = ops.clamp(z, ops.splat(-FARTHEST), ops.splat(FARTHEST));
        let square = ops.mul(z, z);
        let mut upper = ops.splat(UPPER[4]);
        for power in (0..4).rev() {
            upper = ops.mul_add(upper, square, ops.splat(UPPER[power]));
        }
        let mut lower = ops.splat(LOWER[5]);
        for power in (0..5).rev() {
            lower = ops.mul_add(lower, square, ops.splat(LOWER[power]));
        }
        let erf = ops.div(ops.mul(z, upper), lower);
        let half = ops.mul(x, ops.splat(0.5));
        ops.mul_add(half, erf, half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By its Taylor series, which is exact enough for small numbers; the rest is ±1.
    fn erf(x: f64) -> f64 {
        if x.abs() > 4.5 {
            return x.signum();
        }
        let (mut term, mut sum) = (x, x);
        for n in 1..150 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn it_is_the_exact_function_to_three_millionths() {
        let mut numbers: Vec<f32> = (-12_000..=12_000).map(|i| i as f32 / 1000.0).collect();
        let expected: Vec<f64> = numbers
            .iter()
            .map(|&x| 0.5 * f64::from(x) * (1.0 + erf(f64::from(x) / 2.0_f64.sqrt())))
            .collect();
        Gelu.map_mut(&mut numbers);
        for (found, expected) in numbers.iter().zip(expected) {
            let apart = (f64::from(*found) - expected).abs();
            assert!(apart < 3e-6, "{found} for {expected}");
        }
    }
}
