//! The folders of the repository that the emulator reads and writes.

use anyhow::{Context as _, Result};
use std::path::PathBuf;

/// The root of the repository that contains the current folder, not of the one that this program was built in: two clones
/// may share a build.
pub(crate) fn root() -> Result<PathBuf> {
    let current = std::env::current_dir().context("the current folder does not exist")?;
    let root = current.ancestors().find(|folder| folder.join("template.yaml").is_file());
    let root = root.with_context(|| {
        format!("{} is in no clone of the repository: no folder above has template.yaml", current.display())
    })?;
    Ok(root.to_owned())
}

/// The events, with placeholders.
pub(crate) fn events() -> Result<PathBuf> {
    Ok(root()?.join("events"))
}

/// The built functions, each in a folder of its own.
pub(crate) fn functions() -> Result<PathBuf> {
    Ok(root()?.join("target/lambda"))
}

/// The rendered events of a served function.
pub(crate) fn rendered() -> Result<PathBuf> {
    Ok(functions()?.join("events"))
}
