//! What is a quotation: direct, mixed, block or reported, its cue and its source phrase.
//!
//! Three kinds of evidence are put together: quotation marks ([`marks`]), the layout of paragraphs
//! ([`block`]), and cues of reported speech in each sentence ([`cues`]). What stands in quotation
//! marks and is nobody's speech is kept apart ([`speech`]).

pub mod block;
mod content;
pub mod cues;
mod learned;
pub mod marks;
mod named;
pub mod names;
pub mod source;
pub mod speech;
pub mod tokens;

use std::ops::Range;

use crate::analysis::QuotationKind;
use crate::infer::Tagged;
use crate::layout::{CleanText, ParagraphKind};
use crate::sentence::Sentence;
use crate::text::{Clean, Overlaps, Span};

use content::Contents;
use cues::Reported;
use marks::Marked;
use names::{NameIndex, NameSpan};
use source::{Holder, Words};
use speech::{NotSpeech, Surroundings};
use tokens::Token;

pub use learned::{Scope, persons as tagged_persons};

/// A quotation as the text presents it, before it is known who spoke.
#[derive(Debug, Clone)]
pub struct Quotation {
    pub kind: QuotationKind,
    pub content: Vec<Span<Clean>>,
    pub cue: Option<Span<Clean>>,
    pub source: Option<SourcePhrase>,
    /// The rule that found it.
    pub rule: &'static str,
    /// The sentence that holds the cue, else the one that holds the content.
    pub sentence: usize,
    /// Share of the content's words that stand in quotation marks or in a block.
    pub verbatim: f64,
    /// How sure the tagger is of it, if it was there and saw it.
    pub learned: Option<f64>,
}

/// The phrase in the text that names the source.
#[derive(Debug, Clone)]
pub struct SourcePhrase {
    pub span: Span<Clean>,
    pub holder: Holder,
}

/// A passage in quotation marks that nobody says.
#[derive(Debug, Clone)]
pub struct NotSpoken {
    pub span: Span<Clean>,
    pub kind: NotSpeech,
}

/// A sentence, read: its tokens and the persons it names.
#[derive(Debug, Clone)]
pub struct ReadSentence {
    pub span: Span<Clean>,
    pub paragraph: usize,
    pub tokens: Vec<Token>,
    pub names: Vec<NameSpan>,
}

/// Everything that was found in a text.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub sentences: Vec<ReadSentence>,
    pub quotations: Vec<Quotation>,
    pub not_speech: Vec<NotSpoken>,
    /// Whether a tagger has read the text too.
    pub tagged: bool,
}

impl Quotation {
    /// From the first byte of the content to the last.
    pub fn extent(&self) -> Span<Clean> {
        match (self.content.first(), self.content.last()) {
            (Some(a), Some(b)) => a.join(*b),
            _ => Span::new(0, 0),
        }
    }
}

/// Finds the quotations of a text. `notes` says that the text is a note: there only quotations with
/// a cue count, since titles stand in quotation marks. `tagged` is what the tagger saw in the text, of
/// which `scope` says what is wanted.
pub fn find(
    text: &CleanText,
    sentences: &[Sentence],
    index: &NameIndex,
    note: bool,
    tagged: &[Tagged],
    scope: Scope,
) -> Found {
    let marked = marks::find(text);
    let contents = Contents::new(text, &marked);
    let blocks = if note { Vec::new() } else { block::find(text) };
    let mut in_block = vec![false; text.paragraphs.len()];
    let mut leads = vec![false; text.paragraphs.len()];
    for block in &blocks {
        in_block[block.paragraphs.clone()].fill(true);
        if let Some(lead_in) = block.lead_in {
            leads[lead_in] = true;
        }
    }
    let read: Vec<ReadSentence> = sentences
        .iter()
        .map(|s| {
            let mut tokens = tokens::tokenise(&text.text, s.span);
            let inner: Vec<Span<Clean>> = (contents.long_near(s.span))
                .flat_map(|m| m.inner.iter().copied())
                .collect();
            for token in &mut tokens {
                token.quoted = inner.iter().any(|i| i.contains(token.span));
            }
            let names = names::find(&tokens, index);
            ReadSentence {
                span: s.span,
                paragraph: s.paragraph,
                tokens,
                names,
            }
        })
        .collect();
    let mut finder = Finder {
        contents: &contents,
        text,
        marked: &marked,
        read: &read,
        note,
        out: Found::default(),
    };
    let mut block_at = blocks.iter().peekable();
    let mut used = vec![false; marked.len()];
    for (i, m) in marked.iter().enumerate() {
        let paragraph = text.paragraph_at(m.outer.start).unwrap_or(0);
        used[i] = m.nested || in_block.get(paragraph) == Some(&true);
    }
    for s in 0..read.len() {
        let paragraph = read[s].paragraph;
        while let Some(block) = block_at.next_if(|b| b.paragraphs.start <= paragraph) {
            finder.block(block);
        }
        if in_block[paragraph] {
            continue;
        }
        let leads_block =
            leads[paragraph] && read.get(s + 1).is_none_or(|n| n.paragraph != paragraph);
        if !leads_block {
            finder.sentence(s, &mut used);
        }
    }
    finder.loose_marks(&mut used);
    let mut out = finder.out;
    out.sentences = read;
    learned::combine(&contents, &mut out, tagged, scope);
    out.quotations
        .sort_by_key(|q| (q.extent().start, q.extent().end));
    out.quotations.dedup_by(|b, a| a.extent() == b.extent());
    out.not_speech.sort_by_key(|n| n.span);
    out
}

