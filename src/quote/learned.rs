//! One reading from two: what the rules found and what the tagger found.
//!
//! Quotation marks, blocks and lead-ins are hard evidence: a quotation that the rules found by them
//! stays, with its content. What the tagger may add depends on what is wanted, a [`Scope`].

use std::collections::BTreeSet;
use std::ops::Range;

use super::content::{self, Contents};
use super::named::{self, Named};
use super::source::{Holder, Words};
use super::tokens::{Token, tokenise};
use super::{Found, Quotation, ReadSentence, SourcePhrase};
use crate::analysis::QuotationKind;
use crate::infer::Tagged;
use crate::layout::{CleanText, ParagraphKind};
use crate::lexicon;
use crate::text::{Clean, Overlaps, Span};

/// Which attributions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// What somebody says or holds, as an essay reports it: the rules lead, and the tagger fills in
    /// what they did not find.
    #[default]
    Statements,
    /// Also who wants, fears, does not mind or is asked something, and what is said inside of what
    /// others say, as corpora of attributions mark it: the tagger leads.
    All,
}

/// With these begins a source that is the author.
const AUTHOR: [&str; 8] = ["i", "we", "me", "us", "my", "our", "this", "these"];

/// With these begins a reported clause.
const CLAUSES: [&str; 7] = ["that", "whether", "if", "how", "why", "what", "who"];

/// Two contents that share so many of their letters are one quotation.
const SAME: f64 = 0.3;

/// Of a statement that only the tagger sees, the least probability.
const STATEMENT: f64 = 0.8;

/// And the fewest words of its content: less is "this", "it", "the price".
const STATEMENT_WORDS: usize = 4;

/// Adds to `found` what the tagger saw in the same text.
pub fn combine(contents: &Contents, found: &mut Found, tagged: &[Tagged], scope: Scope) {
    if tagged.is_empty() {
        return;
    }
    found.tagged = true;
    let surnames: BTreeSet<&str> = (found.sentences.iter())
        .flat_map(|sentence| &sentence.names)
        .filter_map(|name| name.name.rsplit(' ').next())
        .collect();
    let mut seen: Vec<Seen> = tagged
        .iter()
        .filter_map(|tagged| Seen::of(contents, &found.sentences, &surnames, tagged))
        .collect();
    for (r, t) in pairs(&found.quotations, &seen) {
        seen[t].taken = true;
        let quotation = &mut found.quotations[r];
        quotation.learned = Some(seen[t].probability);
        match scope {
            Scope::Statements => fill(quotation, &seen[t]),
            Scope::All => follow(quotation, &seen[t], contents),
        }
    }
    let by_rules = Overlaps::new(
        found
            .quotations
            .iter()
            .flat_map(|q| q.content.iter().copied()),
    );
    match scope {
        Scope::Statements => {
            seen.retain(|seen| !seen.taken && seen.is_statement(contents, &by_rules))
        }
        Scope::All => {
            // Of what is not in quotation marks the tagger knows more than the rules; one cue has one
            // content; and marks alone, without cue, source or note, attribute nothing.
            let hard = |q: &Quotation| match q.kind {
                QuotationKind::Block => true,
                QuotationKind::Direct => q.cue.is_some() || q.source.is_some() || q.rule != "marks",
                QuotationKind::Indirect | QuotationKind::Mixed => false,
            };
            let taken = seen
                .iter()
                .flat_map(|s| s.content.iter().copied().chain([s.cue]));
            let taken = Overlaps::new(taken);
            let free = |span: &Span<Clean>| taken.of(*span).is_empty();
            (found.quotations).retain(|q| {
                let apart = || q.content.iter().chain(&q.cue).all(free);
                q.learned.is_some() || hard(q) && apart()
            });
            seen.retain(|seen| !seen.taken);
        }
    }
    for seen in seen {
        let verbatim = contents.verbatim_share(&seen.content);
        found.quotations.push(Quotation {
            kind: content::kind(verbatim),
            content: seen.content,
            cue: Some(seen.cue),
            source: seen.source,
            rule: "tagger",
            sentence: seen.sentence,
            verbatim,
            learned: Some(seen.probability),
        });
    }
}

/// Gives a quotation the cue and the source that the rules did not find.
fn fill(quotation: &mut Quotation, seen: &Seen) {
    if quotation.cue.is_none() {
        quotation.cue = Some(seen.cue);
        if seen.source.is_some() {
            quotation.source.clone_from(&seen.source);
            quotation.sentence = seen.sentence;
        }
    }
}

