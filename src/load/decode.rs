//! Bytes to text.

use std::sync::LazyLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use regex::Regex;

use crate::{Error, Result, Stage};

pub(super) struct Decoded {
    pub text: String,
    pub encoding: String,
    pub warnings: Vec<String>,
}

/// Decodes by the byte order mark, else as UTF-16 where every second byte says so, else as UTF-8,
/// else by the likeliest encoding with a warning.
///
/// # Errors
/// Bytes that are no text.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded> {
    refuse_known_formats(bytes)?;
    decode_text(bytes)
}

fn decode_text(bytes: &[u8]) -> Result<Decoded> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return readable(decode_as(&bytes[mark..], encoding));
    }
    if let Some(encoding) = utf_16_without_mark(bytes) {
        let mut decoded = decode_as(bytes, encoding);
        let warning = format!("no byte order mark; read as {}", encoding.name());
        decoded.warnings.insert(0, warning);
        return readable(decoded);
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
    readable(decoded)
}

/// As [`decode`], for HTML and XML: what the text declares of itself comes after the byte order
/// mark and before any guess.
///
/// # Errors
/// As [`decode`].
pub(super) fn decode_marked_up(bytes: &[u8]) -> Result<Decoded> {
    let declared = || {
        let head = &bytes[..bytes.len().min(DECLARATION)];
        let head = String::from_utf8_lossy(head);
        let name = CHARSET.captures(&head)?.get(1)?.as_str().to_owned();
        Encoding::for_label(name.as_bytes())
    };
    if Encoding::for_bom(bytes).is_some() || std::str::from_utf8(bytes).is_ok() {
        return decode_text(bytes);
    }
    match declared() {
        // A text that can be read as bytes is not in UTF-16, whatever it says.
        Some(encoding) if encoding.is_ascii_compatible() && encoding != UTF_8 => {
            refuse_binary(bytes)?;
            readable(decode_as(bytes, encoding))
        }
        _ => decode_text(bytes),
    }
}

/// Where `<meta charset>` and the XML declaration stand.
const DECLARATION: usize = 4096;

static CHARSET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:<\?xml[^>]*\bencoding|<meta[^>]*\bcharset)\s*=\s*["']?([\w:-]+)"#)
        .expect("a valid pattern")
});

/// UTF-16 that lost its mark: in one half of the bytes nearly all are one of the few upper bytes
/// that the letters and the punctuation of a script share.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    if head.len() < 8 {
        return None;
    }
    let upper = |offset: usize| {
        let half = head.iter().skip(offset).step_by(2);
        half.filter(|b| matches!(b, 0x00 | 0x04 | 0x20)).count() * 20 > head.len() / 2 * 19
    };
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).any(|&b| b == 0);
    match (upper(0) && zeros(0), upper(1) && zeros(1)) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

/// More replaced characters than this, one in so many, and the text is no text.
const BROKEN: usize = 20;

