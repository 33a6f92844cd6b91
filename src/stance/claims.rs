//! The claims of a scheme, and what a model that reads text and claim together makes of them.

use std::collections::BTreeMap;

use super::Scheme;
use crate::Result;
use crate::infer::{Entailment, Verdict};
use crate::load::sha256_hex;

/// Texts whose pairs are held at a time.
const BLOCK: usize = 64;

/// Each text once, and where each of `texts` is among these.
pub(super) fn distinct<'a>(texts: &[&'a str]) -> (Vec<&'a str>, Vec<usize>) {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut distinct = Vec::new();
    let place = |text: &&'a str| {
        *places.entry(text).or_insert_with(|| {
            distinct.push(*text);
            distinct.len() - 1
        })
    };
    let places = texts.iter().map(place).collect();
    (distinct, places)
}

/// What each label's holder would endorse and reject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Each once.
    claims: Vec<String>,
    /// For each label, places in `claims`; nothing for one that takes no side.
    labels: Vec<Sides>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sides {
    endorses: Vec<usize>,
    rejects: Vec<usize>,
}

impl Claims {
    /// Those of a scheme that has them.
    pub fn of(scheme: &Scheme) -> Option<Claims> {
        if !scheme.has_claims() {
            return None;
        }
        let mut claims: Vec<String> = Vec::new();
        let mut place = |claim: &String| {
            let known = claims.iter().position(|known| known == claim);
            known.unwrap_or_else(|| {
                claims.push(claim.clone());
                claims.len() - 1
            })
        };
        let labels = scheme.labels.iter().map(|label| {
            if !scheme.polar(&label.name) {
                return Sides {
                    endorses: Vec::new(),
                    rejects: Vec::new(),
                };
            }
            Sides {
                endorses: label.endorses.iter().map(&mut place).collect(),
                rejects: label.rejects.iter().map(&mut place).collect(),
            }
        });
        let labels = labels.collect();
        Some(Claims { claims, labels })
    }

    /// SHA-256 of the claims and of whose they are, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let mut said = String::new();
        for label in &self.labels {
            for (sign, places) in [('+', &label.endorses), ('-', &label.rejects)] {
                for &place in places {
                    said.push(sign);
                    said += &self.claims[place];
                    said.push('\n');
                }
            }
            said.push('\n');
        }
        sha256_hex(said.as_bytes())
    }

    /// How many claims each text is put beside.
    pub fn count(&self) -> usize {
        self.claims.len()
    }

    /// The labels' scores for each text; equal texts are judged once.
    ///
    /// # Errors
    /// Whatever the model fails with.
    pub fn scores(&self, model: &dyn Entailment, texts: &[&str]) -> Result<Vec<Vec<f64>>> {
        let (distinct, places) = distinct(texts);
        let mut scores = Vec::with_capacity(distinct.len());
        for block in distinct.chunks(BLOCK) {
            let asked = |text| self.claims.iter().map(move |claim| (text, claim.as_str()));
            let pairs: Vec<(&str, &str)> = block.iter().copied().flat_map(asked).collect();
            let verdicts = model.verdicts(&pairs)?;
            scores.extend(verdicts.chunks(self.count()).map(|v| self.score(v)));
        }
        Ok(places.iter().map(|&place| scores[place].clone()).collect())
    }

    /// For a label that takes a side, half of what its claims have for them on average, the endorsed
    /// ones less the rejected ones, within -1 to 1; for one that takes none, the average share of
    /// neutral in all verdicts.
    fn score(&self, verdicts: &[Verdict]) -> Vec<f64> {
        let mean = |places: &[usize]| {
            let sum: f64 = places.iter().map(|&p| verdicts[p].balance()).sum();
            sum / places.len().max(1) as f64
        };
        let neutral: f64 = verdicts.iter().map(|v| v.neutral).sum();
        let neutral = neutral / verdicts.len().max(1) as f64;
        let label = |sides: &Sides| {
            if sides.endorses.is_empty() {
                neutral
            } else {
                (mean(&sides.endorses) - mean(&sides.rejects)) / 2.0
            }
        };
        self.labels.iter().map(label).collect()
    }
}
