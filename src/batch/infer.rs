//! The one owner of inference: everything that is new, in one go.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::progress::{Progress, Step};
use super::read::Reading;
use crate::Result;
use crate::analysis::{SentenceKind, StanceCall};
use crate::config::{Settings, StanceSource};
use crate::infer::{self, Embedder, Matrix, PAIR_ENCODER};
use crate::stance::target::Row;
use crate::stance::{HeadSource, InferenceModel, Scheme, StanceModel, TargetModel};
use crate::{Error, Stage};

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
    let texts: Vec<Text> = (readings.iter().filter(|r| !r.cached))
        .flat_map(|reading| {
            let record = &reading.entry.draft.record;
            let body = (record.sentences.iter()).filter(|s| s.kind != SentenceKind::Note);
            let sentences = body.map(|s| Text {
                text: s.passage.text.clone(),
                quoted: false,
                target: None,
            });
            let quotations = record.quotations.iter().map(|q| Text {
                text: q.passage.text.clone(),
                quoted: true,
                target: None,
            });
            sentences.chain(quotations)
        })
        .collect();
    if texts.is_empty() {
        return Ok(0);
    }
    let embedder = infer::open(&settings.model, progress)?;
    let caller = Caller::open(settings, scheme, &embedder, progress)?;

    progress.begin(Step::Embed, texts.len());
    let mut found = Found {
        readings,
        at: (0, 0),
    };
    let mut before = 0;
    for block in texts.chunks(BLOCK) {
        let plain: Vec<&str> = block.iter().map(|t| t.text.as_str()).collect();
        // Where a second model looks at the texts, they are not done yet.
        let told = |done: usize| match caller {
            Caller::Head(_) => progress.advance(Step::Embed, before + done),
            Caller::Claims(_) | Caller::Inference(_) | Caller::Target(..) => (),
        };
        let vectors = embedder.embed_with(&plain, &|done, windows| {
            told(done * block.len() / windows.max(1));
        })?;
        let calls = caller.calls(block, &vectors, pool, &|done| {
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

pub(super) struct Text {
    pub text: String,
    /// A quotation, not a sentence of the body.
    pub quoted: bool,
    /// What a scheme is asked about that has no target of its own; the settings' one where it is left out.
    pub target: Option<String>,
}

/// What calls stances.
pub(super) enum Caller {
    Head(StanceModel),
    /// Of quotations by the scheme's claims too, which takes a pass through a model for each claim.
    Claims(StanceModel),
    Inference(InferenceModel),
    /// And the target of texts that bring none.
    Target(TargetModel, Option<String>),
}

impl Caller {
    /// One that looks at texts alone, if the scheme and the settings want one.
    pub fn without_vectors(
        settings: &Settings,
        scheme: &Scheme,
        progress: &dyn Progress,
    ) -> Result<Option<Caller>> {
        let infers = |name: &str| infer::open_entailment(name, &settings.model, progress);
        let (named, head) = match &settings.stance_model {
            Some(StanceSource::Inference(name)) => (Some(name.as_str()), false),
            Some(StanceSource::Head) => (None, true),
            None => (None, false),
        };
        if scheme.asks.is_some() {
            let model = infers(named.unwrap_or(PAIR_ENCODER))?;
            let model = TargetModel::new(scheme, model)?;
            return Ok(Some(Caller::Target(model, settings.target.clone())));
        }
        let by_claims = !head && scheme.has_claims() && scheme.head == HeadSource::ZeroShot;
        if named.is_none() && !by_claims {
            return Ok(None);
        }
        let model = infers(named.unwrap_or(PAIR_ENCODER))?;
        Ok(Some(Caller::Inference(InferenceModel::new(scheme, model)?)))
    }

    pub fn open(
        settings: &Settings,
        scheme: &Scheme,
        embedder: &Embedder,
        progress: &dyn Progress,
    ) -> Result<Caller> {
        if let Some(caller) = Caller::without_vectors(settings, scheme, progress)? {
            return Ok(caller);
        }
        let head = StanceModel::open(scheme, &|texts| {
            let matrix = embedder.embed(texts)?;
            Ok((0..matrix.rows).map(|i| matrix.row(i).to_vec()).collect())
        })?;
        if settings.stance_model.is_none() && head.wants_claims() {
            let model = infer::open_entailment(PAIR_ENCODER, &settings.model, progress)?;
            return Ok(Caller::Claims(head.with_claims(scheme, model)?));
        }
        Ok(Caller::Head(head))
    }

    /// `told` is given the number of texts that are done, now and then.
    pub fn calls(
        &self,
        texts: &[Text],
        vectors: &Matrix,
        pool: &ThreadPool,
        told: &dyn Fn(usize),
    ) -> Result<Vec<StanceCall>> {
        let heads = |model: &StanceModel| {
            pool.install(|| {
                let numbered = texts.par_iter().enumerate();
                numbered
                    .map(|(i, text)| model.call(&text.text, vectors.row(i)))
                    .collect::<Vec<StanceCall>>()
            })
        };
        match self {
            Caller::Head(model) => Ok(heads(model)),
            Caller::Claims(model) => {
                let mut calls = heads(model);
                let quoted: Vec<usize> = (0..texts.len()).filter(|&i| texts[i].quoted).collect();
                let before = texts.len() - quoted.len();
                for (block, places) in quoted.chunks(SLOW_BLOCK).enumerate() {
                    told(before + block * SLOW_BLOCK);
                    let block: Vec<&str> = places.iter().map(|&i| texts[i].text.as_str()).collect();
                    let mut rows = Matrix::zeros(places.len(), vectors.columns);
                    for (row, &i) in places.iter().enumerate() {
                        rows.row_mut(row).copy_from_slice(vectors.row(i));
                    }
                    for (call, &i) in model.weigh(&block, &rows)?.into_iter().zip(places) {
                        calls[i] = call;
                    }
                }
                Ok(calls)
            }
            Caller::Target(model, target) => {
                let mut calls = Vec::with_capacity(texts.len());
                for texts in texts.chunks(SLOW_BLOCK) {
                    let rows: Vec<Row> = (texts.iter())
                        .map(|text| {
                            let target = text.target.as_ref().or(target.as_ref());
                            let target = target.ok_or_else(no_target)?;
                            Ok(Row {
                                text: &text.text,
                                target,
                            })
                        })
                        .collect::<Result<_>>()?;
                    calls.extend(model.calls(&rows)?);
                    told(calls.len());
                }
                Ok(calls)
            }
            Caller::Inference(model) => {
                let mut calls = Vec::with_capacity(texts.len());
                for texts in texts.chunks(SLOW_BLOCK) {
                    let texts: Vec<&str> = texts.iter().map(|t| t.text.as_str()).collect();
                    calls.extend(model.calls(&texts)?);
                    told(calls.len());
                }
                Ok(calls)
            }
        }
    }
}

fn no_target() -> Error {
    Error::new(
        Stage::Settings,
        "the scheme asks about a target, and none is named",
    )
    .remedy("name it with --target, or in the column `target` of a table")
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
