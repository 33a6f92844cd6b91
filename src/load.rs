//! From files to [`Source`]s: which files are documents, what format their bytes are in, and what
//! text and structure they hold.
//!
//! A format is a [`Loader`]; [`LOADERS`] are asked in turn, and the first that recognises the bytes
//! reads them. The file's extension decides nothing, but for Markdown, which can look like plain
//! text.

mod catalogue;
mod decode;
mod discover;
mod docx;
mod epub;
mod file_name;
mod front_block;
mod gzip;
pub mod hints;
mod html;
mod markdown;
mod pdf;
mod text;
mod writer;
mod xml;
mod zipped;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, Result, Stage};

pub use catalogue::Catalogue;
pub use discover::{Input, discover};
pub use file_name::FileNames;
pub use hints::{Hints, Metadata};
pub use pdf::{READ_PDF, Sandbox, read_pdf_for_parent};
pub(crate) use writer::label_number;

/// The default limit on a document's decoded text, in bytes: 64 MiB.
pub const DEFAULT_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// One document as decoded text.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Unique in the run and fit for a file name.
    pub id: String,
    /// Relative to the path that was given, with forward slashes.
    pub path: String,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// As [`Loader::name`].
    pub format: String,
    /// The raw text: byte order mark dropped, line ends as LF.
    pub raw: String,
    pub encoding: String,
    pub warnings: Vec<String>,
    /// What the format knows of the text's structure.
    pub hints: Hints,
    /// What is known of the document beside its text; it wins over the first lines.
    pub metadata: Metadata,
    /// What is known less surely (the day when the file was made, its name); the first lines win
    /// over it.
    pub fallback: Metadata,
}

/// What a format's loader makes of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The format's name: "text", "pdf", "gzip of docx".
    pub format: String,
    pub raw: String,
    pub encoding: String,
    pub warnings: Vec<String>,
    pub hints: Hints,
    /// As in [`Source`].
    pub metadata: Metadata,
    pub fallback: Metadata,
}

/// A file's bytes and its name, before its format is known.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    pub bytes: &'a [u8],
    /// Without its folder; used only where the bytes leave two formats open.
    pub name: &'a str,
}

/// Bounds on what a file may make the program hold or do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// On the decoded text, in bytes.
    pub max_bytes: u64,
    /// Where PDFs are read.
    pub sandbox: Sandbox,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: DEFAULT_MAX_BYTES,
            sandbox: Sandbox::default(),
        }
    }
}

impl Limits {
    /// On what a compressed or marked-up file may unpack to, in bytes: markup takes more room than
    /// the text in it.
    fn unpacked(&self) -> u64 {
        self.max_bytes.saturating_mul(4)
    }
}

/// A format.
pub trait Loader: Sync {
    /// In lower case: "docx".
    fn name(&self) -> &'static str;

    /// Whether the bytes are in this format, whole or damaged.
    fn recognises(&self, probe: &Probe) -> bool;

    /// The text, and what the format knows of it.
    ///
    /// # Errors
    /// `Stage::Load`, with a remedy, where the file is damaged, locked, empty or beyond the limits.
    fn load(&self, probe: &Probe, limits: &Limits) -> Result<Loaded>;
}

/// All formats, in the order in which they are asked. Text comes last and takes what is left.
pub static LOADERS: [&dyn Loader; 7] = [
    &gzip::Gzip,
    &pdf::Pdf,
    &docx::Docx,
    &epub::Epub,
    &html::Html,
    &markdown::Markdown,
    &text::Text,
];

/// Bytes in whatever format they are.
///
/// # Errors
/// As [`Loader::load`], and for a format that none of [`LOADERS`] reads.
pub fn decode(probe: &Probe, limits: &Limits) -> Result<Loaded> {
    let loader = LOADERS
        .iter()
        .find(|l| l.recognises(probe))
        .unwrap_or(&LOADERS[LOADERS.len() - 1]);
    let mut loaded = loader.load(probe, limits)?;
    let size = loaded.raw.len() as u64;
    if size > limits.max_bytes {
        return Err(too_large(size, limits.max_bytes));
    }
    if loaded.raw.trim().is_empty() {
        return Err(Error::new(Stage::Load, "the file holds no text")
            .remedy("leave it out, or export its text again"));
    }
    if loaded.format.is_empty() {
        loader.name().clone_into(&mut loaded.format);
    }
    Ok(loaded)
}

