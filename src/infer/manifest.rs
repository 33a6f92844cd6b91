//! The models that are known by name: `models/manifest.toml`, built into the program, and the ones
//! that [`super::pin`] has added on this machine.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Stage};

const BUILT_IN: &str = include_str!("../../models/manifest.toml");

/// Pinned models, in the folder of all models.
pub const PINS: &str = "pins.toml";

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "model", default)]
    pub models: Vec<Model>,
    /// Known, but not pinned: their hashes are written down when somebody asks for them.
    #[serde(rename = "hub", default, skip_serializing_if = "Vec::is_empty")]
    pub hub: Vec<HubModel>,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Kind {
    #[default]
    #[serde(rename = "sentences")]
    Sentences,
    #[serde(rename = "nli")]
    Inference,
    #[serde(rename = "ner")]
    Names,
    #[serde(rename = "attributions")]
    Attributions,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Sentences => "sentences",
            Kind::Inference => "nli",
            Kind::Names => "ner",
            Kind::Attributions => "attributions",
        })
    }
}

/// A model of the hub, by its address there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubModel {
    pub name: String,
    /// `OWNER/NAME`.
    pub title: String,
    pub kind: Kind,
    pub licence: String,
    /// Longest text, special tokens included.
    pub max_tokens: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What settings and the command line call it; also its folder in the cache.
    pub name: String,
    /// Its name where it comes from.
    pub title: String,
    #[serde(default)]
    pub kind: Kind,
    /// The exact state of the source that the hashes belong to.
    pub revision: String,
    pub licence: String,
    /// Longest text, special tokens included.
    pub max_tokens: usize,
    #[serde(rename = "file")]
    pub files: Vec<File>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// In lower-case hexadecimal.
    pub sha256: String,
    /// Tried in order.
    pub sources: Vec<Source>,
}

/// Where a file can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    Url(Url),
    Pip(Pip),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Url {
    pub url: String,
}

/// A wheel on the Python package index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pip {
    /// With its version pinned: `name==1.0.0`.
    pub pip: String,
    /// Of the file inside the wheel.
    pub path: String,
}

impl Manifest {
    /// The manifest that this program was built with.
    pub fn built_in() -> Manifest {
        // Proved by the test below.
        Manifest::parse(BUILT_IN).expect("models/manifest.toml is well formed")
    }

    /// The built-in manifest, and what is pinned in the folder of all models.
    ///
    /// # Errors
    /// A file of pins that cannot be read or is not well formed.
    pub fn here(models_dir: &Path) -> Result<Manifest> {
        let mut manifest = Manifest::built_in();
        manifest.extend(Manifest::read(&models_dir.join(PINS))?);
        Ok(manifest)
    }

    /// A manifest from a file; an empty one where there is no such file.
    pub fn read(path: &Path) -> Result<Manifest> {
        match std::fs::read_to_string(path) {
            Ok(text) => Manifest::parse_at(&text, &path.display().to_string()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Manifest::default()),
            Err(e) => Err(Error::new(Stage::Models, "cannot be read")
                .at_path(path)
                .caused_by(e)),
        }
    }

    /// Adds the other's pinned models; a name that is known already keeps what it means.
    fn extend(&mut self, other: Manifest) {
        for model in other.models {
            if self.model(&model.name).is_none() {
                self.hub.retain(|known| known.name != model.name);
                self.models.push(model);
            }
        }
    }

    /// Reads a manifest; the error points at the line.
    pub fn parse(text: &str) -> Result<Manifest> {
        Manifest::parse_at(text, "models/manifest.toml")
    }

    fn parse_at(text: &str, place: &str) -> Result<Manifest> {
        toml::from_str(text).map_err(|e| {
            Error::new(Stage::Models, "the manifest is not well formed")
                .at(place)
                .caused_by(e)
        })
    }

    /// The error for a name that is no model's, or not pinned yet.
    pub fn unknown(&self, name: &str) -> Error {
        if self.hub.iter().any(|known| known.name == name) {
            return Error::new(
                Stage::Models,
                format!("{name} is not pinned: its files' hashes are not known here"),
            )
            .remedy(format!(
                "`stancemap models pin {name}` fetches them once and writes their hashes down"
            ));
        }
        Error::new(Stage::Models, format!("no model is called `{name}`")).remedy(format!(
            "known are {}; it can also be a directory with a model's files",
            self.names().join(", ")
        ))
    }

    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }

    /// In the manifest's order; the first is the default.
    pub fn names(&self) -> Vec<&str> {
        self.models.iter().map(|m| m.name.as_str()).collect()
    }
}

impl Model {
    /// Bytes to fetch when nothing is there.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_manifest_is_well_formed() {
        let manifest = Manifest::parse(BUILT_IN).unwrap();
        assert_eq!(manifest.names()[0], "minilm-l6");
        for file in manifest.models.iter().flat_map(|model| &model.files) {
            assert_eq!(file.sha256.len(), 64, "{}", file.name);
            assert!(!file.sources.is_empty(), "{}", file.name);
            assert!(!file.name.contains(['/', '\\']), "{}", file.name);
        }
        for model in &manifest.hub {
            assert!(manifest.model(&model.name).is_none(), "{}", model.name);
            assert_eq!(model.title.split('/').count(), 2, "{}", model.title);
        }
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = Manifest::parse("[[model]]\nname = \"x\"\ncolour = 1\n").unwrap_err();
        assert!(error.to_string().contains("colour"), "{error}");
    }
}
