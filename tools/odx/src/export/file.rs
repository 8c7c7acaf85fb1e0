//! Where an export goes: a file that can go on after a cut, or standard output.

use super::page::{Format, Page};
use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How far an export has come: everything up to `bytes` is checked and written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    question: String,
    pub(super) cursor: Option<String>,
    pub(super) pages: u64,
    pub(super) bytes: u64,
    sha256: String,
    pub(super) interactions: u64,
    pub(super) users: u64,
    pub(super) complete_until: String,
}

impl Done {
    /// Whether the last page is written.
    pub(super) fn is_last(&self) -> bool {
        self.pages > 0 && self.cursor.is_none()
    }
}

/// An export on its way out.
pub(super) struct Target {
    pub(super) done: Done,
    out: Box<dyn Write>,
    hash: digest::Context,
    names: Vec<u8>,
    files: Option<Files>,
}

/// The file in its three states.
struct Files {
    whole: PathBuf,
    partial: PathBuf,
    state: PathBuf,
    open: File,
}

impl Target {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        Self::new(Done::default(), Box::new(io::stdout().lock()), digest::Context::new(&digest::SHA256), None)
    }

    /// A file, from where an export of the same question has come to, or from the beginning.
    pub(super) fn file(whole: &Path, question: &str, restart: bool) -> Result<Self> {
        let beside = |suffix: &str| {
            let mut name = whole.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let (partial, state) = (beside(".partial"), beside(".state"));
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&partial);
        let mut open = open.with_context(|| format!("`{}` cannot be written", partial.display()))?;
        match open.try_lock() {
            Err(TryLockError::WouldBlock) => bail!("another odx writes `{}`", partial.display()),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Ok(()) => {}
        }
        if restart {
            remove(&state)?;
        }
        let (done, hash) = resume(&mut open, &state, question)?;
        open.set_len(done.bytes)?;
        open.seek(SeekFrom::End(0))?;
        let files = Files { whole: whole.to_owned(), partial, state, open: open.try_clone()? };
        Ok(Self::new(done, Box::new(open), hash, Some(files)))
    }

    fn new(done: Done, out: Box<dyn Write>, hash: digest::Context, files: Option<Files>) -> Self {
        Self { done, out, hash, names: Vec::new(), files }
    }

    /// Adds a page, and notes that it is there.
    pub(super) fn add(&mut self, format: Format, page: Page) -> Result<()> {
        let Page { names, content, interactions, users, next, complete_until, .. } = page;
        ensure!(self.names.is_empty() || self.names == names, "the columns of the pages differ");
        match (format, self.done.pages) {
            (Format::Csv, 0) => self.write(&names)?,
            (Format::Json, 0) => self.write(b"{\"data\":[\n")?,
            _ => {}
        }
        if format == Format::Json && self.done.users > 0 && !content.is_empty() {
            self.write(b",\n")?;
        }
        self.write(&content)?;
        self.names = names;
        let done = &mut self.done;
        done.cursor = next;
        done.pages += 1;
        done.interactions += interactions;
        done.users += users;
        if done.complete_until.is_empty() {
            done.complete_until = complete_until;
        }
        self.note()
    }

    /// Writes what stands at the end.
    pub(super) fn end(&mut self, format: Format) -> Result<()> {
        let Done { interactions, users, complete_until, .. } = &self.done;
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

    /// Gives the file its name, and says what its SHA-256 is.
    pub(super) fn finish(mut self) -> Result<String> {
        self.out.flush()?;
        if let Some(Files { whole, partial, state, open }) = &self.files {
            open.sync_all()?;
            fs::rename(partial, whole).with_context(|| format!("`{}` cannot be written", whole.display()))?;
            remove(state)?;
        }
        Ok(self.sha256())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).context("the export cannot be written")?;
        self.hash.update(bytes);
        self.done.bytes += bytes.len() as u64;
        Ok(())
    }

    fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finish())
    }

    /// Notes how far it has come, once that is safely on the disk.
    fn note(&mut self) -> Result<()> {
        self.out.flush()?;
        self.done.sha256 = self.sha256();
        let Some(Files { state, open, .. }) = &self.files else { return Ok(()) };
        open.sync_data()?;
        let mut new = state.as_os_str().to_owned();
        new.push(".new");
        let mut file = File::create(&new)?;
        file.write_all(serde_json::to_string(&self.done)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, state)?;
        Ok(())
    }
}

/// What an export before has left, if it asked the same.
fn resume(open: &mut File, state: &Path, question: &str) -> Result<(Done, digest::Context)> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let begin = Done { question: question.to_owned(), ..Done::default() };
    let text = match fs::read(state) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((begin, hash)),
        text => text?,
    };
    let again = "go on with the same options, or begin again with --restart";
    let done: Done =
        serde_json::from_slice(&text).ok().with_context(|| format!("`{}` is not ours: {again}", state.display()))?;
    ensure!(done.question == question, "`{}` is of an export with other options: {again}", state.display());
    let mut written = open.take(done.bytes);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match written.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    let is_same = written.limit() == 0 && hex::encode(hash.clone().finish()) == done.sha256;
    ensure!(is_same, "what was exported so far has changed since, or is gone: begin again with --restart");
    Ok((done, hash))
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
