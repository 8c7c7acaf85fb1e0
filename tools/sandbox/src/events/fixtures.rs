//! The records that the events need in addition to the demo, and the values of the placeholders.

use crate::demo;
use crate::events::files::replace;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use chrono::TimeDelta;
use http::{Request, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use shared::app::App;
use shared::crypto::{ConsoleSession, ConsoleSignIn, TokenIssuer, base64url, console_token, issue_token, random};
use shared::model::{Account, Code, Role, Scope, TenantId, Token};
use shared::store::Freshness;
use std::collections::BTreeMap;
use tower::ServiceExt as _;
use url::Url;
use uuid::Uuid;

const NONCE: &str = "nonce-of-the-events-0";
/// The campaign that the events read.
const CAMPAIGN: &str = "events";

struct GeneratedLink {
    code: String,
    id: String,
    campaign: String,
}

/// A table with the demo, and tokens of fewer scopes, links, handoffs and a session for the events.
pub struct EventFixtures<'a> {
    app: App,
    tenant: TenantId,
    admin: Account,
    issuer: &'a TokenIssuer,
    service: Router,
    /// The values that every event may use again.
    reusable: BTreeMap<&'static str, String>,
    revoked_handoff: String,
}

impl std::fmt::Debug for EventFixtures<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventFixtures(redacted)")
    }
}

impl<'a> EventFixtures<'a> {
    /// Creates the records in a table that has the demo.
    ///
    /// # Errors
    /// Returns an error if the table has no demo, or if the table or the product rejects a request.
    pub async fn create(app: App, issuer: &'a TokenIssuer) -> Result<Self> {
        let tenant: TenantId = demo::TENANT.parse()?;
        let admin = Account::new(demo::ACCOUNT.parse()?, Role::Admin, [].into());
        let service = shared::http::service(crate::routes(), app.clone());
        let scenario = app.store.scenario_find(&tenant, &demo::SCENARIO.parse()?).await?;
        let origin = scenario.and_then(|scenario| scenario.origin()).context("the table has no demo")?;
        let (reusable, revoked_handoff) = (BTreeMap::from([("origin", origin)]), String::new());
        let mut fixtures = Self { app, tenant, admin, issuer, service, reusable, revoked_handoff };
        fixtures.create_tokens().await?;
        fixtures.create_links().await?;
        Ok(fixtures)
    }

    /// Replaces the placeholders of an event by their values. Values that an event uses up, such as a handoff, are new
    /// each time.
    ///
    /// # Errors
    /// Returns an error if a placeholder is not known, or if the table or the product rejects a request.
    pub async fn render(&self, text: &str) -> Result<String> {
        let mut values: BTreeMap<&str, String> =
            self.reusable.iter().map(|(name, value)| (*name, value.clone())).collect();
        if text.contains("{{token_id}}") {
            let (_, record) = self.token(&self.admin, &[Scope::LinksRead]).await?;
            values.insert("token_id", record.id.as_str().to_owned());
        }
        values.insert("new_user", Uuid::new_v4().to_string());
        if text.contains("{{spare_") {
            let spare = self.link(&format!("spare-{}", base64url(&random::<6>()))).await?;
            values.extend([("spare_link_id", spare.id), ("spare_campaign", spare.campaign)]);
        }
        if text.contains("handoff}}") {
            values.insert("handoff", self.handoff(&self.reusable["code"]).await?);
            values.insert("revoked_handoff", self.revoked_handoff.clone());
            let spent = self.handoff(&self.reusable["code"]).await?;
            self.exchange(&spent).await?;
            values.insert("spent_handoff", spent);
        }
        replace(text, &values)
    }

