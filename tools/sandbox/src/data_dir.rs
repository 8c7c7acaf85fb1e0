//! The data folder of a server: its table, its keys and its addresses. One server at a time has it open.

use anyhow::{Context as _, Result, bail};
use files::{KEYS_ENV, PRIVATE, PUBLIC, TOKEN_KEY, parse_env_file};
use shared::config::{self, Config};
use shared::crypto::{TokenIssuer, new_keys};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The table's name in the embedded engine.
const TABLE: &str = "external-api";

/// An open data folder. Until it is dropped, no other server can open it.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens a folder, and creates it and its keys if they do not exist.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written, or if another server has it open.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let create = || fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        create().with_context(|| format!("cannot make the data folder {shown}: choose another with --data DIR"))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join("lock"));
        let lock =
            lock.with_context(|| format!("cannot write to the data folder {shown}: choose another with --data DIR"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                bail!("another server has the data folder {shown} open: stop it, or choose another with --data DIR")
            }
            Err(fs::TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock the data folder {shown}"));
            }
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        if !folder.file(KEYS_ENV).exists() {
            let keys = new_keys();
            folder.write_secret(TOKEN_KEY, &keys.token_key)?;
            folder.write_secret(KEYS_ENV, &keys.env_lines(TABLE))?;
        }
        Ok(folder)
    }

    /// The path of a file in the folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the embedded engine's table.
    #[must_use]
    pub fn table(&self) -> PathBuf {
        self.file("table.db")
    }

    /// The settings in `keys.env`, by name.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or a line is malformed.
    pub fn keys(&self) -> Result<BTreeMap<String, String>> {
        let file = self.file(KEYS_ENV);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        parse_env_file(&text).with_context(|| format!("{}", file.display()))
    }

    /// The settings of the product: the folder's keys and this endpoint. The region and credentials come from the
    /// environment, unless the engine is the embedded one, which accepts any.
    ///
    /// # Errors
    /// Returns an error if a key is missing or invalid.
    pub fn config(&self, endpoint: &str, embedded: bool) -> Result<Config> {
        let keys = self.keys()?;
        let config = Config::read(|name| match name {
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(endpoint.to_owned()),
            name if name.starts_with("AWS_") && !embedded => config::variable(name),
            name => keys.get(name).cloned(),
        });
        config.with_context(|| format!("the keys in {} cannot be used", self.file(KEYS_ENV).display()))
    }

    /// The private key that signs API tokens.
    ///
    /// # Errors
    /// Returns an error if the key is missing or invalid.
    pub fn token_issuer(&self) -> Result<TokenIssuer> {
        let file = self.file(TOKEN_KEY);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        TokenIssuer::read(&text).with_context(|| format!("{} is not a private key of `odx keys new`", file.display()))
    }

    /// Writes a file completely or not at all.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        self.write_as(name, text, PUBLIC)
    }

    /// Writes a file that only its owner can read, completely or not at all.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written.
    pub fn write_secret(&self, name: &str, text: &str) -> Result<()> {
        self.write_as(name, text, PRIVATE)
    }

    fn write_as(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        let file = self.file(name);
        files::write_atomic(&file, text.as_bytes(), mode).with_context(|| format!("cannot write {}", file.display()))
    }
}
