//! One quotation with its evidence.

use maud::{Markup, html};

use super::documents::document_link;
use super::plan::{Plan, Shown, note_anchor, quotation_anchor};
use super::{shortened, stance};
use crate::analysis::{DocumentRecord, NoteLabel, NoteRecord, QuotationKind};

/// Longer texts are cut on the page; the tables have them whole.
const TEXT: usize = 1_500;
const NOTE: usize = 500;

/// Quotations as cards.
pub fn cards(plan: &Plan, shown: &[Shown]) -> Markup {
    html! {
        @for quotation in shown { (card(plan, *quotation)) }
    }
}

fn card(plan: &Plan, shown: Shown) -> Markup {
    let Shown {
        document,
        quotation,
        anchored,
    } = shown;
    let labels = &plan.analysis.manifest.labels;
    let anchor = quotation_anchor(&document.id, &quotation.id);
    let text = shortened(&quotation.passage.text, TEXT);
    let class = stance::class(labels, quotation.stance.label.as_deref());
    html! {
        article.quotation.(class) id=[anchored.then_some(anchor)] {
            blockquote dir="auto" {
                @match quotation.kind {
                    QuotationKind::Direct | QuotationKind::Mixed => { "“" (text) "”" }
                    QuotationKind::Block | QuotationKind::Indirect => { (text) }
                }
            }
            p.about {
                (stance::call(labels, &quotation.stance))
                " · " (kind(quotation.kind)) " · "
                (document_link(plan, document, 90))
                ", p. " (quotation.page)
                @if let Some(number) = &quotation.footnote { " · " (note_link(plan, document, number)) }
                @if let Some(number) = &quotation.within_note {
                    " · stands in " (note_link(plan, document, number))
                }
                @if let Some(year) = quotation.year { " · " (year) }
            }
            (evidence(plan, shown))
        }
    }
}

fn evidence(plan: &Plan, shown: Shown) -> Markup {
    let Shown {
        document,
        quotation,
        ..
    } = shown;
    let attribution = &quotation.attribution;
    let extent = quotation.passage.extent();
    let labels = &plan.analysis.manifest.labels;
    let speaker = match attribution.speaker_cell() {
        empty if empty.is_empty() => "unresolved".to_owned(),
        speaker => speaker,
    };
    // Cue and source have rows of their own; further evidence is listed by its role.
    let further = attribution
        .evidence
        .iter()
        .filter(|e| e.role != "cue" && e.role != "source");
    html! {
        details {
            summary {
                "Speaker: " (speaker)
                span.soft { " · rule " (attribution.rule) ", " (stance::percent(attribution.confidence)) " sure" }
            }
            dl.evidence {
                @if let Some(cue) = &quotation.cue { dt { "Cue" } dd { (cue.text) } }
                @if let Some(source) = &quotation.source { dt { "Source" } dd { (source.text) } }
                @for item in further {
                    dt { (sentence_case(&item.role)) }
                    dd {
                        @if let Some(number) = &item.note { (note_link(plan, document, number)) ": " }
                        (shortened(&item.text, NOTE))
                    }
                }
                @if let Some(number) = &quotation.footnote {
                    @if !attribution.evidence.iter().any(|e| e.note.as_ref() == Some(number)) {
                        @if let Some(note) = note(document, number) {
                            dt { "Footnote" }
                            dd { (note_link(plan, document, number)) ": " (shortened(&note.passage.text, NOTE)) }
                        }
                    }
                }
                @if !attribution.cited.is_empty() { dt { "Cited" } dd { (attribution.cited.join("; ")) } }
                dt { "Stance" }
                dd {
                    @for (i, p) in quotation.stance.probabilities.iter().enumerate() {
                        @if i > 0 { ", " }
                        span.(stance::class(labels, Some(&p.label))) { (p.label) " " (stance::percent(p.probability)) }
                    }
                }
                dt { "Place" }
                dd { (document.path) ", characters " (extent.start) "–" (extent.end) ", quotation " (quotation.id) }
            }
        }
    }
}

fn kind(kind: QuotationKind) -> &'static str {
    match kind {
        QuotationKind::Direct => "direct quotation",
        QuotationKind::Mixed => "quoted in part",
        QuotationKind::Block => "block quotation",
        QuotationKind::Indirect => "reported speech",
    }
}

fn note<'a>(document: &'a DocumentRecord, number: &NoteLabel) -> Option<&'a NoteRecord> {
    document.footnotes.iter().find(|n| n.number == *number)
}

/// "note 4", linked where the page lists the note.
pub fn note_link(plan: &Plan, document: &DocumentRecord, number: &NoteLabel) -> Markup {
    let listed = document
        .footnotes
        .iter()
        .take(super::documents::NOTES)
        .find(|n| n.number == *number)
        .filter(|_| plan.has_document(&document.id));
    html! {
        @if let Some(note) = listed {
            a href={ "#" (note_anchor(document, note)) } { "note " (number) }
        } @else {
            "note " (number)
        }
    }
}

/// "discourse-marker" as "Discourse marker".
fn sentence_case(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
