//! Any XML as the parts of a book.
#![no_main]

mod common;
mod zipped;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (package, page) = match data.iter().position(|&b| b == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (PACKAGE, data),
    };
    common::load(
        "a.epub",
        &zipped::archive(&[
            ("META-INF/container.xml", CONTAINER),
            ("b.opf", package),
            ("t.xhtml", page),
            ("n.xhtml", page),
        ]),
    );
});

const CONTAINER: &[u8] = b"<container><rootfile full-path=\"b.opf\"/></container>";
const PACKAGE: &[u8] = b"<package><manifest><item id=\"t\" href=\"t.xhtml\" media-type=\"text/html\"/><item id=\"n\" href=\"n.xhtml\" media-type=\"text/html\"/></manifest><spine><itemref idref=\"t\"/></spine></package>";
