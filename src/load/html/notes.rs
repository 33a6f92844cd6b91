//! Notes of a page, by the links that lead to them and back.
//!
//! A marker is a short raised or bracketed link ("12", "[3]", "*") to a place further down; its note
//! is the block there, as large as it can be without a second note or a marker in it. Links back to
//! the marker are no part of the note.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ego_tree::{NodeId, NodeRef};
use regex::Regex;
use scraper::{ElementRef, Node};

use super::Page;

/// A node of one of the pages.
pub(super) type At = (usize, NodeId);

#[derive(Default)]
pub(super) struct Notes {
    /// Marker links, and the id of the note that each leads to.
    pub markers: HashMap<At, String>,
    /// The elements that hold a note, and its id.
    pub containers: HashMap<At, String>,
    /// As printed in the first marker that leads there, brackets and blanks dropped.
    pub labels: HashMap<String, String>,
    /// Links from notes to their markers.
    pub back_links: HashSet<At>,
    /// Every element that has a note's element in it, or is one.
    pub around: HashSet<At>,
}

static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^[\[(]?\s*(?:note\s+)?(\d{1,4}|[ivxlcdm]{1,7}|[A-Za-z]|[*†‡§¶‖#]{1,4})\s*[\])]?\.?$",
    )
    .expect("a valid pattern")
});

/// Ids as word processors, Markdown and wikis give them to notes.
static NOTE_ID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[-_:.])(?:_?ftn|_?edn|fn|en|note|endnote|footnote|cite_note|sdfootnote|sdendnote|sdfn|rf|fnt|n)[-_:.]?(?:\w*[-_:.])?\d")
        .expect("a valid pattern")
});

static MARKER_CLASS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:noteref|footnote-?ref(?:erence)?|fn-?ref|footnote-anchor|footnote-link|sdfootnoteanc|sdendnoteanc|doc-noteref)\b")
        .expect("a valid pattern")
});

static BACK_CLASS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:backlink|doc-backlink|footnote-?back(?:ref|link)?|reversefootnote|mw-cite-backlink|sdfootnotesym|sdendnotesym)\b")
        .expect("a valid pattern")
});

struct Link {
    at: At,
    order: usize,
    target: At,
    target_order: usize,
    text: String,
    marks_itself: bool,
    goes_back: bool,
}

pub(super) fn find(pages: &[Page], roots: &[ElementRef]) -> Notes {
    let links = links(pages, roots);
    let is_marker =
        |link: &Link| link.marks_itself || (link.target_order > link.order && !link.goes_back);
    let mut notes = Notes::default();
    // A chain of links that each lead to the next is a table of contents or a pager.
    let targets: HashSet<At> = links
        .iter()
        .filter(|l| is_marker(l))
        .map(|l| l.target)
        .collect();
    let markers: Vec<&Link> = links
        .iter()
        .filter(|l| is_marker(l) && !l.goes_back)
        .collect();
    let mut held: HashMap<At, (usize, usize)> = HashMap::new();
    for link in &markers {
        for node in with_ancestors(pages, link.at) {
            held.entry(node).or_default().1 += 1;
        }
    }
    for &target in &targets {
        for node in with_ancestors(pages, target) {
            held.entry(node).or_default().0 += 1;
        }
    }
    let root_ids: HashSet<At> = roots.iter().enumerate().map(|(p, r)| (p, r.id())).collect();
    let mut container_of: HashMap<At, At> = HashMap::new();
    for &target in &targets {
        if let Some(container) = container(pages, target, &held, &root_ids) {
            container_of.insert(target, container);
        }
    }
    let mut ids: HashMap<At, String> = HashMap::new();
    for link in &markers {
        let Some(&container) = container_of.get(&link.target) else {
            continue;
        };
        let count = ids.len();
        let id = ids
            .entry(container)
            .or_insert_with(|| format!("note {count}"))
            .clone();
        let label = link
            .text
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | '.'));
        notes
            .labels
            .entry(id.clone())
            .or_insert_with(|| label.to_owned());
        notes.markers.insert(link.at, id);
    }
    for link in &links {
        let backwards = link.goes_back || link.target_order < link.order;
        let inside = with_ancestors(pages, link.at).any(|n| ids.contains_key(&n));
        if backwards && inside && !notes.markers.contains_key(&link.at) {
            notes.back_links.insert(link.at);
            // "^ a b": what is said around the links goes with them.
            let around = node(pages, link.at)
                .and_then(|n| n.parent())
                .and_then(ElementRef::wrap)
                .filter(|p| BACK_CLASS.is_match(&words_about(*p)))
                .map(|p| (link.at.0, p.id()))
                .filter(|at| !ids.contains_key(at));
            notes.back_links.extend(around);
        }
    }
    for &container in ids.keys() {
        notes.around.extend(with_ancestors(pages, container));
    }
    notes.containers = ids;
    notes
}

fn node<'a>(pages: &'a [Page], at: At) -> Option<NodeRef<'a, Node>> {
    pages.get(at.0)?.html.tree.get(at.1)
}

fn with_ancestors(pages: &[Page], at: At) -> impl Iterator<Item = At> {
    let mut next = node(pages, at);
    std::iter::from_fn(move || {
        let here = next?;
        next = here.parent();
        Some((at.0, here.id()))
    })
}

