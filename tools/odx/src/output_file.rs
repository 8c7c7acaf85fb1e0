//! The file that a command writes: a regular file, a device or pipe, or standard output.

use anyhow::{Context as _, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Names of standard output. As a file it could be replaced, or be cut while another program appends to it.
const STDOUT: [&str; 2] = ["-", "/dev/stdout"];

/// Where the content of `--out` goes.
#[derive(Debug)]
pub(crate) enum OutputFile {
    Stdout,
    /// A device or a named pipe: written to directly, because a rename would put a regular file in its place.
    Stream(PathBuf),
    /// A regular file, which exists complete or not at all. A symbolic link is followed.
    Regular(PathBuf),
}

impl OutputFile {
    /// The output that a path names.
    pub(crate) fn of(path: &Path) -> Self {
        if STDOUT.iter().any(|name| path == Path::new(name)) {
            return Self::Stdout;
        }
        match fs::metadata(path) {
            Ok(found) if !found.is_file() => Self::Stream(path.to_owned()),
            // An error is that of a file that does not exist yet.
            _ => Self::Regular(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())),
        }
    }

    /// Writes the whole content. A reader of standard output that has read enough is no error.
    ///
    /// # Errors
    /// Returns an error if the output cannot be written.
    pub(crate) fn write(&self, content: &[u8]) -> Result<()> {
        match self {
            Self::Stdout => match io::stdout().write_all(content) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                written => Ok(written?),
            },
            Self::Stream(path) => Ok(open_stream(path)?.write_all(content)?),
            Self::Regular(path) => Ok(files::write_atomic(path, content, files::PRIVATE)?),
        }
    }
}

/// Opens a device or a named pipe.
///
/// # Errors
/// Returns an error if it cannot be written, as a folder.
pub(crate) fn open_stream(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).open(path).with_context(|| format!("`{}` cannot be written", path.display()))
}
