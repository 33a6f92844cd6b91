//! Progress on the terminal: a bar for each step with its rate and the time left, or plain lines
//! where standard error is no terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use stancemap::batch::{Progress, Step};
use stancemap::infer;

use super::models;

/// Shows what a run does.
pub(super) struct Terminal {
    mode: Mode,
    bars: MultiProgress,
    steps: Mutex<BTreeMap<Step, ProgressBar>>,
    downloads: models::Terminal,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Bars,
    Lines,
    Nothing,
}

impl Terminal {
    pub(super) fn new(quiet: bool) -> Terminal {
        let mode = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Mode::Nothing,
            (false, true) => Mode::Bars,
            (false, false) => Mode::Lines,
        };
        Terminal {
            mode,
            bars: MultiProgress::new(),
            steps: Mutex::default(),
            downloads: models::Terminal::new(quiet),
        }
    }
}

impl infer::Progress for Terminal {
    fn notice(&self, line: &str) {
        self.downloads.notice(line);
    }

    fn received(&self, file: &str, done: u64, total: u64) {
        self.downloads.received(file, done, total);
    }

    fn ended(&self, file: &str) {
        self.downloads.ended(file);
    }
}

impl Progress for Terminal {
    fn begin(&self, step: Step, total: usize) {
        match self.mode {
            Mode::Nothing => {}
            Mode::Lines => eprintln!("{}: {total} {}", step.name(), step.unit()),
            Mode::Bars => {
                let bar = self.bars.add(ProgressBar::new(total as u64));
                if let Ok(style) = ProgressStyle::with_template(
                    "{msg:>6} {wide_bar} {pos}/{len} {per_sec} {eta} left",
                ) {
                    bar.set_style(style);
                }
                bar.set_message(step.name());
                self.steps
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(step, bar);
            }
        }
    }

    fn advance(&self, step: Step, done: usize) {
        if let Some(bar) = self
            .steps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&step)
        {
            // Reports come out of order: a bar never goes back.
            bar.set_position(bar.position().max(done as u64));
        }
    }

    fn end(&self, step: Step) {
        if let Some(bar) = self
            .steps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&step)
        {
            bar.finish();
        }
    }
}