    async fn create_tokens(&mut self) -> Result<()> {
        let of_role = [
            ("links_token", "links", vec![Scope::LinksRead, Scope::LinksWrite]),
            ("interactions_token", "interactions", vec![Scope::InteractionsRead]),
            ("manager_token", "manager", vec![Scope::TokensManage]),
        ];
        for (placeholder, name, scopes) in of_role {
            let account = Account::new(name.parse()?, Role::Integration, scopes.iter().copied().collect());
            self.app.store.account_create(&self.tenant, &account).await?;
            let (secret, _) = self.token(&account, &scopes).await?;
            self.reusable.insert(placeholder, secret);
        }
        let (secret, _) = self.token(&self.admin, &Scope::ALL).await?;
        self.reusable.insert("token", secret);
        let (secret, revoked) = self.token(&self.admin, &Scope::ALL).await?;
        let now = self.app.clock.now();
        self.app.store.token_revoke(&self.tenant, &self.admin.id, &revoked.id, now).await?;
        self.reusable.insert("revoked_token", secret);
        let link = ConsoleSignIn::new(self.tenant.clone(), self.admin.id.clone(), now);
        let session = ConsoleSession::of(link, now);
        let record = console_token(&session, self.admin.allowed(), now);
        self.app.store.session_create(&session.record(), &record).await?;
        let cookie = self.app.config.signer.sign(&session);
        self.reusable.insert("console_form_proof", ConsoleSession::form_proof(&cookie));
        self.reusable.insert("console_session", cookie);
        Ok(())
    }

    async fn create_links(&mut self) -> Result<()> {
        let link = self.link(CAMPAIGN).await?;
        let session = self.exchange(&self.handoff(&link.code).await?).await?;
        let content = json!({"type": "text", "data": {"text": "said before"}});
        let message =
            json!({"notification": "message", "user_id": "ann", "message_id": "said-before", "content": content});
        self.post("/incoming/webchat", &session, &message).await?;
        let revoked = self.link(CAMPAIGN).await?.code;
        self.revoked_handoff = self.handoff(&revoked).await?;
        let hash = self.app.store.data_key().link_hash(&revoked.parse::<Code>()?);
        let record = self.app.store.link_get(&hash, Freshness::Consistent).await?.context("the link is not stored")?;
        self.app.store.link_revoke(&record, self.app.clock.now()).await?;
        self.reusable.extend([("code", link.code), ("link_id", link.id)]);
        self.reusable.extend([("session", session), ("revoked_code", revoked)]);
        Ok(())
    }

    async fn token(&self, account: &Account, scopes: &[Scope]) -> Result<(String, Token)> {
        let (now, scopes) = (self.app.clock.now(), scopes.iter().copied().collect());
        let until = now + TimeDelta::days(1);
        let (record, token) = issue_token(self.issuer, &self.tenant, &account.id, "event", scopes, now, until);
        self.app.store.token_create(&token.record, &record).await?;
        Ok((token.secret, record))
    }

    /// Generates a link for the user `ann`. It is kept for so long that the events can move its end to any date.
    async fn link(&self, campaign: &str) -> Result<GeneratedLink> {
        let row = json!({"user_id": "ann", "attributes": {"first_name": "Ann", "city": "Vienna"}});
        let end = "2099-12-31";
        let request = json!({"scenario_id": demo::SCENARIO, "campaign": campaign, "expires_at": end, "dataset": [row]});
        let links = self.post("/public/api/generate-webchat-deep-link", &self.reusable["token"], &request).await?;
        let text = |member| links.pointer(member).and_then(Value::as_str).with_context(|| format!("no link: {links}"));
        let url: Url = text("/0/url")?.parse()?;
        let code = url.path().trim_start_matches('/').to_owned();
        Ok(GeneratedLink { code, id: text("/0/link_id")?.to_owned(), campaign: campaign.to_owned() })
    }

    async fn handoff(&self, code: &str) -> Result<String> {
        let response = self.service.clone().oneshot(Request::get(format!("/{code}")).body(Body::empty())?).await?;
        let target = response.headers().get(header::LOCATION).and_then(|target| target.to_str().ok());
        let (_, handoff) =
            target.and_then(|target| target.split_once("#handoff=")).context("the link has no handoff")?;
        Ok(handoff.to_owned())
    }

    async fn exchange(&self, handoff: &str) -> Result<String> {
        let exchanged = self.post("/webchat/exchange", "none", &json!({"handoff": handoff, "nonce": NONCE})).await?;
        Ok(exchanged["session"].as_str().with_context(|| format!("no session: {exchanged}"))?.to_owned())
    }

    async fn post(&self, path: &str, bearer: &str, body: &Value) -> Result<Value> {
        let request = Request::post(path)
            .header(header::HOST, "go.example.com")
            .header(header::ORIGIN, &self.reusable["origin"])
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .header(header::CONTENT_TYPE, "application/json");
        let response = self.service.clone().oneshot(request.body(Body::from(body.to_string()))?).await?;
        Ok(serde_json::from_slice(&response.into_body().collect().await?.to_bytes())?)
    }
}
