//! The records a run leaves behind: what the JSON files hold and what reports and tables show.
//!
//! Every offset in here is a Unicode code point of the document's raw text, end exclusive. Records
//! are plain data: no stage's inner types, no text coordinates, no map with an unstable order.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of every JSON file's shape; a change that can break a reader raises it.
pub const SCHEMA_VERSION: &str = "1";

/// A stretch of the raw text in Unicode code points, end exclusive.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Piece {
    pub start: usize,
    pub end: usize,
}

/// A passage: its raw pieces in reading order, and its text with line breaks mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passage {
    pub pieces: Vec<Piece>,
    pub text: String,
}

impl Passage {
    /// The smallest stretch that holds all pieces. The last to be read is not always the last of the
    /// raw text: of two columns the right one begins above the end of the left one.
    pub fn extent(&self) -> Piece {
        Piece {
            start: self.pieces.iter().map(|p| p.start).min().unwrap_or(0),
            end: self.pieces.iter().map(|p| p.end).max().unwrap_or(0),
        }
    }
}

/// What a note is called within its document: its number where the number is unique there, else
/// its mark with the place that tells it from the others ("*", "3 (p. 7)", "12 (ch. 2)").
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(untagged)]
pub enum NoteLabel {
    Number(u32),
    Text(String),
}

impl fmt::Display for NoteLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteLabel::Number(number) => write!(f, "{number}"),
            NoteLabel::Text(text) => f.write_str(text),
        }
    }
}

impl From<u32> for NoteLabel {
    fn from(number: u32) -> Self {
        NoteLabel::Number(number)
    }
}

impl PartialEq<u32> for NoteLabel {
    fn eq(&self, other: &u32) -> bool {
        matches!(self, NoteLabel::Number(number) if number == other)
    }
}

/// Everything that was found in one document: `documents/ID.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentRecord {
    pub schema: String,
    /// Unique in the run and fit for a file name.
    pub id: String,
    /// Relative to the path that was given, with forward slashes.
    pub path: String,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// "text", "markdown", "pdf", "docx", "html", "epub", or "gzip of" one of them.
    pub format: String,
    pub encoding: String,
    pub title: Option<String>,
    pub authors: Vec<String>,
    pub date: Option<String>,
    pub year: Option<i32>,
    /// The journal, institute or site that it appeared in.
    pub source: Option<String>,
    pub warnings: Vec<String>,
    /// The raw text that all offsets count in.
    pub text: String,
    pub pages: Vec<PageRecord>,
    pub footnotes: Vec<NoteRecord>,
    pub sentences: Vec<SentenceRecord>,
    pub quotations: Vec<QuotationRecord>,
    pub not_speech: Vec<NotSpeechRecord>,
}

/// One page of the raw text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PageRecord {
    /// Counted from 1.
    pub number: usize,
    #[serde(flatten)]
    pub extent: Piece,
}

/// A footnote or endnote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoteRecord {
    /// Unique in the document; tables and other records know the note by it.
    pub number: NoteLabel,
    pub page: usize,
    /// From the note's number to its end; more than one piece where it runs over a page.
    #[serde(flatten)]
    pub passage: Passage,
    /// The marker in the body; `None` where none was found.
    pub marker: Option<Piece>,
    /// The works that the note names, back references resolved.
    pub works: Vec<WorkRecord>,
    /// "Ibid.", "Op. cit." and the like: the form, and the note that has the full work.
    pub back_references: Vec<BackReferenceRecord>,
}

/// A work named in a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkRecord {
    /// Those whose words the work holds: its authors, or the person interviewed.
    pub authors: Vec<String>,
    /// Interviewer, journalist or editor.
    pub cited: Vec<String>,
    pub title: Option<String>,
    pub year: Option<i32>,
}

