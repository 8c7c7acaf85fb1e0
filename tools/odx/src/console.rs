//! `odx console`: a link that signs a person in to the console of a local server.

use crate::accounts::owner::Owner;
use crate::context::Source;
use crate::output::Output;
use anyhow::{Context as _, Result};
use clap::Args as ClapArgs;
use serde_json::json;
use shared::crypto::ConsoleSignIn;

/// Print a link that signs you in to the console of the local server
///
/// The link works once, within ten minutes, and only in a browser on the machine of the server. Without options it signs in
/// the admin of the demo.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  odx console --local .local
  odx console --local .local --tenant acme --account ann")]
pub(crate) struct Args {
    #[command(flatten)]
    owner: DemoOwner,
}

/// The options that name an account of the local server.
#[derive(Debug, ClapArgs)]
struct DemoOwner {
    /// The tenant of the account
    #[arg(long, default_value = "demo")]
    tenant: shared::model::TenantId,
    /// The account to sign in
    #[arg(long, default_value = "admin")]
    account: shared::model::AccountId,
}

pub(crate) async fn run(Args { owner }: Args, source: &Source, output: Output) -> Result<()> {
    let server =
        source.server_url()?.context("name the data folder of the local server: `odx console --local .local`")?;
    let app = source.open().await?;
    let DemoOwner { tenant, account } = owner;
    Owner { tenant: tenant.clone(), account: account.clone() }.find(&app.store).await?;
    let link = ConsoleSignIn::new(tenant, account, app.clock.now());
    let url = server.join(&link.path(&app.config.signer))?;
    output.data(&json!({"url": url, "expires_in": ConsoleSignIn::SECONDS}), || url.to_string())
}
