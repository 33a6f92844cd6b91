//! Note markers in the body: what may be one, and which of them are.

use crate::text::{Raw, Span};

/// A number in the body that may be a note's marker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub number: u32,
    pub span: Span<Raw>,
    /// How much its surroundings speak for it.
    pub weight: f64,
}

const SUPERSCRIPT: f64 = 1.2;
const AFTER_CLOSING_MARK: f64 = 1.0;
const AFTER_WORD: f64 = 0.8;
const SPACED: f64 = 0.4;

/// Each missing number between two markers of a chain costs this much.
const GAP_COST: f64 = 0.7;
/// More missing numbers than this end a chain.
const MAX_GAP: u32 = 3;

/// Words after which a number is a page, a volume or an article, never a marker.
const BEFORE_NUMBERS: [&str; 22] = [
    "p", "pp", "no", "nos", "vol", "vols", "art", "arts", "article", "para", "paras", "fig", "ch",
    "chap", "sec", "table", "page", "pages", "chapter", "section", "n", "nn",
];

/// The candidates in one line of the body, in order.
pub(super) fn candidates(raw: &str, line: Span<Raw>) -> Vec<Candidate> {
    let text = line.of(raw);
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let superscript = superscript_digit(chars[i].1).is_some();
        let digit_at = |j: usize| {
            chars.get(j).and_then(|&(_, c)| {
                if superscript {
                    superscript_digit(c)
                } else {
                    c.to_digit(10).filter(|_| c.is_ascii())
                }
            })
        };
        if digit_at(i).is_none() {
            i += 1;
            continue;
        }
        let mut j = i;
        let mut number: u32 = 0;
        while let Some(d) = digit_at(j) {
            number = number.saturating_mul(10).saturating_add(d);
            j += 1;
        }
        let leading_zero = digit_at(i) == Some(0);
        if j - i <= 3 && !leading_zero {
            let weight = if superscript {
                (i > 0).then_some(SUPERSCRIPT)
            } else {
                weight(&chars, i, j)
            };
            if let Some(weight) = weight {
                let end = chars.get(j).map_or(text.len(), |c| c.0);
                let span = Span::new(line.start + chars[i].0, line.start + end);
                found.push(Candidate {
                    number,
                    span,
                    weight,
                });
            }
        }
        i = j;
    }
    found
}

fn superscript_digit(c: char) -> Option<u32> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹"
        .chars()
        .position(|s| s == c)
        .and_then(|p| u32::try_from(p).ok())
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | '!' | '?' | '…' | '”' | '’' | '"' | '\'' | ')' | ']' | '»' | '%'
    )
}

/// What speaks for the digits `chars[i..j]` being a marker; `None` where something rules it out.
fn weight(chars: &[(usize, char)], i: usize, j: usize) -> Option<f64> {
    let at = |k: Option<usize>| k.and_then(|k| chars.get(k)).map(|c| c.1);
    let before = at(i.checked_sub(1))?;
    let after = at(Some(j));
    if before == '[' && after == Some(']') {
        let earlier = at(i.checked_sub(2))?;
        return (earlier.is_alphabetic() || is_closing(earlier) || earlier == ' ')
            .then_some(AFTER_CLOSING_MARK);
    }
    let free_after = match after {
        None => true,
        Some(c) => c.is_whitespace() || is_closing(c) || matches!(c, '—' | '–' | '“' | '(' | '['),
    };
    if !free_after {
        return None;
    }
    // "3.5", "1,000", "10:30": a number goes on after the mark.
    if let Some(c) = after
        && matches!(c, '.' | ',' | ':' | '’' | '\'' | '–')
        && at(Some(j + 1)).is_some_and(|d| d.is_ascii_digit())
    {
        return None;
    }
    if is_closing(before) {
        return glued_to_mark(chars, i, j, before);
    }
    if before.is_alphabetic() {
        let word = word_before(chars, i);
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        // "SU27", "G20", "F35", "T72": a model or a group, not a word with a marker.
        if word.chars().count() < 2
            || (capitals == word.chars().count() && capitals < 4)
            || BEFORE_NUMBERS.contains(&word.to_lowercase().as_str())
        {
            return None;
        }
        return Some(AFTER_WORD);
    }
    if before == ' ' {
        return spaced(chars, i, after, j);
    }
    None
}

fn glued_to_mark(chars: &[(usize, char)], i: usize, j: usize, before: char) -> Option<f64> {
    let earlier = i.checked_sub(2).map(|k| chars[k].1);
    if matches!(before, '.' | ',' | ':') && earlier.is_some_and(|c| c.is_ascii_digit()) {
        // "in 1994.9" ends a sentence with a year; "3.5" and "1,000" are numbers.
        let digits: String = chars[..i - 1]
            .iter()
            .rev()
            .map(|c| c.1)
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .chars()
            .rev()
            .collect();
        let year = digits.len() == 4 && (digits.starts_with("1") || digits.starts_with("20"));
        if year && before != ':' {
            return Some(AFTER_WORD);
        }
        // "Task Force 151.9 It was": the stop may end a sentence; the chain decides.
        let mut rest = chars[j..]
            .iter()
            .map(|c| c.1)
            .skip_while(|c| c.is_whitespace());
        let opens = rest
            .next()
            .is_none_or(|c| c.is_uppercase() || matches!(c, '“' | '"'));
        return (before == '.' && digits.len() >= 2 && opens).then_some(SPACED / 2.0);
    }
    if before == '.' {
        let word = word_before(chars, i - 1);
        if BEFORE_NUMBERS.contains(&word.to_lowercase().as_str()) {
            return None;
        }
    }
    // "(12)" is an enumeration; "' 89" and "'89" are years.
    if matches!(before, '\'' | '’') && earlier.is_none_or(char::is_whitespace) {
        return None;
    }
    Some(AFTER_CLOSING_MARK)
}

