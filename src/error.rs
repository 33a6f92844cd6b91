//! One error type for the whole program: which stage failed, on what, why, and what to do about it.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of every fallible function of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The part of the pipeline where something went wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    Settings,
    Load,
    Layout,
    Quote,
    Attribute,
    People,
    Models,
    Infer,
    Stance,
    Argmap,
    Compare,
    Export,
    Eval,
    Cache,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Stage::Settings => "settings",
            Stage::Load => "load",
            Stage::Layout => "layout",
            Stage::Quote => "quote",
            Stage::Attribute => "attribute",
            Stage::People => "people",
            Stage::Models => "models",
            Stage::Infer => "infer",
            Stage::Stance => "stance",
            Stage::Argmap => "argmap",
            Stage::Compare => "compare",
            Stage::Export => "export",
            Stage::Eval => "eval",
            Stage::Cache => "cache",
        };
        f.write_str(name)
    }
}

/// What went wrong, where, and how a person can mend it.
///
/// `message` says what is wrong in one clause, `remedy` what to do; `place` is the file (and line)
/// it concerns.
#[derive(Debug, thiserror::Error)]
#[error("{}{message}{}", place_prefix(.place), remedy_suffix(.remedy))]
pub struct Error {
    pub stage: Stage,
    pub place: Option<String>,
    pub message: String,
    pub remedy: Option<String>,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

fn place_prefix(place: &Option<String>) -> String {
    place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default()
}

fn remedy_suffix(remedy: &Option<String>) -> String {
    remedy
        .as_ref()
        .map(|r| format!(" ({r})"))
        .unwrap_or_default()
}

impl Error {
    pub fn new(stage: Stage, message: impl Into<String>) -> Self {
        Error {
            stage,
            place: None,
            message: message.into(),
            remedy: None,
            source: None,
        }
    }

    /// The file, or file and line, that the error is about.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// As [`Error::at`], for a path.
    pub fn at_path(self, path: impl Into<PathBuf>) -> Self {
        let path: PathBuf = path.into();
        self.at(path.display().to_string())
    }

    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Keeps the underlying error as the cause and shows it at the end of the message.
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.message = format!("{}: {source}", self.message);
        self.source = Some(Box::new(source));
        self
    }
}
