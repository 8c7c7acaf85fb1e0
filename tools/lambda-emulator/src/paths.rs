//! The folders of the repository that the emulator reads and writes.

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().with_context(|| format!("the repository is no longer in {}", root.display()))
}

/// The events, with placeholders.
pub(crate) fn events() -> Result<PathBuf> {
    Ok(root()?.join("events"))
}

/// The built functions, each in a folder of its own.
pub(crate) fn functions() -> Result<PathBuf> {
    Ok(root()?.join("target/lambda"))
}

/// The rendered events and settings.
pub(crate) fn rendered() -> Result<PathBuf> {
    Ok(functions()?.join("events"))
}
