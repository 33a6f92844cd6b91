//! A block of metadata before a text, between lines of `---` (YAML) or `+++` (TOML), and what of
//! it, and of a format's own properties, can be believed.

use super::hints::Metadata;

/// The block's metadata and the byte where the text after it begins; `None` where there is none.
///
/// Of YAML the part that such blocks use is read: `key: value`, lists in brackets or by dashes, and
/// `name:` inside a list's items.
pub(super) fn read(text: &str) -> Option<(Metadata, usize)> {
    let fence = ["---", "+++"].into_iter().find(|f| text.starts_with(f))?;
    let first = text.find('\n')?;
    if text[..first].trim_end() != fence {
        return None;
    }
    let mut at = first + 1;
    for line in text[at..].split_inclusive('\n') {
        let end = at + line.len();
        let mark = line.trim_end();
        if mark == fence || (fence == "---" && mark == "...") {
            let block = &text[first + 1..at];
            let metadata = if fence == "---" {
                yaml(block)?
            } else {
                toml_block(block)?
            };
            return Some((metadata, end));
        }
        if at - first > LONGEST {
            return None;
        }
        at = end;
    }
    None
}

/// A block longer than this, in bytes, is text between two rules.
const LONGEST: usize = 16 * 1024;

/// The field of [`Metadata`] that a key names, and its values.
fn set(metadata: &mut Metadata, key: &str, values: Vec<String>) {
    let values: Vec<String> = values.into_iter().filter(|v| !v.is_empty()).collect();
    let Some(first) = values.first().cloned() else {
        return;
    };
    match key.to_ascii_lowercase().as_str() {
        "title" => metadata.title = Some(first),
        "subtitle" => {
            if let Some(title) = &mut metadata.title {
                *title = format!("{title}: {first}");
            }
        }
        "author" | "authors" | "by" | "byline" => {
            metadata.authors = if values.len() > 1 {
                values
            } else {
                names(&first)
            };
        }
        "date" | "published" | "publication_date" | "year" => metadata.date = Some(day(&first)),
        "source" | "journal" | "publication" | "publisher" | "container-title" | "institute"
        | "website" => {
            metadata.source.get_or_insert(first);
        }
        _ => {}
    }
}

fn yaml(block: &str) -> Option<Metadata> {
    let mut metadata = Metadata::default();
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    for line in block.lines() {
        let inner = line.trim();
        if inner.is_empty() || inner.starts_with('#') {
            continue;
        }
        let indented = line.starts_with([' ', '\t']) || inner.starts_with("- ");
        if indented {
            let (_, values) = fields.last_mut()?;
            let item = inner.strip_prefix("- ").unwrap_or(inner).trim();
            match item.split_once(": ") {
                Some(("name", name)) => values.push(unquoted(name)),
                // Affiliation, mail address and the like.
                Some(_) if !inner.starts_with("- ") => {}
                _ if inner.starts_with("- ") => values.push(unquoted(item)),
                _ => {
                    if let Some(last) = values.last_mut() {
                        *last = format!("{last} {item}").trim().to_owned();
                    } else {
                        values.push(unquoted(item));
                    }
                }
            }
            continue;
        }
        let (key, value) = inner.split_once(':')?;
        if key.contains(char::is_whitespace) {
            return None;
        }
        let value = value.trim();
        let list = value.strip_prefix('[').and_then(|v| v.strip_suffix(']'));
        let values = match list {
            Some(items) => items.split(',').map(unquoted).collect(),
            None if matches!(value, "" | "|" | ">" | ">-" | "|-") => Vec::new(),
            None => vec![unquoted(value)],
        };
        fields.push((key.to_owned(), values));
    }
    if fields.is_empty() {
        return None;
    }
    for (key, values) in fields {
        set(&mut metadata, &key, values);
    }
    Some(metadata)
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value
            .strip_prefix(quote)
            .and_then(|v| v.strip_suffix(quote))
        {
            return inner.to_owned();
        }
    }
    value.split(" #").next().unwrap_or(value).trim().to_owned()
}

