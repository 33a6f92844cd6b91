//! Argument maps over made-up documents, whose quotations bring their vectors along.

use std::collections::BTreeMap;

use stancemap::analysis::{
    AttributionRecord, DocumentRecord, EdgeKind, ExpertKind, Passage, Piece, QuotationKind,
    QuotationRecord, SentenceKind, SentenceRecord, SpeakerRecord, StanceCall, Who,
};
use stancemap::argmap;
use stancemap::stance::Scheme;

type Vectors = BTreeMap<(String, String), Vec<f32>>;

/// A quotation: speakers (several by "+", a collective by "*"), stance, angle of its vector in
/// degrees, the essay's words before it, its text.
type Said = (&'static str, &'static str, f32, &'static str, &'static str);

fn call(label: &str) -> StanceCall {
    StanceCall {
        label: (!label.is_empty()).then(|| label.to_owned()),
        best: label.to_owned(),
        confidence: 0.9,
        probabilities: Vec::new(),
    }
}

/// One paragraph; each quotation is a sentence with the words before it.
fn document(id: &str, said: &[Said], vectors: &mut Vectors) -> DocumentRecord {
    let (mut text, mut sentences, mut quotations) = (String::new(), Vec::new(), Vec::new());
    for (at, (who, stance, angle, before, quoted)) in said.iter().enumerate() {
        let begin = text.chars().count();
        text += before;
        let start = text.chars().count();
        text += quoted;
        let end = text.chars().count();
        text.push(' ');
        let (q, s) = (format!("q{}", at + 1), format!("s{}", at + 1));
        let passage = |start, end, text: String| Passage {
            pieces: vec![Piece { start, end }],
            text,
        };
        sentences.push(SentenceRecord {
            id: s.clone(),
            kind: SentenceKind::Sentence,
            page: 1,
            paragraph: 1,
            note: None,
            passage: passage(begin, end, format!("{before}{quoted}")),
            stance: call(stance),
        });
        let speaker = |name: &str| SpeakerRecord {
            name: name.to_owned(),
            expert: if who.starts_with('*') {
                String::new()
            } else {
                name.to_lowercase()
            },
            surface: name.to_owned(),
        };
        let radians = angle.to_radians();
        vectors.insert((id.into(), q.clone()), vec![radians.cos(), radians.sin()]);
        quotations.push(QuotationRecord {
            id: q,
            kind: QuotationKind::Direct,
            page: 1,
            passage: passage(start, end, (*quoted).to_owned()),
            cue: None,
            source: None,
            learned: None,
            attribution: AttributionRecord {
                who: match who.chars().next() {
                    None => Who::Unnamed,
                    Some('*') => Who::Collective,
                    Some(_) => Who::Person,
                },
                speakers: who
                    .trim_start_matches('*')
                    .split('+')
                    .filter(|name| !name.is_empty())
                    .map(speaker)
                    .collect(),
                cited: Vec::new(),
                rule: "made-up".into(),
                confidence: 1.0,
                evidence: Vec::new(),
                reasons: Vec::new(),
            },
            footnote: None,
            within_note: None,
            year: None,
            sentences: vec![s],
            stance: call(stance),
        });
    }
    DocumentRecord {
        schema: "1".into(),
        id: id.into(),
        path: format!("{id}.txt"),
        sha256: String::new(),
        format: "text".to_owned(),
        encoding: "utf-8".into(),
        title: None,
        authors: Vec::new(),
        date: None,
        year: None,
        source: None,
        warnings: Vec::new(),
        text,
        pages: Vec::new(),
        footnotes: Vec::new(),
        sentences,
        quotations,
        not_speech: Vec::new(),
    }
}

type Built = (
    Vec<stancemap::analysis::ExpertRecord>,
    Vec<stancemap::analysis::Edge>,
);

fn build(documents: &[DocumentRecord], vectors: &Vectors) -> Built {
    let find = |document: &str, quotation: &str| {
        let key = (document.to_owned(), quotation.to_owned());
        vectors.get(&key).map(Vec::as_slice)
    };
    let scheme = Scheme::load("alliance").unwrap();
    argmap::build(documents, &BTreeMap::new(), &find, &scheme)
}

fn built(said: &[Said]) -> Built {
    let mut vectors = Vectors::new();
    let documents = [document("d", said, &mut vectors)];
    build(&documents, &vectors)
}

#[test]
fn quotations_that_say_nearly_the_same_are_one_claim_unless_their_stances_are_opposed() {
    let (experts, _) = built(&[
        (
            "Ada",
            "pro-alliance",
            0.0,
            "She said: ",
            "The alliance works.",
        ),
        (
            "Ada",
            "pro-alliance",
            10.0,
            "She said: ",
            "This alliance is working.",
        ),
        ("Ada", "", 5.0, "She said: ", "Our alliance works."),
        (
            "Ada",
            "skeptic",
            -20.0,
            "She said: ",
            "The alliance works not.",
        ),
        ("Ada", "none", 80.0, "She said: ", "It was signed in May."),
    ]);
    let claims = &experts[0].map.claims;
    let ids: Vec<&str> = claims.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["ada/c1", "ada/c2", "ada/c3"]);
    assert_eq!(claims[0].quotations.len(), 3);
    assert_eq!(claims[0].text, "Our alliance works.", "the central one");
    assert_eq!(claims[0].stance.as_deref(), Some("pro-alliance"));
    assert_eq!(experts[0].abstained, 1);
    let share = &experts[0].shares[0];
    assert_eq!((share.count, share.share), (2, 0.5));
    assert!(share.low < 0.5 && share.high > 0.5);
}

