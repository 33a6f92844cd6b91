//! How far two readings of one essay agree.

use stancemap::analysis::{DocumentRecord, QuotationRecord};

/// So many of `of` are alike.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreement {
    pub alike: usize,
    pub of: usize,
}

impl Agreement {
    pub fn add(&mut self, other: Agreement) {
        self.alike += other.alike;
        self.of += other.of;
    }

    pub fn share(&self) -> f64 {
        self.alike as f64 / self.of.max(1) as f64
    }

    pub fn shown(&self) -> String {
        format!(
            "{:.1} % ({} of {})",
            100.0 * self.share(),
            self.alike,
            self.of
        )
    }
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Content, who, and the speakers' names.
fn said(quotation: &QuotationRecord) -> (String, String, Vec<String>) {
    let attribution = &quotation.attribution;
    let mut speakers: Vec<String> = attribution
        .speakers
        .iter()
        .map(|s| s.name.clone())
        .collect();
    speakers.sort();
    let who = format!("{:?} {:?}", quotation.kind, attribution.who);
    (letters(&quotation.passage.text), who, speakers)
}

/// Quotations of both readings that are alike in content, kind and speakers, of all that either
/// has: what one of them lacks and what it has too many both count against it. The second result
/// names what is not alike.
pub fn quotations(text: &DocumentRecord, other: &DocumentRecord) -> (Agreement, Vec<String>) {
    let mut left: Vec<_> = other.quotations.iter().map(said).collect();
    let mut unlike = Vec::new();
    let mut alike = 0;
    for quotation in &text.quotations {
        let said = said(quotation);
        match left.iter().position(|o| *o == said) {
            Some(at) => {
                left.remove(at);
                alike += 1;
            }
            None => unlike.push(format!("- {said:?}")),
        }
    }
    unlike.extend(left.iter().map(|o| format!("+ {o:?}")));
    let of = text.quotations.len() + left.len();
    (Agreement { alike, of }, unlike)
}

/// Notes that the text links and the other reading links with the same number and wording.
pub fn notes(text: &DocumentRecord, other: &DocumentRecord) -> (Agreement, Vec<String>) {
    let mut agreement = Agreement::default();
    let mut unlike = Vec::new();
    for note in text.footnotes.iter().filter(|n| n.marker.is_some()) {
        agreement.of += 1;
        let same = other.footnotes.iter().find(|o| {
            o.number == note.number
                && o.marker.is_some()
                && letters(&o.passage.text) == letters(&note.passage.text)
        });
        match same {
            Some(_) => agreement.alike += 1,
            None => unlike.push(format!("- note {}: {}", note.number, note.passage.text)),
        }
    }
    (agreement, unlike)
}