struct Finder<'a> {
    contents: &'a Contents<'a>,
    text: &'a CleanText,
    marked: &'a [Marked],
    read: &'a [ReadSentence],
    note: bool,
    out: Found,
}

impl Finder<'_> {
    /// The sentence that holds a place.
    fn sentence_at(&self, at: usize) -> Option<usize> {
        let s = self.read.partition_point(|r| r.span.end <= at);
        (self.read.get(s))
            .is_some_and(|r| r.span.covers(at))
            .then_some(s)
    }

    fn reported(&self, s: usize) -> Vec<Reported> {
        let sentence = &self.read[s];
        cues::find(&Words {
            tokens: &sentence.tokens,
            names: &sentence.names,
        })
    }

    fn span_of(&self, s: usize, tokens: &Range<usize>) -> Span<Clean> {
        let t = &self.read[s].tokens;
        match (
            t.get(tokens.start),
            tokens.end.checked_sub(1).and_then(|e| t.get(e)),
        ) {
            (Some(a), Some(b)) if tokens.start < tokens.end => a.span.join(b.span),
            _ => Span::new(0, 0),
        }
    }

    fn phrase(&self, s: usize, reported: &Reported) -> Option<SourcePhrase> {
        let span = self.span_of(s, &reported.source.tokens);
        (reported.source.holder != Holder::Nobody).then(|| SourcePhrase {
            span,
            holder: reported.source.holder.clone(),
        })
    }

    fn block(&mut self, block: &block::Block) {
        let content: Vec<Span<Clean>> = block
            .paragraphs
            .clone()
            .map(|p| self.text.paragraphs[p].span)
            .collect();
        let lead = block.lead_in.and_then(|p| {
            let behind = self.read.partition_point(|s| s.paragraph <= p);
            behind
                .checked_sub(1)
                .filter(|&s| self.read[s].paragraph == p)
        });
        let reported = lead.and_then(|s| self.reported(s).into_iter().next_back().map(|r| (s, r)));
        let (cue, source, sentence) = match reported {
            Some((s, r)) => (Some(self.span_of(s, &r.cue)), self.phrase(s, &r), s),
            None => {
                // "Thus X:", "X in 1999:": a person named in the lead-in, without a cue.
                let named = lead.and_then(|s| {
                    let words = Words {
                        tokens: &self.read[s].tokens,
                        names: &self.read[s].names,
                    };
                    let all = 0..self.read[s].tokens.len().saturating_sub(1);
                    words
                        .classify(all)
                        .filter(|p| matches!(p.holder, Holder::Persons(_) | Holder::Generic))
                        .map(|p| (s, p))
                });
                let first = self
                    .read
                    .partition_point(|s| s.paragraph < block.paragraphs.start)
                    .min(self.read.len().saturating_sub(1));
                let source = named.map(|(s, p)| SourcePhrase {
                    span: self.span_of(s, &p.tokens),
                    holder: p.holder,
                });
                (None, source, lead.unwrap_or(first))
            }
        };
        self.out.quotations.push(Quotation {
            kind: QuotationKind::Block,
            content,
            cue,
            source,
            rule: if block.lead_in.is_some() {
                "block-lead-in"
            } else {
                "block-set-off"
            },
            sentence,
            verbatim: 1.0,
            learned: None,
        });
    }

    fn sentence(&mut self, s: usize, used: &mut [bool]) {
        for reported in self.reported(s) {
            let source = self.phrase(s, &reported);
            let cue = Some(self.span_of(s, &reported.cue));
            let mut content: Vec<Span<Clean>> = reported
                .content
                .iter()
                .map(|r| self.span_of(s, r))
                .collect();
            if content.is_empty() {
                // A colon at the paragraph's end: the next paragraph, if it stands in marks.
                let next = self
                    .read
                    .get(s + 1)
                    .filter(|n| n.paragraph > self.read[s].paragraph);
                let quoted = next.and_then(|n| {
                    let at = n.span.start;
                    let m = self.marked.partition_point(|m| m.outer.start < at);
                    (self.marked.get(m))
                        .is_some_and(|m| m.outer.start == at)
                        .then_some(m)
                });
                match quoted {
                    Some(m) => {
                        used[m] = true;
                        content = self.marked[m].inner.clone();
                    }
                    None => content = self.list_after(s),
                }
                if content.is_empty() {
                    continue;
                }
            }
            self.take_marks(&mut content, used);
            self.end_at_marker(&mut content);
            self.go_on(s, &reported, &mut content);
            let content: Vec<Span<Clean>> = content
                .into_iter()
                .map(|c| self.contents.strip(c))
                .filter(|c| c.len() > 1)
                .collect();
            if content.is_empty() {
                continue;
            }
            let verbatim = self.contents.verbatim_share(&content);
            if self.note && verbatim == 0.0 {
                continue;
            }
            let kind = content::kind(verbatim);
            self.out.quotations.push(Quotation {
                kind,
                content,
                cue,
                source,
                rule: reported.rule,
                sentence: s,
                verbatim,
                learned: None,
            });
        }
    }

    /// The list items that follow a sentence at once.
    fn list_after(&self, s: usize) -> Vec<Span<Clean>> {
        let paragraph = self.read[s].paragraph;
        self.text.paragraphs[paragraph + 1..]
            .iter()
            .take_while(|p| p.kind == ParagraphKind::ListItem)
            .map(|p| p.span)
            .collect()
    }

    /// A note marker behind quoted words ends the content: what follows is the essay's own.
    fn end_at_marker(&self, content: &mut [Span<Clean>]) {
        let extent = content.iter().copied().reduce(Span::join);
        let near = extent.map(|extent| self.contents.long_near(extent));
        for marked in near.into_iter().flatten() {
            let end = marked.extent().end;
            let Some(k) = content.iter().position(|c| c.start < end && end < c.end) else {
                continue;
            };
            let close = marked.outer.end;
            let marker = !self.text.markers_in(end, close + 1).is_empty();
            let more = self.text.text[close.min(content[k].end)..content[k].end]
                .chars()
                .filter(|c| c.is_alphanumeric())
                .count();
            if marker && more > 0 {
                content[k].end = end.max(content[k].start);
                break;
            }
        }
    }

    /// Reported speech that goes on: the next sentence keeps the tense of what was said ("would"),
    /// has no cue, no name and no quotation marks of its own.
    fn go_on(&self, s: usize, reported: &Reported, content: &mut Vec<Span<Clean>>) {
        let sentence = &self.read[s];
        let Some(next) = self
            .read
            .get(s + 1)
            .filter(|n| n.paragraph == sentence.paragraph)
        else {
            return;
        };
        let reaches_end = content.last().is_some_and(|c| {
            self.text.text[c.end..sentence.span.end.max(c.end)]
                .trim()
                .len()
                <= 3
        });
        let marker = !self
            .text
            .markers_in(sentence.span.end.saturating_sub(1), sentence.span.end + 2)
            .is_empty();
        let backshift = next.tokens.iter().any(|t| t.is(&["would", "could"]));
        let past = reported
            .cue
            .clone()
            .filter_map(|i| sentence.tokens.get(i))
            .any(|t| {
                t.lower.ends_with("ed")
                    || t.is(&["said", "told", "wrote", "thought", "held", "saw", "spoke"])
            });
        let own = next.tokens.iter().any(|t| t.quoted)
            || !next.names.is_empty()
            || !self.reported(s + 1).is_empty();
        if reaches_end && !marker && backshift && past && !own && reported.rule.starts_with("verb")
        {
            content.push(next.span);
        }
    }

    /// Marks that begin inside the content belong to it, with all their sentences and paragraphs;
    /// so does a passage that follows at once on a quotation with its cue.
    fn take_marks(&mut self, content: &mut Vec<Span<Clean>>, used: &mut [bool]) {
        let start = content.iter().map(|c| c.start).min().unwrap_or(0);
        let first = (self.marked).partition_point(|m| m.extent().start < start);
        for (i, marked) in self.marked.iter().enumerate().skip(first) {
            if content.iter().all(|c| c.end <= marked.outer.start) {
                break;
            }
            if used[i] {
                continue;
            }
            let Some(k) = content
                .iter()
                .position(|c| c.covers(marked.outer.start) || c.covers(marked.extent().start))
            else {
                continue;
            };
            let words = self.text.str(marked.extent()).split_whitespace().count();
            let whole =
                content[k].trim(&self.text.text).start <= marked.outer.start + 4 && words > 1;
            if words < 4 && !whole {
                // A scare quote inside reported speech.
                continue;
            }
            used[i] = true;
            if let Some(first) = marked.inner.first() {
                content[k].end = content[k].end.max(first.end);
            }
            content.extend(marked.inner.iter().skip(1).copied());
        }
        // “A,” he said. “B.”
        let Some(last) = content.last().copied() else {
            return;
        };
        let quoted_so_far =
            (self.contents.near(last)).any(|m| m.inner.iter().any(|i| i.overlaps(last)));
        if !quoted_so_far {
            return;
        }
        let s = self.read.partition_point(|r| r.span.end < last.start);
        let Some(end) = (self.read.get(s))
            .filter(|r| r.span.start <= last.start)
            .map(|r| r.span.end)
        else {
            return;
        };
        let next = self.marked.partition_point(|m| m.outer.start <= end);
        for (i, marked) in self.marked.iter().enumerate().skip(next) {
            if !self.text.text[end..marked.outer.start].trim().is_empty() {
                break;
            }
            let marker_between = !self
                .text
                .markers_in(last.end, marked.outer.start)
                .is_empty();
            let own_sentence = self
                .text
                .str(marked.extent())
                .ends_with(['.', '!', '?', ',', '…']);
            let same_paragraph = self.text.paragraph_at(end.saturating_sub(1))
                == self.text.paragraph_at(marked.outer.start);
            if !used[i]
                && !marked.nested
                && same_paragraph
                && !marker_between
                && own_sentence
                && !self.cue_follows(marked)
            {
                used[i] = true;
                content.extend(marked.inner.iter().copied());
            }
        }
    }

    /// The sentence that holds the end of a marked passage has a cue of its own behind it.
    fn cue_follows(&self, marked: &Marked) -> bool {
        let Some(s) = self.sentence_at(marked.outer.end.saturating_sub(1)) else {
            return false;
        };
        self.reported(s)
            .iter()
            .any(|r| self.span_of(s, &r.cue).start >= marked.outer.end.min(self.read[s].span.end))
    }

    /// Marked passages that no cue claims: speech by their look, or not speech.
    fn loose_marks(&mut self, used: &mut [bool]) {
        let contents = self.out.quotations.iter().flat_map(|q| &q.content);
        let earlier = Overlaps::new(contents.copied());
        // Marks come by their beginnings: one that stands in another's content begins before its end.
        let mut loose_end = 0;
        for (i, marked) in self.marked.iter().enumerate() {
            if used[i] && !marked.nested {
                continue;
            }
            let inside_quotation =
                marked.extent().start < loose_end || !earlier.of(marked.extent()).is_empty();
            let end = marked.outer.end;
            let marker = !self
                .text
                .markers_in(end.saturating_sub(1), end + 2)
                .is_empty()
                || !self.text.markers_in(marked.extent().end, end).is_empty();
            let around = Surroundings {
                cued: false,
                marker,
            };
            let verdict = speech::judge(self.text, marked, &around);
            match verdict {
                Some(kind) => self.out.not_speech.push(NotSpoken {
                    span: marked.extent(),
                    kind,
                }),
                None if inside_quotation || self.note => {}
                None => {
                    let Some(s) = self.sentence_at(marked.outer.start) else {
                        continue;
                    };
                    let words = Words {
                        tokens: &self.read[s].tokens,
                        names: &self.read[s].names,
                    };
                    let subject = self.subject_beside(s, &words, marked);
                    let text = self.text.str(marked.extent());
                    let whole = text.ends_with(['.', '!', '?', '…'])
                        && text
                            .chars()
                            .find(|c| c.is_alphabetic())
                            .is_some_and(char::is_uppercase);
                    loose_end = marked.extent().end.max(loose_end);
                    self.out.quotations.push(Quotation {
                        kind: if whole {
                            QuotationKind::Direct
                        } else {
                            QuotationKind::Mixed
                        },
                        content: marked.inner.clone(),
                        cue: None,
                        source: subject,
                        rule: if marker { "marks-note" } else { "marks" },
                        sentence: s,
                        verbatim: 1.0,
                        learned: None,
                    });
                }
            }
        }
    }

    /// The subject of the clause that a loose passage stands in, if it can be a source.
    fn subject_beside(&self, s: usize, words: &Words<'_>, marked: &Marked) -> Option<SourcePhrase> {
        let upto = self.read[s]
            .tokens
            .iter()
            .position(|t| t.span.start >= marked.outer.start)?;
        let source = words.first_subject(0..upto)?;
        matches!(
            source.holder,
            Holder::Persons(_)
                | Holder::Group
                | Holder::Generic
                | Holder::Pronoun(_)
                | Holder::Definite
        )
        .then(|| SourcePhrase {
            span: self.span_of(s, &source.tokens),
            holder: source.holder,
        })
    }
}
