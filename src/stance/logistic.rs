//! Multinomial logistic regression with an L2 penalty, fitted by L-BFGS in f64 from zero: no seed,
//! no thread, so the same data give the same weights.

use argmin::core::{CostFunction, Error as Failure, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use crate::{Error, Result, Stage};

/// The steps that L-BFGS remembers (Nocedal & Wright, *Numerical Optimization*, ch. 7).
const MEMORY: usize = 10;
const MOST_ITERATIONS: u64 = 400;
const GRADIENT_TOLERANCE: f64 = 1e-4;

/// One item: (feature, value), features ascending.
pub type Row = Vec<(usize, f64)>;

/// Minimises `penalty / 2 · |W|² + Σ −ln p(label | row)`; the biases are not penalised.
pub struct Problem<'a> {
    pub rows: &'a [Row],
    /// Of each row, below `classes`.
    pub labels: &'a [usize],
    pub features: usize,
    pub classes: usize,
    pub penalty: f64,
}

/// Weights by feature, `classes` to each, and then the biases.
pub type Weights = Vec<f64>;

impl Problem<'_> {
    /// The objective and its gradient at `weights`.
    pub fn evaluate(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        let bias = self.features * self.classes;
        let mut gradient = vec![0.0; weights.len()];
        let mut cost = 0.0;
        for (at, &weight) in weights[..bias].iter().enumerate() {
            cost += 0.5 * self.penalty * weight * weight;
            gradient[at] = self.penalty * weight;
        }
        for (row, &label) in self.rows.iter().zip(self.labels) {
            let scores = scores(weights, self.features, self.classes, row);
            let mut residual = softmax(&scores, 1.0);
            cost -= residual[label].max(f64::MIN_POSITIVE).ln();
            residual[label] -= 1.0;
            for &(feature, value) in row {
                let cell = &mut gradient[feature * self.classes..(feature + 1) * self.classes];
                for (g, r) in cell.iter_mut().zip(&residual) {
                    *g += r * value;
                }
            }
            for (g, r) in gradient[bias..].iter_mut().zip(&residual) {
                *g += r;
            }
        }
        (cost, gradient)
    }

    /// The weights at the optimum.
    pub fn solve(&self) -> Result<Weights> {
        let start = vec![0.0; (self.features + 1) * self.classes];
        let fail = |error: Failure| {
            Error::new(Stage::Stance, format!("the head cannot be fitted: {error}"))
        };
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
            .with_tolerance_grad(GRADIENT_TOLERANCE)
            .map_err(fail)?
            .with_tolerance_cost(1e-10)
            .map_err(fail)?;
        let result = Executor::new(Fit(self), solver)
            .configure(|state| state.param(start).max_iters(MOST_ITERATIONS))
            .run()
            .map_err(fail)?;
        result
            .state()
            .get_best_param()
            .cloned()
            .ok_or_else(|| Error::new(Stage::Stance, "the head cannot be fitted: no optimum"))
    }
}

/// The scores (logits) of a row.
pub fn scores(weights: &[f64], features: usize, classes: usize, row: &[(usize, f64)]) -> Vec<f64> {
    let mut scores = weights[features * classes..].to_vec();
    for &(feature, value) in row {
        let cell = &weights[feature * classes..(feature + 1) * classes];
        for (score, weight) in scores.iter_mut().zip(cell) {
            *score += weight * value;
        }
    }
    scores
}

/// Probabilities of scores divided by `temperature`.
pub fn softmax(scores: &[f64], temperature: f64) -> Vec<f64> {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = scores
        .iter()
        .map(|s| ((s - top) / temperature).exp())
        .collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|r| r / sum).collect()
}

struct Fit<'a>(&'a Problem<'a>);

impl CostFunction for Fit<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, weights: &Vec<f64>) -> Result<f64, Failure> {
        Ok(self.0.evaluate(weights).0)
    }
}

impl Gradient for Fit<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, weights: &Vec<f64>) -> Result<Vec<f64>, Failure> {
        Ok(self.0.evaluate(weights).1)
    }
}
