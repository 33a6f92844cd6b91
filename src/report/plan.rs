//! What the page shows and where: the order of the experts, which lists are cut, which quotation
//! has its anchor in which section.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{
    Analysis, Claim, DocumentRecord, ExpertRecord, NoteLabel, NoteRecord, QuotationRecord,
    QuotationRef, Who,
};

/// Experts with a section of their own.
const EXPERTS: usize = 80;
/// Quotations shown of one expert, and of all together.
const QUOTATIONS_PER_EXPERT: usize = 40;
const QUOTATIONS: usize = 1_000;
/// Documents with a section of their own.
pub const DOCUMENTS: usize = 100;
/// Quotations without a known speaker shown of one document.
const ORPHANS_PER_DOCUMENT: usize = 25;

/// A quotation on the page; `anchored` where it bears the id that links point to.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub document: &'a DocumentRecord,
    pub quotation: &'a QuotationRecord,
    pub anchored: bool,
}

/// One expert's section.
pub struct ExpertPlan<'a> {
    pub expert: &'a ExpertRecord,
    /// With the quotations of each, the claim's own wording first; a claim of which nothing is
    /// shown is left out.
    pub claims: Vec<(&'a Claim, Vec<Shown<'a>>)>,
    /// Those that are part of no claim.
    pub others: Vec<Shown<'a>>,
    /// How many quotations were cut.
    pub hidden: usize,
}

/// A document's quotations without a known speaker.
pub struct Orphans<'a> {
    pub unresolved: Vec<Shown<'a>>,
    pub unnamed: Vec<Shown<'a>>,
    pub hidden: usize,
}

