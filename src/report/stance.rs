//! How a stance looks: chips, bars and intervals. Colour never stands alone; the word is beside it.

use maud::{Markup, html};

use crate::analysis::{StanceCall, StanceShare};

/// Labels that take no side are grey.
const NEUTRAL: [&str; 5] = ["none", "neutral", "other", "unrelated", "irrelevant"];

/// Colours that the style sheet has for labels; they repeat after these.
const COLOURS: usize = 6;

/// The style sheet's class of a label, or of an abstained call.
pub fn class(labels: &[String], label: Option<&str>) -> String {
    let Some(label) = label else {
        return "s-abstained".to_owned();
    };
    if NEUTRAL.contains(&label) {
        return "s-none".to_owned();
    }
    let index = labels
        .iter()
        .filter(|l| !NEUTRAL.contains(&l.as_str()))
        .position(|l| l == label)
        .unwrap_or(0);
    format!("s-{}", index % COLOURS)
}

/// The label in words with its colour.
pub fn chip(labels: &[String], label: Option<&str>) -> Markup {
    html! {
        span.chip.(class(labels, label)) { (label.unwrap_or("abstained")) }
    }
}

/// The label with how sure the call is.
pub fn call(labels: &[String], call: &StanceCall) -> Markup {
    html! {
        (chip(labels, call.label.as_deref()))
        " "
        span.confidence {
            @if call.label.is_none() { "likeliest " (call.best) ", " }
            (percent(call.confidence)) " sure"
        }
    }
}

pub fn legend(labels: &[String]) -> Markup {
    html! {
        p.legend {
            @for label in labels { (chip(labels, Some(label))) " " }
            (chip(labels, None))
        }
    }
}

/// One bar divided by label; `counts` as [`super::plan::Plan::counts`] gives them.
pub fn divided(labels: &[String], counts: &[usize]) -> Markup {
    let total: usize = counts.iter().sum();
    let mut at = 0.0;
    let mut pieces = Vec::new();
    for (index, &n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        let width = 100.0 * n as f64 / total as f64;
        let label = labels.get(index).map(String::as_str);
        pieces.push((class(labels, label), at, width));
        at += width;
    }
    html! {
        @if total > 0 {
            svg.divided viewBox="0 0 100 10" preserveAspectRatio="none" role="img"
                aria-label=(words(labels, counts)) {
                @for (class, x, width) in pieces {
                    rect.(class) x=(number(x)) y="0" width=(number(width)) height="10" {}
                }
            }
        }
    }
}

/// "3 pro-alliance, 1 abstained".
pub fn words(labels: &[String], counts: &[usize]) -> String {
    let parts: Vec<String> = counts
        .iter()
        .enumerate()
        .filter(|(_, n)| **n > 0)
        .map(|(i, n)| format!("{n} {}", labels.get(i).map_or("abstained", |l| l)))
        .collect();
    parts.join(", ")
}

/// The label called most often, and its count; `None` in place of the label where only
/// abstentions are, `Err` where several lead.
pub fn leading<'a>(
    labels: &'a [String],
    counts: &[usize],
) -> Result<(Option<&'a str>, usize), usize> {
    let decided = &counts[..labels.len()];
    let most = decided.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return Ok((None, counts[labels.len()]));
    }
    let mut leaders = labels.iter().zip(decided).filter(|(_, n)| **n == most);
    match (leaders.next(), leaders.next()) {
        (Some((label, _)), None) => Ok((Some(label), most)),
        _ => Err(most),
    }
}

/// The shares of each label with their intervals, as a table with bars.
pub fn shares(labels: &[String], shares: &[StanceShare], abstained: usize) -> Markup {
    let decided: usize = shares.iter().map(|s| s.count).sum();
    html! {
        table.shares {
            caption.hidden { "Stance: share of each label with its 95 % interval" }
            thead.hidden { tr {
                th scope="col" { "Stance" } th scope="col" { "Bar" }
                th scope="col" { "Share" } th scope="col" { "95 % interval" }
            } }
            tbody {
                @for share in shares {
                    tr {
                        th scope="row" { (chip(labels, Some(&share.label))) }
                        td.bar { (interval(labels, share)) }
                        td.number { (share.count) " of " (decided) }
                        td.number {
                            @if decided > 0 {
                                (percent(share.share))
                                span.range { " (" (range(share)) ")" }
                            }
                        }
                    }
                }
            }
        }
        @if abstained > 0 {
            p.note { (super::count(abstained, "quotation")) " without a stance: the call abstained." }
        }
    }
}

fn interval(labels: &[String], share: &StanceShare) -> Markup {
    let x = |value: f64| number(100.0 * value.clamp(0.0, 1.0));
    let text = format!(
        "{} {}, 95 % interval {}",
        share.label,
        percent(share.share),
        range(share)
    );
    html! {
        svg.interval viewBox="0 0 100 16" preserveAspectRatio="none" role="img" aria-label=(text) {
            line.rule x1="0" x2="100" y1="15.5" y2="15.5" {}
            rect.(class(labels, Some(&share.label))) x="0" y="3" width=(x(share.share)) height="10" {}
            @for halo in ["halo", "whisker"] {
                line.(halo) x1=(x(share.low)) x2=(x(share.high)) y1="8" y2="8" {}
                line.(halo) x1=(x(share.low)) x2=(x(share.low)) y1="5" y2="11" {}
                line.(halo) x1=(x(share.high)) x2=(x(share.high)) y1="5" y2="11" {}
            }
        }
    }
}

fn range(share: &StanceShare) -> String {
    format!("{:.0}–{:.0} %", 100.0 * share.low, 100.0 * share.high)
}

/// "83 %", with a no-break space.
pub fn percent(value: f64) -> String {
    format!("{:.0}\u{a0}%", 100.0 * value)
}

/// A coordinate of a drawing.
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
