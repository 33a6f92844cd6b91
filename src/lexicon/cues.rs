//! Reporting verbs in all their forms, and reporting nouns.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::{entries, key, singulars};

/// What a reporting verb takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerbClass {
    /// A that-clause or a quotation: "say", "argue".
    Say,
    /// A that-clause that is somebody's belief: "believe", "fear".
    Think,
    /// That + subjunctive, or a to-infinitive: "urge", "recommend".
    Urge,
    /// An object and "as …": "describe", "regard".
    Describe,
    /// An addressee: "tell", "remind".
    Tell,
}

/// The form that a verb stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerbForm {
    Base,
    ThirdPerson,
    Past,
    PastParticiple,
    Gerund,
}

/// A reporting verb as it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CueVerb {
    /// Base form; more than one word for "point out".
    pub lemma: &'static str,
    pub classes: Vec<VerbClass>,
    /// The forms that this spelling can be: past and participle for "argued".
    pub forms: Vec<VerbForm>,
}

impl CueVerb {
    pub fn is(&self, class: VerbClass) -> bool {
        self.classes.contains(&class)
    }

    /// Whether the spelling can be a finite verb.
    pub fn finite(&self) -> bool {
        self.forms
            .iter()
            .any(|form| !matches!(form, VerbForm::PastParticiple | VerbForm::Gerund))
    }
}

/// The most words that a reporting verb has ("hasten to add", "be of the opinion").
pub const CUE_VERB_MAX_WORDS: usize = 4;

static CUE_VERBS: LazyLock<HashMap<String, CueVerb>> = LazyLock::new(|| {
    let mut verbs = HashMap::new();
    for line in entries(include_str!("cue_verbs.txt")) {
        let mut columns = line.split('\t');
        let lemma = columns.next().unwrap_or_default();
        let classes: Vec<VerbClass> = columns
            .next()
            .unwrap_or_default()
            .split(',')
            .filter_map(class)
            .collect();
        let irregular: Vec<&str> = columns.next().unwrap_or_default().split(' ').collect();
        for (spelling, form) in inflect(lemma, &irregular) {
            let verb = verbs.entry(spelling).or_insert_with(|| CueVerb {
                lemma,
                classes: classes.clone(),
                forms: Vec::new(),
            });
            if verb.lemma == lemma && !verb.forms.contains(&form) {
                verb.forms.push(form);
            }
        }
    }
    verbs
});

fn class(name: &str) -> Option<VerbClass> {
    Some(match name {
        "say" => VerbClass::Say,
        "think" => VerbClass::Think,
        "urge" => VerbClass::Urge,
        "describe" => VerbClass::Describe,
        "tell" => VerbClass::Tell,
        _ => return None,
    })
}

/// All spellings of a verb; the first word inflects.
fn inflect(lemma: &str, irregular: &[&str]) -> Vec<(String, VerbForm)> {
    let (head, tail) = match lemma.split_once(' ') {
        Some((head, tail)) => (head, format!(" {tail}")),
        None => (lemma, String::new()),
    };
    let given = |at: usize| irregular.get(at).copied().filter(|form| !form.is_empty());
    let mut forms: Vec<(String, VerbForm)> = Vec::new();
    if head == "be" {
        for (spelling, form) in [
            ("be", VerbForm::Base),
            ("am", VerbForm::Base),
            ("are", VerbForm::Base),
            ("is", VerbForm::ThirdPerson),
            ("was", VerbForm::Past),
            ("were", VerbForm::Past),
            ("been", VerbForm::PastParticiple),
            ("being", VerbForm::Gerund),
        ] {
            forms.push((spelling.to_owned(), form));
        }
    } else {
        let past = given(0).map_or_else(|| with_ed(head), str::to_owned);
        let participle = given(1).map_or_else(|| past.clone(), str::to_owned);
        let gerund = given(2).map_or_else(|| with_ing(head), str::to_owned);
        let third = match head {
            "have" => "has".to_owned(),
            _ => with_s(head),
        };
        forms.push((head.to_owned(), VerbForm::Base));
        forms.push((third, VerbForm::ThirdPerson));
        forms.push((past, VerbForm::Past));
        forms.push((participle, VerbForm::PastParticiple));
        forms.push((gerund, VerbForm::Gerund));
    }
    for (spelling, _) in &mut forms {
        spelling.push_str(&tail);
    }
    forms
}

