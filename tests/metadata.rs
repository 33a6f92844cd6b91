//! Title, authors, date and source: what is said beside the files wins over what the files say, that
//! over their first lines, and those over their names.

use std::fs;
use std::path::Path;

use stancemap::analysis::DocumentRecord;
use stancemap::document;
use stancemap::load::{self, Catalogue, FileNames, Reader};

const LINES: &str = "The Ice Road\n\nBy Anna Lind\n\nMay 2015\n\nThe minister said that the treaty was a roof, and that nobody who had lived under it would want to live without it.\n";

fn read(folder: &Path, pattern: Option<&str>) -> DocumentRecord {
    let inputs = load::discover(&[folder.to_owned()]).unwrap();
    let (catalogue, warnings) = Catalogue::read(&inputs).unwrap();
    assert_eq!(warnings, [] as [String; 0]);
    let reader = Reader {
        names: pattern.map(|p| FileNames::parse(p).unwrap()),
        catalogue,
        ..Reader::default()
    };
    document::read(&reader.read(&inputs[0]).unwrap()).record
}

#[test]
fn each_source_of_metadata_yields_to_the_one_above_it() {
    let front = format!(
        "---\ntitle: From the Block\nsource: Harbour Review\n---\n\n# The Ice Road\n\n{}",
        LINES.split_once("\n\n").unwrap().1
    );
    let page = format!(
        "<html><head><meta name=\"citation_title\" content=\"From the Tags\"><meta name=\"citation_author\" content=\"Ek, Bo\"><meta property=\"article:published_time\" content=\"2016-02-03T10:00:00Z\"><meta property=\"og:site_name\" content=\"Quay Notes\"></head><body><h1>The Ice Road</h1><p>{}</p></body></html>",
        LINES
            .split_once("\n\n")
            .unwrap()
            .1
            .replace("\n\n", "</p><p>")
    );
    let cases = [
        (
            "first lines",
            "2011_essay.txt",
            LINES,
            None,
            "",
            "The Ice Road",
            "Anna Lind",
            Some(2015),
            None,
        ),
        (
            "front block",
            "essay.md",
            &front,
            None,
            "",
            "From the Block",
            "Anna Lind",
            Some(2015),
            Some("Harbour Review"),
        ),
        (
            "tags",
            "essay.html",
            &page,
            None,
            "",
            "From the Tags",
            "Bo Ek",
            Some(2016),
            Some("Quay Notes"),
        ),
        (
            "a name beside the first lines",
            "2011_Bo-Ek_Another-Title_Quay.txt",
            LINES,
            Some("{date}_{author}_{title}_{source}"),
            "",
            "The Ice Road",
            "Anna Lind",
            Some(2015),
            Some("Quay"),
        ),
        (
            "a name where the text says nothing",
            "2011-04_Bo-Ek_Another-Title.txt",
            "the minister said that the treaty was a roof, and that nobody who had lived under it would want to live without it.\n",
            Some("{date}_{author}_{title}"),
            "",
            "Another Title",
            "Bo Ek",
            Some(2011),
            None,
        ),
        (
            "a table beside the files",
            "essay.html",
            &page,
            None,
            "[[document]]\nfile = \"essay.html\"\ntitle = \"From the Table\"\nauthors = [\"Cy Dahl\"]\ndate = 2019-01-02\n",
            "From the Table",
            "Cy Dahl",
            Some(2019),
            Some("Quay Notes"),
        ),
    ];
    for (case, name, text, pattern, table, title, author, year, source) in cases {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), text).unwrap();
        if !table.is_empty() {
            fs::write(dir.path().join("corpus.toml"), table).unwrap();
        }
        let record = read(dir.path(), pattern);
        assert_eq!(record.title.as_deref(), Some(title), "{case}");
        assert_eq!(record.authors, [author], "{case}");
        assert_eq!(record.year, year, "{case}");
        assert_eq!(record.source.as_deref(), source, "{case}");
    }
}
