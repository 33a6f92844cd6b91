//! The model card as a person reads it.

use std::fmt::Write;

use super::train::{Card, Scores};
use super::weigh::{JointCard, TestCard};
use crate::{Error, Result, Stage};

impl Card {
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self)
            .map(|json| json + "\n")
            .map_err(|error| Error::new(Stage::Stance, "cannot write the card").caused_by(error))
    }

    /// Markdown, the same for the same head.
    pub fn to_markdown(&self) -> String {
        self.written().unwrap_or_default() // writing to a String cannot fail
    }

    fn written(&self) -> Result<String, std::fmt::Error> {
        let mut md = String::new();
        let labels: Vec<&str> = self.classes.iter().map(|(name, _)| name.as_str()).collect();
        writeln!(md, "# Stance head `{}`\n", self.scheme)?;
        writeln!(
            md,
            "Multinomial logistic regression (L2) over sentence vectors of {}, TF-IDF of words and \
             pairs of words, and counts of cue words. Trained on {} texts (SHA-256 `{}`). All \
             figures by cross-validation: {}.\n",
            self.encoder, self.examples, self.trained_on, self.folds
        )?;
        writeln!(
            md,
            "| model | macro-F1 | accuracy | {} |",
            labels.join(" | ")
        )?;
        writeln!(
            md,
            "| --- | ---: | ---: |{}",
            " ---: |".repeat(labels.len())
        )?;
        for m in &self.models {
            let f1: Vec<String> = m.label_f1.iter().map(|f| format!("{f:.3}")).collect();
            let cells = f1.join(" | ");
            writeln!(
                md,
                "| {} | {:.3} | {:.3} | {cells} |",
                m.model, m.macro_f1, m.accuracy
            )?;
        }
        writeln!(
            md,
            "\nCalibration: temperature {:.3}; ECE {:.3} (before {:.3}), NLL {:.3} (before {:.3}).",
            self.temperature,
            self.calibration_error,
            self.calibration_error_before,
            self.nll,
            self.nll_before
        )?;
        writeln!(
            md,
            "\nAbstention: below {:.2}, the threshold with the best accuracy of the decided that \
             still decides 90 % of the texts. Coverage {:.3}, risk (wrong among the decided) \
             {:.3}. The temperature and the threshold were chosen on the same held-out predictions \
             that these figures come from.\n",
            self.threshold, self.coverage, self.risk
        )?;
        writeln!(md, "| threshold | coverage | accuracy of the decided |")?;
        writeln!(md, "| ---: | ---: | ---: |")?;
        for c in self.cuts.iter().step_by(10) {
            writeln!(
                md,
                "| {:.2} | {:.3} | {:.3} |",
                c.threshold, c.coverage, c.accuracy
            )?;
        }
        writeln!(md, "\n| label | texts |\n| --- | ---: |")?;
        for (label, count) in &self.classes {
            writeln!(md, "| {label} | {count} |")?;
        }
        writeln!(
            md,
            "\n| topic or document | texts | macro-F1 |\n| --- | ---: | ---: |"
        )?;
        for t in &self.topics {
            writeln!(md, "| {} | {} | {:.3} |", t.topic, t.examples, t.macro_f1)?;
        }
        writeln!(
            md,
            "\nTexts with a near-duplicate: {:.1} % by wording (word 3-grams, Jaccard ≥ 0.3), \
             {:.1} % by vector (cosine ≥ 0.95).",
            100.0 * self.near_duplicates_wording,
            100.0 * self.near_duplicates_vector
        )?;
        Ok(md)
    }
}

impl JointCard {
    /// A section to follow the head's card; `labels` are the scheme's.
    pub fn to_markdown(&self, labels: &[String]) -> String {
        self.written(labels).unwrap_or_default() // writing to a String cannot fail
    }

    fn written(&self, labels: &[String]) -> Result<String, std::fmt::Error> {
        let mut md = String::new();
        writeln!(md, "\n## With the scheme's claims\n")?;
        writeln!(
            md,
            "The pair encoder judges each text against the scheme's claims; the head's scores and \
             the claims' are weighed by logistic regression on {} texts (SHA-256 `{}`) that the head \
             was not trained on. Figures on these texts by cross-validation; the head and the \
             claims alone have nothing to be fitted.\n",
            self.examples, self.trained_on
        )?;
        compared(&mut md, &self.models, &self.first_two, labels)?;
        writeln!(
            md,
            "\nCalibration: temperature {:.3}; ECE {:.3} (before {:.3}). Abstention: below \
             {:.2}, coverage {:.3}, risk {:.3}.",
            self.temperature,
            self.calibration_error,
            self.calibration_error_before,
            self.threshold,
            self.coverage,
            self.risk
        )?;
        Ok(md)
    }
}

impl TestCard {
    /// A section to follow the head's card; `labels` are the scheme's.
    pub fn to_markdown(&self, labels: &[String]) -> String {
        self.written(labels).unwrap_or_default() // writing to a String cannot fail
    }

    fn written(&self, labels: &[String]) -> Result<String, std::fmt::Error> {
        let mut md = String::new();
        writeln!(md, "\n## On a test\n")?;
        writeln!(
            md,
            "{} texts (SHA-256 `{}`) that nothing was made from or chosen by.\n",
            self.examples, self.tested_on
        )?;
        compared(&mut md, &self.models, &self.first_two, labels)?;
        writeln!(
            md,
            "\nOf head and claims together: ECE {:.3}; coverage at the threshold {:.3}, risk {:.3}.",
            self.calibration_error, self.coverage, self.risk
        )?;
        Ok(md)
    }
}

/// A table of models, with how well each tells the first two labels from each other.
fn compared(
    md: &mut String,
    models: &[Scores],
    first_two: &[f64],
    labels: &[String],
) -> Result<(), std::fmt::Error> {
    let (first, second) = (&labels[0], &labels[1]);
    writeln!(
        md,
        "| model | macro-F1 | accuracy | {} | {first} or {second} |",
        labels.join(" | ")
    )?;
    writeln!(
        md,
        "| --- | ---: | ---: |{} ---: |",
        " ---: |".repeat(labels.len())
    )?;
    for (m, two) in models.iter().zip(first_two) {
        let f1: Vec<String> = m.label_f1.iter().map(|f| format!("{f:.3}")).collect();
        let cells = f1.join(" | ");
        writeln!(
            md,
            "| {} | {:.3} | {:.3} | {cells} | {two:.3} |",
            m.model, m.macro_f1, m.accuracy
        )?;
    }
    writeln!(
        md,
        "\nThe last column: of the texts of these two labels, those given the right one of the two."
    )
}
