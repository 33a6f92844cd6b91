//! The one owner of inference: everything that is new, in one go.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::progress::{Progress, Step};
use super::read::Reading;
use crate::Result;
use crate::analysis::{SentenceKind, StanceCall};
use crate::config::{Settings, StanceSource};
use crate::infer::{self, Matrix};
use crate::stance::{InferenceModel, Scheme, StanceModel};

/// Texts whose vectors are held at a time.
const BLOCK: usize = 2048;
/// Texts after which a slow model says how far it is.
const SLOW_BLOCK: usize = 32;

/// Gives every sentence of the body and every quotation of the documents that are not from the
/// cache its stance, and every quotation its vector. Returns the number of texts; where there is
/// none, the model is not even opened.
///
/// # Errors
/// A model that is not here and cannot be fetched, a head that does not fit.
pub fn call_new(
    settings: &Settings,
    scheme: &Scheme,
    readings: &mut [Reading],
    pool: &ThreadPool,
    progress: &dyn Progress,
) -> Result<usize> {
    let texts: Vec<String> = (readings.iter().filter(|r| !r.cached))
        .flat_map(|reading| {
            let record = &reading.entry.draft.record;
            let body = (record.sentences.iter()).filter(|s| s.kind != SentenceKind::Note);
            let sentences = body.map(|s| &s.passage.text);
            let quotations = record.quotations.iter().map(|q| &q.passage.text);
            sentences.chain(quotations).cloned()
        })
        .collect();
    if texts.is_empty() {
        return Ok(0);
    }
    let embedder = infer::open(&settings.model, progress)?;
    let caller = match &settings.stance_model {
        None => Caller::Head(StanceModel::open(scheme, &|texts| {
            let matrix = embedder.embed(texts)?;
            Ok((0..matrix.rows).map(|i| matrix.row(i).to_vec()).collect())
        })?),
        Some(StanceSource::Inference(name)) => {
            let model = infer::open_entailment(name, &settings.model, progress)?;
            Caller::Inference(InferenceModel::new(scheme, model))
        }
    };

    progress.begin(Step::Embed, texts.len());
    let mut found = Found {
        readings,
        at: (0, 0),
    };
    let mut before = 0;
    for block in texts.chunks(BLOCK) {
        let block: Vec<&str> = block.iter().map(String::as_str).collect();
        // Where a second model looks at the texts, they are not done yet.
        let told = |done: usize| match caller {
            Caller::Head(_) => progress.advance(Step::Embed, before + done),
            Caller::Inference(_) => (),
        };
        let vectors = embedder.embed_with(&block, &|done, windows| {
            told(done * block.len() / windows.max(1));
        })?;
        let calls = caller.calls(&block, &vectors, pool, &|done| {
            progress.advance(Step::Embed, before + done);
        })?;
        for (i, call) in calls.into_iter().enumerate() {
            found.next(call, vectors.row(i));
        }
        before += block.len();
        progress.advance(Step::Embed, before);
    }
    progress.end(Step::Embed);
    Ok(texts.len())
}

/// What calls stances.
enum Caller {
    Head(StanceModel),
    Inference(InferenceModel),
}

impl Caller {
    /// `told` is given the number of texts that are done, now and then.
    fn calls(
        &self,
        texts: &[&str],
        vectors: &Matrix,
        pool: &ThreadPool,
        told: &dyn Fn(usize),
    ) -> Result<Vec<StanceCall>> {
        match self {
            Caller::Head(model) => Ok(pool.install(|| {
                let numbered = texts.par_iter().enumerate();
                numbered
                    .map(|(i, text)| model.call(text, vectors.row(i)))
                    .collect()
            })),
            Caller::Inference(model) => {
                let mut calls = Vec::with_capacity(texts.len());
                for texts in texts.chunks(SLOW_BLOCK) {
                    calls.extend(model.calls(texts)?);
                    told(calls.len());
                }
                Ok(calls)
            }
        }
    }
}

/// Puts calls where their texts came from, in the same order.
struct Found<'a> {
    readings: &'a mut [Reading],
    /// Document, and sentence or quotation in it.
    at: (usize, usize),
}

impl Found<'_> {
    fn next(&mut self, call: StanceCall, vector: &[f32]) {
        while let Some(reading) = self.readings.get_mut(self.at.0) {
            let record = &mut reading.entry.draft.record;
            let (unit, sentences) = (self.at.1, record.sentences.len());
            if reading.cached || unit == sentences + record.quotations.len() {
                self.at = (self.at.0 + 1, 0);
                continue;
            }
            self.at.1 += 1;
            if unit >= sentences {
                record.quotations[unit - sentences].stance = call;
                reading.entry.vectors.push(vector.to_vec());
                return;
            }
            if record.sentences[unit].kind != SentenceKind::Note {
                record.sentences[unit].stance = call;
                return;
            }
        }
    }
}
