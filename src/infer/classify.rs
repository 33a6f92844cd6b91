//! What models say beside vectors: whether one text follows from another, and where persons are
//! named. Plain data goes in and comes out, whatever runs the model.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Matrix;
use crate::Result;

/// A model that a person has chosen, for a run's manifest and the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A name of the manifest, or the folder's name.
    pub name: String,
    /// Of each file that the answers depend on, in hexadecimal.
    pub sha256: BTreeMap<String, String>,
}

/// Natural language inference.
pub trait Entailment: Send + Sync {
    fn source(&self) -> &Source;

    /// How likely each hypothesis follows from each text: a row for each text, a column for each
    /// hypothesis, all within 0 to 1. Each cell stands for itself; rows do not add up to 1.
    ///
    /// The model decides between "follows", "contradicts" and sometimes "neither"; the cell is the
    /// share of the first in the first two (Yin, Hay & Roth 2019, "Benchmarking Zero-shot Text
    /// Classification"), or in all where there is no "contradicts". A text that is longer than the
    /// model takes is cut, a hypothesis never.
    fn classify(&self, texts: &[&str], hypotheses: &[&str]) -> Result<Matrix>;
}

/// Named-entity recognition, of persons alone.
pub trait PersonTagger: Send + Sync {
    fn source(&self) -> &Source;

    /// The names of persons in each sentence, as ranges of its bytes, in their order.
    fn persons(&self, sentences: &[&str]) -> Result<Vec<Vec<Range<usize>>>>;
}