/// Links between places of the pages that may be markers or lead back from a note.
fn links(pages: &[Page], roots: &[ElementRef]) -> Vec<Link> {
    let names: HashMap<&str, usize> = pages
        .iter()
        .enumerate()
        .map(|(i, p)| (p.name.as_str(), i))
        .collect();
    let mut order: HashMap<At, usize> = HashMap::new();
    let mut anchors: HashMap<(usize, &str), At> = HashMap::new();
    let mut found: Vec<(At, ElementRef)> = Vec::new();
    for (page, root) in roots.iter().enumerate() {
        for element in std::iter::once(*root).chain(root.descendent_elements()) {
            let at = (page, element.id());
            order.insert(at, order.len());
            let named = (element.value().name() == "a")
                .then(|| element.attr("name"))
                .flatten();
            for id in element.attr("id").into_iter().chain(named) {
                anchors.entry((page, id)).or_insert(at);
            }
            if element.value().name() == "a" && element.attr("href").is_some() {
                found.push((at, element));
            }
        }
    }
    let mut links = Vec::new();
    for (at, element) in found {
        let href = element.attr("href").unwrap_or_default();
        let Some((file, id)) = href.split_once('#') else {
            continue;
        };
        let Some(page) = page_of(&pages[at.0].name, file, at.0, &names) else {
            continue;
        };
        let id = percent_decoded(id);
        let Some(&target) = anchors.get(&(page, id.as_str())) else {
            continue;
        };
        let text: String = element.text().collect::<String>().trim().to_owned();
        let says = words_about(element);
        let marks_itself = MARKER_CLASS.is_match(&says);
        let goes_back = BACK_CLASS.is_match(&says)
            || element
                .parent()
                .and_then(ElementRef::wrap)
                .is_some_and(|p| BACK_CLASS.is_match(&words_about(p)));
        let short = LABEL.is_match(&text);
        let dressed = text.starts_with('[')
            || raised(element)
            || NOTE_ID.is_match(&id)
            || text.starts_with(['*', '†', '‡', '§', '¶', '‖']);
        let (from, to) = (order[&at], order[&target]);
        let back = goes_back || (to < from && (short || is_arrow(&text)));
        if (marks_itself && !text.is_empty()) || (short && dressed) || back {
            links.push(Link {
                at,
                order: from,
                target,
                target_order: to,
                text,
                marks_itself: marks_itself && !goes_back,
                goes_back,
            });
        }
    }
    links
}

fn words_about(element: ElementRef) -> String {
    ["class", "role", "epub:type", "rel", "rev"]
        .iter()
        .filter_map(|a| element.attr(a))
        .collect::<Vec<_>>()
        .join(" ")
}

fn raised(link: ElementRef) -> bool {
    let is_sup = |n: NodeRef<Node>| n.value().as_element().is_some_and(|e| e.name() == "sup");
    link.ancestors().take(3).any(is_sup) || link.descendants().any(is_sup)
}

fn is_arrow(text: &str) -> bool {
    text.chars().count() <= 3 && !text.chars().any(|c| c.is_alphanumeric())
        || matches!(
            text.to_ascii_lowercase().as_str(),
            "back" | "return" | "up" | "top"
        )
}

/// The page that the file part of a link names, seen from the page at `here`.
fn page_of(base: &str, file: &str, here: usize, names: &HashMap<&str, usize>) -> Option<usize> {
    if file.is_empty() {
        return Some(here);
    }
    if let Some(&page) = names.get(join(base, &percent_decoded(file)).as_str()) {
        return Some(page);
    }
    // A page of its own may link to itself by its full address.
    (names.len() == 1 && base.is_empty()).then_some(here)
}

/// A path relative to the folder of `base`, inside an archive.
pub(in crate::load) fn join(base: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

pub(in crate::load) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes
            .get(i + 1..i + 3)
            .and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) if bytes[i] == b'%' => {
                out.push(byte);
                i += 3;
            }
            _ => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Elements that can be a note.
const HOLDERS: [&str; 9] = [
    "p",
    "li",
    "div",
    "aside",
    "tr",
    "dd",
    "blockquote",
    "section",
    "span",
];

/// Whether an element holds one note by its kind, its class or its id.
fn is_called_note(element: &scraper::node::Element) -> bool {
    let called = |text: &str| NOTE_ID.is_match(text) || text.to_ascii_lowercase().contains("note");
    matches!(element.name(), "li" | "tr" | "dd" | "aside")
        || element.attr("class").is_some_and(called)
        || element.attr("id").is_some_and(called)
}

/// The largest element around a note's target that holds this one target and no marker.
fn container(
    pages: &[Page],
    target: At,
    held: &HashMap<At, (usize, usize)>,
    roots: &HashSet<At>,
) -> Option<At> {
    let mut best = None;
    for at in with_ancestors(pages, target) {
        let element = node(pages, at)?.value().as_element()?;
        let (targets, markers) = held.get(&at).copied().unwrap_or_default();
        if targets > 1 || markers > 0 || roots.contains(&at) {
            break;
        }
        let name = element.name();
        let has_text = || {
            node(pages, at).is_some_and(|n| {
                n.descendants().any(|d| {
                    d.value()
                        .as_text()
                        .is_some_and(|t| t.chars().filter(|c| c.is_alphabetic()).count() > 2)
                })
            })
        };
        match name {
            "span" if at == target && has_text() => best = Some(at),
            "span" => {}
            "section" if at != target => break,
            _ if HOLDERS.contains(&name)
                && (best.is_none() || is_called_note(element))
                && has_text() =>
            {
                best = Some(at);
            }
            _ => {}
        }
        if matches!(name, "li" | "tr" | "dd" | "aside") && best.is_some() {
            break;
        }
    }
    best
}
