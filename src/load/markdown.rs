//! Markdown: its blocks, `>` quotations, `[^1]` notes and Pandoc's `^[notes in the line]`. The raw text
//! is the file as it stands; the hints say which of its characters are signs.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::hints::{BlockHint, BlockKind, Hints, MarkerHint, NoteHint};
use super::{Limits, Loaded, Loader, Probe, decode, front_block, writer};
use crate::Result;
use crate::text::{Raw, Span};

pub(super) struct Markdown;

const EXTENSIONS: [&str; 5] = [".md", ".markdown", ".mdown", ".qmd", ".rmd"];

static NOTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\[\^[^\]\s]+\]:").expect("a valid pattern"));
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\S\[\^[^\]\s]+\]").expect("a valid pattern"));
static INLINE_NOTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\S\^\[[^\]\s][^\]]{3,}\]").expect("a valid pattern"));
static HEADING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^#{1,6} +\S.*$\n\s*\n").expect("a valid pattern"));
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[[^\]\n]+\]\((?:https?:|mailto:|#)[^)\s]+\)").expect("a valid pattern")
});
static QUOTATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*\n> ?\S").expect("a valid pattern"));
static EMPHASIS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\*\*[^*\n]+\*\*|(?:^|\s)[*_][A-Za-z][^*_\n]*[*_](?:\W|$)")
        .expect("a valid pattern")
});

/// How much of Markdown's writing a text has.
fn signs(text: &str) -> usize {
    let count = |pattern: &Regex, most: usize| pattern.find_iter(text).take(most).count();
    let notes = NOTE.is_match(text) && REFERENCE.is_match(text);
    3 * usize::from(notes)
        + 2 * count(&INLINE_NOTE, 1)
        + count(&HEADING, 2)
        + count(&LINK, 1)
        + count(&QUOTATION, 1)
        + count(&EMPHASIS, 1)
        + 2 * usize::from(front_block::read(text).is_some())
}

/// Signs that make a Markdown of any text, and of one that is called so.
const ENOUGH: usize = 3;
const ENOUGH_BY_NAME: usize = 1;

impl Loader for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn recognises(&self, probe: &Probe) -> bool {
        let text = String::from_utf8_lossy(probe.bytes);
        let text = text.trim_start_matches('\u{feff}').replace('\r', "");
        let name = probe.name.to_ascii_lowercase();
        let called = EXTENSIONS.iter().any(|e| name.ends_with(e));
        signs(&text) >= if called { ENOUGH_BY_NAME } else { ENOUGH }
    }

    fn load(&self, probe: &Probe, _: &Limits) -> Result<Loaded> {
        let decoded = decode::decode(probe.bytes)?;
        let raw = decoded.text;
        let (metadata, start) = front_block::read(&raw).unwrap_or_default();
        let mut reader = Reader::new(&raw, start);
        let options = Options::ENABLE_FOOTNOTES
            | Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS;
        for (event, range) in Parser::new_ext(&raw[start..], options).into_offset_iter() {
            reader.event(event, range.start + start..range.end + start);
        }
        let hints = reader.finish();
        Ok(Loaded {
            raw,
            encoding: decoded.encoding,
            warnings: decoded.warnings,
            hints,
            metadata,
            ..Loaded::default()
        })
    }
}

struct Reader<'a> {
    raw: &'a str,
    hints: Hints,
    /// The visible stretches of the block that is open.
    visible: Vec<Range<usize>>,
    heading: bool,
    quotes: usize,
    items: usize,
    /// Tables, fenced code, pictures: so many are open.
    left_out: usize,
    indented_code: bool,
    note: Option<Note>,
    /// Labels of notes that have been read.
    known: HashSet<String>,
    markers: Vec<(String, Span<Raw>)>,
    /// What may be notes in the line, and the first of them that no text has been seen of.
    inline: Vec<Range<usize>>,
    next_inline: usize,
    /// Those of the open block that are notes.
    in_block: Vec<Range<usize>>,
    has_inline: bool,
}

struct Note {
    label: String,
    start: usize,
    text_start: Option<usize>,
    pieces: Vec<Span<Raw>>,
}

