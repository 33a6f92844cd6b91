//! Stances of texts that stand in no document.

use rayon::ThreadPool;

use super::infer::{Caller, Text};
use super::progress::Progress;
use crate::Result;
use crate::analysis::StanceCall;
use crate::config::Settings;
use crate::infer::{self, Embedder, Matrix};
use crate::stance::Scheme;

/// Calls the stances of texts by a run's settings, with its models open between calls.
pub struct Stances {
    scheme: Scheme,
    caller: Caller,
    /// Of schemes that look at vectors.
    embedder: Option<Embedder>,
    pool: ThreadPool,
}

impl Stances {
    /// # Errors
    /// An unknown scheme; models that are not here and cannot be fetched.
    pub fn open(settings: &Settings, progress: &dyn Progress) -> Result<Stances> {
        let scheme = Scheme::load(&settings.scheme)?;
        let pool = super::pool(settings)?;
        let (caller, embedder) = match Caller::without_vectors(settings, &scheme, progress)? {
            Some(caller) => (caller, None),
            None => {
                let embedder = infer::open(&settings.model, progress)?;
                let caller = Caller::open(settings, &scheme, &embedder, progress)?;
                (caller, Some(embedder))
            }
        };
        Ok(Stances {
            scheme,
            caller,
            embedder,
            pool,
        })
    }

    /// The labels, in the order of every call's probabilities.
    pub fn labels(&self) -> Vec<String> {
        self.scheme.label_names()
    }

    /// Where each text stands; the second of a pair is its target, of schemes that ask about one.
    ///
    /// # Errors
    /// A target that is missing; whatever a model fails with.
    pub fn calls(&self, texts: &[(String, Option<String>)]) -> Result<Vec<StanceCall>> {
        let plain: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
        let vectors = match &self.embedder {
            Some(embedder) => embedder.embed(&plain)?,
            None => Matrix::zeros(0, 0),
        };
        let texts: Vec<Text> = texts
            .iter()
            .map(|(text, target)| Text {
                text: text.clone(),
                quoted: true,
                target: target.clone().filter(|target| !target.trim().is_empty()),
            })
            .collect();
        self.caller.calls(&texts, &vectors, &self.pool, &|_| ())
    }
}
