//! The engine, a tenant with its conversations, and the product over them.

use anyhow::{Context as _, Result, anyhow, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use chrono::NaiveDate;
use datagen::Plan;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use sandbox::capacity::Meter;
use sandbox::demo;
use sandbox::environment::Environment;
use shared::app::App;
use shared::model::{Event, EventIds, EventShape, Tenant};
use shared::store::{Client, Store, client_config};
use tower::ServiceExt as _;

/// Events in one request: the API's limit.
const BATCH: usize = 1_000;

/// The product over the demo's tenant, once with its table requests measured and once without.
pub(crate) struct BenchEnvironment {
    pub(crate) sandbox: Environment,
    /// The client for the floors.
    pub(crate) client: Client,
    /// An API token with every scope.
    pub(crate) token: String,
    pub(crate) metered: Router,
    pub(crate) plain: Router,
}

impl BenchEnvironment {
    /// Starts an engine over a file that it does not flush, and creates the demo's tenant.
    pub(crate) async fn new(meter: &Meter) -> Result<Self> {
        let sandbox = Environment::in_temporary_file().await?;
        let token = sandbox.create_demo().await?;
        let app = &sandbox.app;
        let client = Client::from_conf(client_config(&app.config.aws));
        let mut config = client_config(&app.config.aws).to_builder();
        meter.plug(&mut config);
        let store = Store::new(Client::from_conf(config.build()), &app.config);
        let metered = shared::http::service(sandbox::routes(), App { store, ..app.clone() });
        let plain = sandbox.service();
        let environment = Self { sandbox, client, token, metered, plain };
        let mut tenant = environment.tenant().await?;
        tenant.limits.requests_per_minute = 1_000_000;
        tenant.limits.tenant_requests_per_minute = 1_000_000;
        environment.app().store.tenant_update(&tenant).await?;
        Ok(environment)
    }

    pub(crate) fn app(&self) -> &App {
        &self.sandbox.app
    }

    /// Reads the tenant.
    pub(crate) async fn tenant(&self) -> Result<Tenant> {
        self.app().store.tenant_get(&demo::TENANT.parse()?).await?.context("the demo's tenant does not exist")
    }

    /// Stores the interactions of some days, without the API.
    pub(crate) async fn load(&self, plan: &Plan, days: &[NaiveDate]) -> Result<()> {
        let style = ProgressStyle::with_template("loading {wide_bar} {human_pos} interactions, {per_sec}, {eta} left")?;
        let bar = ProgressBar::new(days.iter().map(|day| plan.interactions_of(*day)).sum()).with_style(style);
        let tenant = self.tenant().await?;
        let now = self.app().clock.now();
        for day in days {
            let mut ids = EventIds::new(shared::crypto::sha256);
            let events = plan.day(*day).into_iter().map(|event| event.check(now, &mut ids));
            let events: Vec<Event> =
                events.collect::<Result<_, _>>().map_err(|error| anyhow!("an event is refused: {error:?}"))?;
            self.app().store.events_load(&tenant, &events, now).await?;
            bar.inc(plan.interactions_of(*day));
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Sends events to the API, one request after the other. Each event must be new.
    pub(crate) async fn post(&self, router: &Router, bodies: &[Bytes]) -> Result<()> {
        for body in bodies {
            let request =
                Request::post("/public/api/interactions").header(header::CONTENT_TYPE, "application/x-ndjson");
            let (_, response) = self.send(router, request, Body::from(body.clone())).await?;
            let verdicts: serde_json::Value = serde_json::from_slice(&response)?;
            let created = verdicts["created"].as_u64().context("a response has no count of new events")?;
            let results = verdicts["results"].as_array().context("a response has no results")?;
            ensure!(created == results.len() as u64, "some events are not new");
        }
        Ok(())
    }

    /// Sends a request with the token to the product in this process. The status must be 200.
    pub(crate) async fn send(
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

/// New events of one day in 2024, in requests of [`BATCH`] events.
pub(crate) fn bodies(events: u64, round: u16) -> Result<Vec<Bytes>> {
    let first = NaiveDate::from_ymd_opt(2024, 3, 1).expect("a date of the calendar");
    let plan = Plan { users: 500, interactions: events, first, days: 1, bot: false, seed: round.into() };
    let lines = (0..).zip(plan.day(first)).map(|(number, event): (u64, _)| {
        // An id of its own, because two generated events may be equal, and the second would be a duplicate.
        let id = Some(format!("{round}-{number}"));
        Ok(serde_json::to_string(&EventShape { id, ..event })?)
    });
    let lines: Vec<_> = lines.collect::<Result<_>>()?;
    Ok(lines.chunks(BATCH).map(|batch| Bytes::from(batch.join("\n"))).collect())
}
