//! What is asked and which answers there are: a scheme is a TOML file that a person can write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::{Error, Result, Stage};

/// The schemes that come with the program: name and file.
const BUILT_IN: [(&str, &str); 3] = [
    (
        "alliance",
        include_str!("../../models/schemes/alliance.toml"),
    ),
    ("policy", include_str!("../../models/schemes/policy.toml")),
    (
        "sentiment-toward",
        include_str!("../../models/schemes/sentiment-toward.toml"),
    ),
];

/// A question about stance, its possible answers, and where the head that decides comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheme {
    pub name: String,
    pub question: String,
    /// In the order in which probabilities are written.
    pub labels: Vec<Label>,
    /// The label that takes no side.
    pub neutral: Option<String>,
    /// Abstain below this probability, whatever the head says.
    pub threshold: Option<f64>,
    /// Divides the cosines of a zero-shot call, or the scores of a model that is asked about a target.
    pub temperature: f64,
    pub head: HeadSource,
    /// Of a scheme whose question is about a target that is named with the text.
    pub asks: Option<Asks>,
}

/// What kind of target a scheme asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// A claim or a policy.
    Claim,
    /// What one party holds toward another: "A toward B".
    Direction,
}

/// The answer of the pair encoder that a label stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    Support,
    Oppose,
    /// For the target in one part and against it in another.
    Both,
    Neither,
    Positive,
    Negative,
    Neutral,
    /// What the second party holds toward the first.
    PositiveBack,
    NegativeBack,
}

impl When {
    fn answers(self) -> Asks {
        match self {
            When::Support | When::Oppose | When::Both | When::Neither => Asks::Claim,
            _ => Asks::Direction,
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub name: String,
    pub description: String,
    /// What somebody who holds it would say.
    pub endorses: Vec<String>,
    /// What she would deny.
    pub rejects: Vec<String>,
    /// What is true of a text that has this label, as a sentence.
    pub hypothesis: String,
    /// Labels that contradict this one, declared on either side.
    pub opposes: Vec<String>,
    /// In a scheme that asks about a target.
    pub when: Option<When>,
}

/// Where the head of a scheme comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum HeadSource {
    /// By name, among those that come with the program.
    BuiltIn(String),
    File(PathBuf),
    /// Trained when the model is opened.
    Examples(Vec<Example>),
    /// None: cosine with the labels' descriptions and statements.
    ZeroShot,
}

/// A labelled text inside a scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub text: String,
    pub label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeFile {
    name: String,
    question: String,
    head: Option<String>,
    neutral: Option<Spanned<String>>,
    threshold: Option<Spanned<f64>>,
    temperature: Option<Spanned<f64>>,
    asks: Option<Asks>,
    labels: Vec<LabelFile>,
    #[serde(default)]
    examples: Vec<ExampleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    name: Spanned<String>,
    description: String,
    /// `statements` in schemes of before there was `rejects`.
    #[serde(default, alias = "statements")]
    endorses: Vec<Spanned<String>>,
    #[serde(default)]
    rejects: Vec<Spanned<String>>,
    /// Asked of a model for inference; made from the description where it is left out.
    hypothesis: Option<String>,
    #[serde(default)]
    opposes: Vec<Spanned<String>>,
    when: Option<Spanned<When>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleFile {
    text: String,
    label: Spanned<String>,
}

impl Scheme {
    /// A scheme by name, or from a TOML file.
    ///
    /// # Errors
    /// No such scheme or file, and whatever is wrong in the file, with its line.
    pub fn load(name_or_path: &str) -> Result<Scheme> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Scheme::parse(text, &format!("models/schemes/{name}.toml"), None);
        }
        let path = Path::new(name_or_path);
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(Stage::Stance, "cannot read the scheme")
                .at(name_or_path)
                .caused_by(error)
                .remedy(format!(
                    "built-in schemes are {}; a scheme of your own is a TOML file",
                    Scheme::names().join(", ")
                ))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Scheme::parse(&text, name_or_path, Some(folder))
    }

