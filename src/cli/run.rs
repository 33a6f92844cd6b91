//! `stancemap run`: the main job, and what it says at its end.

use stancemap::analysis::FailureRecord;
use stancemap::batch;
use stancemap::config::{RunArgs, Settings};
use stancemap::load::Sandbox;
use stancemap::{Error, Result, Stage};

use super::Outcome;
use super::progress::Terminal;

pub(super) fn run(args: RunArgs, threads: Option<usize>, quiet: bool) -> Result<Outcome> {
    let settings = settings(args, threads)?;
    let terminal = Terminal::new(quiet);
    let outcome = batch::run(&settings, &terminal)?;
    let manifest = &outcome.analysis.manifest;
    if !quiet {
        let count = |name: &str| manifest.counts.get(name).copied().unwrap_or(0);
        eprintln!(
            "{} documents: {} quotations of {} experts, {} claims, {} edges",
            count("documents"),
            count("quotations"),
            count("experts"),
            count("claims"),
            count("edges"),
        );
    }
    say_what_failed(&outcome.warnings, outcome.failures());
    println!(
        "{}",
        settings.out.join("report").join("index.html").display()
    );
    Ok(if outcome.failures().is_empty() {
        Outcome::Done
    } else {
        Outcome::SomeFailed
    })
}

/// On standard error, also of a command that is to be quiet.
pub(super) fn say_what_failed(warnings: &[String], failures: &[FailureRecord]) {
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    for failure in failures {
        eprintln!(
            "failed: {}: {}: {} ({})",
            failure.path, failure.stage, failure.message, failure.remedy
        );
    }
}

/// The settings that hold here: the only place where a command reads the environment.
pub(super) fn settings(args: RunArgs, threads: Option<usize>) -> Result<Settings> {
    let working = std::env::current_dir().map_err(|e| {
        Error::new(Stage::Settings, "the working directory cannot be found")
            .caused_by(e)
            .remedy("change to a folder that exists")
    })?;
    let mut settings =
        Settings::resolve(args, threads, &working, &|name| std::env::var(name).ok())?;
    settings.sandbox = sandbox();
    Ok(settings)
}

/// A program that cannot find itself reads PDFs in its own process.
pub(super) fn sandbox() -> Sandbox {
    std::env::current_exe().map_or(Sandbox::Here, Sandbox::process)
}
