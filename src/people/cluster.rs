//! Joins names that are one person's: best pairs first, and never two that contradict each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::compare::{self, Reading, Verdict};

/// One thing to join: a person as far as known, by the readings of the full names.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Indices into the table of readings, sorted.
    pub readings: Vec<usize>,
}

/// A join of two readings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Join {
    pub a: usize,
    pub b: usize,
    pub verdict: Verdict,
}

/// Disjoint sets with the members of each.
#[derive(Debug)]
pub(super) struct Sets {
    root: Vec<usize>,
    members: Vec<Vec<usize>>,
}

impl Sets {
    pub fn new(count: usize) -> Self {
        Sets {
            root: (0..count).collect(),
            members: (0..count).map(|at| vec![at]).collect(),
        }
    }

    pub fn root(&self, at: usize) -> usize {
        self.root[at]
    }

    /// Of the set with this root, in no order that means anything.
    pub fn members(&self, root: usize) -> &[usize] {
        &self.members[root]
    }

    /// The smaller set moves into the larger; the new root.
    pub fn union(&mut self, a: usize, b: usize) -> usize {
        let (mut a, mut b) = (self.root[a], self.root[b]);
        if a == b {
            return a;
        }
        if self.members[a].len() < self.members[b].len() {
            std::mem::swap(&mut a, &mut b);
        }
        let moved = std::mem::take(&mut self.members[b]);
        for &member in &moved {
            self.root[member] = a;
        }
        self.members[a].extend(moved);
        a
    }

    /// All sets, each sorted, in the order of their first members.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = self
            .members
            .iter()
            .filter(|members| !members.is_empty())
            .cloned()
            .collect();
        for group in &mut groups {
            group.sort_unstable();
        }
        groups.sort_unstable();
        groups
    }
}

/// The side of a pair of names that a person said are different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Second,
}

/// Decides about names of the same run.
pub(super) struct Judge<'a> {
    pub readings: &'a [Reading],
    /// For each reading the pairs of "different" names that it stands in, and on which side.
    pub apart: &'a [Vec<(usize, Side)>],
}

impl Judge<'_> {
    /// Whether a person said that the two are different.
    pub fn told_apart(&self, a: usize, b: usize) -> bool {
        self.apart[a].iter().any(|(pair, side)| {
            self.apart[b]
                .iter()
                .any(|(other, others)| pair == other && side != others)
        })
    }

    fn pair(&self, a: usize, b: usize) -> Option<Verdict> {
        if self.told_apart(a, b) {
            return None;
        }
        if a == b {
            return Some(Verdict {
                score: 1.0,
                rule: "same-name",
            });
        }
        compare::full(&self.readings[a], &self.readings[b])
    }

    /// The best pair of two items, if none of their pairs contradicts.
    fn items(&self, a: &Item, b: &Item) -> Option<Join> {
        let mut best: Option<Join> = None;
        for &x in &a.readings {
            for &y in &b.readings {
                let verdict = self.pair(x, y)?;
                if best.is_none_or(|join| verdict.score > join.verdict.score) {
                    best = Some(Join {
                        a: x,
                        b: y,
                        verdict,
                    });
                }
            }
        }
        best
    }

    fn strong(&self, item: &Item) -> bool {
        item.readings
            .iter()
            .any(|&at| self.readings[at].name.has_full_given())
    }

    fn fullness(&self, item: &Item) -> usize {
        let fullness = item
            .readings
            .iter()
            .map(|&at| self.readings[at].name.fullness());
        fullness.max().unwrap_or(0)
    }

    /// Whether two sets can be one: every pair of items fits.
    fn fit(&self, sets: &Sets, items: &[Item], a: usize, b: usize) -> bool {
        sets.members(a).iter().all(|&x| {
            sets.members(b)
                .iter()
                .all(|&y| self.items(&items[x], &items[y]).is_some())
        })
    }

    /// Joins items. Names with a forename written out first, best pairs first; then those with
    /// initials only, fuller ones first, each to the one person that it fits. Where it fits more
    /// than one it stays alone.
    ///
    /// `items` must be in an order that does not depend on the input's: it breaks ties.
    pub fn cluster(&self, items: &[Item]) -> (Sets, Vec<Join>) {
        let mut sets = Sets::new(items.len());
        let mut joins = Vec::new();
        let pairs = self.pairs(items);

        let mut strong: Vec<(usize, usize, Join)> = pairs
            .iter()
            .filter(|&&(a, b, _)| self.strong(&items[a]) && self.strong(&items[b]))
            .copied()
            .collect();
        strong.sort_by(|x, y| {
            let score = y.2.verdict.score.total_cmp(&x.2.verdict.score);
            score.then((x.0, x.1).cmp(&(y.0, y.1)))
        });
        for (a, b, join) in strong {
            let (x, y) = (sets.root(a), sets.root(b));
            if x != y && self.fit(&sets, items, x, y) {
                sets.union(x, y);
                joins.push(join);
            }
        }

        let mut near: HashMap<usize, Vec<(usize, Join)>> = HashMap::new();
        for &(a, b, join) in &pairs {
            near.entry(a).or_default().push((b, join));
            near.entry(b).or_default().push((a, join));
        }
        let mut placed: Vec<bool> = items.iter().map(|item| self.strong(item)).collect();
        let mut weak: Vec<usize> = (0..items.len()).filter(|&at| !placed[at]).collect();
        weak.sort_by_key(|&at| (std::cmp::Reverse(self.fullness(&items[at])), at));
        for at in weak {
            let mut fits: BTreeMap<usize, Join> = BTreeMap::new();
            for &(other, join) in near
                .get(&at)
                .into_iter()
                .flatten()
                .filter(|(o, _)| placed[*o])
            {
                let root = sets.root(other);
                if self.fit(&sets, items, root, at) {
                    fits.entry(root)
                        .and_modify(|best| {
                            if join.verdict.score > best.verdict.score {
                                *best = join;
                            }
                        })
                        .or_insert(join);
                }
            }
            placed[at] = true;
            if let (1, Some((&root, &join))) = (fits.len(), fits.first_key_value()) {
                sets.union(root, at);
                joins.push(join);
            }
        }
        (sets, joins)
    }

    /// All pairs of items that fit, found by shared blocks; in order.
    fn pairs(&self, items: &[Item]) -> Vec<(usize, usize, Join)> {
        let mut blocks: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            let keys: BTreeSet<String> = item
                .readings
                .iter()
                .flat_map(|&reading| self.readings[reading].blocks())
                .collect();
            for key in keys {
                blocks.entry(key).or_default().push(at);
            }
        }
        let mut candidates: Vec<(usize, usize)> = Vec::new();
        for block in blocks.values() {
            for (at, &a) in block.iter().enumerate() {
                candidates.extend(block[at + 1..].iter().map(|&b| (a, b)));
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
            .into_iter()
            .filter_map(|(a, b)| self.items(&items[a], &items[b]).map(|join| (a, b, join)))
            .collect()
    }
}
