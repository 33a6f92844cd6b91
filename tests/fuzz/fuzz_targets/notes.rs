//! Pieces of notes, markers and page furniture in any order, through all stages up to the record.
#![no_main]

mod common;

const PIECES: [&str; 24] = [
    "\n", "\n\n", "\u{c}", "_____\n", "1 Ibid.\n", "2 Anna Smith, “A Title,” 1999, p. 3.\n",
    "* The author thanks.\n", "[3] Op. cit., p. 7.\n", "war.1 ", "peace,”2 ", "land.12,13 ",
    "he said that ", "“We stay,” ", "- 4 -\n", "Notes\n", "¹² See also Bo Ek.\n", "† Idem.\n",
    "treaty.¹ ", "[^1]", "    a quotation that stands in from the margin\n", "long-\nterm ",
    "According to General Anna Smith:\n\n", "4 Supra note 2.\n", "1. A heading\n",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut raw = String::new();
    for &byte in data.iter().take(4096) {
        match PIECES.get(usize::from(byte)) {
            Some(piece) => raw.push_str(piece),
            None => raw.push(char::from(byte)),
        }
    }
    common::document(&raw);
});
