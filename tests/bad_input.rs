//! Whatever a folder holds, the run goes on: each bad file is an error with its stage and a remedy,
//! and the good ones are read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use stancemap::load::{self, Input, Limits, Probe, Reader, Sandbox};
use stancemap::{Stage, document};
use zip::write::SimpleFileOptions;

/// A PDF of these objects, the first being the catalogue; `more` goes into the trailer.
fn pdf(objects: &[Vec<u8>], more: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        places.push(out.len());
        writeln!(out, "{} 0 obj", i + 1).unwrap();
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(out, "{place:010} 00000 n ").unwrap();
    }
    write!(
        out,
        "trailer\n<< /Size {} /Root 1 0 R {more} >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    )
    .unwrap();
    out
}

fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("<< /Length {} {dictionary} >>\nstream\n", bytes.len()).into_bytes();
    out.extend(bytes);
    out.extend(b"\nendstream");
    out
}

/// A PDF of one page with this content.
fn page(content: Vec<u8>, more: &str) -> Vec<u8> {
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>".to_vec(),
        content,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>".to_vec(),
        stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << /X 6 0 R >> >>",
            b"/X Do /X Do",
        ),
    ];
    pdf(&objects, more)
}

fn sentences() -> Vec<u8> {
    let line = "(The minister said that the treaty was a roof that lets in the rain.) Tj T*";
    let lines = vec![line; 30].join("\n");
    format!("BT /F 11 Tf 14 TL 50 750 Td\n{lines}\nET").into_bytes()
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn docx(document: &[u8]) -> Vec<u8> {
    zipped(&[("word/document.xml", document)])
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

const LAUGHS: &str =
    "<!DOCTYPE html [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";

/// Name, bytes, and what the error says.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = page(stream("", &sentences()), "");
    let locked = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 \
        /O <0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef> \
        /U <fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210> >> \
        /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]";
    let no_pages = pdf(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [] /Count 0 >>".to_vec(),
        ],
        "",
    );
    let laughing = format!(
        "<?xml version=\"1.0\"?>{LAUGHS}<w:document xmlns:w=\"w\"><w:t>&c;</w:t></w:document>"
    );
    let spaces = vec![b' '; 20 * 1024 * 1024];
    let book = |package: &str, text: &str| {
        zipped(&[
            (
                "META-INF/container.xml",
                b"<container><rootfiles><rootfile full-path=\"b.opf\"/></rootfiles></container>",
            ),
            ("b.opf", package.as_bytes()),
            ("t.xhtml", text.as_bytes()),
        ])
    };
    vec![
        ("cut.pdf", whole[..60].to_vec(), "damaged"),
        ("mark.pdf", b"%PDF-1.7".to_vec(), "damaged"),
        (
            "locked.pdf",
            page(stream("", &sentences()), locked),
            "password",
        ),
        ("no-pages.pdf", no_pages, "pages"),
        (
            "scan.pdf",
            page(stream("", b"0 0 600 800 re f"), ""),
            "no text layer",
        ),
        (
            "circle.pdf",
            page(stream("", b"/X Do"), ""),
            "no text layer",
        ),
        ("empty.txt", Vec::new(), "no text"),
        ("blank.txt", b"  \n\n ".to_vec(), "no text"),
        ("nul.txt", b"text\0with nul".to_vec(), "binary"),
        (
            "late-nul.txt",
            [vec![b'a'; 100_000], vec![0]].concat(),
            "binary",
        ),
        (
            "old.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
            "Word",
        ),
        ("a.rtf", b"{\\rtf1 text}".to_vec(), "RTF"),
        (
            "data.xml",
            b"<?xml version=\"1.0\"?><data><p>Text</p></data>".to_vec(),
            "XML",
        ),
        (
            "a.zip",
            zipped(&[("a.txt", b"text")]),
            "neither DOCX nor EPUB",
        ),
        ("cut.docx", docx(b"<w:document/>")[..60].to_vec(), "damaged"),
        (
            "damaged.docx",
            docx(b"<w:document><w:p></w:document>"),
            "damaged",
        ),
        ("laughs.docx", docx(laughing.as_bytes()), "entities"),
        ("bomb.docx", docx(&spaces), "times its size"),
        (
            "no-book.epub",
            zipped(&[("META-INF/container.xml", b"<container/>")]),
            "names no book",
        ),
        (
            "no-package.epub",
            zipped(&[(
                "META-INF/container.xml",
                b"<container><rootfile full-path=\"x\"/></container>",
            )]),
            "has no x",
        ),
        (
            "laughs.epub",
            book(
                "<package><manifest><item id=\"t\" href=\"t.xhtml\" media-type=\"application/xhtml+xml\"/></manifest></package>",
                &laughing,
            ),
            "entities",
        ),
        ("empty.epub", book("<package/>", "<p>Text</p>"), "no text"),
        (
            "laughs.html",
            format!("<?xml version=\"1.0\"?>{LAUGHS}<html><p>&c;</p></html>").into_bytes(),
            "entities",
        ),
        (
            "deep.html",
            format!("<html>{}text", "<div>".repeat(200_000)).into_bytes(),
            "nested",
        ),
        (
            "empty.html",
            b"<html><script>text()</script></html>".to_vec(),
            "no text",
        ),
        (
            "cut.gz",
            gzipped(b"text text text")[..15].to_vec(),
            "damaged",
        ),
        ("twice.gz", gzipped(&gzipped(b"text")), "inside a gzip"),
        (
            "surrogates.txt",
            [vec![0xff, 0xfe], [0x00, 0xd8].repeat(500)].concat(),
            "cannot be read as",
        ),
    ]
}

