//! Word documents: paragraphs with their styles, footnotes and endnotes, properties.
//!
//! Source of the element names: ECMA-376, Part 1, "WordprocessingML".

mod boxes;
mod styles;

use std::collections::BTreeMap;

use super::hints::{BlockKind, Metadata};
use super::writer::{Place, Writer};
use super::xml::{self, Node, Tag};
use super::zipped::{self, Archive};
use super::{Limits, Loaded, Loader, Probe, front_block};
use crate::Result;
use boxes::{Boxes, TEXT_BOX};
use styles::{Look, Styles};

pub(super) struct Docx;

const DOCUMENT: &str = "word/document.xml";

impl Loader for Docx {
    fn name(&self) -> &'static str {
        "docx"
    }

    fn recognises(&self, probe: &Probe) -> bool {
        zipped::holds(probe.bytes, DOCUMENT)
    }

    fn load(&self, probe: &Probe, limits: &Limits) -> Result<Loaded> {
        let mut archive = Archive::open(probe.bytes, limits)?;
        let document = archive.required(DOCUMENT)?;
        let styles = Styles::read(&archive.text("word/styles.xml")?.unwrap_or_default())?;
        let footnotes = archive.text("word/footnotes.xml")?.unwrap_or_default();
        let endnotes = archive.text("word/endnotes.xml")?.unwrap_or_default();
        let settings = archive.text("word/settings.xml")?.unwrap_or_default();
        let numbering = Numbering::read(&[&settings, &document])?;
        let core = archive.text("docProps/core.xml")?.unwrap_or_default();

        let mut reader = Reader::new(&styles, numbering);
        reader.boxes = Boxes::of(&document)?;
        xml::walk(&document, |node| reader.node(node))?;
        reader.context = Context::Note("footnote");
        xml::walk(&footnotes, |node| reader.node(node))?;
        reader.context = Context::Note("endnote");
        xml::walk(&endnotes, |node| reader.node(node))?;
        let (raw, hints) = reader.writer.finish();
        let (metadata, fallback) = properties(&core)?;
        Ok(Loaded {
            raw,
            encoding: "UTF-8".to_owned(),
            hints,
            metadata,
            fallback,
            ..Loaded::default()
        })
    }
}

/// What `docProps/core.xml` says; the day when the file was made says little of the text's.
fn properties(core: &str) -> Result<(Metadata, Metadata)> {
    let first = |name: &str| -> Result<Option<String>> {
        let texts = xml::texts_of(core, name)?;
        Ok(texts.into_iter().find(|t| !t.is_empty()))
    };
    let declared = Metadata {
        title: first("title")?.filter(|t| front_block::is_title(t)),
        authors: front_block::authors(&first("creator")?.unwrap_or_default()),
        ..Metadata::default()
    };
    let made = Metadata {
        date: first("created")?.map(|d| d.chars().take(10).collect()),
        ..Metadata::default()
    };
    Ok((declared, made))
}

/// How notes are numbered: "decimal", "lowerRoman", "chicago" and so on.
struct Numbering {
    footnotes: String,
    endnotes: String,
}

impl Numbering {
    fn read(parts: &[&str]) -> Result<Numbering> {
        let mut numbering = Numbering {
            footnotes: "decimal".to_owned(),
            endnotes: "lowerRoman".to_owned(),
        };
        for part in parts {
            let mut of_endnotes = None;
            xml::walk(part, |node| match node {
                Node::Open(tag) => match tag.name.as_str() {
                    "footnotePr" => of_endnotes = Some(false),
                    "endnotePr" => of_endnotes = Some(true),
                    "numFmt" => {
                        if let (Some(ends), Some(format)) = (of_endnotes, tag.get("val")) {
                            let which = if ends {
                                &mut numbering.endnotes
                            } else {
                                &mut numbering.footnotes
                            };
                            format.clone_into(which);
                        }
                    }
                    _ => {}
                },
                Node::Close(name) if name == "footnotePr" || name == "endnotePr" => {
                    of_endnotes = None;
                }
                _ => {}
            })?;
        }
        Ok(numbering)
    }
}

/// The n-th label, counted from 1.
fn label(format: &str, n: usize) -> String {
    const SYMBOLS: [char; 4] = ['*', '†', '‡', '§'];
    match format {
        "lowerRoman" => roman(n),
        "upperRoman" => roman(n).to_uppercase(),
        "lowerLetter" | "upperLetter" => {
            let letter = char::from(b'a' + ((n - 1) % 26) as u8);
            let text = letter.to_string().repeat((n - 1) / 26 + 1);
            if format == "upperLetter" {
                text.to_uppercase()
            } else {
                text
            }
        }
        "chicago" => SYMBOLS[(n - 1) % 4].to_string().repeat((n - 1) / 4 + 1),
        _ => n.to_string(),
    }
}

