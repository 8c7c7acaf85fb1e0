//! `cargo local --sync` copies conversations without a schedule of AWS.

use crate::support::Server;
use chrono::TimeDelta;
use sandbox::data_dir::DataDir;
use sandbox::demo;
use sandbox::engine::Engine;
use sandbox::opendialog::{TOKEN, Workspace};
use serde_json::Value;
use shared::app::App;
use shared::model::{SyncSource, time};
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;

/// Registers a workspace for the demo tenant, while no server runs.
async fn register(data: &Path, workspace: &Workspace) {
    let engine = Engine::open(&data.join("table.db")).expect("the table");
    let app = App::new(DataDir::open(data).expect("the folder").config(&engine.settings()).expect("settings"));
    let (tenant, now) = (demo::TENANT.parse().expect("a name"), app.clock.now());
    let sealed = app.store.sync_token_seal(&tenant, TOKEN);
    let source = SyncSource::new(tenant, workspace.address.clone(), sealed, now - TimeDelta::hours(1), now);
    app.store.sync_source_put(&source).await.expect("stored");
    workspace.say("zoe", &time::format(now - TimeDelta::minutes(30)), "copied");
}

#[tokio::test]
async fn the_local_server_copies_conversations_if_it_is_asked_to_and_logs_no_token() {
    let (data, workspace) = (tempdir().expect("a folder"), Workspace::start(10).await.expect("a workspace"));
    Server::start(data.path(), &[]).signal("TERM");
    register(data.path(), &workspace).await;
    let log = data.path().join("log");
    let server = Server::start_logging(data.path(), &["--sync", "--log", "debug"], &log);
    let token = std::fs::read_to_string(data.path().join("token")).expect("a token");
    let url = format!("{}/public/api/user-interactions?from=2000-01-01&to=2100-01-01&user_id=zoe", server.base);
    for _ in 0..200 {
        let response = reqwest::Client::new().get(&url).bearer_auth(token.trim()).send().await.expect("a response");
        let found: Value = response.json().await.expect("JSON");
        if found["data"][0]["zoe"]["interactions"][0]["text"] == "copied" {
            let log = std::fs::read_to_string(&log).expect("a log");
            assert!(log.contains("sync::run"), "{log}"); // the run itself is logged
            assert!(!log.contains(TOKEN) && !log.contains("copied\""), "{log}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was copied");
}