/// Takes cue, source and content as the tagger sees them; a block keeps its words.
fn follow(quotation: &mut Quotation, seen: &Seen, contents: &Contents) {
    if quotation.cue.is_none() || quotation.kind == QuotationKind::Block {
        return fill(quotation, seen);
    }
    quotation.cue = Some(seen.cue);
    quotation.sentence = seen.sentence;
    match (&mut quotation.source, &seen.source) {
        // Whom a phrase means the rules know better than where it ends.
        (Some(ours), Some(theirs)) if ours.span.overlaps(theirs.span) => {
            if !matches!(ours.holder, Holder::Persons(_)) {
                ours.holder = theirs.holder.clone();
            }
            ours.span = theirs.span;
        }
        (ours, Some(theirs)) => *ours = Some(theirs.clone()),
        (_, None) => {}
    }
    quotation.content.clone_from(&seen.content);
    quotation.verbatim = contents.verbatim_share(&quotation.content);
    quotation.kind = content::kind(quotation.verbatim);
}

/// An attribution as the tagger sees it, in our terms.
struct Seen {
    cue: Span<Clean>,
    source: Option<SourcePhrase>,
    content: Vec<Span<Clean>>,
    sentence: usize,
    probability: f64,
    /// Whether the content is a clause that is reported, or stands before its cue: "that …", "whether …",
    /// not "a withdrawal" or "to sell".
    clause: bool,
    taken: bool,
}

impl Seen {
    /// Whether somebody else than the author states something here, in the essay's own words or in a
    /// passage that no rule has: not what is wanted or done, and not what somebody within a quotation
    /// says of others.
    fn is_statement(&self, contents: &Contents, by_rules: &Overlaps<Clean>) -> bool {
        let text = contents.text;
        let words = |span: Span<Clean>| {
            let words = text
                .str(span)
                .split(|c: char| !c.is_alphanumeric() && c != '’' && c != '\'');
            words.filter(|word| !word.is_empty()).map(str::to_lowercase)
        };
        let says = words(self.cue).any(|word| {
            lexicon::cue_verb(&word).is_some()
                || lexicon::cue_noun(&word).is_some()
                || word == "according"
        });
        let others = self
            .source
            .as_ref()
            .and_then(|source| words(source.span).next());
        let others = others.is_some_and(|first| !AUTHOR.contains(&first.as_str()));
        let length: usize = self.content.iter().map(|span| words(*span).count()).sum();
        let free = |span: &Span<Clean>| by_rules.of(*span).is_empty();
        let clause = self.clause || contents.verbatim_share(&self.content) > 0.0;
        self.probability >= STATEMENT
            && clause
            && says
            && others
            && length >= STATEMENT_WORDS
            && free(&self.cue)
            && self.content.iter().all(free)
    }

    /// `None` without a content, in a byline, or in no sentence.
    fn of(
        contents: &Contents,
        sentences: &[ReadSentence],
        surnames: &BTreeSet<&str>,
        tagged: &Tagged,
    ) -> Option<Seen> {
        let text = contents.text;
        let span = |range: &Range<usize>| Span::new(range.start, range.end);
        let cue = span(&tagged.cue);
        let sentence = sentences.partition_point(|s| s.span.end <= cue.start);
        let read = sentences.get(sentence).filter(|s| s.span.overlaps(cue))?;
        if text.paragraphs[read.paragraph].kind == ParagraphKind::Front {
            return None;
        }
        let content: Vec<Span<Clean>> = tagged
            .contents
            .iter()
            .map(|range| contents.strip(without_that(text, span(range))))
            .filter(|content| content.len() > 1)
            .collect();
        if content.is_empty() {
            return None;
        }
        let opens = |range: &Range<usize>| {
            let first = text.str(span(range)).split_whitespace().next();
            let first = first.map(str::to_lowercase);
            first.is_some_and(|first| CLAUSES.contains(&first.as_str()))
        };
        let before = tagged
            .contents
            .iter()
            .any(|content| content.end <= cue.start);
        let source = tagged.sources.first().map(|range| {
            let span = span(range);
            SourcePhrase {
                holder: holder(sentences, surnames, span),
                span,
            }
        });
        Some(Seen {
            cue,
            source,
            content,
            sentence,
            probability: f64::from(tagged.cue_probability * tagged.span_probability),
            clause: before || tagged.contents.iter().any(opens),
            taken: false,
        })
    }
}

