//! What a format knows of its text's structure, as spans over the raw text.
//!
//! Plain text has no hints: the layout stage then reads everything out of the lines. Where a format
//! gives [`Hints::blocks`], the body is those blocks and nothing else, and no line is joined by
//! guess; where it gives [`Hints::notes`], those are the notes. A format that knows its blocks but
//! not its notes (endnotes typed by hand, say) leaves the latter empty, and the layout stage looks
//! for them as in plain text. Pages are no hint: a form feed in the raw text begins one.

use serde::{Deserialize, Serialize};

use crate::text::{Raw, Span};

/// Structure that a format knows. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// The body, in reading order; notes are no blocks.
    pub blocks: Vec<BlockHint>,
    /// In the order of their numbers.
    pub notes: Vec<NoteHint>,
    /// In the order of the raw text. A note can have several.
    pub markers: Vec<MarkerHint>,
    /// Stretches inside blocks and notes that are signs of the format and no text: `**`, the address
    /// of a link. Sorted; they do not overlap.
    pub markup: Vec<Span<Raw>>,
    /// Raised characters that are no marker by the format's own account. Sorted.
    pub superscripts: Vec<Span<Raw>>,
    /// Whole lines that are no sentences: tables, captions, navigation, running heads.
    pub left_out: Vec<Span<Raw>>,
}

/// A paragraph, heading, list item or paragraph of a block quotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockHint {
    pub kind: BlockKind,
    /// In reading order: more than one where a page end cuts the paragraph.
    pub pieces: Vec<Span<Raw>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockKind {
    Body,
    Heading,
    ListItem,
    /// A paragraph of a block quotation.
    Quotation,
}

/// The text of a footnote or endnote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteHint {
    /// Unique in the document, rising from 1: the label's number where the labels allow it.
    pub number: u32,
    /// As printed: "12", "iv", "*".
    pub label: String,
    /// Whole lines, the label included, or a part of a line of the body that is the note; more than
    /// one piece where the note runs over a page.
    pub pieces: Vec<Span<Raw>>,
    /// The raw byte where the note's own text begins, behind the label.
    pub text_start: usize,
}

/// A note's marker in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkerHint {
    /// [`NoteHint::number`] of its note.
    pub number: u32,
    pub span: Span<Raw>,
}

/// What a format, a front-matter block, a file name or a table beside the files says of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub title: Option<String>,
    /// Empty where nothing is said.
    pub authors: Vec<String>,
    pub date: Option<String>,
    /// The journal, institute or site that it appeared in.
    pub source: Option<String>,
}

impl Metadata {
    /// What `self` says, and what `other` says where `self` says nothing.
    #[must_use]
    pub fn or(self, other: Metadata) -> Metadata {
        Metadata {
            title: self.title.or(other.title),
            authors: if self.authors.is_empty() {
                other.authors
            } else {
                self.authors
            },
            date: self.date.or(other.date),
            source: self.source.or(other.source),
        }
    }
}
