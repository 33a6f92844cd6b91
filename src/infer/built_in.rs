//! The models that come inside the program: those that this project has trained.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::local::ModelFolder;
use super::manifest::Kind;
use super::{Progress, Source};
use crate::{Error, Result, Stage};

/// What the settings call the pair encoder, and its folder among the models.
pub const PAIR_ENCODER: &str = "pair-encoder";

/// The same of the attribution tagger.
pub const ATTRIBUTION_TAGGER: &str = "attribution-tagger";

/// A model inside the program.
pub struct BuiltIn {
    pub name: &'static str,
    pub kind: Kind,
    /// For a person.
    pub purpose: &'static str,
    /// The weights first.
    files: [File; 3],
}

struct File {
    name: &'static str,
    bytes: &'static [u8],
    /// Written down, so that nobody has to hash 23 MB at every start.
    sha256: &'static str,
}

macro_rules! file {
    ($model:literal, $name:literal, $sha256:literal) => {
        File {
            name: $name,
            bytes: include_bytes!(concat!("../../models/trained/", $model, "/", $name)),
            sha256: $sha256,
        }
    };
}

/// All of them.
pub static BUILT_IN: [BuiltIn; 2] = [
    BuiltIn {
        name: PAIR_ENCODER,
        kind: Kind::Inference,
        purpose: "stances of texts to claims",
        files: [
            file!(
                "pair-encoder",
                "model.int8.safetensors",
                "516f8b52136d32834ed4cbc082363f6e71728c40932b2144a1b71738bdc2e82e"
            ),
            file!(
                "pair-encoder",
                "config.json",
                "90b6d35491cb3c14e4335bcb551f60834f3a610e349642aaa2fc531e757289b9"
            ),
            file!(
                "pair-encoder",
                "tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
            ),
        ],
    },
    BuiltIn {
        name: ATTRIBUTION_TAGGER,
        kind: Kind::Attributions,
        purpose: "who says what in a text",
        files: [
            file!(
                "attribution-tagger",
                "model.int8.safetensors",
                "b892788d318a1f3330416a26aa7717cac8b9f1bdd4bef955aa91b23c934bee85"
            ),
            file!(
                "attribution-tagger",
                "config.json",
                "85eda657bb4b5b521a4cfd136b478e72a43793534aec177fec610019ff7f98a8"
            ),
            file!(
                "attribution-tagger",
                "tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
            ),
        ],
    },
];

impl BuiltIn {
    /// The one of that name, if it is of that kind.
    pub fn named(name: &str, kind: Kind) -> Option<&'static BuiltIn> {
        let mut all = BUILT_IN.iter();
        all.find(|model| model.name == name && model.kind == kind)
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        self.files.iter().map(|file| file.bytes.len()).sum()
    }

    /// Its folder among the models; the files need not be there yet.
    pub(super) fn folder(&self, models_dir: &Path) -> ModelFolder {
        let files = self.files.iter();
        let weights = &self.files[0];
        // Another version of the program may have other weights.
        let folder = format!("{}-{}", self.name, &weights.sha256[..12]);
        ModelFolder {
            path: models_dir.join(folder),
            revision: weights.sha256.to_owned(),
            source: Source {
                name: self.name.to_owned(),
                sha256: files
                    .map(|f| (f.name.to_owned(), f.sha256.to_owned()))
                    .collect(),
            },
            max_tokens: None,
        }
    }

    /// Writes the files that are not in `folder` yet, each under another name first.
    ///
    /// # Errors
    /// A models folder that cannot be written to.
    pub(super) fn unpack(&self, folder: &ModelFolder, progress: &dyn Progress) -> Result<()> {
        let there = |file: &&File| {
            let length = fs::metadata(folder.path.join(file.name)).map_or(0, |m| m.len());
            length != file.bytes.len() as u64
        };
        let missing: Vec<&File> = self.files.iter().filter(there).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let failed = |path: PathBuf, error: std::io::Error| {
            Error::new(Stage::Models, "cannot be written")
                .at_path(path)
                .caused_by(error)
                .remedy("name a folder for models that can be: set STANCEMAP_MODELS")
        };
        progress.notice(&format!(
            "unpacking the model {} into {}",
            self.name,
            folder.path.display()
        ));
        fs::create_dir_all(&folder.path).map_err(|e| failed(folder.path.clone(), e))?;
        for file in missing {
            let path = folder.path.join(file.name);
            let written = tempfile::NamedTempFile::new_in(&folder.path)
                .and_then(|mut temporary| {
                    temporary.write_all(file.bytes)?;
                    Ok(temporary)
                })
                .and_then(|temporary| temporary.persist(&path).map_err(|e| e.error));
            written.map_err(|e| failed(path, e))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::Silent;
    use crate::load::sha256_hex;

    #[test]
    fn the_hashes_are_those_of_the_files() {
        for model in &BUILT_IN {
            for file in &model.files {
                let hash = sha256_hex(file.bytes);
                assert_eq!(hash, file.sha256, "{} {}", model.name, file.name);
            }
        }
    }

    #[test]
    fn a_file_that_was_cut_off_is_written_again() {
        let models = tempfile::tempdir().unwrap();
        let model = &BUILT_IN[0];
        let folder = model.folder(models.path());
        model.unpack(&folder, &Silent).unwrap();
        let config = folder.path.join("config.json");
        fs::write(&config, "{").unwrap();
        model.unpack(&folder, &Silent).unwrap();
        assert_eq!(fs::read(&config).unwrap(), model.files[1].bytes);
        assert_eq!(fs::read_dir(&folder.path).unwrap().count(), 3);
    }
}
