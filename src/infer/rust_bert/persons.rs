//! Where persons are named in a text.

use std::ops::Range;

use super::network::{Config, Task};
use super::reader::Word;
use super::{Device, Loaded, ModelFolder};
use crate::infer::{PersonTagger, Source};
use crate::{Error, Result, Stage};

/// A classifier of tokens, of whose labels those for persons are taken.
pub struct RustBertPersons {
    loaded: Loaded,
    source: Source,
    labels: Vec<Label>,
}

/// What a label says about a word, in the schemes that models of names use (IOB1, IOB2, IO).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    /// A person's name begins here, whatever stands before.
    Begins,
    /// A person's name, which may have begun before.
    Inside,
    /// No person's name.
    Other,
}

impl Label {
    fn parse(label: &str) -> Label {
        let label = label.to_uppercase();
        let (place, kind) = label.split_once(['-', '_']).unwrap_or(("I", &label));
        match (place, kind) {
            ("B" | "S" | "U", "PER" | "PERSON" | "PERS") => Label::Begins,
            (_, "PER" | "PERSON" | "PERS") => Label::Inside,
            _ => Label::Other,
        }
    }
}

impl RustBertPersons {
    /// # Errors
    /// As [`super::RustBert::open`]; also labels of which none is for persons.
    pub fn open(
        folder: &ModelFolder,
        device: Device,
        threads: Option<usize>,
    ) -> Result<RustBertPersons> {
        let config = Config::read(folder)?;
        let names = config.labels()?;
        let labels: Vec<Label> = names.iter().map(|label| Label::parse(label)).collect();
        if labels.iter().all(|label| *label == Label::Other) {
            return Err(Error::new(
                Stage::Models,
                format!("of the labels {}, none is for persons", names.join(", ")),
            )
            .at_path(&config.path)
            .remedy("take a model for named-entity recognition (NER)"));
        }
        Ok(RustBertPersons {
            loaded: Loaded::open(folder, Task::Tokens, device, threads)?,
            source: folder.source.clone(),
            labels,
        })
    }
}

/// A stretch of a sentence that fits the model.
struct Piece {
    sentence: usize,
    start: usize,
    words: Vec<Word>,
}

impl PersonTagger for RustBertPersons {
    fn source(&self) -> &Source {
        &self.source
    }

    fn persons(&self, sentences: &[&str]) -> Result<Vec<Vec<Range<usize>>>> {
        let mut pieces = Vec::new();
        let mut encoded = Vec::new();
        for (sentence, text) in sentences.iter().enumerate() {
            for window in self.loaded.reader.windows(text, self.loaded.max_tokens)? {
                let (tokens, words) = self.loaded.reader.words(&text[window.clone()])?;
                encoded.push(tokens);
                pieces.push(Piece {
                    sentence,
                    start: window.start,
                    words,
                });
            }
        }
        let mut labels: Vec<Vec<Label>> = pieces.iter().map(|_| Vec::new()).collect();
        self.loaded.run_all(&encoded, |piece, shape, scores| {
            if shape.get(1) != Some(&self.labels.len()) {
                return Err(Error::new(
                    Stage::Infer,
                    format!("the network gave {shape:?} scores for a text"),
                ));
            }
            let of_token = |token: usize| {
                let scores = &scores[token * shape[1]..(token + 1) * shape[1]];
                let best = (1..scores.len()).fold(0, |best, label| {
                    if scores[label] > scores[best] {
                        label
                    } else {
                        best
                    }
                });
                self.labels[best]
            };
            // A word's label is that of its first token, which is what such models are taught.
            let words = pieces[piece].words.iter();
            labels[piece] = words.map(|word| of_token(word.token)).collect();
            Ok(())
        })?;
        let mut found = vec![Vec::new(); sentences.len()];
        for (piece, labels) in pieces.iter().zip(&labels) {
            found[piece.sentence].extend(
                names(&piece.words, labels)
                    .into_iter()
                    .map(|name| name.start + piece.start..name.end + piece.start),
            );
        }
        Ok(found)
    }
}

/// Words that one name is made of, joined.
fn names(words: &[Word], labels: &[Label]) -> Vec<Range<usize>> {
    let mut names: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (word, label) in words.iter().zip(labels) {
        match (label, names.last_mut()) {
            (Label::Inside, Some(name)) if open => name.end = word.bytes.end,
            (Label::Other, _) => {}
            _ => names.push(word.bytes.clone()),
        }
        open = *label != Label::Other;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_usual_schemes_are_understood() {
        for (label, meaning) in [
            ("B-PER", Label::Begins),
            ("I-PER", Label::Inside),
            ("PER", Label::Inside),
            ("B-PERSON", Label::Begins),
            ("L-PERSON", Label::Inside),
            ("E-PER", Label::Inside),
            ("O", Label::Other),
            ("B-ORG", Label::Other),
            ("B-PERCENT", Label::Other),
        ] {
            assert_eq!(Label::parse(label), meaning, "{label}");
        }
    }

    #[test]
    fn a_name_goes_on_until_another_begins_or_none_is() {
        use Label::{Begins, Inside, Other};
        let word = |start: usize| Word {
            token: 0,
            bytes: start..start + 1,
        };
        let words: Vec<Word> = (0..6).map(|i| word(2 * i)).collect();
        let labels = [Begins, Inside, Begins, Other, Inside, Inside];
        assert_eq!(names(&words, &labels), [0..3, 4..5, 8..11]);
    }
}