fn roman(mut n: usize) -> String {
    const PARTS: [(usize, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut text = String::new();
    for (value, part) in PARTS {
        while n >= value {
            text.push_str(part);
            n -= value;
        }
    }
    text
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Body,
    /// "footnote" or "endnote", as the element is called.
    Note(&'static str),
}

/// A paragraph whose properties are being read.
#[derive(Default)]
struct Paragraph {
    look: Look,
    listed: bool,
    began: bool,
}

struct Reader<'a> {
    writer: Writer,
    styles: &'a Styles,
    numbering: Numbering,
    context: Context,
    /// Labels of notes by kind and id, in the order of their markers.
    labels: BTreeMap<(&'static str, String), String>,
    counts: BTreeMap<&'static str, usize>,
    /// The note that is being read; `None` for separators.
    note: Option<(String, String)>,
    paragraph: Option<Paragraph>,
    /// So many tables are open.
    tables: usize,
    /// Inside so many elements that are passed over.
    skipping: usize,
    in_run: bool,
    in_text: bool,
    hidden: bool,
    custom_mark: Option<(&'static str, String)>,
    boxes: Boxes,
    /// A text box is read; one inside it is passed over.
    in_box: bool,
    /// The text box that is read repeats what stands outside: a pulled quote.
    pulled: bool,
}

/// What is passed over with all that it holds: text that was deleted or moved away, the older of
/// two forms of one drawing, formulas.
const PASSED_OVER: [&str; 5] = ["del", "moveFrom", "Fallback", "oMath", "rPrChange"];

impl<'a> Reader<'a> {
    fn new(styles: &'a Styles, numbering: Numbering) -> Self {
        Reader {
            writer: Writer::default(),
            styles,
            numbering,
            context: Context::Body,
            labels: BTreeMap::new(),
            counts: BTreeMap::new(),
            note: None,
            paragraph: None,
            tables: 0,
            skipping: 0,
            in_run: false,
            in_text: false,
            hidden: false,
            custom_mark: None,
            boxes: Boxes::default(),
            in_box: false,
            pulled: false,
        }
    }

    fn node(&mut self, node: Node) {
        let may_begin = self.skipping == 0 && !self.in_box;
        let Some(node) = self.boxes.keep(node, may_begin) else {
            return;
        };
        let in_box = self.in_box;
        let passed = |name: &str| PASSED_OVER.contains(&name) || (in_box && name == TEXT_BOX);
        match node {
            Node::Open(tag) => {
                let passed = passed(&tag.name);
                if self.skipping > 0 || passed {
                    self.skipping += usize::from(passed);
                } else {
                    self.open(&tag);
                }
            }
            Node::Close(name) => {
                if passed(&name) {
                    self.skipping = self.skipping.saturating_sub(1);
                } else if self.skipping == 0 {
                    self.close(&name);
                }
            }
            Node::Text(text) => {
                if self.in_text && self.skipping == 0 {
                    self.text(&text);
                }
            }
        }
    }

    /// Reads the text boxes that the paragraph held as paragraphs of their own. A pulled quote, whose
    /// words stand in the text as well, is left out.
    fn read_boxes(&mut self) {
        for nodes in self.boxes.take() {
            self.pulled = self.boxes.is_pulled(&nodes);
            self.in_box = true;
            for node in nodes {
                self.node(node);
            }
            self.in_box = false;
            self.pulled = false;
        }
    }

    fn open(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "p" => self.paragraph = Some(Paragraph::default()),
            "pStyle" => {
                if let (Some(p), Some(id)) = (&mut self.paragraph, tag.get("val")) {
                    p.look = self.styles.look(id);
                }
            }
            "numPr" => {
                if let Some(p) = &mut self.paragraph {
                    p.listed = true;
                }
            }
            "ind" => {
                if let Some(p) = &mut self.paragraph {
                    p.look.indent(tag);
                }
            }
            "numId" if tag.get("val") == Some("0") => {
                if let Some(p) = &mut self.paragraph {
                    p.listed = false;
                }
            }
            "r" => {
                self.hidden = false;
                self.in_run = true;
            }
            "vanish" if self.in_run => self.hidden = tag.get("val").is_none_or(styles::is_on),
            "vertAlign" if self.in_run && tag.get("val") == Some("superscript") && self.ready() => {
                self.writer.raise();
            }
            "t" => self.in_text = true,
            "tab" if self.paragraph.as_ref().is_some_and(|p| p.began) => self.text(" "),
            "br" | "cr" => match tag.get("type") {
                Some("page") => self.writer.page_break(),
                Some("column") => {}
                _ => self.writer.line_break(),
            },
            "lastRenderedPageBreak" if self.context == Context::Body => self.writer.page_break(),
            "noBreakHyphen" => self.text("-"),
            "sym" => {
                let code = tag
                    .get("char")
                    .and_then(|c| u32::from_str_radix(c, 16).ok());
                if let Some(c) = code.and_then(char::from_u32) {
                    self.text(c.encode_utf8(&mut [0; 4]));
                }
            }
            "footnoteReference" => self.reference("footnote", tag),
            "endnoteReference" => self.reference("endnote", tag),
            "tbl" => self.tables += 1,
            "footnote" | "endnote" => self.begin_note(tag),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" => {
                self.writer.end();
                self.paragraph = None;
                self.read_boxes();
            }
            "t" => self.in_text = false,
            "r" => {
                self.writer.lower();
                self.in_run = false;
            }
            "tbl" => self.tables = self.tables.saturating_sub(1),
            "footnote" | "endnote" => self.note = None,
            _ => {}
        }
    }

    /// Begins the paragraph at its first text. `false` where no text belongs.
    fn ready(&mut self) -> bool {
        if self.hidden {
            return false;
        }
        let Some(paragraph) = &mut self.paragraph else {
            return false;
        };
        if paragraph.began {
            return true;
        }
        match self.context {
            Context::Body => {
                let place = if self.tables > 0 || paragraph.look.left_out || self.pulled {
                    Place::LeftOut
                } else if paragraph.look.heading {
                    Place::Block(BlockKind::Heading)
                } else if paragraph.listed || paragraph.look.listed {
                    Place::Block(BlockKind::ListItem)
                } else if paragraph.look.is_quotation(self.styles) {
                    Place::Block(BlockKind::Quotation)
                } else {
                    Place::Block(BlockKind::Body)
                };
                self.writer.begin(place);
            }
            Context::Note(_) => match &self.note {
                // A second call for the same note changes nothing but where the text goes.
                Some((id, label)) if !self.writer.knows(id) => self.writer.begin_note(id, label),
                Some((id, _)) => self.writer.begin(Place::Note(id.clone())),
                None => return false,
            },
        }
        paragraph.began = true;
        true
    }

    fn text(&mut self, text: &str) {
        if let Some((kind, id)) = self.custom_mark.take() {
            let printed = text.trim();
            self.labels.insert((kind, id.clone()), printed.to_owned());
            if self.ready() {
                self.writer.marker(&format!("{kind} {id}"), printed);
            }
            return;
        }
        if text.trim().is_empty() && !self.paragraph.as_ref().is_some_and(|p| p.began) {
            return;
        }
        if self.ready() {
            self.writer.push_flowing(text);
        }
    }

    fn reference(&mut self, kind: &'static str, tag: &Tag) {
        let Some(id) = tag.get("id") else { return };
        if tag.get("customMarkFollows").is_some_and(styles::is_on) {
            self.custom_mark = Some((kind, id.to_owned()));
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let format = if kind == "endnote" {
            &self.numbering.endnotes
        } else {
            &self.numbering.footnotes
        };
        let label = label(format, *count);
        self.labels.insert((kind, id.to_owned()), label.clone());
        if self.ready() {
            self.writer.marker(&format!("{kind} {id}"), &label);
        }
    }

    fn begin_note(&mut self, tag: &Tag) {
        let Context::Note(kind) = self.context else {
            return;
        };
        let id = tag.get("id").unwrap_or_default();
        // Separators have a type; a note that no marker names is not printed.
        let label = self.labels.get(&(kind, id.to_owned()));
        self.note = match (tag.get("type"), label) {
            (None | Some("normal"), Some(label)) => Some((format!("{kind} {id}"), label.clone())),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(body: &str, notes: &[(&str, &str)]) -> Vec<u8> {
        use std::io::Write;
        let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let body = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
        for (name, text) in std::iter::once(&(DOCUMENT, body.as_str())).chain(notes) {
            out.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            out.write_all(text.as_bytes()).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    fn load(bytes: &[u8]) -> Loaded {
        let name = "a.docx";
        let probe = Probe { bytes, name };
        assert!(Docx.recognises(&probe));
        Docx.load(&probe, &Limits::default()).unwrap()
    }

    #[test]
    fn text_that_nobody_sees_is_left_out_and_notes_of_both_kinds_are_linked() {
        let body = r#"<w:p><w:pPr><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:pPr></w:p>
            <w:p><w:r><w:t>He </w:t></w:r><w:del><w:r><w:delText>never </w:delText></w:r></w:del><w:ins><w:r><w:t xml:space="preserve">always </w:t></w:r></w:ins>
            <w:r><w:rPr><w:vanish/></w:rPr><w:t>secretly </w:t></w:r><w:r><w:t>said &quot;no&quot;.</w:t></w:r><w:r><w:footnoteReference w:id="7"/></w:r>
            <w:r><w:br w:type="page"/><w:t>Then yes.</w:t></w:r><w:r><w:endnoteReference w:id="2"/></w:r>
            <w:r><w:footnoteReference w:customMarkFollows="1" w:id="8"/><w:t>*</w:t></w:r></w:p>
            <w:p><w:pPr><w:ind w:left="720" w:right="720"/></w:pPr><w:r><w:t>Set off.</w:t></w:r></w:p>
            <w:p><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr><w:r><w:t>Item</w:t></w:r></w:p>
            <w:tbl><w:tr><w:tc><w:p><w:r><w:t>1990</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"#;
        let note = |kind: &str, id: u32, text: &str| {
            format!(
                "<w:{kind} w:id=\"{id}\"><w:p><w:r><w:t>{text}</w:t></w:r></w:p><w:p><w:r><w:t>More.</w:t></w:r></w:p></w:{kind}>"
            )
        };
        let footnotes = format!(
            "<w:footnotes xmlns:w=\"w\"><w:footnote w:type=\"separator\" w:id=\"0\"><w:p><w:r><w:t>x</w:t></w:r></w:p></w:footnote>{}{}{}</w:footnotes>",
            note("footnote", 7, "A book."),
            note("footnote", 8, "Thanks."),
            note("footnote", 9, "No marker.")
        );
        let endnotes = format!(
            "<w:endnotes xmlns:w=\"w\">{}</w:endnotes>",
            note("endnote", 2, "An end.")
        );
        let loaded = load(&document(
            body,
            &[
                ("word/footnotes.xml", &footnotes),
                ("word/endnotes.xml", &endnotes),
            ],
        ));
        let (raw, hints) = (loaded.raw, loaded.hints);
        let blocks: Vec<(BlockKind, &str)> = hints
            .blocks
            .iter()
            .map(|b| (b.kind, b.pieces[0].of(&raw)))
            .collect();
        assert_eq!(
            blocks,
            [
                (BlockKind::Body, "He always said \"no\".1\n\u{c}Then yes.i*"),
                (BlockKind::Quotation, "Set off."),
                (BlockKind::ListItem, "Item"),
            ]
        );
        let notes: Vec<(u32, &str, &str)> = hints
            .notes
            .iter()
            .map(|n| (n.number, n.label.as_str(), n.pieces[0].of(&raw)))
            .collect();
        assert_eq!(
            notes,
            [
                (1, "1", "1 A book."),
                (2, "*", "* Thanks."),
                (3, "i", "i An end.")
            ]
        );
        assert!(hints.notes.iter().all(|n| n.pieces.len() == 2));
        let markers: Vec<&str> = hints.markers.iter().map(|m| m.span.of(&raw)).collect();
        assert_eq!(markers, ["1", "i", "*"]);
        assert_eq!(hints.left_out[0].of(&raw), "1990");
    }

    #[test]
    fn a_text_box_is_a_paragraph_of_its_own_once_and_a_pulled_quote_is_none() {
        let text = |t: &str| format!("<w:p><w:r><w:t>{t}</w:t></w:r></w:p>");
        let in_box = |content: &str| format!("<w:txbxContent>{content}</w:txbxContent>");
        let pulled = in_box(&text("“…the road will come when the ships come”"));
        let aside = in_box(&(text("A word on method.") + &text("It is “short.”")));
        let nested = in_box(&format!(
            "<w:p><w:r><w:t>Outer.</w:t>{}</w:r></w:p>",
            in_box(&text("Inner."))
        ));
        let body = format!(
            "<w:p><w:r><w:t>She said that the road will </w:t><mc:AlternateContent><mc:Choice>{aside}</mc:Choice>\
             <mc:Fallback><w:pict>{aside}</w:pict></mc:Fallback></mc:AlternateContent>\
             <w:t>come when the ships come.</w:t><w:pict>{pulled}</w:pict></w:r></w:p>{}<w:p><w:r>{nested}</w:r></w:p>",
            text("Nobody believed her.")
        );
        let loaded = load(&document(&body, &[]));
        let (raw, hints) = (loaded.raw, loaded.hints);
        let blocks: Vec<&str> = hints.blocks.iter().map(|b| b.pieces[0].of(&raw)).collect();
        assert_eq!(
            blocks,
            [
                "She said that the road will come when the ships come.",
                "A word on method.",
                "It is “short.”",
                "Nobody believed her.",
                "Outer."
            ]
        );
        assert_eq!(hints.left_out.len(), 1);
        assert!(hints.left_out[0].of(&raw).starts_with("“…the road"));
    }

    #[test]
    fn labels_follow_the_documents_numbering() {
        for (format, n, printed) in [
            ("decimal", 12, "12"),
            ("lowerRoman", 14, "xiv"),
            ("upperRoman", 4, "IV"),
            ("lowerLetter", 28, "bb"),
            ("chicago", 5, "**"),
            ("chicago", 2, "†"),
        ] {
            assert_eq!(label(format, n), printed);
        }
    }
}