fn input(file: PathBuf) -> Input {
    let path = file.file_name().unwrap().to_string_lossy().into_owned();
    Input {
        id: path.clone(),
        path,
        file,
    }
}

#[test]
fn each_bad_file_is_an_error_of_loading_with_a_remedy() {
    let reader = Reader::default();
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes, says) in bad_files() {
        let file = dir.path().join(name);
        fs::write(&file, bytes).unwrap();
        let error = reader.read(&input(file)).expect_err(name);
        assert_eq!(error.stage, Stage::Load, "{name}");
        assert!(error.message.contains(says), "{name}: {error}");
        assert!(error.remedy.is_some(), "{name}: {error}");
        assert!(error.place.is_some_and(|p| p.contains(name)), "{name}");
    }
}

#[test]
fn a_file_beyond_the_limit_is_refused_in_every_wrapping() {
    let reader = Reader {
        limits: Limits {
            max_bytes: 50_000,
            ..Limits::default()
        },
        ..Reader::default()
    };
    let text = "A sentence that is long enough. ".repeat(2_000);
    let dir = tempfile::tempdir().unwrap();
    let paragraph =
        format!("<w:document xmlns:w=\"w\"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:document>");
    for (name, bytes) in [
        ("long.txt", text.clone().into_bytes()),
        (
            "long.html",
            format!("<html><p>{text}</p></html>").into_bytes(),
        ),
        ("long.docx", docx(paragraph.as_bytes())),
        ("long.txt.gz", gzipped(text.as_bytes())),
        ("bomb.gz", gzipped(&vec![b'a'; 10_000_000])),
    ] {
        let file = dir.path().join(name);
        fs::write(&file, bytes).unwrap();
        let error = reader.read(&input(file)).expect_err(name);
        assert!(error.message.contains("limit"), "{name}: {error}");
        assert!(error.remedy.is_some(), "{name}");
    }
}

#[test]
fn odd_files_that_can_be_read_are_read() {
    let hebrew = "שר החוץ אמר כי ההסכם הוא \"גג שנותן לגשם להיכנס\". ".repeat(20);
    let entities = "<html><p>Fish &amp; chips &lt;cheap&gt; &nbsp;&euro;5.</p></html>";
    let unclosed = format!("<html><body>{}", "<p>One paragraph.<b><i>".repeat(300));
    for (name, bytes, holds) in [
        ("hebrew.txt", hebrew.into_bytes(), "ההסכם"),
        (
            "angle.txt",
            b"If x < y and y > z, then <this> is text.".to_vec(),
            "<this>",
        ),
        (
            "entities.html",
            entities.as_bytes().to_vec(),
            "Fish & chips <cheap>",
        ),
        ("unclosed.html", unclosed.into_bytes(), "One paragraph."),
        (
            "text.pdf",
            page(stream("", &sentences()), ""),
            "lets in the rain",
        ),
        (
            "packed.pdf",
            page(stream("/Filter /FlateDecode", &deflated(&sentences())), ""),
            "lets in the rain",
        ),
        ("text.txt.gz", gzipped(b"She said no."), "She said no."),
        ("wrong-name.pdf", b"It is only text.".to_vec(), "only text"),
    ] {
        let probe = Probe {
            bytes: &bytes,
            name,
        };
        let loaded =
            load::decode(&probe, &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(loaded.raw.contains(holds), "{name}: {}", loaded.raw);
        let source = load::Source {
            raw: loaded.raw,
            hints: loaded.hints,
            ..load::Source::default()
        };
        document::read(&source);
    }
}

#[test]
fn a_cut_file_of_any_length_breaks_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/essay");
    for input in load::discover(&[folder]).unwrap() {
        let whole = fs::read(&input.file).unwrap();
        for part in 1..12 {
            let bytes = &whole[..whole.len() * part / 12];
            let probe = Probe {
                bytes,
                name: &input.path,
            };
            if let Ok(loaded) = load::decode(&probe, &Limits::default()) {
                let source = load::Source {
                    raw: loaded.raw,
                    hints: loaded.hints,
                    ..load::Source::default()
                };
                document::read(&source);
            }
        }
    }
}

