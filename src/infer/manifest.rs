//! The models that are known by name: `models/manifest.toml`, built into the program.

use serde::Deserialize;

use crate::{Error, Result, Stage};

const BUILT_IN: &str = include_str!("../../models/manifest.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What settings and the command line call it; also its folder in the cache.
    pub name: String,
    /// Its name where it comes from.
    pub title: String,
    /// The exact state of the source that the hashes belong to.
    pub revision: String,
    pub licence: String,
    /// Longest text, special tokens included.
    pub max_tokens: usize,
    #[serde(rename = "file")]
    pub files: Vec<File>,
}

#[derive(Debug, Clone, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Source {
    Url(Url),
    Pip(Pip),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Url {
    pub url: String,
}

/// A wheel on the Python package index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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

    /// Reads a manifest; the error points at the line.
    pub fn parse(text: &str) -> Result<Manifest> {
        toml::from_str(text).map_err(|e| {
            Error::new(Stage::Models, "the manifest is not well formed")
                .at("models/manifest.toml")
                .caused_by(e)
        })
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
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = Manifest::parse("[[model]]\nname = \"x\"\ncolour = 1\n").unwrap_err();
        assert!(error.to_string().contains("colour"), "{error}");
    }
}
