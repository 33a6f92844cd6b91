//! Pinning: a model of the hub is fetched once in its present state, and its revision and hashes
//! are written down, so that from then on it is as well known as the built-in ones.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::Progress;
use super::fetch;
use super::local::FILES;
use super::manifest::{self, HubModel, Kind, Manifest, Model, Source, Url};
use super::store::{self, Store};
use crate::{Error, Result, Stage};

/// Where models are published.
pub const HUB: &str = "https://huggingface.co";

const HEADER: &str = "\
# Models pinned on this machine by `stancemap models pin NAME`: as in models/manifest.toml.

";

/// What the hub says about a model.
#[derive(Deserialize)]
struct State {
    /// The revision.
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

/// Fetches `model` from `hub` into the store, and writes its entry into the manifest at `pins`,
/// which is made where it is not there; an older entry for it is replaced.
///
/// # Errors
/// A hub that cannot be reached, a model without weights in safetensors, a folder or file that
/// cannot be written.
pub fn pin(
    model: &HubModel,
    hub: &str,
    models_dir: &Path,
    pins: &Path,
    progress: &dyn Progress,
) -> Result<Model> {
    // A file with a mistake is found before anything is fetched.
    let mut manifest = Manifest::read(pins)?;
    let agent = fetch::agent();
    progress.notice(&format!("asking {hub} for {}", model.title));
    let state: State = ask(
        &agent,
        &format!("{hub}/api/models/{}/revision/main", model.title),
    )?;
    if state.sha.is_empty() || !state.sha.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Error::new(
            Stage::Models,
            format!("{hub} gave no revision of {}", model.title),
        ));
    }
    let has = |name: &str| state.siblings.iter().any(|file| file.rfilename == name);
    complete(model, &has)?;
    let folder = models_dir.join(&model.name);
    let mut files = Vec::new();
    for name in FILES.into_iter().filter(|name| has(name)) {
        let url = format!("{hub}/{}/resolve/{}/{name}", model.title, state.sha);
        let (size, sha256) = download(&agent, &url, name, &folder, progress)?;
        files.push(manifest::File {
            name: name.to_owned(),
            size,
            sha256,
            sources: vec![Source::Url(Url { url })],
        });
    }
    let pinned = Model {
        name: model.name.clone(),
        title: model.title.clone(),
        kind: model.kind,
        revision: state.sha,
        licence: model.licence.clone(),
        max_tokens: model.max_tokens,
        files,
    };
    // What was just hashed need not be hashed again at the first use.
    Store::new(models_dir).vouch(&pinned);
    manifest.models.retain(|known| known.name != pinned.name);
    manifest.models.push(pinned.clone());
    manifest.models.sort_by(|a, b| a.name.cmp(&b.name));
    write(&manifest, pins)?;
    Ok(pinned)
}

/// Whether the model has what an engine needs.
fn complete(model: &HubModel, has: &dyn Fn(&str) -> bool) -> Result<()> {
    let tokenizer = has("tokenizer.json")
        || model.kind != Kind::Sentences
            && (has("vocab.txt") || has("spm.model") || (has("vocab.json") && has("merges.txt")));
    let lacking = [
        ("config.json", has("config.json")),
        ("model.safetensors", has("model.safetensors")),
        ("tokenizer.json", tokenizer),
    ];
    match lacking.iter().find(|(_, there)| !there) {
        None => Ok(()),
        Some((name, _)) => Err(Error::new(
            Stage::Models,
            format!("{} is published without {name}", model.title),
        )
        .remedy("convert it by hand, and name its folder instead")),
    }
}

fn unreachable(url: &str) -> Error {
    Error::new(Stage::Models, "the hub cannot be reached")
        .at(url)
        .remedy(
            "pinning needs a network; or pin it on another machine, and copy the model's folder \
             and pins.toml into the models folder here",
        )
}

fn get(agent: &ureq::Agent, url: &str) -> Result<ureq::http::Response<ureq::Body>> {
    let response = agent
        .get(url)
        .call()
        .map_err(|e| unreachable(url).caused_by(e))?;
    match response.status().as_u16() {
        200 => Ok(response),
        401 | 403 => Err(
            Error::new(Stage::Models, "the hub does not give it to everybody")
                .at(url)
                .remedy("download it as its licence asks, and name its folder instead"),
        ),
        status => Err(Error::new(Stage::Models, format!("the hub answered {status}")).at(url)),
    }
}

fn ask<T: DeserializeOwned>(agent: &ureq::Agent, url: &str) -> Result<T> {
    let mut text = String::new();
    let answer = get(agent, url)?.into_body().into_reader();
    answer
        .take(64 << 20)
        .read_to_string(&mut text)
        .map_err(|e| unreachable(url).caused_by(e))?;
    serde_json::from_str(&text).map_err(|e| {
        Error::new(Stage::Models, "the hub's answer is not understood")
            .at(url)
            .caused_by(e)
    })
}

/// Size and SHA-256 of the file, which is in `folder` under `name` afterwards.
fn download(
    agent: &ureq::Agent,
    url: &str,
    name: &str,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<(u64, String)> {
    let place = folder.join(name);
    let inner = place.parent().unwrap_or(folder);
    std::fs::create_dir_all(inner).map_err(|e| fetch::unwritable(inner, e))?;
    let response = get(agent, url)?;
    let length = response
        .headers()
        .get("content-length")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    progress.notice(&format!("downloading {name}"));
    let mut part = fetch::temporary(inner, ".pin-")?;
    let mut body = response.into_body().into_reader();
    let hashed = copy(&mut body, part.as_file_mut(), |done| {
        progress.received(name, done, length.unwrap_or(done));
    });
    progress.ended(name);
    let broken = |e: io::Error| {
        Error::new(Stage::Models, "the download broke off")
            .at(url)
            .caused_by(e)
            .remedy("run the command again")
    };
    let (size, sha256) = hashed.map_err(broken)?;
    if length.is_some_and(|length| length != size) {
        let short = format!("{size} of {} bytes came", length.unwrap_or(0));
        return Err(broken(io::Error::other(short)));
    }
    part.persist(&place)
        .map_err(|e| fetch::unwritable(&place, e.error))?;
    Ok((size, sha256))
}

fn copy(
    from: &mut dyn Read,
    to: &mut File,
    mut told: impl FnMut(u64),
) -> io::Result<(u64, String)> {
    let mut digest = Sha256::new();
    let (mut size, mut chunk) = (0, vec![0; 1 << 16]);
    loop {
        let count = from.read(&mut chunk)?;
        if count == 0 {
            return Ok((size, fetch::hexadecimal(&digest.finalize())));
        }
        digest.update(&chunk[..count]);
        to.write_all(&chunk[..count])?;
        size += count as u64;
        told(size);
    }
}

fn write(manifest: &Manifest, path: &Path) -> Result<()> {
    let text = toml::to_string(manifest).map_err(|e| {
        Error::new(Stage::Models, "the pins cannot be written")
            .at_path(path)
            .caused_by(e)
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| fetch::unwritable(folder, e))?;
    store::write_atomically(path, format!("{HEADER}{text}").as_bytes())
}
