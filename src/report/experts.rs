//! One section an expert: where she stands, what she claims, how her arguments hang together.

use maud::{Markup, html};

use super::overview::{kind, presence};
use super::plan::{ExpertPlan, Plan, claim_anchor, expert_anchor};
use super::{count, map, more, quotation, shortened, stance};
use crate::analysis::{Claim, Edge, EdgeKind, ExpertRecord};

/// Edges written out for one expert.
const EDGES: usize = 30;

pub fn section(plan: &Plan) -> Markup {
    let hidden = plan.ranked.len() - plan.experts.len();
    html! {
        section #experts aria-labelledby="experts-title" {
            h2 #experts-title { "Experts" }
            @for section in &plan.experts { (expert(plan, section)) }
            (more(hidden, "experts", "experts"))
        }
    }
}

fn expert(plan: &Plan, section: &ExpertPlan) -> Markup {
    let labels = &plan.analysis.manifest.labels;
    let expert = section.expert;
    let anchor = expert_anchor(&expert.id);
    let title = format!("{anchor}-name");
    html! {
        section.expert id=(anchor) aria-labelledby=(title) {
            h3 id=(title) { (expert.name) " " span.kind { (kind(expert.kind)) } }
            p.lede { (presence(expert)) ". " (verdict(plan, expert)) }
            (names(plan, expert))
            (stance::shares(labels, &expert.shares, expert.abstained))
            @if !section.claims.is_empty() {
                h4 { "Claims" }
                ol.claims {
                    @for (claim, shown) in &section.claims {
                        li id=(claim_anchor(&claim.id)) {
                            p.claim {
                                "Claim " (number(claim))
                                // A single quotation shows its stance itself.
                                @if shown.len() > 1 || shown[0].quotation.stance.label != claim.stance {
                                    " " (stance::chip(labels, claim.stance.as_deref()))
                                }
                            }
                            (quotation::cards(plan, &shown[..1]))
                            @if shown.len() > 1 {
                                details.group {
                                    summary { (count(shown.len() - 1, "more quotation")) " to the same effect" }
                                    (quotation::cards(plan, &shown[1..]))
                                }
                            }
                        }
                    }
                }
            }
            @if !section.others.is_empty() {
                h4 { @if section.claims.is_empty() { "Quotations" } @else { "Other quotations" } }
                (quotation::cards(plan, &section.others))
            }
            (more(section.hidden, "quotations", "quotes"))
            (arguments(plan, expert))
        }
    }
}

fn verdict(plan: &Plan, expert: &ExpertRecord) -> Markup {
    let labels = &plan.analysis.manifest.labels;
    let counts = plan.counts(expert, None);
    let decided: usize = counts[..labels.len()].iter().sum();
    html! {
        @match stance::leading(labels, &counts) {
            Ok((Some(label), n)) => {
                "Mainly " (stance::chip(labels, Some(label))) ": " (n) " of " (decided) "."
            }
            Ok((None, _)) => { "No quotation is clear enough for a stance." }
            Err(n) => {
                "Split: "
                @for (i, (label, _)) in labels.iter().zip(&counts).filter(|(_, c)| **c == n).enumerate() {
                    @if i > 0 { " and " }
                    (stance::chip(labels, Some(label)))
                }
                ", " (n) " of " (decided) " each."
            }
        }
    }
}

fn names(plan: &Plan, expert: &ExpertRecord) -> Markup {
    let mut forms: Vec<&str> = expert.forms.iter().map(|f| f.form.as_str()).collect();
    forms.sort_unstable();
    forms.dedup();
    let name_of = |id: &str| {
        let found = plan.analysis.experts.iter().find(|e| e.id == id);
        found.map_or(id.to_owned(), |e| e.name.clone())
    };
    let members: Vec<String> = expert.members.iter().map(|id| name_of(id)).collect();
    html! {
        @if forms.iter().any(|form| *form != expert.name) {
            p.note { "In the texts: " (forms.join(" · ")) }
        }
        @if !members.is_empty() { p.note { "Members: " (members.join(", ")) } }
    }
}

fn arguments(plan: &Plan, expert: &ExpertRecord) -> Markup {
    let mine = |id: &str| {
        plan.claim(id)
            .is_some_and(|(owner, _)| owner.id == expert.id)
    };
    let edges: Vec<&Edge> = expert
        .map
        .edges
        .iter()
        .chain(
            plan.analysis
                .edges
                .iter()
                .filter(|e| mine(&e.from) || mine(&e.to)),
        )
        .collect();
    html! {
        @if !edges.is_empty() {
            h4 { "How the arguments hang together" }
            (map::figure(plan, expert, &edges))
            ul.edges {
                @for edge in edges.iter().take(EDGES) { (sentence(plan, expert, edge)) }
            }
            (more(edges.len().saturating_sub(EDGES), "links", "edges"))
        }
    }
}

/// An edge as a sentence: “A” (claim 2) attacks “B” (claim 1 of Xi Jinping), because ….
fn sentence(plan: &Plan, expert: &ExpertRecord, edge: &Edge) -> Markup {
    const CLAIM: usize = 110;
    const EVIDENCE: usize = 280;
    let end = |id: &str| -> Markup {
        let found = plan.claim(id);
        html! {
            @if let Some((owner, claim)) = found {
                q { (shortened(&claim.text, CLAIM)) }
                " ("
                @if plan.has_claim(&owner.id, id) {
                    a href={ "#" (claim_anchor(id)) } { "claim " (number(claim)) }
                } @else {
                    "claim " (number(claim))
                }
                @if owner.id != expert.id { " of " (owner.name) }
                ")"
            } @else {
                (id)
            }
        }
    };
    let because: Vec<String> = edge.basis.iter().map(|basis| reason(basis)).collect();
    html! {
        li {
            (end(&edge.from)) " " strong { (verb(edge)) } " " (end(&edge.to))
            @if !because.is_empty() { ", because " (because.join(" and ")) }
            "."
            @for evidence in &edge.evidence {
                " " span.shows { "“" (shortened(&evidence.text, EVIDENCE)) "”" }
            }
            " " span.soft { "Score " (format!("{:.2}", edge.score)) "." }
        }
    }
}

/// Opposed stances have no direction, and neither has a rephrase.
pub fn directed(edge: &Edge) -> bool {
    match edge.kind {
        EdgeKind::Support => true,
        EdgeKind::Rephrase => false,
        EdgeKind::Attack => edge.basis.iter().any(|b| b == "discourse-marker"),
    }
}

fn verb(edge: &Edge) -> &'static str {
    match (edge.kind, directed(edge)) {
        (EdgeKind::Support, _) => "supports",
        (EdgeKind::Rephrase, _) => "says the same as",
        (EdgeKind::Attack, true) => "attacks",
        (EdgeKind::Attack, false) => "is at odds with",
    }
}

fn reason(basis: &str) -> String {
    match basis {
        "discourse-marker" => "the wording links them".to_owned(),
        "similar-wording" => "they are worded alike".to_owned(),
        "opposed-stance" => "they take opposed stances".to_owned(),
        "shared-target" => "they speak of the same matter".to_owned(),
        other => other.replace('-', " "),
    }
}

/// "3" of `EXPERT/c3`.
pub fn number(claim: &Claim) -> &str {
    let name = claim.id.rsplit('/').next().unwrap_or(&claim.id);
    name.strip_prefix('c').unwrap_or(name)
}
