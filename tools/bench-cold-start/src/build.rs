//! Builds the functions and the baseline, with one build of the release profile.

use anyhow::{Context as _, Result, ensure};
use sandbox::functions;
use shared::config;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package of the baseline.
pub(crate) const BASELINE: &str = "bench-baseline";

/// The repository's root.
pub(crate) fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().with_context(|| format!("the repository is no longer in {}", root.display()))
}

/// The path of a built program.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    Ok(root()?.join("target/release").join(name))
}

/// Builds every function and the baseline.
pub(crate) fn build() -> Result<()> {
    let mut cargo = Command::new(config::variable("CARGO").unwrap_or_else(|| "cargo".into()));
    let root = root()?;
    cargo.current_dir(&root).args(["build", "--release", "--locked", "--target-dir"]).arg(root.join("target"));
    for name in functions().map(|(name, _)| name).into_iter().chain([BASELINE]) {
        cargo.args(["--package", name, "--bin", name]);
    }
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(status.success(), "cannot build the functions");
    Ok(())
}
