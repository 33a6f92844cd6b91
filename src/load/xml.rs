//! XML as a row of tags and texts. Entities other than XML's five stay as they are written.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::{Error, Result, Stage};

/// One step through a document.
pub(super) enum Node {
    Open(Tag),
    /// With the local name.
    Close(String),
    Text(String),
}

/// A tag by its local name, the prefix dropped.
pub(super) struct Tag {
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn of(start: &BytesStart) -> Tag {
        let attributes = start
            .attributes()
            .with_checks(false)
            .flatten()
            .map(|a| {
                let value = a.normalized_value(quick_xml::XmlVersion::default());
                let value = value.map(|v| v.into_owned()).unwrap_or_default();
                (a.key.local_name().as_ref().to_owned(), value)
            })
            .collect();
        Tag {
            name: start.local_name().as_ref().to_owned(),
            attributes,
        }
    }

    /// An attribute by its local name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Walks through a document; an empty element opens and closes.
///
/// # Errors
/// XML that is not well formed, with the byte where that shows.
pub(super) fn walk(xml: &str, mut visit: impl FnMut(Node)) -> Result<()> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    loop {
        let event = reader.read_event().map_err(|e| {
            Error::new(
                Stage::Load,
                format!("the XML is damaged at byte {}", reader.error_position()),
            )
            .caused_by(e)
            .remedy("save the document again from the program that made it")
        })?;
        match event {
            Event::Start(start) => visit(Node::Open(Tag::of(&start))),
            Event::End(end) => visit(Node::Close(end.local_name().as_ref().to_owned())),
            Event::Text(text) => visit(Node::Text(text.xml10_content().into_owned())),
            Event::CData(text) => visit(Node::Text(text.xml10_content().into_owned())),
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content().into_owned();
                let text = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c.to_string(),
                    _ => match name.as_str() {
                        "lt" => "<".to_owned(),
                        "gt" => ">".to_owned(),
                        "amp" => "&".to_owned(),
                        "quot" => "\"".to_owned(),
                        "apos" => "'".to_owned(),
                        "nbsp" => "\u{a0}".to_owned(),
                        _ => format!("&{name};"),
                    },
                };
                visit(Node::Text(text));
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The text of every element of the given local name, in order.
///
/// # Errors
/// As [`walk`].
pub(super) fn texts_of(xml: &str, name: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    walk(xml, |node| match node {
        Node::Open(tag) if tag.name == name => open = Some(String::new()),
        Node::Close(closed) if closed == name => {
            if let Some(text) = open.take() {
                found.push(text.trim().to_owned());
            }
        }
        Node::Text(text) => {
            if let Some(open) = &mut open {
                open.push_str(&text);
            }
        }
        _ => {}
    })?;
    Ok(found)
}
