//! From what a person chose to the engine that does it.

use std::sync::Arc;

use super::embedded::Embedded;
use super::local::ModelFolder;
use super::manifest::Kind;
use super::pairs::EmbeddedEntailment;
use super::tagger::EmbeddedTagger;
use super::{
    AttributionTagger, Device, Embedder, EngineName, Entailment, ModelSettings, PersonTagger,
    Precision, Progress,
};
use crate::{Error, Result, Stage};

/// Opens the engine and the model that `settings` name.
///
/// # Errors
/// An engine that this program was built without, and a device that it does not have; an unknown
/// name, a directory without the files, files that are missing while offline or cannot be fetched,
/// and files that are not what the manifest says.
pub fn open(settings: &ModelSettings, progress: &dyn Progress) -> Result<Embedder> {
    match settings.engine {
        EngineName::Embedded => open_embedded(settings, progress),
        EngineName::RustBert => open_rust_bert(settings, progress),
    }
}

fn open_embedded(settings: &ModelSettings, progress: &dyn Progress) -> Result<Embedder> {
    let folder = ModelFolder::find(&settings.model, Kind::Sentences, settings, progress)?;
    let (engine, tokens) = Embedded::open(&folder, settings.precision, settings.threads)?;
    Embedder::new(Box::new(engine), tokens)
}

#[cfg(feature = "rust-bert")]
mod built {
    use super::*;
    use crate::infer::rust_bert::{RustBert, RustBertEntailment, RustBertPersons};
    use crate::infer::{Engine, Tokens};

    pub fn open_rust_bert(settings: &ModelSettings, progress: &dyn Progress) -> Result<Embedder> {
        let folder = ModelFolder::find(&settings.model, Kind::Sentences, settings, progress)?;
        let engine = RustBert::open(&folder, settings.device, settings.threads)?;
        let tokenizer = folder.file("tokenizer.json")?;
        let tokens = Tokens::open(&tokenizer, engine.info().max_tokens)?;
        Embedder::new(Box::new(engine), Arc::new(tokens))
    }

    pub fn rust_bert_entailment(
        folder: &ModelFolder,
        settings: &ModelSettings,
    ) -> Result<Arc<dyn Entailment>> {
        let model = RustBertEntailment::open(folder, settings.device, settings.threads)?;
        Ok(Arc::new(model))
    }

    pub fn open_persons(
        name: &str,
        settings: &ModelSettings,
        progress: &dyn Progress,
    ) -> Result<Arc<dyn PersonTagger>> {
        let folder = ModelFolder::find(name, Kind::Names, settings, progress)?;
        let model = RustBertPersons::open(&folder, settings.device, settings.threads)?;
        Ok(Arc::new(model))
    }
}

#[cfg(not(feature = "rust-bert"))]
mod built {
    use super::*;
    use crate::infer::choice::not_built_in;

    pub fn open_rust_bert(_: &ModelSettings, _: &dyn Progress) -> Result<Embedder> {
        Err(not_built_in("--engine rust-bert"))
    }

    pub fn rust_bert_entailment(_: &ModelFolder, _: &ModelSettings) -> Result<Arc<dyn Entailment>> {
        Err(not_built_in("--engine rust-bert"))
    }

    pub fn open_persons(
        _: &str,
        _: &ModelSettings,
        _: &dyn Progress,
    ) -> Result<Arc<dyn PersonTagger>> {
        Err(not_built_in("--ner"))
    }
}

use built::{open_rust_bert, rust_bert_entailment};

/// Opens a model for natural language inference or stance on the chosen engine: a name of the
/// manifest, or a directory.
///
/// # Errors
/// As [`open`]; also a network without a head, and one that the chosen engine does not compute.
pub fn open_entailment(
    name: &str,
    settings: &ModelSettings,
    progress: &dyn Progress,
) -> Result<Arc<dyn Entailment>> {
    let folder = ModelFolder::find(name, Kind::Inference, settings, progress)?;
    match settings.engine {
        EngineName::Embedded => {
            let model = EmbeddedEntailment::open(&folder, settings.precision, settings.threads)?;
            Ok(Arc::new(model))
        }
        EngineName::RustBert => rust_bert_entailment(&folder, settings),
    }
}

/// Opens a model that finds the names of persons: a name of the manifest, or a directory.
///
/// # Errors
/// As [`open`]; and a program without libtorch, on which all such models run.
pub fn open_persons(
    name: &str,
    settings: &ModelSettings,
    progress: &dyn Progress,
) -> Result<Arc<dyn PersonTagger>> {
    built::open_persons(name, settings, progress)
}

/// Opens a model that finds attributions: the one inside the program, or a directory. It runs in the
/// embedded engine, whichever engine embeds.
///
/// # Errors
/// As [`open`]; also a folder without a tagger.
pub fn open_tagger(
    name: &str,
    settings: &ModelSettings,
    progress: &dyn Progress,
) -> Result<Arc<dyn AttributionTagger>> {
    let folder = ModelFolder::find(name, Kind::Attributions, settings, progress)?;
    Ok(Arc::new(EmbeddedTagger::open(&folder, settings.precision)?))
}

/// Whether this program can do what the settings ask of libtorch.
///
/// # Errors
/// An engine, or a model of names, that the program was built without; a GPU for the embedded engine
/// alone, or whole numbers for the other.
pub fn check(settings: &ModelSettings, names_persons: bool) -> Result<()> {
    if settings.engine == EngineName::RustBert && settings.precision != Precision::Fp32 {
        return Err(Error::new(
            Stage::Settings,
            "the rust-bert engine computes in 32-bit floating point alone",
        )
        .at(format!("--precision {}", settings.precision))
        .remedy("leave --precision out, or take --engine embedded"));
    }
    let wants = (settings.engine == EngineName::RustBert)
        .then_some("--engine rust-bert")
        .or(names_persons.then_some("--ner"));
    match wants {
        #[cfg(not(feature = "rust-bert"))]
        Some(what) => Err(super::choice::not_built_in(what)),
        #[cfg(feature = "rust-bert")]
        Some(_) => Ok(()),
        None if settings.device == Device::Cpu => Ok(()),
        None => Err(
            Error::new(Stage::Settings, "the embedded engine computes on the CPU")
                .at(format!("--device {}", settings.device))
                .remedy("add --engine rust-bert, or leave --device out"),
        ),
    }
}
