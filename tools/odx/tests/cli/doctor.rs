//! `odx doctor`: what is right, line by line, and what to do about the rest.

use crate::support::{Installation, StoredInteraction, odx_alone};
use serde_json::Value;
use shared::crypto::new_keys;
use std::fs;

/// Checks and verdicts of a text, in its order.
fn verdicts(said: &StoredInteraction) -> Vec<(&str, &str)> {
    said.out.lines().map(|line| (line[9..18].trim(), line[..8].trim())).collect()
}

#[tokio::test]
async fn everything_that_is_right_is_said_line_by_line() {
    let installation = Installation::with_acme().await;
    let said = installation.odx("doctor").await;
    let names = ["settings", "endpoint", "table", "data key", "rights", "clock", "index", "expiry"];
    assert_eq!(verdicts(&said), names.map(|name| (name, "ok")), "{said:?}");
    assert_eq!(said.code, Some(0));
    let Value::Array(checks) = installation.odx("doctor --json").await.json() else { panic!("a list") };
    assert_eq!(checks.iter().map(|check| check["check"].as_str().unwrap()).collect::<Vec<_>>(), names);
    assert!(checks.iter().all(|check| check["verdict"] == "ok" && check["detail"].is_string()), "{checks:?}");
}

#[tokio::test]
async fn no_endpoint_is_found() {
    let said = Installation::with_acme().await.stop_engine().odx("doctor").await;
    assert_eq!(verdicts(&said), [("settings", "ok"), ("endpoint", "wrong")], "{said:?}");
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("look at endpoint, region, credentials"), "{said:?}");
}

#[tokio::test]
async fn a_missing_table_is_found() {
    let said = Installation::new().odx("doctor").await;
    assert_eq!(verdicts(&said).last(), Some(&("table", "wrong")), "{said:?}");
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("make it with `odx table create`"), "{said:?}");
}

#[tokio::test]
async fn another_data_key_is_found_and_the_other_checks_go_on() {
    let installation = Installation::with_acme().await;
    installation.write("keys.env", new_keys().env_lines("external-api"));
    let said = installation.odx("doctor").await;
    assert!(verdicts(&said).contains(&("data key", "wrong")), "{said:?}");
    assert!(verdicts(&said).contains(&("expiry", "ok")), "{said:?}");
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("restore the key that belongs to it"), "{said:?}");
}

#[tokio::test]
async fn settings_that_are_missing_are_found_and_named() {
    let said = odx_alone("doctor").await;
    assert_eq!(verdicts(&said), [("settings", "wrong")], "{said:?}");
    assert!(
        said.out.contains("TABLE_NAME must name the DynamoDB table") && said.out.contains("--local DIR"),
        "{said:?}"
    );
    assert_eq!(said.code, Some(1));
    let installation = Installation::new();
    installation.write("keys.env", "TABLE_NAME=external-api\n");
    let said = installation.odx("doctor").await;
    assert!(said.out.contains("DATA_KEY must be 32 bytes"), "{said:?}");
    fs::remove_file(installation.file("keys.env")).unwrap();
    let said = installation.odx("doctor").await;
    assert!(said.out.contains("is this the data folder of a local server that was started?"), "{said:?}");
}

#[tokio::test]
async fn a_command_that_cannot_reach_the_table_sends_to_the_doctor() {
    let stopped = Installation::with_acme().await.stop_engine();
    stopped.odx("tenant list").await.fails(&["error: ", "`odx doctor` says what is wrong"]);
}
