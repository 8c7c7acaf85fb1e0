//! The functions, built as they are deployed: one build of the release profile for all of them.

use crate::place;
use anyhow::{Context as _, Result, ensure};
use sandbox::functions;
use shared::config;
use std::fs;
use std::process::Command;

/// Builds every function and puts each where Lambda expects it: `target/lambda/<function>/bootstrap`.
pub(crate) fn build() -> Result<()> {
    let target = place::root().join("target");
    let mut cargo = Command::new(config::variable("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(place::root()).args(["build", "--release", "--locked", "--target-dir"]).arg(&target);
    for (function, _) in functions() {
        cargo.args(["--package", function, "--bin", function]);
    }
    let status = cargo.status().context("cargo cannot be run")?;
    ensure!(status.success(), "the functions cannot be built");
    for (function, _) in functions() {
        let folder = place::built().join(function);
        fs::create_dir_all(&folder)?;
        let from = target.join("release").join(function);
        let bootstrap = folder.join("bootstrap");
        // A file that runs cannot be written over, but another can take its name.
        let partial = folder.join("bootstrap.partial");
        fs::copy(&from, &partial).with_context(|| format!("cannot copy {}", from.display()))?;
        fs::rename(partial, bootstrap)?;
    }
    Ok(())
}
