//! The environment of one test: its own table, and all functions over it.

use super::TestResponse;
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
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use tower::ServiceExt as _;

/// The origin of the webchat page of every test scenario.
pub(crate) const PAGE_ORIGIN: &str = "https://chat.example.com";

/// The settings of the engine that all tests of this process share.
fn engine() -> BTreeMap<String, String> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let external = config::variable("TEST_DYNAMODB_ENDPOINT");
    let external = external.map(|endpoint| [("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), endpoint)].into());
    external.unwrap_or_else(|| ENGINE.get_or_init(start_engine).settings())
}

/// Starts the embedded engine: in memory, or over a file in the folder that `KEEP_TEST_TABLES` names, where the tables of
/// a failed test can be read. The file's name has the process id because `cargo nextest` runs each test in a process.
fn start_engine() -> Engine {
    let Some(folder) = config::variable("KEEP_TEST_TABLES") else { return Engine::in_memory().expect("an engine") };
    std::fs::create_dir_all(&folder).expect("the folder of KEEP_TEST_TABLES");
    let file = Path::new(&folder).join(format!("tables-{}.db", std::process::id()));
    Engine::open_unflushed(&file).expect("an engine")
}

/// A table, the functions over it, and the operator's key.
pub(crate) struct TestEnvironment {
    pub(crate) app: App,
    pub(crate) issuer: TokenIssuer,
    router: Router,
}

impl TestEnvironment {
    /// An environment with an empty table and default settings.
    pub(crate) async fn new() -> Self {
        Self::with(&[], |_| {}).await
    }

    /// An environment with an empty table, changed settings, and a changed DynamoDB client. The table is created by an
    /// unchanged client.
    pub(crate) async fn with(
        settings: &[(&str, &str)],
        change_client: impl FnOnce(&mut aws_sdk_dynamodb::config::Builder),
    ) -> Self {
        // The test runner prints the errors that a failing test logged.
        drop(tracing_subscriber::fmt().with_env_filter("error").with_test_writer().try_init());
        let keys = new_keys();
        let table = format!("test-{}", u64::from_be_bytes(shared::crypto::random()));
        println!("The table of this test is {table}.");
        let engine = engine();
        let config = Config::read(|name| {
            let changed = settings.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            let key =
                || keys.settings(&table).iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            let token_key = || (name == "TOKEN_SIGNING_KEY").then(|| keys.token_key.clone());
            changed.or_else(|| engine.get(name).cloned()).or_else(key).or_else(token_key)
        })
        .expect("settings");
        Store::connect(&config).table_create().await.expect("a table");
        let mut client = shared::store::client_config(&config.aws).to_builder();
        change_client(&mut client);
        let store = Store::new(Client::from_conf(client.build()), &config);
        let app = App::with_store(config, store);
        let router = shared::http::service(sandbox::routes(), app.clone());
        Self { app, issuer: TokenIssuer::read(&keys.token_key).expect("a key"), router }
    }

    /// The same environment in the long-lived mode of the local server, which caches links and buffers clicks.
    pub(crate) fn long_lived(mut self) -> Self {
        self.app.store = self.app.store.with_link_cache();
        self.router = shared::http::service(sandbox::routes(), self.app.clone());
        self
    }

    /// The router of all functions, for a test that serves it itself.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Advances the application's clock.
    pub(crate) fn advance_clock(&self, seconds: i64) {
        self.app.clock.advance(TimeDelta::seconds(seconds));
    }

    /// Creates a tenant with an admin, a scenario `0x420` with the alias `support`, and a token with every scope.
    pub(crate) async fn create_tenant(&self, name: &str) -> TestTenant {
        let tenant = Tenant::new(name.parse().expect("a name"));
        assert!(self.app.store.tenant_create(&tenant).await.expect("a tenant"));
        let scenario = Scenario {
            id: "0x420".parse().expect("a name"),
            alias: Some("support".parse().expect("a name")),
            name: "Support".into(),
            page: Some(format!("{PAGE_ORIGIN}/chat").parse().expect("a URL")),
            app_key: "app-key".into(),
            mode: HandoffMode::Handoff,
            preload: false,
            contact: None,
        };
        self.app.store.scenario_put(&tenant.id, &scenario).await.expect("a scenario");
        let account = self.create_account(&tenant, "admin", Role::Admin, &[]).await;
        let (token, _) = self.issue_token(&tenant, &account, &Scope::ALL).await;
        TestTenant { tenant, scenario, account, token }
    }

    /// Creates an account of a tenant, or changes the role of the one of this name.
    pub(crate) async fn create_account(&self, tenant: &Tenant, name: &str, role: Role, scopes: &[Scope]) -> Account {
        let account = Account::new(name.parse().expect("a name"), role, scopes.iter().copied().collect());
        if !self.app.store.account_create(&tenant.id, &account).await.expect("an account") {
            self.app.store.account_set_role(&tenant.id, &account.id, role, &account.scopes).await.expect("an account");
        }
        account
    }

    /// Issues a token of an account that is valid for one day. Returns its secret and its record.
    pub(crate) async fn issue_token(&self, tenant: &Tenant, account: &Account, scopes: &[Scope]) -> (String, Token) {
        let now = self.app.clock.now();
        let scopes = scopes.iter().copied().collect();
        let (record, token) =
            issue_token(&self.issuer, &tenant.id, &account.id, "test", scopes, now, now + TimeDelta::days(1));
        self.app.store.token_create(&token.record, &record).await.expect("a token");
        (token.secret, record)
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: Request<Body>) -> TestResponse {
        let response = self.router.clone().oneshot(request).await.expect("a response");
        TestResponse::of(response).await
    }

    /// Sends a GET with a token.
    pub(crate) async fn get(&self, path: &str, token: &str) -> TestResponse {
        self.send(authorized(Method::GET, path, token).body(Body::empty()).expect("a request")).await
    }

    /// Sends a GET without a token, as a browser does.
    pub(crate) async fn visit(&self, path: &str, headers: &[(&str, &str)]) -> TestResponse {
        let request =
            headers.iter().fold(request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Sends a POST of JSON with a token.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> TestResponse {
        self.post_raw(
            path,
            &[("authorization", &format!("Bearer {token}")), ("content-type", "application/json")],
            body.to_string(),
        )
        .await
    }

    /// Sends a POST of any body with any headers.
    pub(crate) async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> TestResponse {
        let request =
            headers.iter().fold(request(Method::POST, path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// Sends a PATCH of JSON with a token.
    pub(crate) async fn patch(&self, path: &str, token: &str, body: &Value) -> TestResponse {
        let request = authorized(Method::PATCH, path, token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Sends a DELETE with a token.
    pub(crate) async fn delete(&self, path: &str, token: &str) -> TestResponse {
        self.send(authorized(Method::DELETE, path, token).body(Body::empty()).expect("a request")).await
    }

    /// Follows a link and returns the handoff in the fragment of the redirect.
    pub(crate) async fn follow_link(&self, path: &str) -> String {
        let response = self.visit(path, &[]).await;
        assert_eq!(response.status, 302, "{}", response.text());
        let (_, handoff) = response.header("location").split_once("#handoff=").expect("a handoff");
        handoff.to_owned()
    }

    /// Exchanges a handoff from the page's origin.
    pub(crate) async fn exchange(&self, handoff: &str, nonce: &str) -> TestResponse {
        let body = json!({"handoff": handoff, "nonce": nonce}).to_string();
        self.post_raw("/webchat/exchange", &[("origin", PAGE_ORIGIN), ("content-type", "application/json")], body).await
    }

    /// Follows a link, exchanges its handoff and returns the session.
    pub(crate) async fn open_session(&self, path: &str) -> String {
        let handoff = self.follow_link(path).await;
        let response = self.exchange(&handoff, "nonce-of-the-test-0").await;
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()["session"].as_str().expect("a session").to_owned()
    }

    /// Sends a text message to the webchat in OpenDialog's format.
    pub(crate) async fn send_message(&self, session: &str, user: &str, message_id: &str, text: &str) -> TestResponse {
        let body = json!({"notification": "message", "user_id": user, "author": user, "message_id": message_id,
            "content": {"id": message_id, "type": "text", "callback_id": "", "data": {"text": text}, "user": {}}});
        self.post("/incoming/webchat", session, &body).await
    }
}

/// A request with a token.
fn authorized(method: Method, path: &str, token: &str) -> http::request::Builder {
    request(method, path).header(header::AUTHORIZATION, format!("Bearer {token}"))
}

fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "api.example.com")
}

/// A tenant with the records that most tests need.
pub(crate) struct TestTenant {
    pub(crate) tenant: Tenant,
    pub(crate) scenario: Scenario,
    pub(crate) account: Account,
    /// The admin's token, with every scope.
    pub(crate) token: String,
}
