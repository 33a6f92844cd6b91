//! A document of plain text, read from its raw text alone.

#![allow(dead_code)]

use stancemap::analysis::DocumentRecord;
use stancemap::document;
use stancemap::load::Source;

pub fn source(raw: &str) -> Source {
    Source {
        id: "d".to_owned(),
        path: "d.txt".to_owned(),
        raw: raw.to_owned(),
        encoding: "UTF-8".to_owned(),
        ..Source::default()
    }
}

pub fn read(raw: &str) -> DocumentRecord {
    document::read(&source(raw)).record
}
