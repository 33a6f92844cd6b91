//! A gzip of any other format.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{Limits, Loaded, Loader, Probe, too_large};
use crate::{Error, Result, Stage};

pub(super) struct Gzip;

const MAGIC: &[u8] = b"\x1f\x8b\x08";

impl Loader for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn recognises(&self, probe: &Probe) -> bool {
        probe.bytes.starts_with(MAGIC)
    }

    fn load(&self, probe: &Probe, limits: &Limits) -> Result<Loaded> {
        let max = limits.unpacked();
        let mut bytes = Vec::new();
        MultiGzDecoder::new(probe.bytes)
            .take(max + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| {
                Error::new(Stage::Load, "the gzip file is damaged")
                    .caused_by(e)
                    .remedy("fetch it again, or unpack it by hand")
            })?;
        if bytes.len() as u64 > max {
            return Err(too_large(bytes.len() as u64, max));
        }
        if bytes.starts_with(MAGIC) {
            return Err(Error::new(Stage::Load, "a gzip file inside a gzip file")
                .remedy("unpack it once by hand"));
        }
        let inner = Probe {
            bytes: &bytes,
            name: probe.name.strip_suffix(".gz").unwrap_or(probe.name),
        };
        let mut loaded = super::decode(&inner, limits)?;
        loaded.format = format!("gzip of {}", loaded.format);
        Ok(loaded)
    }
}
