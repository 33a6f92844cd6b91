//! Edges by content and stance: what two claims share, and whether they agree on it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::claims::{Drawn, SAME};
use super::{Quoted, expert_of, share_a_quotation};
use crate::analysis::{Edge, EdgeEvidence, EdgeKind};
use crate::stance::features::words;
use crate::stance::{Scheme, rounded};

/// From here on, claims speak about the same.
const SIMILAR: f64 = 0.55;
/// From here on they do where they also share [`SHARED`] words of content or names.
const LIKELY: f64 = 0.35;
const SHARED: usize = 2;
/// Edges that one claim may start.
const PER_CLAIM: usize = 3;
/// Edges between two experts, in either direction.
const PER_PAIR: usize = 5;
/// A word in more than this share of all claims tells nothing about any of them...
const COMMON: f64 = 0.3;
/// ...once there are this many.
const ENOUGH: usize = 12;

/// Words without content, and those that every text about relations between states has.
const STOP: &str = "about above after again against also although among another because been \
    before being below between both could does down during each either ever every from further \
    have having here hers herself himself however into itself just less like made make many might \
    more most much must myself neither never only other others ours over quite rather same shall \
    should since some such than that their theirs them themselves then there these they this those \
    though through thus under until upon very were what whatever when where whether which while \
    whom whose will with within without would your yours relations relationship country countries \
    state states side sides";

/// Support, attack and rephrase edges between claims, of one expert and of two, at most
/// [`PER_CLAIM`] for each claim and [`PER_PAIR`] for each two experts.
///
/// `members` lists the members of each joint source: no edge joins one to its own members, nor two
/// claims that rest on the same quotation.
pub(super) fn between(
    claims: &[Drawn],
    members: &BTreeMap<&str, &[String]>,
    scheme: &Scheme,
) -> Vec<Edge> {
    let content = content(claims);
    let related = |one: &str, other: &str| {
        let holds = |group: &str, id: &str| members[group].iter().any(|member| member == id);
        holds(one, other) || holds(other, one)
    };
    // Candidates by claim, best first; both ends look, so that a pair is kept by either.
    let chosen: Vec<Vec<Candidate>> = (0..claims.len())
        .into_par_iter()
        .map(|i| {
            let mut found: Vec<Candidate> = (0..claims.len())
                .filter(|&j| j != i && !related(&claims[i].expert, &claims[j].expert))
                .filter_map(|j| candidate(claims, &content, i.min(j), i.max(j), scheme))
                .collect();
            found.sort_by(Candidate::order);
            found.truncate(PER_CLAIM);
            found
        })
        .collect();
    let mut all: Vec<Candidate> = chosen.into_iter().flatten().collect();
    all.sort_by(Candidate::order);
    all.dedup_by_key(|c| (c.one, c.other));

    let mut per_pair: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    all.retain(|c| {
        let pair = ordered(&claims[c.one].expert, &claims[c.other].expert);
        let count = per_pair.entry(pair).or_default();
        *count += 1;
        pair.0 == pair.1 || *count <= PER_PAIR
    });
    all.into_iter().map(|c| c.edge(claims)).collect()
}

struct Candidate {
    one: usize,
    other: usize,
    kind: EdgeKind,
    score: f64,
    similar: bool,
    shared: bool,
}

impl Candidate {
    /// Best score first, then by place.
    fn order(&self, other: &Candidate) -> std::cmp::Ordering {
        let place = (self.one, self.other).cmp(&(other.one, other.other));
        other.score.total_cmp(&self.score).then(place)
    }

    fn edge(self, claims: &[Drawn]) -> Edge {
        let (one, other) = (&claims[self.one], &claims[self.other]);
        // Neither supports the other more than it is supported, so all are written in one order.
        let (from, to) = ordered(&one.claim.id, &other.claim.id);
        let mut basis = Vec::new();
        if self.kind == EdgeKind::Attack {
            basis.push("opposed-stance".to_owned());
        }
        if self.shared {
            basis.push("shared-target".to_owned());
        }
        if self.similar {
            basis.push("similar-wording".to_owned());
        }
        Edge {
            kind: self.kind,
            from: from.to_owned(),
            to: to.to_owned(),
            score: self.score,
            basis,
            evidence: vec![
                evidence(&one.members[one.central]),
                evidence(&other.members[other.central]),
            ],
        }
    }
}

