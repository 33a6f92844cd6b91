//! Which part of a page is its text, and which the site's dress.

use std::collections::HashSet;

use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{ElementRef, Html, Node, Selector};

/// Elements that never hold the page's text.
const NEVER: [&str; 21] = [
    "head", "script", "style", "noscript", "template", "nav", "form", "button", "select",
    "textarea", "svg", "canvas", "iframe", "object", "audio", "video", "menu", "dialog", "map",
    "rt", "rp",
];

/// Elements of the page's frame, where they are not part of an article.
const FRAME: [&str; 3] = ["header", "footer", "aside"];

const FRAME_ROLES: [&str; 6] = [
    "navigation",
    "banner",
    "contentinfo",
    "search",
    "complementary",
    "menu",
];

/// Words of classes and ids that name a page's dress.
const DRESS: [&str; 22] = [
    "nav",
    "navbar",
    "navigation",
    "menu",
    "sidebar",
    "breadcrumb",
    "breadcrumbs",
    "cookie",
    "cookies",
    "share",
    "sharing",
    "social",
    "related",
    "comments",
    "newsletter",
    "subscribe",
    "advert",
    "advertisement",
    "ads",
    "promo",
    "pagination",
    "toc",
];

/// The element that holds the page's text: the one marked as such that has most of it, or the body.
pub(super) fn root(html: &Html) -> ElementRef<'_> {
    let body = first(html, "body").unwrap_or_else(|| html.root_element());
    let length = |e: &ElementRef| visible_length(**e);
    let all = length(&body);
    let marked = Selector::parse("main, [role=main], article, [itemprop=articleBody]");
    let best = marked.ok().and_then(|selector| {
        let found: Vec<(usize, ElementRef)> =
            html.select(&selector).map(|e| (length(&e), e)).collect();
        let most = found.iter().map(|(n, _)| *n).max()?;
        // The innermost of those that hold nearly all that any of them holds.
        found
            .into_iter()
            .rev()
            .find(|(n, _)| *n * 10 >= most * 9)
            .filter(|(n, _)| *n * 5 >= all * 2)
            .map(|(_, e)| e)
    });
    match best {
        Some(element) if leads_out_of(html, element) => body,
        Some(element) => element,
        None => body,
    }
}

pub(super) fn first<'a>(html: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    html.select(&Selector::parse(selector).ok()?).next()
}

/// Whether raised links of an element lead to a place outside of it: its notes stand there.
fn leads_out_of(html: &Html, element: ElementRef) -> bool {
    let Ok(raised) = Selector::parse("sup a[href], a[href] sup") else {
        return false;
    };
    let inside: HashSet<&str> = element
        .descendent_elements()
        .filter_map(|e| e.attr("id").or_else(|| e.attr("name")))
        .collect();
    let all: HashSet<&str> = html
        .root_element()
        .descendent_elements()
        .filter_map(|e| e.attr("id").or_else(|| e.attr("name")))
        .collect();
    element.select(&raised).any(|link| {
        let href = link.attr("href").or_else(|| {
            let parent = link.parent().and_then(ElementRef::wrap)?;
            parent.attr("href")
        });
        href.and_then(|h| h.strip_prefix('#'))
            .is_some_and(|id| all.contains(id) && !inside.contains(id))
    })
}

fn visible_length(node: NodeRef<Node>) -> usize {
    let mut length = 0;
    let mut skipped: Option<NodeId> = None;
    for edge in node.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(n) if skipped.is_none() => match n.value() {
                Node::Element(e) if NEVER.contains(&e.name()) => skipped = Some(n.id()),
                Node::Text(text) => length += text.trim().len(),
                _ => {}
            },
            ego_tree::iter::Edge::Close(n) if skipped == Some(n.id()) => skipped = None,
            _ => {}
        }
    }
    length
}

/// Whether an element under `root` is no text of the page. `has_note` tells what holds a note.
pub(super) fn is_dress(
    node: NodeRef<Node>,
    element: &Element,
    in_body: bool,
    has_note: &dyn Fn(NodeId) -> bool,
) -> bool {
    let name = element.name();
    if element.attr("hidden").is_some()
        || element
            .attr("style")
            .is_some_and(|s| s.replace(' ', "").contains("display:none"))
    {
        // A note that opens on a click is hidden until then.
        return !has_note(node.id());
    }
    if NEVER.contains(&name) {
        return true;
    }
    if has_note(node.id()) {
        return false;
    }
    let framed = FRAME.contains(&name) && (in_body || name == "aside");
    let role = element.attr("role").unwrap_or_default();
    if (framed && !holds_title(node)) || FRAME_ROLES.contains(&role) {
        return true;
    }
    let words = [element.attr("class"), element.attr("id")];
    let dressed = words
        .into_iter()
        .flatten()
        .flat_map(|w| w.split(|c: char| !c.is_alphanumeric()))
        .any(|w| DRESS.contains(&w.to_ascii_lowercase().as_str()));
    dressed && mostly_links(node)
}

fn holds_title(node: NodeRef<Node>) -> bool {
    node.descendants()
        .any(|n| n.value().as_element().is_some_and(|e| e.name() == "h1"))
}

/// Half of the text or more stands in links, or there is little of it.
fn mostly_links(node: NodeRef<Node>) -> bool {
    let all = visible_length(node);
    let linked: usize = node
        .descendants()
        .filter(|n| n.value().as_element().is_some_and(|e| e.name() == "a"))
        .map(visible_length)
        .sum();
    linked * 2 >= all || all < 300
}
