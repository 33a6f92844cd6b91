//! How a text stands to a claim.

use super::network::Task;
use super::{Device, Loaded, ModelFolder};
use crate::infer::classify::Meaning;
use crate::infer::{Entailment, Source, Verdict};
use crate::{Error, Result, Stage};

/// Pairs that are held at a time.
const BLOCK: usize = 256;

/// A classifier of pairs of texts.
pub struct RustBertEntailment {
    loaded: Loaded,
    source: Source,
    meaning: Meaning,
}

impl RustBertEntailment {
    /// # Errors
    /// As [`super::RustBert::open`]; also labels of which none is for entailment.
    pub fn open(
        folder: &ModelFolder,
        device: Device,
        threads: Option<usize>,
    ) -> Result<RustBertEntailment> {
        Ok(RustBertEntailment {
            meaning: Meaning::read(folder)?,
            loaded: Loaded::open(folder, Task::Pairs, device, threads)?,
            source: folder.source.clone(),
        })
    }
}

impl Entailment for RustBertEntailment {
    fn source(&self) -> &Source {
        &self.source
    }

    fn verdicts(&self, pairs: &[(&str, &str)]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(pairs.len());
        for block in pairs.chunks(BLOCK) {
            let encoded = (block.iter())
                .map(|(text, claim)| self.loaded.reader.pair(text, claim))
                .collect::<Result<Vec<_>>>()?;
            let mut found = vec![None; block.len()];
            self.loaded.run_all(&encoded, |pair, shape, scores| {
                if shape != [self.meaning.labels] {
                    return Err(Error::new(
                        Stage::Infer,
                        format!("the network gave {shape:?} scores for a pair"),
                    ));
                }
                found[pair] = Some(self.meaning.verdict(scores));
                Ok(())
            })?;
            verdicts.extend(found.into_iter().flatten());
        }
        Ok(verdicts)
    }
}
