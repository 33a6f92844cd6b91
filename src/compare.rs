//! Stances side by side: across documents, people, years and runs, with what moved.

mod render;
pub mod statistics;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::render::{Format, render};
use self::statistics::{change_in_share, wilson};
use crate::analysis::{
    Analysis, DocumentRecord, QuotationRecord, SCHEMA_VERSION, StanceShare, WorkRecord,
};
use crate::{Error, Result, Stage};

/// What a row of the comparison stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    Document,
    Expert,
    /// Of the quotation: from its note, else of its document.
    Year,
    /// The work that the quotation's note names.
    Source,
}

impl By {
    pub fn name(self) -> &'static str {
        match self {
            By::Document => "document",
            By::Expert => "expert",
            By::Year => "year",
            By::Source => "source",
        }
    }
}

/// Stance shares side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    pub schema: &'static str,
    pub by: By,
    pub labels: Vec<String>,
    /// Sorted by name, then by run.
    pub groups: Vec<Group>,
    /// Those who appear in at least two documents, or in both runs; sorted by name.
    pub experts: Vec<ExpertChange>,
}

/// One document, expert, year or source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    pub name: String,
    /// 1 or 2 where two runs are compared.
    pub run: Option<u8>,
    #[serde(flatten)]
    pub tally: Tally,
}

/// How often each label was called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tally {
    pub quotations: usize,
    pub abstained: usize,
    /// Of the quotations that have a stance, in the scheme's order.
    pub shares: Vec<StanceShare>,
}

impl Tally {
    /// Quotations that have a stance.
    pub fn decided(&self) -> usize {
        self.quotations - self.abstained
    }
}

/// One expert through time, or in two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExpertChange {
    pub expert: String,
    pub name: String,
    /// In order of time; those without a year last.
    pub points: Vec<Point>,
    /// One a label where there is an earlier and a later side with enough quotations, else none.
    pub changes: Vec<Change>,
}

/// An expert in one document, or in one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The document's id, or "run 1" and "run 2".
    pub name: String,
    /// Of the document; where it has none, the median of the quotations' years.
    pub year: Option<i32>,
    /// Whether it belongs to the earlier or the later side.
    pub side: Option<Side>,
    #[serde(flatten)]
    pub tally: Tally,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Earlier,
    Later,
}

/// How the share of a label changed from the earlier side to the later.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    pub label: String,
    pub change: f64,
    /// Bootstrap interval of the change, 95 %.
    pub low: f64,
    pub high: f64,
    /// The interval excludes 0.
    pub moved: bool,
}

/// Compares the documents, experts, years or sources of one run.
pub fn within(analysis: &Analysis, by: By) -> Comparison {
    let labels = &analysis.manifest.labels;
    let mut experts: Vec<ExpertChange> = expert_quotations(analysis)
        .into_iter()
        .filter_map(|(id, (name, said))| through_time(labels, id, name, &said))
        .collect();
    experts.sort_by(|a, b| (&a.name, &a.expert).cmp(&(&b.name, &b.expert)));
    Comparison {
        schema: SCHEMA_VERSION,
        by,
        labels: labels.clone(),
        groups: groups(analysis, by, None),
        experts,
    }
}

