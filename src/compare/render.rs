//! A comparison as text, Markdown, CSV or JSON.

use csv::{Terminator, WriterBuilder};

use super::{Comparison, ExpertChange, Side, Tally};
use crate::analysis::StanceShare;
use crate::{Error, Result, Stage};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Csv,
    Json,
    Markdown,
}

/// The comparison in one of its formats, with a line end at its end.
///
/// CSV is one long table with a row for each label of each group (`table` = "shares"), of each
/// expert in each document or run ("experts"), and of each expert's change ("changes").
pub fn render(comparison: &Comparison, format: Format) -> Result<String> {
    match format {
        Format::Text => Ok(document(comparison, Table::text, "")),
        Format::Markdown => Ok(document(comparison, Table::markdown, "## ")),
        Format::Csv => long(comparison).map_err(|e| failed("CSV").caused_by(e)),
        Format::Json => match serde_json::to_string_pretty(comparison) {
            Ok(json) => Ok(json + "\n"),
            Err(e) => Err(failed("JSON").caused_by(e)),
        },
    }
}

fn failed(format: &str) -> Error {
    let message = format!("the comparison could not be written as {format}");
    Error::new(Stage::Compare, message)
}

/// Cells under a header; the first column is to the left, the others to the right.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn text(&self) -> String {
        let width = |column: usize| {
            let cells = std::iter::once(&self.header).chain(&self.rows);
            cells
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(i, (cell, &width))| match i {
                    0 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                })
                .collect();
            cells.join("  ").trim_end().to_owned() + "\n"
        };
        std::iter::once(&self.header)
            .chain(&self.rows)
            .map(line)
            .collect()
    }

    fn markdown(&self) -> String {
        let line = |cells: &Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("| --- |{}\n", " ---: |".repeat(self.header.len() - 1));
        let rows: String = self.rows.iter().map(line).collect();
        line(&self.header) + &rule + &rows
    }
}

fn document(comparison: &Comparison, write: fn(&Table) -> String, title: &str) -> String {
    let mut text = format!("{title}Stance by {}\n\n", comparison.by.name());
    text.push_str(&write(&groups(comparison)));
    if !comparison.experts.is_empty() {
        text.push_str(&format!("\n{title}Experts who can be compared\n\n"));
        text.push_str(&write(&points(comparison)));
        text.push_str(&format!("\n{title}What moved\n\n"));
        let moved = moved(comparison);
        text.push_str(&match moved.rows.is_empty() {
            true => {
                "Nothing: no interval of a change excludes 0 with three quotations on each side.\n"
                    .to_owned()
            }
            false => write(&moved),
        });
    }
    text
}

fn groups(comparison: &Comparison) -> Table {
    let runs = comparison.groups.iter().any(|g| g.run.is_some());
    let mut header = vec![comparison.by.name().to_owned()];
    header.extend(runs.then(|| "run".to_owned()));
    header.extend(tally_header(comparison));
    let rows = comparison.groups.iter().map(|group| {
        let mut row = vec![group.name.clone()];
        row.extend(group.run.map(|run| run.to_string()));
        row.extend(tally_cells(&group.tally));
        row
    });
    Table {
        header,
        rows: rows.collect(),
    }
}

fn points(comparison: &Comparison) -> Table {
    let mut header = vec!["expert".to_owned(), "in".to_owned(), "year".to_owned()];
    header.extend(tally_header(comparison));
    let row = |expert: &ExpertChange| -> Vec<Vec<String>> {
        let points = expert.points.iter();
        points
            .map(|point| {
                let year = point.year.map_or(String::new(), |year| year.to_string());
                let mut row = vec![expert.name.clone(), point.name.clone(), year];
                row.extend(tally_cells(&point.tally));
                row
            })
            .collect()
    };
    Table {
        header,
        rows: comparison.experts.iter().flat_map(row).collect(),
    }
}

fn moved(comparison: &Comparison) -> Table {
    let rows = comparison.experts.iter().flat_map(|expert| {
        let moved = expert.changes.iter().filter(|change| change.moved);
        moved.map(|change| {
            let points = |value: f64| format!("{:+.0}", 100.0 * value);
            vec![
                expert.name.clone(),
                change.label.clone(),
                format!("{} points", points(change.change)),
                format!("{} to {}", points(change.low), points(change.high)),
            ]
        })
    });
    Table {
        header: ["expert", "label", "change", "95 % interval"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    }
}

fn tally_header(comparison: &Comparison) -> Vec<String> {
    let mut header = vec!["quotations".to_owned(), "abstained".to_owned()];
    header.extend(comparison.labels.iter().cloned());
    header
}

/// "67 % (30–90)", or a dash where no quotation has a stance.
fn tally_cells(tally: &Tally) -> Vec<String> {
    let mut cells = vec![tally.quotations.to_string(), tally.abstained.to_string()];
    cells.extend(tally.shares.iter().map(|s| match tally.decided() {
        0 => "–".to_owned(),
        _ => format!(
            "{:.0} % ({:.0}–{:.0})",
            100.0 * s.share,
            100.0 * s.low,
            100.0 * s.high
        ),
    }));
    cells
}

fn long(comparison: &Comparison) -> Result<String, csv::Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record([
        "table",
        "name",
        "in",
        "run",
        "year",
        "side",
        "label",
        "count",
        "quotations",
        "abstained",
        "share",
        "low",
        "high",
        "change",
        "change_low",
        "change_high",
        "moved",
    ])?;
    let number = |value: f64| format!("{:.4}", value + 0.0);
    let share = |s: &StanceShare, tally: &Tally| {
        [
            s.label.clone(),
            s.count.to_string(),
            tally.quotations.to_string(),
            tally.abstained.to_string(),
            number(s.share),
            number(s.low),
            number(s.high),
        ]
    };
    let none = String::new;
    for group in &comparison.groups {
        let run = group.run.map_or_else(none, |run| run.to_string());
        for s in &group.tally.shares {
            let mut row = vec!["shares".to_owned(), group.name.clone(), none(), run.clone()];
            row.extend([none(), none()]);
            row.extend(share(s, &group.tally));
            row.extend([none(), none(), none(), none()]);
            writer.write_record(row)?;
        }
    }
    for expert in &comparison.experts {
        for point in &expert.points {
            let year = point.year.map_or_else(none, |year| year.to_string());
            let side = match point.side {
                Some(Side::Earlier) => "earlier",
                Some(Side::Later) => "later",
                None => "",
            };
            for s in &point.tally.shares {
                let mut row = vec!["experts".to_owned(), expert.name.clone()];
                row.extend([point.name.clone(), none(), year.clone(), side.to_owned()]);
                row.extend(share(s, &point.tally));
                row.extend([none(), none(), none(), none()]);
                writer.write_record(row)?;
            }
        }
        for change in &expert.changes {
            let mut row = vec!["changes".to_owned(), expert.name.clone()];
            row.extend([none(), none(), none(), none(), change.label.clone()]);
            row.extend([none(), none(), none(), none(), none(), none()]);
            row.extend([change.change, change.low, change.high].map(number));
            row.push(change.moved.to_string());
            writer.write_record(row)?;
        }
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| csv::Error::from(e.into_error()))?;
    // Every field was a string.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
