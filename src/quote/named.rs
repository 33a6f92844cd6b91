//! Whom a source phrase names, by how it is written: "Homeland Security Secretary Jeh Johnson", "Quina Jones, 25,",
//! "CNN’s Jake Tapper". Only of phrases that are known to be sources: in other places capitals say too little.

use std::ops::Range;

use super::tokens::{DETERMINERS, PREPOSITIONS, Token};
use crate::lexicon;

/// What stands in capitals at the end of a phrase's first part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A name with a sign that it is a person's.
    Person(Range<usize>),
    /// One that may be a person's surname or a body's name.
    Word(usize),
    /// Some other name.
    Other(Range<usize>),
}

/// The name that is the head of a source phrase.
pub fn head(tokens: &[Token]) -> Option<Named> {
    let ends = |token: &Token| {
        let stops = ["who", "whose", "which", "that", "and", "or", "then"];
        matches!(token.text.as_str(), "," | "(" | "—" | "–" | ";" | ":" | "-")
            || PREPOSITIONS.contains(&token.lower.as_str())
            || token.is(&stops)
    };
    let end = tokens.iter().position(ends).unwrap_or(tokens.len());
    let mut start = end;
    while start > 0 && (tokens[start - 1].is_capital() || tokens[start - 1].text == ".") {
        // "CNN’s Jake Tapper": whose he is stands before his name.
        if tokens[start - 1].is_possessive() && start < end {
            break;
        }
        start -= 1;
    }
    let run = start..end;
    let determined = start > 0 && DETERMINERS.contains(&tokens[start - 1].lower.as_str())
        || run.clone().next().is_some_and(|at| {
            let first = &tokens[at];
            DETERMINERS.contains(&first.lower.as_str())
        });
    let calling = |token: &Token| {
        lexicon::title(token.stem()).is_some()
            || lexicon::role(token.stem()).is_some()
            || lexicon::is_demonym(&token.text)
            // "Del.", "Sen.": whatever is shortened before a name is a title.
            || token.text.len() > 3 && token.text.ends_with('.')
    };
    let mut called = start > 0 && lexicon::role(tokens[start - 1].stem()).is_some();
    let mut first = start;
    for at in run.clone() {
        if calling(&tokens[at]) || tokens[at].text == "." {
            called = true;
            first = at + 1;
        }
    }
    let name = first..end;
    let words = &tokens[name.clone()];
    if words.is_empty() || !words.iter().all(|w| w.is_capital()) {
        return None;
    }
    let organisation = words.iter().any(|w| lexicon::is_organisation(w.stem()));
    let other = Some(Named::Other(run));
    if organisation || determined && !called {
        return other;
    }
    if words.len() == 1 {
        return Some(Named::Word(first));
    }
    let initial = words
        .iter()
        .any(|w| w.text.len() <= 3 && w.text.ends_with('.'));
    let given = lexicon::is_given_name(words[0].stem());
    // "Quina Jones, 25, …", "Vann Newkirk, a writer …", "Ellis, who …", "Johnnie Wilson, of Springfield".
    let behind = tokens.get(end + 1);
    let aside = tokens.get(end).is_some_and(|t| t.text == ",")
        && behind
            .is_some_and(|t| t.is_number() || t.is(&["a", "an", "the", "who", "of", "his", "her"]));
    let place = |words: &[Token]| {
        let phrase: Vec<&str> = words.iter().map(Token::stem).collect();
        lexicon::is_place(&phrase.join(" "))
    };
    if (called || initial || given || aside) && !place(words) {
        Some(Named::Person(name))
    } else {
        other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::tokens::tokenise;
    use crate::text::Span;

    #[test]
    fn the_head_of_a_source_phrase_is_told_by_its_capitals_and_callings() {
        let person = |name: &str| Some(("person", name.to_owned()));
        let other = |name: &str| Some(("other", name.to_owned()));
        let word = |name: &str| Some(("word", name.to_owned()));
        for (phrase, expected) in [
            (
                "Homeland Security Secretary Jeh Johnson",
                person("Jeh Johnson"),
            ),
            ("Quina Jones, 25,", person("Quina Jones")),
            ("Johnnie Wilson, of Springfield,", person("Johnnie Wilson")),
            ("CNN’s Jake Tapper", person("Jake Tapper")),
            ("Democratic nominee Hilda Clifton", person("Hilda Clifton")),
            (
                "Del. Stacey Plaskett of the Virgin Islands",
                person("Stacey Plaskett"),
            ),
            ("Lindqvist spokesman Nick Merrill", person("Nick Merrill")),
            ("Yahoo News", other("Yahoo News")),
            ("the Supreme Court this month", None),
            ("the Supreme Court", other("Supreme Court")),
            ("Politifact", word("Politifact")),
            ("DuVernay, who has four children", word("DuVernay")),
            ("at least one diplomat", None),
            ("many in the capital", None),
            ("Retired General", None),
        ] {
            let tokens = tokenise(phrase, Span::new(0, phrase.len()));
            let text = |range: Range<usize>| {
                let words: Vec<&str> = tokens[range].iter().map(|t| t.text.as_str()).collect();
                words.join(" ")
            };
            let found = head(&tokens).map(|named| match named {
                Named::Person(range) => ("person", text(range)),
                Named::Word(at) => ("word", text(at..at + 1)),
                Named::Other(range) => ("other", text(range)),
            });
            assert_eq!(found, expected, "{phrase}");
        }
    }
}
