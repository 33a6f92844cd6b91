//! Stances toward a target that is named with the text: a claim, or what one party holds toward another.

use std::ops::Range;
use std::sync::Arc;

use super::scheme::{Asks, When};
use super::{Scheme, called, logistic};
use crate::analysis::StanceCall;
use crate::infer::{Direction, Entailment, Verdict};
use crate::quote::tokens::{AUXILIARIES, BE_FORMS, without_possessive};
use crate::{Error, Result, Stage};

/// Abstain below this, unless the scheme says otherwise.
const THRESHOLD: f64 = 0.4;

/// A longer text is judged in parts of whole sentences, of about so many words.
const PART_WORDS: usize = 50;

/// A target of at most so many words without a verb names a thing, and is no claim.
const THING_WORDS: usize = 4;

/// How much a part counts that is neutral to the target.
const LEAST_WEIGHT: f64 = 0.05;

/// Decides where texts stand toward their targets.
pub struct TargetModel {
    labels: Vec<String>,
    when: Vec<When>,
    asks: Asks,
    model: Arc<dyn Entailment>,
    temperature: f64,
    threshold: f64,
}

/// A text and what it is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    pub text: &'a str,
    pub target: &'a str,
}

impl TargetModel {
    /// # Errors
    /// A scheme that asks about no target.
    pub fn new(scheme: &Scheme, model: Arc<dyn Entailment>) -> Result<TargetModel> {
        let asks = scheme.asks.ok_or_else(|| {
            Error::new(Stage::Stance, "the scheme asks about no target").at(&scheme.name)
        })?;
        Ok(TargetModel {
            labels: scheme.label_names(),
            when: scheme.labels.iter().filter_map(|l| l.when).collect(),
            asks,
            model,
            temperature: scheme.temperature,
            threshold: scheme.threshold.unwrap_or(THRESHOLD),
        })
    }

    /// Where each text stands toward its target. A text without a word stands nowhere.
    ///
    /// # Errors
    /// A target that is missing or is none; whatever the model fails with.
    pub fn calls(&self, rows: &[Row]) -> Result<Vec<StanceCall>> {
        let probabilities = match self.asks {
            Asks::Claim => self.toward_claims(rows)?,
            Asks::Direction => self.between_parties(rows)?,
        };
        let call = |probabilities: &Vec<f64>| called(&self.labels, probabilities, self.threshold);
        Ok(probabilities.iter().map(call).collect())
    }

    fn toward_claims(&self, rows: &[Row]) -> Result<Vec<Vec<f64>>> {
        let mut claims = Vec::with_capacity(rows.len());
        for row in rows {
            claims.push(claim(row.target).ok_or_else(|| no_target(row))?);
        }
        // The parts of all texts, side by side.
        let parts: Vec<Vec<&str>> = rows.iter().map(|row| parts(row.text)).collect();
        let mut pairs = Vec::new();
        for (claim, parts) in claims.iter().zip(&parts) {
            pairs.extend(parts.iter().map(|part| (*part, claim.as_str())));
        }
        let verdicts = self.model.verdicts(&pairs)?;
        let mut verdicts = verdicts.as_slice();
        let mut found = Vec::with_capacity(rows.len());
        for parts in &parts {
            let (own, rest) = verdicts.split_at(parts.len());
            verdicts = rest;
            let cooled: Vec<Verdict> = own.iter().map(|v| self.cooled(v)).collect();
            let (whole, both) = together(&cooled);
            let probability = |when: &When| match when {
                When::Support => whole.support * (1.0 - both),
                When::Oppose => whole.oppose * (1.0 - both),
                When::Both => both,
                _ => whole.neutral * (1.0 - both),
            };
            found.push(whole_of(self.when.iter().map(probability).collect()));
        }
        Ok(found)
    }

    fn cooled(&self, verdict: &Verdict) -> Verdict {
        let shares = [verdict.support, verdict.oppose, verdict.neutral];
        let logits = shares.map(|share| share.max(f64::MIN_POSITIVE).ln());
        let cooled = logistic::softmax(&logits, self.temperature);
        Verdict {
            support: cooled[0],
            oppose: cooled[1],
            neutral: cooled[2],
        }
    }