/// What the source phrase refers to. `surnames` are the last words of the names in the text.
fn holder(sentences: &[ReadSentence], surnames: &BTreeSet<&str>, span: Span<Clean>) -> Holder {
    let at = sentences.partition_point(|s| s.span.end <= span.start);
    // A phrase in no sentence is of somebody whom it does not name.
    let Some(sentence) = sentences.get(at) else {
        return Holder::Generic;
    };
    let first = (sentence.tokens).partition_point(|token| token.span.end <= span.start);
    let last = (sentence.tokens).partition_point(|token| token.span.start < span.end);
    let words = Words {
        tokens: &sentence.tokens,
        names: &sentence.names,
    };
    let by_rules = words.classify(first..last).map(|phrase| phrase.holder);
    let tokens = &sentence.tokens[first..last];
    let text = |words: &[Token]| {
        let words: Vec<&str> = words.iter().map(Token::stem).collect();
        words.join(" ")
    };
    match (by_rules, named::head(tokens)) {
        (Some(Holder::Persons(names)), Some(Named::Person(name))) => {
            // "Lindqvist spokesman Nick Merrill": the head is another than the first name.
            let head = text(&tokens[name.clone()]);
            let known = |name: &String| head.contains(name.as_str()) || name.contains(&head);
            let surname = tokens[name.end - 1].stem();
            if names
                .iter()
                .any(|name| known(name) || name.ends_with(surname))
            {
                Holder::Persons(names)
            } else {
                Holder::Persons(vec![head])
            }
        }
        (None | Some(Holder::Generic | Holder::Definite), Some(Named::Person(name))) => {
            Holder::Persons(vec![text(&tokens[name])])
        }
        (None | Some(Holder::Generic | Holder::Definite), Some(Named::Word(at))) => {
            let word = tokens[at].stem();
            if surnames.contains(word) {
                Holder::Persons(vec![word.to_owned()])
            } else {
                Holder::Institution
            }
        }
        (None | Some(Holder::Generic | Holder::Definite), Some(Named::Other(_))) => {
            Holder::Institution
        }
        (Some(holder), _) => holder,
        (None, None) => Holder::Generic,
    }
}

/// The persons whom source phrases name by a sign of their own, as the text has them.
pub fn persons(text: &CleanText, tagged: &[Tagged]) -> Vec<String> {
    let mut names = BTreeSet::new();
    for source in tagged.iter().flat_map(|tagged| &tagged.sources) {
        let tokens = tokenise(&text.text, Span::new(source.start, source.end));
        if let Some(Named::Person(name)) = named::head(&tokens) {
            let words: Vec<&str> = tokens[name].iter().map(Token::stem).collect();
            names.insert(words.join(" "));
        }
    }
    names.into_iter().collect()
}

/// A content begins behind its "that".
fn without_that(text: &CleanText, span: Span<Clean>) -> Span<Clean> {
    let inside = text.str(span);
    let that = inside
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("that"));
    let behind = that.filter(|that| inside[that.len()..].starts_with(char::is_whitespace));
    Span::new(span.start + behind.map_or(0, str::len), span.end)
}

/// Which quotation is which, one to one, those that share most first.
fn pairs(quotations: &[Quotation], seen: &[Seen]) -> Vec<(usize, usize)> {
    let extents = Overlaps::new(seen.iter().map(|seen| extent(&seen.content)));
    let mut all: Vec<(f64, usize, usize)> = Vec::new();
    for (r, quotation) in quotations.iter().enumerate() {
        for t in extents.of(quotation.extent()) {
            let shared = shared(&quotation.content, &seen[t].content);
            if shared >= SAME {
                all.push((shared, r, t));
            }
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut ours, mut theirs) = (vec![false; quotations.len()], vec![false; seen.len()]);
    let mut pairs = Vec::new();
    for (_, r, t) in all {
        if !ours[r] && !theirs[t] {
            (ours[r], theirs[t]) = (true, true);
            pairs.push((r, t));
        }
    }
    pairs
}

/// From the first byte to the last, in whatever order the spans are.
fn extent(spans: &[Span<Clean>]) -> Span<Clean> {
    let joined = spans.iter().copied().reduce(Span::join);
    joined.unwrap_or(Span::new(0, 0))
}

/// The Jaccard index of two contents, in bytes.
fn shared(one: &[Span<Clean>], other: &[Span<Clean>]) -> f64 {
    let length = |spans: &[Span<Clean>]| spans.iter().map(|s| s.len()).sum::<usize>();
    let mut both = 0;
    for a in one {
        for b in other {
            both += a.end.min(b.end).saturating_sub(a.start.max(b.start));
        }
    }
    both as f64 / (length(one) + length(other)).saturating_sub(both).max(1) as f64
}