impl<'a> Reader<'a> {
    fn new(raw: &'a str, start: usize) -> Self {
        let mut hints = Hints::default();
        if start > 0 {
            hints.left_out.push(Span::new(0, start));
        }
        Reader {
            raw,
            hints,
            visible: Vec::new(),
            heading: false,
            quotes: 0,
            items: 0,
            left_out: 0,
            indented_code: false,
            note: None,
            known: HashSet::new(),
            markers: Vec::new(),
            inline: inline_notes(raw, start),
            next_inline: 0,
            in_block: Vec::new(),
            has_inline: false,
        }
    }

    fn event(&mut self, event: Event, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(_) => {
                self.see_inline(&range);
                self.show(range);
            }
            Event::Code(_) => {
                let text = &self.raw[range.clone()];
                let ticks = text.len() - text.trim_start_matches('`').len();
                self.show(range.start + ticks..range.end.saturating_sub(ticks));
            }
            Event::SoftBreak => self.show(range),
            Event::HardBreak => {
                if let Some(at) = self.raw[range.clone()].find('\n') {
                    self.show(range.start + at..range.start + at + 1);
                }
            }
            Event::FootnoteReference(label) => {
                let span = Span::new(range.start, range.end);
                self.markers.push((label.to_lowercase(), span));
                self.show(range);
            }
            Event::Rule => self.flush(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag, range: Range<usize>) {
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } => {}
            Tag::Image { .. } => self.left_out += 1,
            _ => self.flush(),
        }
        match tag {
            Tag::Heading { .. } => self.heading = true,
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::Item => self.items += 1,
            Tag::Table(_) | Tag::CodeBlock(CodeBlockKind::Fenced(_)) => self.left_out += 1,
            Tag::CodeBlock(CodeBlockKind::Indented) => self.indented_code = true,
            Tag::FootnoteDefinition(label) => {
                self.note = Some(Note {
                    label: label.to_lowercase(),
                    start: range.start,
                    text_start: None,
                    pieces: Vec::new(),
                });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => return,
            TagEnd::Image => {
                self.left_out = self.left_out.saturating_sub(1);
                return;
            }
            _ => self.flush(),
        }
        match tag {
            TagEnd::Heading(_) => self.heading = false,
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::Item => self.items = self.items.saturating_sub(1),
            TagEnd::Table => self.left_out = self.left_out.saturating_sub(1),
            TagEnd::CodeBlock if self.indented_code => self.indented_code = false,
            TagEnd::CodeBlock => self.left_out = self.left_out.saturating_sub(1),
            TagEnd::FootnoteDefinition => self.close_note(),
            _ => {}
        }
    }

    /// Takes note of the notes that begin in a stretch of text: what stands in code is none, nor is
    /// what stands in another note.
    fn see_inline(&mut self, text: &Range<usize>) {
        while let Some(note) = self.inline.get(self.next_inline) {
            if note.start >= text.end {
                break;
            }
            let in_code = self.left_out > 0 || self.indented_code;
            if note.start >= text.start && !in_code && self.note.is_none() {
                self.in_block.push(note.clone());
            }
            self.next_inline += 1;
        }
    }

    fn show(&mut self, range: Range<usize>) {
        if range.is_empty() || self.left_out > 0 {
            return;
        }
        match self.visible.last_mut() {
            // A stretch that lies in the last one says nothing new.
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => self.visible.push(range),
        }
    }

    /// Ends the open block.
    fn flush(&mut self) {
        let visible = std::mem::take(&mut self.visible);
        let inline = std::mem::take(&mut self.in_block);
        let (Some(first), Some(last)) = (visible.first(), visible.last()) else {
            return;
        };
        let mut extent = Span::new(first.start, last.end);
        if extent.trim(self.raw).is_empty() {
            return;
        }
        for pair in visible.windows(2) {
            self.hide(pair[0].end..pair[1].start);
        }
        if let Some(note) = &mut self.note {
            let begins = *note.text_start.get_or_insert(first.start);
            let line = self.raw[..first.start].rfind('\n').map_or(0, |n| n + 1);
            let start = if note.pieces.is_empty() {
                note.start
            } else {
                line
            };
            let rest = self.raw[last.end..]
                .find('\n')
                .unwrap_or(self.raw.len() - last.end);
            extent = Span::new(start, last.end + rest);
            note.pieces.push(extent);
            if begins < first.start {
                self.hide(line..first.start);
            }
            self.hide(last.end..extent.end);
            return;
        }
        for note in inline.iter().filter(|n| n.end <= extent.end) {
            self.add_inline(note);
        }
        self.hints.blocks.push(BlockHint {
            kind: if self.heading {
                BlockKind::Heading
            } else if self.quotes > 0 || self.indented_code {
                BlockKind::Quotation
            } else if self.items > 0 {
                BlockKind::ListItem
            } else {
                BlockKind::Body
            },
            pieces: vec![extent],
        });
    }

