//! The argument map of one expert as a drawing; the sentences below it say the same in words.

use maud::{Markup, html};

use super::experts::{directed, number};
use super::layout::{HEIGHT, Link, WIDTH, draw};
use super::plan::{Plan, claim_anchor};
use super::stance;
use crate::analysis::{Claim, Edge, EdgeKind, ExpertRecord};

/// Claims on one map; the best linked are drawn.
const CLAIMS: usize = 20;

/// Width of a box's text, in narrow letters; East Asian ones count twice.
const LINE: usize = 32;
const LINES: usize = 3;

/// The arrow heads that all maps of the page share.
pub fn markers() -> Markup {
    html! {
        svg.markers width="0" height="0" aria-hidden="true" {
            defs {
                @for id in ["arrow-support", "arrow-attack"] {
                    marker id=(id) viewBox="0 0 10 10" refX="9" refY="5"
                        markerWidth="8" markerHeight="8" orient="auto-start-reverse" {
                        path.(id) d="M0 0.5L10 5L0 9.5z" {}
                    }
                }
            }
        }
    }
}

/// The map with its legend; nothing where no two of its claims are linked.
pub fn figure(plan: &Plan, expert: &ExpertRecord, edges: &[&Edge]) -> Markup {
    let claims = linked(plan, edges);
    let at = |id: &str| claims.iter().position(|(_, claim)| claim.id == id);
    let drawn: Vec<(&Edge, Link)> = edges
        .iter()
        .filter_map(|edge| {
            let (from, to) = (at(&edge.from)?, at(&edge.to)?);
            let directed = directed(edge);
            (from != to).then_some((*edge, Link { from, to, directed }))
        })
        .collect();
    let links: Vec<Link> = drawn.iter().map(|(_, link)| *link).collect();
    let drawing = draw(claims.len(), &links);
    let (width, height) = (drawing.width.ceil(), drawing.height.ceil());
    let name = format!(
        "Argument map of {}: {} claims, {} links; listed below in words",
        expert.name,
        claims.len(),
        links.len()
    );
    let left_out = edges.len() - links.len();
    html! {
        @if !links.is_empty() {
            figure.map {
                div.scroll role="region" aria-label={ "Argument map of " (expert.name) } tabindex="0" {
                    svg width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
                        role="group" aria-label=(name) {
                        @for ((edge, _), path) in drawn.iter().zip(&drawing.paths) {
                            (line(edge, path))
                        }
                        @for ((owner, claim), place) in claims.iter().zip(&drawing.boxes) {
                            (box_of(plan, expert, owner, claim, *place))
                        }
                    }
                }
                figcaption {
                    (key(EdgeKind::Support, "supports")) (key(EdgeKind::Attack, "attacks, is at odds with"))
                    (key(EdgeKind::Rephrase, "says the same as"))
                    @if left_out > 0 {
                        span.soft { (super::count(left_out, "further link")) " not drawn." }
                    }
                }
            }
        }
    }
}

/// The claims at the ends of `edges`, those with the most links first where there are too many,
/// in a fixed order.
fn linked<'a>(plan: &Plan<'a>, edges: &[&Edge]) -> Vec<(&'a ExpertRecord, &'a Claim)> {
    let mut ids: Vec<(usize, &str)> = Vec::new();
    for id in edges.iter().flat_map(|e| [e.from.as_str(), e.to.as_str()]) {
        match ids.iter_mut().find(|(_, known)| *known == id) {
            Some((links, _)) => *links += 1,
            None => ids.push((1, id)),
        }
    }
    ids.sort_by_key(|(links, _)| std::cmp::Reverse(*links));
    ids.truncate(CLAIMS);
    let mut claims: Vec<_> = ids.iter().filter_map(|(_, id)| plan.claim(id)).collect();
    claims.sort_by_key(|(owner, claim)| {
        let number: usize = number(claim).parse().unwrap_or(usize::MAX);
        (owner.id.as_str(), number, claim.id.as_str())
    });
    claims
}

