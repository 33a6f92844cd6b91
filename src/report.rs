//! The report: one self-contained HTML page that reads without JavaScript, on paper and on a phone.
//!
//! The page asks nothing of the network, and a long list on it is cut with a count and a pointer
//! to the tables, so that it stays a few megabytes however large the corpus is.

mod documents;
mod experts;
mod layout;
mod map;
mod overview;
mod plan;
mod quotation;
mod stance;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::plan::Plan;
use crate::analysis::{Analysis, FailureRecord, Who};

pub(crate) const STYLE: &str = include_str!("report/page.css");

/// Nothing is loaded, nothing runs: the browser is told so.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The page. The same analysis gives the same bytes.
pub fn page(analysis: &Analysis) -> String {
    let plan = Plan::new(analysis);
    let title = format!("Stance map: {}", analysis.manifest.question);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content={ "stancemap " (analysis.manifest.version) };
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                (map::markers())
                (header(analysis))
                (navigation(analysis))
                main #content tabindex="-1" {
                    (overview::section(&plan))
                    (experts::section(&plan))
                    (documents::section(&plan))
                    (errors(&analysis.manifest.errors))
                }
                (footer(analysis))
            }
        }
    };
    let mut page = markup.into_string();
    page.push('\n');
    page
}

fn header(analysis: &Analysis) -> Markup {
    let quotations = || analysis.documents.iter().flat_map(|d| &d.quotations);
    let unresolved = quotations()
        .filter(|q| q.attribution.who == Who::Unresolved)
        .count();
    let abstained = quotations().filter(|q| q.stance.label.is_none()).count();
    let total = quotations().count();
    let facts = [
        ("Documents", analysis.documents.len(), ""),
        ("Quotations", total, ""),
        ("Experts", analysis.experts.len(), ""),
        (
            "Speaker unresolved",
            unresolved,
            "quotations whose speaker the text does not give away",
        ),
        (
            "Stance abstained",
            abstained,
            "quotations too close to call",
        ),
        (
            "Failed",
            analysis.manifest.errors.len(),
            "documents that could not be read",
        ),
    ];
    html! {
        header.top {
            p.eyebrow { "Stance map" }
            h1 { (analysis.manifest.question) }
            dl.facts {
                @for (name, count, hint) in facts {
                    div title=[(!hint.is_empty()).then_some(hint)] {
                        dt { (name) }
                        dd { (count) }
                    }
                }
            }
            (stance::legend(&analysis.manifest.labels))
        }
    }
}

fn navigation(analysis: &Analysis) -> Markup {
    html! {
        nav aria-label="Sections" {
            a href="#overview" { "Overview" }
            a href="#experts" { "Experts" }
            a href="#documents" { "Documents" }
            @if !analysis.manifest.errors.is_empty() {
                a href="#errors" { "Errors" }
            }
        }
    }
}

fn errors(errors: &[FailureRecord]) -> Markup {
    const SHOWN: usize = 200;
    html! {
        @if !errors.is_empty() {
            section #errors aria-labelledby="errors-title" {
                h2 #errors-title { "Errors" }
                p { "These files are not part of the results." }
                div.scroll role="region" aria-label="Errors" tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "File" } th scope="col" { "Stage" }
                            th scope="col" { "What is wrong" } th scope="col" { "What to do" }
                        } }
                        tbody {
                            @for error in errors.iter().take(SHOWN) {
                                tr {
                                    th scope="row" { (error.path) }
                                    td { (error.stage) } td { (error.message) } td { (error.remedy) }
                                }
                            }
                        }
                    }
                }
                (more(errors.len().saturating_sub(SHOWN), "errors", "errors"))
            }
        }
    }
}

fn footer(analysis: &Analysis) -> Markup {
    let manifest = &analysis.manifest;
    html! {
        footer {
            h2 { "How this was made" }
            p {
                (manifest.program) " " (manifest.version) ", engine " (manifest.engine)
                @if !manifest.model.is_empty() { ", model " (manifest.model) }
                ", scheme " (manifest.scheme) ". Every call here is a machine's, with the "
                "evidence beside it. A stance counts only where the machine is sure enough, else "
                "it abstains. Shares are of the quotations with a stance; the lines through the "
                "bars are 95 % Wilson intervals. Offsets are " (manifest.offsets) "."
            }
        }
    }
}

/// "12 more … are in tables/….csv", where a list was cut.
fn more(hidden: usize, what: &str, table: &str) -> Markup {
    html! {
        @if hidden > 0 {
            p.more {
                (hidden) " more " (what) ": see " code { "tables/" (table) ".csv" } "."
            }
        }
    }
}

/// "1 quotation", "2 quotations".
fn count(n: usize, noun: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{ending}")
}

/// At most `length` characters, cut at a space where there is one near the end.
fn shortened(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let cut: String = text.chars().take(length).collect();
    let end = match cut.rfind(' ') {
        Some(space) if space * 4 > cut.len() * 3 => space,
        _ => cut.len(),
    };
    let kept = cut[..end].trim_end_matches([',', ';', ':', ' ']);
    format!("{kept} …")
}