/// Everything the sections look up.
pub struct Plan<'a> {
    pub analysis: &'a Analysis,
    /// Most quoted first.
    pub ranked: Vec<&'a ExpertRecord>,
    /// The first of `ranked`.
    pub experts: Vec<ExpertPlan<'a>>,
    /// By document id.
    pub orphans: BTreeMap<&'a str, Orphans<'a>>,
    claims: BTreeMap<&'a str, (&'a ExpertRecord, &'a Claim)>,
    quotations: BTreeMap<(&'a str, &'a str), (&'a DocumentRecord, &'a QuotationRecord)>,
    anchored: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Plan<'a> {
    pub fn new(analysis: &'a Analysis) -> Plan<'a> {
        let mut ranked: Vec<&ExpertRecord> = analysis.experts.iter().collect();
        ranked.sort_by(|a, b| {
            let by_count = b.quotations.len().cmp(&a.quotations.len());
            by_count.then_with(|| a.id.cmp(&b.id))
        });
        let claims = analysis
            .experts
            .iter()
            .flat_map(|e| e.map.claims.iter().map(move |c| (c.id.as_str(), (e, c))))
            .collect();
        let quotations = analysis
            .documents
            .iter()
            .flat_map(|d| {
                let key = |q: &'a QuotationRecord| (d.id.as_str(), q.id.as_str());
                d.quotations.iter().map(move |q| (key(q), (d, q)))
            })
            .collect();
        let mut plan = Plan {
            analysis,
            ranked,
            experts: Vec::new(),
            orphans: BTreeMap::new(),
            claims,
            quotations,
            anchored: BTreeSet::new(),
        };
        let mut left = QUOTATIONS;
        for expert in plan
            .ranked
            .iter()
            .copied()
            .take(EXPERTS)
            .collect::<Vec<_>>()
        {
            let section = plan.expert(expert, &mut left);
            plan.experts.push(section);
        }
        for document in analysis.documents.iter().take(DOCUMENTS) {
            let orphans = plan.orphans_of(document, &mut left);
            plan.orphans.insert(&document.id, orphans);
        }
        plan
    }

    fn expert(&mut self, expert: &'a ExpertRecord, left: &mut usize) -> ExpertPlan<'a> {
        let mut room = QUOTATIONS_PER_EXPERT.min(*left);
        let before = room;
        let mut hidden = 0;
        let mut seen = BTreeSet::new();
        let mut take = |plan: &mut Self, reference: &'a QuotationRef| -> Option<Shown<'a>> {
            if !seen.insert(reference) {
                return None;
            }
            let (document, quotation) = plan.quotation(reference)?;
            if room == 0 {
                hidden += 1;
                return None;
            }
            room -= 1;
            Some(plan.show(document, quotation))
        };
        let mut claims = Vec::new();
        for claim in &expert.map.claims {
            let mut shown: Vec<Shown> = claim
                .quotations
                .iter()
                .filter_map(|reference| take(self, reference))
                .collect();
            shown.sort_by_key(|s| s.quotation.passage.text != claim.text);
            if !shown.is_empty() {
                claims.push((claim, shown));
            }
        }
        let others = expert
            .quotations
            .iter()
            .filter_map(|reference| take(self, reference))
            .collect();
        *left -= before - room;
        ExpertPlan {
            expert,
            claims,
            others,
            hidden,
        }
    }

    fn orphans_of(&mut self, document: &'a DocumentRecord, left: &mut usize) -> Orphans<'a> {
        let mut orphans = Orphans {
            unresolved: Vec::new(),
            unnamed: Vec::new(),
            hidden: 0,
        };
        let mut room = ORPHANS_PER_DOCUMENT.min(*left);
        let before = room;
        for quotation in &document.quotations {
            let list = match quotation.attribution.who {
                Who::Unresolved => &mut orphans.unresolved,
                Who::Unnamed => &mut orphans.unnamed,
                Who::Person | Who::Collective => continue,
            };
            if room == 0 {
                orphans.hidden += 1;
            } else {
                room -= 1;
                list.push(self.show(document, quotation));
            }
        }
        *left -= before - room;
        orphans
    }

    /// The first place that shows a quotation bears its anchor.
    fn show(&mut self, document: &'a DocumentRecord, quotation: &'a QuotationRecord) -> Shown<'a> {
        Shown {
            document,
            quotation,
            anchored: self.anchored.insert((&document.id, &quotation.id)),
        }
    }

    fn quotation(
        &self,
        reference: &QuotationRef,
    ) -> Option<(&'a DocumentRecord, &'a QuotationRecord)> {
        let key = (reference.document.as_str(), reference.quotation.as_str());
        self.quotations.get(&key).copied()
    }

    /// A claim and whose it is.
    pub fn claim(&self, id: &str) -> Option<(&'a ExpertRecord, &'a Claim)> {
        self.claims.get(id).copied()
    }

    /// Whether a link to the quotation leads anywhere.
    pub fn has_anchor(&self, document: &str, quotation: &str) -> bool {
        self.anchored.contains(&(document, quotation))
    }

    /// Whether the expert has a section.
    pub fn has_section(&self, expert: &str) -> bool {
        self.experts.iter().any(|e| e.expert.id == expert)
    }

    /// Whether the document has a section.
    pub fn has_document(&self, document: &str) -> bool {
        let mut shown = self.analysis.documents.iter().take(DOCUMENTS);
        shown.any(|d| d.id == document)
    }

    /// Whether the claim is listed in its expert's section.
    pub fn has_claim(&self, expert: &str, claim: &str) -> bool {
        self.experts
            .iter()
            .filter(|e| e.expert.id == expert)
            .any(|e| e.claims.iter().any(|(c, _)| c.id == claim))
    }

    /// How often each label of the scheme, and last how often none, was called for an expert in
    /// a document.
    pub fn counts(&self, expert: &ExpertRecord, document: Option<&str>) -> Vec<usize> {
        let here = expert
            .quotations
            .iter()
            .filter(|q| document.is_none_or(|d| d == q.document))
            .filter_map(|reference| self.quotation(reference));
        self.tally(here.map(|(_, q)| q.stance.label.as_deref()))
    }

    /// As [`Plan::counts`], for any calls.
    pub fn tally<'l>(&self, calls: impl Iterator<Item = Option<&'l str>>) -> Vec<usize> {
        let labels = &self.analysis.manifest.labels;
        let mut counts = vec![0; labels.len() + 1];
        for call in calls {
            let index = call.and_then(|label| labels.iter().position(|l| l == label));
            counts[index.unwrap_or(labels.len())] += 1;
        }
        counts
    }
}

pub fn expert_anchor(id: &str) -> String {
    format!("expert-{id}")
}

pub fn document_anchor(id: &str) -> String {
    format!("doc-{id}")
}

pub fn quotation_anchor(document: &str, quotation: &str) -> String {
    format!("q-{document}-{quotation}")
}

/// `EXPERT/c1` as a fragment.
pub fn claim_anchor(id: &str) -> String {
    format!("claim-{}", id.replace('/', "-"))
}

/// Notes are known by number; where the number alone does not tell, by their place in the list.
pub fn note_anchor(document: &DocumentRecord, note: &NoteRecord) -> String {
    match &note.number {
        NoteLabel::Number(number) => format!("note-{}-{number}", document.id),
        NoteLabel::Text(_) => {
            let place = document
                .footnotes
                .iter()
                .take_while(|n| !std::ptr::eq(*n, note))
                .count();
            format!("note-{}-at-{}", document.id, place + 1)
        }
    }
}

/// What a document is called on the page.
pub fn document_title(document: &DocumentRecord) -> &str {
    document.title.as_deref().unwrap_or(&document.id)
}
