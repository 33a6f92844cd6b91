//! A run's folder: tables, JSON, schemas, and what happens when the disk will not take them.

#[path = "support/made_up.rs"]
mod made_up;

use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use stancemap::analysis::{Analysis, Who};
use stancemap::export::{self, Csv, Exporter, Json, Page, Parquet};
use stancemap::{Error, Stage};

fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("inside");
                found.push((
                    name.to_string_lossy().replace('\\', "/"),
                    fs::read(&path).expect("a file"),
                ));
            }
        }
    }
    found.sort();
    found
}

fn table(name: &str) -> String {
    let files = Csv.files(&made_up::analysis()).expect("tables");
    let file = files
        .into_iter()
        .find(|f| f.path == format!("tables/{name}.csv"))
        .expect("the table");
    String::from_utf8(file.bytes).expect("UTF-8")
}

#[test]
fn the_csv_tables_are_as_reviewed() {
    insta::assert_snapshot!("quotes", table("quotes"));
    insta::assert_snapshot!("experts", table("experts"));
    insta::assert_snapshot!("edges", table("edges"));
    insta::assert_snapshot!("errors", table("errors"));
    insta::assert_snapshot!("review", table("review"));
    let stances = table("stances");
    let head: Vec<&str> = stances.lines().take(8).collect();
    insta::assert_snapshot!("stances", head.join("\n"));
}

#[test]
fn speakers_that_are_not_sure_are_listed_for_review_the_least_sure_first() {
    let mut analysis = made_up::analysis();
    let quotations = &mut analysis.documents[0].quotations;
    quotations[0].attribution.confidence = 0.5;
    let unknown = &mut quotations[1].attribution;
    unknown.who = Who::Unresolved;
    unknown.speakers.clear();
    unknown.confidence = 0.0;
    unknown.reasons = vec![
        "no source stands beside it".to_owned(),
        "no note".to_owned(),
    ];
    let ids = [1, 0].map(|i: usize| quotations[i].id.clone());
    let files = Csv.files(&analysis).expect("tables");
    let review = files.iter().find(|f| f.path == "tables/review.csv");
    let mut review = csv::Reader::from_reader(review.expect("the table").bytes.as_slice());
    let at = |name: &str, header: &csv::StringRecord| header.iter().position(|h| h == name);
    let header = review.headers().expect("a header").clone();
    let (id, reasons) = (
        at("quote_id", &header).unwrap(),
        at("reasons", &header).unwrap(),
    );
    let rows: Vec<csv::StringRecord> = review.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(
        [&rows[0][id], &rows[1][id]],
        [ids[0].as_str(), ids[1].as_str()]
    );
    assert_eq!(&rows[0][reasons], "no source stands beside it; no note");
    assert!(rows[1][reasons].contains("often wrong"), "{rows:?}");
}

#[test]
fn parquet_holds_the_same_rows_as_csv() {
    let analysis = made_up::analysis();
    let csv = Csv.files(&analysis).expect("tables");
    let parquet = Parquet.files(&analysis).expect("tables");
    assert_eq!(csv.len(), parquet.len());
    for (csv, parquet) in csv.iter().zip(parquet) {
        let mut lines = csv::Reader::from_reader(csv.bytes.as_slice());
        let header = lines.headers().expect("a header").clone();
        let bytes = tempfile::tempfile().expect("a file");
        let mut file = bytes.try_clone().expect("the file");
        std::io::Write::write_all(&mut file, &parquet.bytes).expect("written");
        let reader = SerializedFileReader::new(bytes).expect("Parquet");
        let schema = reader.metadata().file_metadata().schema();
        let names: Vec<&str> = schema.get_fields().iter().map(|f| f.name()).collect();
        assert_eq!(header.iter().collect::<Vec<_>>(), names, "{}", csv.path);
        let mut rows = reader.get_row_iter(None).expect("rows");
        for line in lines.records() {
            let line = line.expect("a row");
            let row = rows.next().expect("as many rows").expect("a row");
            for (cell, (name, field)) in line.iter().zip(row.get_column_iter()) {
                let field = match field {
                    parquet::record::Field::Null => String::new(),
                    parquet::record::Field::Str(text) => text.clone(),
                    parquet::record::Field::Double(value) => format!("{value:.4}"),
                    other => other.to_string(),
                };
                assert_eq!(cell, field, "{} {name}", csv.path);
            }
        }
        assert!(rows.next().is_none(), "{} has more rows", parquet.path);
    }
}

#[test]
fn the_same_analysis_gives_the_same_bytes() {
    let exporters: [&dyn Exporter; 4] = [&Json, &Csv, &Parquet, &Page];
    for exporter in exporters {
        let once = exporter.files(&made_up::analysis()).expect("files");
        let again = exporter.files(&made_up::analysis()).expect("files");
        assert!(once == again, "{} differs", exporter.name());
        let mut sorted = once.clone();
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(once.len(), sorted.len());
    }
}

