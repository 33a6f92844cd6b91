//! Who stands where, in which document: one table for the whole run.

use maud::{Markup, html};

use super::documents::document_link;
use super::plan::{Plan, expert_anchor};
use super::{count, more, stance};
use crate::analysis::{DocumentRecord, ExpertKind, ExpertRecord};

/// Rows and columns of the table.
const EXPERTS: usize = 150;
const DOCUMENTS: usize = 12;

pub fn section(plan: &Plan) -> Markup {
    let documents = columns(plan);
    let hidden = plan.analysis.documents.len() - documents.len();
    html! {
        section #overview aria-labelledby="overview-title" {
            h2 #overview-title { "Who stands where" }
            @if plan.ranked.is_empty() {
                p { "No expert is quoted in these documents." }
            } @else {
                p.note #overview-caption {
                            "Experts by number of quotations. Each cell under a document names the "
                            "leading stance there and how many quotations have it; the stronger "
                            "the tint, the larger the share."
                }
                div.scroll role="region" aria-labelledby="overview-caption" tabindex="0" {
                    table.heat {
                        thead { tr {
                            th scope="col" { "Expert" }
                            th.number scope="col" { "Quotations" }
                            th scope="col" { "Stance" }
                            @for document in &documents {
                                th.column scope="col" {
                                    (document_link(plan, document, 48))
                                    @if let Some(year) = document.year { " " span.year { (year) } }
                                }
                            }
                        } }
                        tbody {
                            @for expert in plan.ranked.iter().take(EXPERTS) {
                                (row(plan, expert, &documents))
                            }
                        }
                    }
                }
                (more(plan.ranked.len().saturating_sub(EXPERTS), "experts", "experts"))
                (more(hidden, "documents, with fewer quotations", "quotes"))
            }
        }
    }
}

/// The documents in order of year, all or the most quoting.
fn columns<'a>(plan: &Plan<'a>) -> Vec<&'a DocumentRecord> {
    let mut documents: Vec<&DocumentRecord> = plan.analysis.documents.iter().collect();
    documents.sort_by_key(|d| std::cmp::Reverse(d.quotations.len()));
    documents.truncate(DOCUMENTS);
    documents.sort_by(|a, b| {
        let key = |d: &DocumentRecord| (d.year.is_none(), d.year, d.id.clone());
        key(a).cmp(&key(b))
    });
    documents
}

fn row(plan: &Plan, expert: &ExpertRecord, documents: &[&DocumentRecord]) -> Markup {
    let labels = &plan.analysis.manifest.labels;
    let all = plan.counts(expert, None);
    html! {
        tr {
            th scope="row" {
                (expert_link(plan, expert))
                @if expert.kind != ExpertKind::Person { " " span.kind { (kind(expert.kind)) } }
            }
            td.number { (expert.quotations.len()) }
            td.summary {
                (stance::divided(labels, &all))
                span.words { (stance::words(labels, &all)) }
            }
            @for document in documents {
                (cell(labels, &plan.counts(expert, Some(&document.id))))
            }
        }
    }
}

fn cell(labels: &[String], counts: &[usize]) -> Markup {
    let total: usize = counts.iter().sum();
    let title = stance::words(labels, counts);
    let tint = |n: usize| format!("--share:{}%", 12 + 30 * n / total);
    html! {
        @if total == 0 {
            td.empty { span.hidden { "not quoted" } }
        } @else {
            @match stance::leading(labels, counts) {
                Ok((label, n)) => {
                    td.cell.(stance::class(labels, label)) style=(tint(n)) title=(title) {
                        (label.unwrap_or("abstained")) " " span.of { (n) "/" (total) }
                    }
                }
                Err(n) => {
                    td.cell.split title=(title) { "split " span.of { (n) "/" (total) " each" } }
                }
            }
        }
    }
}

/// The expert's name, linked where the page has a section on her.
pub fn expert_link(plan: &Plan, expert: &ExpertRecord) -> Markup {
    html! {
        @if plan.has_section(&expert.id) {
            a href={ "#" (expert_anchor(&expert.id)) } { (expert.name) }
        } @else {
            (expert.name)
        }
    }
}

pub fn kind(kind: ExpertKind) -> &'static str {
    match kind {
        ExpertKind::Person => "person",
        ExpertKind::Joint => "joint speakers",
        ExpertKind::Collective => "collective",
    }
}

/// "9 quotations in 3 documents".
pub fn presence(expert: &ExpertRecord) -> String {
    let mut documents: Vec<&str> = expert
        .quotations
        .iter()
        .map(|q| q.document.as_str())
        .collect();
    documents.sort_unstable();
    documents.dedup();
    format!(
        "{} in {}",
        count(expert.quotations.len(), "quotation"),
        count(documents.len(), "document")
    )
}
