//! The settings and the table that a command works on: from the environment, or from the data folder of a local server.

use anyhow::{Context as _, Result};
use aws_config::BehaviorVersion;
use files::{ENGINE_ENV, KEYS_ENV, TOKEN_KEY, parse_env_file};
use shared::app::App;
use shared::config::Config;
use shared::store::{Client, Store, TableError};
use std::fs;
use std::path::{Path, PathBuf};
use url::Url;

/// The file with the address of the server.
const SERVER_URL: &str = "url";
/// The file with the demo token.
const DEMO_TOKEN: &str = "token";

/// The source of settings and keys.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// Take endpoint, keys, address and token from the data folder of a local server
    #[arg(long, global = true, value_name = "DIR")]
    local: Option<PathBuf>,
}

impl Source {
    /// Settings and a client of the table. It sends nothing yet.
    ///
    /// # Errors
    /// Returns an error if a setting is missing or malformed.
    pub(crate) async fn connect(&self) -> Result<App> {
        if let Some(folder) = &self.local {
            return connect_locally(folder);
        }
        let config = Config::from_env().context(
            "the environment lacks settings of the installation; `--local DIR` takes them from the data folder of a local server",
        )?;
        let aws = aws_config::defaults(BehaviorVersion::latest()).load().await;
        let store = Store::new(Client::new(&aws), &config);
        Ok(App::with_store(config, store))
    }

    /// As [`Source::connect`], and checks that the table exists and belongs to `DATA_KEY`: with another key every
    /// record would seem missing.
    ///
    /// # Errors
    /// Returns [`TableError`] if the table is missing, of another version or of another data key, and
    /// [`StoreError`](shared::store::StoreError) if DynamoDB rejects the request.
    pub(crate) async fn open(&self) -> Result<App> {
        let app = self.connect().await?;
        match app.store.table_check().await {
            Ok(()) => Ok(app),
            // `main` looks for a `StoreError` to recommend `odx doctor`.
            Err(TableError::Store(error)) => Err(error.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// The address of the local server; `None` without `--local`.
    pub(crate) fn server_url(&self) -> Result<Option<Url>> {
        let url = self.local.as_ref().map(|folder| read(folder, SERVER_URL)).transpose()?;
        url.map(|url| url.trim().parse().with_context(|| format!("`{SERVER_URL}` is not an address"))).transpose()
    }

    /// The demo token of the local server; `None` without `--local`.
    pub(crate) fn server_token(&self) -> Result<Option<String>> {
        self.local.as_ref().map(|folder| read(folder, DEMO_TOKEN)).transpose()
    }

    /// The file with the private key of the local server; `None` without `--local`.
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

fn connect_locally(folder: &Path) -> Result<App> {
    let mut settings = parse_env_file(&read(folder, KEYS_ENV)?).with_context(|| format!("`{KEYS_ENV}`"))?;
    settings.extend(parse_env_file(&read(folder, ENGINE_ENV)?).with_context(|| format!("`{ENGINE_ENV}`"))?);
    let config = Config::read(|name| settings.get(name).cloned()).with_context(|| format!("`{KEYS_ENV}`"))?;
    Ok(App::new(config))
}
