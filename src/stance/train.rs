//! Heads from labelled texts, and how well they do on topics they have not seen.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::calibrate::{self, Cut, Held};
use super::features::{Blocks, words};
use super::head::{Head, fit};
use super::scheme::{Example, Scheme};
use super::{Embed, cosine, prototypes, rounded, zero_shot};
use crate::load::sha256_hex;
use crate::{Error, Result, Stage};

/// Labelled texts, in the file's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    pub texts: Vec<String>,
    /// Index into the scheme's labels.
    pub labels: Vec<usize>,
    /// What a text shares with others beyond its label: its topic or document.
    pub topics: Vec<String>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// How the labelled texts are divided for cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folds {
    /// Each topic in turn is held out whole.
    Topic,
    /// Every n-th text; tells less about new topics.
    Number(usize),
}

/// A head and what is known about it.
#[derive(Debug, Clone)]
pub struct Trained {
    pub head: Head,
    pub card: Card,
}

/// What `models/heads/NAME.md` shows, all by cross-validation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    pub scheme: String,
    pub encoder: String,
    pub trained_on: String,
    pub examples: usize,
    pub classes: Vec<(String, usize)>,
    pub topics: Vec<TopicScore>,
    pub folds: String,
    /// Baselines first, the head last.
    pub models: Vec<Scores>,
    pub temperature: f64,
    pub threshold: f64,
    /// At the threshold.
    pub coverage: f64,
    /// Share of wrong decisions at the threshold.
    pub risk: f64,
    pub calibration_error: f64,
    pub calibration_error_before: f64,
    pub nll: f64,
    pub nll_before: f64,
    pub cuts: Vec<Cut>,
    /// Share of the texts that have a twin by wording: word 3-grams' Jaccard of 0.3 or more.
    pub near_duplicates_wording: f64,
    /// Share of the texts that have a twin by vector: cosine of 0.95 or more.
    pub near_duplicates_vector: f64,
}

/// How one model does on held-out texts, no abstaining.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    pub model: String,
    pub macro_f1: f64,
    pub accuracy: f64,
    pub label_f1: Vec<f64>,
}

/// How the head does on one held-out topic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopicScore {
    pub topic: String,
    pub examples: usize,
    pub macro_f1: f64,
}

impl Labelled {
    /// Reads a CSV with the columns `text`, `label` and, for folds by topic, `topic` or `document`.
    /// With `split`, only the rows that have it in the column `split`.
    ///
    /// # Errors
    /// A column that is missing, a label that the scheme does not have, an empty text: with the line.
    pub fn read(
        bytes: &[u8],
        place: &str,
        scheme: &Scheme,
        split: Option<&str>,
    ) -> Result<Labelled> {
        let wrong = |line: u64, message: String| {
            Error::new(Stage::Stance, message).at(format!("{place}:{line}"))
        };
        let broken = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            wrong(line, format!("not a row of this table: {error}"))
        };
        let mut reader = csv::Reader::from_reader(bytes);
        let headers = reader.headers().map_err(broken)?.clone();
        let column = |name: &str| {
            headers
                .iter()
                .position(|h| h.trim_start_matches('\u{feff}') == name)
        };
        let need = |name: &str| {
            column(name).ok_or_else(|| {
                wrong(1, format!("there is no column `{name}`"))
                    .remedy("the columns are text, label and, if there is one, topic or document")
            })
        };
        let (text_at, label_at) = (need("text")?, need("label")?);
        let split_at = split.map(|_| need("split")).transpose()?;
        let topic_at = column("topic").or_else(|| column("document"));
        let names = scheme.label_names();
        let mut labelled = Labelled {
            texts: Vec::new(),
            labels: Vec::new(),
            topics: Vec::new(),
            sha256: match split {
                None => sha256_hex(bytes),
                // Parts of one file are not the same texts.
                Some(split) => sha256_hex(&[bytes, split.as_bytes()].concat()),
            },
        };
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let line = record.position().map_or(0, csv::Position::line);
            if split_at.is_some_and(|at| split != Some(record[at].trim())) {
                continue;
            }
            let text = record[text_at].trim();
            if text.is_empty() {
                return Err(wrong(line, "the text is empty".into()));
            }
            let name = record[label_at].trim();
            let label = names.iter().position(|n| n == name).ok_or_else(|| {
                wrong(line, format!("`{name}` is not a label of the scheme"))
                    .remedy(format!("its labels are {}", names.join(", ")))
            })?;
            labelled.texts.push(text.to_owned());
            labelled.labels.push(label);
            let topic = topic_at.map_or("", |at| record[at].trim());
            labelled.topics.push(topic.to_owned());
        }
        Ok(labelled)
    }

    /// How many of these texts are among the others too, whatever their case and blanks.
    pub fn shared_with(&self, other: &Labelled) -> usize {
        let plain = |text: &String| words(text).join(" ");
        let others: BTreeSet<String> = other.texts.iter().map(plain).collect();
        let mine = self.texts.iter().map(plain);
        mine.filter(|text| others.contains(text)).count()
    }

    /// The examples that a scheme carries itself.
    pub fn from_examples(examples: &[Example], scheme: &Scheme) -> Labelled {
        let names = scheme.label_names();
        let label = |e: &Example| names.iter().position(|n| *n == e.label).unwrap_or(0);
        Labelled {
            texts: examples.iter().map(|e| e.text.clone()).collect(),
            labels: examples.iter().map(label).collect(),
            topics: vec![String::new(); examples.len()],
            sha256: String::new(),
        }
    }
}

