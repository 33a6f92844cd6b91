//! From mentions to persons: first within each document, then across documents.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cluster::{Item, Join, Judge, Sets, Side};
use super::compare::{self, Reading, Verdict};
use super::overrides::{Overrides, override_key};
use super::{JoinEvidence, Mention, NameForm, People, Person};
use crate::lexicon;

/// The forms of one document, and what they turned out to be.
struct DocumentPerson {
    document: usize,
    /// Full names, which can be compared across documents.
    full: BTreeSet<usize>,
    /// Surnames alone and stretches of a full name: they mean this person here, and nowhere else.
    aliases: BTreeSet<usize>,
}

/// Joins the mentions of a run into persons.
///
/// Within a document a surname alone, with or without a title, means the one person whose full
/// name fits; where two fit it stays a person of its own. Across documents only full names join:
/// the surname must match, and the given names or initials must not contradict. What is joined
/// holds no two full names that contradict each other. The result does not depend on the order of
/// the mentions.
pub fn unify(mentions: &[Mention], overrides: &Overrides) -> People {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for mention in mentions {
        *counts
            .entry(&mention.document)
            .or_default()
            .entry(&mention.form)
            .or_default() += 1;
    }
    let forms: BTreeSet<&str> = counts
        .values()
        .flat_map(|forms| forms.keys().copied())
        .collect();
    let forms: Vec<&str> = forms.into_iter().collect();
    let number: HashMap<&str, usize> = forms
        .iter()
        .enumerate()
        .map(|(at, form)| (*form, at))
        .collect();
    let readings: Vec<Reading> = forms.iter().map(|form| Reading::new(form)).collect();
    let documents: Vec<&str> = counts.keys().copied().collect();

    let mut told = Told::new(&forms, overrides);
    let judge = Judge {
        readings: &readings,
        apart: &std::mem::take(&mut told.apart),
    };

    let mut joins: Vec<Join> = Vec::new();
    let mut locals: Vec<DocumentPerson> = Vec::new();
    for (document, forms) in counts.values().enumerate() {
        let here: Vec<usize> = forms.keys().map(|form| number[form]).collect();
        within(document, &here, &judge, &mut locals, &mut joins);
    }

    let groups = across(&locals, &judge, &told, &mut joins);
    let persons = groups
        .into_iter()
        .map(|group| {
            let mut person_forms: Vec<NameForm> = Vec::new();
            let mut members: BTreeSet<usize> = BTreeSet::new();
            for local in group.iter().map(|&at| &locals[at]) {
                let document = documents[local.document];
                for &form in local.full.iter().chain(&local.aliases) {
                    members.insert(form);
                    person_forms.push(NameForm {
                        document: document.to_owned(),
                        form: forms[form].to_owned(),
                        count: counts[document][forms[form]],
                    });
                }
            }
            person_forms.sort();
            (members, person_forms)
        })
        .collect();
    finish(persons, &readings, &forms, &joins, &told, overrides)
}

/// The overrides, by the numbers of the forms that they cover.
struct Told {
    /// For each form the pairs of `different` names that it stands in, and on which side.
    apart: Vec<Vec<(usize, Side)>>,
    /// For each `same` entry the forms that it covers.
    same: Vec<BTreeSet<usize>>,
}

impl Told {
    fn new(forms: &[&str], overrides: &Overrides) -> Self {
        let mut told = Told {
            apart: vec![Vec::new(); forms.len()],
            same: vec![BTreeSet::new(); overrides.same.len()],
        };
        if overrides.same.is_empty() && overrides.different.is_empty() {
            return told;
        }
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, form) in forms.iter().enumerate() {
            by_key.entry(override_key(form)).or_default().push(at);
        }
        let covered = |name: &String| by_key.get(&override_key(name)).cloned().unwrap_or_default();
        for (entry, same) in overrides.same.iter().enumerate() {
            told.same[entry].extend(same.names.iter().flat_map(covered));
        }
        let mut pair = 0;
        for names in &overrides.different {
            for (at, name) in names.iter().enumerate() {
                for other in &names[at + 1..] {
                    for (name, side) in [(name, Side::First), (other, Side::Second)] {
                        for form in covered(name) {
                            told.apart[form].push((pair, side));
                        }
                    }
                    pair += 1;
                }
            }
        }
        told
    }
}

