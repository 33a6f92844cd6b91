//! A made-up run over three short essays: something of everything that a page or table must show.
#![allow(dead_code)]

use std::collections::BTreeMap;

use stancemap::analysis::*;
use stancemap::compare::statistics::wilson;

pub const LABELS: [&str; 4] = ["pro-alliance", "skeptic", "threat-perception", "none"];

/// One quotation to make: `(speaker ids, kind, stance index or None, confidence, text, note)`.
type Said<'a> = (
    &'a [&'a str],
    QuotationKind,
    Option<usize>,
    f64,
    &'a str,
    Option<u32>,
);

/// `(id, name, kind, members, forms)`.
type Named<'a> = (&'a str, &'a str, ExpertKind, &'a [&'a str], &'a [&'a str]);

pub fn analysis() -> Analysis {
    use QuotationKind::{Block, Direct, Indirect, Mixed};
    let documents = vec![
        document(
            "bear-and-dragon",
            "The Bear and the Dragon: Limits of a Strategic Partnership",
            Some(2002),
            &[
                (
                    &["dorofeev-andrei"],
                    Direct,
                    Some(0),
                    0.91,
                    "Only an alliance with Beijing gives Moscow the weight that it has lost in the world",
                    Some(2),
                ),
                (
                    &["dorofeev-andrei"],
                    Mixed,
                    Some(0),
                    0.84,
                    "a natural and lasting union of two continental powers",
                    Some(3),
                ),
                (
                    &["dorofeev-andrei"],
                    Indirect,
                    None,
                    0.41,
                    "the treaty of 2001 says less than its readers think",
                    None,
                ),
                (
                    &["sharavin-alexander"],
                    Direct,
                    Some(2),
                    0.88,
                    "In twenty years the Far East will speak Chinese, and nobody in the Kremlin wants to hear it",
                    Some(4),
                ),
                (
                    &["sharavin-alexander"],
                    Direct,
                    Some(1),
                    0.67,
                    "A partnership in which one side sells weapons and the other learns to build them is not a partnership",
                    Some(5),
                ),
                (
                    &["russian-experts"],
                    Indirect,
                    Some(1),
                    0.72,
                    "Beijing will drop the partnership as soon as Washington makes a better offer",
                    None,
                ),
                (
                    &["larin-viktor", "zabrovskaia-larisa"],
                    Direct,
                    Some(3),
                    0.58,
                    "Trade over the Amur doubled, and with it the number of those who live from it",
                    Some(6),
                ),
                (
                    &[],
                    Direct,
                    Some(2),
                    0.63,
                    "They come as traders and stay as settlers",
                    None,
                ),
                (
                    &["?"],
                    Mixed,
                    Some(1),
                    0.55,
                    "a marriage of convenience <script>alert('x')</script> & nothing more",
                    Some(7),
                ),
            ],
        ),
        document(
            "pivot-2010",
            "Pivot to Asia",
            Some(2010),
            &[
                (
                    &["dorofeev-andrei"],
                    Direct,
                    Some(1),
                    0.77,
                    "We have become the raw-material appendage of the partner whom we meant to lead",
                    Some(1),
                ),
                (
                    &["dorofeev-andrei"],
                    Direct,
                    Some(1),
                    0.81,
                    "The alliance was a hope; what came is a customer",
                    Some(2),
                ),
                (
                    &["dorofeev-andrei"],
                    Direct,
                    Some(1),
                    0.7,
                    "He who sells gas to one buyer has no partner but a master",
                    Some(2),
                ),
                (
                    &["sharavin-alexander"],
                    Block,
                    Some(2),
                    0.93,
                    "The military district east of Lake Baikal has fewer soldiers than the Shenyang district has officers. Whoever calls this a partnership of equals has not counted.",
                    Some(3),
                ),
                (
                    &["jiang-zemin"],
                    Direct,
                    Some(0),
                    0.95,
                    "Good neighbours, good partners, good friends",
                    Some(4),
                ),
                (
                    &["russian-experts"],
                    Indirect,
                    None,
                    0.38,
                    "the pivot is more of a slogan than a policy",
                    None,
                ),
            ],
        ),
        document(
            "east-of-baikal",
            "East of Baikal",
            None,
            &[
                (
                    &["dorofeev-andrei"],
                    Direct,
                    Some(1),
                    0.74,
                    "Equality was promised, and dependence delivered",
                    Some(1),
                ),
                (
                    &["jiang-zemin"],
                    Direct,
                    Some(0),
                    0.89,
                    "Our friendship passes from generation to generation",
                    None,
                ),
                (
                    &["larin-viktor"],
                    Mixed,
                    Some(0),
                    0.66,
                    "neighbours are not chosen, but neighbourliness is",
                    Some(2),
                ),
            ],
        ),
    ];
    let names: [Named; 6] = [
        (
            "dorofeev-andrei",
            "Andrei Dorofeev",
            ExpertKind::Person,
            &[],
            &["Andrei Dorofeev", "A.P. Dorofeew", "Dorofeev"],
        ),
        (
            "jiang-zemin",
            "Jiang Zemin",
            ExpertKind::Person,
            &[],
            &["President Jiang Zemin", "Mr. Jiang"],
        ),
        (
            "larin-viktor",
            "Viktor Larin",
            ExpertKind::Person,
            &[],
            &["V. Larin"],
        ),
        (
            "russian-experts",
            "Russian experts",
            ExpertKind::Collective,
            &[],
            &["Russian experts"],
        ),
        (
            "sharavin-alexander",
            "Alexander Sharavin",
            ExpertKind::Person,
            &[],
            &["Sharavin", "Aleksandr Sharavin"],
        ),
        (
            "zabrovskaia-larisa",
            "Larisa Zabrovskaia",
            ExpertKind::Person,
            &[],
            &["L. Zabrovskaia"],
        ),
    ];
    let mut experts: Vec<ExpertRecord> = names
        .iter()
        .map(|&(id, name, kind, members, forms)| expert(id, name, kind, members, forms, &documents))
        .collect();
    link(
        &mut experts[0],
        EdgeKind::Attack,
        5,
        0,
        0.82,
        &["opposed-stance", "shared-target"],
        "what came is a customer",
    );
    link(
        &mut experts[0],
        EdgeKind::Support,
        5,
        4,
        0.74,
        &["discourse-marker"],
        "for he who sells gas to one buyer has no partner",
    );
    link(
        &mut experts[0],
        EdgeKind::Rephrase,
        3,
        6,
        0.69,
        &["similar-wording"],
        "dependence delivered",
    );
    link(
        &mut experts[0],
        EdgeKind::Support,
        1,
        0,
        0.71,
        &["discourse-marker"],
        "because it is a natural and lasting union",
    );
    link(
        &mut experts[4],
        EdgeKind::Support,
        2,
        0,
        0.77,
        &["discourse-marker"],
        "Whoever calls this a partnership of equals has not counted.",
    );
    let edges = vec![
        Edge {
            kind: EdgeKind::Attack,
            from: "dorofeev-andrei/c1".to_owned(),
            to: "sharavin-alexander/c2".to_owned(),
            score: 0.79,
            basis: vec!["opposed-stance".to_owned()],
            evidence: vec![EdgeEvidence {
                document: "bear-and-dragon".to_owned(),
                piece: Piece { start: 4, end: 20 },
                text: "Sharavin disagrees: a partnership in which one side sells weapons is none."
                    .to_owned(),
            }],
        },
        Edge {
            kind: EdgeKind::Support,
            from: "jiang-zemin/c1".to_owned(),
            to: "dorofeev-andrei/c1".to_owned(),
            score: 0.66,
            basis: vec!["similar-wording".to_owned()],
            evidence: vec![],
        },
    ];
    let counts = BTreeMap::from([
        ("documents".to_owned(), documents.len()),
        (
            "quotations".to_owned(),
            documents.iter().map(|d| d.quotations.len()).sum(),
        ),
        ("experts".to_owned(), experts.len()),
    ]);
    let mut documents = documents;
    documents.sort_by(|a, b| a.id.cmp(&b.id));
    Analysis {
        manifest: ManifestRecord {
            schema: SCHEMA_VERSION.to_owned(),
            program: "stancemap".to_owned(),
            version: "0.1.0".to_owned(),
            offsets: "Unicode code points of the raw text, end exclusive".to_owned(),
            engine: "embedded".to_owned(),
            model: "multilingual-e5-small".to_owned(),
            model_sha256: BTreeMap::from([("model.onnx".to_owned(), "0f".repeat(32))]),
            scheme: "alliance".to_owned(),
            labels: LABELS.map(str::to_owned).to_vec(),
            question: "Should Russia and China be allies?".to_owned(),
            settings: BTreeMap::from([("threshold".to_owned(), "0.5".to_owned())]),
            inputs: documents
                .iter()
                .map(|d| InputRecord {
                    document: d.id.clone(),
                    path: d.path.clone(),
                    sha256: d.sha256.clone(),
                })
                .collect(),
            counts,
            errors: vec![FailureRecord {
                path: "scans/amur.pdf".to_owned(),
                stage: "load".to_owned(),
                message: "the pages are pictures without text".to_owned(),
                remedy: "run OCR over it first, for example ocrmypdf".to_owned(),
            }],
        },
        documents,
        experts,
        edges,
    }
}

pub fn call(label: Option<usize>, confidence: f64) -> StanceCall {
    let best = label.unwrap_or(3);
    let rest = ((1.0 - confidence) / 3.0 * 1e6).round() / 1e6;
    StanceCall {
        label: label.map(|i| LABELS[i].to_owned()),
        best: LABELS[best].to_owned(),
        confidence,
        probabilities: LABELS
            .iter()
            .enumerate()
            .map(|(i, label)| LabelProbability {
                label: (*label).to_owned(),
                probability: if i == best { confidence } else { rest },
            })
            .collect(),
    }
}

fn speaker_name(id: &str) -> String {
    match id {
        "dorofeev-andrei" => "Andrei Dorofeev",
        "sharavin-alexander" => "Alexander Sharavin",
        "russian-experts" => "Russian experts",
        "larin-viktor" => "Viktor Larin",
        "zabrovskaia-larisa" => "Larisa Zabrovskaia",
        "jiang-zemin" => "Jiang Zemin",
        other => other,
    }
    .to_owned()
}

pub fn document(id: &str, title: &str, year: Option<i32>, said: &[Said]) -> DocumentRecord {
    let mut text = format!("{title}\n\n");
    let mut sentences = Vec::new();
    let mut quotations = Vec::new();
    // Everything a document holds is appended to its text, so that every offset is right.
    let append = |text: &mut String, part: &str| {
        let start = text.chars().count();
        text.push_str(part);
        Passage {
            pieces: vec![Piece {
                start,
                end: start + part.chars().count(),
            }],
            text: part.to_owned(),
        }
    };
    let heading = Passage {
        pieces: vec![Piece {
            start: 0,
            end: title.chars().count(),
        }],
        text: title.to_owned(),
    };
    sentences.push(sentence(
        1,
        SentenceKind::Heading,
        1,
        None,
        heading,
        call(None, 0.4),
    ));
    for (index, (speakers, kind, stance, confidence, words, note)) in said.iter().enumerate() {
        let page = 1 + index / 4;
        let surface = speakers
            .first()
            .map_or("One analyst".to_owned(), |id| match *id {
                "?" => "He".to_owned(),
                id => speaker_name(id),
            });
        let source = append(&mut text, &surface);
        text.push(' ');
        let cue = append(&mut text, "writes");
        text.push_str(": “");
        let passage = append(&mut text, words);
        text.push_str(".”\n");
        let whole = Passage {
            pieces: vec![Piece {
                start: source.pieces[0].start,
                end: passage.pieces[0].end + 2,
            }],
            text: format!("{surface} writes: “{words}.”"),
        };
        let stance = call(*stance, *confidence);
        sentences.push(sentence(
            index + 2,
            SentenceKind::Sentence,
            page,
            None,
            whole,
            stance.clone(),
        ));
        let who = match speakers.first() {
            None => Who::Unnamed,
            Some(&"?") => Who::Unresolved,
            Some(&"russian-experts") => Who::Collective,
            Some(_) => Who::Person,
        };
        let mut evidence = vec![
            EvidenceRecord {
                role: "cue".to_owned(),
                piece: Some(cue.extent()),
                note: None,
                text: "writes".to_owned(),
            },
            EvidenceRecord {
                role: "source".to_owned(),
                piece: Some(source.extent()),
                note: None,
                text: surface.clone(),
            },
        ];
        if let Some(note) = note {
            evidence.push(EvidenceRecord {
                role: "footnote".to_owned(),
                piece: None,
                note: Some((*note).into()),
                text: note_text(*note),
            });
        }
        quotations.push(QuotationRecord {
            id: format!("q{}", index + 1),
            kind: *kind,
            page,
            passage,
            cue: Some(cue),
            source: Some(source),
            learned: None,
            attribution: AttributionRecord {
                who,
                speakers: speakers
                    .iter()
                    .filter(|id| **id != "?")
                    .map(|id| SpeakerRecord {
                        name: speaker_name(id),
                        expert: (*id).to_owned(),
                        surface: surface.clone(),
                    })
                    .collect(),
                cited: if *note == Some(4) {
                    vec!["Rahm, Ivan".to_owned()]
                } else {
                    vec![]
                },
                rule: if note.is_some() {
                    "footnote-author"
                } else {
                    "source-of-cue"
                }
                .to_owned(),
                confidence: if note.is_some() { 0.92 } else { 0.81 },
                evidence,
                reasons: Vec::new(),
            },
            footnote: note.map(Into::into),
            within_note: (*note == Some(6)).then(|| 6.into()),
            year: note
                .map_or(year, |n| Some(1996 + n as i32))
                .filter(|_| id != "pivot-2010")
                .or(year),
            sentences: vec![format!("s{}", index + 2)],
            stance,
        });
    }
    let scare = append(&mut text, "yellow peril");
    text.push('\n');
    let mut footnotes = Vec::new();
    for number in 1..=7 {
        let passage = append(&mut text, &format!("{number} {}", note_text(number)));
        text.push('\n');
        let extent = passage.extent();
        footnotes.push(NoteRecord {
            number: number.into(),
            page: 1 + number as usize / 4,
            passage: passage.clone(),
            marker: (number != 7).then_some(Piece { start: 3, end: 4 }),
            works: vec![WorkRecord {
                authors: vec!["A.P. Dorofeew".to_owned()],
                cited: vec![],
                title: Some("Kitaiskii proryv".to_owned()),
                year: Some(1999),
            }],
            back_references: (number == 3)
                .then(|| BackReferenceRecord {
                    form: "Ibid.".to_owned(),
                    refers_to: Some(2.into()),
                })
                .into_iter()
                .collect(),
        });
        let kind = SentenceKind::Note;
        sentences.push(sentence(
            said.len() + 1 + number as usize,
            kind,
            1,
            Some(number),
            passage,
            call(None, 0.3),
        ));
        assert!(extent.end <= text.chars().count());
    }
    let length = text.chars().count();
    DocumentRecord {
        schema: SCHEMA_VERSION.to_owned(),
        id: id.to_owned(),
        path: format!("essays/{id}.txt"),
        sha256: "ab".repeat(32),
        format: "text".to_owned(),
        encoding: "UTF-8".to_owned(),
        title: Some(title.to_owned()),
        authors: vec!["Jane Analyst".to_owned()],
        date: year.map(|y| format!("{y}-05-01")),
        year,
        source: None,
        warnings: if year.is_none() {
            vec!["no date was found".to_owned()]
        } else {
            vec![]
        },
        text,
        pages: vec![PageRecord {
            number: 1,
            extent: Piece {
                start: 0,
                end: length,
            },
        }],
        footnotes,
        sentences,
        quotations,
        not_speech: vec![NotSpeechRecord {
            passage: scare,
            kind: "scare-quote".to_owned(),
            rule: "short-and-no-cue".to_owned(),
        }],
    }
}

fn note_text(number: u32) -> String {
    match number {
        3 => "Ibid., p. 44.".to_owned(),
        4 => "Interview by Ivan Rahm, “Who counts?”, Nezavisimaia gazeta, 12 May 2000.".to_owned(),
        n => format!(
            "A.P. Dorofeew, Kitaiskii proryv (Moscow: Algoritm, {}), p. {}.",
            1996 + n,
            10 * n
        ),
    }
}

fn sentence(
    n: usize,
    kind: SentenceKind,
    page: usize,
    note: Option<u32>,
    passage: Passage,
    stance: StanceCall,
) -> SentenceRecord {
    SentenceRecord {
        id: format!("s{n}"),
        kind,
        page,
        paragraph: n,
        note: note.map(Into::into),
        passage,
        stance,
    }
}

/// The expert's record over `documents`: one claim a quotation that has a stance.
pub fn expert(
    id: &str,
    name: &str,
    kind: ExpertKind,
    members: &[&str],
    forms: &[&str],
    documents: &[DocumentRecord],
) -> ExpertRecord {
    let said: Vec<(&DocumentRecord, &QuotationRecord)> = documents
        .iter()
        .flat_map(|d| d.quotations.iter().map(move |q| (d, q)))
        .filter(|(_, q)| q.attribution.speakers.iter().any(|s| s.expert == id))
        .collect();
    let reference = |(d, q): &(&DocumentRecord, &QuotationRecord)| QuotationRef {
        document: d.id.clone(),
        quotation: q.id.clone(),
    };
    let decided = said
        .iter()
        .filter(|(_, q)| q.stance.label.is_some())
        .count();
    let shares = LABELS
        .iter()
        .map(|label| {
            let count = said
                .iter()
                .filter(|(_, q)| q.stance.label.as_deref() == Some(label))
                .count();
            let interval = wilson(count, decided);
            let six = |x: f64| (x * 1e6).round() / 1e6;
            StanceShare {
                label: (*label).to_owned(),
                count,
                share: six(count as f64 / decided.max(1) as f64),
                low: six(interval.low),
                high: six(interval.high),
            }
        })
        .collect();
    let claims = said
        .iter()
        .enumerate()
        .map(|(i, found)| Claim {
            id: format!("{id}/c{}", i + 1),
            text: found.1.passage.text.clone(),
            quotations: vec![reference(found)],
            stance: found.1.stance.label.clone(),
        })
        .collect();
    let mut quotations: Vec<QuotationRef> = said.iter().map(reference).collect();
    quotations.sort();
    ExpertRecord {
        id: id.to_owned(),
        kind,
        name: name.to_owned(),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
        forms: forms
            .iter()
            .map(|form| FormRecord {
                form: (*form).to_owned(),
                document: documents[0].id.clone(),
                count: 2,
            })
            .collect(),
        quotations,
        shares,
        abstained: said.len() - decided,
        map: ArgMap {
            claims,
            edges: Vec::new(),
        },
    }
}

fn link(
    expert: &mut ExpertRecord,
    kind: EdgeKind,
    from: usize,
    to: usize,
    score: f64,
    basis: &[&str],
    text: &str,
) {
    let claims = &expert.map.claims;
    let edge = Edge {
        kind,
        from: claims[from].id.clone(),
        to: claims[to].id.clone(),
        score,
        basis: basis.iter().map(|b| (*b).to_owned()).collect(),
        evidence: vec![EdgeEvidence {
            document: "pivot-2010".to_owned(),
            piece: Piece { start: 10, end: 30 },
            text: text.to_owned(),
        }],
    };
    expert.map.edges.push(edge);
}