#[test]
fn a_discourse_marker_gives_kind_and_direction() {
    let (c1, c2) = ("ada/c1", "ada/c2");
    let cases = [
        ("Because, she adds: ", "we trade.", None),
        (
            "",
            "because we trade with them.",
            Some((EdgeKind::Support, c2, c1)),
        ),
        (
            "Therefore, she says, ",
            "we should join.",
            Some((EdgeKind::Support, c1, c2)),
        ),
        (
            "And yet, she says, ",
            "nobody joins.",
            Some((EdgeKind::Attack, c2, c1)),
        ),
        (
            "She, however, says: ",
            "nobody joins.",
            Some((EdgeKind::Attack, c2, c1)),
        ),
        (
            "In other words, ",
            "we gain.",
            Some((EdgeKind::Rephrase, c1, c2)),
        ),
        (
            "That is why ",
            "we should join.",
            Some((EdgeKind::Support, c1, c2)),
        ),
        ("Since 1991, she says, ", "we have traded.", None),
        ("She says: ", "nobody has joined yet.", None),
        ("She met, but for a day, the ", "ministers.", None),
    ];
    for (before, text, expected) in cases {
        let (experts, _) = built(&[
            ("Ada", "none", 0.0, "She said: ", "The treaty helps us."),
            ("Ada", "none", 85.0, before, text),
        ]);
        let edge = experts[0].map.edges.first();
        let found = edge.map(|e| (e.kind, e.from.as_str(), e.to.as_str()));
        assert_eq!(found, expected, "{before}{text}");
        if let Some(edge) = edge {
            assert_eq!(edge.basis, ["discourse-marker"]);
            assert!(edge.evidence.len() >= 2 && edge.score > 0.5);
        }
    }
}

#[test]
fn opposed_stances_on_the_same_attack_and_like_stances_support() {
    let (_, edges) = built(&[
        (
            "Bea",
            "pro-alliance",
            0.0,
            "",
            "Energy cooperation enriches everybody.",
        ),
        (
            "Ada",
            "skeptic",
            40.0,
            "",
            "Energy cooperation enriches nobody.",
        ),
        (
            "Cid",
            "pro-alliance",
            -45.0,
            "",
            "Energy trade is a blessing.",
        ),
        ("Dan", "none", 20.0, "", "Energy was traded."),
        (
            "Eve",
            "pro-alliance",
            5.0,
            "",
            "Cooperation in energy enriches us all.",
        ),
    ]);
    let kinds: Vec<(EdgeKind, &str, &str)> = edges
        .iter()
        .map(|e| (e.kind, e.from.as_str(), e.to.as_str()))
        .collect();
    assert!(
        kinds.contains(&(EdgeKind::Attack, "ada/c1", "bea/c1")),
        "{kinds:?}"
    );
    assert!(
        kinds.contains(&(EdgeKind::Support, "bea/c1", "cid/c1")),
        "{kinds:?}"
    );
    assert!(
        kinds.contains(&(EdgeKind::Rephrase, "bea/c1", "eve/c1")),
        "{kinds:?}"
    );
    assert!(edges.iter().all(|e| (0.0..=1.0).contains(&e.score)));
    let attack = edges.iter().find(|e| e.kind == EdgeKind::Attack).unwrap();
    assert_eq!(attack.basis[0], "opposed-stance");
    assert_eq!(attack.evidence.len(), 2);
}

#[test]
fn joint_and_collective_sources_have_maps_of_their_own_and_the_unnamed_have_none() {
    let (experts, edges) = built(&[
        (
            "Bea+Ada",
            "skeptic",
            0.0,
            "",
            "Nothing came of the pipeline.",
        ),
        (
            "*The Russian experts",
            "skeptic",
            80.0,
            "",
            "Nothing was built.",
        ),
        (
            "*Russian experts",
            "skeptic",
            170.0,
            "",
            "They count on nobody.",
        ),
        ("", "skeptic", 30.0, "", "It is a pity."),
    ]);
    let found: Vec<(&str, ExpertKind, usize)> = experts
        .iter()
        .map(|e| (e.id.as_str(), e.kind, e.quotations.len()))
        .collect();
    assert_eq!(
        found,
        [
            ("ada", ExpertKind::Person, 1),
            ("ada+bea", ExpertKind::Joint, 1),
            ("bea", ExpertKind::Person, 1),
            ("russian-experts", ExpertKind::Collective, 2),
        ]
    );
    assert_eq!(experts[1].members, ["ada", "bea"]);
    assert!(
        edges.is_empty(),
        "one quotation does not support itself: {edges:?}"
    );
}

#[test]
fn the_order_of_documents_does_not_matter() {
    let mut vectors = Vectors::new();
    let mut documents: Vec<DocumentRecord> = ["a", "b", "c"]
        .iter()
        .zip([0.0_f32, 7.0, 33.0])
        .map(|(id, turn)| {
            let said: [Said; 3] = [
                (
                    "Ada",
                    "pro-alliance",
                    turn,
                    "",
                    "Energy cooperation enriches everybody.",
                ),
                (
                    "Bea",
                    "skeptic",
                    20.0 + turn,
                    "",
                    "Energy cooperation enriches nobody.",
                ),
                (
                    "Ada",
                    "pro-alliance",
                    50.0 + turn,
                    "Therefore ",
                    "we should join.",
                ),
            ];
            document(id, &said, &mut vectors)
        })
        .collect();
    let first = build(&documents, &vectors);
    assert!(!first.1.is_empty());
    documents.rotate_left(1);
    assert_eq!(build(&documents, &vectors), first);
    documents.reverse();
    assert_eq!(build(&documents, &vectors), first);
}
