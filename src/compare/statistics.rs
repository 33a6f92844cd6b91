//! Shares, how sure they are, and whether they moved.

/// The 97.5 % quantile of the standard normal distribution: two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// Resamples of [`change_in_share`].
pub const RESAMPLES: usize = 2_000;

/// Fewer quotations than this on either side say nothing about a move.
pub const LEAST_PER_SIDE: usize = 3;

/// An interval of shares, or of changes in share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Whether both ends lie on the same side of 0.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The Wilson score interval (95 %) of a share of `successes` among `n`; 0 to 1 where `n` is 0.
///
/// Wilson (1927), without continuity correction: "method 3" of Newcombe, *Statistics in Medicine*
/// 17 (1998), 857–872.
pub fn wilson(successes: usize, n: usize) -> Interval {
    if n == 0 {
        return Interval {
            low: 0.0,
            high: 1.0,
        };
    }
    let (k, n) = (successes.min(n) as f64, n as f64);
    let share = k / n;
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    // At the ends the formula gives 0 and 1 up to rounding; say so exactly.
    Interval {
        low: if k == 0.0 {
            0.0
        } else {
            (centre - half).max(0.0)
        },
        high: if k == n {
            1.0
        } else {
            (centre + half).min(1.0)
        },
    }
}

/// The bootstrap interval (95 %, percentile) of the change in share from `earlier` to `later`,
/// each a side's (successes, n). `None` where a side has fewer than [`LEAST_PER_SIDE`].
///
/// Both sides are resampled with replacement [`RESAMPLES`] times from a generator with a fixed
/// seed, so that the same counts give the same interval on every machine.
pub fn change_in_share(earlier: (usize, usize), later: (usize, usize)) -> Option<Interval> {
    if earlier.1 < LEAST_PER_SIDE || later.1 < LEAST_PER_SIDE {
        return None;
    }
    let mut random = SplitMix64(0x5741_4e43_454d_4150);
    let mut changes: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let before = resampled_share(&mut random, earlier);
            resampled_share(&mut random, later) - before
        })
        .collect();
    changes.sort_by(f64::total_cmp);
    Some(Interval {
        low: changes[RESAMPLES * 25 / 1000],
        high: changes[RESAMPLES * 975 / 1000 - 1],
    })
}

fn resampled_share(random: &mut SplitMix64, (successes, n): (usize, usize)) -> f64 {
    let hits = (0..n).filter(|_| random.below(n) < successes).count();
    hits as f64 / n as f64
}

/// Steele, Lea and Flood's SplitMix64 (OOPSLA 2014): small, and the same everywhere.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `0..n`, by multiply and shift; its bias, n in 2⁶⁴, is nothing here.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_the_table_of_newcombe() {
        for (k, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (5, 10, 0.2366, 0.7634),
            (10, 10, 0.7225, 1.0),
            (0, 0, 0.0, 1.0),
        ] {
            let interval = wilson(k, n);
            assert!((interval.low - low).abs() < 5e-5, "{k}/{n}: {interval:?}");
            assert!((interval.high - high).abs() < 5e-5, "{k}/{n}: {interval:?}");
        }
    }

    #[test]
    fn splitmix_gives_its_published_first_values() {
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_clear_change_excludes_zero_and_a_small_one_does_not() {
        let clear = change_in_share((1, 10), (9, 10)).expect("ten on each side");
        assert!(clear.excludes_zero() && clear.low > 0.3, "{clear:?}");
        let back = change_in_share((9, 10), (1, 10)).expect("ten on each side");
        assert!(back.excludes_zero() && back.high < -0.3, "{back:?}");
        let small = change_in_share((4, 10), (5, 10)).expect("ten on each side");
        assert!(!small.excludes_zero(), "{small:?}");
        assert_eq!(change_in_share((0, 2), (10, 10)), None);
    }

    #[test]
    fn the_same_counts_give_the_same_interval() {
        assert_eq!(
            change_in_share((2, 7), (5, 6)),
            change_in_share((2, 7), (5, 6))
        );
    }
}
