//! What a person knows better: `people.toml`.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::name::Name;
use crate::lexicon;
use crate::{Error, Result, Stage};

/// Corrections to [`unify`](super::unify).
///
/// ```toml
/// # people.toml
/// [[same]]                                  # one person, whatever the rules say
/// names = ["Lewis Carroll", "Charles Dodgson"]
/// canonical = "Lewis Carroll"               # the name to show (optional)
/// id = "carroll"                            # the id to use (optional)
///
/// [[different]]                             # never joined
/// names = ["A. Petrov", "Anton Petrov"]
/// ```
///
/// A name covers the forms that are written so, titles aside, in every document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    pub same: Vec<Same>,
    /// Names that are each another person.
    pub different: Vec<Vec<String>>,
}

/// Names of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Same {
    pub names: Vec<String>,
    pub canonical: Option<String>,
    pub id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    same: Vec<SameEntry>,
    #[serde(default)]
    different: Vec<DifferentEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SameEntry {
    names: Spanned<Vec<String>>,
    canonical: Option<String>,
    id: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DifferentEntry {
    names: Spanned<Vec<String>>,
}

/// The form of a name by which overrides find it.
pub(super) fn override_key(form: &str) -> String {
    lexicon::key(&Name::parse(form).to_string()).replace('.', "")
}

impl Overrides {
    /// Reads `people.toml`.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Overrides::parse`].
    pub fn load(path: &Path) -> Result<Overrides> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(Stage::People, "cannot read the names file")
                .at_path(path)
                .caused_by(error)
        })?;
        Overrides::parse(&text, &path.display().to_string())
    }

    /// Parses the text of `people.toml`; `place` names it in errors.
    ///
    /// # Errors
    /// On a syntax error, an unknown key, a list of fewer than two names (one is enough beside
    /// `canonical` or `id`), an id that is not lower-case letters, digits and hyphens or that
    /// stands twice, and names that are both `same` and `different`. The error gives the line.
    pub fn parse(text: &str, place: &str) -> Result<Overrides> {
        let line = |at: usize| {
            let before = text.get(..at).unwrap_or(text);
            format!("{place}:{}", before.matches('\n').count() + 1)
        };
        let fail = |at: usize, message: &str| Err(Error::new(Stage::People, message).at(line(at)));
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Error::new(Stage::People, error.message().to_owned()).at(line(at))
        })?;
        let mut overrides = Overrides::default();
        let mut ids: Vec<String> = Vec::new();
        for entry in file.same {
            let at = entry.names.span().start;
            let names = entry.names.into_inner();
            let enough = usize::from(entry.canonical.is_none() && entry.id.is_none()) + 1;
            if names.len() < enough {
                return fail(at, "`same` needs at least two names");
            }
            if let Some(id) = &entry.id {
                let ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if id.get_ref().is_empty() || !id.get_ref().chars().all(ok) {
                    return fail(
                        id.span().start,
                        "an id is lower-case letters, digits and hyphens",
                    );
                }
                if ids.contains(id.get_ref()) {
                    return fail(id.span().start, "this id is given to two persons");
                }
                ids.push(id.get_ref().clone());
            }
            overrides.same.push(Same {
                names,
                canonical: entry.canonical,
                id: entry.id.map(Spanned::into_inner),
            });
        }
        for entry in file.different {
            let at = entry.names.span().start;
            let names = entry.names.into_inner();
            if names.len() < 2 {
                return fail(at, "`different` needs at least two names");
            }
            let keys: Vec<String> = names.iter().map(|name| override_key(name)).collect();
            let both = overrides.same.iter().any(|same| {
                let shared = same.names.iter().map(|name| override_key(name));
                shared.filter(|key| keys.contains(key)).count() > 1
            });
            if both {
                return fail(at, "these names are also said to be `same`");
            }
            overrides.different.push(names);
        }
        Ok(overrides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_the_names_file_points_at_its_line() {
        for (text, place) in [
            (
                "[[same]]\nnames = [\"A B\", \"C D\"]\ncolour = 1\n",
                "people.toml:3",
            ),
            ("[[same]]\nnames = [\"A B\"]\n", "people.toml:2"),
            ("\n\n[[different]]\nnames = []\n", "people.toml:4"),
            (
                "[[same]]\nnames = [\"A B\", \"C D\"]\nid = \"No Good\"\n",
                "people.toml:3",
            ),
            (
                "[[same]]\nnames = [\"A B\", \"C D\"]\n[[different]]\nnames = [\"C D\", \"A B\"]\n",
                "people.toml:4",
            ),
        ] {
            let error = Overrides::parse(text, "people.toml").unwrap_err();
            assert_eq!(error.place.as_deref(), Some(place), "{error}");
        }
        let good = "[[same]]\nnames = [\"A B\"]\ncanonical = \"Anna B\"\n";
        assert_eq!(Overrides::parse(good, "people.toml").unwrap().same.len(), 1);
        assert_eq!(
            Overrides::parse("", "people.toml").unwrap(),
            Overrides::default()
        );
    }
}
