//! Edges that the essay itself spells out: "because", "therefore", "however", "in other words".

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Quoted;
use super::claims::Drawn;
use super::relations::{evidence, ordered};
use crate::analysis::{DocumentRecord, Edge, EdgeEvidence, EdgeKind, Piece, SentenceRecord};

const TABLE: &str = include_str!("markers.tsv");

/// A marker between two statements of one sentence, or that begins the later one.
const PLAIN: f64 = 0.9;
/// A marker of the essay's, in front of the sentence that holds the later statement.
const OVERHEARD: f64 = 0.8;
/// More code points than this between two quotations, and they are no neighbours.
const FARTHEST: usize = 240;

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    FromLater,
    FromEarlier,
    Both,
}

struct Marker {
    words: &'static str,
    kind: EdgeKind,
    direction: Direction,
    anywhere: bool,
}

static MARKERS: LazyLock<Vec<Marker>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    let mut markers: Vec<Marker> = rows
        .filter_map(|row| {
            let cells: Vec<&str> = row.split('\t').collect();
            let [words, kind, from, place] = cells[..] else {
                return None;
            };
            Some(Marker {
                words,
                kind: match kind {
                    "support" => EdgeKind::Support,
                    "attack" => EdgeKind::Attack,
                    _ => EdgeKind::Rephrase,
                },
                direction: match from {
                    "later" => Direction::FromLater,
                    "earlier" => Direction::FromEarlier,
                    _ => Direction::Both,
                },
                anywhere: place == "anywhere",
            })
        })
        .collect();
    // The longest first: "that is why" is not "that is".
    markers.sort_by_key(|m| std::cmp::Reverse(m.words.len()));
    markers
});

/// Edges between the claims of neighbouring quotations of one expert in one paragraph.
pub(super) fn between(quoted: &[Quoted], claims: &[&Drawn]) -> Vec<Edge> {
    let mut claim_of: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for claim in claims {
        for member in &claim.members {
            let key = (member.document.id.as_str(), member.quotation.id.as_str());
            claim_of.insert(key, &claim.claim.id);
        }
    }
    let claim_of = |q: &Quoted| claim_of[&(q.document.id.as_str(), q.quotation.id.as_str())];
    let mut edges = Vec::new();
    let mut read: Option<(&str, Sentences, Vec<char>)> = None;
    for pair in quoted.windows(2) {
        let (earlier, later) = (&pair[0], &pair[1]);
        if earlier.document.id != later.document.id || claim_of(earlier) == claim_of(later) {
            continue;
        }
        if read
            .as_ref()
            .is_none_or(|(id, ..)| *id != earlier.document.id)
        {
            let text = earlier.document.text.chars().collect();
            read = Some((&earlier.document.id, sentences(earlier.document), text));
        }
        let Some((_, sentences, text)) = &read else {
            continue;
        };
        let Some((marker, score, shown)) = marker_of(earlier, later, sentences, text) else {
            continue;
        };
        let (from, to) = match marker.direction {
            Direction::FromLater => (claim_of(later), claim_of(earlier)),
            Direction::FromEarlier => (claim_of(earlier), claim_of(later)),
            Direction::Both => ordered(claim_of(earlier), claim_of(later)),
        };
        let mut shows = vec![evidence(earlier), evidence(later)];
        shows.extend(shown.filter(|s| !shows.contains(s)));
        edges.push(Edge {
            kind: marker.kind,
            from: from.to_owned(),
            to: to.to_owned(),
            score,
            basis: vec!["discourse-marker".to_owned()],
            evidence: shows,
        });
    }
    edges
}

type Sentences<'a> = BTreeMap<&'a str, (usize, &'a SentenceRecord)>;

fn sentences(document: &DocumentRecord) -> Sentences<'_> {
    let numbered = document.sentences.iter().enumerate();
    numbered.map(|(at, s)| (s.id.as_str(), (at, s))).collect()
}

/// The marker that joins two quotations, its score, and the sentence that holds it.
fn marker_of(
    earlier: &Quoted,
    later: &Quoted,
    sentences: &Sentences,
    text: &[char],
) -> Option<(&'static Marker, f64, Option<EdgeEvidence>)> {
    let last = sentences.get(earlier.quotation.sentences.last()?.as_str())?;
    let first = sentences.get(later.quotation.sentences.first()?.as_str())?;
    let same_place = last.1.paragraph == first.1.paragraph && last.1.note == first.1.note;
    if !same_place || first.0.abs_diff(last.0) > 1 {
        return None;
    }
    let end = earlier.quotation.passage.extent().end;
    let begin = later.quotation.passage.extent().start;
    let sentence = first.1.passage.extent();
    if begin < end || begin - end > FARTHEST || begin > text.len() {
        return None;
    }
    let between: String = text[end..begin].iter().collect();
    let lead: String = text[sentence.start.clamp(end, begin)..begin]
        .iter()
        .collect();
    let shown = Some(EdgeEvidence {
        document: later.document.id.clone(),
        piece: Piece {
            start: sentence.start,
            end: sentence.end,
        },
        text: first.1.passage.text.clone(),
    });
    // "Because A, B" gives the reason for B, not for what was said before.
    let own_sentence = sentence.start >= end && folded(&lead).trim().is_empty();
    for marker in MARKERS.iter() {
        let fronted = |words: &str| {
            marker.direction == Direction::FromLater
                && marker.kind == EdgeKind::Support
                && marker.words != "after all"
                && words.contains(',')
        };
        if starts_with(later.text(), marker.words)
            && !(own_sentence && fronted(later.text()))
            && !temporal(later.text(), marker.words)
        {
            return Some((marker, PLAIN, None));
        }
        let spoken = folded(&between);
        let at_start = starts_with(&between, marker.words) || starts_with(&lead, marker.words);
        let inside = marker.anywhere && spoken.contains(&format!(" {} ", marker.words));
        let fronted_lead = sentence.start >= end && starts_with(&lead, marker.words);
        if (at_start || inside)
            && !temporal(&between, marker.words)
            && !(fronted_lead && fronted(&first.1.passage.text))
        {
            let score = if sentence.start >= end {
                OVERHEARD
            } else {
                PLAIN
            };
            return Some((marker, score, shown));
        }
    }
    None
}

/// " word word " in lower case, marks dropped.
fn folded(text: &str) -> String {
    let mut folded = String::from(" ");
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-')) {
        if !word.is_empty() {
            folded.push_str(&word.to_lowercase());
            folded.push(' ');
        }
    }
    folded
}

/// Whether the text begins with the marker, an "and" before it or not. Digits, such as those of a
/// note marker, are passed over.
fn starts_with(text: &str, marker: &str) -> bool {
    let bare = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let folded = folded(bare);
    let rest = folded.strip_prefix(" and").unwrap_or(&folded);
    rest.starts_with(&format!(" {marker} "))
}

/// "since 1991", "since then", "since the war": of time, not of reason.
fn temporal(text: &str, marker: &str) -> bool {
    marker == "since"
        && folded(text)
            .split_once(" since ")
            .is_some_and(|(_, after)| {
                let next = after.split(' ').next().unwrap_or("");
                next.starts_with(|c: char| c.is_ascii_digit())
                    || ["then", "the", "at"].contains(&next)
            })
}
