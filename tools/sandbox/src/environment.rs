//! An installation in one process, for benchmarks and the Lambda emulator.

use crate::data_dir::DataDir;
use crate::demo;
use crate::engine::Engine;
use anyhow::Result;
use axum::Router;
use shared::app::App;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

/// An embedded engine with a table, its data folder, and the application over them.
#[derive(Debug)]
pub struct Environment {
    /// The application with its settings, its store and its clock.
    pub app: App,
    /// The data folder with the keys.
    pub data: DataDir,
    engine: Engine,
    /// Declared last, because fields are dropped in this order and the engine may write until it stops.
    _folder: Option<TempDir>,
}

impl Environment {
    /// An engine in memory with an empty table, and a temporary data folder.
    ///
    /// # Errors
    /// Returns an error if the temporary folder cannot be created or the engine cannot start.
    pub async fn in_memory() -> Result<Self> {
        let folder = TempDir::new()?;
        Self::start(Engine::in_memory()?, DataDir::open(folder.path())?, Some(folder)).await
    }

    /// An engine over a file that it does not flush, with an empty table, and a temporary data folder.
    ///
    /// # Errors
    /// Returns an error if the temporary folder cannot be created or the engine cannot start.
    pub async fn in_temporary_file() -> Result<Self> {
        let folder = TempDir::new()?;
        let data = DataDir::open(folder.path())?;
        Self::start(Engine::open_unflushed(&data.table())?, data, Some(folder)).await
    }

    /// An engine over the table of a data folder that no server has open.
    ///
    /// # Errors
    /// Returns an error if a server has the folder open, or the folder, its keys or its table cannot be used.
    pub async fn open(folder: &Path) -> Result<Self> {
        let data = DataDir::open(folder)?;
        Self::start(Engine::open(&data.table())?, data, None).await
    }

    async fn start(engine: Engine, data: DataDir, folder: Option<TempDir>) -> Result<Self> {
        let app = App::new(data.config(&engine.settings())?);
        app.store.table_create().await?;
        Ok(Self { app, data, engine, _folder: folder })
    }

    /// Creates the demo and returns its API token.
    ///
    /// # Errors
    /// Returns [`StoreError`](shared::store::StoreError) if the engine rejects a request.
    pub async fn create_demo(&self) -> Result<String> {
        let token = demo::create(&self.app, &self.data.token_issuer()?, demo::PAGE.parse()?).await?;
        Ok(token.secret)
    }

    /// The URL of the engine.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.engine.endpoint()
    }

    /// The product: every function's routes over this environment.
    pub fn service(&self) -> Router {
        shared::http::service(crate::routes(), self.app.clone())
    }

    /// The environment variables of a deployed function over this environment.
    ///
    /// # Errors
    /// Returns an error if the data folder's keys cannot be read.
    pub fn function_settings(&self) -> Result<BTreeMap<String, String>> {
        let mut settings = self.data.settings()?;
        settings.extend(self.engine.settings());
        Ok(settings)
    }

    /// The environment variables of a client of the engine.
    #[must_use]
    pub fn engine_settings(&self) -> BTreeMap<String, String> {
        self.engine.settings()
    }
}
