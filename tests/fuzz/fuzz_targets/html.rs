#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut page = b"<html>".to_vec();
    page.extend(data);
    common::load("a.html", &page);
});
