//! One person behind many spellings, within and across documents.

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
pub struct People; pub struct Person { pub name: String, pub id: String }
impl People { pub fn person(&self, _d:&str, _f:&str)->Option<&Person>{None} }