fn candidate(
    claims: &[Drawn],
    content: &[Vec<u32>],
    i: usize,
    j: usize,
    scheme: &Scheme,
) -> Option<Candidate> {
    let (one, other) = (&claims[i], &claims[j]);
    let (first, second) = (&one.members[one.central], &other.members[other.central]);
    let similarity = first.similarity(second);
    if similarity < LIKELY {
        return None;
    }
    let shared = common(&content[i], &content[j]);
    let similar = similarity >= SIMILAR;
    if !similar && shared < SHARED {
        return None;
    }
    let stances = (one.claim.stance.as_deref(), other.claim.stance.as_deref());
    let opposed = matches!(stances, (Some(a), Some(b)) if scheme.opposed(a, b));
    let agree = matches!(stances, (Some(a), Some(b)) if a == b && scheme.polar(a));
    let kind = match () {
        () if opposed => EdgeKind::Attack,
        () if similarity >= SAME && one.expert != other.expert => EdgeKind::Rephrase,
        () if agree => EdgeKind::Support,
        () => return None,
    };
    if share_a_quotation(&one.claim.quotations, &other.claim.quotations) {
        return None;
    }
    let sure = (first.quotation.stance.confidence * second.quotation.stance.confidence).sqrt();
    let closeness = (similarity + 0.05 * shared.min(3) as f64).min(1.0);
    let score = match kind {
        EdgeKind::Rephrase => similarity.min(1.0),
        EdgeKind::Support | EdgeKind::Attack => closeness * sure,
    };
    Some(Candidate {
        one: i,
        other: j,
        kind,
        score: rounded(score.clamp(0.0, 1.0)),
        similar,
        shared: shared >= SHARED,
    })
}

/// Each claim's words of content, as numbers, ascending.
fn content(claims: &[Drawn]) -> Vec<Vec<u32>> {
    let stop: BTreeSet<&str> = STOP.split_whitespace().collect();
    let words: Vec<BTreeSet<String>> = claims
        .iter()
        .map(|claim| {
            words(&claim.claim.text)
                .into_iter()
                .filter(|word| word.chars().count() >= 4 && !stop.contains(word.as_str()))
                .filter(|word| word.starts_with(char::is_alphabetic))
                .collect()
        })
        .collect();
    let mut claims_with: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words.iter().flatten() {
        *claims_with.entry(word).or_default() += 1;
    }
    let most = COMMON * claims.len() as f64;
    let telling = |&(_, &count): &(&&str, &usize)| claims.len() < ENOUGH || count as f64 <= most;
    let number: BTreeMap<&str, u32> = claims_with
        .iter()
        .filter(telling)
        .zip(0..)
        .map(|((word, _), number)| (*word, number))
        .collect();
    words
        .iter()
        .map(|words| {
            words
                .iter()
                .filter_map(|w| number.get(w.as_str()).copied())
                .collect()
        })
        .collect()
}

/// How many numbers two ascending lists share.
fn common(one: &[u32], other: &[u32]) -> usize {
    one.iter()
        .filter(|word| other.binary_search(word).is_ok())
        .count()
}

/// One edge for each two claims, sorted by ids. What a discourse marker says goes before what
/// content suggests: it decides kind and direction, and bases that agree with it are added.
pub(super) fn merge(edges: Vec<Edge>) -> Vec<Edge> {
    let mut merged: BTreeMap<(String, String), Edge> = BTreeMap::new();
    for edge in edges {
        let (one, other) = ordered(&edge.from, &edge.to);
        let key = (one.to_owned(), other.to_owned());
        let Some(known) = merged.remove(&key) else {
            merged.insert(key, edge);
            continue;
        };
        let said = |e: &Edge| e.basis.iter().any(|b| b == "discourse-marker");
        let replaces = said(&edge) && (!said(&known) || edge.score > known.score);
        let (mut kept, dropped) = if replaces {
            (edge, known)
        } else {
            (known, edge)
        };
        if kept.kind == dropped.kind {
            kept.basis.extend(dropped.basis);
            kept.basis.sort();
            kept.basis.dedup();
            for shown in dropped.evidence {
                if !kept.evidence.contains(&shown) {
                    kept.evidence.push(shown);
                }
            }
            kept.score = kept.score.max(dropped.score);
        }
        merged.insert(key, kept);
    }
    let mut edges: Vec<Edge> = merged.into_values().collect();
    edges.sort_by(|a, b| {
        let key = |e: &Edge| (expert_of(&e.from).to_owned(), e.from.clone(), e.to.clone());
        key(a).cmp(&key(b))
    });
    edges
}

/// The smaller id first.
pub(super) fn ordered<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    if one <= other {
        (one, other)
    } else {
        (other, one)
    }
}

pub(super) fn evidence(quoted: &Quoted) -> EdgeEvidence {
    EdgeEvidence {
        document: quoted.document.id.clone(),
        piece: quoted.quotation.passage.extent(),
        text: quoted.text().to_owned(),
    }
}