fn toml_block(block: &str) -> Option<Metadata> {
    let table: toml::Table = toml::from_str(block).ok()?;
    let mut metadata = Metadata::default();
    // A subtitle needs its title first.
    let (titles, others): (Vec<_>, Vec<_>) = table.into_iter().partition(|(k, _)| k == "title");
    for (key, value) in titles.into_iter().chain(others) {
        let text = |v: &toml::Value| match v {
            toml::Value::String(s) => s.clone(),
            toml::Value::Table(t) => t
                .get("name")
                .and_then(toml::Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            other => other.to_string(),
        };
        let values = match &value {
            toml::Value::Array(items) => items.iter().map(text).collect(),
            other => vec![text(other)],
        };
        set(&mut metadata, &key, values);
    }
    Some(metadata)
}

/// The day of a time stamp; anything else as it stands.
pub(super) fn day(date: &str) -> String {
    let date = date.trim();
    let iso = date.get(..10).filter(|d| {
        let bytes = d.as_bytes();
        d.bytes().all(|b| b.is_ascii_digit() || b == b'-') && bytes[4] == b'-' && bytes[7] == b'-'
    });
    iso.unwrap_or(date).to_owned()
}

/// The names in a list of authors, "A and B", "A; B", "A, B", "Last, First"; none where a program
/// or an account stands in their place.
pub(super) fn authors(text: &str) -> Vec<String> {
    let names = names(text);
    if names.iter().all(|n| is_persons_name(n)) {
        names
    } else {
        Vec::new()
    }
}

fn names(text: &str) -> Vec<String> {
    let text = text
        .trim()
        .trim_start_matches("By ")
        .trim_start_matches("by ");
    let parts = text
        .split([';', '|', '&'])
        .flat_map(|p| p.split(" and "))
        .map(str::trim)
        .filter(|p| !p.is_empty());
    let mut names = Vec::new();
    for part in parts {
        let commas: Vec<&str> = part
            .split(',')
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .collect();
        match commas[..] {
            [last, first] if !last.contains(' ') || !first.contains(' ') => {
                names.push(format!("{first} {last}"));
            }
            _ => names.extend(commas.iter().map(|c| (*c).to_owned())),
        }
    }
    names
}

fn is_persons_name(name: &str) -> bool {
    let words = name.split_whitespace().count();
    (2..=6).contains(&words)
        && name
            .chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || !c.is_ascii())
        && !name.contains(['@', '/', '_'])
        && !name.chars().any(|c| c.is_ascii_digit())
        && !["Microsoft", "Adobe", "User", "Admin", "Office"]
            .iter()
            .any(|w| name.split_whitespace().any(|n| n.eq_ignore_ascii_case(w)))
}

/// Whether a title was given by a person, and is no file name or a program's default.
pub(super) fn is_title(title: &str) -> bool {
    let lower = title.trim().to_lowercase();
    let file = [
        ".doc", ".docx", ".pdf", ".indd", ".qxd", ".tex", ".dvi", ".rtf", ".odt", ".html",
    ]
    .iter()
    .any(|e| lower.ends_with(e));
    (3..=300).contains(&lower.chars().count())
        && !file
        && lower.chars().filter(|c| c.is_alphabetic()).count() >= 3
        && ![
            "microsoft word",
            "untitled",
            "powerpoint presentation",
            "document1",
            "slide 1",
        ]
        .iter()
        .any(|d| lower.starts_with(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_in_each_of_its_forms() {
        for (text, title, authors, date) in [
            (
                "---\ntitle: \"Ports: A View\"\nauthor: Anna Lind and Bo Ek\ndate: 2014-05-03T10:00:00Z\n---\nText",
                "Ports: A View",
                vec!["Anna Lind", "Bo Ek"],
                "2014-05-03",
            ),
            (
                "---\ntitle: Ports\nauthors:\n  - name: Anna Lind\n    affiliation: Harbour House\n  - Bo Ek\nyear: 2014\n...\nText",
                "Ports",
                vec!["Anna Lind", "Bo Ek"],
                "2014",
            ),
            (
                "+++\ntitle = \"Ports\"\nauthors = [\"Anna Lind\"]\ndate = 2014-05-03\n+++\nText",
                "Ports",
                vec!["Anna Lind"],
                "2014-05-03",
            ),
        ] {
            let (metadata, end) = read(text).unwrap();
            assert_eq!(metadata.title.as_deref(), Some(title));
            assert_eq!(metadata.authors, authors);
            assert_eq!(metadata.date.as_deref(), Some(date));
            assert_eq!(&text[end..], "Text");
        }
    }

    #[test]
    fn text_between_rules_is_no_block() {
        for text in [
            "---\nHe left. She stayed\n---\n",
            "---\nkey: open",
            "--- a\nb: c\n---\n",
            "Text\n---\na: b\n---\n",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn names_come_apart_and_programs_are_no_authors() {
        for (text, expected) in [
            ("Lind, Anna", vec!["Anna Lind"]),
            ("Anna Lind, Bo Ek", vec!["Anna Lind", "Bo Ek"]),
            ("Lind, Anna; Ek, Bo", vec!["Anna Lind", "Bo Ek"]),
            ("admin", vec![]),
            ("Microsoft Office User", vec![]),
            ("user@example.org", vec![]),
        ] {
            assert_eq!(authors(text), expected, "{text}");
        }
        assert!(is_title("The Corridor"));
        assert!(!is_title("Microsoft Word - draft3.doc"));
    }
}