    /// `^[` is the marker of such a note; the rest, without its bracket, is the note.
    fn add_inline(&mut self, note: &Range<usize>) {
        let label = format!("^{}", note.start);
        let inside = Span::new(note.start + 2, note.end);
        self.markers
            .push((label.clone(), Span::new(note.start, inside.start)));
        self.hide(note.end - 1..note.end);
        self.has_inline = true;
        self.hints.notes.push(NoteHint {
            number: 0,
            label,
            pieces: vec![inside],
            text_start: inside.start,
        });
    }

    fn hide(&mut self, range: Range<usize>) {
        let span = Span::new(range.start, range.end);
        if !span.trim(self.raw).is_empty() {
            self.hints.markup.push(span);
        }
    }

    fn close_note(&mut self) {
        let Some(note) = self.note.take() else {
            return;
        };
        let (Some(text_start), false) = (note.text_start, self.known.contains(&note.label)) else {
            return;
        };
        self.known.insert(note.label.clone());
        self.hints.notes.push(NoteHint {
            number: 0,
            label: note.label,
            pieces: note.pieces,
            text_start,
        });
    }

    /// Notes in the line have no numbers, and Pandoc counts all notes in the order of their markers.
    fn count_by_markers(&mut self) {
        let mut first_marker: HashMap<&str, usize> = HashMap::new();
        for (label, marker) in &self.markers {
            let first = first_marker.entry(label).or_insert(marker.start);
            *first = marker.start.min(*first);
        }
        self.hints.notes.sort_by_key(|note| {
            let marker = first_marker.get(note.label.as_str());
            marker.copied().unwrap_or(usize::MAX)
        });
        let mut counted = HashMap::new();
        for (i, note) in self.hints.notes.iter_mut().enumerate() {
            let label = (i + 1).to_string();
            counted.insert(std::mem::replace(&mut note.label, label.clone()), label);
        }
        for (label, _) in &mut self.markers {
            if let Some(new) = counted.get(label) {
                label.clone_from(new);
            }
        }
    }

    fn finish(mut self) -> Hints {
        self.flush();
        if self.has_inline {
            self.count_by_markers();
        }
        let numbers = writer::numbers(self.hints.notes.iter().map(|note| note.label.as_str()));
        let mut numbered = HashMap::new();
        for (note, number) in self.hints.notes.iter_mut().zip(numbers) {
            note.number = number;
            numbered.insert(note.label.clone(), number);
            if note.label.parse::<u32>().is_err() {
                note.label = number.to_string();
            }
        }
        for (label, span) in self.markers {
            match numbered.get(&label) {
                Some(&number) => self.hints.markers.push(MarkerHint { number, span }),
                None => self.hints.markup.push(span),
            }
        }
        self.hints.markup.sort();
        self.hints
    }
}

