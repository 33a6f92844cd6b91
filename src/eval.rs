//! Scores against gold annotations, by the formulas of the shared scorer.
//!
//! Contents match one-to-one, greedily, best overlap first, by Jaccard ≥ 0.5 over the positions of
//! characters that are no white space. A prediction that matches nothing and lies at least half in
//! an optional region is left out. Stance is scored over all gold items: what was missed or
//! abstained from is wrong.

mod gold;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::{DocumentRecord, Piece, QuotationRecord};
use crate::lexicon;
use crate::people::People;

pub use gold::{Gold, GoldQuote, read_folder};
pub use names::same_speaker;

/// The figures of one document, or of several together.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    pub document: String,
    pub gold: usize,
    pub predicted: usize,
    pub optional: usize,
    pub matched: usize,
    pub speaker_accepted: usize,
    pub speaker_first_choice: usize,
    pub not_quotations: usize,
    pub not_quotations_given_a_speaker: usize,
    pub notes: usize,
    pub notes_linked: usize,
    pub back_references: usize,
    pub back_references_right: usize,
    pub name_groups: usize,
    pub name_groups_found: usize,
    pub wrong_merges: usize,
    /// Per label: true positives, false positives, false negatives.
    pub stance: BTreeMap<String, [usize; 3]>,
    /// Confidence and correctness of each stance call on a matched quotation.
    #[serde(skip)]
    calls: Vec<(f64, bool)>,
    /// What went wrong, with the texts.
    pub errors: Vec<Confusion>,
}

/// One error: "missed", "spurious", "speaker" or "stance".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    pub document: String,
    pub kind: String,
    pub gold: String,
    pub got: String,
    pub rule: String,
    pub text: String,
}

impl Figures {
    pub fn precision(&self) -> f64 {
        ratio(self.matched, self.predicted - self.optional)
    }

    pub fn recall(&self) -> f64 {
        ratio(self.matched, self.gold)
    }

    pub fn content_f(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r == 0.0 {
            0.0
        } else {
            2.0 * p * r / (p + r)
        }
    }

    pub fn speaker(&self) -> f64 {
        ratio(self.speaker_accepted, self.matched)
    }

    pub fn first_choice(&self) -> f64 {
        ratio(self.speaker_first_choice, self.matched)
    }

    /// Macro-averaged F over the gold's labels.
    pub fn stance_macro_f(&self) -> f64 {
        let f = |[tp, fp, fn_]: &[usize; 3]| ratio(2 * tp, 2 * tp + fp + fn_);
        self.stance.values().map(f).sum::<f64>() / self.stance.len().max(1) as f64
    }

    /// Accuracy of the 70 % of stance calls with the greatest confidence.
    pub fn accuracy_at_70(&self) -> f64 {
        let mut calls = self.calls.clone();
        calls.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        let top = ((0.7 * calls.len() as f64).round_ties_even() as usize)
            .max(1)
            .min(calls.len());
        ratio(calls[..top].iter().filter(|c| c.1).count(), top)
    }

    fn add(&mut self, other: &Figures) {
        self.gold += other.gold;
        self.predicted += other.predicted;
        self.optional += other.optional;
        self.matched += other.matched;
        self.speaker_accepted += other.speaker_accepted;
        self.speaker_first_choice += other.speaker_first_choice;
        self.not_quotations += other.not_quotations;
        self.not_quotations_given_a_speaker += other.not_quotations_given_a_speaker;
        self.notes += other.notes;
        self.notes_linked += other.notes_linked;
        self.back_references += other.back_references;
        self.back_references_right += other.back_references_right;
        self.name_groups += other.name_groups;
        self.name_groups_found += other.name_groups_found;
        self.wrong_merges += other.wrong_merges;
        for (label, counts) in &other.stance {
            let sum = self.stance.entry(label.clone()).or_default();
            for (s, c) in sum.iter_mut().zip(counts) {
                *s += c;
            }
        }
        self.calls.extend(&other.calls);
    }
}

