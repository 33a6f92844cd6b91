//! One argument map per expert: claims from quotations, and edges that show how claims relate.
//!
//! [`build`] groups quotations by expert, joins those that say nearly the same into claims
//! ([`claims`]), and draws edges from discourse markers ([`markers`]) and from content and stance
//! ([`relations`]). Everything is ordered by document id and reading order, so that the order in
//! which documents arrive does not matter.

mod claims;
mod markers;
mod relations;

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{
    ArgMap, DocumentRecord, Edge, ExpertKind, ExpertRecord, FormRecord, QuotationRecord,
    QuotationRef, StanceShare, Who,
};
use crate::compare::statistics::wilson;
use crate::stance::{Scheme, rounded};

/// Vectors of quotations, by document id and quotation id; of length 1.
pub type Vectors<'a> = dyn Fn(&str, &str) -> Option<&'a [f32]> + Sync + 'a;

/// A quotation with what the map needs of it.
#[derive(Clone, Copy)]
pub(crate) struct Quoted<'a> {
    pub document: &'a DocumentRecord,
    pub quotation: &'a QuotationRecord,
    pub vector: Option<&'a [f32]>,
}

impl<'a> Quoted<'a> {
    pub fn label(&self) -> Option<&'a str> {
        self.quotation.stance.label.as_deref()
    }

    pub fn text(&self) -> &'a str {
        &self.quotation.passage.text
    }

    pub fn reference(&self) -> QuotationRef {
        QuotationRef {
            document: self.document.id.clone(),
            quotation: self.quotation.id.clone(),
        }
    }

    /// Cosine; where a vector is missing, 1 for the same words and 0 for others.
    pub fn similarity(&self, other: &Quoted) -> f64 {
        match (self.vector, other.vector) {
            (Some(one), Some(two)) => crate::stance::cosine(one, two),
            _ => f64::from(u8::from(
                self.text().to_lowercase() == other.text().to_lowercase(),
            )),
        }
    }
}

/// Who one map belongs to, before it is drawn.
struct Owner<'a> {
    kind: ExpertKind,
    members: Vec<String>,
    /// Names with their counts; the most frequent one is shown.
    names: BTreeMap<String, usize>,
    quoted: Vec<Quoted<'a>>,
}

/// Experts sorted by id, each with its map, and the edges between claims of different experts.
///
/// `forms` lists each expert's spellings by expert id. A quotation of several persons is in the map
/// of each and in that of their joint source, whose id is theirs joined by "+". Unnamed and
/// unresolved quotations are in no map.
pub fn build<'a>(
    documents: &'a [DocumentRecord],
    forms: &BTreeMap<String, Vec<FormRecord>>,
    vectors: &Vectors<'a>,
    scheme: &Scheme,
) -> (Vec<ExpertRecord>, Vec<Edge>) {
    let owners = owners(documents, vectors);
    let mut drawn: Vec<claims::Drawn> = Vec::new();
    for (id, owner) in &owners {
        drawn.extend(claims::join(id, &owner.quoted, scheme));
    }
    let groups: BTreeMap<&str, &[String]> = owners
        .iter()
        .map(|(id, owner)| (id.as_str(), owner.members.as_slice()))
        .collect();
    let mut edges = relations::between(&drawn, &groups, scheme);
    for (id, owner) in &owners {
        let own: Vec<&claims::Drawn> = drawn.iter().filter(|c| c.expert == *id).collect();
        edges.extend(markers::between(&owner.quoted, &own));
    }
    let (mut within, across): (Vec<_>, Vec<_>) = relations::merge(edges)
        .into_iter()
        .partition(|edge| expert_of(&edge.from) == expert_of(&edge.to));

    let mut maps: BTreeMap<String, ArgMap> = BTreeMap::new();
    for edge in within.drain(..) {
        let owner = expert_of(&edge.from).to_owned();
        maps.entry(owner).or_default().edges.push(edge);
    }
    for claim in drawn {
        let map = maps.entry(claim.expert).or_default();
        map.claims.push(claim.claim);
    }
    let experts = owners
        .into_iter()
        .map(|(id, owner)| record(id, owner, forms, &mut maps, scheme))
        .collect();
    (experts, across)
}