/// Compares two runs: the same groups side by side, and the experts who appear in both.
///
/// # Errors
/// Of stage `compare` where the runs use different labels.
pub fn between(first: &Analysis, second: &Analysis, by: By) -> Result<Comparison> {
    let labels = &first.manifest.labels;
    if *labels != second.manifest.labels {
        return Err(Error::new(
            Stage::Compare,
            format!(
                "the runs use different labels: {} and {}",
                labels.join(", "),
                second.manifest.labels.join(", ")
            ),
        )
        .remedy("run both with the same --scheme"));
    }
    let mut groups = groups(first, by, Some(1));
    groups.extend(self::groups(second, by, Some(2)));
    groups.sort_by(|a, b| (&a.name, a.run).cmp(&(&b.name, b.run)));
    let mut later = expert_quotations(second);
    let mut experts: Vec<ExpertChange> = expert_quotations(first)
        .into_iter()
        .filter_map(|(id, (name, before))| {
            let (_, after) = later.remove(id)?;
            let point = |run: &str, said: &[Said], side| Point {
                name: run.to_owned(),
                year: None,
                side: Some(side),
                tally: tally(labels, said.iter().map(|s| s.quotation)),
            };
            let points = vec![
                point("run 1", &before, Side::Earlier),
                point("run 2", &after, Side::Later),
            ];
            Some(ExpertChange {
                expert: id.to_owned(),
                name: name.to_owned(),
                changes: changes(labels, &points),
                points,
            })
        })
        .collect();
    experts.sort_by(|a, b| (&a.name, &a.expert).cmp(&(&b.name, &b.expert)));
    Ok(Comparison {
        schema: SCHEMA_VERSION,
        by,
        labels: labels.clone(),
        groups,
        experts,
    })
}

/// A quotation and where it stands.
#[derive(Clone, Copy)]
struct Said<'a> {
    document: &'a DocumentRecord,
    quotation: &'a QuotationRecord,
}

/// Each expert's name and quotations, by id.
fn expert_quotations(analysis: &Analysis) -> BTreeMap<&str, (&str, Vec<Said<'_>>)> {
    let index: BTreeMap<(&str, &str), Said> = analysis
        .documents
        .iter()
        .flat_map(|document| {
            let said = move |quotation| Said {
                document,
                quotation,
            };
            document
                .quotations
                .iter()
                .map(move |q| ((document.id.as_str(), q.id.as_str()), said(q)))
        })
        .collect();
    analysis
        .experts
        .iter()
        .map(|expert| {
            let said = expert
                .quotations
                .iter()
                .filter_map(|r| index.get(&(r.document.as_str(), r.quotation.as_str())))
                .copied()
                .collect();
            (expert.id.as_str(), (expert.name.as_str(), said))
        })
        .collect()
}

fn groups(analysis: &Analysis, by: By, run: Option<u8>) -> Vec<Group> {
    let labels = &analysis.manifest.labels;
    let mut groups: BTreeMap<String, Vec<&QuotationRecord>> = BTreeMap::new();
    if by == By::Expert {
        for (id, (name, said)) in expert_quotations(analysis) {
            let namesakes = analysis.experts.iter().filter(|e| e.name == name).count();
            let group = match namesakes {
                0 | 1 => name.to_owned(),
                _ => format!("{name} ({id})"),
            };
            groups.insert(group, said.iter().map(|s| s.quotation).collect());
        }
    } else {
        for document in &analysis.documents {
            for quotation in &document.quotations {
                let name = match by {
                    By::Document | By::Expert => document.id.clone(),
                    By::Year => quotation
                        .year
                        .map_or("no year".to_owned(), |year| year.to_string()),
                    By::Source => source(document, quotation),
                };
                groups.entry(name).or_default().push(quotation);
            }
        }
    }
    groups
        .into_iter()
        .map(|(name, quotations)| Group {
            name,
            run,
            tally: tally(labels, quotations.into_iter()),
        })
        .collect()
}

/// The first work of the quotation's note, as "Author, Title (year)".
fn source(document: &DocumentRecord, quotation: &QuotationRecord) -> String {
    let number = quotation
        .footnote
        .as_ref()
        .or(quotation.within_note.as_ref());
    let work = document
        .footnotes
        .iter()
        .find(|note| Some(&note.number) == number)
        .and_then(|note| note.works.first());
    work.and_then(named).unwrap_or("no work named".to_owned())
}

