//! Plain text, and the formats that nobody reads.

use super::{Limits, Loaded, Loader, Probe, decode};
use crate::Result;

pub(super) struct Text;

impl Loader for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn recognises(&self, _: &Probe) -> bool {
        true
    }

    fn load(&self, probe: &Probe, _: &Limits) -> Result<Loaded> {
        let decoded = decode::decode(probe.bytes)?;
        Ok(Loaded {
            raw: decoded.text,
            encoding: decoded.encoding,
            warnings: decoded.warnings,
            ..Loaded::default()
        })
    }
}
