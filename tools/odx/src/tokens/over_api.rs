//! Creating and rotating tokens by the API, which has the private key.

use crate::accounts::owner::Owner;
use crate::api::{Address, Api};
use crate::context::Source;
use crate::output::Output;
use anyhow::{Result, bail};
use reqwest::{Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::model::{AccountId, TenantId};

/// The options that say who owns the token, and whether the API or the table makes it.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    #[command(flatten)]
    address: Address,
    /// Write to the table of the installation, not by the API
    #[arg(long, requires = "account", conflicts_with_all = ["url", "token"])]
    tenant: Option<TenantId>,
    /// The account that owns the token [default by the API: that of your own token]
    #[arg(long)]
    account: Option<AccountId>,
}

impl Place {
    /// The account in the table, or `None` if the API is to make the token.
    pub(super) fn owner(&self) -> Option<Owner> {
        let (tenant, account) = self.tenant.clone().zip(self.account.clone())?;
        Some(Owner { tenant, account })
    }

    /// The account by its name alone.
    pub(super) fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// A client of the API.
    ///
    /// # Errors
    /// As [`Address::open`].
    pub(super) fn api(&self, source: &Source) -> Result<Api> {
        self.address.open(source)
    }
}

/// A new token, as the API answers and as the command prints it.
#[derive(Serialize, Deserialize)]
struct NewToken {
    id: String,
    token: String,
    name: String,
    scopes: Vec<String>,
    expires_at: String,
}

/// Sends a request for a token, and prints the token. Without a response the token may exist, so nothing is sent again.
///
/// # Errors
/// Returns an error if the API refuses the request or cannot be reached.
pub(super) async fn make(api: &Api, path: &str, body: Map<String, Value>, output: Output) -> Result<()> {
    let request = api.request(Method::POST, path, &[]).header(header::CONTENT_TYPE, "application/json");
    let response = api.send_once(request.body(Value::Object(body).to_string())).await?;
    if response.status == StatusCode::NOT_IMPLEMENTED {
        bail!(
            "this installation has no private key, so its API creates no tokens: the operator uses \
             `odx token create --tenant … --account … --key FILE`"
        );
    }
    let token: NewToken = response.success()?.json()?;
    let (id, expires_at) = (&token.id, &token.expires_at);
    eprintln!("created token `{id}`, which expires at {expires_at}; its secret is only shown this once:");
    output.data(&token, || token.token.clone())
}