/// Joins the forms of one document.
fn within(
    document: usize,
    here: &[usize],
    judge: &Judge<'_>,
    locals: &mut Vec<DocumentPerson>,
    joins: &mut Vec<Join>,
) {
    let (singles, full): (Vec<usize>, Vec<usize>) = here
        .iter()
        .partition(|&&form| judge.readings[form].name.is_single());
    let items: Vec<Item> = full
        .iter()
        .map(|&form| Item {
            readings: vec![form],
        })
        .collect();
    let (sets, found) = judge.cluster(&items);
    joins.extend(found);

    let mut persons: Vec<DocumentPerson> = sets
        .groups()
        .into_iter()
        .map(|group| DocumentPerson {
            document,
            full: group.into_iter().map(|at| full[at]).collect(),
            aliases: BTreeSet::new(),
        })
        .collect();
    join_stretches(&mut persons, judge, joins);
    let alone = join_singles(&mut persons, &singles, judge, joins);

    // Surnames that fit no one, or more than one: one person for each, in this document only.
    let mut loose: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for form in alone {
        let reading = &judge.readings[form];
        let key = reading.surname_keys().first().cloned().unwrap_or_default();
        loose.entry(key).or_default().insert(form);
    }
    persons.extend(loose.into_values().map(|aliases| DocumentPerson {
        document,
        full: BTreeSet::new(),
        aliases,
    }));
    locals.extend(persons);
}

/// "García Márquez" beside "Gabriel García Márquez", "Saddam Hussein" beside "Saddam Hussein
/// al-Tikriti": two words that begin or end one longer name of the document.
fn join_stretches(persons: &mut Vec<DocumentPerson>, judge: &Judge<'_>, joins: &mut Vec<Join>) {
    let mut stretches: HashMap<[&str; 2], BTreeMap<usize, usize>> = HashMap::new();
    for (at, person) in persons.iter().enumerate() {
        for &form in &person.full {
            let words = &judge.readings[form].words;
            if words.len() > 2 {
                for pair in [&words[..2], &words[words.len() - 2..]] {
                    let ends = stretches.entry([&pair[0], &pair[1]]).or_default();
                    ends.entry(at).or_insert(form);
                }
            }
        }
    }
    let mut moves: Vec<(usize, usize)> = Vec::new();
    for (at, person) in persons.iter().enumerate() {
        let (1, Some(&form)) = (person.full.len(), person.full.first()) else {
            continue;
        };
        let [first, second] = judge.readings[form].words.as_slice() else {
            continue;
        };
        let Some(longer) = stretches.get(&[first.as_str(), second.as_str()]) else {
            continue;
        };
        if let (1, Some((&other, &whole))) = (longer.len(), longer.first_key_value())
            && other != at
            && !judge.told_apart(form, whole)
        {
            moves.push((at, other));
            joins.push(join(form, whole, 0.85, "stretch-of-a-longer-name"));
        }
    }
    for &(from, to) in &moves {
        let full = std::mem::take(&mut persons[from].full);
        persons[to].aliases.extend(full);
    }
    persons.retain(|person| !person.full.is_empty());
}

fn join(a: usize, b: usize, score: f64, rule: &'static str) -> Join {
    Join {
        a,
        b,
        verdict: Verdict { score, rule },
    }
}

