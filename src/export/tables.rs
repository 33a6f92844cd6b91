//! The tables of a run, before they are CSV or Parquet.

use std::collections::BTreeMap;

use crate::analysis::{
    Analysis, Claim, DocumentRecord, Edge, ExpertKind, ExpertRecord, QuotationRecord, SentenceKind,
    SentenceRecord, StanceCall,
};

/// What a column holds; every column may have empty cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Integer,
    Real,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Integer(i64),
    Real(f64),
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        }
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Cell::Integer(value as i64)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Cell::Integer(value.into())
    }
}

impl From<i32> for Cell {
    fn from(value: i32) -> Self {
        Cell::Integer(value.into())
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell::Real(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

/// Rows of cells under typed columns; each row has one cell a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub name: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

/// `quotes`, `experts`, `stances`, `edges`, `errors` and `review`.
pub fn all(analysis: &Analysis) -> [Table; 6] {
    [
        quotes(&analysis.documents, &analysis.manifest.labels),
        experts(analysis),
        stances(analysis),
        edges(analysis),
        errors(analysis),
        review(&analysis.documents),
    ]
}

fn columns(list: &[(&str, ColumnKind)]) -> Vec<Column> {
    list.iter()
        .map(|&(name, kind)| Column {
            name: name.to_owned(),
            kind,
        })
        .collect()
}

/// One column a label, in the scheme's order.
fn label_columns<'a>(
    prefix: &'a str,
    kind: ColumnKind,
    labels: &'a [String],
) -> impl Iterator<Item = Column> + 'a {
    labels.iter().map(move |label| Column {
        name: format!("{prefix}_{label}"),
        kind,
    })
}

fn probabilities<'a>(
    call: &'a StanceCall,
    labels: &'a [String],
) -> impl Iterator<Item = Cell> + 'a {
    labels.iter().map(|label| {
        call.probabilities
            .iter()
            .find(|p| p.label == *label)
            .map(|p| p.probability)
            .into()
    })
}

/// One row a quotation; joint speakers share a cell.
pub(super) fn quotes(documents: &[DocumentRecord], labels: &[String]) -> Table {
    use ColumnKind::{Integer, Real, Text};
    let mut columns = columns(&[
        ("document", Text),
        ("quote_id", Text),
        ("start", Integer),
        ("end", Integer),
        ("page", Integer),
        ("type", Text),
        ("who", Text),
        ("speaker", Text),
        ("cue", Text),
        ("source", Text),
        ("rule", Text),
        ("attribution_confidence", Real),
        ("footnote", Text),
        ("stance", Text),
        ("stance_confidence", Real),
        ("text", Text),
        ("cited", Text),
        ("year", Integer),
        ("within_note", Text),
        ("source_start", Integer),
        ("source_end", Integer),
    ]);
    columns.extend(label_columns("p", Real, labels));
    let row = |document: &DocumentRecord, q: &QuotationRecord| {
        let extent = q.passage.extent();
        let source = q.source.as_ref().map(|s| s.extent());
        let mut row: Vec<Cell> = vec![
            document.id.as_str().into(),
            q.id.as_str().into(),
            extent.start.into(),
            extent.end.into(),
            q.page.into(),
            q.kind.name().into(),
            q.attribution.who.name().into(),
            q.attribution.speaker_cell().into(),
            q.cue.as_ref().map(|cue| cue.text.as_str()).into(),
            q.source.as_ref().map(|source| source.text.as_str()).into(),
            q.attribution.rule.as_str().into(),
            q.attribution.confidence.into(),
            q.footnote.as_ref().map(ToString::to_string).into(),
            q.stance.cell().into(),
            q.stance.confidence.into(),
            q.passage.text.as_str().into(),
            q.attribution.cited.join("; ").into(),
            q.year.into(),
            q.within_note.as_ref().map(ToString::to_string).into(),
            source.map(|s| s.start).into(),
            source.map(|s| s.end).into(),
        ];
        row.extend(probabilities(&q.stance, labels));
        row
    };
    let rows = documents
        .iter()
        .flat_map(|d| d.quotations.iter().map(move |q| row(d, q)))
        .collect();
    Table {
        name: "quotes",
        columns,
        rows,
    }
}

/// Speakers given with less confidence than this are to be looked at.
const UNSURE: f64 = 0.6;