fn readable(decoded: Decoded) -> Result<Decoded> {
    let broken = decoded.text.matches('\u{fffd}').count();
    if broken > 0 && broken * BROKEN > decoded.text.chars().count() {
        return Err(Error::new(
            Stage::Load,
            format!("most of it cannot be read as {}", decoded.encoding),
        )
        .remedy("save it as UTF-8"));
    }
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

/// Formats that no loader reads, by the bytes they begin with.
const MAGIC: [(&[u8], &str, &str); 8] = [
    (
        b"PK\x03\x04",
        "a ZIP archive that is neither DOCX nor EPUB",
        "unpack it, or save the document as DOCX",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Word document",
        "save it as DOCX",
    ),
    (
        b"<?xml",
        "an XML file, and no HTML",
        "save it as HTML, DOCX or plain text",
    ),
    (b"{\\rtf", "an RTF document", "save it as DOCX"),
    (
        b"%!PS",
        "PostScript",
        "convert it to PDF, for example with ps2pdf",
    ),
    (b"\x89PNG", "a picture", "run text recognition on it first"),
    (
        b"\xff\xd8\xff",
        "a picture",
        "run text recognition on it first",
    ),
    (b"II*\0", "a picture", "run text recognition on it first"),
];

fn refuse_known_formats(bytes: &[u8]) -> Result<()> {
    for (magic, what, remedy) in MAGIC {
        if bytes.starts_with(magic) {
            return Err(Error::new(Stage::Load, format!("this is {what}")).remedy(remedy));
        }
    }
    Ok(())
}

fn refuse_binary(bytes: &[u8]) -> Result<()> {
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let control =
        |b: &&u8| **b < 0x20 && !matches!(**b, b'\n' | b'\r' | b'\t' | 0x0c | 0x0b | 0x1b);
    if bytes.contains(&0) || head.iter().filter(control).count() * 20 > head.len() {
        return Err(Error::new(Stage::Load, "this is a binary file, not text")
            .remedy("leave it out, or export its text"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUSSIAN: &str = "Россия и Китай подписали договор о дружбе. Эксперты спорят о том, можно ли назвать его союзом: «Мы не враги», сказал министр, и это правда.";

    fn utf16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to).collect()
    }

    #[test]
    fn each_encoding_comes_out_as_the_same_text_and_says_what_it_was() {
        let marked = utf16("\u{feff}peace — “now”", u16::to_le_bytes);
        let bare_le = utf16("peace — “now” or never", u16::to_le_bytes);
        let bare_be = utf16(RUSSIAN, u16::to_be_bytes);
        let cp1251 = encoding_rs::WINDOWS_1251.encode(RUSSIAN).0;
        let koi8 = encoding_rs::KOI8_R.encode(RUSSIAN).0;
        let cases: [(&[u8], &str, &str, usize); 8] = [
            ("\u{feff}peace\r\nnow".as_bytes(), "peace\nnow", "UTF-8", 0),
            ("peace\rnow".as_bytes(), "peace\nnow", "UTF-8", 0),
            (&marked, "peace — “now”", "UTF-16LE", 0),
            (&bare_le, "peace — “now” or never", "UTF-16LE", 1),
            (&bare_be, RUSSIAN, "UTF-16BE", 1),
            (&cp1251, RUSSIAN, "windows-1251", 1),
            (
                &koi8,
                &RUSSIAN.replace(['«', '»'], "&"),
                // KOI8-U is KOI8-R with four more letters.
                "KOI8-U",
                1,
            ),
            (
                b"He said \x93peace\x94 and left\x85",
                "He said “peace” and left…",
                "windows-1252",
                1,
            ),
        ];
        for (bytes, text, encoding, warnings) in cases {
            let decoded = decode(bytes).unwrap();
            if encoding == "KOI8-U" {
                let letters = |s: &str| s.chars().filter(|c| c.is_alphabetic()).collect::<String>();
                assert_eq!(
                    letters(&decoded.text).replace("laquoraquo", ""),
                    letters(text)
                );
            } else {
                assert_eq!(decoded.text, text);
            }
            assert_eq!(decoded.encoding, encoding);
            assert_eq!(decoded.warnings.len(), warnings, "{:?}", decoded.warnings);
        }
    }

    #[test]
    fn a_declared_encoding_wins_over_a_guess_and_utf_8_over_both() {
        let page = |text: &str| format!("<html><meta charset=\"iso-8859-2\"><p>{text}</p></html>");
        let bytes = encoding_rs::ISO_8859_2.encode(&page("Łódź")).0.into_owned();
        let decoded = decode_marked_up(&bytes).unwrap();
        assert!(decoded.text.contains("Łódź"), "{}", decoded.text);
        let decoded = decode_marked_up(page("Łódź").as_bytes()).unwrap();
        assert!(decoded.text.contains("Łódź"), "{}", decoded.text);
    }

    #[test]
    fn a_lone_surrogate_costs_a_character_and_a_warning_and_many_cost_the_file() {
        let mut units: Vec<u16> = "\u{feff}They spoke of peace and of war."
            .encode_utf16()
            .collect();
        units.insert(10, 0xd800);
        let bytes: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
        let decoded = decode(&bytes).unwrap();
        assert_eq!(decoded.text.matches('\u{fffd}').count(), 1);
        assert_eq!(decoded.warnings.len(), 1);
        let broken: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(std::iter::repeat_n(0xd800_u16, 50).flat_map(u16::to_le_bytes))
            .collect();
        assert!(decode(&broken).is_err_and(|e| e.remedy.is_some()));
    }

    #[test]
    fn binary_files_are_refused_with_a_remedy() {
        for bytes in [
            &b"\xd0\xcf\x11\xe0 ..."[..],
            b"PK\x03\x04....",
            b"{\\rtf1 text}",
            b"text\0with nul",
            b"II*\0....",
            &[1, 2, 3, 4, 5, 6],
        ] {
            assert!(
                decode(bytes).is_err_and(|e| e.remedy.is_some()),
                "{bytes:?}"
            );
        }
    }
}