    fn between_parties(&self, rows: &[Row]) -> Result<Vec<Vec<f64>>> {
        let mut asked = Vec::new();
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let parties = parties(row.target).ok_or_else(|| no_target(row))?;
            places.push(marked(row.text, parties).map(|text| {
                let [holder, other] = [parties.0, parties.1].map(without_possessive);
                asked.push((text, format!("{holder} toward {other}")));
                asked.len() - 1
            }));
        }
        let pairs: Vec<(&str, &str)> = asked
            .iter()
            .map(|(t, c)| (t.as_str(), c.as_str()))
            .collect();
        let directions = self.model.directions(&pairs)?;
        let neutral = Direction {
            neutral: 1.0,
            ..Direction::default()
        };
        let found = places.into_iter().map(|place| {
            let direction = place.map_or(neutral, |at| directions[at]);
            let of = |when: &When| match when {
                When::Positive => direction.positive,
                When::Negative => direction.negative,
                When::PositiveBack => direction.positive_back,
                When::NegativeBack => direction.negative_back,
                _ => direction.neutral,
            };
            let logits: Vec<f64> = (self.when.iter())
                .map(|when| of(when).max(f64::MIN_POSITIVE).ln())
                .collect();
            logistic::softmax(&logits, self.temperature)
        });
        Ok(found.collect())
    }
}

fn no_target(row: &Row) -> Error {
    let start: String = row.text.chars().take(40).collect();
    Error::new(Stage::Stance, format!("`{}` is no target", row.target))
        .at(format!("the text \u{201c}{start}…\u{201d}"))
        .remedy("name a claim or a policy; for a scheme of directions, \"A toward B\"")
}

/// Of several parts, those that take a side count for more; and how far one part speaks for the target
/// while another speaks against it.
fn together(parts: &[Verdict]) -> (Verdict, f64) {
    let weight = |v: &Verdict| (1.0 - v.neutral).max(LEAST_WEIGHT);
    let all: f64 = parts.iter().map(weight).sum();
    let mean = |of: fn(&Verdict) -> f64| {
        let sum: f64 = parts.iter().map(|v| weight(v) * of(v)).sum();
        sum / all.max(f64::MIN_POSITIVE)
    };
    let most = |of: fn(&Verdict) -> f64| parts.iter().map(of).fold(0.0, f64::max);
    let whole = match parts {
        // Nothing is said.
        [] => Verdict {
            support: 0.0,
            oppose: 0.0,
            neutral: 1.0,
        },
        _ => Verdict {
            support: mean(|v| v.support),
            oppose: mean(|v| v.oppose),
            neutral: mean(|v| v.neutral),
        },
    };
    let both = match parts {
        [] | [_] => 0.0,
        _ => most(|v| v.support).min(most(|v| v.oppose)),
    };
    (whole, both)
}

/// So that they add up to 1, where labels leave an answer out.
fn whole_of(mut probabilities: Vec<f64>) -> Vec<f64> {
    let all: f64 = probabilities.iter().sum();
    let labels = probabilities.len() as f64;
    for probability in &mut probabilities {
        *probability = if all > 0.0 {
            *probability / all
        } else {
            1.0 / labels
        };
    }
    probabilities
}

/// A text in parts of whole sentences, each of about [`PART_WORDS`] words; one that is hardly longer, whole.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let words = |text: &str| text.split_whitespace().count();
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    if words(text) <= PART_WORDS * 3 / 2 {
        return vec![text];
    }
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut length = usize::MAX;
    for sentence in ends(text) {
        let own = words(&text[sentence.clone()]);
        match parts.last_mut() {
            Some(last) if length + own <= PART_WORDS => {
                last.end = sentence.end;
                length += own;
            }
            _ => {
                parts.push(sentence);
                length = own;
            }
        }
    }
    parts.into_iter().map(|part| text[part].trim()).collect()
}

/// Sentences as punctuation shows them; what has none is cut at blanks.
fn ends(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let (mut start, mut words) = (0, 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let blank_next = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        words += usize::from(blank_next && !c.is_whitespace());
        let stops = matches!(c, '.' | '!' | '?' | ';') || matches!(c, '”' | '"' | '’' | ')');
        let closed = stops && text[start..at].contains(['.', '!', '?', ';'])
            || matches!(c, '.' | '!' | '?' | ';');
        if blank_next && (closed && words > 3 || words >= PART_WORDS) {
            let end = at + c.len_utf8();
            sentences.push(start..end);
            (start, words) = (end, 0);
        }
    }
    if !text[start..].trim().is_empty() {
        sentences.push(start..text.len());
    }
    sentences
}

/// The claim that is asked about: the target itself, or that a thing is good.
fn claim(target: &str) -> Option<String> {
    let target = target.trim();
    let words: Vec<String> = (target.split_whitespace())
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return None;
    }
    let verb =
        |word: &String| AUXILIARIES.contains(&word.as_str()) || BE_FORMS.contains(&word.as_str());
    let thing = words.len() <= THING_WORDS && !words.iter().any(verb);
    Some(if thing && !target.ends_with(['.', '!']) {
        format!("{target} is a good thing and should be supported.")
    } else {
        target.to_owned()
    })
}