    /// The names of the built-in schemes.
    pub fn names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|(name, _)| *name).collect()
    }

    /// Parses and checks a scheme. `folder` is where its `head` file lies; without it, `head`
    /// names a built-in head.
    pub fn parse(text: &str, place: &str, folder: Option<&Path>) -> Result<Scheme> {
        let at = |offset: usize| format!("{place}:{}", line_of(text, offset));
        let wrong =
            |offset: usize, message: String| Err(Error::new(Stage::Stance, message).at(at(offset)));
        let file: SchemeFile = toml::from_str(text).map_err(|error| {
            Error::new(Stage::Stance, error.message().to_owned())
                .at(at(error.span().map_or(0, |span| span.start)))
        })?;
        if file.labels.len() < 2 {
            return wrong(0, "a scheme needs at least two labels".into());
        }
        let mut names: Vec<&str> = Vec::new();
        for label in &file.labels {
            let name = label.name.get_ref().as_str();
            if name.is_empty() || name == "abstained" || names.contains(&name) {
                let message = format!("`{name}` cannot be the name of a label here");
                return wrong(label.name.span().start, message);
            }
            names.push(name);
        }
        let referred = file
            .labels
            .iter()
            .flat_map(|label| &label.opposes)
            .chain(&file.neutral)
            .chain(file.examples.iter().map(|example| &example.label));
        for name in referred {
            if !names.contains(&name.get_ref().as_str()) {
                let message = format!("`{}` is not a label of this scheme", name.get_ref());
                return wrong(name.span().start, message);
            }
        }
        if let Some((offset, message)) = wrong_claim(&file).or_else(|| wrong_answer(&file)) {
            return wrong(offset, message);
        }
        if let Some(threshold) = &file.threshold
            && !(0.0..=1.0).contains(threshold.get_ref())
        {
            return wrong(
                threshold.span().start,
                "a threshold is within 0 to 1".into(),
            );
        }
        if let Some(temperature) = &file.temperature
            && !(*temperature.get_ref() > 0.0 && temperature.get_ref().is_finite())
        {
            return wrong(temperature.span().start, "a temperature is above 0".into());
        }
        if file.head.is_some() && !file.examples.is_empty() {
            return wrong(0, "a scheme has a head or examples, not both".into());
        }
        let head = match (file.head, folder) {
            (Some(name), None) => HeadSource::BuiltIn(name),
            (Some(name), Some(folder)) => HeadSource::File(folder.join(name)),
            (None, _) if file.examples.is_empty() => HeadSource::ZeroShot,
            (None, _) => HeadSource::Examples(
                file.examples
                    .into_iter()
                    .map(|example| Example {
                        text: example.text,
                        label: example.label.into_inner(),
                    })
                    .collect(),
            ),
        };
        let mut labels: Vec<Label> = file
            .labels
            .into_iter()
            .map(|label| Label {
                name: label.name.into_inner(),
                hypothesis: (label.hypothesis).unwrap_or_else(|| hypothesis(&label.description)),
                description: label.description,
                endorses: plain(label.endorses),
                rejects: plain(label.rejects),
                opposes: plain(label.opposes),
                when: label.when.map(Spanned::into_inner),
            })
            .collect();
        let declared: Vec<(String, String)> = labels
            .iter()
            .flat_map(|l| l.opposes.iter().map(|o| (o.clone(), l.name.clone())))
            .collect();
        for (name, opposed) in declared {
            let Some(label) = labels.iter_mut().find(|l| l.name == name) else {
                continue;
            };
            if !label.opposes.contains(&opposed) {
                label.opposes.push(opposed);
            }
        }
        Ok(Scheme {
            name: file.name,
            question: file.question,
            labels,
            neutral: file.neutral.map(Spanned::into_inner),
            threshold: file.threshold.map(Spanned::into_inner),
            temperature: match (file.temperature, file.asks) {
                (Some(temperature), _) => temperature.into_inner(),
                (None, Some(_)) => 1.0,
                (None, None) => super::ZERO_SHOT_TEMPERATURE,
            },
            head,
            asks: file.asks,
        })
    }

    /// The labels' names, in order.
    pub fn label_names(&self) -> Vec<String> {
        self.labels.iter().map(|l| l.name.clone()).collect()
    }

    /// Whether a holder of one label contradicts a holder of the other.
    pub fn opposed(&self, one: &str, other: &str) -> bool {
        self.labels
            .iter()
            .any(|l| l.name == one && l.opposes.iter().any(|o| o == other))
    }

    /// Whether its labels have claims for a model to judge texts by: both kinds, whatever takes a
    /// side.
    pub fn has_claims(&self) -> bool {
        self.labels.iter().any(|label| !label.rejects.is_empty())
    }

    /// Whether the label takes a side.
    pub fn polar(&self, label: &str) -> bool {
        self.neutral.as_deref() != Some(label)
    }
}

