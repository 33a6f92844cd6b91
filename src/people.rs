//! One person behind many spellings, within and across documents.
//!
//! [`Name`] takes a form apart, [`score`] compares two, [`unify`] joins all mentions of a run into
//! [`People`]. A person's corrections come from an [`Overrides`] file.

mod compare;
mod fold;
mod name;
mod overrides;

pub use compare::{PairScore, score};
pub use name::{Forename, Name};
pub use overrides::{Overrides, Same};

/// Where a name stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Place {
    Body,
    Note,
    Byline,
}

/// One occurrence of a person's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Mention {
    /// The document's id.
    pub document: String,
    /// As written, line breaks mended: "President Jiang Zemin", "Mr. Zemin", "V.S. Myasnikov".
    pub form: String,
    pub place: Place,
    /// Byte offset in the raw text: the order of mentions within a document.
    pub at: usize,
}
