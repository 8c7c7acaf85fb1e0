//! The data folder: one server at a time, its table, its keys, its addresses.

use anyhow::{Context as _, Result, bail};
use shared::config::{self, Config};
use shared::crypto::{TokenIssuer, new_keys};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The table's name in the embedded engine.
const TABLE: &str = "external-api";

/// An opened data folder. As long as it lives, no other server opens it.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens a folder, making it and its keys if they do not exist.
    ///
    /// # Errors
    /// A folder that cannot be written, or that another server has open.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let make = || fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        make().with_context(|| format!("cannot make the data folder {shown}: choose another with --data DIR"))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join("lock"));
        let lock =
            lock.with_context(|| format!("cannot write into the data folder {shown}: choose another with --data DIR"))?;
        if lock.try_lock().is_err() {
            bail!("another server has the data folder {shown} open: stop it, or choose another with --data DIR");
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        if !folder.file("keys.env").exists() {
            let keys = new_keys();
            folder.write_secret("token-key", &keys.token_key)?;
            folder.write_secret("keys.env", &keys.env_lines(TABLE))?;
        }
        Ok(folder)
    }

    /// A file of the folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The settings: the folder's keys, this endpoint, and for another engine the AWS settings of the environment.
    ///
    /// # Errors
    /// Keys that are missing or wrong.
    pub fn config(&self, endpoint: &str, embedded: bool) -> Result<Config> {
        let file = self.file("keys.env");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let keys: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let config = Config::read(|name| match name {
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(endpoint.to_owned()),
            name if name.starts_with("AWS_") && !embedded => config::variable(name),
            name => keys.get(name).map(|value| (*value).to_owned()),
        });
        config.with_context(|| format!("the keys in {} cannot be used", file.display()))
    }

    /// The private key that API tokens are made with.
    ///
    /// # Errors
    /// A key that is missing or wrong.
    pub fn token_issuer(&self) -> Result<TokenIssuer> {
        let file = self.file("token-key");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        TokenIssuer::read(&text).with_context(|| format!("{} is not a private key of `odx keys new`", file.display()))
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        self.write_as(name, text, 0o644)
    }

    /// Writes a file that only its owner can read, whole or not at all.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write_secret(&self, name: &str, text: &str) -> Result<()> {
        self.write_as(name, text, 0o600)
    }

    fn write_as(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        let (partial, file) = (self.file(&format!("{name}.partial")), self.file(name));
        let write = || {
            let mut written = OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&partial)?;
            written.write_all(text.as_bytes())?;
            written.sync_all()?;
            fs::rename(&partial, &file)
        };
        write().with_context(|| format!("cannot write {}", file.display()))
    }
}
