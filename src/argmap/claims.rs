//! Claims: the quotations of one expert that say nearly the same.

use rayon::prelude::*;

use super::Quoted;
use crate::analysis::Claim;
use crate::stance::{Scheme, rounded};

/// Quotations at least this similar say nearly the same.
pub(super) const SAME: f64 = 0.86;

/// A claim with what edges need of it.
pub(super) struct Drawn<'a> {
    pub claim: Claim,
    pub expert: String,
    /// In reading order.
    pub members: Vec<Quoted<'a>>,
    /// Index into `members` of the one whose text the claim has.
    pub central: usize,
}

/// Joins quotations, most similar pairs first, where every two of the joined are at least [`SAME`]
/// alike and no two are of opposed stances (complete linkage, ties in reading order).
pub(super) fn join<'a>(expert: &str, quoted: &[Quoted<'a>], scheme: &Scheme) -> Vec<Drawn<'a>> {
    let mut pairs: Vec<(f64, usize, usize)> = (0..quoted.len())
        .into_par_iter()
        .flat_map_iter(|i| {
            (i + 1..quoted.len())
                .map(move |j| (quoted[i].similarity(&quoted[j]), i, j))
                .filter(|(similarity, ..)| *similarity >= SAME)
        })
        .collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));

    let mut group_of: Vec<usize> = (0..quoted.len()).collect();
    let mut groups: Vec<Vec<usize>> = (0..quoted.len()).map(|i| vec![i]).collect();
    for (_, i, j) in pairs {
        let (one, other) = (group_of[i].min(group_of[j]), group_of[i].max(group_of[j]));
        let fit = |&a: &usize, &b: &usize| {
            quoted[a].similarity(&quoted[b]) >= SAME && !opposed(&quoted[a], &quoted[b], scheme)
        };
        if one == other
            || !groups[one]
                .iter()
                .all(|a| groups[other].iter().all(|b| fit(a, b)))
        {
            continue;
        }
        let moved = std::mem::take(&mut groups[other]);
        for &member in &moved {
            group_of[member] = one;
        }
        groups[one].extend(moved);
        groups[one].sort_unstable();
    }
    groups.sort_by_key(|group| group.first().copied());
    groups
        .into_iter()
        .filter(|group| !group.is_empty())
        .enumerate()
        .map(|(at, group)| {
            let members: Vec<Quoted> = group.into_iter().map(|i| quoted[i]).collect();
            let central = central(&members);
            Drawn {
                claim: Claim {
                    id: format!("{expert}/c{}", at + 1),
                    text: members[central].text().to_owned(),
                    quotations: members.iter().map(Quoted::reference).collect(),
                    stance: majority(&members, scheme),
                },
                expert: expert.to_owned(),
                members,
                central,
            }
        })
        .collect()
}

fn opposed(one: &Quoted, other: &Quoted, scheme: &Scheme) -> bool {
    match (one.label(), other.label()) {
        (Some(one), Some(other)) => scheme.opposed(one, other),
        _ => false,
    }
}

/// The member most like all others; the first where several are.
fn central(members: &[Quoted]) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (i, one) in members.iter().enumerate() {
        let sum: f64 = members.iter().map(|other| one.similarity(other)).sum();
        // Rounded, so that the last bit of a sum decides nothing.
        if rounded(sum) > best.1 {
            best = (i, rounded(sum));
        }
    }
    best.0
}

/// The most frequent label of the decided, by the scheme's order where several are.
fn majority(members: &[Quoted], scheme: &Scheme) -> Option<String> {
    let mut best: Option<(&str, usize)> = None;
    for label in &scheme.labels {
        let is_it = |quoted: &&Quoted| quoted.label() == Some(label.name.as_str());
        let count = members.iter().filter(is_it).count();
        if count > best.map_or(0, |(_, most)| most) {
            best = Some((&label.name, count));
        }
    }
    best.map(|(label, _)| label.to_owned())
}
