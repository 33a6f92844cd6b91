//! The main job: documents side by side, one owner of inference, people unified over all of them.
//!
//! ```text
//! discover ─▶ read each (rayon; the cache; a failure is data) ─▶ embed all that is new, once
//!          ─▶ unify people ─▶ argument maps ─▶ Analysis ─▶ write
//! ```
//!
//! The result depends on the documents and the settings only: not on threads, on the order in
//! which paths are named, or on what the cache holds.

mod cache;
mod fingerprint;
mod infer;
mod log;
mod progress;
mod read;
mod stances;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use rayon::ThreadPool;

use crate::analysis::{
    Analysis, DocumentRecord, Edge, ExpertRecord, FailureRecord, FormRecord, InputRecord,
    ManifestRecord, SCHEMA_VERSION, SentenceKind, Who,
};
use crate::config::Settings;
use crate::people::{self, Mention, Overrides, People};
use crate::stance::Scheme;
use crate::{Error, Result, Stage, argmap, document, export};

use cache::{Cache, Entry};
use fingerprint::Fingerprint;

pub use log::{DocumentLog, RunLog, StageLog};
pub use progress::{Progress, Step};
pub use stances::Stances;

/// What a run found.
#[derive(Debug)]
pub struct Outcome {
    pub analysis: Analysis,
    pub people: People,
    pub log: RunLog,
    /// Of tables beside the documents: rows that name no file.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// Documents that could not be read, sorted by path.
    pub fn failures(&self) -> &[FailureRecord] {
        &self.analysis.manifest.errors
    }
}

/// Analyses the documents under `settings.paths` and writes the results to `settings.out`, reusing
/// what earlier runs kept there.
///
/// # Errors
/// Whatever concerns the run as a whole: no documents, an unknown scheme or model, weights that
/// are not here and may not be fetched, an output folder that cannot be written. A document that
/// fails is no error but one of [`Outcome::failures`].
pub fn run(settings: &Settings, progress: &dyn Progress) -> Result<Outcome> {
    let began = Instant::now();
    let fingerprint = Fingerprint::of(settings)?;
    writable(&settings.out)?;
    let cache = Cache::new(&settings.out, fingerprint.key(), settings.fresh);
    let pool = pool(settings)?;
    let mut outcome = analysed(settings, &fingerprint, Some(&cache), &pool, progress)?;

    let since = Instant::now();
    let count = outcome.analysis.documents.len();
    progress.begin(Step::Write, count);
    pool.install(|| export::write_run(&outcome.analysis, &settings.out))?;
    progress.advance(Step::Write, count);
    progress.end(Step::Write);
    outcome.log.stage("write", since, count, "documents");
    outcome.log.seconds = log::seconds(began);
    outcome.log.peak_memory = log::peak_memory();
    let path = settings.out.join("run-log.json");
    let mut bytes = serde_json::to_vec_pretty(&outcome.log).unwrap_or_default();
    bytes.push(b'\n');
    cache::write_whole(&path, &bytes).map_err(|e| unwritable(&path).caused_by(e))?;
    Ok(outcome)
}

/// As [`run`], without reading or writing anything in `settings.out`.
///
/// # Errors
/// As [`run`].
pub fn analyse(settings: &Settings, progress: &dyn Progress) -> Result<Outcome> {
    let fingerprint = Fingerprint::of(settings)?;
    analysed(settings, &fingerprint, None, &pool(settings)?, progress)
}

/// The quotations of documents, and who said them.
#[derive(Debug)]
pub struct Quoted {
    /// Sorted by id; no stance is called.
    pub documents: Vec<DocumentRecord>,
    /// Documents that could not be read, sorted by path.
    pub failures: Vec<FailureRecord>,
    /// Of tables beside the documents: rows that name no file.
    pub warnings: Vec<String>,
}

/// Finds the quotations in the documents under `settings.paths` and unifies the people over all of
/// them; calls no stance and writes nothing.
///
/// # Errors
/// As [`run`].
pub fn quotations(settings: &Settings, progress: &dyn Progress) -> Result<Quoted> {
    let overrides = overrides(settings)?;
    let reading = read::all(settings, None, &pool(settings)?, progress)?;
    let drafts = reading.entries.into_iter().map(|e| e.entry.draft);
    let (mut mentions, mut documents) = (Vec::new(), Vec::new());
    for draft in drafts {
        mentions.extend(draft.mentions);
        documents.push(draft.record);
    }
    unify_people(&mut documents, &mentions, &overrides);
    Ok(Quoted {
        documents,
        failures: reading.failures,
        warnings: reading.warnings,
    })
}

fn overrides(settings: &Settings) -> Result<Overrides> {
    let path = settings.people.as_deref();
    path.map_or_else(|| Ok(Overrides::default()), Overrides::load)
}

/// One person behind all her spellings, in all documents.
fn unify_people(
    documents: &mut [DocumentRecord],
    mentions: &[Mention],
    overrides: &Overrides,
) -> People {
    let people = people::unify(mentions, overrides);
    for record in documents {
        document::name_speakers(record, &people);
        name_collectives(record);
    }
    people
}

