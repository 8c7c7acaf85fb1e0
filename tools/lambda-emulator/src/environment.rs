//! A table with the demo for the emulated functions, and the same functions in this process over the same table.

use crate::response::Response;
use anyhow::{Context as _, Result};
use axum::Router;
use sandbox::environment::Environment;
use sandbox::functions;
use shared::app::App;
use std::collections::BTreeMap;
use tower::ServiceExt as _;

/// An engine in memory with the demo, and the functions over it.
pub(crate) struct EmulatorEnvironment {
    pub(crate) sandbox: Environment,
    /// The environment variables of an emulated function.
    pub(crate) settings: BTreeMap<String, String>,
    services: BTreeMap<&'static str, Router>,
}

impl EmulatorEnvironment {
    /// Starts the engine and creates the demo.
    pub(crate) async fn new() -> Result<Self> {
        let sandbox = Environment::in_memory().await?;
        sandbox.create_demo().await?;
        let settings = sandbox.function_settings()?;
        let service = |(name, routes)| (name, shared::http::service(routes, sandbox.app.clone()));
        let services = functions().into_iter().map(service).collect();
        Ok(Self { sandbox, settings, services })
    }

    pub(crate) fn app(&self) -> &App {
        &self.sandbox.app
    }

    /// Sends an event to a function in this process.
    pub(crate) async fn send(&self, function: &str, event: &str) -> Result<Response> {
        let service = self.services.get(function).with_context(|| format!("{function} is not a function"))?;
        let request = shared::http::request(event).context("the event cannot be read")?;
        Response::from_router(service.clone().oneshot(request).await?).await
    }
}