/// One row a quotation whose speaker is not known or not sure, the least sure first within a document.
fn review(documents: &[DocumentRecord]) -> Table {
    use ColumnKind::{Integer, Real, Text};
    let row = |document: &DocumentRecord, q: &QuotationRecord| {
        let extent = q.passage.extent();
        let attribution = &q.attribution;
        let rule = &attribution.rule;
        let reasons = match attribution.reasons.as_slice() {
            [] => format!("the rule {rule} is often wrong"),
            reasons => reasons.join("; "),
        };
        vec![
            document.id.as_str().into(),
            q.id.as_str().into(),
            q.page.into(),
            extent.start.into(),
            extent.end.into(),
            attribution.who.name().into(),
            attribution.speaker_cell().into(),
            attribution.confidence.into(),
            reasons.into(),
            q.source.as_ref().map(|source| source.text.as_str()).into(),
            q.cue.as_ref().map(|cue| cue.text.as_str()).into(),
            q.footnote.as_ref().map(ToString::to_string).into(),
            q.passage.text.as_str().into(),
        ]
    };
    let mut rows = Vec::new();
    for document in documents {
        let unsure = |q: &&QuotationRecord| q.attribution.confidence < UNSURE;
        let mut of_document: Vec<_> = document.quotations.iter().filter(unsure).collect();
        of_document.sort_by(|a, b| {
            a.attribution
                .confidence
                .total_cmp(&b.attribution.confidence)
        });
        rows.extend(of_document.into_iter().map(|q| row(document, q)));
    }
    Table {
        name: "review",
        columns: columns(&[
            ("document", Text),
            ("quote_id", Text),
            ("page", Integer),
            ("start", Integer),
            ("end", Integer),
            ("who", Text),
            ("speaker", Text),
            ("attribution_confidence", Real),
            ("reasons", Text),
            ("source", Text),
            ("cue", Text),
            ("footnote", Text),
            ("text", Text),
        ]),
        rows,
    }
}

/// One row an expert: counts, and per label a share with its Wilson interval.
fn experts(analysis: &Analysis) -> Table {
    use ColumnKind::{Integer, Real, Text};
    let labels = &analysis.manifest.labels;
    let mut columns = columns(&[
        ("expert", Text),
        ("kind", Text),
        ("name", Text),
        ("members", Text),
        ("forms", Text),
        ("quotations", Integer),
        ("abstained", Integer),
        ("documents", Integer),
        ("per_document", Text),
        ("claims", Integer),
        ("edges", Integer),
    ]);
    columns.extend(label_columns("n", Integer, labels));
    columns.extend(label_columns("share", Real, labels));
    columns.extend(label_columns("low", Real, labels));
    columns.extend(label_columns("high", Real, labels));
    let row = |expert: &ExpertRecord| {
        let kind = match expert.kind {
            ExpertKind::Person => "person",
            ExpertKind::Joint => "joint",
            ExpertKind::Collective => "collective",
        };
        let mut forms: Vec<&str> = expert.forms.iter().map(|f| f.form.as_str()).collect();
        forms.sort_unstable();
        forms.dedup();
        let mut per_document: BTreeMap<&str, usize> = BTreeMap::new();
        for quotation in &expert.quotations {
            *per_document.entry(&quotation.document).or_default() += 1;
        }
        let counts: Vec<String> = per_document
            .iter()
            .map(|(document, count)| format!("{document}: {count}"))
            .collect();
        let mut row: Vec<Cell> = vec![
            expert.id.as_str().into(),
            kind.into(),
            expert.name.as_str().into(),
            expert.members.join("; ").into(),
            forms.join("; ").into(),
            expert.quotations.len().into(),
            expert.abstained.into(),
            per_document.len().into(),
            counts.join("; ").into(),
            expert.map.claims.len().into(),
            expert.map.edges.len().into(),
        ];
        let shares: Vec<_> = labels
            .iter()
            .map(|label| expert.shares.iter().find(|s| s.label == *label))
            .collect();
        row.extend(shares.iter().map(|s| Cell::from(s.map(|s| s.count))));
        row.extend(shares.iter().map(|s| Cell::from(s.map(|s| s.share))));
        row.extend(shares.iter().map(|s| Cell::from(s.map(|s| s.low))));
        row.extend(shares.iter().map(|s| Cell::from(s.map(|s| s.high))));
        row
    };
    Table {
        name: "experts",
        columns,
        rows: analysis.experts.iter().map(row).collect(),
    }
}

