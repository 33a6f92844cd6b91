//! Which files are documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::{Error, Result, Stage};

/// A document that is to be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// Unique in the run and fit for a file name: the file's stem, with more of its path where two
    /// stems are alike.
    pub id: String,
    /// Relative to the folder that was given (for a file: its name), with forward slashes.
    pub path: String,
    pub file: PathBuf,
}

/// The documents under `paths`, sorted by id: files as they are named, folders with all they hold,
/// save hidden files, `README*`, `corpus.toml`, `corpus.csv` and the results of earlier runs. A
/// folder inside that cannot be read is listed as if it were a document, so that its reading fails.
///
/// # Errors
/// A path that does not exist; no document at all.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<Input>> {
    let mut found: BTreeMap<PathBuf, String> = BTreeMap::new();
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|e| {
            Error::new(Stage::Load, "no such file or folder")
                .caused_by(e)
                .at_path(path)
                .remedy("check the path")
        })?;
        if meta.is_dir() {
            walk(path, path, &mut found, &mut BTreeSet::new());
        } else {
            let name = path
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            found.insert(path.clone(), name);
        }
    }
    if found.is_empty() {
        let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        return Err(Error::new(Stage::Load, "no documents here")
            .at(names.join(", "))
            .remedy("put text files there, or name another folder"));
    }
    Ok(with_ids(found))
}

fn walk(
    root: &Path,
    folder: &Path,
    found: &mut BTreeMap<PathBuf, String>,
    visited: &mut BTreeSet<PathBuf>,
) {
    // A link back to a parent would walk for ever.
    let entries = std::fs::canonicalize(folder).and_then(|real| {
        if !visited.insert(real) {
            return Ok(Vec::new());
        }
        let entries = std::fs::read_dir(folder)?;
        entries
            .map(|entry| entry.map(|e| e.path()))
            .collect::<std::io::Result<Vec<PathBuf>>>()
    });
    let Ok(mut entries) = entries else {
        // It is listed, and its reading says why it fails.
        found.insert(folder.to_owned(), relative(root, folder));
        return;
    };
    entries.sort();
    for path in entries {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        if path.is_dir() {
            // What a run left there is no essay.
            if !name.starts_with('.') && !path.join(".stancemap").is_dir() {
                walk(root, &path, found, visited);
            }
        } else if is_document(&name) {
            let relative = relative(root, &path);
            found.insert(path, relative);
        }
    }
}

/// With forward slashes; a folder that was itself given keeps its name.
fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let shown = if inside.as_os_str().is_empty() {
        path.file_name().map_or(path, Path::new)
    } else {
        inside
    };
    shown.to_string_lossy().replace('\\', "/")
}

fn is_document(name: &str) -> bool {
    !(name.starts_with('.')
        || name.to_ascii_uppercase().starts_with("README")
        || name.eq_ignore_ascii_case("corpus.toml")
        || name.eq_ignore_ascii_case("corpus.csv"))
}

/// Gives each file an id that does not depend on the order in which paths were named.
fn with_ids(found: BTreeMap<PathBuf, String>) -> Vec<Input> {
    let mut files: Vec<(String, PathBuf)> = found.into_iter().map(|(f, p)| (p, f)).collect();
    files.sort();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for (path, _) in &files {
        *taken.entry(slug(stem(path))).or_default() += 1;
    }
    let mut used = BTreeSet::new();
    let mut inputs: Vec<Input> = files
        .into_iter()
        .map(|(path, file)| {
            let short = slug(stem(&path));
            let base = if taken.get(&short) == Some(&1) {
                short
            } else {
                slug(&path)
            };
            let mut id = base.clone();
            let mut n = 2;
            while !used.insert(id.clone()) {
                id = format!("{base}-{n}");
                n += 1;
            }
            Input { id, path, file }
        })
        .collect();
    inputs.sort();
    inputs
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rfind('.') {
        Some(dot) if dot > 0 => &name[..dot],
        _ => name,
    }
}

/// Letters, digits, `-`, `_` and `.` stay; everything else becomes `-`.
fn slug(text: &str) -> String {
    let slug: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    let slug = slug.trim_matches(|c| c == '-' || c == '.');
    if slug.is_empty() {
        "document".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_in_two_folders_get_two_ids_and_readmes_none() {
        let dir = tempfile::tempdir().unwrap();
        for (folder, name) in [
            ("a", "essay.txt"),
            ("b", "essay.txt"),
            ("a", "README.md"),
            ("a", ".x"),
        ] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
            std::fs::write(dir.path().join(folder).join(name), "text").unwrap();
        }
        let ids: Vec<String> = discover(&[dir.path().to_owned()])
            .unwrap()
            .into_iter()
            .map(|i| i.id)
            .collect();
        assert_eq!(ids, ["a-essay.txt", "b-essay.txt"]);
    }

    #[test]
    fn a_folder_without_documents_and_a_missing_path_are_errors_with_a_remedy() {
        let dir = tempfile::tempdir().unwrap();
        assert!(discover(&[dir.path().to_owned()]).is_err_and(|e| e.remedy.is_some()));
        assert!(discover(&[dir.path().join("none")]).is_err_and(|e| e.remedy.is_some()));
    }
}
