//! A env for one test: a table of its own, and the whole product over it.

use super::Answer;
use axum::Router;
use axum::body::Body;
use chrono::TimeDelta;
use http::{Method, Request, header};
use sandbox::engine::Engine;
use serde_json::{Value, json};
use shared::app::App;
use shared::config::{self, Config};
use shared::crypto::{TokenIssuer, issue_token, new_keys};
use shared::model::{Account, HandoffMode, Role, Scenario, Scope, Tenant, Token};
use shared::store::{Client, Store};
use std::sync::OnceLock;
use tower::ServiceExt as _;

/// Where the webchat pages of the tests live.
pub(crate) const PAGE_ORIGIN: &str = "https://chat.example.com";

/// The engine of every test of this run.
fn endpoint() -> String {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let named = config::variable("TEST_DYNAMODB_ENDPOINT");
    named.unwrap_or_else(|| ENGINE.get_or_init(|| Engine::in_memory().expect("an engine")).endpoint())
}

/// A table, the product over it, and the operator's key.
pub(crate) struct TestEnvironment {
    pub(crate) app: App,
    pub(crate) issuer: TokenIssuer,
    router: Router,
}

impl TestEnvironment {
    /// A fresh table.
    pub(crate) async fn new() -> Self {
        Self::with(&[], |_| {}).await
    }

    /// A fresh table, settings that differ, and a client that was tampered with. The table is made before.
    pub(crate) async fn with(
        settings: &[(&str, &str)],
        tamper: impl FnOnce(&mut aws_sdk_dynamodb::config::Builder),
    ) -> Self {
        // What goes wrong unexpectedly is told with a failing test.
        drop(tracing_subscriber::fmt().with_env_filter("error").with_test_writer().try_init());
        let keys = new_keys();
        let table = format!("test-{}", u64::from_be_bytes(shared::crypto::random()));
        let endpoint = endpoint();
        let config = Config::read(|name| {
            let changed = settings.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            let key =
                || keys.settings(&table).iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            match name {
                "AWS_ENDPOINT_URL_DYNAMODB" => Some(endpoint.clone()),
                _ => changed.or_else(key),
            }
        })
        .expect("settings");
        Store::connect(&config).table_create().await.expect("a table");
        let mut client = shared::store::client_config(&config.aws).to_builder();
        tamper(&mut client);
        let store = Store::new(Client::from_conf(client.build()), &config);
        let app = App::with_store(config, store);
        let router = shared::http::service(sandbox::routes(), app.clone());
        Self { app, issuer: TokenIssuer::read(&keys.token_key).expect("a key"), router }
    }

    /// The same env, served by a process that lives long.
    pub(crate) fn long_lived(mut self) -> Self {
        self.app.store = self.app.store.with_link_cache();
        self.router = shared::http::service(sandbox::routes(), self.app.clone());
        self
    }

    /// The product, to be served elsewhere.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Puts the clock forward.
    pub(crate) fn wait(&self, seconds: i64) {
        self.app.clock.advance(TimeDelta::seconds(seconds));
    }

    /// A tenant with an admin, a scenario `0x420` alias `support`, and a token with every scope.
    pub(crate) async fn tenancy(&self, name: &str) -> TestTenant {
        let tenant = Tenant::new(name.parse().expect("a name"));
        assert!(self.app.store.tenant_create(&tenant).await.expect("a tenant"));
        let scenario = Scenario {
            id: "0x420".parse().expect("a name"),
            alias: Some("support".parse().expect("a name")),
            name: "Support".into(),
            page: Some(format!("{PAGE_ORIGIN}/chat").parse().expect("a URL")),
            app_key: "app-key".into(),
            mode: HandoffMode::Handoff,
            contact: None,
        };
        self.app.store.scenario_put(&tenant.id, &scenario).await.expect("a scenario");
        let account = self.account(&tenant, "admin", Role::Admin, &[]).await;
        let (token, _) = self.token(&tenant, &account, &Scope::ALL).await;
        TestTenant { tenant, scenario, account, token }
    }

    /// An account of a tenant.
    pub(crate) async fn account(&self, tenant: &Tenant, name: &str, role: Role, scopes: &[Scope]) -> Account {
        let account = Account { id: name.parse().expect("a name"), role, scopes: scopes.iter().copied().collect() };
        self.app.store.account_put(&tenant.id, &account).await.expect("an account");
        account
    }

    /// A token of an account, good for a day: the secret and the record.
    pub(crate) async fn token(&self, tenant: &Tenant, account: &Account, scopes: &[Scope]) -> (String, Token) {
        let now = self.app.clock.now();
        let scopes = scopes.iter().copied().collect();
        let (record, token) =
            issue_token(&self.issuer, &tenant.id, &account.id, "test", scopes, now, now + TimeDelta::days(1));
        self.app.store.token_create(&token.record, &record).await.expect("a token");
        (token.secret, record)
    }

    /// A request of any kind.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        Answer::of(response).await
    }

    /// GET with a token.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(
            request(Method::GET, path)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::empty())
                .expect("a request"),
        )
        .await
    }

    /// GET as a browser or program without a token.
    pub(crate) async fn visit(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request =
            headers.iter().fold(request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// POST of JSON with a token.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.post_raw(
            path,
            &[("authorization", &format!("Bearer {token}")), ("content-type", "application/json")],
            body.to_string(),
        )
        .await
    }

    /// POST of anything.
    pub(crate) async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let request =
            headers.iter().fold(request(Method::POST, path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// DELETE with a token.
    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(
            request(Method::DELETE, path)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::empty())
                .expect("a request"),
        )
        .await
    }

    /// Follows a link and returns the handoff that its fragment carries.
    pub(crate) async fn handoff(&self, path: &str) -> String {
        let answer = self.visit(path, &[]).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        let (_, handoff) = answer.header("location").split_once("#handoff=").expect("a handoff");
        handoff.to_owned()
    }

    /// Exchanges a handoff from the page's origin.
    pub(crate) async fn exchange(&self, handoff: &str, nonce: &str) -> Answer {
        let body = json!({"handoff": handoff, "nonce": nonce}).to_string();
        self.post_raw("/webchat/exchange", &[("origin", PAGE_ORIGIN), ("content-type", "application/json")], body).await
    }

    /// Opens a link as a person's browser does and returns the session.
    pub(crate) async fn session(&self, path: &str) -> String {
        let handoff = self.handoff(path).await;
        let answer = self.exchange(&handoff, "nonce-of-the-test-0").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["session"].as_str().expect("a session").to_owned()
    }

    /// Says something in the webchat, in OpenDialog's format.
    pub(crate) async fn say(&self, session: &str, user: &str, message_id: &str, text: &str) -> Answer {
        let body = json!({"notification": "message", "user_id": user, "author": user, "message_id": message_id,
            "content": {"id": message_id, "type": "text", "callback_id": "", "data": {"text": text}, "user": {}}});
        self.post("/incoming/webchat", session, &body).await
    }
}

fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "api.example.com")
}

/// A tenant with what a test usually needs of it.
pub(crate) struct TestTenant {
    pub(crate) tenant: Tenant,
    pub(crate) scenario: Scenario,
    pub(crate) account: Account,
    /// The admin's token, with every scope.
    pub(crate) token: String,
}