fn named(work: &WorkRecord) -> Option<String> {
    let mut parts = Vec::new();
    if !work.authors.is_empty() {
        parts.push(work.authors.join(" and "));
    }
    parts.extend(work.title.clone());
    let name = parts.join(", ");
    match (name.is_empty(), work.year) {
        (true, _) => None,
        (false, Some(year)) => Some(format!("{name} ({year})")),
        (false, None) => Some(name),
    }
}

fn tally<'a>(labels: &[String], said: impl Iterator<Item = &'a QuotationRecord>) -> Tally {
    let calls: Vec<Option<&str>> = said.map(|q| q.stance.label.as_deref()).collect();
    let decided = calls.iter().flatten().count();
    let shares = labels
        .iter()
        .map(|label| {
            let count = calls.iter().filter(|c| **c == Some(label)).count();
            let interval = wilson(count, decided);
            StanceShare {
                label: label.clone(),
                count,
                share: count as f64 / decided.max(1) as f64,
                low: interval.low,
                high: interval.high,
            }
        })
        .collect();
    Tally {
        quotations: calls.len(),
        abstained: calls.len() - decided,
        shares,
    }
}

/// The expert document by document; `None` for one who appears in a single document.
fn through_time(labels: &[String], id: &str, name: &str, said: &[Said]) -> Option<ExpertChange> {
    let mut documents: BTreeMap<&str, Vec<Said>> = BTreeMap::new();
    for one in said {
        documents.entry(&one.document.id).or_default().push(*one);
    }
    if documents.len() < 2 {
        return None;
    }
    let mut points: Vec<Point> = documents
        .into_iter()
        .map(|(document, said)| {
            let mut years: Vec<i32> = said.iter().filter_map(|s| s.quotation.year).collect();
            years.sort_unstable();
            let of_quotations = years.get(years.len().saturating_sub(1) / 2).copied();
            Point {
                name: document.to_owned(),
                year: said[0].document.year.or(of_quotations),
                side: None,
                tally: tally(labels, said.iter().map(|s| s.quotation)),
            }
        })
        .collect();
    points.sort_by(|a, b| {
        let key = |p: &Point| (p.year.is_none(), p.year);
        (key(a), &a.name).cmp(&(key(b), &b.name))
    });
    divide(&mut points);
    Some(ExpertChange {
        expert: id.to_owned(),
        name: name.to_owned(),
        changes: changes(labels, &points),
        points,
    })
}

/// Divides the points at the turn of a year so that the sides are as even as can be in quotations
/// with a stance; where all are of one year, or have none, nothing is earlier or later.
fn divide(points: &mut [Point]) {
    let size = |side: &[Point]| side.iter().map(|p| p.tally.decided()).sum::<usize>();
    let dated = points.iter().take_while(|p| p.year.is_some()).count();
    let dated = &mut points[..dated];
    let turn = (1..dated.len())
        .filter(|&at| dated[at - 1].year != dated[at].year)
        .min_by_key(|&at| size(&dated[..at]).abs_diff(size(&dated[at..])));
    let Some(turn) = turn else { return };
    for (at, point) in dated.iter_mut().enumerate() {
        point.side = Some(if at < turn {
            Side::Earlier
        } else {
            Side::Later
        });
    }
}

fn changes(labels: &[String], points: &[Point]) -> Vec<Change> {
    let side = |side: Side, index: usize| -> (usize, usize) {
        let here = points.iter().filter(|p| p.side == Some(side));
        here.fold((0, 0), |(count, n), p| {
            (count + p.tally.shares[index].count, n + p.tally.decided())
        })
    };
    labels
        .iter()
        .enumerate()
        .filter_map(|(index, label)| {
            let (before, after) = (side(Side::Earlier, index), side(Side::Later, index));
            let interval = change_in_share(before, after)?;
            let share = |(count, n): (usize, usize)| count as f64 / n as f64;
            Some(Change {
                label: label.clone(),
                change: share(after) - share(before),
                low: interval.low,
                high: interval.high,
                moved: interval.excludes_zero(),
            })
        })
        .collect()
}
