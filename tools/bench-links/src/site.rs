//! The product as Lambda runs it, over an engine in memory: no disk hides what we cost.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use sandbox::data_dir::DataDir;
use sandbox::demo;
use sandbox::engine::Engine;
use serde_json::{Value, json};
use shared::app::App;
use shared::crypto::{LinkHash, base64url, random};
use shared::model::Code;
use tempfile::TempDir;
use tower::ServiceExt as _;
use url::Url;

/// Users of one request, as many as a tenant may send.
pub(crate) const BULK: usize = 10_000;
/// How often a request that is answered 503 is sent again.
const PATIENCE: usize = 20;

pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) service: Router,
    token: String,
    _engine: Engine,
    _folder: TempDir,
}

impl Site {
    pub(crate) async fn open() -> Result<Self> {
        let (engine, folder) = (Engine::in_memory()?, TempDir::new()?);
        let data = DataDir::open(folder.path())?;
        let app = App::new(data.config(&engine.endpoint(), true)?);
        app.store.table_create().await?;
        let page = "http://127.0.0.1:8787/web-chat".parse()?;
        let token = demo::create(&app, &data.token_issuer()?, page).await?.secret;
        let service = shared::http::service(sandbox::routes(), app.clone());
        Ok(Self { app, service, token, _engine: engine, _folder: folder })
    }

    /// Asks for links, under a key if there is one, and gives the status and the body.
    pub(crate) async fn generate(&self, body: &str, key: Option<&str>) -> Result<(StatusCode, Vec<u8>)> {
        let request = Request::post("/public/api/generate-webchat-deep-link")
            .header(header::HOST, "go.example.com")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json");
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let answer = self.service.clone().oneshot(request.body(Body::from(body.to_owned()))?).await?;
        Ok((answer.status(), answer.into_body().collect().await?.to_bytes().to_vec()))
    }

    /// Asks a question and gives the answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let request = Request::get(path)
            .header(header::HOST, "go.example.com")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::empty())?;
        let answer = self.service.clone().oneshot(request).await?;
        ensure!(answer.status() == StatusCode::OK, "{path} is answered with {}", answer.status());
        Ok(serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?)
    }

    /// Makes links and gives their codes. A machine that is too busy to finish in time is asked again, as clients do.
    pub(crate) async fn links(&self, number: usize) -> Result<Vec<Code>> {
        let (body, key) = (body(number), base64url(&random::<16>()));
        let (mut status, mut made) = self.generate(&body, Some(&key)).await?;
        for _ in 0..PATIENCE {
            if status == StatusCode::SERVICE_UNAVAILABLE {
                (status, made) = self.generate(&body, Some(&key)).await?;
            }
        }
        ensure!(status == StatusCode::OK, "{}", String::from_utf8_lossy(&made));
        codes(&serde_json::from_slice(&made)?)
    }

    /// The key of a link.
    pub(crate) fn hash(&self, code: &Code) -> LinkHash {
        self.app.store.data_key().link_hash(code)
    }
}

/// A request for the links of so many people.
pub(crate) fn body(number: usize) -> String {
    let row = |number: usize| {
        json!({"user_id": format!("customer-{number}"), "attributes": {"first_name": "Ann", "last_name": "Gruber",
            "email": "ann.gruber@example.com", "PolicyHolders": "Ben Smith, Joe Bloggs"}})
    };
    json!({"scenario_id": "customer_support", "campaign": "speed", "dataset": (0..number).map(row).collect::<Vec<_>>()})
        .to_string()
}

/// The codes of an answer with links.
pub(crate) fn codes(made: &Value) -> Result<Vec<Code>> {
    let code = |made: &Value| {
        let url: Url = made["url"].as_str().context("an answer without links")?.parse()?;
        Ok(url.path().trim_start_matches('/').parse()?)
    };
    made.as_array().context("an answer without links")?.iter().map(code).collect()
}
