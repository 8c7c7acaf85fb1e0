//! What the events need of a table besides the demo, and the placeholders that it fills.

use super::replace;
use crate::demo;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use chrono::TimeDelta;
use http::{Request, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use shared::app::App;
use shared::crypto::{TokenIssuer, base64url, issue_token, random};
use shared::model::{Account, Code, Role, Scope, TenantId, Token};
use std::collections::BTreeMap;
use tower::ServiceExt as _;
use url::Url;
use uuid::Uuid;

const NONCE: &str = "nonce-of-the-events-0";
/// The campaign that the events look into.
const CAMPAIGN: &str = "events";

struct MadeLink {
    code: String,
    id: String,
    campaign: String,
}

/// The demo with what the events need besides: tokens of less right, links, handoffs, a session.
pub struct EventFixtures<'a> {
    app: App,
    tenant: TenantId,
    admin: Account,
    issuer: &'a TokenIssuer,
    service: Router,
    lasting: BTreeMap<&'static str, String>,
    revoked_link: String,
}

impl std::fmt::Debug for EventFixtures<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventFixtures(redacted)")
    }
}

impl<'a> EventFixtures<'a> {
    /// Sets the stage in a table that has the demo.
    ///
    /// # Errors
    /// The table's.
    pub async fn set(app: App, issuer: &'a TokenIssuer) -> Result<Self> {
        let tenant: TenantId = demo::TENANT.parse()?;
        let admin = Account { id: demo::ACCOUNT.parse()?, role: Role::Admin, scopes: [].into() };
        let service = shared::http::service(crate::routes(), app.clone());
        let scenario = app.store.scenario_find(&tenant, &demo::SCENARIO.parse()?).await?;
        let origin = scenario.and_then(|scenario| scenario.origin()).context("the table has no demo")?;
        let (lasting, revoked_link) = (BTreeMap::from([("origin", origin)]), String::new());
        let mut stage = Self { app, tenant, admin, issuer, service, lasting, revoked_link };
        stage.make_tokens().await?;
        stage.make_links().await?;
        Ok(stage)
    }

    /// An event with every placeholder filled in. What is used up by an event is made anew.
    ///
    /// # Errors
    /// The table's, and a placeholder that is not known.
    pub async fn fill(&self, text: &str) -> Result<String> {
        let mut values: BTreeMap<&str, String> =
            self.lasting.iter().map(|(name, value)| (*name, value.clone())).collect();
        if text.contains("{{token_id}}") {
            let (_, record) = self.token(&self.admin, &[]).await?;
            values.insert("token_id", record.id.as_str().to_owned());
        }
        values.insert("new_user", Uuid::new_v4().to_string());
        if text.contains("{{spare_") {
            let spare = self.link(&format!("spare-{}", base64url(&random::<6>()))).await?;
            values.extend([("spare_link_id", spare.id), ("spare_campaign", spare.campaign)]);
        }
        if text.contains("handoff}}") {
            values.insert("handoff", self.handoff(&self.lasting["code"]).await?);
            values.insert("revoked_handoff", self.revoked_link.clone());
            let spent = self.handoff(&self.lasting["code"]).await?;
            self.exchange(&spent).await?;
            values.insert("spent_handoff", spent);
        }
        replace(text, &values)
    }

    async fn make_tokens(&mut self) -> Result<()> {
        let of_role = [
            ("links_token", "links", vec![Scope::LinksRead, Scope::LinksWrite]),
            ("interactions_token", "interactions", vec![Scope::InteractionsRead]),
            ("manager_token", "manager", vec![Scope::TokensManage]),
        ];
        for (placeholder, name, scopes) in of_role {
            let account =
                Account { id: name.parse()?, role: Role::Integration, scopes: scopes.iter().copied().collect() };
            self.app.store.account_put(&self.tenant, &account).await?;
            let (secret, _) = self.token(&account, &scopes).await?;
            self.lasting.insert(placeholder, secret);
        }
        let (secret, _) = self.token(&self.admin, &Scope::ALL).await?;
        self.lasting.insert("token", secret);
        let (secret, revoked) = self.token(&self.admin, &Scope::ALL).await?;
        let now = self.app.clock.now();
        self.app.store.token_revoke(&self.tenant, &self.admin.id, &revoked.id, now).await?;
        self.lasting.insert("revoked_token", secret);
        Ok(())
    }

    async fn make_links(&mut self) -> Result<()> {
        let link = self.link(CAMPAIGN).await?;
        let session = self.exchange(&self.handoff(&link.code).await?).await?;
        let content = json!({"type": "text", "data": {"text": "said before"}});
        let message =
            json!({"notification": "message", "user_id": "ann", "message_id": "said-before", "content": content});
        self.post("/incoming/webchat", &session, &message).await?;
        let revoked = self.link(CAMPAIGN).await?.code;
        self.revoked_link = self.handoff(&revoked).await?;
        let hash = self.app.store.data_key().link_hash(&revoked.parse::<Code>()?);
        self.app.store.link_revoke(&hash, self.app.clock.now()).await?;
        self.lasting.extend([("code", link.code), ("link_id", link.id)]);
        self.lasting.extend([("session", session), ("revoked_code", revoked)]);
        Ok(())
    }

    async fn token(&self, account: &Account, scopes: &[Scope]) -> Result<(String, Token)> {
        let (now, scopes) = (self.app.clock.now(), scopes.iter().copied().collect());
        let until = now + TimeDelta::days(1);
        let (record, token) = issue_token(self.issuer, &self.tenant, &account.id, "event", scopes, now, until);
        self.app.store.token_create(&token.record, &record).await?;
        Ok((token.secret, record))
    }

    /// A new link for Ann.
    async fn link(&self, campaign: &str) -> Result<MadeLink> {
        let row = json!({"user_id": "ann", "attributes": {"first_name": "Ann", "city": "Vienna"}});
        let order = json!({"scenario_id": demo::SCENARIO, "campaign": campaign, "dataset": [row]});
        let made = self.post("/public/api/generate-webchat-deep-link", &self.lasting["token"], &order).await?;
        let text = |member| made.pointer(member).and_then(Value::as_str).with_context(|| format!("no link: {made}"));
        let url: Url = text("/0/url")?.parse()?;
        let code = url.path().trim_start_matches('/').to_owned();
        Ok(MadeLink { code, id: text("/0/link_id")?.to_owned(), campaign: campaign.to_owned() })
    }

    async fn handoff(&self, code: &str) -> Result<String> {
        let answer = self.service.clone().oneshot(Request::get(format!("/{code}")).body(Body::empty())?).await?;
        let target = answer.headers().get(header::LOCATION).and_then(|target| target.to_str().ok());
        let (_, handoff) =
            target.and_then(|target| target.split_once("#handoff=")).context("the link leads nowhere")?;
        Ok(handoff.to_owned())
    }

    async fn exchange(&self, handoff: &str) -> Result<String> {
        let opened = self.post("/webchat/exchange", "none", &json!({"handoff": handoff, "nonce": NONCE})).await?;
        Ok(opened["session"].as_str().with_context(|| format!("no session: {opened}"))?.to_owned())
    }

    async fn post(&self, path: &str, bearer: &str, body: &Value) -> Result<Value> {
        let request = Request::post(path)
            .header(header::HOST, "go.example.com")
            .header(header::ORIGIN, &self.lasting["origin"])
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .header(header::CONTENT_TYPE, "application/json");
        let answer = self.service.clone().oneshot(request.body(Body::from(body.to_string()))?).await?;
        Ok(serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?)
    }
}
