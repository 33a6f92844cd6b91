//! Pages to raw text and hints.

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{ElementRef, Node};

use super::notes::{At, Notes};
use super::{Page, content, notes};
use crate::load::hints::{BlockKind, Hints};
use crate::load::writer::{Place, Writer, label_number};

/// The text of pages, one after the other.
pub(in crate::load) fn render(pages: &[Page]) -> (String, Hints) {
    let roots: Vec<ElementRef> = pages.iter().map(|p| content::root(&p.html)).collect();
    let notes = notes::find(pages, &roots);
    let mut renderer = Renderer {
        writer: Writer::default(),
        notes: &notes,
        page: 0,
        in_body: false,
        states: vec![State::default()],
        label_left: 0,
        due: None,
        raised: None,
    };
    for (page, root) in roots.iter().enumerate() {
        renderer.page = page;
        renderer.in_body = matches!(root.value().name(), "body" | "html");
        renderer.walk(**root);
        renderer.writer.end();
    }
    renderer.writer.finish()
}

/// What the elements around the text say of it.
#[derive(Debug, Clone, Default)]
struct State {
    /// The element that set it; `None` at the bottom.
    node: Option<NodeId>,
    kind: Kind,
    quoted: bool,
    left_out: bool,
    preformatted: bool,
    note: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Body,
    Heading,
    ListItem,
}

struct Renderer<'a> {
    writer: Writer,
    notes: &'a Notes,
    page: usize,
    /// The page's text is its whole body, frame and all.
    in_body: bool,
    states: Vec<State>,
    /// Visible characters of the note that repeat its label.
    label_left: usize,
    /// The note whose first paragraph is still to come, and its label.
    due: Option<(String, String)>,
    raised: Option<NodeId>,
}

/// Elements that end a paragraph where they begin and where they end.
const BLOCKS: [&str; 39] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

