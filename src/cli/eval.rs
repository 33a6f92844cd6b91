//! `stancemap eval`: figures against gold annotations, as a table and as JSON.

use std::path::PathBuf;

use stancemap::config::{Choices, RunArgs};
use stancemap::eval::{self, Figures};
use stancemap::{Error, Result, Stage, batch};

use super::progress::Terminal;
use super::{Outcome, run as run_command};

/// Scores against gold annotations.
#[derive(Debug, clap::Args)]
pub(super) struct EvalArgs {
    /// Gold annotations: a folder of JSON files
    #[arg(long, value_name = "DIR")]
    gold: PathBuf,
    /// The texts [default: a folder `corpus` beside the gold folder, or beside its parent]
    #[arg(long, value_name = "DIR")]
    texts: Option<PathBuf>,
    /// Only documents with this in their names
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write what went wrong, with the texts, to this CSV file
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    #[command(flatten)]
    choices: Choices,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: EvalArgs, threads: Option<usize>, quiet: bool) -> Result<Outcome> {
    let mut gold = eval::read_folder(&args.gold)?;
    if let Some(only) = &args.only {
        gold.retain(|g| g.document.contains(only.as_str()));
    }
    let texts = args.texts.clone().or_else(|| {
        let near = [args.gold.join("../corpus"), args.gold.join("../../corpus")];
        near.into_iter().find(|p| p.is_dir())
    });
    let texts = texts.ok_or_else(|| {
        Error::new(Stage::Eval, "the texts of the gold are not found")
            .at_path(&args.gold)
            .remedy("name their folder with --texts")
    })?;
    let paths: Vec<PathBuf> = gold.iter().map(|g| texts.join(&g.document)).collect();
    let typed = RunArgs {
        paths,
        choices: args.choices.clone(),
        ..RunArgs::default()
    };
    let settings = run_command::settings(typed, threads)?;
    let outcome = batch::analyse(&settings, &Terminal::new(quiet))?;
    let figures: Vec<Figures> = gold
        .iter()
        .filter_map(|g| {
            let document = outcome
                .analysis
                .documents
                .iter()
                .find(|d| d.path == g.document)?;
            Some(eval::score(g, document, &outcome.people))
        })
        .collect();
    match args.format {
        Format::Text => print!("{}", table(&figures)),
        Format::Json => println!("{}", json(&figures)?),
    }
    if let Some(path) = &args.errors {
        write_errors(path, &figures)?;
    }
    Ok(if outcome.failures().is_empty() {
        Outcome::Done
    } else {
        Outcome::SomeFailed
    })
}

fn table(figures: &[Figures]) -> String {
    let mut out = format!(
        "{:<28} {:>7} {:>7} {:>7} {:>8} {:>7} {:>9} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8}\n",
        "document",
        "P",
        "R",
        "F",
        "speaker",
        "first",
        "scare",
        "notes",
        "back",
        "names",
        "merges",
        "stance",
        "acc@70%"
    );
    let all = eval::total(figures);
    let rows = figures.iter().chain((figures.len() > 1).then_some(&all));
    for f in rows {
        let of = |a: usize, b: usize| format!("{a}/{b}");
        out += &format!(
            "{:<28} {:>7.3} {:>7.3} {:>7.3} {:>8.3} {:>7.3} {:>9} {:>7} {:>7} {:>7} {:>7} {:>8.3} {:>8.3}\n",
            f.document,
            f.precision(),
            f.recall(),
            f.content_f(),
            f.speaker(),
            f.first_choice(),
            of(f.not_quotations_given_a_speaker, f.not_quotations),
            of(f.notes_linked, f.notes),
            of(f.back_references_right, f.back_references),
            of(f.name_groups_found, f.name_groups),
            f.wrong_merges,
            f.stance_macro_f(),
            f.accuracy_at_70(),
        );
    }
    out
}

fn json(figures: &[Figures]) -> Result<String> {
    let one = |f: &Figures| {
        serde_json::json!({
            "document": f.document,
            "contents": { "precision": f.precision(), "recall": f.recall(), "f": f.content_f() },
            "speaker": { "accepted": f.speaker(), "first_choice": f.first_choice() },
            "stance": { "macro_f": f.stance_macro_f(), "accuracy_at_70": f.accuracy_at_70() },
            "counts": f,
        })
    };
    let all = eval::total(figures);
    let value = serde_json::json!({
        "documents": figures.iter().map(one).collect::<Vec<_>>(),
        "all": one(&all),
    });
    serde_json::to_string_pretty(&value)
        .map_err(|e| Error::new(Stage::Eval, "the figures cannot be written").caused_by(e))
}

fn write_errors(path: &PathBuf, figures: &[Figures]) -> Result<()> {
    let failed = |e: csv::Error| {
        Error::new(Stage::Eval, "cannot be written")
            .at_path(path)
            .caused_by(e)
            .remedy("choose another file with --errors")
    };
    let mut writer = csv::Writer::from_path(path).map_err(failed)?;
    for error in figures.iter().flat_map(|f| &f.errors) {
        writer.serialize(error).map_err(failed)?;
    }
    writer.flush().map_err(|e| failed(e.into()))
}