/// Gives each surname that stands alone to the one person whom it fits; the others are returned.
fn join_singles(
    persons: &mut [DocumentPerson],
    singles: &[usize],
    judge: &Judge<'_>,
    joins: &mut Vec<Join>,
) -> Vec<usize> {
    let mut by_surname: HashMap<String, BTreeMap<usize, usize>> = HashMap::new();
    let mut by_given: HashMap<&str, BTreeMap<usize, usize>> = HashMap::new();
    let mut by_frame: HashMap<char, BTreeMap<usize, usize>> = HashMap::new();
    for (at, person) in persons.iter().enumerate() {
        for &form in &person.full {
            let reading = &judge.readings[form];
            for key in reading.surname_lookups() {
                by_surname.entry(key).or_default().entry(at).or_insert(form);
            }
            if let Some(given) = reading.east_given() {
                by_given.entry(given).or_default().entry(at).or_insert(form);
            }
            for key in reading.surname_keys() {
                let frame = super::fold::skeleton(key).chars().next().unwrap_or('-');
                by_frame.entry(frame).or_default().entry(at).or_insert(form);
            }
        }
    }
    let mut alone = Vec::new();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for &single in singles {
        let reading = &judge.readings[single];
        let mut fits: BTreeMap<usize, (usize, f64, &'static str)> = BTreeMap::new();
        for key in reading.surname_keys() {
            for (&person, &form) in by_surname.get(key).into_iter().flatten() {
                fits.entry(person).or_insert((form, 0.9, "surname-alone"));
            }
        }
        if reading.name.east_asian && fits.is_empty() {
            for key in reading
                .surname_lookups()
                .iter()
                .filter(|key| key.starts_with("east "))
            {
                for (&person, &form) in by_surname.get(key).into_iter().flatten() {
                    fits.entry(person).or_insert((form, 0.85, "surname-alone"));
                }
            }
        }
        if fits.is_empty() && !reading.name.titles.is_empty() {
            for (&person, &form) in by_given.get(reading.raw_surname()).into_iter().flatten() {
                fits.entry(person)
                    .or_insert((form, 0.85, "title-and-given-name"));
            }
        }
        if fits.is_empty() {
            let frames: BTreeSet<char> = reading
                .surname_keys()
                .iter()
                .filter_map(|key| super::fold::skeleton(key).chars().next())
                .collect();
            for (&person, &form) in frames
                .iter()
                .filter_map(|frame| by_frame.get(frame))
                .flatten()
            {
                if let Some(verdict) = compare::surname_only(reading, &judge.readings[form]) {
                    fits.entry(person)
                        .or_insert((form, 0.85 * verdict.score, "surname-alone"));
                }
            }
        }
        fits.retain(|&person, _| {
            let full = persons[person].full.iter();
            !full.into_iter().any(|&form| judge.told_apart(single, form))
        });
        match (fits.len(), fits.first_key_value()) {
            (1, Some((&person, &(form, score, rule)))) => {
                found.push((person, single));
                joins.push(join(single, form, score, rule));
            }
            _ => alone.push(single),
        }
    }
    for (person, single) in found {
        persons[person].aliases.insert(single);
    }
    alone
}

/// Joins the persons of the documents; each group is a list of indices into `locals`.
fn across(
    locals: &[DocumentPerson],
    judge: &Judge<'_>,
    told: &Told,
    joins: &mut Vec<Join>,
) -> Vec<Vec<usize>> {
    // The same set of full names is the same person: they enter the comparison once.
    let mut signatures: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, local) in locals.iter().enumerate() {
        if local.full.is_empty() {
            groups.push(vec![at]);
        } else {
            let signature = local.full.iter().copied().collect();
            signatures.entry(signature).or_default().push(at);
        }
    }
    let items: Vec<Item> = signatures
        .keys()
        .map(|readings| Item {
            readings: readings.clone(),
        })
        .collect();
    let (sets, found) = judge.cluster(&items);
    joins.extend(found.into_iter().filter(|join| join.a != join.b));
    let members: Vec<Vec<usize>> = signatures.into_values().collect();
    for set in sets.groups() {
        groups.push(
            set.into_iter()
                .flat_map(|item| members[item].clone())
                .collect(),
        );
    }
    groups.sort();
    same(groups, locals, told, joins)
}

/// Joins what a person said is the same.
fn same(
    groups: Vec<Vec<usize>>,
    locals: &[DocumentPerson],
    told: &Told,
    joins: &mut Vec<Join>,
) -> Vec<Vec<usize>> {
    let mut sets = Sets::new(groups.len());
    for covered in &told.same {
        let mut first: Option<(usize, usize)> = None;
        for (at, group) in groups.iter().enumerate() {
            let mut forms = group
                .iter()
                .flat_map(|&at| locals[at].full.iter().chain(&locals[at].aliases));
            let Some(&form) = forms.find(|form| covered.contains(form)) else {
                continue;
            };
            match first {
                Some((other, whole)) => {
                    sets.union(other, at);
                    joins.push(join(whole, form, 1.0, "said-to-be-the-same"));
                }
                None => first = Some((at, form)),
            }
        }
    }
    sets.groups()
        .into_iter()
        .map(|set| set.into_iter().flat_map(|at| groups[at].clone()).collect())
        .collect()
}

