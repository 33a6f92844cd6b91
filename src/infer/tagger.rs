//! The learned attribution tagger: cues of a text, and the source and content of each.
//!
//! ```text
//! text ─ tokens of its paragraphs ─ windows ─▶ encoder ─▶ cues
//!      ─ the words around each cue ─▶ two layers more ─▶ source, content
//! ```
//!
//! The weights and how they were made: `models/training/tagger.py`, whose `tag` reads a text as this
//! does. A text's result does not depend on threads or on other texts.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::encoder::{Around, Sequence, TagRoom, TaggingNetwork, Types};
use super::local::ModelFolder;
use super::tokens::{PlainTokens, Tokens};
use super::{Precision, Source};
use crate::Result;

/// What a window sees beyond the tokens whose cues it is to find, on either side.
const MARGIN: usize = 40;

/// A cue with its source and content, in bytes of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Tagged {
    pub cue: Range<usize>,
    pub sources: Vec<Range<usize>>,
    pub contents: Vec<Range<usize>>,
    /// Probability that the cue is one.
    pub cue_probability: f32,
    /// Geometric mean of the probabilities of the words' tags, of those that have one.
    pub span_probability: f32,
}

/// A model that finds attributions.
pub trait AttributionTagger: Send + Sync {
    fn source(&self) -> &Source;

    /// The attributions of a text whose paragraphs are its lines, in the order of their cues. They may
    /// overlap and lie inside each other; a cue may have neither source nor content.
    ///
    /// # Errors
    /// A text that cannot be tokenized.
    fn tag(&self, text: &str) -> Result<Vec<Tagged>>;
}

/// The tagger in the embedded engine.
pub struct EmbeddedTagger {
    network: TaggingNetwork,
    tokens: PlainTokens,
    source: Source,
    /// One for each thread that has been here, kept for the next.
    rooms: Mutex<Vec<TagRoom>>,
}

/// A text as the network reads it.
#[derive(Default)]
struct Read {
    ids: Vec<i32>,
    types: Vec<u8>,
    /// In bytes of the text.
    places: Vec<Range<usize>>,
    /// Whether a word begins with the token.
    words: Vec<bool>,
}

impl EmbeddedTagger {
    /// Opens the network in `folder`.
    ///
    /// # Errors
    /// Files that are missing, cut off, or do not fit each other.
    pub fn open(folder: &ModelFolder, precision: Precision) -> Result<EmbeddedTagger> {
        let network = TaggingNetwork::load(folder, precision)?;
        let path = folder.file("tokenizer.json")?;
        let tokens = Tokens::open(&path, network.encoder.longest())?;
        network.encoder.check(&tokens, &path, folder)?;
        Ok(EmbeddedTagger {
            network,
            tokens: PlainTokens::of(tokens, &path)?,
            source: folder.source.clone(),
            rooms: Mutex::default(),
        })
    }

    fn read(&self, text: &str) -> Result<Read> {
        let mut read = Read::default();
        let mut at = 0;
        for paragraph in text.split('\n') {
            if !paragraph.trim().is_empty() {
                if !read.ids.is_empty() {
                    read.push(self.tokens.separator, 0, at..at, false);
                }
                let marked = InMarks::of(paragraph);
                for token in self.tokens.tokens(paragraph)? {
                    let piece = &paragraph[token.bytes.clone()];
                    let kind = match piece {
                        "" => 0,
                        _ => look(piece) + 3 * u8::from(marked.holds(token.bytes.start)),
                    };
                    let place = at + token.bytes.start..at + token.bytes.end;
                    read.push(token.id, kind, place, token.begins_word);
                }
            }
            at += paragraph.len() + 1;
        }
        Ok(read)
    }

