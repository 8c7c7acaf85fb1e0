//! Conversations that are copied from an OpenDialog workspace.

mod conversations;
mod failures;
mod local_server;
mod pages;
mod sources;

use crate::support::{TestEnvironment, TestTenant};
use chrono::TimeDelta;
use sandbox::opendialog::{TOKEN, Workspace};
use shared::model::{SyncSource, time};
use std::collections::BTreeMap;
use std::time::Duration;
use sync::{SourceReport, Sync};
use tokio::time::Instant;

/// How long a test lets the workspace take for a page.
const TIMEOUT: Duration = Duration::from_millis(500);

/// An environment whose tenant `acme` has registered a workspace.
struct SyncTest {
    env: TestEnvironment,
    acme: TestTenant,
    workspace: Workspace,
}

impl SyncTest {
    /// The workspace is registered as of six hours ago, and its pages have two users.
    async fn new() -> Self {
        let (env, workspace) = (TestEnvironment::new().await, Workspace::start(2).await.expect("a workspace"));
        let acme = env.create_tenant("acme").await;
        let test = Self { env, acme, workspace };
        test.register(TOKEN).await;
        test
    }

    async fn register(&self, token: &str) -> SyncSource {
        let (store, tenant) = (&self.env.app.store, self.acme.tenant.id.clone());
        let now = self.env.app.clock.now();
        let sealed = store.sync_token_seal(&tenant, token);
        let source = SyncSource::new(tenant, self.workspace.address.clone(), sealed, now - TimeDelta::hours(6), now);
        store.sync_source_put(&source).await.expect("stored");
        source
    }

    async fn source(&self) -> SyncSource {
        self.env.app.store.sync_source_get(&self.acme.tenant.id).await.expect("the table").expect("a source")
    }

    /// A time in the past, as OpenDialog writes it.
    fn minutes_ago(&self, minutes: i64) -> String {
        time::format(self.env.app.clock.now() - TimeDelta::minutes(minutes))
    }

    /// Runs the sync with a minute of time, and returns the report of `acme`.
    async fn run(&self) -> SourceReport {
        let sync = Sync::with_timeout(self.env.app.clone(), TIMEOUT).expect("a client");
        let report = sync.run(None, Instant::now() + Duration::from_mins(1)).await.expect("the table");
        report.sources.into_iter().find(|source| source.tenant == self.acme.tenant.id).expect("a report")
    }

    /// What each user said, as the API returns it.
    async fn texts(&self) -> BTreeMap<String, Vec<String>> {
        self.env.texts(&self.acme, &[("from", "2020-01-01"), ("to", "2100-01-01")]).await
    }
}
