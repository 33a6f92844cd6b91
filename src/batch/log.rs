//! `run-log.json`: times and memory, the only file that differs between runs.

use std::time::Instant;

use serde::Serialize;

/// What a run cost.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RunLog {
    pub seconds: f64,
    pub threads: usize,
    /// In bytes, of the whole process up to the end of the run; where the system tells.
    pub peak_memory: Option<u64>,
    pub stages: Vec<StageLog>,
    /// Sorted by id.
    pub documents: Vec<DocumentLog>,
}

#[derive(Debug, Clone, Serialize)]
pub struct StageLog {
    pub stage: &'static str,
    pub seconds: f64,
    /// How many things it worked on.
    pub count: usize,
    pub unit: &'static str,
    /// In bytes, of the whole process up to the end of the stage.
    pub peak_memory: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DocumentLog {
    pub document: String,
    /// To read it; its share of the embedding is in the stage's time.
    pub seconds: f64,
    /// Whether all of it came from an earlier run.
    pub cached: bool,
    pub sentences: usize,
    pub quotations: usize,
    /// In bytes, of the whole process when the document was read; documents are read side by side.
    pub peak_memory: Option<u64>,
}

impl RunLog {
    pub fn stage(&mut self, stage: &'static str, since: Instant, count: usize, unit: &'static str) {
        self.stages.push(StageLog {
            stage,
            seconds: seconds(since),
            count,
            unit,
            peak_memory: peak_memory(),
        });
    }
}

/// Since then, to the millisecond.
pub fn seconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1e3).round() / 1e3
}

/// The most memory that this process has held so far, in bytes; `None` where the system keeps no
/// `/proc`.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
