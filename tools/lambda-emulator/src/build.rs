//! Builds every function: as it is deployed, with one build of the release profile, or in the debug profile.

use crate::paths;
use anyhow::{Context as _, Result, ensure};
use sandbox::{SCHEDULED, functions};
use shared::config;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Builds every function, and puts each where Lambda expects it: `target/lambda/<function>/bootstrap`.
pub(crate) fn build(is_debug: bool) -> Result<()> {
    // Of the whole workspace the libraries have the features with which the tests have built them.
    let mut cargo = cargo(if is_debug { "--workspace" } else { "--release" })?;
    for function in names() {
        cargo.args(["--bin", function]);
        cargo.args((!is_debug).then_some(["--package", function]).into_iter().flatten());
    }
    run(cargo)?;
    for function in names() {
        let folder = paths::functions()?.join(function);
        fs::create_dir_all(&folder)?;
        let from = target()?.join(if is_debug { "debug" } else { "release" }).join(function);
        // Copied and renamed: the kernel does not allow writing to a program that runs, but another file can take its name.
        let partial = folder.join("bootstrap.partial");
        fs::copy(&from, &partial).with_context(|| format!("cannot copy {}", from.display()))?;
        fs::rename(partial, folder.join("bootstrap"))?;
    }
    Ok(())
}

/// Builds one function as it is deployed, and returns its path.
pub(crate) fn deployed(function: &str) -> Result<PathBuf> {
    let mut cargo = cargo("--release")?;
    cargo.args(["--package", function, "--bin", function]);
    run(cargo)?;
    Ok(target()?.join("release").join(function))
}

fn cargo(kind: &str) -> Result<Command> {
    let mut cargo = Command::new(config::variable("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(paths::root()?).args(["build", "--locked", kind, "--target-dir"]).arg(target()?);
    Ok(cargo)
}

fn run(mut cargo: Command) -> Result<()> {
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(status.success(), "cannot build the functions");
    Ok(())
}

fn target() -> Result<PathBuf> {
    Ok(paths::root()?.join("target"))
}

fn names() -> impl Iterator<Item = &'static str> {
    functions().into_iter().map(|(name, _)| name).chain(SCHEDULED)
}
