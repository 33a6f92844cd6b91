//! What a page says of itself: citation tags, Dublin Core, Open Graph, plain `meta`, and `title`.

use scraper::{Html, Selector};

use super::content;
use crate::load::front_block;
use crate::load::hints::Metadata;

const TITLES: [&str; 5] = [
    "citation_title",
    "dc.title",
    "dcterms.title",
    "og:title",
    "twitter:title",
];
const AUTHORS: [&str; 6] = [
    "citation_author",
    "dc.creator",
    "dcterms.creator",
    "article:author",
    "author",
    "parsely-author",
];
const DATES: [&str; 9] = [
    "citation_publication_date",
    "citation_date",
    "dc.date",
    "dcterms.date",
    "dcterms.created",
    "article:published_time",
    "datepublished",
    "pubdate",
    "date",
];
const SOURCES: [&str; 6] = [
    "citation_journal_title",
    "citation_conference_title",
    "dc.source",
    "dc.publisher",
    "og:site_name",
    "publisher",
];

/// What tags say, and what the page's title says.
pub(super) fn of(html: &Html) -> (Metadata, Metadata) {
    let tags = tags(html);
    let all = |names: &[&str]| -> Vec<&str> {
        names
            .iter()
            .map(|name| {
                let same = tags.iter().filter(|(n, _)| n == name);
                same.map(|(_, v)| v.as_str()).collect::<Vec<_>>()
            })
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    };
    let one = |names: &[&str]| all(names).first().map(|v| (*v).to_owned());
    let source = one(&SOURCES);
    let declared = Metadata {
        title: one(&TITLES).filter(|t| front_block::is_title(t)),
        authors: AUTHORS
            .iter()
            .map(|name| {
                let values = all(&[name]);
                values.into_iter().flat_map(front_block::authors).collect()
            })
            .find(|names: &Vec<String>| !names.is_empty())
            .unwrap_or_default(),
        date: one(&DATES).map(|d| front_block::day(&d)),
        source: source.clone(),
    };
    let has_heading = content::first(html, "h1").is_some();
    let title = content::first(html, "title").map(|t| t.text().collect::<String>());
    let fallback = Metadata {
        title: title
            .filter(|_| !has_heading)
            .map(|t| without_site(t.trim(), source.as_deref()))
            .filter(|t| front_block::is_title(t)),
        ..Metadata::default()
    };
    (declared, fallback)
}

/// Names in lower case, and contents, in the order of the page.
fn tags(html: &Html) -> Vec<(String, String)> {
    let Ok(selector) = Selector::parse("meta[content]") else {
        return Vec::new();
    };
    html.select(&selector)
        .filter_map(|e| {
            let name = ["name", "property", "itemprop"]
                .iter()
                .find_map(|a| e.attr(a))?;
            let content = e.attr("content")?.trim();
            (!content.is_empty()).then(|| (name.to_ascii_lowercase(), content.to_owned()))
        })
        .collect()
}

/// "Title | Site" without its site.
fn without_site(title: &str, site: Option<&str>) -> String {
    let parted = [" | ", " – ", " - ", " — ", " :: "];
    for mark in parted {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && site.is_some_and(|s| s.eq_ignore_ascii_case(tail.trim()))
        {
            return head.trim().to_owned();
        }
    }
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}
