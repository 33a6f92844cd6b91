//! A quotation's content: its boundaries, and how much of it is verbatim.

use super::marks::Marked;
use crate::analysis::QuotationKind;
use crate::layout::CleanText;
use crate::text::{Clean, Overlaps, Span};

/// The text that contents are cut from, with its passages in quotation marks.
pub struct Contents<'a> {
    pub text: &'a CleanText,
    pub marked: &'a [Marked],
    outer: Overlaps<Clean>,
    /// Whether a passage has more words than a scare quote has.
    long: Vec<bool>,
}

/// Quotation marks around so few words are transparent: cues may stand inside.
const TRANSPARENT_WORDS: usize = 3;

/// By the share of the words that stand in quotation marks.
pub fn kind(verbatim: f64) -> QuotationKind {
    if verbatim >= 0.9 {
        QuotationKind::Direct
    } else if verbatim > 0.0 {
        QuotationKind::Mixed
    } else {
        QuotationKind::Indirect
    }
}

impl<'a> Contents<'a> {
    pub fn new(text: &'a CleanText, marked: &'a [Marked]) -> Contents<'a> {
        let words = |m: &Marked| {
            text.str(m.extent())
                .split_whitespace()
                .take(TRANSPARENT_WORDS + 1)
        };
        Contents {
            text,
            marked,
            outer: Overlaps::new(marked.iter().map(|m| m.outer)),
            long: marked
                .iter()
                .map(|m| words(m).count() > TRANSPARENT_WORDS)
                .collect(),
        }
    }

    /// The passages in marks that overlap `span`, in order.
    pub fn near(&self, span: Span<Clean>) -> impl Iterator<Item = &'a Marked> {
        let marked = self.marked;
        self.outer.of(span).into_iter().map(move |i| &marked[i])
    }

    /// As [`Contents::near`], of those that stand in no other and have more words than a scare quote.
    pub fn long_near(&self, span: Span<Clean>) -> impl Iterator<Item = &'a Marked> {
        let near = self.outer.of(span).into_iter();
        let long = near.filter(|&i| self.long[i] && !self.marked[i].nested);
        long.map(|i| &self.marked[i])
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The span without the marks around it and without stray punctuation.
    pub fn strip(&self, span: Span<Clean>) -> Span<Clean> {
        let mut span = span.trim(&self.text.text);
        loop {
            let inside = self.text.str(span);
            let Some(first) = inside.chars().next() else {
                return span;
            };
            let last = inside.chars().next_back().unwrap_or(first);
            let opens = matches!(first, '“' | '"' | '«' | '‘');
            let closes = matches!(last, '”' | '"' | '»');
            let close = match first {
                '“' => '”',
                '«' => '»',
                '‘' => '’',
                other => other,
            };
            let whole = opens
                && last == close
                && inside.chars().count() > 2
                && inside[first.len_utf8()..inside.len() - last.len_utf8()]
                    .find(if first == '"' { '"' } else { first })
                    .is_none();
            if whole {
                span = Span::new(span.start + first.len_utf8(), span.end - last.len_utf8())
                    .trim(&self.text.text);
                continue;
            }
            if matches!(first, ',' | ':' | ';' | '—' | ')') {
                span = Span::new(span.start + first.len_utf8(), span.end).trim(&self.text.text);
                continue;
            }
            let unopened = closes
                && !inside[..inside.len() - last.len_utf8()].contains(if last == '”' {
                    '“'
                } else if last == '»' {
                    '«'
                } else {
                    '"'
                });
            if unopened || matches!(last, ',' | ':' | '—') && !inside.ends_with(",”") {
                let at_end = Span::new(span.end.saturating_sub(1), span.end);
                if matches!(last, ',')
                    && (self.near(at_end)).any(|m| m.inner.iter().any(|i| i.end == span.end))
                {
                    return span;
                }
                span = Span::new(span.start, span.end - last.len_utf8()).trim(&self.text.text);
                continue;
            }
            // An opening mark whose closing mark lies behind a final full stop.
            if opens && !inside[first.len_utf8()..].contains(close) {
                span = Span::new(span.start + first.len_utf8(), span.end).trim(&self.text.text);
                continue;
            }
            return span;
        }
    }

    /// The share of the content's words that stand in quotation marks of more than a few words.
    pub fn verbatim_share(&self, content: &[Span<Clean>]) -> f64 {
        let count = |s: &str| s.split_whitespace().count();
        let total: usize = content.iter().map(|c| count(self.text.str(*c))).sum();
        let mut quoted = 0;
        for c in content {
            let inner = self.near(*c).filter(|m| !m.nested).flat_map(|m| &m.inner);
            for inner in inner.filter(|inner| c.overlaps(**inner)) {
                let both = Span::new(c.start.max(inner.start), c.end.min(inner.end));
                quoted += count(self.text.str(both));
            }
        }
        if total == 0 {
            0.0
        } else {
            (quoted as f64 / total as f64).min(1.0)
        }
    }
}
