//! What one document's reading cost, kept beside the results: `OUT/.stancemap/cache/ID.entry`.
//!
//! An entry is a line `stancemap-cache FORMAT SHA256 LENGTH`, then `LENGTH` bytes of JSON, then the
//! vectors as little-endian `f32`. The hash is over all that follows the line, so that a damaged
//! entry is seen; it is then ignored, as is one with another key.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::document::Draft;
use crate::load::sha256_hex;

const FORMAT: &str = "stancemap-cache 1";

/// A document that is read, embedded and called.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// With every stance in it.
    pub draft: Draft,
    /// Of the record's quotations, in their order; all of one length.
    pub vectors: Vec<Vec<f32>>,
}

#[derive(Serialize, Deserialize)]
struct Head<D> {
    key: String,
    rows: usize,
    columns: usize,
    draft: D,
}

/// The entries of an output folder that were made with the same program, model and scheme.
pub struct Cache {
    folder: PathBuf,
    fingerprint: String,
    fresh: bool,
}

impl Cache {
    /// `fingerprint` stands for everything but the document that changes an entry; a `fresh` cache
    /// finds nothing, and is written all the same.
    pub fn new(out: &Path, fingerprint: String, fresh: bool) -> Cache {
        Cache {
            folder: out.join(".stancemap/cache"),
            fingerprint,
            fresh,
        }
    }

    /// `id`, `path` and `sha256` as in the document's record; `said` is what was said of it outside
    /// of its file.
    pub fn find(&self, id: &str, path: &str, sha256: &str, said: &str) -> Option<Entry> {
        if self.fresh {
            return None;
        }
        let bytes = fs::read(self.path(id)).ok()?;
        decode(&bytes, &self.key(id, path, sha256, said))
    }

    /// A cache that cannot be written costs time at the next run, and nothing else.
    pub fn keep(&self, entry: &Entry, said: &str) {
        let record = &entry.draft.record;
        let key = self.key(&record.id, &record.path, &record.sha256, said);
        if let Some(bytes) = encode(entry, &key) {
            let _ = write_whole(&self.path(&record.id), &bytes);
        }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.entry"))
    }

    fn key(&self, id: &str, path: &str, sha256: &str, said: &str) -> String {
        sha256_hex(
            [&self.fingerprint, id, path, sha256, said]
                .join("\n")
                .as_bytes(),
        )
    }
}

fn encode(entry: &Entry, key: &str) -> Option<Vec<u8>> {
    let head = Head {
        key: key.to_owned(),
        rows: entry.vectors.len(),
        columns: entry.vectors.first().map_or(0, Vec::len),
        draft: &entry.draft,
    };
    let mut body = serde_json::to_vec(&head).ok()?;
    let length = body.len();
    body.extend(entry.vectors.iter().flatten().flat_map(|x| x.to_le_bytes()));
    let mut bytes = format!("{FORMAT} {} {length}\n", sha256_hex(&body)).into_bytes();
    bytes.extend(body);
    Some(bytes)
}

/// `None` for anything but a whole entry with this key.
fn decode(bytes: &[u8], key: &str) -> Option<Entry> {
    let end = bytes.iter().position(|&b| b == b'\n')?;
    let line = std::str::from_utf8(&bytes[..end]).ok()?;
    let (hash, length) = line.strip_prefix(FORMAT)?.trim_start().split_once(' ')?;
    let body = &bytes[end + 1..];
    if sha256_hex(body) != hash {
        return None;
    }
    let (json, numbers) = body.split_at_checked(length.parse().ok()?)?;
    let head: Head<Draft> = serde_json::from_slice(json).ok()?;
    let size = head.rows.checked_mul(head.columns)?.checked_mul(4)?;
    if head.key != key || size != numbers.len() {
        return None;
    }
    let numbers: Vec<f32> = numbers
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let vectors = numbers
        .chunks_exact(head.columns.max(1))
        .map(<[f32]>::to_vec)
        .collect();
    Some(Entry {
        draft: head.draft,
        vectors,
    })
}

/// Writes a file whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".stancemap-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::load::Source;

    fn source(raw: &str) -> Source {
        Source {
            id: "essay".to_owned(),
            path: "essay.txt".to_owned(),
            sha256: sha256_hex(raw.as_bytes()),
            raw: raw.to_owned(),
            encoding: "UTF-8".to_owned(),
            warnings: Vec::new(),
            ..Source::default()
        }
    }

    #[test]
    fn an_entry_comes_back_whole_and_not_for_another_text_or_model_nor_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), "model a".to_owned(), false);
        let one = source("A text. It has two sentences.");
        let find = |cache: &Cache, s: &Source| cache.find(&s.id, &s.path, &s.sha256, "");
        let entry = Entry {
            draft: document::read(&one),
            vectors: vec![vec![0.1, -2.5e-8], vec![1.0, f32::MIN_POSITIVE]],
        };
        cache.keep(&entry, "");
        assert_eq!(find(&cache, &one), Some(entry));
        assert_eq!(find(&cache, &source("Another text.")), None);
        let retitled = cache.find(&one.id, &one.path, &one.sha256, "another title");
        assert_eq!(retitled, None);
        let other = Cache::new(folder.path(), "model b".to_owned(), false);
        assert_eq!(find(&other, &one), None);
        let fresh = Cache::new(folder.path(), "model a".to_owned(), true);
        assert_eq!(find(&fresh, &one), None);

        let path = cache.path("essay");
        let whole = fs::read(&path).unwrap();
        for at in [0, 20, 120, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert_eq!(find(&cache, &one), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(find(&cache, &one), None, "cut at {at}");
        }
    }
}
