//! Standoff annotations for brat: `STEM.txt` with the raw text, `STEM.ann` with spans and relations.

use std::fmt::Write;

use crate::analysis::{DocumentRecord, Passage};
use crate::export::OutputFile;
use crate::text::CodePoints;

/// Text-bound annotations `Content`, `Cue` and `Source`, relations from content to cue and source,
/// and the speaker as a note on the content. Offsets are code points; passages in several pieces are
/// discontinuous annotations, and so are those that run over a line end, as brat asks.
pub(super) fn files(document: &DocumentRecord, stem: &str) -> [OutputFile; 2] {
    let mut ann = Standoff {
        raw: &document.text,
        points: CodePoints::new(&document.text),
        lines: String::new(),
        spans: 0,
        relations: 0,
    };
    for (number, quotation) in document.quotations.iter().enumerate() {
        let Some(content) = ann.span("Content", &quotation.passage) else {
            continue;
        };
        for (kind, passage) in [("Cue", &quotation.cue), ("Source", &quotation.source)] {
            let span = passage.as_ref().and_then(|p| ann.span(kind, p));
            if let Some(span) = span {
                ann.relation(kind, content, span);
            }
        }
        let speaker = quotation.attribution.speaker_cell().replace('\n', " ");
        if !speaker.is_empty() {
            let number = number + 1;
            // Writing to a string cannot fail.
            let _ = writeln!(
                ann.lines,
                "#{number}\tAnnotatorNotes T{content}\tspeaker: {speaker}"
            );
        }
    }
    let file = |extension: &str, text: String| OutputFile {
        path: format!("{stem}.{extension}"),
        bytes: text.into_bytes(),
    };
    [file("ann", ann.lines), file("txt", document.text.clone())]
}

struct Standoff<'a> {
    raw: &'a str,
    points: CodePoints,
    lines: String,
    spans: usize,
    relations: usize,
}

impl Standoff<'_> {
    /// Writes the span and gives its number.
    fn span(&mut self, kind: &str, passage: &Passage) -> Option<usize> {
        let mut offsets: Vec<String> = Vec::new();
        let mut texts: Vec<&str> = Vec::new();
        for piece in &passage.pieces {
            let from = self.points.byte(self.raw, piece.start);
            let to = self.points.byte(self.raw, piece.end);
            let mut at = from;
            for line in self.raw[from..to].split('\n') {
                let text = line.trim();
                if !text.is_empty() {
                    let start = at + (line.len() - line.trim_start().len());
                    let first = self.points.at(self.raw, start);
                    let last = self.points.at(self.raw, start + text.len());
                    offsets.push(format!("{first} {last}"));
                    texts.push(text);
                }
                at += line.len() + 1;
            }
        }
        if texts.is_empty() {
            return None;
        }
        self.spans += 1;
        let (offsets, text) = (offsets.join(";"), texts.join(" "));
        // Writing to a string cannot fail.
        let _ = writeln!(self.lines, "T{}\t{kind} {offsets}\t{text}", self.spans);
        Some(self.spans)
    }

    fn relation(&mut self, kind: &str, from: usize, to: usize) {
        self.relations += 1;
        let _ = writeln!(
            self.lines,
            "R{}\tHas{kind} Arg1:T{from} Arg2:T{to}",
            self.relations
        );
    }
}
