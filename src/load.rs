//! From files to [`Source`]s: which files are documents, and what text their bytes hold.

mod decode;
mod discover;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{Error, Result, Stage};

pub use discover::{Input, discover};

/// The default limit on a document's decoded text, in bytes: 64 MiB.
pub const DEFAULT_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// One document as decoded text.
#[derive(Debug, Clone)]
pub struct Source {
    /// Unique in the run and fit for a file name.
    pub id: String,
    /// Relative to the path that was given, with forward slashes.
    pub path: String,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// The raw text: byte order mark dropped, line ends as LF.
    pub raw: String,
    pub encoding: String,
    pub warnings: Vec<String>,
}

/// Reads one document.
///
/// # Errors
/// `Stage::Load` for a file that is missing, unreadable, empty, binary or longer than `max_bytes`.
pub fn read(input: &Input, max_bytes: u64) -> Result<Source> {
    let bytes = read_bytes(&input.file, max_bytes)?;
    let decoded = decode::decode(&bytes).map_err(|e| e.at_path(&input.file))?;
    if decoded.text.len() as u64 > max_bytes {
        return Err(too_large(&input.file, decoded.text.len() as u64, max_bytes));
    }
    if decoded.text.trim().is_empty() {
        return Err(Error::new(Stage::Load, "the file holds no text")
            .at_path(&input.file)
            .remedy("leave it out, or export its text again"));
    }
    Ok(Source {
        id: input.id.clone(),
        path: input.path.clone(),
        sha256: hex(&Sha256::digest(&bytes)),
        raw: decoded.text,
        encoding: decoded.encoding,
        warnings: decoded.warnings,
    })
}

/// The file's bytes, never more than the limit allows.
///
/// # Errors
/// As [`read`], for what can be told before decoding.
pub fn read_bytes(file: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    let unreadable = |e: std::io::Error| {
        Error::new(Stage::Load, "cannot read the file")
            .caused_by(e)
            .at_path(file)
            .remedy("check that it exists and that you may read it")
    };
    let meta = std::fs::metadata(file).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(Error::new(Stage::Load, "not a regular file")
            .at_path(file)
            .remedy("name a text file or a folder of them"));
    }
    // UTF-16 takes at most two bytes where UTF-8 takes one.
    if meta.len() > max_bytes.saturating_mul(2) {
        return Err(too_large(file, meta.len(), max_bytes));
    }
    std::fs::read(file).map_err(unreadable)
}

fn too_large(file: &Path, size: u64, max: u64) -> Error {
    Error::new(
        Stage::Load,
        format!("the text has {size} bytes, above the limit of {max}"),
    )
    .at_path(PathBuf::from(file))
    .remedy("split it, or raise the limit with --max-bytes")
}

/// SHA-256 of a file's bytes, in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
            let _ = write!(out, "{b:02x}");
            out
        })
}