impl Renderer<'_> {
    fn walk(&mut self, root: NodeRef<Node>) {
        let mut skipped: Option<NodeId> = None;
        for edge in root.traverse() {
            match edge {
                Edge::Open(node) if skipped.is_none() => match node.value() {
                    Node::Element(element) if self.open(node, element) == Walk::Over => {
                        skipped = Some(node.id());
                    }
                    Node::Text(text) => self.text(text),
                    _ => {}
                },
                Edge::Close(node) if skipped == Some(node.id()) => skipped = None,
                Edge::Close(node) if skipped.is_none() => {
                    if let Node::Element(element) = node.value() {
                        self.close(node, element);
                    }
                }
                _ => {}
            }
        }
    }

    fn state(&self) -> &State {
        // The bottom is never popped.
        &self.states[self.states.len() - 1]
    }

    fn push_state(&mut self, node: NodeId, change: impl FnOnce(&mut State)) {
        let mut state = self.state().clone();
        state.node = Some(node);
        change(&mut state);
        self.states.push(state);
    }

    fn at(&self, node: NodeRef<Node>) -> At {
        (self.page, node.id())
    }

    fn open(&mut self, node: NodeRef<Node>, element: &Element) -> Walk {
        let at = self.at(node);
        let has_note = |id: NodeId| self.notes.around.contains(&(self.page, id));
        if content::is_dress(node, element, self.in_body, &has_note)
            || self.notes.back_links.contains(&at)
        {
            return Walk::Over;
        }
        if let Some(id) = self.notes.markers.get(&at) {
            let printed = text_of(node);
            let id = id.clone();
            self.ready();
            self.writer.marker(&id, &printed);
            return Walk::Over;
        }
        let name = element.name();
        if is_page_break(element) {
            self.writer.page_break();
        }
        if BLOCKS.contains(&name) {
            self.writer.end();
        }
        if let Some(id) = self.notes.containers.get(&at) {
            let id = id.clone();
            self.begin_note(node, &id);
            self.push_state(node.id(), |s| {
                s.note = Some(id);
                s.kind = Kind::Body;
                s.quoted = false;
                s.left_out = false;
            });
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.push_state(node.id(), |s| s.kind = Kind::Heading);
            }
            "li" | "dd" | "dt" => self.push_state(node.id(), |s| s.kind = Kind::ListItem),
            "blockquote" => self.push_state(node.id(), |s| s.quoted = true),
            "pre" => self.push_state(node.id(), |s| s.preformatted = true),
            "table" if is_data(node) => self.push_state(node.id(), |s| s.left_out = true),
            "figcaption" | "caption" => self.push_state(node.id(), |s| s.left_out = true),
            "br" => self.line_break(),
            "q" => self.text("“"),
            "sup" if self.writer.is_open() => {
                self.writer.raise();
                self.raised.get_or_insert(node.id());
            }
            _ => {}
        }
        Walk::Into
    }

    fn close(&mut self, node: NodeRef<Node>, element: &Element) {
        if element.name() == "q" {
            self.text("”");
        }
        if self.raised == Some(node.id()) {
            self.writer.lower();
            self.raised = None;
        }
        if BLOCKS.contains(&element.name()) {
            self.writer.end();
        }
        while self.states.len() > 1 && self.state().node == Some(node.id()) {
            self.states.pop();
        }
    }

    /// Two breaks end a paragraph, as pages without `<p>` have it.
    fn line_break(&mut self) {
        if self.writer.at_line_start() {
            self.writer.end();
        } else {
            self.writer.line_break();
        }
    }

    /// Writes the note's label, and has it passed over where the note's text begins with it.
    fn begin_note(&mut self, node: NodeRef<Node>, id: &str) {
        let label = self.notes.labels.get(id).map_or("", String::as_str);
        let text = self.text_without_back_links(node);
        let text = text.trim_start();
        let own = own_label(text, label);
        self.label_left = own.chars().filter(|c| !c.is_whitespace()).count();
        let printed = if own.is_empty() { label } else { own.trim() };
        self.writer.end();
        self.due = Some((id.to_owned(), printed.to_owned()));
    }

    fn text_without_back_links(&self, node: NodeRef<Node>) -> String {
        let mut text = String::new();
        let mut skipped: Option<NodeId> = None;
        for edge in node.traverse() {
            match edge {
                Edge::Open(n) if skipped.is_none() => {
                    if self.notes.back_links.contains(&self.at(n)) {
                        skipped = Some(n.id());
                    } else if let Node::Text(t) = n.value() {
                        text.push_str(t);
                    }
                    if text.len() > 200 {
                        break;
                    }
                }
                Edge::Close(n) if skipped == Some(n.id()) => skipped = None,
                _ => {}
            }
        }
        text
    }

    /// Has a paragraph open for text.
    fn ready(&mut self) {
        if self.writer.is_open() {
            return;
        }
        if let Some((id, label)) = self.due.take() {
            self.writer.begin_note(&id, &label);
            return;
        }
        let state = self.state();
        let place = if let Some(id) = &state.note {
            Place::Note(id.clone())
        } else if state.left_out {
            Place::LeftOut
        } else {
            Place::Block(match (state.kind, state.quoted) {
                (Kind::Heading, _) => BlockKind::Heading,
                (_, true) => BlockKind::Quotation,
                (Kind::ListItem, _) => BlockKind::ListItem,
                _ => BlockKind::Body,
            })
        };
        self.writer.begin(place);
    }

    fn text(&mut self, text: &str) {
        let mut text = text;
        if self.label_left > 0 {
            while self.label_left > 0 {
                let Some(c) = text.chars().next() else {
                    return;
                };
                self.label_left -= usize::from(!c.is_whitespace());
                text = &text[c.len_utf8()..];
            }
            text = text.trim_start();
        }
        if text.trim().is_empty() && !self.writer.is_open() {
            return;
        }
        self.ready();
        if self.state().preformatted {
            self.writer.push(text);
        } else {
            self.writer.push_flowing(text);
        }
    }
}