/// The stretches `^[…]` of a text that lie in no other: brackets in pairs, and no blank line inside.
fn inline_notes(raw: &str, start: usize) -> Vec<Range<usize>> {
    let mut notes = Vec::new();
    // The brackets that are open, and whether a caret stands before each.
    let mut open = Vec::new();
    let (mut before, mut escaped) = (' ', false);
    for (at, c) in raw[start..].char_indices().map(|(i, c)| (start + i, c)) {
        if std::mem::take(&mut escaped) {
            before = ' ';
            continue;
        }
        match c {
            '\\' => escaped = true,
            '\n' if before == '\n' => open.clear(),
            '[' => open.push((at, before == '^')),
            ']' => {
                if let Some((bracket, true)) = open.pop()
                    && !raw[bracket + 1..at].trim().is_empty()
                {
                    notes.push(bracket - 1..at + 1);
                }
            }
            _ => {}
        }
        before = c;
    }
    notes.sort_unstable_by_key(|note| note.start);
    let mut end = start;
    notes.retain(|note| {
        let outer = note.start >= end;
        end = end.max(note.end);
        outer
    });
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Loaded {
        let probe = Probe {
            bytes: text.as_bytes(),
            name: "essay.md",
        };
        Markdown.load(&probe, &Limits::default()).unwrap()
    }

    #[test]
    fn notes_quotations_and_signs_are_found_in_the_file_as_it_stands() {
        let text = "---\ntitle: Ports\n---\n# Ports *and* Patience\n\nShe said **no**.[^1] Then\nshe left.[^b]\n\n> First line\n> second *line*.[^1]\n\n[^1]: Anna Lind, *Roofs*,\n    2014.\n[^b]: Ibid.\n";
        let loaded = load(text);
        assert_eq!(loaded.raw, text);
        assert_eq!(loaded.metadata.title.as_deref(), Some("Ports"));
        let hints = loaded.hints;
        let kinds: Vec<BlockKind> = hints.blocks.iter().map(|b| b.kind).collect();
        assert_eq!(
            kinds,
            [BlockKind::Heading, BlockKind::Body, BlockKind::Quotation]
        );
        let markup: Vec<&str> = hints.markup.iter().map(|s| s.of(text)).collect();
        assert_eq!(markup, ["*", "*", "**", "**", "> ", "*", "*", "*", "*"]);
        let notes: Vec<(u32, &str)> = hints
            .notes
            .iter()
            .map(|n| (n.number, &text[n.text_start..n.text_start + 5]))
            .collect();
        assert_eq!(notes, [(1, "Anna "), (2, "Ibid.")]);
        let markers: Vec<u32> = hints.markers.iter().map(|m| m.number).collect();
        assert_eq!(markers, [1, 2, 1]);
    }

    #[test]
    fn notes_in_the_line_are_notes_and_all_are_counted_by_their_markers() {
        let text = "# Ports\n\nShe said no.[^a] He left.^[Anna Lind, *Roofs* [sic], 2014,\np. 3.] They\nstayed^[Ibid.]; it rained.\n\n    x^[in code]\n\n[^a]: Bo Ek, Rain, 2001.\n\nAn `x^[2 + 2]` is none, \\^[nor this], nor ^[this.\n\nNor] that.\n";
        let hints = load(text).hints;
        let notes: Vec<(u32, &str)> = hints
            .notes
            .iter()
            .map(|n| (n.number, n.pieces[0].of(text)))
            .collect();
        assert_eq!(
            notes,
            [
                (1, "[^a]: Bo Ek, Rain, 2001."),
                (2, "Anna Lind, *Roofs* [sic], 2014,\np. 3.]"),
                (3, "Ibid.]"),
            ]
        );
        let markers: Vec<(u32, &str)> = hints
            .markers
            .iter()
            .map(|m| (m.number, m.span.of(text)))
            .collect();
        assert_eq!(markers, [(1, "[^a]"), (2, "^["), (3, "^[")]);

        let source = crate::load::Source {
            raw: text.to_owned(),
            hints,
            ..crate::load::Source::default()
        };
        let layout = crate::layout::analyse(&source);
        let body: Vec<&str> = layout.body.text.split('\n').collect();
        assert_eq!(body[1], "She said no. He left. They stayed; it rained.");
        let notes: Vec<&str> = layout.notes.iter().map(|n| n.text.text.as_str()).collect();
        assert_eq!(
            notes,
            [
                "Bo Ek, Rain, 2001.",
                "Anna Lind, Roofs [sic], 2014, p. 3.",
                "Ibid."
            ]
        );
        let linked: Vec<Option<usize>> = layout.body.markers.iter().map(|m| m.note).collect();
        assert_eq!(linked, [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn plain_text_is_no_markdown_whatever_it_is_called() {
        let named = |text: &str, name: &str| {
            Markdown.recognises(&Probe {
                bytes: text.as_bytes(),
                name,
            })
        };
        let mail = "Dear all,\n\n> you wrote this\n\nand # 3 is right, 2 * 3 * 4 = 24.\n";
        assert!(!named(mail, "mail.txt"));
        assert!(!named("A plain essay.1\n\n1 A note.\n", "essay.md"));
        assert!(named("She left.[^1]\n\n[^1]: A book.\n", "essay.txt"));
        assert!(named("# A title\n\nText.\n", "essay.md"));
    }
}