/// Names the persons, gives them ids and their evidence.
fn finish(
    persons: Vec<(BTreeSet<usize>, Vec<NameForm>)>,
    readings: &[Reading],
    forms: &[&str],
    joins: &[Join],
    told: &Told,
    overrides: &Overrides,
) -> People {
    let mut by_form: HashMap<usize, Vec<JoinEvidence>> = HashMap::new();
    for join in joins {
        let (a, b) = (join.a.min(join.b), join.a.max(join.b));
        by_form.entry(a).or_default().push(JoinEvidence {
            a: forms[a].to_owned(),
            b: forms[b].to_owned(),
            score: (join.verdict.score * 1000.0).round() / 1000.0,
            rule: join.verdict.rule.to_owned(),
        });
    }
    let mut named: Vec<(String, Option<String>, Person)> = persons
        .into_iter()
        .map(|(members, person_forms)| {
            let entry = told
                .same
                .iter()
                .position(|covered| covered.iter().any(|form| members.contains(form)))
                .map(|at| &overrides.same[at]);
            let name = entry
                .and_then(|same| same.canonical.clone())
                .unwrap_or_else(|| canonical(&members, &person_forms, readings, forms));
            let texts: BTreeSet<&str> = members.iter().map(|&form| forms[form]).collect();
            let mut evidence: Vec<JoinEvidence> = members
                .iter()
                .filter_map(|form| by_form.get(form))
                .flatten()
                .filter(|join| texts.contains(join.b.as_str()))
                .cloned()
                .collect();
            evidence.sort_by(|x, y| {
                let names = (&x.a, &x.b, &x.rule).cmp(&(&y.a, &y.b, &y.rule));
                names.then(y.score.total_cmp(&x.score))
            });
            evidence.dedup_by(|x, y| (&x.a, &x.b, &x.rule) == (&y.a, &y.b, &y.rule));
            let person = Person {
                id: String::new(),
                name,
                forms: person_forms,
                evidence,
            };
            (
                slug(&person.name),
                entry.and_then(|same| same.id.clone()),
                person,
            )
        })
        .collect();
    // Whom a person gave an id has it; then the order of names and documents decides.
    named.sort_by(|x, y| (x.1.is_none(), &x.0, &x.2.forms).cmp(&(y.1.is_none(), &y.0, &y.2.forms)));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut next: HashMap<String, usize> = HashMap::new();
    let persons = named
        .into_iter()
        .map(|(slug, id, mut person)| {
            let wanted = id.unwrap_or(slug);
            let mut id = wanted.clone();
            let count = next.entry(wanted.clone()).or_insert(1);
            while !taken.insert(id.clone()) {
                *count += 1;
                id = format!("{wanted}-{count}");
            }
            person.id = id;
            person
        })
        .collect();
    People::new(persons)
}

/// The fullest form of the most frequent spelling. Spellings count by surname, surnames alone
/// included; a spelling that never has a forename gives way to one that has.
fn canonical(
    members: &BTreeSet<usize>,
    person_forms: &[NameForm],
    readings: &[Reading],
    forms: &[&str],
) -> String {
    let mut count: BTreeMap<usize, usize> = BTreeMap::new();
    for (&member, text) in members.iter().map(|member| (member, forms[*member])) {
        let seen = person_forms.iter().filter(|form| form.form == text);
        count.insert(member, seen.map(|form| form.count).sum());
    }
    let mut spelling: BTreeMap<&str, usize> = BTreeMap::new();
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for (&member, &times) in &count {
        *spelling.entry(readings[member].raw_surname()).or_default() += times;
        *shown.entry(readings[member].name.to_string()).or_default() += times;
    }
    let best = members.iter().max_by_key(|&&member| {
        let name = &readings[member].name;
        let text = name.to_string();
        let level = match (name.is_single(), name.has_full_given()) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        };
        (
            level,
            spelling[readings[member].raw_surname()],
            name.fullness(),
            shown[&text],
            std::cmp::Reverse(text),
        )
    });
    let name = best
        .map(|&member| readings[member].name.to_string())
        .unwrap_or_default();
    match (name.is_empty(), members.first()) {
        (true, Some(&first)) => forms[first].to_owned(),
        _ => name,
    }
}

/// Lower-case ASCII words joined by hyphens; "person" where nothing is left.
fn slug(name: &str) -> String {
    let text: String = lexicon::key(name)
        .chars()
        .filter(|c| *c != '\'')
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let slug = text.split_whitespace().collect::<Vec<_>>().join("-");
    match slug.is_empty() {
        true => "person".to_owned(),
        false => slug,
    }
}
