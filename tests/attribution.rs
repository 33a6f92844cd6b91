//! Who said what, one case a habit of the genre: a page of text, and the speaker and the beginning
//! of the content that a reader would give.

#[path = "support/plain_text.rs"]
mod plain_text;

use plain_text::read;

const FILL: &str = "The harbour was opened in 1994 and has been widened twice since then, at no small cost to the towns along the bay.";

const NOTES: &str = "\n\n____________________\n1 Maria Olsen, “Roofs and Rain,” Harbour Review, No. 3, 1999, p. 12.\n2 Ibid.\n3 Anders Holm, The Long Quay, Bergen: Fjord Press, 2001.\n4 Olsen, Op. cit., p. 14.\n";

#[test]
fn each_habit_has_its_speaker() {
    // The text, the speaker's cell, and what the content begins with.
    let cases: [(&str, &str, &str); 17] = [
        (
            "Anders Holm, the historian, argued that the quay was a mistake.",
            "Anders Holm",
            "the quay was",
        ),
        (
            "According to Professor Maria Olsen, the quay will pay for itself.",
            "Maria Olsen",
            "the quay will",
        ),
        (
            "“The quay is a promise,” said Anders Holm.",
            "Anders Holm",
            "The quay is",
        ),
        (
            "“The quay is a promise,” Anders Holm wrote in 2001, “and promises are cheap.”",
            "Anders Holm",
            "The quay is",
        ),
        (
            "In the view of Maria Olsen, the quay was built too late.",
            "Maria Olsen",
            "the quay was",
        ),
        (
            "Insisted Captain Anders Holm: “We shall not need the quay at all.”",
            "Anders Holm",
            "We shall",
        ),
        (
            "As Maria Olsen has put it, “a quay is a wall with manners.”",
            "Maria Olsen",
            "a quay",
        ),
        (
            "Anders Holm’s claim that the quay would sink was never tested.",
            "Anders Holm",
            "the quay would",
        ),
        (
            "Maria Olsen lectures on harbours. She maintains that the quay was built too late.",
            "Maria Olsen",
            "the quay was",
        ),
        (
            "Maria Olsen and Anders Holm said that they would not sign.",
            "Maria Olsen; Anders Holm",
            "they would",
        ),
        (
            "Many in the capital believe that the quay will be sold.",
            "Many in the capital",
            "the quay will",
        ),
        (
            "The Foreign Ministry declared that “the quay is open to all who come in peace.”1",
            "The Foreign Ministry",
            "the quay is",
        ),
        (
            "One analyst has warned that “a quay without ships is a wall and nothing more.”1",
            "Maria Olsen",
            "a quay",
        ),
        (
            "It has been argued that “the quay is older than the town that quarrels over it.”1",
            "Maria Olsen",
            "the quay is",
        ),
        (
            "The matter was closed: “a quay is never finished, it is only left alone for a while.”1 It was reopened later. “The ships will come back to the quay in due course, whatever is said.”2",
            "Maria Olsen",
            "a quay is",
        ),
        (
            "Critics of the project maintain that the bay is too shallow.",
            "Critics of the project",
            "the bay",
        ),
        (
            "The historian Anders Holm, who had fished there, told the council that the bay was too shallow.",
            "Anders Holm",
            "the bay",
        ),
    ];
    for (text, speaker, content) in cases {
        let record = read(&format!("{FILL}\n\n{text}{NOTES}"));
        let found: Vec<(String, String)> = record
            .quotations
            .iter()
            .map(|q| (q.attribution.speaker_cell(), q.passage.text.clone()))
            .collect();
        assert!(
            found
                .iter()
                .any(|(s, c)| s == speaker && c.starts_with(content)),
            "{text}\n  wanted {speaker}: {content}\n  found {found:?}"
        );
    }
}

#[test]
fn ibid_and_op_cit_lead_to_the_author_of_the_full_work() {
    let text = "A first saying was that “the quay is older than the town that quarrels over it.”1 Another held that “no town was ever poorer for owning a quay of stone.”2 A third “was built by people who had never seen a ship at close quarters.”3 The last is that “the quay outlives all those who were ever asked to pay for it.”4";
    let record = read(&format!("{FILL}\n\n{text}{NOTES}"));
    let speakers: Vec<String> = record
        .quotations
        .iter()
        .map(|q| q.attribution.speaker_cell())
        .collect();
    assert_eq!(
        speakers,
        ["Maria Olsen", "Maria Olsen", "Anders Holm", "Maria Olsen"]
    );
    let back: Vec<Option<stancemap::analysis::NoteLabel>> = record
        .footnotes
        .iter()
        .flat_map(|n| &n.back_references)
        .map(|b| b.refers_to.clone())
        .collect();
    assert_eq!(back, [Some(1.into()), Some(1.into())]);
}

#[test]
fn a_block_cut_by_a_page_end_is_one_quotation_with_two_pieces() {
    let raw = format!(
        "{FILL}\n\nThe matter was put most plainly by Anders Holm:\n\n     The quay was never meant for ships. It was meant for the men who built it, and for those\n     who were to be thanked by\n\n____________________\n1 Maria Olsen, “Roofs and Rain,” Harbour Review, No. 3, 1999, p. 12.\n\u{c}     them in the years that followed, when nobody could remember what it had cost.2\n\n{FILL} It was sold in the end.1\n\n____________________\n2 Anders Holm, The Long Quay, Bergen: Fjord Press, 2001.\n"
    );
    let record = read(&raw);
    let block = record
        .quotations
        .iter()
        .find(|q| q.kind.name() == "block")
        .expect("a block");
    assert_eq!(block.attribution.speaker_cell(), "Anders Holm");
    assert_eq!(block.passage.pieces.len(), 2, "{:?}", block.passage);
    assert!(block.passage.text.contains("thanked by them in the years"));
    assert!(!block.passage.text.contains("Harbour Review"));
}

#[test]
fn scare_quotes_titles_names_and_the_verbs_of_things_are_nobodys_speech() {
    for text in [
        "The “Mariner” sailed on Monday with forty men.",
        "The so-called “harbour war” lasted for a week.",
        "A treaty, the “Agreement on Common Waters and Quays,” was signed in March.",
        "The treaty shows that the bay is shallow.",
        "The claims of the towns were settled in 1994.",
        "It means that the ships will wait.",
    ] {
        let record = read(&format!("{FILL}\n\n{text}\n"));
        let spoken: Vec<&str> = record
            .quotations
            .iter()
            .map(|q| q.passage.text.as_str())
            .collect();
        assert!(spoken.is_empty(), "{text}: {spoken:?}");
    }
}
