//! What a paragraph's style says of its use.

use std::collections::BTreeMap;

use crate::Result;
use crate::load::xml::{self, Node, Tag};

/// What a paragraph is for, by its style and its indents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub heading: bool,
    pub quotation: bool,
    pub listed: bool,
    /// Captions, tables of contents.
    pub left_out: bool,
    /// Twentieths of a point.
    left: i32,
    right: i32,
    hanging: bool,
}

impl Look {
    /// Takes over what an `ind` element sets.
    pub fn indent(&mut self, tag: &Tag) {
        let number = |names: [&str; 2]| {
            names
                .iter()
                .find_map(|n| tag.get(n))
                .and_then(|v| v.parse::<f64>().ok())
                .map(|v| v as i32)
        };
        self.left = number(["left", "start"]).unwrap_or(self.left);
        self.right = number(["right", "end"]).unwrap_or(self.right);
        self.hanging = number(["hanging", "hangingChars"]).map_or(self.hanging, |h| h > 0);
    }

    /// By its style, or because it stands in from the margin of ordinary paragraphs.
    pub fn is_quotation(&self, styles: &Styles) -> bool {
        self.quotation
            || (!self.hanging
                && self.left >= styles.normal.left + SET_OFF
                && (self.right > styles.normal.right
                    || self.left >= styles.normal.left + 2 * SET_OFF))
    }
}

/// A quarter of an inch: from there on an indent sets a paragraph off. Without an indent on the
/// right it takes twice as much.
const SET_OFF: i32 = 360;

#[derive(Debug, Default)]
pub(super) struct Styles {
    looks: BTreeMap<String, Look>,
    /// Of paragraphs without a style.
    normal: Look,
}

#[derive(Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    indents: Vec<Tag>,
    listed: bool,
    outline: bool,
}

/// Longer chains of styles based on styles are circles.
const MAX_DEPTH: usize = 16;

impl Styles {
    /// # Errors
    /// XML that is not well formed.
    pub fn read(styles: &str) -> Result<Styles> {
        let mut found: BTreeMap<String, Style> = BTreeMap::new();
        let mut open: Option<(String, Style)> = None;
        let mut default = None;
        xml::walk(styles, |node| match node {
            Node::Open(tag) => match (tag.name.as_str(), &mut open) {
                ("style", _) if tag.get("type").is_none_or(|t| t == "paragraph") => {
                    let id = tag.get("styleId").unwrap_or_default().to_owned();
                    if tag.get("default").is_some_and(is_on) {
                        default = Some(id.clone());
                    }
                    open = Some((id, Style::default()));
                }
                ("name", Some((_, style))) => {
                    tag.get("val")
                        .unwrap_or_default()
                        .clone_into(&mut style.name);
                }
                ("basedOn", Some((_, style))) => style.based_on = tag.get("val").map(str::to_owned),
                ("ind", Some((_, style))) => style.indents.push(tag),
                ("numPr", Some((_, style))) => style.listed = true,
                ("outlineLvl", Some((_, style))) => {
                    style.outline = tag.get("val").is_some_and(|v| v != "9");
                }
                _ => {}
            },
            Node::Close(name) if name == "style" => found.extend(open.take()),
            _ => {}
        })?;
        let looks: BTreeMap<String, Look> = found
            .keys()
            .map(|id| (id.clone(), resolve(&found, id)))
            .collect();
        let normal = default
            .and_then(|id| looks.get(&id).copied())
            .unwrap_or_default();
        Ok(Styles { looks, normal })
    }

    /// Of the style with this id; documents made by simple programs name styles that they do not
    /// define.
    pub fn look(&self, id: &str) -> Look {
        let known = self.looks.get(id).copied();
        known.unwrap_or_else(|| {
            let mut look = self.normal;
            named(&mut look, id);
            look
        })
    }
}

fn resolve(styles: &BTreeMap<String, Style>, id: &str) -> Look {
    let mut chain = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next
        && chain.len() < MAX_DEPTH
        && let Some(style) = styles.get(id)
    {
        chain.push(style);
        next = style.based_on.as_deref();
    }
    let mut look = Look::default();
    for style in chain.iter().rev() {
        for tag in &style.indents {
            look.indent(tag);
        }
        look.listed |= style.listed;
        look.heading |= style.outline;
        named(&mut look, &style.name);
    }
    look
}

/// Built-in styles keep their English names in files of any language; ids and names differ in
/// blanks and case only.
fn named(look: &mut Look, name: &str) {
    let name: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    match name.as_str() {
        "quote" | "intensequote" | "blocktext" | "blockquote" | "blockquotation" | "quotation"
        | "quotations" | "extract" => look.quotation = true,
        "title" | "subtitle" => look.heading = true,
        "caption" | "tocheading" | "tableoffigures" | "header" | "footer" => look.left_out = true,
        "listparagraph" => {}
        _ if name.starts_with("heading") => look.heading = true,
        _ if name.starts_with("toc") && name.len() <= 5 => look.left_out = true,
        _ if name.starts_with("listbullet") || name.starts_with("listnumber") => look.listed = true,
        _ => {}
    }
}

/// The values of an on-off property.
pub(super) fn is_on(value: &str) -> bool {
    !matches!(value, "0" | "false" | "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_known_by_its_name_its_parent_or_its_indents() {
        let styles = Styles::read(
            r#"<w:styles xmlns:w="w"><w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>
            <w:style w:type="paragraph" w:styleId="Zitat"><w:name w:val="Quote"/><w:basedOn w:val="Standard"/></w:style>
            <w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="My extract"/><w:basedOn w:val="Zitat"/></w:style>
            <w:style w:type="paragraph" w:styleId="In"><w:name w:val="In"/><w:pPr><w:ind w:left="720" w:right="720"/></w:pPr></w:style>
            <w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
            <w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="B"/></w:style>
            <w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>"#,
        )
        .unwrap();
        for (id, quotation, heading) in [
            ("Standard", false, false),
            ("Zitat", true, false),
            ("Mine", true, false),
            ("In", true, false),
            ("berschrift1", false, true),
            ("IntenseQuote", true, false),
            ("A", false, false),
        ] {
            let look = styles.look(id);
            assert_eq!(
                (look.is_quotation(&styles), look.heading),
                (quotation, heading),
                "{id}"
            );
        }
    }
}