fn plain(values: Vec<Spanned<String>>) -> Vec<String> {
    values.into_iter().map(Spanned::into_inner).collect()
}

/// What is wrong with the labels' claims, and where: an empty one, one that is endorsed and rejected
/// under one label, or endorsed under two; and, where a label rejects anything, labels that take a
/// side and do not do both.
fn wrong_claim(file: &SchemeFile) -> Option<(usize, String)> {
    let mut endorsed: BTreeMap<&str, &str> = BTreeMap::new();
    for label in &file.labels {
        let name = label.name.get_ref().as_str();
        for claim in label.endorses.iter().chain(&label.rejects) {
            if claim.get_ref().trim().is_empty() {
                return Some((claim.span().start, format!("`{name}` has an empty claim")));
            }
        }
        for claim in &label.endorses {
            let before = endorsed.insert(claim.get_ref().trim(), name);
            if let Some(other) = before.filter(|other| *other != name) {
                let message = format!("`{other}` and `{name}` cannot endorse the same claim");
                return Some((claim.span().start, message));
            }
        }
        for claim in &label.rejects {
            if (label.endorses.iter()).any(|c| c.get_ref().trim() == claim.get_ref().trim()) {
                let message = format!("`{name}` cannot endorse and reject the same claim");
                return Some((claim.span().start, message));
            }
        }
    }
    let one_sided = |label: &&LabelFile| {
        let neutral = file.neutral.as_ref().map(Spanned::get_ref) == Some(label.name.get_ref());
        !neutral && (label.endorses.is_empty() || label.rejects.is_empty())
    };
    if file.labels.iter().all(|label| label.rejects.is_empty()) {
        return None;
    }
    file.labels.iter().find(one_sided).map(|label| {
        let name = label.name.get_ref();
        let message = format!(
            "`{name}` needs claims that its holder would endorse and others that she would reject, \
             as another label here has them"
        );
        (label.name.span().start, message)
    })
}

/// What is wrong with the answers that labels stand for, and where: a scheme that asks about a target has
/// one for each label, each once, all of its kind, and nothing else decides.
fn wrong_answer(file: &SchemeFile) -> Option<(usize, String)> {
    let mut before: Vec<When> = Vec::new();
    for label in &file.labels {
        let name = label.name.get_ref();
        let at_name = label.name.span().start;
        match (&label.when, file.asks) {
            (None, None) => {}
            (None, Some(_)) => {
                let message =
                    format!("`{name}` needs a `when`, since the scheme asks about a target");
                return Some((at_name, message));
            }
            (Some(when), None) => {
                let message = "`when` is for schemes with `asks`".to_owned();
                return Some((when.span().start, message));
            }
            (Some(when), Some(asks)) => {
                let answer = *when.get_ref();
                if answer.answers() != asks || before.contains(&answer) {
                    let message = format!("`{name}` cannot stand for this answer here");
                    return Some((when.span().start, message));
                }
                before.push(answer);
            }
        }
        if let Some(claim) = label.endorses.iter().chain(&label.rejects).next()
            && file.asks.is_some()
        {
            let message = "a scheme that asks about a target has no claims of its own".to_owned();
            return Some((claim.span().start, message));
        }
    }
    (file.asks.is_some() && (file.head.is_some() || !file.examples.is_empty())).then(|| {
        let message = "a scheme that asks about a target has neither a head nor examples";
        (0, message.to_owned())
    })
}

/// A sentence of a label's description, which is one itself or goes on after "the text".
fn hypothesis(description: &str) -> String {
    let description = description.trim().trim_end_matches('.');
    if description.starts_with(char::is_lowercase) {
        format!("The text {description}.")
    } else {
        format!("{description}.")
    }
}

/// Counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    1 + text.as_bytes()[..end]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
}
