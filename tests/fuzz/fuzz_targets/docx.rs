//! Any XML as a Word document's parts: the zip around them is made here, so that all of the input
//! goes into the XML.
#![no_main]

mod common;
mod zipped;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |&b| b == 0);
    let mut next = || parts.next().unwrap_or_default();
    common::load(
        "a.docx",
        &zipped::archive(&[
            ("word/document.xml", next()),
            ("word/styles.xml", next()),
            ("word/footnotes.xml", next()),
        ]),
    );
});
