//! Block quotations: paragraphs that are somebody's words without quotation marks.

use std::ops::Range;

use crate::layout::{CleanText, ParagraphKind};

/// A block quotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its paragraphs.
    pub paragraphs: Range<usize>,
    /// The paragraph that ends in a colon before it.
    pub lead_in: Option<usize>,
}

/// The block quotations of a body.
///
/// Behind a lead-in with a colon, a paragraph is a block when it is set off to the right, when it
/// ends in a note marker, or when it begins in the middle of a sentence ("…every intention"). Without
/// a lead-in only a set-off paragraph is one. What the format marks as a block quotation is one.
pub fn find(text: &CleanText) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut i = 0;
    while i < text.paragraphs.len() {
        let lead_in = i.checked_sub(1).filter(|&l| {
            leads_in(text, l) && !blocks.last().is_some_and(|b| b.paragraphs.contains(&l))
        });
        if is_block(text, i, lead_in.is_some()) {
            let mut end = i + 1;
            while end < text.paragraphs.len() && goes_on(text, end, i) {
                end += 1;
            }
            blocks.push(Block {
                paragraphs: i..end,
                lead_in,
            });
            i = end;
        } else {
            i += 1;
        }
    }
    blocks
}

fn leads_in(text: &CleanText, paragraph: usize) -> bool {
    let p = &text.paragraphs[paragraph];
    p.kind == ParagraphKind::Body && text.str(p.span).trim_end().ends_with(':')
}

fn is_block(text: &CleanText, paragraph: usize, lead_in: bool) -> bool {
    let p = &text.paragraphs[paragraph];
    if p.kind != ParagraphKind::Body {
        return false;
    }
    let body = text.str(p.span);
    // A paragraph in quotation marks is a direct quotation.
    if body.starts_with(['“', '"', '«']) && !lead_in_holds_marks(body) {
        return false;
    }
    let words = body.split_whitespace().count();
    if p.quotation && (lead_in || words >= 8) {
        return true;
    }
    if lead_in {
        return p.indented
            || ends_in_marker(text, paragraph)
            || body.starts_with(['…', '.', '['])
            || (words >= 12 && closes(body));
    }
    p.indented && words >= 12 && (ends_in_marker(text, paragraph) || words >= 25)
}

/// A block may itself begin with a quotation that ends early in it.
fn lead_in_holds_marks(body: &str) -> bool {
    let close = match body.chars().next() {
        Some('“') => '”',
        Some('«') => '»',
        _ => '"',
    };
    let inner = &body[body.chars().next().map_or(0, char::len_utf8)..];
    inner.find(close).is_some_and(|at| at * 3 < body.len())
}

fn closes(body: &str) -> bool {
    body.trim_end().ends_with(['.', '!', '?', '…', ']'])
}

fn ends_in_marker(text: &CleanText, paragraph: usize) -> bool {
    let span = text.paragraphs[paragraph].span;
    !text
        .markers_in(span.end.saturating_sub(1), span.end)
        .is_empty()
}

/// Whether the paragraph belongs to the block that began at `first`.
fn goes_on(text: &CleanText, paragraph: usize, first: usize) -> bool {
    let p = &text.paragraphs[paragraph];
    let start = &text.paragraphs[first];
    p.kind == ParagraphKind::Body
        && p.indented
        && start.indented
        && p.quotation == start.quotation
        && !ends_in_marker(text, paragraph - 1)
        && !leads_in(text, paragraph - 1)
}
