//! PDF: text by the position and size of its characters.
//!
//! The order of work: characters ([`glyphs`]), lines and columns ([`lines`]), what belongs to the
//! page ([`furniture`]), notes at the page's foot and their markers ([`notes`]), paragraphs and block
//! quotations ([`paragraphs`]), and the raw text ([`render`]).

mod furniture;
mod glyphs;
mod lines;
mod notes;
mod paragraphs;
mod render;
mod sandbox;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf as File};

use super::hints::Metadata;
use super::{Limits, Loaded, Loader, Probe, front_block};
use crate::{Error, Result, Stage};

pub use sandbox::{READ_PDF, Sandbox, read_pdf_for_parent};

pub(super) struct Pdf;

/// The mark may stand behind some bytes of a mail or web server.
const MARK_WITHIN: usize = 1024;

impl Loader for Pdf {
    fn name(&self) -> &'static str {
        "pdf"
    }

    fn recognises(&self, probe: &Probe) -> bool {
        let head = &probe.bytes[..probe.bytes.len().min(MARK_WITHIN)];
        head.windows(5).any(|w| w == b"%PDF-")
    }

    fn load(&self, probe: &Probe, limits: &Limits) -> Result<Loaded> {
        sandbox::read(probe.bytes, limits)
    }
}

/// Reads a PDF in this process.
///
/// # Errors
/// A PDF that is damaged, locked, empty, without a text layer, or that breaks the reader.
fn read_here(bytes: &[u8], max_bytes: u64) -> Result<Loaded> {
    // Nothing that is left half done outlives the call.
    let read = catch_unwind(AssertUnwindSafe(|| read(bytes, max_bytes)));
    read.unwrap_or_else(|_| {
        Err(Error::new(Stage::Load, "the PDF breaks the reader").remedy(REPRINT))
    })
}

const REPRINT: &str =
    "print it to a new PDF, or extract its text by other means, for example with pdftotext";
const OCR: &str = "run text recognition on it first, for example with ocrmypdf";

fn read(bytes: &[u8], max_bytes: u64) -> Result<Loaded> {
    let file = File::new(bytes.to_vec()).map_err(unreadable)?;
    if file.pages().is_empty() {
        return Err(Error::new(Stage::Load, "the PDF has no pages")
            .remedy("fetch it again, or leave it out"));
    }
    let pages = glyphs::read(&file, max_bytes)?;
    let characters: usize = pages.iter().map(|p| p.glyphs.len()).sum();
    let unknown: usize = pages.iter().map(|p| p.unknown).sum();
    if characters < pages.len() * FEWEST_A_PAGE && characters < FEWEST {
        return Err(Error::new(
            Stage::Load,
            "the PDF has no text layer: its pages are pictures",
        )
        .remedy(OCR));
    }
    if unknown * 3 > characters {
        return Err(Error::new(
            Stage::Load,
            "the PDF's fonts do not say which characters they show",
        )
        .remedy(OCR));
    }
    let mut warnings = Vec::new();
    if unknown > 0 {
        warnings.push(format!(
            "{unknown} characters are not named by their fonts; each was replaced by U+FFFD"
        ));
    }
    let (raw, hints) = render::render(&pages);
    let (metadata, fallback) = properties(&file);
    Ok(Loaded {
        format: "pdf".to_owned(),
        raw,
        encoding: "UTF-8".to_owned(),
        warnings,
        hints,
        metadata,
        fallback,
    })
}

/// With fewer characters a page, and in all, the text is a scanner's stamp.
const FEWEST_A_PAGE: usize = 25;
const FEWEST: usize = 1000;

fn unreadable(error: LoadPdfError) -> Error {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            Error::new(Stage::Load, "the PDF is locked with a password")
                .remedy("unlock it first, for example with qpdf --decrypt")
        }
        LoadPdfError::Decryption(_) => Error::new(
            Stage::Load,
            "the PDF is encrypted in a way that cannot be read",
        )
        .remedy("unlock it first, for example with qpdf --decrypt"),
        LoadPdfError::Invalid => Error::new(Stage::Load, "the PDF is damaged or cut off")
            .remedy("fetch it again, or mend it, for example with qpdf"),
    }
}

/// What the information dictionary says; the day when the file was made says little of the text's.
fn properties(file: &File) -> (Metadata, Metadata) {
    let info = file.metadata();
    let text = |bytes: &Option<Box<[u8]>>| bytes.as_ref().map(|b| string(b));
    let declared = Metadata {
        title: text(&info.title).filter(|t| front_block::is_title(t)),
        authors: front_block::authors(&text(&info.author).unwrap_or_default()),
        ..Metadata::default()
    };
    let made = Metadata {
        date: info
            .creation_date
            .map(|d| format!("{:04}-{:02}-{:02}", d.year, d.month, d.day)),
        ..Metadata::default()
    };
    (declared, made)
}

/// A text string: UTF-16 or UTF-8 behind its mark, else nearly Windows-1252.
fn string(bytes: &[u8]) -> String {
    let (encoding, mark) =
        encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::WINDOWS_1252, 0));
    let text = encoding.decode_without_bom_handling(&bytes[mark..]).0;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