/// A note that points back to an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackReferenceRecord {
    /// As printed: "Ibid.", "Op. cit.", "supra note 4".
    pub form: String,
    /// The number of the note that has the full work; `None` where the chain has no end.
    pub refers_to: Option<NoteLabel>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SentenceKind {
    Sentence,
    Heading,
    ListItem,
    /// A sentence of a footnote.
    Note,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SentenceRecord {
    /// `s1`, `s2`, … in reading order.
    pub id: String,
    pub kind: SentenceKind,
    pub page: usize,
    /// Counted from 1 over the body; sentences of notes carry their note's number in `note`.
    pub paragraph: usize,
    pub note: Option<NoteLabel>,
    #[serde(flatten)]
    pub passage: Passage,
    pub stance: StanceCall,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum QuotationKind {
    /// Whole clauses or sentences in quotation marks.
    Direct,
    /// A quoted stretch inside a clause of the essay's own.
    Mixed,
    /// A paragraph set off, without quotation marks.
    Block,
    /// Reported speech without quotation marks.
    Indirect,
}

impl QuotationKind {
    pub fn name(self) -> &'static str {
        match self {
            QuotationKind::Direct => "direct",
            QuotationKind::Mixed => "mixed",
            QuotationKind::Block => "block",
            QuotationKind::Indirect => "indirect",
        }
    }

    /// Whether the words are given as they were said.
    pub fn verbatim(self) -> bool {
        self != QuotationKind::Indirect
    }
}

/// Somebody's words or position, and whose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuotationRecord {
    /// `q1`, `q2`, … in reading order.
    pub id: String,
    pub kind: QuotationKind,
    pub page: usize,
    #[serde(flatten)]
    pub passage: Passage,
    pub cue: Option<Passage>,
    pub source: Option<Passage>,
    /// How sure the tagger is that somebody says or holds this; none where only the rules see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<f64>,
    pub attribution: AttributionRecord,
    /// The note whose marker ends the quotation.
    pub footnote: Option<NoteLabel>,
    /// The note that the quotation itself stands in.
    pub within_note: Option<NoteLabel>,
    /// Of the quoted work where its note gives one, else of the document.
    pub year: Option<i32>,
    /// Ids of the sentences that the quotation touches.
    pub sentences: Vec<String>,
    pub stance: StanceCall,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    Person,
    Collective,
    /// "one analyst", and no note says who.
    Unnamed,
    Unresolved,
}

impl Who {
    pub fn name(self) -> &'static str {
        match self {
            Who::Person => "person",
            Who::Collective => "collective",
            Who::Unnamed => "unnamed",
            Who::Unresolved => "unresolved",
        }
    }
}

/// Who said it, and how that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttributionRecord {
    pub who: Who,
    /// Persons by canonical name, or one collective by its surface phrase; empty when unnamed or
    /// unresolved. Several persons are joint speakers.
    pub speakers: Vec<SpeakerRecord>,
    /// Authors of the note's work who are not the speaker.
    pub cited: Vec<String>,
    /// The name of the rule that decided.
    pub rule: String,
    /// Calibrated: 0.9 means right nine times in ten.
    pub confidence: f64,
    pub evidence: Vec<EvidenceRecord>,
    /// Why nobody is named, where the speaker is unresolved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

impl AttributionRecord {
    /// What tables show in the column `speaker`.
    pub fn speaker_cell(&self) -> String {
        match self.who {
            Who::Unnamed => "unnamed".to_owned(),
            Who::Unresolved => String::new(),
            Who::Person | Who::Collective => self
                .speakers
                .iter()
                .map(|s| s.name.as_str())
                .collect::<Vec<_>>()
                .join("; "),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpeakerRecord {
    /// The canonical name across the run, or the collective's surface phrase.
    pub name: String,
    /// The expert's id in `experts.json`.
    pub expert: String,
    /// The name as the document gives it.
    pub surface: String,
}

/// A passage or note that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceRecord {
    /// What it shows: "cue", "source", "footnote", "antecedent", …
    pub role: String,
    pub piece: Option<Piece>,
    pub note: Option<NoteLabel>,
    pub text: String,
}

/// Something in quotation marks that nobody says: a scare quote, a title, a name, a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotSpeechRecord {
    #[serde(flatten)]
    pub passage: Passage,
    /// "scare-quote", "title", "name".
    pub kind: String,
    pub rule: String,
}

/// A stance, with calibrated probabilities; abstaining is a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StanceCall {
    /// A label of the scheme; `None` when the call abstains.
    pub label: Option<String>,
    /// The likeliest label, abstained or not.
    pub best: String,
    /// Probability of `best`.
    pub confidence: f64,
    /// In the scheme's order.
    pub probabilities: Vec<LabelProbability>,
}

