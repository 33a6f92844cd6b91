//! The names that a citation begins with.

use crate::lexicon;
use crate::quote::names::{self, NameIndex};
use crate::quote::tokens;
use crate::text::Span;

/// The authors that a citation begins with, and what follows them.
pub(super) fn authors<'a>(text: &'a str, index: &NameIndex) -> (Vec<String>, &'a str) {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let end = name_end(rest);
        let piece = rest[..end].trim();
        let parts: Vec<&str> = piece
            .split(" and ")
            .flat_map(|p| p.split(" & "))
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .collect();
        let read: Vec<Option<String>> = parts.iter().map(|p| whole_name(p, index)).collect();
        if parts.is_empty() || read.iter().any(Option::is_none) {
            // "Olsen, Maria, …": the surname first.
            if names.is_empty()
                && parts.len() == 1
                && let Some((name, after)) = surname_first(rest)
            {
                return (vec![name], after);
            }
            return (names, rest);
        }
        // "Nadia Karim, Closed Ports": a further name shows that it is one.
        if !names.is_empty() && parts.len() == 1 && !shows_a_name(parts[0]) {
            return (names, rest);
        }
        names.extend(read.into_iter().flatten());
        rest = &rest[end..];
        let closed = !rest.starts_with(',') || parts.len() > 1;
        rest = rest.trim_start_matches([',', '.', ' ', ':']);
        for word in ["eds.", "ed.", "editors,", "et al.,", "et al."] {
            rest = rest
                .strip_prefix(word)
                .unwrap_or(rest)
                .trim_start_matches([',', ' ']);
        }
        if closed || names.len() >= 6 || rest.is_empty() {
            return (names, rest);
        }
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
}

/// A given name, initials or a title at the beginning.
fn shows_a_name(text: &str) -> bool {
    let text = text.strip_prefix("and ").unwrap_or(text);
    text.split_whitespace().next().is_some_and(|w| {
        let initial = w.chars().count() <= 5 && w.ends_with('.');
        initial || lexicon::is_given_name(w) || lexicon::title(w).is_some()
    })
}

/// Where the first name of a citation may end: a comma, a mark, or a full stop that is no initial's.
fn name_end(text: &str) -> usize {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (k, &(i, c)) in chars.iter().enumerate() {
        match c {
            ',' | ';' | ':' | '“' | '"' | '(' | '[' | '‘' | '<' | '?' => return i,
            '.' => {
                let word_start = text[..i].rfind([' ', '.', '-']).map_or(0, |p| p + 1);
                let word = &text[word_start..i];
                let initial = word.chars().count() <= 2
                    && word.chars().next().is_some_and(char::is_uppercase);
                let title = lexicon::title(&format!("{word}.")).is_some()
                    || matches!(word, "al" | "Jr" | "Sr" | "ret" | "Ret");
                if !initial && !title && chars.get(k + 1).is_none_or(|n| n.1 == ' ') {
                    return i;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// The text as a person's name, if all of it is one.
fn whole_name(text: &str, index: &NameIndex) -> Option<String> {
    let text = text.trim_end_matches(" et al").trim_end_matches(" et al.");
    if text.split_whitespace().count() > 7 {
        return None;
    }
    let tokens = tokens::tokenise(text, Span::new(0, text.len()));
    let found = names::find(&tokens, index);
    let name = found.first().filter(|_| found.len() == 1)?;
    let whole = name.with_titles.start == 0 && name.with_titles.end == tokens.len();
    (whole && name.name.contains(' ')).then(|| name.name.clone())
}

fn surname_first(text: &str) -> Option<(String, &str)> {
    let comma = text.find(',')?;
    let surname = text[..comma].trim();
    let after = &text[comma + 1..];
    let end = name_end(after.trim_start()) + (after.len() - after.trim_start().len());
    let given = after[..end].trim();
    let words = given.split_whitespace().count();
    let fits = surname.split_whitespace().count() <= 2
        && (1..=2).contains(&words)
        && given
            .split_whitespace()
            .next()
            .is_some_and(|g| lexicon::is_given_name(g.trim_end_matches('.')))
        && surname.chars().next().is_some_and(char::is_uppercase)
        && !lexicon::is_organisation(surname)
        && !lexicon::is_place(surname);
    fits.then(|| {
        (
            format!("{given} {surname}"),
            after[end..].trim_start_matches([',', '.', ' ']),
        )
    })
}
