//! `odx keys`: the keys of a new installation.

use crate::output::Output;
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use files::{KEYS_ENV, PRIVATE, TOKEN_KEY};
use serde_json::{Map, Value, json};
use shared::crypto::{NewKeys, new_keys};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create the keys of a new installation
    ///
    /// `keys.env` holds the settings of every function. `token-key` is the private key that signs API tokens: it stays
    /// with the operator, no function needs it. `DATA_KEY` never rotates: without it, no record in the table can be
    /// found.
    #[command(after_help = "\
Examples:
  odx keys new --out keys            writes keys/keys.env and keys/token-key, readable by you alone
  set -a; . keys/keys.env; set +a    loads the settings for odx into this shell
  odx keys new --json                prints the keys, for a secret store")]
    New {
        /// Write the files `keys.env` and `token-key` into this folder; existing files are never overwritten
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// The name of the table
        #[arg(long, value_name = "NAME", default_value = "external-api")]
        table: String,
    },
}

pub(crate) fn run(command: Command, output: Output) -> Result<()> {
    let Command::New { out, table } = command;
    let keys = new_keys();
    match out {
        Some(folder) => write(&folder, &table, &keys, output),
        None => print(&table, &keys, output),
    }
}

fn print(table: &str, keys: &NewKeys, output: Output) -> Result<()> {
    let settings = keys.settings(table).map(|(name, value)| (name.to_owned(), Value::from(value)));
    let mut json = Map::from_iter(settings);
    json.insert("token_key".to_owned(), keys.token_key.as_str().into());
    output.data(&json, || {
        format!(
            "# The settings of every function and of odx. DATA_KEY never rotates: without it, no record can be found.\n\
             {}\n\
             # The private key that signs API tokens. Keep it in a file for `--key`; no function needs it.\n\
             {}",
            keys.env_lines(table),
            keys.token_key
        )
    })
}

fn write(folder: &Path, table: &str, keys: &NewKeys, output: Output) -> Result<()> {
    let (env, token_key) = (folder.join(KEYS_ENV), folder.join(TOKEN_KEY));
    if let Some(existing) = [&env, &token_key].into_iter().find(|path| path.exists()) {
        bail!("`{}` exists and keys are never overwritten: choose another folder", existing.display());
    }
    fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be created", folder.display()))?;
    write_new(&env, &keys.env_lines(table))?;
    write_new(&token_key, &keys.token_key)?;
    let message = format!(
        "{env}: the settings of every function and of odx. Keep a copy in a safe place:\n  \
         DATA_KEY never rotates, and without it no record in the table can be found.\n\
         {token_key}: the private key that signs API tokens. It stays with you; no function needs it.\n\
         Next: `set -a; . {env}; set +a`, then `odx table create`",
        env = env.display(),
        token_key = token_key.display(),
    );
    output.done(&json!({"keys_env": env, "token_key": token_key}), &message)
}

/// Writes a new file that only its owner can read. It fails if the file exists, so that two runs at the same time
/// cannot overwrite each other's keys.
fn write_new(path: &Path, content: &str) -> Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path);
    let written = file.and_then(|mut file| file.write_all(content.as_bytes()));
    written.with_context(|| format!("`{}` cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn written() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "t", &new_keys(), Output::new(false)).unwrap();
        folder
    }

    #[test]
    fn only_the_owner_can_read_the_keys() {
        let folder = written();
        for name in [KEYS_ENV, TOKEN_KEY] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn keys_are_never_overwritten_and_no_half_of_a_pair_is_written() {
        let folder = written();
        let before = fs::read(folder.path().join(TOKEN_KEY)).unwrap();
        fs::remove_file(folder.path().join(KEYS_ENV)).unwrap();
        assert!(write(folder.path(), "t", &new_keys(), Output::new(false)).is_err());
        assert!(!folder.path().join(KEYS_ENV).exists());
        assert_eq!(fs::read(folder.path().join(TOKEN_KEY)).unwrap(), before);
    }
}
