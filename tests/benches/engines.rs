//! One engine, timed: what it takes to load, sentences a second, peak memory; as a line of JSON.
//!
//! ```sh
//! cargo bench --bench engines -- --precision int16 --threads 2 --sentences FILE
//! ```
//!
//! `compare.py` beside this file runs it for each engine, in turn with engines of other makers on
//! the same sentences, and prints the table of docs/RESULTS.md. Each engine is a process of its own,
//! so that peak memory is its own.

use std::path::{Path, PathBuf};
use std::time::Instant;

use stancemap::infer::{
    self, Device, EngineName, ModelSettings, Precision, Silent, manifest::Manifest, store,
};

struct Args {
    engine: EngineName,
    precision: Precision,
    model: String,
    threads: usize,
    rounds: usize,
    /// One a line.
    sentences: PathBuf,
}

fn main() {
    let args = args();
    let text = std::fs::read_to_string(&args.sentences).expect("the sentences can be read");
    let sentences: Vec<&str> = text.lines().collect();
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = ModelSettings {
        model: args.model,
        models_dir: store::directory(checkout, &|name| std::env::var(name).ok()),
        offline: false,
        threads: Some(args.threads),
        engine: args.engine,
        precision: args.precision,
        device: Device::Cpu,
    };
    let since = Instant::now();
    let embedder = infer::open(&settings, &Silent).expect("the model opens");
    let load = since.elapsed().as_secs_f64();
    let tokens: usize = sentences
        .iter()
        .map(|text| embedder.tokens().ids(text).map_or(0, |ids| ids.len()))
        .sum();
    // The first round warms up caches and the allocator.
    embedder.embed(&sentences).expect("the sentences embed");
    let seconds: Vec<f64> = (0..args.rounds)
        .map(|_| {
            let since = Instant::now();
            embedder.embed(&sentences).expect("the sentences embed");
            since.elapsed().as_secs_f64()
        })
        .collect();
    let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let report = serde_json::json!({
        "sentences": sentences.len(),
        "tokens": tokens,
        "load_seconds": load,
        "seconds": seconds,
        "sentences_per_second": sentences.len() as f64 / best,
        "peak_megabytes": peak_megabytes(),
    });
    println!("{report}");
}

fn args() -> Args {
    let mut args = Args {
        engine: EngineName::Embedded,
        precision: Precision::Fp32,
        model: Manifest::built_in().names()[0].to_owned(),
        threads: 2,
        rounds: 5,
        sentences: PathBuf::new(),
    };
    let mut typed = std::env::args().skip(1);
    while let Some(name) = typed.next() {
        let mut value = || {
            typed
                .next()
                .unwrap_or_else(|| panic!("{name} wants a value"))
        };
        match name.as_str() {
            "--engine" => {
                args.engine = clap::ValueEnum::from_str(&value(), true).expect("an engine")
            }
            "--precision" => {
                args.precision = clap::ValueEnum::from_str(&value(), true).expect("a precision")
            }
            "--model" => args.model = value(),
            "--threads" => args.threads = value().parse().expect("a number"),
            "--rounds" => args.rounds = value().parse().expect("a number"),
            "--sentences" => args.sentences = value().into(),
            // Cargo's own.
            "--bench" => {}
            other => panic!("{other} is no option here"),
        }
    }
    args
}

/// Most memory that this process has had, by the system's count; 0 where it keeps none.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kibibytes.unwrap_or(0.0) * 1024.0 / 1e6
}
