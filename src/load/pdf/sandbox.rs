//! PDFs are read in a process of their own, so that one which loops or takes all memory costs itself
//! and nothing else.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{REPRINT, read_here};
use crate::load::{Limits, Loaded};
use crate::{Error, Result, Stage};

/// Where PDFs are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sandbox {
    /// In this process. A panic is caught; a loop is not.
    #[default]
    Here,
    /// In a process of its own, with limits on its time and memory.
    Process {
        /// A program that understands [`READ_PDF`]: stancemap itself.
        program: PathBuf,
        seconds: u64,
        /// In bytes, of address space; held to on Unix only.
        memory: u64,
    },
}

impl Sandbox {
    /// One minute and one GiB for a PDF.
    pub fn process(program: PathBuf) -> Sandbox {
        Sandbox::Process {
            program,
            seconds: 60,
            memory: 1024 * 1024 * 1024,
        }
    }
}

/// The first argument of the reading process; the limits on memory and text follow, in bytes.
pub const READ_PDF: &str = "__read-pdf";

/// What the reading process answers.
#[derive(Serialize, Deserialize)]
enum Answer {
    Loaded(Box<Loaded>),
    Failed {
        message: String,
        remedy: Option<String>,
    },
}

/// The reading process: a PDF from `input`, its text to `output`.
///
/// # Errors
/// Where `input` or `output` fails. What is wrong with the PDF goes to `output`.
pub fn read_pdf_for_parent(
    mut input: impl Read,
    mut output: impl Write,
    memory: u64,
    max_bytes: u64,
) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let limit = Rlimit {
            current: Some(memory),
            maximum: Some(memory),
        };
        // Without the limit the time-out still holds.
        let _ = setrlimit(Resource::As, limit);
    }
    #[cfg(not(unix))]
    let _ = memory;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let answer = match read_here(&bytes, max_bytes) {
        Ok(loaded) => Answer::Loaded(Box::new(loaded)),
        Err(error) => Answer::Failed {
            message: error.message,
            remedy: error.remedy,
        },
    };
    serde_json::to_writer(&mut output, &answer)?;
    output.flush()
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Loaded> {
    match &limits.sandbox {
        Sandbox::Here => read_here(bytes, limits.max_bytes),
        Sandbox::Process {
            program,
            seconds,
            memory,
        } => in_process(bytes, program, *seconds, *memory, limits),
    }
}

fn in_process(
    bytes: &[u8],
    program: &Path,
    seconds: u64,
    memory: u64,
    limits: &Limits,
) -> Result<Loaded> {
    let cannot = |e: std::io::Error| {
        Error::new(Stage::Load, "the process that reads PDFs cannot be started")
            .caused_by(e)
            .remedy("check that the program may run itself")
    };
    let mut child = Command::new(program)
        .arg(READ_PDF)
        .arg(memory.to_string())
        .arg(limits.max_bytes.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(cannot)?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Error::new(
            Stage::Load,
            "the process that reads PDFs has no pipes",
        ));
    };
    let most = limits.unpacked();
    let (sender, receiver) = mpsc::channel();
    let answer = std::thread::scope(|scope| {
        // A child that stops reading breaks the pipe, and its answer tells why.
        scope.spawn(move || drop(input.write_all(bytes)));
        scope.spawn(move || {
            let mut answer = Vec::new();
            let read = output.take(most).read_to_end(&mut answer);
            let _ = sender.send(read.map(|_| answer));
        });
        let answer = receiver.recv_timeout(Duration::from_secs(seconds));
        // Either it is done or it is late; the threads end with it.
        if answer.is_err() {
            let _ = child.kill();
        }
        answer
    });
    let status = child.wait();
    let Ok(answer) = answer else {
        return Err(Error::new(
            Stage::Load,
            format!("the PDF took more than {seconds} seconds to read"),
        )
        .remedy(REPRINT));
    };
    let answer = answer.map_err(cannot)?;
    match serde_json::from_slice(&answer) {
        Ok(Answer::Loaded(loaded)) => Ok(*loaded),
        Ok(Answer::Failed { message, remedy }) => {
            let error = Error::new(Stage::Load, message);
            Err(match remedy {
                Some(remedy) => error.remedy(remedy),
                None => error,
            })
        }
        Err(_) => {
            let how = status.map_or_else(|e| e.to_string(), |s| s.to_string());
            Err(Error::new(
                Stage::Load,
                format!(
                    "the PDF breaks the reader, or needs more than {} MiB ({how})",
                    memory / (1024 * 1024)
                ),
            )
            .remedy(REPRINT))
        }
    }
}
