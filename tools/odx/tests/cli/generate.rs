//! `odx generate`: synthetic conversations.

use crate::environment::{TestEnvironment, odx_alone};
use serde_json::json;

#[tokio::test]
async fn the_same_options_give_the_same_bytes_to_a_file_and_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.ndjson");
    let generate = "generate --users 20 --days 3 --interactions 200 --seed 7 --bot";
    let printed = odx_alone(generate).await.succeeds();
    assert_eq!(odx_alone(generate).await.succeeds(), printed);
    let summary = odx_alone(&format!("{generate} --out {} --json", file.display())).await.json();
    assert_eq!(summary["interactions"], 200);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed);
}

#[tokio::test]
async fn another_seed_gives_other_conversations() {
    let generate = "generate --users 20 --days 3 --interactions 200 --seed 7";
    let other = odx_alone(&generate.replace("--seed 7", "--seed 8")).await.succeeds();
    assert_ne!(odx_alone(generate).await.succeeds(), other);
}

#[tokio::test]
async fn loaded_events_are_duplicates_for_an_import() {
    let environment = TestEnvironment::with_acme().await;
    let generate = "generate --users 20 --days 3 --interactions 200 --bot";
    environment.odx(&format!("{generate} --load --tenant acme")).await.succeeds();
    let events = odx_alone(generate).await.succeeds();
    let summary = environment.odx_with_input("import --tenant acme - --json", &events).await.json();
    assert_eq!(summary["created"], 0);
    assert_eq!(summary["duplicate"], events.lines().count());
}

#[tokio::test]
async fn loaded_events_are_exported_as_imported_ones() {
    let environment = TestEnvironment::with_acme().await;
    let generate = "generate --users 20 --days 3 --interactions 200 --bot";
    environment.odx(&format!("{generate} --load --tenant acme")).await.succeeds();
    let events = odx_alone(generate).await.succeeds();
    // An export reads the headers of days, the days of users and the active days of the tenant.
    let (url, token) = environment.serve().await;
    let export = format!("export --url {url} --token {token} --from 2025-01-01 --to 2025-01-31 --format json");
    let loaded = odx_alone(&export).await.succeeds();
    environment.odx("tenant create beta").await.succeeds();
    environment.odx_with_input("import --tenant beta -", &events).await.succeeds();
    let imported = odx_alone(&export.replace(&token, &environment.token("beta").await)).await.succeeds();
    assert_eq!(users(&loaded), users(&imported));
}

/// The users of an export in alphabetical order, without its end, which has the time of the export.
fn users(export: &str) -> Vec<&str> {
    let is_user = |line: &&str| line.starts_with("{\"") && !line.starts_with("{\"data");
    let mut users: Vec<_> = export.lines().filter(is_user).map(|user| user.trim_end_matches(',')).collect();
    assert!(users.len() > 10, "{export}");
    users.sort_unstable();
    users
}

#[tokio::test]
async fn a_tenant_with_interactions_is_not_loaded_into() {
    let environment = TestEnvironment::with_acme().await;
    let load = "generate --users 5 --days 2 --load --tenant acme --json";
    let summary = environment.odx(load).await.json();
    assert_eq!(summary, json!({"tenant": "acme", "users": 5, "interactions": 100}));
    environment.odx(load).await.fails(&["already has interactions on 2025-01-01", "--from"]);
}

#[tokio::test]
async fn a_day_in_the_future_is_not_loaded() {
    let environment = TestEnvironment::with_acme().await;
    let load = "generate --users 5 --days 2 --load --tenant acme --from 2120-01-01";
    environment.odx(load).await.fails(&["2120-01-01 cannot be loaded; if it is in the future", "--from"]);
}
