//! The demo: a tenant with an account, a scenario, a token with every scope, and a small OpenDialog export.

use crate::data_dir::DataDir;
use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use importer::import;
use shared::app::App;
use shared::crypto::{ApiToken, TokenIssuer, issue_token};
use shared::model::{Account, HandoffMode, Role, Scenario, Scopes, Tenant};
use shared::store::ErasedUserPolicy;
use url::Url;

/// The export that the demo begins with, in OpenDialog's own format.
pub const EXPORT: &[u8] = include_bytes!("../assets/user-data-export.json");

/// The demo's tenant.
pub const TENANT: &str = "demo";
/// The demo's account.
pub const ACCOUNT: &str = "admin";
/// The demo's scenario.
pub const SCENARIO: &str = "0x420";

/// Makes what is missing of the demo. The token is written last: where it stands, the demo is complete and is left as
/// its owner has changed it, but for the address of the webchat page, which follows this server.
///
/// # Errors
/// The table's, and those of the folder.
pub async fn prepare(app: &App, folder: &DataDir, base: &Url) -> Result<()> {
    let page = base.join("/web-chat")?;
    if folder.file("token").exists() {
        return move_page(app, page).await;
    }
    let token = make(app, &folder.token_issuer()?, page).await?;
    folder.write_secret("token", &token.secret)
}

/// Makes the demo in a table, with its webchat page at an address, and gives its token.
///
/// # Errors
/// The table's.
pub async fn make(app: &App, issuer: &TokenIssuer, page: Url) -> Result<ApiToken> {
    let mut tenant = Tenant::new(TENANT.parse()?);
    tenant.collections = vec!["PolicyHolders".to_owned()];
    app.store.tenant_create(&tenant).await?;
    let account = Account { id: ACCOUNT.parse()?, role: Role::Admin, scopes: Scopes::new() };
    app.store.account_put(&tenant.id, &account).await?;
    let scenario = Scenario {
        id: SCENARIO.parse()?,
        alias: Some("customer_support".parse()?),
        name: "Customer support".to_owned(),
        page: Some(page),
        app_key: "demo".to_owned(),
        mode: HandoffMode::Handoff,
        contact: Some("mailto:support@example.com".parse()?),
    };
    app.store.scenario_put(&tenant.id, &scenario).await?;
    let now = app.clock.now();
    let tenant = app.store.tenant_get(&tenant.id).await?.context("the demo tenant is gone")?;
    import(EXPORT, app, &tenant, ErasedUserPolicy::Refuse, |_| {}).await.context("cannot import the demo's export")?;
    let expires_at = now + TimeDelta::days(365);
    let (record, token) = issue_token(issuer, &tenant.id, &account.id, "demo", account.allowed(), now, expires_at);
    app.store.token_create(&token.record, &record).await?;
    Ok(token)
}

async fn move_page(app: &App, page: Url) -> Result<()> {
    let (tenant, id) = (TENANT.parse()?, SCENARIO.parse()?);
    let known = app.store.scenario_find(&tenant, &id).await?;
    let elsewhere =
        known.filter(|scenario| scenario.page.as_ref().is_some_and(|old| old.path() == page.path() && *old != page));
    if let Some(scenario) = elsewhere {
        app.store.scenario_put(&tenant, &Scenario { page: Some(page), ..scenario }).await?;
    }
    Ok(())
}