impl StanceCall {
    /// What tables show in the column `stance`.
    pub fn cell(&self) -> &str {
        self.label.as_deref().unwrap_or("abstained")
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelProbability {
    pub label: String,
    pub probability: f64,
}

/// Whose map it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ExpertKind {
    Person,
    /// Several persons who speak together.
    Joint,
    Collective,
}

/// One of `experts.json`'s `experts`, which are sorted by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExpertRecord {
    /// Fit for a file name or a fragment of a URL.
    pub id: String,
    pub kind: ExpertKind,
    pub name: String,
    /// The members of a joint source, by expert id.
    pub members: Vec<String>,
    pub forms: Vec<FormRecord>,
    pub quotations: Vec<QuotationRef>,
    pub shares: Vec<StanceShare>,
    pub abstained: usize,
    pub map: ArgMap,
}

/// A spelling under which the expert appears.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FormRecord {
    pub form: String,
    pub document: String,
    pub count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct QuotationRef {
    pub document: String,
    pub quotation: String,
}

/// The share of a label among an expert's decided quotations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StanceShare {
    pub label: String,
    pub count: usize,
    pub share: f64,
    /// Wilson interval, 95 %.
    pub low: f64,
    pub high: f64,
}

/// How an expert's arguments hang together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArgMap {
    pub claims: Vec<Claim>,
    pub edges: Vec<Edge>,
}

/// One claim: the quotations that say nearly the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// `EXPERT-ID/c1`, …
    pub id: String,
    /// The text of the claim's most central quotation.
    pub text: String,
    pub quotations: Vec<QuotationRef>,
    /// The label most of its quotations have; `None` where all abstain.
    pub stance: Option<String>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    Support,
    Attack,
    Rephrase,
}

impl EdgeKind {
    pub fn name(self) -> &'static str {
        match self {
            EdgeKind::Support => "support",
            EdgeKind::Attack => "attack",
            EdgeKind::Rephrase => "rephrase",
        }
    }
}

/// A relation between two claims, of one expert or of two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Edge {
    pub kind: EdgeKind,
    /// Ids of claims; a rephrase or an attack by opposed stance has no direction, and is written
    /// with the smaller id first.
    pub from: String,
    pub to: String,
    pub score: f64,
    /// What it rests on: "discourse-marker", "similar-wording", "opposed-stance", "shared-target".
    pub basis: Vec<String>,
    pub evidence: Vec<EdgeEvidence>,
}

/// The text that shows an edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EdgeEvidence {
    pub document: String,
    pub piece: Piece,
    pub text: String,
}

/// One document that could not be read: a row of `tables/errors.csv`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FailureRecord {
    pub path: String,
    pub stage: String,
    pub message: String,
    pub remedy: String,
}

/// `manifest.json`: what the results were made from. No clock and no thread count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManifestRecord {
    pub schema: String,
    pub program: String,
    pub version: String,
    /// "Unicode code points of the raw text, end exclusive".
    pub offsets: String,
    pub engine: String,
    pub model: String,
    /// SHA-256 of each model file, by file name.
    pub model_sha256: BTreeMap<String, String>,
    pub scheme: String,
    pub labels: Vec<String>,
    pub question: String,
    pub settings: BTreeMap<String, String>,
    pub inputs: Vec<InputRecord>,
    pub counts: BTreeMap<String, usize>,
    pub errors: Vec<FailureRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct InputRecord {
    pub document: String,
    pub path: String,
    pub sha256: String,
}

/// A whole run: what exporters, reports and comparisons read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    pub manifest: ManifestRecord,
    /// Sorted by id.
    pub documents: Vec<DocumentRecord>,
    /// Sorted by id.
    pub experts: Vec<ExpertRecord>,
    /// Edges between claims of different experts.
    pub edges: Vec<Edge>,
}
