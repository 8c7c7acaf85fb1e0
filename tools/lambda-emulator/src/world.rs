//! A table with the demo for functions under the emulator, and the same functions in-process over the same table.

use crate::answer::Answer;
use anyhow::{Context as _, Result};
use axum::Router;
use sandbox::data_dir::DataDir;
use sandbox::engine::Engine;
use sandbox::{demo, functions};
use shared::app::App;
use shared::crypto::TokenIssuer;
use std::collections::BTreeMap;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Where the demo's webchat page is said to live.
const PAGE: &str = "http://127.0.0.1:8787/web-chat";

/// An embedded engine in memory, with the demo in it.
pub(crate) struct World {
    pub(crate) app: App,
    /// What a function is given as its environment.
    pub(crate) settings: Vec<(String, String)>,
    services: BTreeMap<&'static str, Router>,
    _folder: TempDir,
    _engine: Engine,
}

impl World {
    /// The world, and the private key of its API tokens.
    pub(crate) async fn new() -> Result<(Self, TokenIssuer)> {
        let (engine, folder) = (Engine::in_memory()?, TempDir::new()?);
        let data = DataDir::open(folder.path())?;
        let app = App::new(data.config(&engine.endpoint(), true)?);
        app.store.table_create().await?;
        let issuer = data.token_issuer()?;
        demo::make(&app, &issuer, PAGE.parse()?).await?;
        let mut settings = read_settings(&std::fs::read_to_string(data.file("keys.env"))?);
        settings.extend(aws(&engine.endpoint()));
        let service = |(name, routes)| (name, shared::http::service(routes, app.clone()));
        let services = functions().into_iter().map(service).collect();
        Ok((Self { app, settings, services, _folder: folder, _engine: engine }, issuer))
    }

    /// What a function answers to an event in-process.
    pub(crate) async fn answer(&self, function: &str, event: &str) -> Result<Answer> {
        let service = self.services.get(function).with_context(|| format!("{function} is no function"))?;
        let request = shared::http::request(event).context("the event cannot be read")?;
        Answer::of_response(service.clone().oneshot(request).await?).await
    }
}

/// The settings of lines `NAME=value`.
pub(crate) fn read_settings(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The settings that lead to an engine; it takes any credentials.
fn aws(endpoint: &str) -> [(String, String); 4] {
    let pairs = [
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
}
