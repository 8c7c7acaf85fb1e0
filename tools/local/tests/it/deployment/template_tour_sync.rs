//! The part of the tour that copies conversations.

use crate::deployment::template_tour::Tour;
use crate::support::GENERATE_PATHS;
use chrono::TimeDelta;
use sandbox::opendialog::{TOKEN, Workspace};
use serde_json::json;
use shared::model::{SyncSource, time};
use std::time::Duration;
use sync::Sync;
use tokio::time::Instant;

impl Tour {
    /// A user who opened a link speaks on a page of OpenDialog, with an attribute, and is copied.
    pub(super) async fn syncing(&mut self) {
        let workspace = Workspace::start(10).await.expect("a workspace");
        let body = json!({"scenario_id": "0x420", "dataset": [{"user_id": "eve", "attributes": {}}]});
        let link = self.create_link(GENERATE_PATHS[1], "sync", &body).await;
        self.env.follow_link(&link).await;
        self.env.activity_after_clicks(&link, 1).await;
        let (store, now) = (self.env.app.store.clone(), self.env.app.clock.now());
        let id = self.acme.tenant.id.clone();
        let source = SyncSource::new(
            id.clone(),
            workspace.address.clone(),
            store.sync_token_seal(&id, TOKEN),
            now - TimeDelta::days(3),
            now,
        );
        store.sync_source_put(&source).await.expect("stored");
        workspace.say("eve", &time::format(now + TimeDelta::minutes(1)), "hello");
        workspace.say("fay", &time::format(now - TimeDelta::days(2)), "hello"); // on a day that is not active yet
        workspace.set_attribute("eve", "tier", "gold");
        self.env.advance_clock(180);
        self.faults.reset();
        let sync = Sync::new(self.env.app.clone()).expect("a client");
        let report = sync.run(None, Instant::now() + Duration::from_mins(1)).await.expect("a report");
        assert_eq!((report.sources[0].created, report.sources[0].conversed), (2, 1));
        self.check_function("sync", "a run");
    }
}