#[test]
fn what_is_written_can_be_read_back_and_exported_again() {
    let out = tempfile::tempdir().expect("a folder");
    let analysis = made_up::analysis();
    export::write_run(&analysis, out.path()).expect("written");
    let back = export::read_run(out.path()).expect("read");
    assert_eq!(back, analysis);

    let first = files(out.path());
    let second = tempfile::tempdir().expect("a folder");
    export::write_run(&back, second.path()).expect("written");
    assert!(first == files(second.path()), "the second run differs");
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    insta::assert_snapshot!("files", names.join("\n"));
    assert!(first.iter().all(|(_, bytes)| !bytes.is_empty()));
}

#[test]
fn unchanged_files_are_left_alone_and_stale_documents_removed() {
    let out = tempfile::tempdir().expect("a folder");
    let mut analysis = made_up::analysis();
    export::write_run(&analysis, out.path()).expect("written");
    let at = |name: &str| out.path().join(name);
    let modified = |name: &str| {
        fs::metadata(at(name))
            .and_then(|m| m.modified())
            .expect("a time")
    };
    let before = modified("documents/pivot-2010.json");
    // Not ours, although it lies where our documents lie; and half a file of a run that was killed.
    fs::write(at("documents/mine.json"), "{}").expect("written");
    fs::write(at("documents/.stancemap-x1.tmp"), "{").expect("written");

    analysis.documents.retain(|d| d.id != "east-of-baikal");
    export::write_run(&analysis, out.path()).expect("written");
    assert_eq!(before, modified("documents/pivot-2010.json"));
    assert!(!at("documents/east-of-baikal.json").exists());
    assert!(!at("documents/.stancemap-x1.tmp").exists());
    assert!(at("documents/mine.json").exists());
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_of_ordinary_files() {
    use std::os::unix::fs::PermissionsExt;
    let out = tempfile::tempdir().expect("a folder");
    export::write_run(&made_up::analysis(), out.path()).expect("written");
    fs::write(out.path().join("ordinary"), "").expect("written");
    let mode = |name: &str| {
        fs::metadata(out.path().join(name))
            .expect("a file")
            .permissions()
            .mode()
    };
    assert_eq!(mode("manifest.json"), mode("ordinary"));
}

fn failure(analysis: &Analysis, out: &Path) -> Error {
    let error = export::write_run(analysis, out).expect_err("must fail");
    assert_eq!(error.stage, Stage::Export);
    assert!(error.place.is_some() && error.remedy.is_some(), "{error}");
    error
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_with_a_remedy() {
    let out = tempfile::tempdir().expect("a folder");
    fs::write(out.path().join("documents"), "a file of this name").expect("written");
    let error = failure(&made_up::analysis(), out.path());
    assert!(error.to_string().contains("documents"), "{error}");
}

#[test]
fn a_manifest_of_some_other_program_is_not_overwritten() {
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("manifest.json");
    fs::write(&path, r#"{"name": "my extension"}"#).expect("written");
    let error = failure(&made_up::analysis(), out.path());
    insta::assert_snapshot!(
        error.to_string().replace(&path.display().to_string(), "OUT/manifest.json"),
        @"OUT/manifest.json: the output folder holds a manifest.json of something else (choose another folder with --out)"
    );
    assert_eq!(
        fs::read_to_string(path).expect("still there"),
        r#"{"name": "my extension"}"#
    );
}

#[test]
fn a_document_id_cannot_lead_out_of_the_folder() {
    let out = tempfile::tempdir().expect("a folder");
    let mut analysis = made_up::analysis();
    analysis.documents[0].id = "../../escape".to_owned();
    let error = failure(&analysis, &out.path().join("run"));
    assert!(error.to_string().contains("outside"), "{error}");
}

#[test]
fn reading_says_what_is_wrong_with_a_folder() {
    let out = tempfile::tempdir().expect("a folder");
    let read = || {
        let error = export::read_run(out.path()).expect_err("must fail");
        error
            .to_string()
            .replace(&out.path().display().to_string(), "OUT")
    };
    insta::assert_snapshot!(read(), @"OUT: is not the folder of a run: it has no manifest.json of stancemap (give the folder that `stancemap run --out` wrote)");
    let mut analysis = made_up::analysis();
    analysis.manifest.schema = "99".to_owned();
    export::write_run(&analysis, out.path()).expect("written");
    insta::assert_snapshot!(read(), @"OUT/manifest.json: has schema version 99; this program reads version 1 (run `stancemap run` again with this version, or use the version that wrote it)");
    export::write_run(&made_up::analysis(), out.path()).expect("written");
    fs::write(out.path().join("experts.json"), "{").expect("written");
    assert!(read().contains("is damaged"), "{}", read());
}

/// `UPDATE_SCHEMAS=1 cargo test --test export` writes them anew.
#[test]
fn the_json_schemas_in_docs_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    for schema in export::schemas().expect("schemas") {
        let path = folder.join(&schema.path);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(&path, &schema.bytes).expect("written");
        }
        let kept = fs::read(&path).unwrap_or_default();
        assert!(
            kept == schema.bytes,
            "{} is out of date: run UPDATE_SCHEMAS=1 cargo test --test export",
            path.display()
        );
    }
}
