//! The data folder of a server: its table, its keys and its addresses. One server at a time has it open.

use anyhow::{Context as _, Result, bail};
use files::{ENGINE_ENV, KEYS_ENV, PRIVATE, PUBLIC, TOKEN_KEY, parse_env_file};
use shared::config::Config;
use shared::crypto::{TokenIssuer, new_keys};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The file with the address of the server, which the first complete start writes.
pub const URL: &str = "url";
/// The files that only their owner may read: keys, tokens and the table.
const SECRETS: [&str; 7] = [KEYS_ENV, TOKEN_KEY, ENGINE_ENV, "token", "table.db", "table.db-wal", "table.db-shm"];

/// The setting that a server gets from [`TOKEN_KEY`].
const TOKEN_SIGNING_KEY: &str = "TOKEN_SIGNING_KEY";

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
        protect(path)?;
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

    /// Checks that the table is there if the keys were used for one: a new table beside old keys would hide a loss.
    ///
    /// # Errors
    /// Returns an error with the remedy if the demo token or the address of a server is there, and the table is missing or
    /// empty.
    pub fn check_table_is_kept(&self) -> Result<()> {
        let table = self.table();
        let kept = fs::metadata(&table).is_ok_and(|table| table.len() > 0);
        if kept || !self.file(URL).exists() {
            return Ok(());
        }
        bail!(
            "the keys are here and the table is not: {} is missing or empty. Restore it, or remove the folder to begin \
             with new keys and an empty table",
            table.display()
        )
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

    /// The settings in `keys.env`, and the private key of tokens.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read or a line is malformed.
    pub fn settings(&self) -> Result<BTreeMap<String, String>> {
        let mut settings = self.keys()?;
        settings.insert(TOKEN_SIGNING_KEY.to_owned(), self.token_key()?);
        Ok(settings)
    }

    /// The settings of the product: the folder's keys, and others, as the `AWS_…` variables of an engine.
    ///
    /// # Errors
    /// Returns an error if a setting is missing or invalid.
    pub fn config(&self, others: &BTreeMap<String, String>) -> Result<Config> {
        let keys = self.settings()?;
        let config = Config::read(|name| others.get(name).or_else(|| keys.get(name)).cloned());
        config.with_context(|| format!("a setting cannot be used (the keys are in {})", self.file(KEYS_ENV).display()))
    }

    /// Writes the `AWS_…` variables of an engine for the programs that work on its table: `odx --local`, `sam local`.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written.
    pub fn write_engine(&self, engine: &BTreeMap<String, String>) -> Result<()> {
        let lines: Vec<_> = engine.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        self.write_secret(ENGINE_ENV, &lines.concat())
    }

    /// The private key that signs API tokens.
    ///
    /// # Errors
    /// Returns an error if the key is missing or invalid.
    pub fn token_issuer(&self) -> Result<TokenIssuer> {
        let file = self.file(TOKEN_KEY);
        TokenIssuer::read(&self.token_key()?)
            .with_context(|| format!("{} is not a private key of `odx keys new`", file.display()))
    }

    fn token_key(&self) -> Result<String> {
        let file = self.file(TOKEN_KEY);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
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

/// Makes the secrets of a folder readable by their owner alone, whatever the mode that they have.
///
/// # Errors
/// Returns an error if other accounts can write to the folder: they could replace the keys and the table.
fn protect(folder: &Path) -> Result<()> {
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o022 != 0 {
        bail!("other accounts can write to the data folder {0}: run `chmod go-w {0}`", folder.display());
    }
    for name in SECRETS {
        let file = folder.join(name);
        if fs::metadata(&file).is_ok_and(|secret| secret.permissions().mode() & 0o077 != 0) {
            let private = fs::Permissions::from_mode(PRIVATE);
            fs::set_permissions(&file, private).with_context(|| format!("cannot protect {}", file.display()))?;
        }
    }
    Ok(())
}
