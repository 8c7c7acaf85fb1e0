//! The functions and the bare one, built by one command of the release profile.

use anyhow::{Context as _, Result, ensure};
use sandbox::functions;
use shared::config;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The floor: a package of its own, so that it is built with the features of a function.
pub(crate) const BARE: &str = "bench-baseline";

/// The folder that holds the whole tree.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// Where a program is built.
pub(crate) fn program(name: &str) -> PathBuf {
    root().join("target/release").join(name)
}

/// Builds every function and the bare one.
pub(crate) fn build() -> Result<()> {
    let mut cargo = Command::new(config::variable("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["build", "--release", "--locked", "--target-dir"]).arg(root().join("target"));
    for name in functions().map(|(name, _)| name).into_iter().chain([BARE]) {
        cargo.args(["--package", name, "--bin", name]);
    }
    let status = cargo.status().context("cargo cannot be run")?;
    ensure!(status.success(), "the functions cannot be built");
    Ok(())
}