    /// The attributions whose cues begin in `core`, in the tokens of the text.
    fn window(&self, read: &Read, core: Range<usize>) -> Vec<Tagged> {
        let lock = || self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = lock().pop().unwrap_or_default();
        let start = core.start.saturating_sub(MARGIN);
        let stop = (core.end + MARGIN).min(read.ids.len());
        let mut ids = vec![self.tokens.first];
        ids.extend(&read.ids[start..stop]);
        ids.push(self.tokens.separator);
        let mut types = vec![0];
        types.extend(&read.types[start..stop]);
        types.push(0);
        let window = Sequence {
            ids: &ids,
            types: Types::Each(&types),
        };
        let mut seen = self.network.see(window, &mut room);

        // Places in the window are one further: there is the mark of its beginning.
        let words: Vec<usize> = (start..stop).filter(|&token| read.words[token]).collect();
        let scores: Vec<[f32; 3]> = words.iter().map(|w| seen.cue(w - start + 1)).collect();
        let bias = self.network.shape.cue_bias;
        let biased: Vec<[f32; 3]> = (scores.iter())
            .map(|[none, first, further]| [none + bias, *first, *further])
            .collect();
        let path = best_path(&biased, |before, tag| before != 0 || tag != 2);
        let cues: Vec<(Range<usize>, f32)> = runs(&path, 1)
            .into_iter()
            .map(|run| {
                let probability = scores[run.start][1].exp();
                (words[run.start]..words[run.end - 1] + 1, probability)
            })
            .filter(|(cue, _)| core.contains(&cue.start))
            .collect();
        let shape = &self.network.shape.around;
        let around: Vec<Around> = cues
            .iter()
            .map(|(cue, _)| Around {
                cue: cue.start - start + 1..cue.end - start + 1,
                tokens: cue.start.saturating_sub(shape.before).max(start) - start + 1
                    ..(cue.end + shape.after).min(stop) - start + 1,
            })
            .collect();
        let tags = seen.spans(&around);
        let mut tags = tags.as_slice();
        let mut found = Vec::new();
        for ((cue, cue_probability), around) in cues.into_iter().zip(&around) {
            let (own, rest) = tags.split_at(around.tokens.len());
            tags = rest;
            let first = around.tokens.start + start - 1;
            let words: Vec<usize> = (0..own.len())
                .filter(|offset| read.words[first + offset])
                .collect();
            let scores: Vec<[f32; 5]> = words.iter().map(|&offset| own[offset]).collect();
            let path = best_path(&scores, |before, tag| {
                matches!(tag, 0 | 1 | 3) || before == tag || before + 1 == tag
            });
            let spans = |first_tag: usize| {
                let spans = runs(&path, first_tag).into_iter();
                spans
                    .map(|run| first + words[run.start]..first + words[run.end - 1] + 1)
                    .map(|tokens| read.bytes(tokens))
                    .collect()
            };
            let tagged: Vec<f32> = (path.iter().zip(&scores))
                .filter(|(tag, _)| **tag > 0)
                .map(|(&tag, scores)| scores[tag])
                .collect();
            let mean = tagged.iter().sum::<f32>() / tagged.len().max(1) as f32;
            found.push(Tagged {
                cue: read.bytes(cue),
                sources: spans(1),
                contents: spans(3),
                cue_probability,
                span_probability: if tagged.is_empty() { 0.0 } else { mean.exp() },
            });
        }
        lock().push(room);
        found
    }
}

impl AttributionTagger for EmbeddedTagger {
    fn source(&self) -> &Source {
        &self.source
    }

    fn tag(&self, text: &str) -> Result<Vec<Tagged>> {
        let read = self.read(text)?;
        let step = self.network.shape.window.saturating_sub(2 * MARGIN).max(1);
        let cores: Vec<Range<usize>> = (0..read.ids.len())
            .step_by(step)
            .map(|begin| begin..(begin + step).min(read.ids.len()))
            .collect();
        let found: Vec<Vec<Tagged>> = cores
            .into_par_iter()
            .map(|core| self.window(&read, core))
            .collect();
        Ok(found.into_iter().flatten().collect())
    }
}

impl Read {
    fn push(&mut self, id: i32, kind: u8, place: Range<usize>, begins_word: bool) {
        self.ids.push(id);
        self.types.push(kind);
        self.places.push(place);
        self.words.push(begins_word);
    }

    /// From the first token to the end of the last one's word.
    fn bytes(&self, tokens: Range<usize>) -> Range<usize> {
        let mut end = tokens.end;
        while end < self.ids.len() && !self.words[end] && !self.places[end].is_empty() {
            end += 1;
        }
        self.places[tokens.start].start..self.places[end - 1].end
    }
}

