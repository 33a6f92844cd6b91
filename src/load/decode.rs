//! Bytes to text.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

use crate::{Error, Result, Stage};

pub(super) struct Decoded {
    pub text: String,
    pub encoding: String,
    pub warnings: Vec<String>,
}

/// Decodes by the byte order mark, else as UTF-8, else by the likeliest encoding with a warning.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(decode_as(&bytes[mark..], encoding));
    }
    refuse_binary(bytes)?;
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Decoded {
            text: line_feeds(text),
            encoding: UTF_8.name().to_owned(),
            warnings: Vec::new(),
        });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Allow);
    let mut decoded = decode_as(bytes, encoding);
    decoded
        .warnings
        .insert(0, format!("not valid UTF-8; read as {}", encoding.name()));
    Ok(decoded)
}

fn decode_as(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    let mut warnings = Vec::new();
    if malformed {
        warnings.push(format!(
            "some bytes are not valid {}; each was replaced by U+FFFD",
            encoding.name()
        ));
    }
    Decoded {
        text: line_feeds(&text),
        encoding: encoding.name().to_owned(),
        warnings,
    }
}

fn line_feeds(text: &str) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    }
}

/// Formats that are no text, by the bytes they begin with.
const MAGIC: [(&[u8], &str, &str); 6] = [
    (
        b"%PDF-",
        "a PDF",
        "extract its text first, for example with pdftotext",
    ),
    (
        b"PK\x03\x04",
        "a ZIP, DOCX or EPUB",
        "save it as plain text first",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Word document",
        "save it as plain text first",
    ),
    (b"\x1f\x8b", "a gzip file", "unpack it first"),
    (b"\x89PNG", "a picture", "run text recognition on it first"),
    (
        b"\xff\xd8\xff",
        "a picture",
        "run text recognition on it first",
    ),
];

fn refuse_binary(bytes: &[u8]) -> Result<()> {
    for (magic, what, remedy) in MAGIC {
        if bytes.starts_with(magic) {
            return Err(Error::new(Stage::Load, format!("this is {what}, not text")).remedy(remedy));
        }
    }
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let control =
        |b: &&u8| **b < 0x20 && !matches!(**b, b'\n' | b'\r' | b'\t' | 0x0c | 0x0b | 0x1b);
    if head.contains(&0) || head.iter().filter(control).count() * 20 > head.len() {
        return Err(Error::new(Stage::Load, "this is a binary file, not text")
            .remedy("leave it out, or export its text"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_comes_out_as_the_same_text_and_says_what_it_was() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("peace — “now”".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let cases: [(&[u8], &str, &str, usize); 4] = [
            ("\u{feff}peace\r\nnow".as_bytes(), "peace\nnow", "UTF-8", 0),
            ("peace\rnow".as_bytes(), "peace\nnow", "UTF-8", 0),
            (&utf16, "peace — “now”", "UTF-16LE", 0),
            (
                b"He said \x93peace\x94 and left\x85",
                "He said “peace” and left…",
                "windows-1252",
                1,
            ),
        ];
        for (bytes, text, encoding, warnings) in cases {
            let decoded = decode(bytes).unwrap();
            assert_eq!(decoded.text, text);
            assert_eq!(decoded.encoding, encoding);
            assert_eq!(decoded.warnings.len(), warnings, "{:?}", decoded.warnings);
        }
    }

    #[test]
    fn binary_files_are_refused_with_a_remedy() {
        for bytes in [
            &b"%PDF-1.7 ..."[..],
            b"PK\x03\x04....",
            b"text\0with nul",
            &[1, 2, 3, 4, 5, 6],
        ] {
            assert!(
                decode(bytes).is_err_and(|e| e.remedy.is_some()),
                "{bytes:?}"
            );
        }
    }
}