#[derive(PartialEq, Eq)]
enum Walk {
    Into,
    Over,
}

fn text_of(node: NodeRef<Node>) -> String {
    let texts = node.descendants().filter_map(|n| n.value().as_text());
    texts.map(|t| t.trim()).collect()
}

/// The label with its dress, where the note's text begins with it.
fn own_label<'a>(text: &'a str, label: &str) -> &'a str {
    let opening = text.len()
        - text
            .trim_start_matches(['[', '(', '^', ' ', '\u{a0}'])
            .len();
    let rest = &text[opening..];
    let inner = if rest.starts_with(label) && !label.is_empty() {
        label.len()
    } else {
        let token = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let same = label_number(&rest[..token]).is_some_and(|n| label_number(label) == Some(n));
        if !same {
            return "";
        }
        token
    };
    let after = &rest[inner..];
    if after.starts_with(|c: char| c.is_alphanumeric()) && label.chars().all(char::is_alphanumeric)
    {
        // "1990 was the year" under note 1, or "In" under note i.
        return "";
    }
    let closing = after.len() - after.trim_start_matches([']', ')', '.', ':']).len();
    &text[..opening + inner + closing]
}

/// EPUB's mark of a printed page's beginning.
fn is_page_break(element: &Element) -> bool {
    let says = |name: &str, value: &str| element.attr(name).is_some_and(|v| v.contains(value));
    says("epub:type", "pagebreak") || says("role", "doc-pagebreak")
}

/// Text of more than so many characters in one cell belongs to a table that only lays out a page.
const LONG_CELL: usize = 400;

