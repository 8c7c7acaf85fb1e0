//! The demo: a tenant with an account, a scenario, a token with every scope, and the interactions of a small OpenDialog
//! export.

use crate::data_dir::DataDir;
use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use importer::import;
use shared::app::App;
use shared::crypto::{ApiToken, TokenIssuer, issue_token};
use shared::model::{Account, HandoffMode, Role, Scenario, Scopes, Tenant};
use shared::store::ErasedUserPolicy;
use url::Url;

/// The demo's interactions, in OpenDialog's export format.
pub const EXPORT: &[u8] = include_bytes!("../assets/user-data-export.json");

/// The demo's tenant.
pub const TENANT: &str = "demo";
/// The demo's account.
pub const ACCOUNT: &str = "admin";
/// The demo's scenario.
pub const SCENARIO: &str = "0x420";

/// The address of the webchat page if no server serves it.
pub const PAGE: &str = "http://127.0.0.1:8787/web-chat";

/// Creates the demo unless the data folder has its token.
///
/// The token is written last. If it exists, the demo is complete and may have been changed by its owner, so only the
/// address of the webchat page is updated to that of this server.
///
/// # Errors
/// Returns [`StoreError`](shared::store::StoreError) if the table rejects a request, or an error if the folder cannot be
/// read or written.
pub async fn prepare(app: &App, folder: &DataDir, base: &Url) -> Result<()> {
    let page = base.join("/web-chat")?;
    if folder.file("token").exists() {
        return update_page(app, page).await;
    }
    let token = create(app, &folder.token_issuer()?, page).await?;
    folder.write_secret("token", &token.secret)
}

/// Creates the demo in a table, with its webchat page at this address, and returns its token.
///
/// # Errors
/// Returns [`StoreError`](shared::store::StoreError) if the table rejects a request.
pub async fn create(app: &App, issuer: &TokenIssuer, page: Url) -> Result<ApiToken> {
    let mut tenant = Tenant::new(TENANT.parse()?);
    tenant.collections = vec!["PolicyHolders".to_owned()];
    app.store.tenant_create(&tenant).await?;
    let account = Account::new(ACCOUNT.parse()?, Role::Admin, Scopes::new());
    app.store.account_create(&tenant.id, &account).await?;
    let scenario = Scenario {
        id: SCENARIO.parse()?,
        alias: Some("customer_support".parse()?),
        name: "Customer support".to_owned(),
        page: Some(page),
        app_key: "demo".to_owned(),
        mode: HandoffMode::Handoff,
        preload: false,
        contact: Some("mailto:support@example.com".parse()?),
    };
    app.store.scenario_put(&tenant.id, &scenario).await?;
    let now = app.clock.now();
    let tenant = app.store.tenant_get(&tenant.id).await?.context("the demo tenant does not exist")?;
    import(EXPORT, app, &tenant, ErasedUserPolicy::Refuse, |_| {}).await.context("cannot import the demo's export")?;
    let expires_at = now + TimeDelta::days(365);
    let (record, token) = issue_token(issuer, &tenant.id, &account.id, "demo", account.allowed(), now, expires_at);
    app.store.token_create(&token.record, &record).await?;
    Ok(token)
}

async fn update_page(app: &App, page: Url) -> Result<()> {
    let (tenant, id) = (TENANT.parse()?, SCENARIO.parse()?);
    let scenario = app.store.scenario_find(&tenant, &id).await?;
    // A page with another path is one that the owner chose.
    let outdated =
        scenario.filter(|scenario| scenario.page.as_ref().is_some_and(|old| old.path() == page.path() && *old != page));
    if let Some(scenario) = outdated {
        app.store.scenario_put(&tenant, &Scenario { page: Some(page), ..scenario }).await?;
    }
    Ok(())
}
