//! One person behind many spellings, within and across documents.
//!
//! [`Name`] takes a form apart, [`score`] compares two, [`unify`] joins all mentions of a run into
//! [`People`]. A person's corrections come from an [`Overrides`] file.

mod cluster;
mod compare;
mod east_asian;
mod fold;
mod name;
mod overrides;
mod unify;

pub use compare::{PairScore, score};
pub use name::{Forename, Name};
pub use overrides::{Overrides, Same};
pub use unify::unify;

use std::collections::HashMap;

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
    /// As written, line breaks mended: "President Xi Jinping", "Mr. Jinping", "V.S. Naipaul".
    pub form: String,
    pub place: Place,
    /// Byte offset in the raw text: the order of mentions within a document.
    pub at: usize,
}

/// A spelling of a person's name in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameForm {
    pub document: String,
    /// As in [`Mention::form`].
    pub form: String,
    /// How many mentions have it.
    pub count: usize,
}

/// Why two forms were taken for one person's.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinEvidence {
    pub a: String,
    pub b: String,
    /// 0 to 1, rounded to a thousandth.
    pub score: f64,
    /// "same-name", "romanisation", "near-spelling", "given-name-variant",
    /// "given-name-across-languages", "initials", "leading-initial-dropped", "order-swapped",
    /// "stretch-of-a-longer-name", "surname-alone", "title-and-given-name" or
    /// "said-to-be-the-same".
    pub rule: String,
}

/// One person behind all spellings.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Unique in the run; lower-case ASCII words joined by hyphens.
    pub id: String,
    /// The canonical name: the fullest form of the most frequent spelling, titles dropped.
    pub name: String,
    /// Sorted by document and form.
    pub forms: Vec<NameForm>,
    /// Sorted by the two forms.
    pub evidence: Vec<JoinEvidence>,
}

/// All persons of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct People {
    persons: Vec<Person>,
    /// Document and form to the index of the person.
    by_form: HashMap<String, HashMap<String, usize>>,
}

impl People {
    fn new(mut persons: Vec<Person>) -> Self {
        persons.sort_by(|a, b| a.id.cmp(&b.id));
        let mut by_form: HashMap<String, HashMap<String, usize>> = HashMap::new();
        for (at, person) in persons.iter().enumerate() {
            for form in &person.forms {
                let forms = by_form.entry(form.document.clone()).or_default();
                forms.insert(form.form.clone(), at);
            }
        }
        People { persons, by_form }
    }

    /// Sorted by id.
    pub fn persons(&self) -> &[Person] {
        &self.persons
    }

    /// Whom a form means in a document; the form as the mention has it.
    pub fn person(&self, document: &str, form: &str) -> Option<&Person> {
        let at = *self.by_form.get(document)?.get(form)?;
        self.persons.get(at)
    }
}