/// A marker after a space stands behind a closing mark and before a new sentence or the line's end.
fn spaced(chars: &[(usize, char)], i: usize, after: Option<char>, j: usize) -> Option<f64> {
    let closing = i.checked_sub(2).map(|k| chars[k].1)?;
    let ends_sentence = matches!(closing, '.' | '!' | '?' | '”' | '"' | '…' | '’')
        || (closing == ',' && i >= 3 && matches!(chars[i - 3].1, '”' | '"' | '’'));
    if !ends_sentence || after.is_some_and(|c| !c.is_whitespace()) {
        return None;
    }
    if closing == '.' {
        let word = word_before(chars, i - 2);
        if BEFORE_NUMBERS.contains(&word.to_lowercase().as_str()) {
            return None;
        }
    }
    let next = chars[j..].iter().map(|c| c.1).find(|c| !c.is_whitespace());
    match next {
        None => Some(SPACED),
        Some(c) if c.is_uppercase() || matches!(c, '“' | '"' | '‘') => Some(SPACED / 2.0),
        Some(_) if matches!(closing, '”' | '"' | '’') => Some(SPACED / 2.0),
        Some(_) => None,
    }
}

fn word_before(chars: &[(usize, char)], i: usize) -> String {
    let mut word: Vec<char> = chars[..i]
        .iter()
        .rev()
        .map(|c| c.1)
        .take_while(|c| c.is_alphabetic())
        .collect();
    word.reverse();
    word.into_iter().collect()
}

/// The rising chain of candidates with the greatest weight, beginning at `first` or soon after,
/// with no number above `last`.
pub(super) fn chain(candidates: &[Candidate], first: u32, last: u32) -> Vec<Candidate> {
    let links: Vec<(u32, f64)> = candidates.iter().map(|c| (c.number, c.weight)).collect();
    best_chain(&links, first, last, GAP_COST)
        .into_iter()
        .map(|i| candidates[i])
        .collect()
}

/// The indices of the heaviest chain whose numbers rise by one, or by a little more at a cost.
pub(super) fn best_chain(links: &[(u32, f64)], first: u32, last: u32, gap_cost: f64) -> Vec<usize> {
    let mut score = vec![f64::NEG_INFINITY; links.len()];
    let mut back: Vec<Option<usize>> = vec![None; links.len()];
    let mut best_at: std::collections::HashMap<u32, usize> = std::collections::HashMap::new();
    for (i, &(number, weight)) in links.iter().enumerate() {
        if number < first || number > last {
            continue;
        }
        let missing = number - first;
        if missing <= MAX_GAP {
            score[i] = weight - gap_cost * f64::from(missing);
        }
        for gap in 0..=MAX_GAP {
            let Some(wanted) = number.checked_sub(gap + 1) else {
                break;
            };
            if let Some(&j) = best_at.get(&wanted) {
                let through = score[j] + weight - gap_cost * f64::from(gap);
                if through > score[i] {
                    score[i] = through;
                    back[i] = Some(j);
                }
            }
        }
        if score[i] > f64::NEG_INFINITY && best_at.get(&number).is_none_or(|&j| score[i] > score[j])
        {
            best_at.insert(number, i);
        }
    }
    let mut end = None;
    for i in 0..links.len() {
        if score[i] > 0.0 && end.is_none_or(|e: usize| score[i] > score[e]) {
            end = Some(i);
        }
    }
    let mut chain = Vec::new();
    while let Some(i) = end {
        chain.push(i);
        end = back[i];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<u32> {
        candidates(text, Span::new(0, text.len()))
            .into_iter()
            .map(|c| c.number)
            .collect()
    }

    #[test]
    fn markers_are_seen_in_every_dress() {
        for (text, number) in [
            ("close to war.1 In effect", 1),
            ("the “Cold War.”2  ", 2),
            ("to become allies”3 and", 3),
            ("one another’s culture;13 ", 13),
            ("the market,4 which", 4),
            ("its claim to the islands. 23 ", 23),
            ("wanted peace¹² and", 12),
            ("a claim.[7] Then", 7),
            ("a tariff union5 was", 5),
            ("was signed in 1994.9 ", 9),
            ("so-called Forum,25 made up", 25),
        ] {
            assert_eq!(numbers(text), [number], "{text}");
        }
    }

    #[test]
    fn years_sums_models_pages_and_list_numbers_are_not_markers() {
        for text in [
            "in 1994 and 2001.",
            "a sum of $1.4 billion and 1,000 tons",
            "SU-27, G20 and F35 and T72 tanks",
            "see p.45 and pp. 12-14, vol.3, No. 2 of",
            "at 10:30 on 5 May",
            "(12) the twelfth",
            "1. the first",
            "the summer of '89 was",
            "about 12 ships. The 3 others",
            "some 2.5 per cent",
        ] {
            assert_eq!(numbers(text), [] as [u32; 0], "{text}");
        }
    }

    #[test]
    fn the_chain_prefers_numbers_that_follow_one_another() {
        let links = [(1, 1.0), (7, 1.0), (2, 1.0), (2, 0.4), (4, 1.0), (30, 1.0)];
        assert_eq!(best_chain(&links, 1, 99, 0.7), [0, 2, 4]);
    }
}
