//! Text boxes: paragraphs inside a paragraph, which are read behind it.

use crate::Result;
use crate::load::xml::{self, Node};

/// What holds a text box's paragraphs.
pub(super) const TEXT_BOX: &str = "txbxContent";

/// A text box with fewer letters repeats the text by chance.
const PULLED: usize = 20;

/// So many are compared with the text, so that the time stays in proportion to its length.
const COMPARED: usize = 200;

/// The text boxes of the open paragraph.
#[derive(Default)]
pub(super) struct Boxes {
    kept: Vec<Vec<Node>>,
    /// Boxes that are open: the one that is kept, and those inside it.
    open: usize,
    /// The letters of the document outside of text boxes, where it has any.
    outside: String,
    compared: usize,
}

impl Boxes {
    pub(super) fn of(document: &str) -> Result<Boxes> {
        let (mut outside, mut open) = (Letters::default(), 0_usize);
        if document.contains(TEXT_BOX) {
            xml::walk(document, |node| {
                match &node {
                    Node::Open(tag) if tag.name == TEXT_BOX => open += 1,
                    Node::Close(name) if name == TEXT_BOX => open = open.saturating_sub(1),
                    _ => {}
                }
                if open == 0 {
                    outside.add(&node);
                }
            })?;
        }
        Ok(Boxes {
            outside: outside.text,
            ..Boxes::default()
        })
    }

    /// Keeps what belongs to a text box and gives back all else. A box is begun only where it `may`.
    pub(super) fn keep(&mut self, node: Node, may: bool) -> Option<Node> {
        match &node {
            Node::Open(tag) if tag.name == TEXT_BOX && (may || self.open > 0) => {
                self.open += 1;
                if self.open == 1 {
                    self.kept.push(Vec::new());
                    return None;
                }
            }
            Node::Close(name) if name == TEXT_BOX && self.open > 0 => {
                self.open -= 1;
                if self.open == 0 {
                    return None;
                }
            }
            _ => {}
        }
        match self.kept.last_mut() {
            Some(nodes) if self.open > 0 => {
                nodes.push(node);
                None
            }
            _ => Some(node),
        }
    }

    pub(super) fn take(&mut self) -> Vec<Vec<Node>> {
        std::mem::take(&mut self.kept)
    }

    /// Whether a text box repeats what stands outside: a pulled quote.
    pub(super) fn is_pulled(&mut self, nodes: &[Node]) -> bool {
        let mut letters = Letters::default();
        for node in nodes {
            letters.add(node);
        }
        self.compared += 1;
        self.compared <= COMPARED
            && letters.text.chars().count() >= PULLED
            && self.outside.contains(&letters.text)
    }
}

/// The letters and digits of a text, in lower case.
#[derive(Default)]
struct Letters {
    text: String,
    in_text: bool,
}

impl Letters {
    fn add(&mut self, node: &Node) {
        match node {
            Node::Open(tag) => self.in_text = tag.name == "t",
            Node::Close(_) => self.in_text = false,
            Node::Text(text) if self.in_text => {
                let visible = text.chars().filter(|c| c.is_alphanumeric());
                self.text.extend(visible.flat_map(char::to_lowercase));
            }
            Node::Text(_) => {}
        }
    }
}