/// A table that holds data, and not the page.
fn is_data(table: NodeRef<Node>) -> bool {
    !table.descendants().any(|n| {
        let Some(element) = n.value().as_element() else {
            return false;
        };
        match element.name() {
            "blockquote" | "h1" | "h2" | "h3" => true,
            "table" => n.id() != table.id(),
            "td" | "th" => text_of(n).chars().count() > LONG_CELL,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Hints) {
        render(&[Page::parse("", text).unwrap()])
    }

    /// Label and text of each note, and how many markers it has.
    fn notes(text: &str) -> Vec<(String, String, usize)> {
        let (raw, hints) = read(text);
        hints
            .notes
            .iter()
            .map(|note| {
                let end = note.pieces.last().unwrap().end;
                let markers = hints.markers.iter().filter(|m| m.number == note.number);
                (
                    note.label.clone(),
                    raw[note.text_start..end]
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" "),
                    markers.count(),
                )
            })
            .collect()
    }

    #[test]
    fn notes_are_found_in_every_habit_of_anchors() {
        /// What it is, the page, and each note's label, text and number of markers.
        type Case = (
            &'static str,
            &'static str,
            &'static [(&'static str, &'static str, usize)],
        );
        let cases: [Case; 9] = [
            (
                "a blog's list",
                r##"<p>War.<sup id="fnref:1"><a href="#fn:1">1</a></sup> Peace.<sup id="fnref:2"><a href="#fn:2">2</a></sup></p>
                <div class="footnotes"><hr><ol><li id="fn:1"><p>A book. <a href="#fnref:1">&#8617;</a></p></li>
                <li id="fn:2"><p>Ibid.</p><p>And more. <a href="#fnref:2">back</a></p></li></ol></div>"##,
                &[("1", "A book.", 1), ("2", "Ibid. And more.", 1)],
            ),
            (
                "a word processor's",
                r##"<p>War.<a href="#_ftn1" name="_ftnref1"><span class="x"><sup>[1]</sup></span></a></p><hr>
                <div id="ftn1"><p class="MsoFootnoteText"><a href="#_ftnref1" name="_ftn1">[1]</a> A book.</p></div>"##,
                &[("1", "A book.", 1)],
            ),
            (
                "a wiki's, with two markers",
                r##"<p>War.<sup class="reference" id="cite_ref-a_1-0"><a href="#cite_note-a-1">[1]</a></sup> Peace.<sup class="reference" id="cite_ref-a_1-1"><a href="#cite_note-a-1">[1]</a></sup></p>
                <ol><li id="cite_note-a-1"><span class="mw-cite-backlink">^ <a href="#cite_ref-a_1-0"><sup>a</sup></a> <a href="#cite_ref-a_1-1"><sup>b</sup></a></span> <span>A book.</span></li></ol>"##,
                &[("1", "A book.", 2)],
            ),
            (
                "a number in the note's own text",
                r##"<p>War.<a href="#n1"><sup>1</sup></a></p><p id="n1">1. A book of 1990.</p>"##,
                &[("1.", "A book of 1990.", 1)],
            ),
            (
                "a note that begins with another number",
                r##"<p>War.<sup><a href="#n1">1</a></sup></p><p id="n1">1990 was the year.</p>"##,
                &[("1", "1990 was the year.", 1)],
            ),
            (
                "an empty anchor before its paragraph's text",
                r##"<p>War.<sup><a href="#note1">1</a></sup></p><h2>Notes</h2><p><a name="note1"></a>A book.</p><p><a name="note2"></a>Not linked.</p>"##,
                &[("1", "A book.", 1)],
            ),
            (
                "a symbol",
                r##"<p>War.<a href="#star">*</a></p><p id="star">* The author thanks.</p>"##,
                &[("*", "The author thanks.", 1)],
            ),
            (
                "a table of contents and links of one letter",
                r##"<ul><li><a href="#s1">1</a></li><li><a href="#s2">2</a></li></ul><h2 id="s1">War</h2><p>x</p><h2 id="s2">Peace</h2>"##,
                &[],
            ),
            (
                "a raised number without a link",
                "<p>10<sup>12</sup> ships</p>",
                &[],
            ),
        ];
        for (case, text, expected) in cases {
            let found = notes(text);
            let found: Vec<(&str, &str, usize)> = found
                .iter()
                .map(|(l, t, n)| (l.as_str(), t.as_str(), *n))
                .collect();
            assert_eq!(found, expected, "{case}");
        }
    }

    #[test]
    fn the_sites_frame_is_left_behind_and_blocks_keep_their_kinds() {
        let (raw, hints) = read(
            r##"<html><head><title>T</title><style>p{}</style></head><body><header><a href="/">Home</a></header>
            <nav><ul><li><a href="/a">Menu</a></li></ul></nav><div class="cookie-banner"><p>We use cookies.</p></div>
            <article><header><h1>The Title</h1></header><p>First&nbsp;line<br>second line, he said <q>no</q>.</p>
            <blockquote>A quotation<p>in two parts.</p></blockquote><ul><li>An item</li></ul>
            <table><tr><td>1990</td><td>12</td></tr></table><figure><img><figcaption>A caption</figcaption></figure>
            <p hidden>Hidden</p><div>Loose text</div>One<br><br>Two</article>
            <footer>All rights reserved.</footer></body></html>"##,
        );
        let seen: Vec<(BlockKind, &str)> = hints
            .blocks
            .iter()
            .map(|b| (b.kind, b.pieces[0].of(&raw)))
            .collect();
        assert_eq!(
            seen,
            [
                (BlockKind::Heading, "The Title"),
                (
                    BlockKind::Body,
                    "First\u{a0}line\nsecond line, he said “no”."
                ),
                (BlockKind::Quotation, "A quotation"),
                (BlockKind::Quotation, "in two parts."),
                (BlockKind::ListItem, "An item"),
                (BlockKind::Body, "Loose text"),
                (BlockKind::Body, "One"),
                (BlockKind::Body, "Two"),
            ]
        );
        let left: Vec<&str> = hints.left_out.iter().map(|s| s.of(&raw)).collect();
        assert_eq!(left, ["1990", "12", "A caption"]);
    }
}
