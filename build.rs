//! With the feature `rust-bert`: whether libtorch is set up, said here before its bindings fail in
//! their own way; and where the program finds it when it runs.

use std::env;
use std::path::Path;

/// What the bindings are made for.
const VERSION: &str = "2.4.0";

const REMEDY: &str = "build through `scripts/rust-bert cargo …`, which installs libtorch 2.4.0 and \
                      says where it is; see docs/ENGINES.md";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for variable in ["LIBTORCH", "LIBTORCH_USE_PYTORCH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    if env::var_os("CARGO_FEATURE_RUST_BERT").is_none() {
        return;
    }
    let Some(libtorch) = env::var_os("LIBTORCH") else {
        // The other two places where the bindings look.
        let elsewhere = env::var_os("LIBTORCH_USE_PYTORCH").is_some()
            || Path::new("/usr/lib/libtorch.so").exists();
        if !elsewhere {
            println!(
                "cargo::error=the feature rust-bert needs libtorch, and LIBTORCH is not set ({REMEDY})"
            );
        }
        return;
    };
    let folder = Path::new(&libtorch);
    let version = std::fs::read_to_string(folder.join("build-version")).unwrap_or_default();
    let version = version.trim().split('+').next().unwrap_or_default();
    if version != VERSION {
        let found = if version.is_empty() {
            "no libtorch"
        } else {
            version
        };
        println!(
            "cargo::error=LIBTORCH={} holds {found}, not version {VERSION} ({REMEDY})",
            folder.display()
        );
        return;
    }
    if env::var("CARGO_CFG_UNIX").is_ok() {
        println!(
            "cargo::rustc-link-arg=-Wl,-rpath,{}",
            folder.join("lib").display()
        );
    }
}