/// All documents together, counts added up.
pub fn total(figures: &[Figures]) -> Figures {
    let mut sum = Figures {
        document: "all".to_owned(),
        ..Figures::default()
    };
    for one in figures {
        sum.add(one);
    }
    sum
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Scores one document.
pub fn score(gold: &Gold, document: &DocumentRecord, people: &People) -> Figures {
    let raw: Vec<char> = document.text.chars().collect();
    let cells = |pieces: &[Piece]| -> BTreeSet<usize> {
        let inside = pieces.iter().flat_map(|p| p.start..p.end.min(raw.len()));
        inside.filter(|&i| !raw[i].is_whitespace()).collect()
    };
    let mut figures = Figures {
        document: document.id.clone(),
        gold: gold.quotes.len(),
        predicted: document.quotations.len(),
        not_quotations: gold.not_quotations.len(),
        stance: gold.labels.iter().map(|l| (l.clone(), [0; 3])).collect(),
        ..Figures::default()
    };
    let predicted: Vec<BTreeSet<usize>> = document
        .quotations
        .iter()
        .map(|q| cells(&q.passage.pieces))
        .collect();
    let extents: Vec<Vec<BTreeSet<usize>>> = gold
        .quotes
        .iter()
        .map(|q| q.extents().map(|e| cells(e)).collect())
        .collect();
    let matches = greedy(&predicted, &extents);
    let optional: BTreeSet<usize> = gold.optional.iter().flat_map(|p| cells(&[*p])).collect();
    let matched: BTreeSet<usize> = matches.iter().map(|m| m.0).collect();
    for (i, cells) in predicted
        .iter()
        .enumerate()
        .filter(|(i, _)| !matched.contains(i))
    {
        let covered = cells.intersection(&optional).count();
        if !cells.is_empty() && covered * 2 >= cells.len() {
            figures.optional += 1;
        } else {
            let q = &document.quotations[i];
            figures.errors.push(confusion(
                &figures.document,
                "spurious",
                "",
                q,
                &q.passage.text,
            ));
        }
    }
    figures.matched = matches.len();
    for &(i, j) in &matches {
        compare(&mut figures, &document.quotations[i], &gold.quotes[j]);
    }
    let found: BTreeSet<usize> = matches.iter().map(|m| m.1).collect();
    for (j, quote) in gold
        .quotes
        .iter()
        .enumerate()
        .filter(|(j, _)| !found.contains(j))
    {
        count(&mut figures.stance, &quote.stance, 2);
        let text: String = extents[j]
            .first()
            .and_then(|e| Some(&raw[*e.first()?..=*e.last()?]))
            .unwrap_or(&[])
            .iter()
            .collect();
        figures.errors.push(Confusion {
            document: figures.document.clone(),
            kind: "missed".to_owned(),
            gold: format!("{}: {}", quote.id, quote.speaker),
            got: String::new(),
            rule: quote.kind.clone(),
            text,
        });
    }
    for scare in &gold.not_quotations {
        let g = cells(&[*scare]);
        let taken = document
            .quotations
            .iter()
            .zip(&predicted)
            .any(|(q, p)| !q.attribution.speaker_cell().is_empty() && jaccard(&g, p) >= 0.5);
        figures.not_quotations_given_a_speaker += usize::from(taken);
    }
    score_notes(&mut figures, gold, document);
    score_names(&mut figures, gold, document, people);
    figures
}

fn greedy(predicted: &[BTreeSet<usize>], extents: &[Vec<BTreeSet<usize>>]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (i, p) in predicted.iter().enumerate() {
        for (j, e) in extents.iter().enumerate() {
            let best = e.iter().map(|g| jaccard(g, p)).fold(0.0, f64::max);
            if best >= 0.5 {
                pairs.push((best, i, j));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2)));
    let (mut rows, mut columns) = (BTreeSet::new(), BTreeSet::new());
    let mut matches = Vec::new();
    for (_, i, j) in pairs {
        if !rows.contains(&i) && !columns.contains(&j) {
            rows.insert(i);
            columns.insert(j);
            matches.push((i, j));
        }
    }
    matches
}

fn jaccard(a: &BTreeSet<usize>, b: &BTreeSet<usize>) -> f64 {
    let both = a.intersection(b).count();
    ratio(both, a.len() + b.len() - both)
}

fn compare(figures: &mut Figures, got: &QuotationRecord, quote: &GoldQuote) {
    let speaker = got.attribution.speaker_cell();
    let first = same_speaker(&speaker, std::slice::from_ref(&quote.speaker));
    let accepted = first || same_speaker(&speaker, &quote.also_accepted);
    figures.speaker_first_choice += usize::from(first);
    figures.speaker_accepted += usize::from(accepted);
    if !accepted {
        let gold = format!("{}: {}", quote.id, quote.speaker);
        figures.errors.push(confusion(
            &figures.document,
            "speaker",
            &gold,
            got,
            &speaker,
        ));
    }
    let stance = got.stance.cell();
    let right = stance == quote.stance || quote.also_accepted_stance.iter().any(|s| s == stance);
    if right {
        count(&mut figures.stance, stance, 0);
    } else {
        count(&mut figures.stance, &quote.stance, 2);
        count(&mut figures.stance, stance, 1);
        let gold = format!("{}: {}", quote.id, quote.stance);
        figures
            .errors
            .push(confusion(&figures.document, "stance", &gold, got, stance));
    }
    figures.calls.push((got.stance.confidence, right));
}

fn count(stance: &mut BTreeMap<String, [usize; 3]>, label: &str, at: usize) {
    if let Some(counts) = stance.get_mut(label) {
        counts[at] += 1;
    }
}

fn confusion(
    document: &str,
    kind: &str,
    gold: &str,
    got: &QuotationRecord,
    value: &str,
) -> Confusion {
    Confusion {
        document: document.to_owned(),
        kind: kind.to_owned(),
        gold: gold.to_owned(),
        got: value.to_owned(),
        rule: got.attribution.rule.clone(),
        text: got.passage.text.clone(),
    }
}

fn score_notes(figures: &mut Figures, gold: &Gold, document: &DocumentRecord) {
    figures.notes = gold.footnotes.len();
    figures.notes_linked = gold
        .footnotes
        .iter()
        .filter(|g| {
            document.footnotes.iter().any(|n| {
                n.number == g.number
                    && n.passage.extent().start == g.start
                    && n.marker.is_some_and(|m| m.start == g.marker.start)
            })
        })
        .count();
    figures.back_references = gold.footnote_back_references.len();
    figures.back_references_right = gold
        .footnote_back_references
        .iter()
        .filter(|g| {
            document.footnotes.iter().any(|n| {
                n.number == g.note
                    && n.back_references
                        .iter()
                        .any(|b| b.refers_to.as_ref().is_some_and(|n| *n == g.refers_to))
            })
        })
        .count();
}

fn score_names(figures: &mut Figures, gold: &Gold, document: &DocumentRecord, people: &People) {
    let named = |form: &str| -> Option<String> {
        // "Russian President X": only articles, titles, roles and nationality may be passed over.
        let words: Vec<&str> = form.split_whitespace().collect();
        let passed = |w: &&str| {
            let plain = w.trim_matches(|c: char| !c.is_alphanumeric());
            matches!(plain.to_lowercase().as_str(), "the" | "a" | "ret")
                || lexicon::title(plain).is_some()
                || lexicon::role(plain).is_some()
                || lexicon::is_demonym(plain)
        };
        let mut front = 0;
        while front < words.len() {
            let titles = lexicon::title_prefix(&words[front..]);
            if titles == 0 && !passed(&words[front]) {
                break;
            }
            front += titles.max(1);
        }
        (0..=front.min(words.len().saturating_sub(1)))
            .find_map(|k| people.person(&document.id, &words[k..].join(" ")))
            .map(|p| p.id.clone())
    };
    // "the retired admiral" is found where it is some quotation's source and led to the person.
    let described = |form: &str| -> Option<String> {
        let fold = |t: &str| {
            t.split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase()
        };
        let quotation = document.quotations.iter().find(|q| {
            q.source
                .as_ref()
                .is_some_and(|s| fold(&s.text) == fold(form))
        })?;
        quotation
            .attribution
            .speakers
            .first()
            .map(|s| s.expert.clone())
            .filter(|e| !e.is_empty())
    };
    let id = |form: &str| named(form).or_else(|| described(form));
    figures.name_groups = gold.same_person.len();
    for group in &gold.same_person {
        let ids: Vec<Option<String>> = group.forms.iter().map(|f| id(f)).collect();
        let all = ids
            .first()
            .is_some_and(|first| first.is_some() && ids.iter().all(|i| i == first));
        figures.name_groups_found += usize::from(all);
        if !all {
            figures.errors.push(Confusion {
                document: figures.document.clone(),
                kind: "name".to_owned(),
                gold: group.canonical.clone(),
                got: ids
                    .iter()
                    .map(|i| i.as_deref().unwrap_or("?"))
                    .collect::<Vec<_>>()
                    .join(", "),
                rule: String::new(),
                text: group.forms.join("; "),
            });
        }
    }
    for pair in &gold.different_people {
        let ids: Vec<String> = pair.iter().filter_map(|f| named(f)).collect();
        figures.wrong_merges += usize::from(ids.windows(2).any(|w| w[0] == w[1]));
    }
}