fn owners<'a>(
    documents: &'a [DocumentRecord],
    vectors: &Vectors<'a>,
) -> BTreeMap<String, Owner<'a>> {
    let mut sorted: Vec<&DocumentRecord> = documents.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
    for document in sorted {
        for quotation in &document.quotations {
            let quoted = Quoted {
                document,
                quotation,
                vector: vectors(&document.id, &quotation.id),
            };
            let mut add = |id: String, kind, members: Vec<String>, name: &str| {
                let owner = owners.entry(id).or_insert_with(|| Owner {
                    kind,
                    members,
                    names: BTreeMap::new(),
                    quoted: Vec::new(),
                });
                *owner.names.entry(name.to_owned()).or_default() += 1;
                owner.quoted.push(quoted);
            };
            let speakers = &quotation.attribution.speakers;
            match quotation.attribution.who {
                Who::Unnamed | Who::Unresolved => {}
                Who::Collective => {
                    let Some(speaker) = speakers.first() else {
                        continue;
                    };
                    let id = match speaker.expert.as_str() {
                        "" => collective_id(&speaker.name),
                        known => known.to_owned(),
                    };
                    add(id, ExpertKind::Collective, Vec::new(), &speaker.name);
                }
                Who::Person => {
                    let mut members: BTreeMap<&str, &str> = BTreeMap::new();
                    for speaker in speakers.iter().filter(|s| !s.expert.is_empty()) {
                        members.entry(&speaker.expert).or_insert(&speaker.name);
                    }
                    for (id, name) in &members {
                        add((*id).to_owned(), ExpertKind::Person, Vec::new(), name);
                    }
                    if members.len() > 1 {
                        let ids: Vec<String> = members.keys().map(|&id| id.into()).collect();
                        let names: Vec<&str> = members.values().copied().collect();
                        add(ids.join("+"), ExpertKind::Joint, ids, &names.join("; "));
                    }
                }
            }
        }
    }
    owners
}

fn record(
    id: String,
    owner: Owner,
    forms: &BTreeMap<String, Vec<FormRecord>>,
    maps: &mut BTreeMap<String, ArgMap>,
    scheme: &Scheme,
) -> ExpertRecord {
    let decided: Vec<&str> = owner.quoted.iter().filter_map(Quoted::label).collect();
    let shares = scheme
        .labels
        .iter()
        .map(|label| {
            let count = decided.iter().filter(|&&l| l == label.name).count();
            let interval = wilson(count, decided.len());
            StanceShare {
                label: label.name.clone(),
                count,
                share: rounded(count as f64 / decided.len().max(1) as f64),
                low: rounded(interval.low),
                high: rounded(interval.high),
            }
        })
        .collect();
    let mut name: (&str, usize) = ("", 0);
    for (candidate, &count) in &owner.names {
        if count > name.1 {
            name = (candidate, count);
        }
    }
    ExpertRecord {
        kind: owner.kind,
        name: name.0.to_owned(),
        members: owner.members,
        forms: forms.get(&id).cloned().unwrap_or_default(),
        quotations: owner.quoted.iter().map(Quoted::reference).collect(),
        shares,
        abstained: owner.quoted.len() - decided.len(),
        map: maps.remove(&id).unwrap_or_default(),
        id,
    }
}

/// The id of a collective that has none yet: its phrase in lower case, without an article.
pub fn collective_id(phrase: &str) -> String {
    let plain = any_ascii::any_ascii(phrase).to_lowercase();
    let mut words: Vec<&str> = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > 1 && ["the", "a", "an"].contains(&words[0]) {
        words.remove(0);
    }
    words.join("-")
}

/// The expert that a claim's id belongs to.
fn expert_of(claim: &str) -> &str {
    claim.rsplit_once('/').map_or(claim, |(expert, _)| expert)
}

/// Whether two claims rest on one and the same quotation.
fn share_a_quotation(one: &[QuotationRef], other: &[QuotationRef]) -> bool {
    let one: BTreeSet<&QuotationRef> = one.iter().collect();
    other.iter().any(|reference| one.contains(reference))
}
