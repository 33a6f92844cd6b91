//! What all targets share.

use stancemap::load::{self, Limits, Probe, Source};
use stancemap::text::Span;
use stancemap::{document, layout};

/// Small, so that a slow input is the reader's fault and not its length's.
pub const MAX_BYTES: u64 = 1 << 20;

/// Decodes, and takes apart what comes of it.
#[allow(dead_code)]
pub fn load(name: &str, bytes: &[u8]) {
    let limits = Limits {
        max_bytes: MAX_BYTES,
        ..Limits::default()
    };
    if let Ok(loaded) = load::decode(&Probe { bytes, name }, &limits) {
        layout(&Source {
            raw: loaded.raw,
            hints: loaded.hints,
            ..Source::default()
        });
    }
}

/// Takes a text apart; every stretch of the clean text must be the raw text's.
#[allow(dead_code)]
pub fn layout(source: &Source) {
    let layout = layout::analyse(source);
    for text in std::iter::once(&layout.body).chain(layout.notes.iter().map(|n| &n.text)) {
        let whole = Span::new(0, text.text.len());
        for piece in text.map.raw_segments(whole) {
            assert!(source.raw.get(piece.range()).is_some());
        }
    }
}

/// Everything up to the record, and that its pieces lie in the text.
#[allow(dead_code)]
pub fn document(raw: &str) {
    let source = Source {
        raw: raw.to_owned(),
        ..Source::default()
    };
    let record = document::read(&source).record;
    let length = raw.chars().count();
    for quotation in &record.quotations {
        for piece in &quotation.passage.pieces {
            assert!(piece.start < piece.end && piece.end <= length);
        }
    }
}
