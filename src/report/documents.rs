//! One section a document: who is quoted in it, what is open, its notes.

use maud::{Markup, html};

use super::overview::expert_link;
use super::plan::{
    DOCUMENTS, Orphans, Plan, document_anchor, document_title, note_anchor, quotation_anchor,
};
use super::{count, more, quotation, shortened, stance};
use crate::analysis::{
    DocumentRecord, ExpertRecord, NoteLabel, NoteRecord, SentenceKind, WorkRecord,
};

/// Rows in each list of a document's section.
const EXPERTS: usize = 40;
pub const NOTES: usize = 120;
const NOT_SPEECH: usize = 60;

pub fn section(plan: &Plan) -> Markup {
    let documents = &plan.analysis.documents;
    html! {
        section #documents aria-labelledby="documents-title" {
            h2 #documents-title { "Documents" }
            @for record in documents.iter().take(DOCUMENTS) { (document(plan, record)) }
            (more(documents.len().saturating_sub(DOCUMENTS), "documents", "quotes"))
        }
    }
}

fn document(plan: &Plan, document: &DocumentRecord) -> Markup {
    let anchor = document_anchor(&document.id);
    let title = format!("{anchor}-title");
    let sentences: Vec<_> = document
        .sentences
        .iter()
        .filter(|s| s.kind == SentenceKind::Sentence)
        .collect();
    let labels = &plan.analysis.manifest.labels;
    let own = plan.tally(sentences.iter().map(|s| s.stance.label.as_deref()));
    let mut facts = vec![document.path.clone()];
    if !document.authors.is_empty() {
        facts.push(document.authors.join(", "));
    }
    facts.extend(
        document
            .date
            .clone()
            .or(document.year.map(|y| y.to_string())),
    );
    facts.push(count(document.pages.len(), "page"));
    facts.push(count(document.quotations.len(), "quotation"));
    facts.push(count(document.footnotes.len(), "note"));
    html! {
        section.document id=(anchor) aria-labelledby=(title) {
            h3 id=(title) { (document_title(document)) }
            p.note { (facts.join(" · ")) }
            @for warning in &document.warnings { p.warning { strong { "Warning: " } (warning) } }
            @if !sentences.is_empty() {
                div.whole {
                    p { (count(sentences.len(), "sentence")) " of the body: " (stance::words(labels, &own)) "." }
                    (stance::divided(labels, &own))
                }
            }
            (experts(plan, document))
            @if let Some(orphans) = plan.orphans.get(document.id.as_str()) { (open(plan, orphans)) }
            (notes(plan, document))
            (not_speech(document))
        }
    }
}

/// The document's title, linked where the page has a section on it.
pub fn document_link(plan: &Plan, document: &DocumentRecord, length: usize) -> Markup {
    let title = shortened(document_title(document), length);
    html! {
        @if plan.has_document(&document.id) {
            a href={ "#" (document_anchor(&document.id)) } { (title) }
        } @else {
            (title)
        }
    }
}

fn experts(plan: &Plan, document: &DocumentRecord) -> Markup {
    let labels = &plan.analysis.manifest.labels;
    let rows: Vec<(&ExpertRecord, Vec<usize>)> = plan
        .ranked
        .iter()
        .map(|expert| (*expert, plan.counts(expert, Some(&document.id))))
        .filter(|(_, counts)| counts.iter().any(|n| *n > 0))
        .collect();
    html! {
        @if !rows.is_empty() {
            div.scroll role="region" aria-label={ "Experts in " (document_title(document)) } tabindex="0" {
                table {
                    thead { tr {
                        th scope="col" { "Expert" }
                        @for label in labels { th.number scope="col" { (stance::chip(labels, Some(label))) } }
                        th.number scope="col" { (stance::chip(labels, None)) }
                    } }
                    tbody {
                        @for (expert, counts) in rows.iter().take(EXPERTS) {
                            tr {
                                th scope="row" { (expert_link(plan, expert)) }
                                @for n in counts {
                                    td.number { @if *n > 0 { (n) } @else { span.soft { "0" } } }
                                }
                            }
                        }
                    }
                }
            }
            (more(rows.len().saturating_sub(EXPERTS), "experts", "quotes"))
        }
    }
}

