//! The reading as a page: the raw text, with what was taken out of the running text in grey.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Reading;
use crate::analysis::Piece;

const STYLE: &str = "
.text { white-space: pre-wrap; font: 1rem/1.5 Georgia, 'Liberation Serif', serif; overflow-wrap: anywhere; }
.out { color: var(--soft); opacity: .75; }
.furniture { text-decoration: line-through; }
.note { background: var(--wash); font-size: inherit; color: inherit; }
.block { border-bottom: 2px solid var(--s0); }
.alone { color: var(--alarm); font-weight: 600; }
:target { outline: 2px solid var(--link); }
";

/// What a stretch of the raw text is.
#[derive(Clone, Copy)]
enum Part {
    Furniture,
    Aside,
    Block,
    /// Index of the note, and whether its anchor goes here.
    Note(usize, bool),
    Marker(usize),
    Orphan,
}

/// The page. Nothing on it is loaded, and nothing runs.
pub fn page(reading: &Reading, raw: &str) -> String {
    let title = reading.title.as_deref().unwrap_or(&reading.document);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(crate::report::POLICY);
                link rel="icon" href="data:,";
                title { "How it was read: " (title) }
                style { (PreEscaped(crate::report::STYLE)) (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header.top {
                        p.eyebrow { "How it was read" }
                        h1 { (title) }
                    }
                    pre { (super::text(reading)) }
                    p.soft {
                        "Struck through and grey: taken out as page furniture. Grey: tables and \
                         captions. Shaded: notes. \
                         Underlined: block quotations. Red: markers without a note."
                    }
                    div.text dir="auto" { (running_text(reading, raw)) }
                }
            }
        }
    };
    let mut page = markup.into_string();
    page.push('\n');
    page
}

fn running_text(reading: &Reading, raw: &str) -> Markup {
    let mut parts: Vec<(Piece, Part)> = Vec::new();
    parts.extend(reading.furniture.iter().map(|r| (r.piece, Part::Furniture)));
    let asides = reading.tables_and_captions.iter();
    parts.extend(asides.map(|r| (r.piece, Part::Aside)));
    for (i, note) in reading.notes.iter().enumerate() {
        for (k, piece) in note.pieces.iter().enumerate() {
            parts.push((*piece, Part::Note(i, k == 0)));
        }
        parts.extend(note.marker.map(|m| (m, Part::Marker(i))));
    }
    let orphans = reading.markers_without_note.iter();
    parts.extend(orphans.map(|r| (r.piece, Part::Orphan)));
    // A block quotation may hold markers: it is cut at them.
    let mut inner: Vec<Piece> = parts.iter().map(|p| p.0).collect();
    inner.sort();
    for block in &reading.block_quotations {
        let mut at = block.piece.start;
        let first = inner.partition_point(|p| p.end <= at);
        for piece in inner[first..]
            .iter()
            .take_while(|p| p.start < block.piece.end)
        {
            if piece.start > at {
                parts.push((
                    Piece {
                        start: at,
                        end: piece.start,
                    },
                    Part::Block,
                ));
            }
            at = at.max(piece.end);
        }
        if at < block.piece.end {
            parts.push((
                Piece {
                    start: at,
                    end: block.piece.end,
                },
                Part::Block,
            ));
        }
    }
    parts.sort_by_key(|p| p.0);
    let mut chars = raw.chars();
    let mut at = 0;
    let mut take = |to: usize, at: &mut usize| -> String {
        let text = chars.by_ref().take(to.saturating_sub(*at)).collect();
        *at = to.max(*at);
        text
    };
    html! {
        @for (piece, part) in &parts {
            (take(piece.start, &mut at))
            @let text = take(piece.end, &mut at);
            @match part {
                Part::Furniture => { span.out.furniture { (text) } }
                Part::Aside => { span.out { (text) } }
                Part::Block => { span.block { (text) } }
                Part::Orphan => { sup.alone { (text) } }
                Part::Marker(i) => { sup { a id={ "marker-" (i) } href={ "#note-" (i) } { (text) } } }
                Part::Note(i, first) => {
                    span.out.note id=[first.then(|| format!("note-{i}"))] {
                        (text)
                        @if *first && reading.notes[*i].marker.is_some() {
                            " " a href={ "#marker-" (i) } { "↑" }
                        }
                    }
                }
            }
        }
        (take(usize::MAX, &mut at))
    }
}
