//! The structure that the layout stage finds in a document, as JSON: title, paragraphs with their
//! markers, notes. `tests/formats/generate.py` makes other formats of an essay from it.
//!
//! ```sh
//! cargo run --example structure -- corpus/caspian_corridor.txt
//! ```

use std::path::PathBuf;

use serde_json::{Value, json};
use stancemap::analysis::{DocumentRecord, QuotationKind};
use stancemap::layout::{self, Layout, Paragraph, ParagraphKind};
use stancemap::{document, load};

fn main() -> stancemap::Result<()> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    for input in load::discover(&paths)? {
        let source = load::read(&input, load::DEFAULT_MAX_BYTES)?;
        let record = document::read(&source).record;
        println!("{}", structure(&record, &layout::analyse(&source)));
    }
    Ok(())
}

fn structure(record: &DocumentRecord, layout: &Layout) -> Value {
    let body = &layout.body;
    let paragraphs: Vec<Value> = body
        .paragraphs
        .iter()
        .map(|p| {
            let markers: Vec<Value> = body
                .markers
                .iter()
                .filter(|m| (p.span.start..=p.span.end).contains(&m.at))
                .filter_map(|m| {
                    let before = &body.text[p.span.start..m.at];
                    let note = &layout.notes[m.note?];
                    Some(json!({"at": before.chars().count(), "number": note.label}))
                })
                .collect();
            json!({
                "kind": match p.kind {
                    ParagraphKind::Front => "front",
                    ParagraphKind::Heading => "heading",
                    ParagraphKind::ListItem => "item",
                    ParagraphKind::Body if is_block(record, layout, p) => "quotation",
                    ParagraphKind::Body => "body",
                },
                "text": body.str(p.span),
                "markers": markers,
            })
        })
        .collect();
    let notes: Vec<Value> = layout
        .notes
        .iter()
        .map(|n| json!({"number": n.label, "text": n.text.text.replace('\n', " ")}))
        .collect();
    json!({
        "id": record.id,
        "title": layout.front.title,
        "authors": layout.front.authors,
        "date": layout.front.date,
        "paragraphs": paragraphs,
        "notes": notes,
    })
}

/// Whether a paragraph is a block quotation, or part of one.
fn is_block(record: &DocumentRecord, layout: &Layout, paragraph: &Paragraph) -> bool {
    let text = layout.body.str(paragraph.span);
    record
        .quotations
        .iter()
        .filter(|q| q.kind == QuotationKind::Block && q.within_note.is_none())
        .any(|q| q.passage.text == text || (text.len() > 40 && q.passage.text.contains(text)))
}
