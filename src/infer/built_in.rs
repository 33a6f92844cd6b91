//! The model that comes inside the program: the pair encoder that this project has trained.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::local::ModelFolder;
use super::{Progress, Source};
use crate::{Error, Result, Stage};

/// What the settings call it, and its folder among the models.
pub const PAIR_ENCODER: &str = "pair-encoder";

struct File {
    name: &'static str,
    bytes: &'static [u8],
    /// Written down, so that nobody has to hash 23 MB at every start.
    sha256: &'static str,
}

macro_rules! file {
    ($name:literal, $sha256:literal) => {
        File {
            name: $name,
            bytes: include_bytes!(concat!("../../models/trained/pair-encoder/", $name)),
            sha256: $sha256,
        }
    };
}

const FILES: [File; 3] = [
    file!(
        "model.int8.safetensors",
        "516f8b52136d32834ed4cbc082363f6e71728c40932b2144a1b71738bdc2e82e"
    ),
    file!(
        "config.json",
        "90b6d35491cb3c14e4335bcb551f60834f3a610e349642aaa2fc531e757289b9"
    ),
    file!(
        "tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    ),
];

/// Its size in bytes.
pub fn pair_encoder_size() -> usize {
    FILES.iter().map(|file| file.bytes.len()).sum()
}

/// The pair encoder's folder among the models; its files need not be there yet.
pub(super) fn pair_encoder(models_dir: &Path) -> ModelFolder {
    let sha256 = FILES
        .iter()
        .map(|f| (f.name.to_owned(), f.sha256.to_owned()));
    // Another version of the program may have other weights.
    let folder = format!("{PAIR_ENCODER}-{}", &FILES[0].sha256[..12]);
    ModelFolder {
        path: models_dir.join(folder),
        revision: FILES[0].sha256.to_owned(),
        source: Source {
            name: PAIR_ENCODER.to_owned(),
            sha256: sha256.collect(),
        },
        max_tokens: None,
    }
}

/// Writes the files that are not in `folder` yet, each under another name first.
///
/// # Errors
/// A models folder that cannot be written to.
pub(super) fn unpack(folder: &ModelFolder, progress: &dyn Progress) -> Result<()> {
    let there = |file: &&File| {
        let length = fs::metadata(folder.path.join(file.name)).map_or(0, |m| m.len());
        length != file.bytes.len() as u64
    };
    let missing: Vec<&File> = FILES.iter().filter(there).collect();
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
        "unpacking the model {PAIR_ENCODER} into {}",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::Silent;
    use crate::load::sha256_hex;

    #[test]
    fn the_hashes_are_those_of_the_files() {
        for file in FILES {
            assert_eq!(sha256_hex(file.bytes), file.sha256, "{}", file.name);
        }
    }

    #[test]
    fn a_file_that_was_cut_off_is_written_again() {
        let models = tempfile::tempdir().unwrap();
        let folder = pair_encoder(models.path());
        unpack(&folder, &Silent).unwrap();
        let config = folder.path.join("config.json");
        fs::write(&config, "{").unwrap();
        unpack(&folder, &Silent).unwrap();
        assert_eq!(fs::read(&config).unwrap(), FILES[1].bytes);
        assert_eq!(fs::read_dir(&folder.path).unwrap().count(), 3);
    }
}
