//! Formats that are ZIP archives of XML, within limits.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{Limits, decode};
use crate::{Error, Result, Stage};

/// An archive, and how much may still be unpacked from it.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

/// An entry that unpacks to more than this many times its size is a bomb; text in markup shrinks to
/// a tenth at best.
const MAX_RATIO: u64 = 200;
/// Below this size the ratio says nothing.
const SMALL: u64 = 1024 * 1024;
/// More entries than any document has.
const MAX_ENTRIES: usize = 100_000;

const MAGIC: &[u8] = b"PK\x03\x04";

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Whether the archive has an entry of this name, by its directory; where the directory is damaged,
/// whether the name stands in the bytes.
pub(super) fn holds(bytes: &[u8], name: &str) -> bool {
    if !is_zip(bytes) {
        return false;
    }
    match ZipArchive::new(Cursor::new(bytes)) {
        Ok(zip) => zip.index_for_name(name).is_some(),
        Err(_) => bytes
            .windows(name.len())
            .any(|window| window == name.as_bytes()),
    }
}

impl<'a> Archive<'a> {
    /// # Errors
    /// A damaged archive, or one with more entries than any document has.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Archive<'a>> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged().caused_by(e))?;
        if zip.len() > MAX_ENTRIES {
            return Err(bomb(format!("it has {} entries", zip.len())));
        }
        Ok(Archive {
            zip,
            left: limits.unpacked(),
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// An entry's text; `None` where there is no such entry.
    ///
    /// # Errors
    /// An entry that is damaged, locked with a password, or unpacks to more than the limits allow.
    pub fn text(&mut self, name: &str) -> Result<Option<String>> {
        let mut entry = match self.zip.by_name(name) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(e) => {
                let error = match e {
                    zip::result::ZipError::UnsupportedArchive(_) => locked(),
                    _ => damaged(),
                };
                return Err(error.caused_by(e));
            }
        };
        let packed = entry.compressed_size().max(1);
        let mut bytes = Vec::new();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let n = entry.read(&mut chunk).map_err(|e| damaged().caused_by(e))?;
            if n == 0 {
                break;
            }
            bytes.extend_from_slice(&chunk[..n]);
            let size = bytes.len() as u64;
            if size > self.left {
                return Err(bomb(format!("{name} unpacks to more than the limit")));
            }
            if size > SMALL && size / packed > MAX_RATIO {
                return Err(bomb(format!(
                    "{name} unpacks to more than {MAX_RATIO} times its size"
                )));
            }
        }
        self.left -= bytes.len() as u64;
        let text = decode::decode_marked_up(&bytes)?.text;
        refuse_entities(&text)?;
        Ok(Some(text))
    }

    /// As [`Archive::text`], for an entry that must be there.
    ///
    /// # Errors
    /// As [`Archive::text`], and where there is none.
    pub fn required(&mut self, name: &str) -> Result<String> {
        self.text(name)?.ok_or_else(|| {
            Error::new(Stage::Load, format!("the archive has no {name}"))
                .remedy("save the document again from the program that made it")
        })
    }
}

/// XML that declares entities of its own can unpack without bound; no word processor writes it.
pub(super) fn refuse_entities(xml: &str) -> Result<()> {
    let head = xml.get(..floor(xml, 64 * 1024)).unwrap_or(xml);
    if head.contains("<!ENTITY") {
        return Err(
            Error::new(Stage::Load, "the XML declares entities of its own")
                .remedy("save the document again from the program that made it"),
        );
    }
    Ok(())
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn damaged() -> Error {
    Error::new(Stage::Load, "the archive is damaged")
        .remedy("fetch it again, or save it again from the program that made it")
}

fn locked() -> Error {
    Error::new(
        Stage::Load,
        "the archive is locked or packed in an unknown way",
    )
    .remedy("save it without a password")
}

fn bomb(what: String) -> Error {
    Error::new(Stage::Load, what).remedy("if it is a document, save its text as plain text")
}
