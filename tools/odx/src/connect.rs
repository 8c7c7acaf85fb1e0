//! The way to the table: from the environment, or from the data folder of a local server.

use anyhow::{Context as _, Result, anyhow};
use aws_config::BehaviorVersion;
use shared::app::App;
use shared::config::Config;
use shared::store::{Client, Store, TableError};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use url::Url;

/// Settings and keys, one `NAME=value` a line.
pub(crate) const KEYS_ENV: &str = "keys.env";
/// The private key that tokens are made with.
pub(crate) const TOKEN_KEY: &str = "token-key";
/// The address of the embedded engine.
const ENDPOINT: &str = "endpoint";
/// The address of the server.
const SERVER: &str = "url";
/// The demo token.
const TOKEN: &str = "token";

/// Where settings and keys come from.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// Take endpoint and keys from the data folder of a local server
    #[arg(long, global = true, value_name = "DIR")]
    local: Option<PathBuf>,
}

impl Source {
    /// Settings and table. Nothing is sent yet.
    pub(crate) async fn connect(&self) -> Result<App> {
        if let Some(folder) = &self.local {
            return local(folder);
        }
        let config = Config::from_env().context(
            "the settings come from the environment; `--local DIR` takes them from the data folder of a local server",
        )?;
        let aws = aws_config::defaults(BehaviorVersion::latest()).load().await;
        let store = Store::new(Client::new(&aws), &config);
        Ok(App::with_store(config, store))
    }

    /// Settings and table, which is there and belongs to the data key: with another nothing would be found in it.
    pub(crate) async fn open(&self) -> Result<App> {
        let app = self.connect().await?;
        match app.store.table_check().await {
            Ok(()) => Ok(app),
            Err(TableError::Store(error)) => Err(error.into()),
            Err(wrong) => Err(wrong.into()),
        }
    }

    /// The address of a local server.
    pub(crate) fn server_url(&self) -> Result<Option<Url>> {
        let written = self.local.as_ref().map(|folder| read(folder, SERVER)).transpose()?;
        written.map(|url| url.trim().parse().with_context(|| format!("`{SERVER}` is not an address"))).transpose()
    }

    /// The demo token of a local server.
    pub(crate) fn server_token(&self) -> Result<Option<String>> {
        self.local.as_ref().map(|folder| read(folder, TOKEN)).transpose()
    }

    /// The private key of a local server.
    pub(crate) fn token_key(&self) -> Option<PathBuf> {
        self.local.as_ref().map(|folder| folder.join(TOKEN_KEY))
    }
}

fn read(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| {
        format!("`{}` cannot be read: is this the data folder of a local server that was started?", path.display())
    })
}

fn local(folder: &Path) -> Result<App> {
    let mut settings = parse_env(&read(folder, KEYS_ENV)?).with_context(|| format!("`{KEYS_ENV}`"))?;
    settings.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), read(folder, ENDPOINT)?.trim().to_owned());
    let config = Config::read(|name| settings.get(name).cloned()).with_context(|| format!("`{KEYS_ENV}`"))?;
    Ok(App::new(config))
}

/// The variables of lines `NAME=value`; blank lines and lines that begin with `#` say nothing.
fn parse_env(text: &str) -> Result<HashMap<String, String>> {
    let lines = (1..).zip(text.lines().map(str::trim));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let variable = |(number, line): (usize, &str)| {
        let (name, value) = line.split_once('=').ok_or_else(|| anyhow!("line {number} is not NAME=value"))?;
        Ok((name.trim_end().to_owned(), value.trim_start().to_owned()))
    };
    lines.map(variable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_env_is_read_with_comments_and_blank_lines() {
        let variables = parse_env("# made today\n\nTABLE_NAME=t\r\n SIGNING_KEYS = 2:a=,1:b \n").unwrap();
        assert_eq!(variables.len(), 2);
        assert_eq!((variables["TABLE_NAME"].as_str(), variables["SIGNING_KEYS"].as_str()), ("t", "2:a=,1:b"));
    }

    #[test]
    fn a_line_without_a_value_is_named_and_not_repeated() {
        let error = parse_env("TABLE_NAME=t\nsecret").unwrap_err().to_string();
        assert_eq!(error, "line 2 is not NAME=value");
    }
}
