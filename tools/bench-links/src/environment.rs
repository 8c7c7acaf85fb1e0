//! The product without a link cache, as on Lambda, over an engine in memory, so that no disk hides the product's cost.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use sandbox::environment::Environment;
use serde_json::{Value, json};
use shared::app::App;
use shared::crypto::{LinkHash, base64url, random};
use shared::model::Code;
use tower::ServiceExt as _;
use url::Url;

/// Recipients in one request: the default limit of a tenant.
pub(crate) const BULK: usize = 10_000;
/// Number of retries of a request that is answered 503. A choice: a loaded machine needed a few.
const RETRIES: usize = 20;

/// The product with the demo.
pub(crate) struct BenchEnvironment {
    pub(crate) service: Router,
    token: String,
    sandbox: Environment,
}

impl BenchEnvironment {
    pub(crate) async fn new() -> Result<Self> {
        let sandbox = Environment::in_memory().await?;
        let token = sandbox.create_demo().await?;
        Ok(Self { service: sandbox.service(), token, sandbox })
    }

    pub(crate) fn app(&self) -> &App {
        &self.sandbox.app
    }

    /// Sends a request to generate links, with an idempotency key if there is one, and returns the status and the body.
    pub(crate) async fn generate(&self, body: &str, key: Option<&str>) -> Result<(StatusCode, Vec<u8>)> {
        let request = Request::post("/public/api/generate-webchat-deep-link")
            .header(header::HOST, "go.example.com")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json");
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let response = self.service.clone().oneshot(request.body(Body::from(body.to_owned()))?).await?;
        Ok((response.status(), response.into_body().collect().await?.to_bytes().to_vec()))
    }

    /// Sends a GET request with the token, and returns the response's JSON. The status must be 200.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let request = Request::get(path)
            .header(header::HOST, "go.example.com")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::empty())?;
        let response = self.service.clone().oneshot(request).await?;
        ensure!(response.status() == StatusCode::OK, "{path} is answered with {}", response.status());
        Ok(serde_json::from_slice(&response.into_body().collect().await?.to_bytes())?)
    }

    /// Generates links and returns their codes. Retries with the same key while the machine is too busy to finish in time,
    /// as clients do.
    pub(crate) async fn links(&self, number: usize) -> Result<Vec<Code>> {
        let (body, key) = (body(number), base64url(&random::<16>()));
        let (mut status, mut links) = self.generate(&body, Some(&key)).await?;
        for _ in 0..RETRIES {
            if status == StatusCode::SERVICE_UNAVAILABLE {
                (status, links) = self.generate(&body, Some(&key)).await?;
            }
        }
        ensure!(status == StatusCode::OK, "{}", String::from_utf8_lossy(&links));
        codes(&serde_json::from_slice(&links)?)
    }

    /// The hash of a code, which is the link's key in the table.
    pub(crate) fn hash(&self, code: &Code) -> LinkHash {
        self.app().store.data_key().link_hash(code)
    }
}

/// A request for the links of this number of recipients.
pub(crate) fn body(number: usize) -> String {
    let row = |number: usize| {
        json!({"user_id": format!("customer-{number}"), "attributes": {"first_name": "Ann", "last_name": "Gruber",
            "email": "ann.gruber@example.com", "PolicyHolders": "Ben Smith, Joe Bloggs"}})
    };
    json!({"scenario_id": "customer_support", "campaign": "speed", "dataset": (0..number).map(row).collect::<Vec<_>>()})
        .to_string()
}

/// The codes in a response with links.
pub(crate) fn codes(links: &Value) -> Result<Vec<Code>> {
    let code = |link: &Value| {
        let url: Url = link["url"].as_str().context("the response has no links")?.parse()?;
        Ok(url.path().trim_start_matches('/').parse()?)
    };
    links.as_array().context("the response has no links")?.iter().map(code).collect()
}