fn analysed(
    settings: &Settings,
    fingerprint: &Fingerprint,
    cache: Option<&Cache>,
    pool: &ThreadPool,
    progress: &dyn Progress,
) -> Result<Outcome> {
    let began = Instant::now();
    let overrides = overrides(settings)?;
    let mut log = RunLog {
        threads: pool.current_num_threads(),
        ..RunLog::default()
    };
    let reading = read::all(settings, cache, pool, progress)?;
    log.documents = reading.log;
    log.stage("read", began, log.documents.len(), "documents");
    let mut entries = reading.entries;

    let since = Instant::now();
    let texts = infer::call_new(settings, &fingerprint.scheme, &mut entries, pool, progress)?;
    if let Some(cache) = cache {
        for new in entries.iter().filter(|e| !e.cached) {
            cache.keep(&new.entry, &new.said);
        }
    }
    log.stage("embed", since, texts, "texts");

    let since = Instant::now();
    progress.begin(Step::Unify, entries.len());
    let entries = entries.into_iter().map(|e| e.entry).collect();
    let (documents, experts, edges, people) = unify(entries, &overrides, &fingerprint.scheme);
    progress.advance(Step::Unify, documents.len());
    progress.end(Step::Unify);
    log.stage("unify", since, documents.len(), "documents");

    let analysis = Analysis {
        manifest: manifest(
            fingerprint,
            &documents,
            &experts,
            &edges,
            &people,
            reading.failures,
        ),
        documents,
        experts,
        edges,
    };
    log.seconds = log::seconds(began);
    log.peak_memory = log::peak_memory();
    Ok(Outcome {
        analysis,
        people,
        log,
        warnings: reading.warnings,
    })
}

/// Persons over all documents, their names in the records, and the argument maps.
fn unify(
    entries: Vec<Entry>,
    overrides: &Overrides,
    scheme: &Scheme,
) -> (Vec<DocumentRecord>, Vec<ExpertRecord>, Vec<Edge>, People) {
    let mut mentions = Vec::new();
    let mut documents = Vec::new();
    let mut vectors: BTreeMap<(String, String), Vec<f32>> = BTreeMap::new();
    for entry in entries {
        let record = entry.draft.record;
        for (quotation, vector) in record.quotations.iter().zip(entry.vectors) {
            vectors.insert((record.id.clone(), quotation.id.clone()), vector);
        }
        mentions.extend(entry.draft.mentions);
        documents.push(record);
    }
    let people = unify_people(&mut documents, &mentions, overrides);
    let forms: BTreeMap<String, Vec<FormRecord>> = people
        .persons()
        .iter()
        .map(|person| {
            let forms = person.forms.iter().map(|f| FormRecord {
                form: f.form.clone(),
                document: f.document.clone(),
                count: f.count,
            });
            (person.id.clone(), forms.collect())
        })
        .collect();
    let vector = |document: &str, quotation: &str| {
        let key = (document.to_owned(), quotation.to_owned());
        vectors.get(&key).map(Vec::as_slice)
    };
    let (experts, edges) = argmap::build(&documents, &forms, &vector, scheme);
    (documents, experts, edges, people)
}

fn name_collectives(record: &mut DocumentRecord) {
    for quotation in &mut record.quotations {
        if quotation.attribution.who == Who::Collective {
            for speaker in &mut quotation.attribution.speakers {
                if speaker.expert.is_empty() {
                    speaker.expert = argmap::collective_id(&speaker.name);
                }
            }
        }
    }
}

fn manifest(
    fingerprint: &Fingerprint,
    documents: &[DocumentRecord],
    experts: &[ExpertRecord],
    edges: &[Edge],
    people: &People,
    errors: Vec<FailureRecord>,
) -> ManifestRecord {
    let sum = |count: &dyn Fn(&DocumentRecord) -> usize| documents.iter().map(count).sum();
    let in_body = |d: &DocumentRecord| {
        let body = d.sentences.iter().filter(|s| s.kind != SentenceKind::Note);
        body.count()
    };
    let within: usize = experts.iter().map(|e| e.map.edges.len()).sum();
    let counts: [(&str, usize); 10] = [
        ("documents", documents.len()),
        ("errors", errors.len()),
        ("sentences", sum(&in_body)),
        ("quotations", sum(&|d| d.quotations.len())),
        ("not_speech", sum(&|d| d.not_speech.len())),
        ("footnotes", sum(&|d| d.footnotes.len())),
        ("persons", people.persons().len()),
        ("experts", experts.len()),
        (
            "claims",
            experts.iter().map(|e| e.map.claims.len()).sum::<usize>(),
        ),
        ("edges", edges.len() + within),
    ];
    ManifestRecord {
        schema: SCHEMA_VERSION.to_owned(),
        program: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        offsets: "Unicode code points of the raw text, end exclusive".to_owned(),
        engine: fingerprint.engine.to_owned(),
        model: fingerprint.model.clone(),
        model_sha256: fingerprint.model_sha256.clone(),
        scheme: fingerprint.scheme.name.clone(),
        labels: fingerprint.scheme.label_names(),
        question: fingerprint.scheme.question.clone(),
        settings: fingerprint.settings.clone(),
        inputs: documents
            .iter()
            .map(|d| InputRecord {
                document: d.id.clone(),
                path: d.path.clone(),
                sha256: d.sha256.clone(),
            })
            .collect(),
        counts: counts.map(|(k, n)| (k.to_owned(), n)).into(),
        errors,
    }
}

fn pool(settings: &Settings) -> Result<ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads.unwrap_or(0))
        .build()
        .map_err(|e| {
            Error::new(Stage::Settings, "the threads cannot be started")
                .caused_by(e)
                .remedy("give a smaller number with --threads")
        })
}

/// Makes the output folder and tries it out, before hours of work are at stake.
fn writable(out: &Path) -> Result<()> {
    let inner = out.join(".stancemap");
    let tried = std::fs::create_dir_all(&inner).and_then(|()| tempfile::tempfile_in(&inner));
    tried.map(drop).map_err(|e| unwritable(out).caused_by(e))
}

fn unwritable(path: &Path) -> Error {
    Error::new(Stage::Export, "cannot be written")
        .at_path(path)
        .remedy("make the folder writable, or choose another with --out")
}
