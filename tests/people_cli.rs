//! `stancemap names match`.

use std::fs;

use assert_cmd::Command;

#[test]
fn names_match_keeps_the_rows_and_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pairs.csv");
    fs::write(
        &file,
        "name1,name2\n\"Sorokin, Kirill\",K.E. Sorokin\nJohn Smith,Jane Smith\nIvan Petrov,Ivan Petrov\n",
    )
    .unwrap();
    let output = Command::cargo_bin("stancemap")
        .unwrap()
        .args(["names", "match", "--pairs"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "name1,name2,score");
    let score = |row: &str| row.rsplit(',').next().unwrap().parse::<f64>().unwrap();
    assert!(rows[1].starts_with("\"Sorokin, Kirill\",K.E. Sorokin,") && score(rows[1]) > 0.5);
    assert!(rows[2].starts_with("John Smith,Jane Smith,") && score(rows[2]) < 0.5);
    assert_eq!(rows[3], "Ivan Petrov,Ivan Petrov,1.0000");
    assert_eq!(rows.len(), 4);
}

#[test]
fn a_table_without_the_columns_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pairs.csv");
    fs::write(&file, "a,b\nx,y\n").unwrap();
    let output = Command::cargo_bin("stancemap")
        .unwrap()
        .args(["names", "match", "--pairs"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("pairs.csv"));
}
