//! Gold annotations as they are kept in JSON.

use std::path::Path;

use serde::Deserialize;

use crate::analysis::Piece;
use crate::{Error, Result, Stage};

/// The annotations of one document. Fields that only explain are passed over.
#[derive(Debug, Clone, Deserialize)]
pub struct Gold {
    /// The text's file name.
    pub document: String,
    pub labels: Vec<String>,
    pub quotes: Vec<GoldQuote>,
    #[serde(default)]
    pub optional: Vec<Piece>,
    #[serde(default)]
    pub not_quotations: Vec<Piece>,
    #[serde(default)]
    pub same_person: Vec<GoldPerson>,
    #[serde(default)]
    pub different_people: Vec<Vec<String>>,
    #[serde(default)]
    pub footnotes: Vec<GoldNote>,
    #[serde(default)]
    pub footnote_back_references: Vec<GoldBackReference>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct GoldQuote {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub speaker: String,
    #[serde(default)]
    pub also_accepted: Vec<String>,
    pub stance: String,
    #[serde(default)]
    pub also_accepted_stance: Vec<String>,
    pub content: Vec<Piece>,
    #[serde(default)]
    pub also_accepted_content: Vec<Vec<Piece>>,
}

impl GoldQuote {
    /// The content's extent and the others that count as right.
    pub fn extents(&self) -> impl Iterator<Item = &Vec<Piece>> {
        std::iter::once(&self.content).chain(&self.also_accepted_content)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct GoldPerson {
    pub canonical: String,
    pub forms: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct GoldNote {
    pub number: u32,
    pub start: usize,
    pub marker: Piece,
}

#[derive(Debug, Clone, Deserialize)]
pub struct GoldBackReference {
    pub note: u32,
    pub refers_to: u32,
}

/// All `*.json` of a folder, by file name.
///
/// # Errors
/// A folder that cannot be read or holds no gold; a file that is no gold, with its line.
pub fn read_folder(folder: &Path) -> Result<Vec<Gold>> {
    let unreadable = |e: std::io::Error| {
        Error::new(Stage::Eval, "cannot read the gold folder")
            .caused_by(e)
            .at_path(folder)
            .remedy("name a folder of gold JSON files with --gold")
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == "json") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Error::new(Stage::Eval, "no gold here")
            .at_path(folder)
            .remedy("name a folder of gold JSON files with --gold"));
    }
    files
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).map_err(unreadable)?;
            serde_json::from_str(&text).map_err(|e| {
                Error::new(Stage::Eval, "this is not gold in the expected shape")
                    .at(format!("{}:{}", path.display(), e.line()))
                    .caused_by(e)
                    .remedy("compare it with the files in tests/gold")
            })
        })
        .collect()
}