/// 0: nothing of the kind; 1: a capital first; 2: capitals only, at least two.
fn look(piece: &str) -> u8 {
    if !piece.starts_with(char::is_uppercase) {
        return 0;
    }
    let letters = || piece.chars().filter(|c| c.is_alphabetic());
    if letters().count() > 1 && letters().all(char::is_uppercase) {
        2
    } else {
        1
    }
}

/// The stretches of a paragraph between double quotation marks.
struct InMarks(Vec<Range<usize>>);

impl InMarks {
    fn of(paragraph: &str) -> InMarks {
        let mut stretches = Vec::new();
        let mut open: Option<usize> = None;
        for (at, c) in paragraph.char_indices() {
            let opens = match c {
                '“' | '«' => true,
                '”' | '»' => false,
                '"' => open.is_none(),
                _ => continue,
            };
            let before = open.take();
            stretches.extend(before.map(|start| start..at));
            if opens {
                open = Some(at + c.len_utf8());
            }
        }
        stretches.extend(open.map(|start| start..paragraph.len()));
        InMarks(stretches)
    }

    fn holds(&self, at: usize) -> bool {
        let behind = self.0.partition_point(|stretch| stretch.end <= at);
        self.0
            .get(behind)
            .is_some_and(|stretch| stretch.contains(&at))
    }
}

/// The likeliest path through tags, of those steps that `may` be taken from one tag to the next (Viterbi);
/// before the first word stands tag 0. Of equals the lower tag.
fn best_path<const N: usize>(
    scores: &[[f32; N]],
    may: impl Fn(usize, usize) -> bool,
) -> Vec<usize> {
    let mut total = [f32::NEG_INFINITY; N];
    total[0] = 0.0;
    let mut back: Vec<[usize; N]> = Vec::with_capacity(scores.len());
    for word in scores {
        let mut next = [f32::NEG_INFINITY; N];
        let mut from = [0; N];
        for tag in 0..N {
            for before in (0..N).filter(|&before| may(before, tag)) {
                if total[before] > next[tag] {
                    next[tag] = total[before];
                    from[tag] = before;
                }
            }
            next[tag] += word[tag];
        }
        total = next;
        back.push(from);
    }
    let mut tag = (0..N).fold(
        0,
        |best, tag| if total[tag] > total[best] { tag } else { best },
    );
    let mut path = vec![0; scores.len()];
    for (at, from) in back.iter().enumerate().rev() {
        path[at] = tag;
        tag = from[tag];
    }
    path
}

/// The runs of one kind in a path: `first` begins one, `first + 1` goes on.
fn runs(path: &[usize], first: usize) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, &tag) in path.iter().enumerate() {
        match runs.last_mut() {
            Some(last) if tag == first + 1 && last.end == at => last.end = at + 1,
            _ if tag == first => runs.push(at..at + 1),
            _ => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_takes_the_best_way_that_is_allowed() {
        // Alone the second word would be a further word of a cue, but nothing has begun one.
        let scores = [[-0.1, -3.0, -3.0], [-2.0, -1.9, -0.1], [-0.1, -3.0, -3.0]];
        let path = best_path(&scores, |before, tag| before != 0 || tag != 2);
        assert_eq!(path, [0, 1, 0]);
        assert_eq!(best_path::<3>(&[], |_, _| true), [0; 0]);
    }

    #[test]
    fn runs_go_on_only_from_their_own_beginning() {
        assert_eq!(runs(&[1, 2, 0, 2, 1, 1, 2], 1), [0..2, 4..5, 5..7]);
        assert_eq!(runs(&[3, 4, 1, 4, 3], 3), [0..2, 4..5]);
    }

    #[test]
    fn marks_hold_what_stands_between_them() {
        let text = "He “said so” and \"went\" on «ever";
        let marks = InMarks::of(text);
        let inside: String = text
            .char_indices()
            .filter(|(at, _)| marks.holds(*at))
            .map(|(_, c)| c)
            .collect();
        assert_eq!(inside, "said sowentever");
    }

    #[test]
    fn the_look_of_a_word_is_its_capitals() {
        let looks = ["said", "Said", "NATO", "I", "U.S", "5", ""].map(look);
        assert_eq!(looks, [0, 1, 2, 1, 2, 0, 0]);
    }
}