/// Trains a head, calibrates it on held-out predictions, and measures it beside its baselines.
///
/// The same labelled texts give the same head, byte for byte.
///
/// # Errors
/// Fewer than two texts of a label, or fewer than two folds.
pub fn train(
    labelled: &Labelled,
    scheme: &Scheme,
    folds: Folds,
    encoder: &str,
    embed: &Embed,
) -> Result<Trained> {
    let names = scheme.label_names();
    let classes = names.len();
    let mut counts = vec![0; classes];
    for &label in &labelled.labels {
        counts[label] += 1;
    }
    if let Some(few) = counts.iter().position(|&count| count < 2) {
        let message = format!("label `{}` has fewer than two labelled texts", names[few]);
        return Err(Error::new(Stage::Stance, message).remedy("label more texts"));
    }
    let texts: Vec<&str> = labelled.texts.iter().map(String::as_str).collect();
    let vectors = embed(&texts)?;
    let vectors: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
    let fold = fold_of_each(labelled, folds)?;

    let hold = |blocks| held_out(&texts, &vectors, &labelled.labels, classes, &fold, blocks);
    let head_held = hold(Blocks::ALL)?;
    let prototypes = prototypes(scheme, embed)?;
    let majority = calibrate::best(&counts.iter().map(|&c| f64::from(c)).collect::<Vec<_>>());
    let flat = |predict: &dyn Fn(usize) -> Vec<f64>| -> Vec<Held> {
        (0..texts.len())
            .map(|i| Held {
                scores: predict(i),
                label: labelled.labels[i],
            })
            .collect()
    };
    let constant = |_| {
        (0..classes)
            .map(|c| f64::from(u8::from(c == majority)))
            .collect()
    };
    let near = |i: usize| zero_shot(&prototypes, 1.0, vectors[i]);
    let models = vec![
        scores("majority", &flat(&constant), classes),
        scores("zero-shot (label statements)", &flat(&near), classes),
        scores("TF-IDF logistic", &hold(Blocks::WORDS)?, classes),
        scores("vectors only", &hold(Blocks::VECTOR)?, classes),
        scores(
            "vectors and TF-IDF",
            &hold(Blocks::VECTOR_AND_WORDS)?,
            classes,
        ),
        scores("the head: vectors, TF-IDF and cues", &head_held, classes),
    ];

    let temperature = rounded(calibrate::temperature(&head_held));
    let cuts = rounded_cuts(&head_held, temperature);
    let threshold = calibrate::threshold(&cuts);
    let at_threshold = cuts.iter().find(|c| c.threshold == threshold);
    let fitted = fit(&texts, &vectors, &labelled.labels, classes, Blocks::ALL)?;
    let (weights, bias) = fitted.rounded();
    let (wording, vector) = near_duplicates(&texts, &vectors);
    let card = Card {
        scheme: scheme.name.clone(),
        encoder: encoder.to_owned(),
        trained_on: labelled.sha256.clone(),
        examples: texts.len(),
        classes: names
            .iter()
            .cloned()
            .zip(counts.iter().map(|&c| c as usize))
            .collect(),
        topics: topic_scores(labelled, &head_held, classes),
        folds: match folds {
            Folds::Topic => "leave one topic out".to_owned(),
            Folds::Number(n) => format!("{n} folds"),
        },
        models,
        temperature,
        threshold,
        coverage: at_threshold.map_or(1.0, |c| c.coverage),
        risk: at_threshold.map_or(1.0, |c| rounded(1.0 - c.accuracy)),
        calibration_error: rounded(calibrate::calibration_error(&head_held, temperature)),
        calibration_error_before: rounded(calibrate::calibration_error(&head_held, 1.0)),
        nll: rounded(calibrate::nll(&head_held, temperature)),
        nll_before: rounded(calibrate::nll(&head_held, 1.0)),
        cuts: cuts.clone(),
        near_duplicates_wording: rounded(wording),
        near_duplicates_vector: rounded(vector),
    };
    let head = Head {
        version: 1,
        scheme: scheme.name.clone(),
        labels: names,
        encoder: encoder.to_owned(),
        trained_on: labelled.sha256.clone(),
        examples: texts.len(),
        temperature,
        threshold,
        cuts,
        features: fitted.features,
        bias,
        weights,
        claims: None,
    };
    Ok(Trained { head, card })
}