/// Ends in a consonant and y: the y turns to i.
fn consonant_y(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() > 1 && bytes.ends_with(b"y") && !b"aeiou".contains(&bytes[bytes.len() - 2])
}

fn with_s(word: &str) -> String {
    if consonant_y(word) {
        format!("{}ies", &word[..word.len() - 1])
    } else if ["s", "x", "z", "ch", "sh"]
        .iter()
        .any(|end| word.ends_with(end))
        || word == "go"
        || word == "echo"
        || word == "veto"
    {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

fn with_ed(word: &str) -> String {
    if consonant_y(word) {
        format!("{}ied", &word[..word.len() - 1])
    } else if word.ends_with('e') {
        format!("{word}d")
    } else {
        format!("{word}ed")
    }
}

fn with_ing(word: &str) -> String {
    if word.ends_with('e') && !word.ends_with("ee") {
        format!("{}ing", &word[..word.len() - 1])
    } else {
        format!("{word}ing")
    }
}

/// The reporting verb that a word or phrase is, in any form: "argues", "pointed out".
///
/// A verb of one word also matches as a noun or adjective does ("claims", "fears"): the caller
/// looks at what stands around it.
pub fn cue_verb(phrase: &str) -> Option<&'static CueVerb> {
    CUE_VERBS.get(&key(phrase))
}

/// The longest reporting verb at the beginning of the words, and how many words it takes.
pub fn cue_verb_prefix(words: &[&str]) -> Option<(&'static CueVerb, usize)> {
    (1..=words.len().min(CUE_VERB_MAX_WORDS))
        .rev()
        .find_map(|count| cue_verb(&words[..count].join(" ")).map(|verb| (verb, count)))
}

static CUE_NOUNS: LazyLock<HashSet<String>> =
    LazyLock::new(|| entries(include_str!("cue_nouns.txt")).map(key).collect());

/// The singular of a noun that reports words or a position: "claim" for "claims".
pub fn cue_noun(noun: &str) -> Option<&'static str> {
    singulars(&key(noun))
        .iter()
        .find_map(|form| CUE_NOUNS.get(form).map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_forms_lead_to_their_lemma() {
        for (form, lemma) in [
            ("says", "say"),
            ("said", "say"),
            ("Argued", "argue"),
            ("implies", "imply"),
            ("admitting", "admit"),
            ("wrote", "write"),
            ("foresaw", "foresee"),
            ("foreseeing", "foresee"),
            ("held", "hold"),
            ("stresses", "stress"),
            ("echoes", "echo"),
            ("pointed out", "point out"),
            ("was convinced", "be convinced"),
            ("put it", "put it"),
            ("agreed", "agree"),
        ] {
            assert_eq!(cue_verb(form).map(|verb| verb.lemma), Some(lemma), "{form}");
        }
        for form in ["table", "saying so", "walked", "arguely"] {
            assert_eq!(cue_verb(form), None, "{form}");
        }
    }

    #[test]
    fn classes_and_forms_are_kept() {
        let regard = cue_verb("regarded").unwrap();
        assert!(regard.is(VerbClass::Describe) && !regard.is(VerbClass::Tell));
        assert!(regard.finite());
        assert!(!cue_verb("regarding").unwrap().finite());
        let prefix = cue_verb_prefix(&["pointed", "out", "that"]).unwrap();
        assert_eq!((prefix.0.lemma, prefix.1), ("point out", 2));
        assert_eq!(cue_noun("convictions"), Some("conviction"));
        assert_eq!(cue_noun("analyses"), Some("analysis"));
        assert_eq!(cue_noun("tree"), None);
    }
}
