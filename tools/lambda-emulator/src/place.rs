//! Where things are in the tree.

use std::path::{Path, PathBuf};

/// The folder that holds the whole tree.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The events as they stand in the tree.
pub(crate) fn events() -> PathBuf {
    root().join("events")
}

/// Where the functions are put, each in a folder of its own.
pub(crate) fn built() -> PathBuf {
    root().join("target/lambda")
}

/// Where events and settings are put that are filled in.
pub(crate) fn filled() -> PathBuf {
    built().join("events")
}