fn open(plan: &Plan, orphans: &Orphans) -> Markup {
    html! {
        @if !orphans.unresolved.is_empty() {
            h4 { "Unresolved: " (count(orphans.unresolved.len(), "quotation")) " without a speaker" }
            (quotation::cards(plan, &orphans.unresolved))
        }
        @if !orphans.unnamed.is_empty() {
            h4 { "Unnamed speakers" }
            (quotation::cards(plan, &orphans.unnamed))
        }
        (more(orphans.hidden, "quotations without a known speaker", "quotes"))
    }
}

fn notes(plan: &Plan, document: &DocumentRecord) -> Markup {
    let notes = &document.footnotes;
    html! {
        @if !notes.is_empty() {
            details.group {
                summary { (count(notes.len(), "footnote")) }
                dl.notes {
                    @for item in notes.iter().take(NOTES) { (note(plan, document, item)) }
                }
                @if notes.len() > NOTES {
                    p.more {
                        (notes.len() - NOTES) " more notes: see "
                        code { "documents/" (document.id) ".json" } "."
                    }
                }
            }
        }
    }
}

fn note(plan: &Plan, document: &DocumentRecord, note: &NoteRecord) -> Markup {
    let target = |number: &NoteLabel| document.footnotes.iter().find(|n| n.number == *number);
    let users: Vec<&str> = document
        .quotations
        .iter()
        .filter(|q| q.footnote.as_ref() == Some(&note.number))
        .map(|q| q.id.as_str())
        .filter(|id| plan.has_anchor(&document.id, id))
        .collect();
    // The note's text says it where the note itself names the work.
    let works: Vec<String> = if note.back_references.is_empty() {
        Vec::new()
    } else {
        note.works.iter().map(work).collect()
    };
    html! {
        dt id=(note_anchor(document, note)) { (note.number) }
        dd {
            (shortened(&note.passage.text, 700))
            @for back in &note.back_references {
                span.soft {
                    " " (back.form) " → "
                    @match &back.refers_to {
                        Some(number) => {
                            @if target(number).is_some() { (quotation::note_link(plan, document, number)) }
                            @else { "note " (number) }
                        }
                        None => { "no note found" }
                    }
                }
            }
            @if !works.is_empty() { span.soft { ": " (works.join("; ")) } }
            @if note.marker.is_none() { span.soft { " No marker in the text." } }
            @if !users.is_empty() {
                span.soft {
                    " Used by"
                    @for id in users { " " a href={ "#" (quotation_anchor(&document.id, id)) } { (id) } }
                }
            }
        }
    }
}

fn work(work: &WorkRecord) -> String {
    let mut parts = Vec::new();
    if !work.authors.is_empty() {
        parts.push(work.authors.join(", "));
    }
    parts.extend(work.title.clone());
    parts.extend(work.year.map(|year| year.to_string()));
    parts.join(", ")
}

fn not_speech(document: &DocumentRecord) -> Markup {
    let list = &document.not_speech;
    html! {
        @if !list.is_empty() {
            details.group {
                summary { (count(list.len(), "passage")) " in quotation marks that nobody says" }
                ul.plain {
                    @for item in list.iter().take(NOT_SPEECH) {
                        li {
                            q { (shortened(&item.passage.text, 200)) }
                            span.soft { " · " (item.kind.replace('-', " ")) " · rule " (item.rule) }
                        }
                    }
                }
                @if list.len() > NOT_SPEECH {
                    p.more {
                        (list.len() - NOT_SPEECH) " more: see "
                        code { "documents/" (document.id) ".json" } "."
                    }
                }
            }
        }
    }
}
