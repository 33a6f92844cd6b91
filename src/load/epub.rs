//! EPUB: the pages of the book's spine, read as web pages.

use super::front_block;
use super::hints::Metadata;
use super::html::{self, Page, join, percent_decoded};
use super::xml::{self, Node};
use super::zipped::{self, Archive};
use super::{Limits, Loaded, Loader, Probe};
use crate::{Error, Result, Stage};

pub(super) struct Epub;

const CONTAINER: &str = "META-INF/container.xml";

impl Loader for Epub {
    fn name(&self) -> &'static str {
        "epub"
    }

    fn recognises(&self, probe: &Probe) -> bool {
        zipped::holds(probe.bytes, CONTAINER)
    }

    fn load(&self, probe: &Probe, limits: &Limits) -> Result<Loaded> {
        let mut archive = Archive::open(probe.bytes, limits)?;
        if archive.has("META-INF/encryption.xml") && is_locked(&mut archive)? {
            return Err(Error::new(Stage::Load, "the book is locked")
                .remedy("get a copy without copy protection"));
        }
        let container = archive.required(CONTAINER)?;
        let mut package = None;
        xml::walk(&container, |node| {
            if let Node::Open(tag) = node
                && tag.name == "rootfile"
                && package.is_none()
            {
                package = tag.get("full-path").map(str::to_owned);
            }
        })?;
        let package = package.ok_or_else(|| {
            Error::new(Stage::Load, "the EPUB names no book")
                .remedy("save the book again from the program that made it")
        })?;
        let book = Book::read(&archive.required(&package)?)?;
        let mut pages = Vec::new();
        for href in book.pages() {
            let name = join(&package, &percent_decoded(href));
            if let Some(text) = archive.text(&name)? {
                pages.push(Page::parse(&name, &text)?);
            }
        }
        let (raw, hints) = html::render(&pages);
        Ok(Loaded {
            raw,
            encoding: "UTF-8".to_owned(),
            hints,
            metadata: book.metadata,
            ..Loaded::default()
        })
    }
}

/// Fonts may be scrambled; a locked page cannot be read.
fn is_locked(archive: &mut Archive) -> Result<bool> {
    let encryption = archive.text("META-INF/encryption.xml")?.unwrap_or_default();
    let mut locked = false;
    xml::walk(&encryption, |node| {
        if let Node::Open(tag) = node
            && tag.name == "CipherReference"
        {
            let uri = tag.get("URI").unwrap_or_default().to_ascii_lowercase();
            locked |= [".xhtml", ".html", ".htm", ".xml"]
                .iter()
                .any(|e| uri.ends_with(e));
        }
    })?;
    Ok(locked)
}

/// The package document.
#[derive(Default)]
struct Book {
    metadata: Metadata,
    /// Id and path of each page, and whether it is the book's own navigation.
    items: Vec<(String, String, bool)>,
    spine: Vec<String>,
}

impl Book {
    fn read(package: &str) -> Result<Book> {
        let mut book = Book::default();
        let mut open: Option<(String, String)> = None;
        let mut creators = Vec::new();
        xml::walk(package, |node| match node {
            Node::Open(tag) => match tag.name.as_str() {
                "item" => {
                    let kind = tag.get("media-type").unwrap_or_default();
                    if kind.contains("html") {
                        let navigation = tag
                            .get("properties")
                            .is_some_and(|p| p.split_whitespace().any(|p| p == "nav"));
                        book.items.push((
                            tag.get("id").unwrap_or_default().to_owned(),
                            tag.get("href").unwrap_or_default().to_owned(),
                            navigation,
                        ));
                    }
                }
                "itemref" => book.spine.extend(tag.get("idref").map(str::to_owned)),
                "title" | "creator" | "date" | "publisher" | "source" => {
                    let role = tag.get("role").unwrap_or("aut");
                    if tag.name != "creator" || role == "aut" {
                        open = Some((tag.name, String::new()));
                    }
                }
                _ => {}
            },
            Node::Text(text) => {
                if let Some((_, value)) = &mut open {
                    value.push_str(&text);
                }
            }
            Node::Close(name) => {
                if let Some((field, value)) = open.take_if(|(field, _)| *field == name) {
                    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                    let metadata = &mut book.metadata;
                    let filled = (!value.is_empty()).then_some(value);
                    match field.as_str() {
                        "title" => metadata.title = metadata.title.take().or(filled),
                        "creator" => creators.extend(filled),
                        "date" => {
                            let day = filled.map(|d| front_block::day(&d));
                            metadata.date = metadata.date.take().or(day);
                        }
                        _ => metadata.source = metadata.source.take().or(filled),
                    }
                }
            }
        })?;
        book.metadata.title = book
            .metadata
            .title
            .take()
            .filter(|t| front_block::is_title(t));
        book.metadata.authors = creators
            .iter()
            .flat_map(|c| front_block::authors(c))
            .collect();
        Ok(book)
    }

    /// Paths of the pages in reading order; pages that the spine leaves out (notes, at times) come
    /// last, the table of contents not at all.
    fn pages(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = Vec::new();
        for id in &self.spine {
            let item = self.items.iter().find(|(i, _, nav)| i == id && !nav);
            paths.extend(item.map(|(_, path, _)| path.as_str()));
        }
        for (id, path, navigation) in &self.items {
            if !navigation && !self.spine.contains(id) {
                paths.push(path);
            }
        }
        paths
    }
}
