//! The report page: complete, well formed, closed to the network, and never taken in by a text.

#[path = "support/made_up.rs"]
mod made_up;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stancemap::analysis::Analysis;
use stancemap::report;

/// Elements that have no end tag.
const VOID: [&str; 5] = ["meta", "link", "br", "hr", "img"];

/// Reads the page as strictly as XML, and returns its ids and the fragments that it links to.
fn check(page: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut ids, mut links) = (BTreeSet::new(), BTreeSet::new());
    let mut open: Vec<String> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        assert!(
            !text.contains('>') || open.last().is_some_and(|o| o == "style"),
            "stray > in {text}"
        );
        let end = start + rest[start..].find('>').expect("a closed tag");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "end tag");
            continue;
        }
        let name = tag.split_whitespace().next().expect("a name").to_owned();
        let mut attributes = tag[name.len()..].trim();
        while let Some((key, after)) = attributes.split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a closed attribute");
            attributes = after.trim_start();
            match key {
                "id" => assert!(ids.insert(value.to_owned()), "id {value} twice"),
                "href" if value.starts_with('#') => {
                    links.insert(value[1..].to_owned());
                }
                "href" => assert_eq!(value, "data:,", "a link out of the page"),
                _ => assert!(
                    !matches!(key, "src" | "srcset" | "onclick" | "action"),
                    "{key}"
                ),
            }
        }
        assert!(attributes.is_empty(), "attribute without value: {tag}");
        if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    (ids, links)
}

fn large() -> Analysis {
    let mut analysis = made_up::analysis();
    let documents = analysis.documents.clone();
    let experts = analysis.experts.clone();
    for n in 0..400 {
        for document in &documents {
            let mut copy = document.clone();
            copy.id = format!("{}-{n}", document.id);
            for speaker in copy
                .quotations
                .iter_mut()
                .flat_map(|q| &mut q.attribution.speakers)
            {
                speaker.expert = format!("{}-{n}", speaker.expert);
            }
            analysis.documents.push(copy);
        }
        for expert in &experts {
            let mut copy = expert.clone();
            copy.id = format!("{}-{n}", expert.id);
            for quotation in &mut copy.quotations {
                quotation.document = format!("{}-{n}", quotation.document);
            }
            let renamed = |id: &str| id.replace('/', &format!("-{n}/"));
            for claim in &mut copy.map.claims {
                claim.id = renamed(&claim.id);
                for quotation in &mut claim.quotations {
                    quotation.document = format!("{}-{n}", quotation.document);
                }
            }
            for edge in &mut copy.map.edges {
                edge.from = renamed(&edge.from);
                edge.to = renamed(&edge.to);
            }
            analysis.experts.push(copy);
        }
    }
    analysis
}

#[test]
fn the_page_is_well_formed_and_every_link_has_its_target() {
    let page = report::page(&made_up::analysis());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&folder).expect("a folder");
    // To look at, in a browser.
    fs::write(folder.join("index.html"), &page).expect("written");
    let (ids, links) = check(&page);
    let dead: Vec<_> = links.difference(&ids).collect();
    assert!(dead.is_empty(), "links to nowhere: {dead:?}");
    for id in [
        "expert-dorofeev-andrei",
        "q-bear-and-dragon-q9",
        "doc-pivot-2010",
        "claim-jiang-zemin-c1",
    ] {
        assert!(ids.contains(id), "{id}");
    }
}

#[test]
fn texts_are_escaped_wherever_they_stand() {
    let evil = r#"</title><script>alert("1")</script><img src=x onerror='alert(2)'>"#;
    let mut analysis = made_up::analysis();
    analysis.manifest.question = evil.to_owned();
    analysis.manifest.engine = evil.to_owned();
    for document in &mut analysis.documents {
        document.title = Some(evil.to_owned());
        document.authors = vec![evil.to_owned()];
        document.warnings = vec![evil.to_owned()];
        for quotation in &mut document.quotations {
            quotation.passage.text = evil.to_owned();
            quotation.attribution.rule = evil.to_owned();
        }
        for note in &mut document.footnotes {
            note.passage.text = evil.to_owned();
        }
        for item in &mut document.not_speech {
            item.passage.text = evil.to_owned();
        }
    }
    for expert in &mut analysis.experts {
        expert.name = evil.to_owned();
        for claim in &mut expert.map.claims {
            claim.text = evil.to_owned();
        }
    }
    let page = report::page(&analysis);
    check(&page);
    assert!(!page.contains("<script") && !page.contains("<img"));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn the_page_says_in_words_what_it_shows() {
    let page = report::page(&made_up::analysis());
    for words in [
        "Should Russia and China be allies?",
        "is at odds with",
        "supports",
        "says the same as",
        "note 4",
        "Interview by Ivan Rahm",
        "Ibid.",
        "rule footnote-author",
        "without a speaker",
        "that nobody says",
        "the pages are pictures without text",
        "95 % interval",
        "abstained",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn an_empty_run_and_a_large_one_make_pages_too() {
    let mut empty = made_up::analysis();
    empty.documents.clear();
    empty.experts.clear();
    empty.edges.clear();
    check(&report::page(&empty));

    let page = report::page(&large());
    let (ids, links) = check(&page);
    assert!(links.is_subset(&ids));
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    assert!(page.contains("tables/quotes.csv"));
}
