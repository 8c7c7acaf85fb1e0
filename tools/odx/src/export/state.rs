//! The state of an export, by which an interrupted one is continued.

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use shared::crypto::Sha256;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// The progress of an export, as FILE.state holds it: the first `bytes` bytes of FILE.partial are checked and on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExportState {
    /// [`ExportQuery::fingerprint`](super::query::ExportQuery::fingerprint).
    pub(super) query: String,
    /// The cursor of the next page; `None` before the first page and after the last.
    pub(super) cursor: Option<String>,
    pub(super) pages: u64,
    pub(super) bytes: u64,
    /// The checksum of the first `bytes` bytes.
    pub(super) sha256: String,
    pub(super) interactions: u64,
    pub(super) users: u64,
    /// `complete_until` of the first page.
    pub(super) complete_until: String,
}

impl ExportState {
    /// Whether the last page is written.
    pub(super) fn is_complete(&self) -> bool {
        self.pages > 0 && self.cursor.is_none()
    }
}

/// The state of an interrupted export of the same query, or a fresh one if there is none. The written part is hashed
/// again: a file that has changed must not be continued.
pub(super) fn resume(partial: &mut File, state_file: &Path, query: &str) -> Result<(ExportState, Sha256)> {
    const ADVICE: &str = "continue with the same options, or start again with --restart";
    let mut hash = Sha256::new();
    let fresh = ExportState { query: query.to_owned(), ..ExportState::default() };
    let text = match fs::read(state_file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((fresh, hash)),
        text => text.with_context(|| format!("`{}` cannot be read", state_file.display()))?,
    };
    let state: ExportState = serde_json::from_slice(&text)
        .with_context(|| format!("`{}` is not the state of an export: {ADVICE}", state_file.display()))?;
    ensure!(state.query == query, "`{}` belongs to an export with other options: {ADVICE}", state_file.display());
    let mut written = partial.take(state.bytes);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match written.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    let is_unchanged = written.limit() == 0 && hex::encode(hash.clone().finish()) == state.sha256;
    ensure!(is_unchanged, "the part that was exported has changed since, or is missing: start again with --restart");
    Ok((state, hash))
}

/// Removes a file, if it exists.
///
/// # Errors
/// Returns an error if it cannot be removed.
pub(super) fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("`{}` cannot be removed", file.display()))
        }
        _ => Ok(()),
    }
}
