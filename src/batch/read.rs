//! Each document by itself: from the file, or from what an earlier run kept.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::cache::{Cache, Entry};
use super::log::{self, DocumentLog};
use super::progress::{Progress, Step};
use crate::analysis::FailureRecord;
use crate::config::Settings;
use crate::document::Draft;
use crate::document::Taggers;
use crate::infer::{self, AttributionTagger, PersonTagger};
use crate::load::{self, Catalogue, Input, Reader, Source};
use crate::{Error, Result, Stage, document};

/// A document, and whether an earlier run had embedded it.
pub struct Reading {
    pub entry: Entry,
    pub cached: bool,
    /// What was said of it outside of its file, for the cache's key.
    pub said: String,
}

/// All documents, sorted by id, and those that failed, sorted by path.
pub struct Readings {
    pub entries: Vec<Reading>,
    pub failures: Vec<FailureRecord>,
    pub log: Vec<DocumentLog>,
    /// Of tables beside the documents.
    pub warnings: Vec<String>,
}

/// # Errors
/// Where there is no document at all, where a table beside the documents has a mistake, and where a
/// model that reads cannot be opened.
pub fn all(
    settings: &Settings,
    cache: Option<&Cache>,
    pool: &ThreadPool,
    progress: &dyn Progress,
) -> Result<Readings> {
    let (inputs, mut failures) = discover(&settings.paths)?;
    let (catalogue, warnings) = Catalogue::read(&inputs)?;
    let reader = Reader {
        limits: settings.limits(),
        names: settings.file_names.clone(),
        catalogue,
    };
    let models = Models::new(settings, progress);
    progress.begin(Step::Read, inputs.len());
    let done = AtomicUsize::new(0);
    let read = |input: &Input| {
        let since = Instant::now();
        let result = one(input, &reader, cache, &models);
        progress.advance(Step::Read, done.fetch_add(1, Ordering::Relaxed) + 1);
        let log = result.as_ref().ok().map(|reading| {
            let record = &reading.entry.draft.record;
            DocumentLog {
                document: record.id.clone(),
                seconds: log::seconds(since),
                cached: reading.cached,
                sentences: record.sentences.len(),
                quotations: record.quotations.len(),
                peak_memory: log::peak_memory(),
            }
        });
        (result, log)
    };
    let results: Vec<_> = pool.install(|| inputs.par_iter().map(read).collect());
    progress.end(Step::Read);
    models.all_there()?;

    let mut readings = Readings {
        entries: Vec::new(),
        failures: Vec::new(),
        log: Vec::new(),
        warnings,
    };
    for (result, log) in results {
        match result {
            Ok(reading) => readings.entries.push(reading),
            Err(failure) => failures.push(failure),
        }
        readings.log.extend(log);
    }
    failures.sort();
    failures.dedup();
    readings.failures = failures;
    Ok(readings)
}

/// The documents under `paths`. A path that does not exist is a failure like any other, unless
/// none does.
fn discover(paths: &[PathBuf]) -> Result<(Vec<Input>, Vec<FailureRecord>)> {
    let mut failures = Vec::new();
    let mut there = Vec::new();
    for path in paths {
        if path.exists() {
            there.push(path.clone());
        } else if let Err(error) = load::discover(std::slice::from_ref(path)) {
            failures.push((path.display().to_string(), error));
        }
    }
    if there.is_empty() && !failures.is_empty() {
        return Err(failures.swap_remove(0).1);
    }
    let inputs = load::discover(&there)?;
    let failures = failures
        .into_iter()
        .map(|(path, error)| failure(&path, error))
        .collect();
    Ok((inputs, failures))
}

/// The models that read beside the rules, opened when a document first wants them. Documents are read
/// side by side; the model of names takes the texts of one at a time.
struct Models<'a> {
    settings: &'a Settings,
    progress: &'a dyn Progress,
    opened: OnceLock<Option<Opened>>,
    failure: Mutex<Option<Error>>,
}

struct Opened {
    persons: Option<Arc<dyn PersonTagger>>,
    attributions: Option<Arc<dyn AttributionTagger>>,
}

impl<'a> Models<'a> {
    fn new(settings: &'a Settings, progress: &'a dyn Progress) -> Models<'a> {
        Models {
            settings,
            progress,
            opened: OnceLock::new(),
            failure: Mutex::new(None),
        }
    }

    fn open(&self) -> Result<Opened> {
        let Settings {
            model, ner, tagger, ..
        } = self.settings;
        let persons = ner
            .as_ref()
            .map(|name| infer::open_persons(name, model, self.progress));
        let attributions =
            (tagger.as_ref()).map(|name| infer::open_tagger(name, model, self.progress));
        Ok(Opened {
            persons: persons.transpose()?,
            attributions: attributions.transpose()?,
        })
    }

    /// What the document says, by the rules and the models that are chosen.
    fn read(&self, source: &Source) -> Result<Draft> {
        let opened = self.opened.get_or_init(|| {
            let opened = self.open();
            opened.map_err(|error| *self.failure() = Some(error)).ok()
        });
        match opened {
            Some(opened) => document::read_with(
                source,
                Taggers {
                    persons: opened.persons.as_deref(),
                    attributions: opened.attributions.as_deref(),
                    scope: self.settings.scope,
                },
            ),
            // The whole run fails with what went wrong.
            None => Err(Error::new(Stage::Models, "a model that reads is not there")),
        }
    }

    /// # Errors
    /// Where one could not be opened.
    fn all_there(&self) -> Result<()> {
        self.failure().take().map_or(Ok(()), Err)
    }

    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn one(
    input: &Input,
    reader: &Reader,
    cache: Option<&Cache>,
    models: &Models,
) -> Result<Reading, FailureRecord> {
    // Nothing that a document's reading leaves half done outlives it.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let opened = reader.open(input)?;
        let said = format!("{:?}", reader.said_of(input));
        let kept = cache
            .and_then(|c| c.find(&input.id, &input.path, &opened.sha256, &said))
            .filter(|e| e.draft.record.text.len() as u64 <= reader.limits.max_bytes);
        let cached = kept.is_some();
        let entry = match kept {
            Some(entry) => entry,
            None => Entry {
                draft: models.read(&reader.decode(input, opened)?)?,
                vectors: Vec::new(),
            },
        };
        Ok(Reading {
            entry,
            cached,
            said,
        })
    }));
    match read {
        Ok(Ok(reading)) => Ok(reading),
        Ok(Err(error)) => Err(failure(&input.path, error)),
        Err(panic) => Err(FailureRecord {
            path: input.path.clone(),
            stage: "document".to_owned(),
            message: format!("stancemap broke down over it: {}", said(&*panic)),
            remedy: "this is a mistake of the program; please report it with the file".to_owned(),
        }),
    }
}

fn failure(path: &str, error: Error) -> FailureRecord {
    FailureRecord {
        path: path.to_owned(),
        stage: error.stage.to_string(),
        message: error.message,
        remedy: error.remedy.unwrap_or_default(),
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