#[cfg(unix)]
fn script(dir: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join("reader.sh");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn a_pdf_that_loops_or_breaks_its_reader_costs_one_row() {
    let bytes = page(stream("", &sentences()), "");
    for (does, says) in [
        ("exec sleep 60", "more than 1 seconds"),
        ("cat > /dev/null; kill -ABRT $$", "breaks the reader"),
        ("exit 3", "breaks the reader"),
        ("echo nonsense", "breaks the reader"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits {
            sandbox: Sandbox::Process {
                program: script(dir.path(), does),
                seconds: 1,
                memory: 1 << 30,
            },
            ..Limits::default()
        };
        let probe = Probe {
            bytes: &bytes,
            name: "a.pdf",
        };
        let error = load::decode(&probe, &limits).expect_err(does);
        assert!(error.message.contains(says), "{does}: {error}");
        assert!(error.remedy.is_some(), "{does}");
    }
}

#[test]
fn the_program_reads_a_pdf_in_a_process_of_its_own_with_a_limit_on_memory() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_stancemap"));
    let limits = Limits {
        sandbox: Sandbox::Process {
            program,
            seconds: 60,
            memory: 512 << 20,
        },
        ..Limits::default()
    };
    let bytes = page(stream("", &sentences()), "");
    let probe = Probe {
        bytes: &bytes,
        name: "a.pdf",
    };
    let here = load::decode(&probe, &Limits::default()).unwrap();
    assert_eq!(load::decode(&probe, &limits).unwrap(), here);

    // A page of blanks that is larger than the limit.
    let limits = Limits {
        sandbox: Sandbox::Process {
            program: PathBuf::from(env!("CARGO_BIN_EXE_stancemap")),
            seconds: 60,
            memory: 128 << 20,
        },
        ..Limits::default()
    };
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..256 {
        packed.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let bomb = page(
        stream("/Filter /FlateDecode", &packed.finish().unwrap()),
        "",
    );
    let error = load::decode(
        &Probe {
            bytes: &bomb,
            name: "b.pdf",
        },
        &limits,
    )
    .unwrap_err();
    assert!(error.message.contains("128 MiB"), "{error}");
    assert!(error.remedy.is_some(), "{error}");
}

#[test]
fn a_run_over_a_folder_of_bad_files_does_the_good_one_and_lists_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let texts = dir.path().join("texts");
    fs::create_dir(&texts).unwrap();
    let bad = bad_files();
    for (name, bytes, _) in &bad {
        fs::write(texts.join(name), bytes).unwrap();
    }
    fs::write(texts.join("good.pdf"), page(stream("", &sentences()), "")).unwrap();
    fs::create_dir(texts.join("folder.pdf")).unwrap();
    fs::write(
        texts.join("folder.pdf/inner.txt"),
        "The minister said that it rained.",
    )
    .unwrap();
    let mut expected = bad.len();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        symlink("nowhere", texts.join("broken-link.txt")).unwrap();
        expected += 1;
        let (file, folder) = (texts.join("secret.txt"), texts.join("secret"));
        fs::write(&file, "text").unwrap();
        fs::create_dir(&folder).unwrap();
        for path in [&file, &folder] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
        }
        // For the superuser nothing is secret, and an empty folder is no document.
        if fs::read(&file).is_err() {
            expected += 2;
        }
    }
    let out = dir.path().join("out");
    Command::cargo_bin("stancemap")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("run")
        .arg(&texts)
        .arg("--out")
        .arg(&out)
        .assert()
        .code(1);
    assert!(out.join("documents/good.json").is_file());
    assert!(out.join("documents/inner.json").is_file());
    let mut table = csv::Reader::from_path(out.join("tables/errors.csv")).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), expected, "{rows:?}");
    for row in &rows {
        assert_eq!(&row[1], "load", "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = texts.join("secret");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