/// The two parties of "A toward B" or "A -> B".
fn parties(target: &str) -> Option<(&str, &str)> {
    let split = [" toward ", " towards ", "->", "→"];
    let (holder, other) = split.iter().find_map(|s| target.split_once(s))?;
    let (holder, other) = (holder.trim(), other.trim());
    (!holder.is_empty() && !other.is_empty() && holder != other).then_some((holder, other))
}

/// The text with the holder in square brackets and the other in braces, as the model has learned to
/// read them; `None` where it does not name both. Brackets that mark them already are kept.
fn marked(text: &str, (holder, other): (&str, &str)) -> Option<String> {
    let first = place(text, holder, None)?;
    let second = place(text, other, Some(&first))?;
    let mut marks = [(first, '[', ']'), (second, '{', '}')];
    marks.sort_by_key(|(range, ..)| range.start);
    let mut out = String::with_capacity(text.len() + 4);
    let mut at = 0;
    for (range, open, close) in marks {
        // A mark that is there already is replaced.
        let before = text[..range.start].ends_with('[');
        let behind = text[range.end..].starts_with(']');
        let bare = before && behind;
        out.push_str(&text[at..range.start - usize::from(bare)]);
        out.push(open);
        out.push_str(&text[range.clone()]);
        out.push(close);
        at = range.end + usize::from(bare);
    }
    out.push_str(&text[at..]);
    Some(out)
}

/// Where a name stands as words of its own, outside of `taken`: in brackets if it does so anywhere.
fn place(text: &str, name: &str, taken: Option<&Range<usize>>) -> Option<Range<usize>> {
    let free = |range: &Range<usize>| {
        taken.is_none_or(|taken| range.end <= taken.start || taken.end <= range.start)
    };
    let bracketed = format!("[{name}]");
    let inside = text
        .match_indices(&bracketed)
        .map(|(at, _)| at + 1..at + 1 + name.len())
        .find(free);
    inside.or_else(|| {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        text.match_indices(name)
            .map(|(at, _)| at..at + name.len())
            .filter(|range| {
                !word(text[..range.start].chars().next_back())
                    && !word(text[range.end..].chars().next())
            })
            .find(free)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(support: f64, oppose: f64) -> Verdict {
        Verdict {
            support,
            oppose,
            neutral: 1.0 - support - oppose,
        }
    }

    #[test]
    fn parts_that_take_a_side_outweigh_those_that_take_none() {
        let (whole, both) = together(&[verdict(0.9, 0.05), verdict(0.0, 0.0), verdict(0.0, 0.0)]);
        assert!(whole.support > 0.8, "{whole:?}");
        assert!(both < 0.1);
        let (_, both) = together(&[verdict(0.9, 0.0), verdict(0.1, 0.8)]);
        assert!(both > 0.75);
        assert_eq!(together(&[]).0.neutral, 1.0);
    }

    #[test]
    fn a_thing_becomes_a_claim_and_a_claim_stays_one() {
        assert_eq!(
            claim("a carbon tax").unwrap(),
            "a carbon tax is a good thing and should be supported."
        );
        for kept in [
            "We should tax carbon",
            "Vaccination saves lives.",
            "Taxes on carbon hit the poor hardest",
        ] {
            assert_eq!(claim(kept).unwrap(), kept);
        }
        assert_eq!(claim(" … "), None);
    }

    #[test]
    fn both_parties_are_marked_where_they_stand_as_words() {
        let marked = |text, target| marked(text, parties(target).unwrap());
        assert_eq!(
            marked("Iranians say Iran trusts Oman.", "Iran toward Oman").unwrap(),
            "Iranians say [Iran] trusts {Oman}."
        );
        assert_eq!(
            marked("Oman fears [Iran] and [Oman] waits.", "Oman -> Iran").unwrap(),
            "Oman fears {Iran} and [Oman] waits."
        );
        assert_eq!(marked("Iran waits.", "Iran toward Oman"), None);
        assert_eq!(parties("Iran"), None);
    }

    #[test]
    fn long_texts_fall_into_parts_that_hold_every_word() {
        let text =
            "The pier is old. It leaks at night, and nobody pays for it! Who would? ".repeat(20);
        let found = parts(&text);
        assert!(found.len() > 4);
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&found.join(" ")), words(&text));
        assert!(found.iter().all(|part| words(part).len() <= PART_WORDS));
        let endless = "word ".repeat(10_000);
        assert!(
            parts(&endless)
                .iter()
                .all(|part| words(part).len() <= PART_WORDS)
        );
        assert_eq!(parts(" \n"), Vec::<&str>::new());
        assert_eq!(parts("A short one."), ["A short one."]);
    }
}
