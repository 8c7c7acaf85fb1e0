//! The engine, a tenant with its conversations, and the product over them.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use chrono::NaiveDate;
use datagen::Plan;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use sandbox::capacity::Meter;
use sandbox::data_dir::DataDir;
use sandbox::demo;
use sandbox::engine::Engine;
use shared::app::App;
use shared::model::{Event, EventIds, EventShape, Tenant};
use shared::store::{Client, Store, client_config};
use std::path::Path;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Events of a request.
const BATCH: usize = 1_000;

/// Everything that is measured.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) client: Client,
    pub(crate) token: String,
    /// The product, its requests to the table measured.
    pub(crate) metered: Router,
    /// The product as it is.
    pub(crate) plain: Router,
    pub(crate) engine: Engine,
    folder: TempDir,
}

impl World {
    /// An engine over a file that does not wait for the disk, and the demo's tenant in it.
    pub(crate) async fn new(meter: &Meter) -> Result<Self> {
        let folder = TempDir::new()?;
        let engine = Engine::open_unflushed(&folder.path().join("table.db"))?;
        let data = DataDir::open(folder.path())?;
        let app = App::new(data.config(&engine.endpoint(), true)?);
        app.store.table_create().await?;
        let token = demo::create(&app, &data.token_issuer()?, "http://127.0.0.1:8787/web-chat".parse()?).await?.secret;
        data.write_secret("token", &token)?;
        let client = Client::from_conf(client_config(&app.config.aws));
        let mut measured = client_config(&app.config.aws).to_builder();
        meter.plug(&mut measured);
        let store = Store::new(Client::from_conf(measured.build()), &app.config);
        let measured = App { store, ..app.clone() };
        let (metered, plain) = (shared::http::service(sandbox::routes(), measured), service(&app));
        let world = Self { app, client, token, metered, plain, engine, folder };
        let mut tenant = world.tenant().await?;
        tenant.limits.requests_per_minute = 1_000_000;
        world.app.store.tenant_update(&tenant).await?;
        Ok(world)
    }

    /// The tenant as it is now.
    pub(crate) async fn tenant(&self) -> Result<Tenant> {
        self.app.store.tenant_get(&demo::TENANT.parse()?).await?.context("the tenant is gone")
    }

    /// The data folder, for a server of its own.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Loads some days.
    pub(crate) async fn load(&self, plan: &Plan, days: &[NaiveDate]) -> Result<()> {
        let style = ProgressStyle::with_template("loading {wide_bar} {human_pos} interactions, {per_sec}, {eta} left")?;
        let bar = ProgressBar::new(days.iter().map(|day| plan.interactions_of(*day)).sum()).with_style(style);
        let tenant = self.tenant().await?;
        let now = self.app.clock.now();
        for day in days {
            let mut ids = EventIds::new(shared::crypto::sha256);
            let events = plan.day(*day).into_iter().map(|event| event.check(now, &mut ids));
            let events: Vec<Event> = events.collect::<Result<_, _>>().ok().context("a day is not past")?;
            self.app.store.events_load(&tenant, &events, now).await?;
            bar.inc(plan.interactions_of(*day));
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Stores events, one request after the other, each of which must be new.
    pub(crate) async fn post(&self, router: &Router, bodies: &[Bytes]) -> Result<()> {
        for body in bodies {
            let request =
                Request::post("/public/api/interactions").header(header::CONTENT_TYPE, "application/x-ndjson");
            let (_, answer) = self.ask(router, request, Body::from(body.clone())).await?;
            let verdicts: serde_json::Value = serde_json::from_slice(&answer)?;
            let new = verdicts["created"].as_u64() == verdicts["results"].as_array().map(|all| all.len() as u64);
            ensure!(new, "some events are not new");
        }
        Ok(())
    }

    /// Asks the product in this process.
    pub(crate) async fn ask(
        &self,
        router: &Router,
        request: http::request::Builder,
        body: Body,
    ) -> Result<(HeaderMap, Bytes)> {
        let request = request.header(header::HOST, "api.example.com");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token)).body(body)?;
        let (parts, body) = router.clone().oneshot(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        ensure!(parts.status == StatusCode::OK, "{}: {}", parts.status, String::from_utf8_lossy(&body));
        Ok((parts.headers, body))
    }
}

fn service(app: &App) -> Router {
    shared::http::service(sandbox::routes(), app.clone())
}

/// New events of a day in 2024, in requests of a thousand.
pub(crate) fn bodies(events: u64, round: u16) -> Vec<Bytes> {
    let first = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap_or_default();
    let plan = Plan { users: 500, interactions: events, first, days: 1, bot: false, seed: round.into() };
    let lines = (0..).zip(plan.day(first)).map(|(number, event): (u64, _)| {
        let id = Some(format!("{round}-{number}")); // whatever is equal is in different requests, perhaps
        serde_json::to_string(&EventShape { id, ..event }).unwrap_or_default()
    });
    let lines: Vec<_> = lines.collect();
    lines.chunks(BATCH).map(|some| Bytes::from(some.join("\n"))).collect()
}