pub(super) fn rounded_cuts(held: &[Held], temperature: f64) -> Vec<Cut> {
    calibrate::cuts(held, temperature)
        .into_iter()
        .map(|c| Cut {
            threshold: c.threshold,
            coverage: rounded(c.coverage),
            accuracy: rounded(c.accuracy),
        })
        .collect()
}

pub(super) fn fold_of_each(labelled: &Labelled, folds: Folds) -> Result<Vec<usize>> {
    let fold: Vec<usize> = match folds {
        Folds::Number(n) => {
            // Each label is dealt out by itself, so that every fold has some of it.
            let mut dealt: BTreeMap<usize, usize> = BTreeMap::new();
            let deal = |label: &usize| {
                let next = dealt.entry(*label).or_default();
                *next += 1;
                (*next - 1) % n.max(1)
            };
            labelled.labels.iter().map(deal).collect()
        }
        Folds::Topic => {
            let topics: BTreeSet<&String> = labelled.topics.iter().collect();
            let topics: Vec<&String> = topics.into_iter().collect();
            let at = |topic| topics.binary_search(&topic).unwrap_or(0);
            labelled.topics.iter().map(at).collect()
        }
    };
    if fold.iter().all(|&f| f == 0) {
        let error = Error::new(Stage::Stance, "cross-validation needs two folds or more");
        return Err(error.remedy("add a column `topic` or `document`, or name a number of folds"));
    }
    Ok(fold)
}

