//! `odx keys`: the keys of a new installation.

use crate::connect::{KEYS_ENV, TOKEN_KEY};
use crate::output::Output;
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use serde_json::{Map, Value};
use shared::crypto::{NewKeys, new_keys};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the keys of a new installation
    ///
    /// `keys.env` holds the settings of every function. `token-key` is the private key that API tokens are made with:
    /// it stays with the operator, no function needs it. `DATA_KEY` never rotates: losing it orphans the table.
    #[command(after_help = "\
Examples:
  odx keys new --out keys            writes keys/keys.env and keys/token-key, readable by you alone
  set -a; . keys/keys.env; set +a    the settings for odx in this shell
  odx keys new --json                prints them, for a secret store")]
    New {
        /// Write the files `keys.env` and `token-key` into this folder; none is ever overwritten
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// The table that the keys are for
        #[arg(long, value_name = "NAME", default_value = "external-api")]
        table: String,
    },
}

pub(crate) fn run(command: Command, output: Output) -> Result<()> {
    let Command::New { out, table } = command;
    let keys = new_keys();
    match out {
        Some(folder) => write(&folder, &table, &keys),
        None => print(&table, &keys, output),
    }
}

fn print(table: &str, keys: &NewKeys, output: Output) -> Result<()> {
    let settings = keys.settings(table).map(|(name, value)| (name.to_owned(), Value::from(value)));
    let mut json = Map::from_iter(settings);
    json.insert("token_key".to_owned(), keys.token_key.as_str().into());
    output.data(&json, || {
        format!(
            "# The settings of every function (and of odx). DATA_KEY never rotates: losing it orphans the table.\n\
             {}\n\
             # The private key that API tokens are made with: a file for `--key`, the operator's alone.\n\
             {}",
            keys.env_lines(table),
            keys.token_key
        )
    })
}

fn write(folder: &Path, table: &str, keys: &NewKeys) -> Result<()> {
    let (env, token_key) = (folder.join(KEYS_ENV), folder.join(TOKEN_KEY));
    if let Some(existing) = [&env, &token_key].into_iter().find(|path| path.exists()) {
        bail!("`{}` exists and keys are never overwritten: name another folder", existing.display());
    }
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    write_private(&env, &keys.env_lines(table))?;
    write_private(&token_key, &keys.token_key)?;
    eprintln!(
        "{env}: the settings of every function, and of odx. Keep a copy where it cannot be lost:\n  \
         DATA_KEY never rotates, and without it nothing in the table can be found again.\n\
         {token_key}: the private key that API tokens are made with. It stays with you; no function needs it.\n\
         Next: `set -a; . {env}; set +a`, then `odx table create`",
        env = env.display(),
        token_key = token_key.display(),
    );
    Ok(())
}

/// Writes a new file that only its owner can read.
fn write_private(path: &Path, content: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(content.as_bytes()));
    written.with_context(|| format!("`{}` cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_once_and_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "t", &new_keys()).unwrap();
        let before = fs::read(folder.path().join(TOKEN_KEY)).unwrap();
        #[cfg(unix)]
        for name in [KEYS_ENV, TOKEN_KEY] {
            let metadata = fs::metadata(folder.path().join(name)).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, 0o600);
        }
        fs::remove_file(folder.path().join(KEYS_ENV)).unwrap();
        assert!(write(folder.path(), "t", &new_keys()).is_err());
        assert!(!folder.path().join(KEYS_ENV).exists());
        assert_eq!(fs::read(folder.path().join(TOKEN_KEY)).unwrap(), before);
    }
}
