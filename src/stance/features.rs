//! What a head sees of a text: its vector, its words (TF-IDF), and counts of cue words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::logistic::Row;

/// Words of each group with their job; a trailing `*` stands for any ending, `_` for a space.
const CUES: &str = include_str!("cues.tsv");

/// How much each block weighs against the penalty, which is the same for all weights. Chosen by
/// leave-one-topic-out; 0 leaves the block out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocks {
    pub vector: f64,
    pub words: f64,
    pub cues: f64,
}

impl Blocks {
    pub const ALL: Blocks = Blocks {
        vector: 1.0,
        words: 1.0,
        cues: 0.1,
    };
    pub const VECTOR: Blocks = Blocks {
        vector: 1.0,
        words: 0.0,
        cues: 0.0,
    };
    pub const WORDS: Blocks = Blocks {
        vector: 0.0,
        words: 1.0,
        cues: 0.0,
    };
    pub const VECTOR_AND_WORDS: Blocks = Blocks {
        vector: 1.0,
        words: 1.0,
        cues: 0.0,
    };
}

/// Turns texts into rows: the vector first, then cues, then words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    pub blocks: Blocks,
    pub dimensions: usize,
    pub cue_means: Vec<f32>,
    /// Each cue's standard deviation, not below [`LEAST_DEVIATION`].
    pub cue_deviations: Vec<f32>,
    /// Words and pairs of words, sorted.
    pub vocabulary: Vec<String>,
    pub idf: Vec<f32>,
}

/// So that a cue which is all but absent from the training data cannot decide a call alone.
const LEAST_DEVIATION: f64 = 0.05;
/// Texts of the training data that a word must be in.
const LEAST_TEXTS: usize = 2;

impl Features {
    /// Counts words and cues of the training texts.
    pub fn fit(texts: &[&str], dimensions: usize, blocks: Blocks) -> Features {
        let n = texts.len().max(1) as f64;
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        if blocks.words > 0.0 {
            for text in texts {
                let terms: BTreeSet<String> = terms(text).into_iter().collect();
                for term in terms {
                    *found.entry(term).or_default() += 1;
                }
            }
        }
        found.retain(|_, texts| *texts >= LEAST_TEXTS);
        let idf = found
            .values()
            .map(|&texts| (((1.0 + n) / (1.0 + texts as f64)).ln() + 1.0) as f32)
            .collect();
        let (mut means, mut deviations) = (Vec::new(), Vec::new());
        if blocks.cues > 0.0 {
            let cues: Vec<Vec<f64>> = texts.iter().map(|text| cues(text)).collect();
            for at in 0..cues.first().map_or(0, Vec::len) {
                let mean = cues.iter().map(|c| c[at]).sum::<f64>() / n;
                let variance = cues.iter().map(|c| (c[at] - mean).powi(2)).sum::<f64>() / n;
                means.push(mean as f32);
                deviations.push(variance.sqrt().max(LEAST_DEVIATION) as f32);
            }
        }
        Features {
            blocks,
            dimensions: if blocks.vector > 0.0 { dimensions } else { 0 },
            cue_means: means,
            cue_deviations: deviations,
            vocabulary: found.into_keys().collect(),
            idf,
        }
    }

    pub fn count(&self) -> usize {
        self.dimensions + self.cue_means.len() + self.vocabulary.len()
    }

    /// The row of a text. `vector` must have the dimensions that the features were made with.
    pub fn row(&self, text: &str, vector: &[f32]) -> Row {
        let mut row: Row = vector
            .iter()
            .take(self.dimensions)
            .enumerate()
            .map(|(at, &value)| (at, self.blocks.vector * f64::from(value)))
            .collect();
        let mut base = self.dimensions;
        if !self.cue_means.is_empty() {
            let scaled = self
                .cue_means
                .iter()
                .zip(&self.cue_deviations)
                .zip(cues(text));
            for (at, ((mean, deviation), value)) in scaled.enumerate() {
                let standard = (value - f64::from(*mean)) / f64::from(*deviation);
                row.push((base + at, self.blocks.cues * standard));
            }
            base += self.cue_means.len();
        }
        let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
        if !self.vocabulary.is_empty() {
            for term in terms(text) {
                if let Ok(at) = self.vocabulary.binary_search(&term) {
                    *counts.entry(at).or_default() += 1.0;
                }
            }
        }
        for (at, count) in &mut counts {
            *count = (1.0 + count.ln()) * f64::from(self.idf[*at]);
        }
        let length = counts
            .values()
            .map(|v| v * v)
            .sum::<f64>()
            .sqrt()
            .max(1e-12);
        row.extend(
            counts
                .into_iter()
                .map(|(at, value)| (base + at, self.blocks.words * value / length)),
        );
        row
    }
}