/// Every text's scores by a model that was fitted without the text's fold.
fn held_out(
    texts: &[&str],
    vectors: &[&[f32]],
    labels: &[usize],
    classes: usize,
    fold: &[usize],
    blocks: Blocks,
) -> Result<Vec<Held>> {
    let folds = 1 + fold.iter().max().copied().unwrap_or(0);
    let by_fold: Vec<Vec<(usize, Held)>> = (0..folds)
        .into_par_iter()
        .map(|held| {
            let kept: Vec<usize> = (0..texts.len()).filter(|&i| fold[i] != held).collect();
            let fitted = fit(
                &kept.iter().map(|&i| texts[i]).collect::<Vec<_>>(),
                &kept.iter().map(|&i| vectors[i]).collect::<Vec<_>>(),
                &kept.iter().map(|&i| labels[i]).collect::<Vec<_>>(),
                classes,
                blocks,
            )?;
            let predict = |i: usize| Held {
                scores: fitted.scores(texts[i], vectors[i]),
                label: labels[i],
            };
            Ok((0..texts.len())
                .filter(|&i| fold[i] == held)
                .map(|i| (i, predict(i)))
                .collect())
        })
        .collect::<Result<_>>()?;
    let mut all: Vec<(usize, Held)> = by_fold.into_iter().flatten().collect();
    all.sort_by_key(|(i, _)| *i);
    Ok(all.into_iter().map(|(_, held)| held).collect())
}

pub(super) fn scores(model: &str, held: &[Held], classes: usize) -> Scores {
    let mut right = vec![0.0; classes];
    let mut called = vec![0.0; classes];
    let mut there = vec![0.0; classes];
    for h in held {
        let best = calibrate::best(&h.scores);
        called[best] += 1.0;
        there[h.label] += 1.0;
        if best == h.label {
            right[best] += 1.0;
        }
    }
    let f1 = |c: usize| {
        let sum: f64 = called[c] + there[c];
        if sum == 0.0 {
            0.0
        } else {
            2.0 * right[c] / sum
        }
    };
    let label_f1: Vec<f64> = (0..classes).map(f1).collect();
    Scores {
        model: model.to_owned(),
        macro_f1: rounded(label_f1.iter().sum::<f64>() / classes as f64),
        accuracy: rounded(right.iter().sum::<f64>() / held.len().max(1) as f64),
        label_f1: label_f1.into_iter().map(rounded).collect(),
    }
}

fn topic_scores(labelled: &Labelled, held: &[Held], classes: usize) -> Vec<TopicScore> {
    let mut by_topic: BTreeMap<&str, Vec<Held>> = BTreeMap::new();
    for (topic, held) in labelled.topics.iter().zip(held) {
        by_topic.entry(topic).or_default().push(held.clone());
    }
    by_topic
        .into_iter()
        .map(|(topic, held)| TopicScore {
            topic: topic.to_owned(),
            examples: held.len(),
            macro_f1: scores(topic, &held, classes).macro_f1,
        })
        .collect()
}

/// Shares of texts with a twin by wording and by vector.
fn near_duplicates(texts: &[&str], vectors: &[&[f32]]) -> (f64, f64) {
    let grams: Vec<BTreeSet<[String; 3]>> = texts
        .iter()
        .map(|text| {
            let words = words(text);
            let gram = |w: &[String]| [w[0].clone(), w[1].clone(), w[2].clone()];
            words.windows(3).map(gram).collect()
        })
        .collect();
    let mut holders: BTreeMap<&[String; 3], Vec<usize>> = BTreeMap::new();
    for (i, grams) in grams.iter().enumerate() {
        for gram in grams {
            holders.entry(gram).or_default().push(i);
        }
    }
    let wording = (0..texts.len())
        .filter(|&i| {
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for &j in grams[i].iter().flat_map(|gram| &holders[gram]) {
                *shared.entry(j).or_default() += 1;
            }
            shared.iter().any(|(&j, &both)| {
                let either = grams[i].len() + grams[j].len() - both;
                j != i && both as f64 >= 0.3 * either as f64
            })
        })
        .count();
    let vector = (0..texts.len())
        .into_par_iter()
        .filter(|&i| (0..texts.len()).any(|j| j != i && cosine(vectors[i], vectors[j]) >= 0.95))
        .count();
    let n = texts.len().max(1) as f64;
    (wording as f64 / n, vector as f64 / n)
}
