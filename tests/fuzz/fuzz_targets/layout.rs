//! Any text through the layout stage.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &str| {
    common::layout(&stancemap::load::Source {
        raw: data.to_owned(),
        ..Default::default()
    });
});