/// Lower-case words; numbers as one of two classes, so that a year teaches nothing but that it is
/// one.
pub fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace(['’', '‘'], "'");
    let inner = |c: char| c == '\'' || c == '-';
    lower
        .split(|c: char| !(c.is_alphanumeric() || inner(c)))
        .map(|word| word.trim_matches(inner))
        .filter(|word| !word.is_empty())
        .map(|word| {
            if !word.starts_with(|c: char| c.is_ascii_digit()) {
                word.to_owned()
            } else if is_year(word) {
                "0000".to_owned()
            } else {
                "0".to_owned()
            }
        })
        .collect()
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && word
            .parse()
            .is_ok_and(|year: u32| (1500..2100).contains(&year))
}

/// Words, pairs of neighbours, and telling marks.
fn terms(text: &str) -> Vec<String> {
    let words = words(text);
    let mut terms: Vec<String> = words.windows(2).map(|w| w.join(" ")).collect();
    terms.extend(words);
    for mark in ['?', '!', ';', ':'] {
        terms.extend(text.matches(mark).map(str::to_owned));
    }
    terms.extend(text.matches(['"', '“', '”']).map(|_| "\"".to_owned()));
    terms
}

struct CueGroup {
    whole: Vec<&'static str>,
    stems: Vec<&'static str>,
    phrases: Vec<String>,
}

static GROUPS: LazyLock<Vec<CueGroup>> = LazyLock::new(|| {
    let lines = CUES.lines().filter(|l| !l.starts_with('#'));
    let mut groups = Vec::new();
    for (_, listed) in lines.filter_map(|line| line.split_once('\t')) {
        let mut group = CueGroup {
            whole: Vec::new(),
            stems: Vec::new(),
            phrases: Vec::new(),
        };
        for cue in listed.split_whitespace() {
            match cue.strip_suffix('*') {
                Some(stem) => group.stems.push(stem),
                None if cue.contains('_') => {
                    group.phrases.push(format!(" {} ", cue.replace('_', " ")));
                }
                None => group.whole.push(cue),
            }
        }
        groups.push(group);
    }
    groups
});

/// For each group of cue words its count and its rate, then length, numbers and marks.
fn cues(text: &str) -> Vec<f64> {
    let words = words(text);
    let spaced = format!(" {} ", words.join(" "));
    let length = words.len().max(4) as f64 / 4.0;
    let flag = |holds: bool| f64::from(u8::from(holds));
    let mut cues = Vec::new();
    for group in GROUPS.iter() {
        let single = words.iter().filter(|word| {
            group.whole.contains(&word.as_str())
                || group.stems.iter().any(|stem| word.starts_with(stem))
        });
        let phrases = group
            .phrases
            .iter()
            .map(|p| spaced.matches(p.as_str()).count());
        let count = (single.count() + phrases.sum::<usize>()) as f64;
        cues.push(count.ln_1p());
        cues.push(count / length);
    }
    let years = words.iter().filter(|w| *w == "0000").count() as f64;
    let numbers = years + words.iter().filter(|w| *w == "0").count() as f64;
    let quoted = text.contains(['"', '“']);
    let capitals = text
        .split_whitespace()
        .filter(|word| word.starts_with(char::is_uppercase))
        .count() as f64;
    cues.extend([
        (words.len() as f64).ln_1p() / 2.0,
        flag(words.len() < 8),
        flag(words.len() < 14),
        numbers.ln_1p(),
        numbers / length,
        years.ln_1p(),
        flag(text.contains('?')),
        flag(text.contains('!')),
        flag(quoted),
        flag(text.contains(';')),
        flag(text.contains(':')),
        flag(text.starts_with(char::is_lowercase)),
        capitals / length / 4.0,
    ]);
    cues
}
