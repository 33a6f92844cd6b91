//! Metadata in file names, by a pattern such as `{date}_{author}_{title}`.

use regex::Regex;

use super::hints::Metadata;
use crate::{Error, Result, Stage};

/// How a corpus's file names are made up.
#[derive(Debug, Clone)]
pub struct FileNames {
    pattern: Regex,
    /// As it was typed.
    typed: String,
}

const FIELDS: [&str; 5] = ["title", "author", "date", "source", "any"];

impl FileNames {
    /// A pattern of text and fields in braces: `{title}`, `{author}`, `{date}`, `{source}`, and
    /// `{any}` for what says nothing. It stands for the whole name without its extension.
    ///
    /// # Errors
    /// `Stage::Settings` for an unknown field, one that stands twice, two without text between, or
    /// a brace that is not closed.
    pub fn parse(typed: &str) -> Result<FileNames> {
        let wrong = |what: String| {
            Error::new(Stage::Settings, format!("file_name = \"{typed}\": {what}")).remedy(
                "use {title}, {author}, {date}, {source} and {any} with text between them, as in \
                 \"{date}_{author}_{title}\"",
            )
        };
        let mut pattern = String::from("^");
        let mut rest = typed;
        let mut seen = Vec::new();
        let mut after_field = false;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('{') {
                let Some((field, next)) = inside.split_once('}') else {
                    return Err(wrong("a brace is not closed".to_owned()));
                };
                if !FIELDS.contains(&field) {
                    return Err(wrong(format!("there is no field {{{field}}}")));
                }
                if after_field {
                    return Err(wrong(format!(
                        "nothing parts {{{field}}} from the one before"
                    )));
                }
                pattern.push_str(&match field {
                    "any" => ".+?".to_owned(),
                    "date" => r"(?P<date>\d{4}(?:[-.]?\d{2}){0,2})".to_owned(),
                    _ => format!("(?P<{field}>.+?)"),
                });
                if field != "any" && seen.contains(&field) {
                    return Err(wrong(format!("{{{field}}} stands twice")));
                }
                seen.push(field);
                after_field = true;
                rest = next;
            } else {
                let end = rest.find('{').unwrap_or(rest.len());
                pattern.push_str(&regex::escape(&rest[..end]));
                after_field = false;
                rest = &rest[end..];
            }
        }
        if seen.is_empty() {
            return Err(wrong("it names no field".to_owned()));
        }
        pattern.push('$');
        let pattern =
            Regex::new(&pattern).map_err(|e| wrong("too long".to_owned()).caused_by(e))?;
        Ok(FileNames {
            pattern,
            typed: typed.to_owned(),
        })
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// What a path's name says; `None` where it does not fit the pattern.
    pub fn read(&self, path: &str) -> Option<Metadata> {
        let name = path.rsplit('/').next()?;
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let found = self.pattern.captures(stem)?;
        let words = |field: &str| {
            let text = found.name(field)?.as_str();
            // Names of files have no blanks for the most part.
            let parted = if text.contains(' ') {
                text.to_owned()
            } else {
                text.replace(['_', '+'], " ")
            };
            let parted = if parted.contains(' ') || field == "source" {
                parted
            } else {
                parted.replace('-', " ")
            };
            Some(parted.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        Some(Metadata {
            title: words("title"),
            authors: words("author")
                .map(|a| a.split(" and ").map(str::to_owned).collect())
                .unwrap_or_default(),
            date: found.name("date").map(|d| date(d.as_str())),
            source: words("source"),
        })
    }
}

/// "20140503" and "2014.05.03" as "2014-05-03".
fn date(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let parts = [digits.get(..4), digits.get(4..6), digits.get(6..8)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fits_gives_its_fields_and_another_none() {
        let names = FileNames::parse("{date}_{author}_{title}").unwrap();
        let found = names
            .read("essays/20140503_Anna-Lind_The-Ice-Road.pdf")
            .unwrap();
        assert_eq!(found.title.as_deref(), Some("The Ice Road"));
        assert_eq!(found.authors, ["Anna Lind"]);
        assert_eq!(found.date.as_deref(), Some("2014-05-03"));
        assert_eq!(names.read("notes.txt"), None);
    }

    #[test]
    fn a_wrong_pattern_is_an_error_with_a_remedy() {
        for typed in [
            "{date}{title}",
            "{year}",
            "{title",
            "plain",
            "{title}_{title}",
        ] {
            let error = FileNames::parse(typed).unwrap_err();
            assert!(error.remedy.is_some(), "{typed}");
        }
    }
}
