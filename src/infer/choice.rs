//! What a person chooses about inference: which engine, and where it computes.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::{Error, Result, Stage};

/// How this program is built with the second engine; every error that wants it says so.
pub const BUILD: &str = "build it with `scripts/rust-bert cargo run --release --features rust-bert -- run …`; \
     see docs/ENGINES.md";

/// What runs the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum EngineName {
    /// Built in, in pure Rust, on the CPU.
    #[default]
    Embedded,
    /// rust-bert on libtorch, on the CPU or a GPU; in programs built with that feature.
    RustBert,
}

impl EngineName {
    /// As it is typed, and as a run's manifest names it.
    pub fn name(self) -> &'static str {
        match self {
            EngineName::Embedded => "embedded",
            EngineName::RustBert => "rust-bert",
        }
    }
}

/// In what numbers the embedded engine computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32-bit floating point.
    #[default]
    Fp32,
    /// Products of 16-bit whole numbers: faster, and the fifth digit differs.
    Int16,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::Fp32 => "fp32",
            Precision::Int16 => "int16",
        })
    }
}

/// Where libtorch computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Device {
    #[default]
    Cpu,
    /// The GPU with this number, from 0.
    Cuda(usize),
}

impl Device {
    /// "cpu" or "cuda": what of it may change the last digits of a result.
    pub fn kind(self) -> &'static str {
        match self {
            Device::Cpu => "cpu",
            Device::Cuda(_) => "cuda",
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Device> {
        let number = match text.split_once(':') {
            None if text == "cpu" => return Ok(Device::Cpu),
            None if text == "cuda" => Some(0),
            Some(("cuda", number)) => number.parse().ok(),
            _ => None,
        };
        number.map(Device::Cuda).ok_or_else(|| {
            Error::new(Stage::Settings, format!("`{text}` is no device"))
                .remedy("it can be cpu, cuda, or cuda:N with the number of a GPU")
        })
    }
}

impl TryFrom<String> for Device {
    type Error = Error;

    fn try_from(text: String) -> Result<Device> {
        text.parse()
    }
}

/// The error of a program that was built without libtorch when `what` is asked of it.
#[cfg(not(feature = "rust-bert"))]
pub(super) fn not_built_in(what: &str) -> Error {
    Error::new(
        Stage::Settings,
        format!("{what} needs libtorch, which this stancemap was built without"),
    )
    .remedy(BUILD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_the_cpu_or_a_numbered_gpu() {
        for (text, device) in [
            ("cpu", Some(Device::Cpu)),
            ("cuda", Some(Device::Cuda(0))),
            ("cuda:3", Some(Device::Cuda(3))),
            ("cuda:", None),
            ("cuda:-1", None),
            ("gpu", None),
            ("cpu:0", None),
        ] {
            assert_eq!(text.parse::<Device>().ok(), device, "{text}");
        }
    }
}
