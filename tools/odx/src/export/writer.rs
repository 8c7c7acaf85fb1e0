//! The output of an export: a file that an interrupted export can continue, or standard output.

use crate::export::page::{Format, Page};
use crate::export::state::{ExportState, remove, resume};
use crate::output_file::{OutputFile, open_stream};
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use shared::crypto::Sha256;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The reader of standard output or of a pipe has closed it, as `head` does.
#[derive(Debug, thiserror::Error)]
#[error("the output was closed")]
pub(super) struct Closed;

/// Writes the pages of an export.
pub(super) struct ExportWriter {
    pub(super) state: ExportState,
    out: Box<dyn Write>,
    hash: Sha256,
    csv_header: Vec<u8>,
    files: Option<Files>,
}

/// The files of an export with `--out`.
struct Files {
    /// The name of the whole export.
    whole: PathBuf,
    partial: PathBuf,
    state: PathBuf,
    /// The open `partial`, locked against another odx.
    open: File,
}

impl ExportWriter {
    /// Writes to an output. An export to a regular file continues an interrupted one of the same query unless `restart` is
    /// set.
    ///
    /// # Errors
    /// Returns an error if the output cannot be written, another odx writes it, or the interrupted export cannot be
    /// continued.
    pub(super) fn open(out: &OutputFile, query: &str, restart: bool) -> Result<Self> {
        match out {
            OutputFile::Stdout => Ok(Self::stream(Box::new(io::stdout().lock()))),
            OutputFile::Stream(path) => Ok(Self::stream(Box::new(open_stream(path)?))),
            OutputFile::Regular(path) => Self::file(path, query, restart),
        }
    }

    fn stream(out: Box<dyn Write>) -> Self {
        Self { state: ExportState::default(), out, hash: Sha256::new(), csv_header: Vec::new(), files: None }
    }

    fn file(whole: &Path, query: &str, restart: bool) -> Result<Self> {
        let with_suffix = |suffix: &str| {
            let mut name = whole.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let (partial, state_file) = (with_suffix(".partial"), with_suffix(".state"));
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&partial);
        let mut open = open.with_context(|| format!("`{}` cannot be written", partial.display()))?;
        match open.try_lock() {
            Err(TryLockError::WouldBlock) => {
                bail!("another odx is writing `{}`: wait for it, or choose another file", partial.display())
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("`{}` cannot be locked", partial.display()));
            }
            Ok(()) => {}
        }
        if restart {
            remove(&state_file)?;
        }
        let (state, hash) = resume(&mut open, &state_file, query)?;
        open.set_len(state.bytes)?;
        open.seek(SeekFrom::End(0))?;
        let files = Files { whole: whole.to_owned(), partial, state: state_file, open: open.try_clone()? };
        Ok(Self { state, out: Box::new(open), hash, csv_header: Vec::new(), files: Some(files) })
    }

    /// Writes a page and saves the state.
    ///
    /// # Errors
    /// Returns an error if the output cannot be written, or the page has other columns than those before it.
    pub(super) fn add(&mut self, format: Format, page: Page) -> Result<()> {
        let Page { header, content, interactions, users, next, complete_until, .. } = page;
        ensure!(self.csv_header.is_empty() || self.csv_header == header, "the columns of the pages differ");
        match (format, self.state.pages) {
            (Format::Csv, 0) => self.write(&header)?,
            (Format::Json, 0) => self.write(b"{\"data\":[\n")?,
            _ => {}
        }
        if format == Format::Json && self.state.users > 0 && !content.is_empty() {
            self.write(b",\n")?;
        }
        self.write(&content)?;
        self.csv_header = header;
        let state = &mut self.state;
        state.cursor = next;
        state.pages += 1;
        state.interactions += interactions;
        state.users += users;
        if state.complete_until.is_empty() {
            state.complete_until = complete_until;
        }
        self.save_state()
    }

    /// Writes the end of the format: the trailer of NDJSON or the `meta` of JSON.
    pub(super) fn end(&mut self, format: Format) -> Result<()> {
        let ExportState { interactions, users, complete_until, .. } = &self.state;
        let end = match format {
            Format::Csv => return Ok(()),
            Format::Ndjson => json!({"_meta": {"interactions": interactions, "sha256": self.sha256(),
                "complete_until": complete_until, "next_cursor": null}})
            .to_string(),
            Format::Json => {
                let meta = json!({"next_cursor": null, "complete_until": complete_until, "users": users,
                    "interactions": interactions});
                format!("\n],\"meta\":{meta}}}")
            }
        };
        self.write(format!("{end}\n").as_bytes())
    }

    /// Renames the complete file to its name. Returns the SHA-256 of everything that was written.
    pub(super) fn finish(mut self) -> Result<String> {
        self.flush()?;
        if let Some(Files { whole, partial, state, open }) = &self.files {
            open.sync_all()?;
            fs::rename(partial, whole).with_context(|| format!("`{}` cannot be written", whole.display()))?;
            remove(state)?;
        }
        Ok(self.sha256())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.out.write_all(bytes);
        self.check(written)?;
        self.hash.update(bytes);
        self.state.bytes += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.out.flush();
        self.check(flushed)
    }

    /// The result of a write, with [`Closed`] in place of a broken pipe.
    fn check(&self, written: io::Result<()>) -> Result<()> {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.files.is_none() => Err(Closed.into()),
            written => written.context("the export cannot be written"),
        }
    }

    fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finish())
    }

    /// Saves the state, after the pages that it describes are on disk.
    fn save_state(&mut self) -> Result<()> {
        self.flush()?;
        self.state.sha256 = self.sha256();
        let Some(Files { state, open, .. }) = &self.files else { return Ok(()) };
        open.sync_data()?;
        files::write_atomic(state, &serde_json::to_vec(&self.state)?, files::PUBLIC)
            .with_context(|| format!("`{}` cannot be written", state.display()))
    }
}