/// A file's bytes and their hash.
#[derive(Debug)]
pub struct Opened {
    pub bytes: Vec<u8>,
    /// In hexadecimal.
    pub sha256: String,
}

/// Reads documents: the limits, and what is said of them outside of the files.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    pub limits: Limits,
    /// How file names are made up, where they say something.
    pub names: Option<FileNames>,
    /// What `corpus.toml` and `corpus.csv` say.
    pub catalogue: Catalogue,
}

impl Reader {
    /// The file's bytes, not yet decoded.
    ///
    /// # Errors
    /// `Stage::Load` for a file that is missing, unreadable, or larger than the limits allow.
    pub fn open(&self, input: &Input) -> Result<Opened> {
        let bytes = read_bytes(&input.file, self.limits.unpacked())?;
        let sha256 = sha256_hex(&bytes);
        Ok(Opened { bytes, sha256 })
    }

    /// What is said of a document outside of its file: it wins over all else, and what its name
    /// says, which yields to all else.
    pub fn said_of(&self, input: &Input) -> (Metadata, Metadata) {
        let declared = self.catalogue.of(&input.file).cloned().unwrap_or_default();
        let named = self.names.as_ref().and_then(|n| n.read(&input.path));
        (declared, named.unwrap_or_default())
    }

    /// Decodes an opened file.
    ///
    /// # Errors
    /// As [`decode`], with the file's place.
    pub fn decode(&self, input: &Input, opened: Opened) -> Result<Source> {
        let probe = Probe {
            bytes: &opened.bytes,
            name: input.path.rsplit('/').next().unwrap_or(&input.path),
        };
        let loaded = decode(&probe, &self.limits).map_err(|e| e.at_path(&input.file))?;
        let (declared, named) = self.said_of(input);
        Ok(Source {
            id: input.id.clone(),
            path: input.path.clone(),
            sha256: opened.sha256,
            format: loaded.format,
            raw: loaded.raw,
            encoding: loaded.encoding,
            warnings: loaded.warnings,
            hints: loaded.hints,
            metadata: declared.or(loaded.metadata),
            fallback: loaded.fallback.or(named),
        })
    }

    /// Opens and decodes.
    ///
    /// # Errors
    /// As [`Reader::open`] and [`Reader::decode`].
    pub fn read(&self, input: &Input) -> Result<Source> {
        self.decode(input, self.open(input)?)
    }
}

/// Reads one document with nothing but a limit on its text.
///
/// # Errors
/// As [`Reader::read`].
pub fn read(input: &Input, max_bytes: u64) -> Result<Source> {
    let reader = Reader {
        limits: Limits {
            max_bytes,
            ..Limits::default()
        },
        ..Reader::default()
    };
    reader.read(input)
}

/// The file's bytes, never more than `max`.
fn read_bytes(file: &Path, max: u64) -> Result<Vec<u8>> {
    let unreadable = |e: std::io::Error| {
        Error::new(Stage::Load, "cannot be read")
            .caused_by(e)
            .at_path(file)
            .remedy("check that it exists and that you may read it")
    };
    let meta = std::fs::metadata(file).map_err(unreadable)?;
    if meta.is_dir() {
        std::fs::read_dir(file).map_err(unreadable)?;
    }
    if !meta.is_file() {
        return Err(Error::new(Stage::Load, "not a regular file")
            .at_path(file)
            .remedy("name a document or a folder of them"));
    }
    if meta.len() > max {
        return Err(too_large(meta.len(), max).at_path(PathBuf::from(file)));
    }
    std::fs::read(file).map_err(unreadable)
}

fn too_large(size: u64, max: u64) -> Error {
    Error::new(
        Stage::Load,
        format!("the text has {size} bytes, above the limit of {max}"),
    )
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