/// One row a sentence of the body, then one a quotation, document by document.
fn stances(analysis: &Analysis) -> Table {
    use ColumnKind::{Integer, Real, Text};
    let labels = &analysis.manifest.labels;
    let mut columns = columns(&[
        ("document", Text),
        ("unit", Text),
        ("id", Text),
        ("start", Integer),
        ("end", Integer),
        ("page", Integer),
        ("paragraph", Integer),
        ("stance", Text),
        ("best", Text),
        ("stance_confidence", Real),
        ("text", Text),
    ]);
    columns.extend(label_columns("p", Real, labels));
    let sentence = |document: &DocumentRecord, s: &SentenceRecord| {
        let unit = match s.kind {
            SentenceKind::Sentence => "sentence",
            SentenceKind::Heading => "heading",
            SentenceKind::ListItem => "list-item",
            SentenceKind::Note => "note",
        };
        let extent = s.passage.extent();
        let mut row: Vec<Cell> = vec![
            document.id.as_str().into(),
            unit.into(),
            s.id.as_str().into(),
            extent.start.into(),
            extent.end.into(),
            s.page.into(),
            s.paragraph.into(),
            s.stance.cell().into(),
            s.stance.best.as_str().into(),
            s.stance.confidence.into(),
            s.passage.text.as_str().into(),
        ];
        row.extend(probabilities(&s.stance, labels));
        row
    };
    let quotation = |document: &DocumentRecord, q: &QuotationRecord| {
        let extent = q.passage.extent();
        let mut row: Vec<Cell> = vec![
            document.id.as_str().into(),
            "quotation".into(),
            q.id.as_str().into(),
            extent.start.into(),
            extent.end.into(),
            q.page.into(),
            Cell::Empty,
            q.stance.cell().into(),
            q.stance.best.as_str().into(),
            q.stance.confidence.into(),
            q.passage.text.as_str().into(),
        ];
        row.extend(probabilities(&q.stance, labels));
        row
    };
    let mut rows = Vec::new();
    for document in &analysis.documents {
        let body = document
            .sentences
            .iter()
            .filter(|s| s.kind != SentenceKind::Note);
        rows.extend(body.map(|s| sentence(document, s)));
        rows.extend(document.quotations.iter().map(|q| quotation(document, q)));
    }
    Table {
        name: "stances",
        columns,
        rows,
    }
}

/// One row an edge, those within an expert first; several pieces of evidence share a cell.
fn edges(analysis: &Analysis) -> Table {
    use ColumnKind::{Real, Text};
    let claims: BTreeMap<&str, (&ExpertRecord, &Claim)> = analysis
        .experts
        .iter()
        .flat_map(|e| e.map.claims.iter().map(move |c| (c.id.as_str(), (e, c))))
        .collect();
    let row = |edge: &Edge| {
        let end = |id: &str| -> [Cell; 3] {
            let found = claims.get(id);
            [
                found.map(|(expert, _)| expert.name.as_str()).into(),
                id.into(),
                found.map(|(_, claim)| claim.text.as_str()).into(),
            ]
        };
        let places: Vec<String> = edge
            .evidence
            .iter()
            .map(|e| format!("{}: {}-{}", e.document, e.piece.start, e.piece.end))
            .collect();
        let texts: Vec<&str> = edge.evidence.iter().map(|e| e.text.as_str()).collect();
        let mut row: Vec<Cell> = vec![edge.kind.name().into()];
        row.extend(end(&edge.from));
        row.extend(end(&edge.to));
        row.extend([
            edge.score.into(),
            edge.basis.join("; ").into(),
            places.join("; ").into(),
            texts.join(" | ").into(),
        ]);
        row
    };
    let within = analysis.experts.iter().flat_map(|e| &e.map.edges);
    Table {
        name: "edges",
        columns: columns(&[
            ("kind", Text),
            ("from_expert", Text),
            ("from", Text),
            ("from_text", Text),
            ("to_expert", Text),
            ("to", Text),
            ("to_text", Text),
            ("score", Real),
            ("basis", Text),
            ("evidence_at", Text),
            ("evidence", Text),
        ]),
        rows: within.chain(&analysis.edges).map(row).collect(),
    }
}

/// One row a document that failed.
fn errors(analysis: &Analysis) -> Table {
    use ColumnKind::Text;
    let rows = analysis.manifest.errors.iter().map(|failure| {
        vec![
            failure.path.as_str().into(),
            failure.stage.as_str().into(),
            failure.message.as_str().into(),
            failure.remedy.as_str().into(),
        ]
    });
    Table {
        name: "errors",
        columns: columns(&[
            ("path", Text),
            ("stage", Text),
            ("message", Text),
            ("remedy", Text),
        ]),
        rows: rows.collect(),
    }
}
