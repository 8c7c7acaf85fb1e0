//! The address of the API and the token, from options, the environment or a data folder.

use crate::api::client::Api;
use crate::context::Source;
use anyhow::{Context as _, Result};
use shared::config;
use url::Url;

/// The options that name the API and the token.
#[derive(Debug, clap::Args)]
pub(crate) struct Address {
    /// Address of the API [default: the server of --local DIR, else `ODX_URL`]
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// API token [default: that of --local DIR, else `ODX_TOKEN`, which other users of the machine cannot see]
    #[arg(long)]
    token: Option<String>,
}

impl Address {
    /// Builds a client for the API. It sends nothing yet.
    ///
    /// # Errors
    /// Returns an error if neither options, data folder nor environment name an address and a token, or one of them
    /// is malformed.
    pub(crate) fn open(&self, source: &Source) -> Result<Api> {
        let url = match self.url.clone().map_or_else(|| source.server_url(), |url| Ok(Some(url)))? {
            Some(url) => url,
            None => url_from_environment()?,
        };
        let token = match self.token.clone().map_or_else(|| source.server_token(), |token| Ok(Some(token)))? {
            Some(token) => token,
            None => config::variable("ODX_TOKEN")
                .context("the API needs a token: set ODX_TOKEN or use --token; `odx token create` creates a token")?,
        };
        Api::new(url, token.trim())
    }
}

fn url_from_environment() -> Result<Url> {
    let url = config::variable("ODX_URL").context(
        "the address of the API is missing: use --url, set ODX_URL, or name the data folder of a local server with --local DIR",
    )?;
    url.parse().with_context(|| format!("ODX_URL is not an address: `{url}`"))
}
