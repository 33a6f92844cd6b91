//! `corpus.toml` and `corpus.csv`: what a person says of the documents beside them. It overrides all
//! that the documents say of themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::discover::Input;
use super::hints::Metadata;
use crate::{Error, Result, Stage};

/// What is said of each file.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    by_file: BTreeMap<PathBuf, Metadata>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    document: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Relative to the folder of the table.
    file: String,
    title: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    date: Option<toml::Value>,
    source: Option<String>,
}

const COLUMNS: [&str; 5] = ["file", "title", "authors", "date", "source"];

impl Catalogue {
    /// Reads the tables in the folders of the inputs. The second result warns of rows that name no
    /// file.
    ///
    /// # Errors
    /// `Stage::Settings` for a table with a mistake; the error gives its line.
    pub fn read(inputs: &[Input]) -> Result<(Catalogue, Vec<String>)> {
        let folders: BTreeSet<&Path> = inputs.iter().filter_map(|i| i.file.parent()).collect();
        let mut catalogue = Catalogue::default();
        let mut warnings = Vec::new();
        for folder in folders {
            for (name, parse) in [
                (
                    "corpus.csv",
                    parse_csv as fn(&str, &str) -> Result<Vec<Entry>>,
                ),
                ("corpus.toml", parse_toml),
            ] {
                let path = folder.join(name);
                let place = path.display().to_string();
                let text = match std::fs::read_to_string(&path) {
                    Ok(text) => text,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(e) => {
                        return Err(Error::new(Stage::Settings, "cannot be read")
                            .at(place)
                            .caused_by(e)
                            .remedy("make it readable UTF-8, or move it away"));
                    }
                };
                for entry in parse(text.trim_start_matches('\u{feff}'), &place)? {
                    let file = folder.join(&entry.file);
                    if !file.is_file() {
                        warnings.push(format!("{place}: there is no file {}", entry.file));
                        continue;
                    }
                    let said = entry.metadata();
                    let known = catalogue.by_file.remove(&file).unwrap_or_default();
                    catalogue.by_file.insert(file, said.or(known));
                }
            }
        }
        Ok((catalogue, warnings))
    }

    /// What is said of a file.
    pub fn of(&self, file: &Path) -> Option<&Metadata> {
        self.by_file.get(file)
    }
}

impl Entry {
    fn metadata(self) -> Metadata {
        let filled = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
        let date = self.date.map(|d| match d {
            toml::Value::String(text) => text,
            other => other.to_string(),
        });
        Metadata {
            title: filled(self.title),
            authors: self.authors,
            date: filled(date),
            source: filled(self.source),
        }
    }
}

fn parse_toml(text: &str, place: &str) -> Result<Vec<Entry>> {
    let file: File = toml::from_str(text).map_err(|e| {
        let before = e.span().and_then(|span| text.get(..span.start));
        let line = before.unwrap_or("").matches('\n').count() + 1;
        Error::new(Stage::Settings, e.message())
            .at(format!("{place}:{line}"))
            .remedy("each [[document]] has file, and title, authors, date or source")
    })?;
    Ok(file.document)
}

/// Columns as [`COLUMNS`], in any order; several authors are parted by semicolons.
fn parse_csv(text: &str, place: &str) -> Result<Vec<Entry>> {
    let remedy = format!("the columns are {}", COLUMNS.join(", "));
    let wrong = |line: u64, what: String| {
        Error::new(Stage::Settings, what)
            .at(format!("{place}:{line}"))
            .remedy(remedy.clone())
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = reader
        .headers()
        .map_err(|e| wrong(1, "cannot be read".to_owned()).caused_by(e))?
        .clone();
    if let Some(unknown) = columns.iter().find(|c| !COLUMNS.contains(c)) {
        return Err(wrong(1, format!("there is no column {unknown}")));
    }
    if !columns.iter().any(|c| c == "file") {
        return Err(wrong(1, "the column file is missing".to_owned()));
    }
    let mut entries = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|e| {
            let line = e.position().map_or(1, csv::Position::line);
            wrong(line, "cannot be read".to_owned()).caused_by(e)
        })?;
        let line = row.position().map_or(1, csv::Position::line);
        let cell = |name: &str| -> Option<String> {
            let at = columns.iter().position(|c| c == name)?;
            row.get(at).filter(|c| !c.is_empty()).map(str::to_owned)
        };
        let file = cell("file").ok_or_else(|| wrong(line, "the row names no file".to_owned()))?;
        entries.push(Entry {
            file,
            title: cell("title"),
            authors: cell("authors")
                .map(|a| a.split(';').map(|n| n.trim().to_owned()).collect())
                .unwrap_or_default(),
            date: cell("date").map(toml::Value::String),
            source: cell("source"),
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::discover;

    #[test]
    fn both_tables_are_read_and_a_row_without_a_file_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), "text").unwrap();
        let toml = "[[document]]\nfile = \"a.txt\"\ntitle = \"A\"\ndate = 2014-05-03\n";
        std::fs::write(folder.path().join("corpus.toml"), toml).unwrap();
        let csv = "file,title,authors\na.txt,Z,Anna Lind; Bo Ek\ngone.pdf,G,\n";
        std::fs::write(folder.path().join("corpus.csv"), csv).unwrap();
        let inputs = discover(&[folder.path().to_owned()]).unwrap();
        let (catalogue, warnings) = Catalogue::read(&inputs).unwrap();
        let said = catalogue.of(&inputs[0].file).unwrap();
        assert_eq!(said.title.as_deref(), Some("A"));
        assert_eq!(said.authors, ["Anna Lind", "Bo Ek"]);
        assert_eq!(said.date.as_deref(), Some("2014-05-03"));
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn a_mistake_is_an_error_at_its_line() {
        for (text, place) in [
            ("[[document]]\nfile = \"a\"\ncolour = 1\n", "t:3"),
            ("[[document]]\ntitle = \"a\"\n", "t:1"),
        ] {
            assert_eq!(
                parse_toml(text, "t").unwrap_err().place.as_deref(),
                Some(place)
            );
        }
        for (text, place) in [
            ("file,colour\na,b\n", "t:1"),
            ("title\na\n", "t:1"),
            ("file,title\na,b\nc\n", "t:3"),
            ("file,title\n,b\n", "t:2"),
        ] {
            assert_eq!(
                parse_csv(text, "t").unwrap_err().place.as_deref(),
                Some(place)
            );
        }
    }
}