fn line(edge: &Edge, path: &str) -> Markup {
    let marker = match edge.kind {
        EdgeKind::Support => Some("url(#arrow-support)"),
        EdgeKind::Attack => Some("url(#arrow-attack)"),
        EdgeKind::Rephrase => None,
    };
    // Claims at odds with each other: a head at both ends.
    let start = marker.filter(|_| !directed(edge));
    html! {
        path.edge.(edge.kind.name()) d=(path) marker-end=[marker] marker-start=[start] {}
    }
}

fn key(kind: EdgeKind, words: &str) -> Markup {
    html! {
        span.key {
            svg width="34" height="10" aria-hidden="true" {
                path.edge.(kind.name()) d="M1 5H32" marker-end=[match kind {
                    EdgeKind::Support => Some("url(#arrow-support)"),
                    EdgeKind::Attack => Some("url(#arrow-attack)"),
                    EdgeKind::Rephrase => None,
                }] {}
            }
            " " (words)
        }
        " "
    }
}

fn box_of(
    plan: &Plan,
    expert: &ExpertRecord,
    owner: &ExpertRecord,
    claim: &Claim,
    (x, y): (f64, f64),
) -> Markup {
    let labels = &plan.analysis.manifest.labels;
    let foreign = owner.id != expert.id;
    let stance_name = claim.stance.as_deref().unwrap_or("abstained");
    let head = if foreign {
        wrapped(&owner.name, LINE - 8, 1).join("")
    } else {
        format!("Claim {}", number(claim))
    };
    let coordinate = stance::number;
    let target = plan
        .has_claim(&owner.id, &claim.id)
        .then(|| format!("#{}", claim_anchor(&claim.id)));
    html! {
        a href=[target] class=(if foreign { "box foreign" } else { "box" }) {
            title { (owner.name) ", claim " (number(claim)) ", " (stance_name) ": " (claim.text) }
            rect.frame x=(coordinate(x)) y=(coordinate(y)) width=(WIDTH) height=(HEIGHT) rx="4" {}
            rect.(stance::class(labels, claim.stance.as_deref()))
                x=(coordinate(x)) y=(coordinate(y)) width="6" height=(HEIGHT) rx="2" {}
            text.head x=(coordinate(x + 15.0)) y=(coordinate(y + 19.0)) {
                (head) tspan.soft { " · " (stance_name) }
            }
            @for (i, line) in wrapped(&claim.text, LINE, LINES).iter().enumerate() {
                text x=(coordinate(x + 15.0)) y=(coordinate(y + 38.0 + 17.0 * i as f64)) { (line) }
            }
        }
    }
}

/// `text` in at most `lines` lines of `width` narrow letters, cut with an ellipsis.
fn wrapped(text: &str, width: usize, lines: usize) -> Vec<String> {
    let letter = |c: char| {
        if c >= '\u{1100}' && !('\u{2000}'..'\u{2e80}').contains(&c) {
            2
        } else {
            1
        }
    };
    let measure = |text: &str| text.chars().map(letter).sum::<usize>();
    let mut found: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = found.last_mut().filter(|line| !line.is_empty());
        match line {
            Some(line) if measure(line) + 1 + measure(word) <= width => {
                line.push(' ');
                line.push_str(word);
                continue;
            }
            Some(_) => found.push(String::new()),
            None => {}
        }
        // A word longer than a line, as in scripts without spaces, is broken.
        for c in word.chars() {
            let full = found
                .last()
                .is_some_and(|line| measure(line) + letter(c) > width);
            if full {
                found.push(String::new());
            }
            if let Some(line) = found.last_mut() {
                line.push(c);
            }
        }
    }
    if found.len() > lines {
        found.truncate(lines);
        if let Some(last) = found.last_mut() {
            while measure(last) + 2 > width {
                last.pop();
            }
            last.push_str(" …");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_words_and_cut_with_an_ellipsis() {
        for (text, width, lines, expected) in [
            ("one two three", 7, 3, vec!["one two", "three"]),
            ("one two three four", 7, 2, vec!["one two", "three …"]),
            ("abcdefghij", 4, 3, vec!["abcd", "efgh", "ij"]),
            ("中俄关系", 4, 3, vec!["中俄", "关系"]),
            ("", 4, 3, vec![""]),
        ] {
            assert_eq!(wrapped(text, width, lines), expected, "{text}");
        }
    }
}
