//! `odx doctor`: one line for each check, and what to do about a problem.

use crate::environment::{CommandOutput, TestEnvironment, odx_alone};
use serde_json::Value;
use shared::crypto::new_keys;
use std::fs;

const CHECKS: [&str; 7] = ["settings", "endpoint", "table", "data key", "rights", "clock", "expiry"];

/// The checks with their verdicts, in the order of their lines.
fn verdicts(output: &CommandOutput) -> Vec<(&str, &str)> {
    output.out.lines().map(|line| (line[9..18].trim(), line[..8].trim())).collect()
}

/// Asserts that the doctor found a problem and gave this advice.
#[track_caller]
fn assert_advice(output: &CommandOutput, advice: &str) {
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.out.contains(advice), "{output:?}");
}

#[tokio::test]
async fn a_sound_installation_passes_every_check() {
    let output = TestEnvironment::with_acme().await.odx("doctor").await;
    assert_eq!(verdicts(&output), CHECKS.map(|name| (name, "ok")), "{output:?}");
    assert_eq!(output.code, Some(0));
}

#[tokio::test]
async fn as_json_every_check_has_a_verdict_and_a_detail() {
    let Value::Array(checks) = TestEnvironment::with_acme().await.odx("doctor --json").await.json() else {
        panic!("a list")
    };
    assert_eq!(checks.iter().map(|check| check["check"].as_str().unwrap()).collect::<Vec<_>>(), CHECKS);
    for check in checks {
        assert_eq!(check["verdict"], "ok", "{check}");
        assert!(check["detail"].is_string(), "{check}");
    }
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_found() {
    let output = TestEnvironment::with_acme().await.stop_engine().odx("doctor").await;
    assert_eq!(verdicts(&output), [("settings", "ok"), ("endpoint", "wrong")], "{output:?}");
    assert_advice(&output, "check endpoint, region, credentials");
}

#[tokio::test]
async fn a_missing_table_is_found() {
    let output = TestEnvironment::new().odx("doctor").await;
    assert_eq!(verdicts(&output), [("settings", "ok"), ("endpoint", "ok"), ("table", "wrong")], "{output:?}");
    assert_advice(&output, "make it with `odx table create`");
}

#[tokio::test]
async fn another_data_key_is_found_and_the_other_checks_go_on() {
    let environment = TestEnvironment::with_acme().await;
    environment.write("keys.env", new_keys().env_lines("external-api"));
    let output = environment.odx("doctor").await;
    let expected = CHECKS.map(|name| (name, if name == "data key" { "wrong" } else { "ok" }));
    assert_eq!(verdicts(&output), expected, "{output:?}");
    assert_advice(&output, "restore the key that belongs to it");
}

#[tokio::test]
async fn a_missing_environment_is_found() {
    let output = odx_alone("doctor").await;
    assert_eq!(verdicts(&output), [("settings", "wrong")], "{output:?}");
    assert_advice(&output, "TABLE_NAME must name the DynamoDB table");
    assert_advice(&output, "--local DIR");
}

#[tokio::test]
async fn a_missing_setting_of_a_data_folder_is_found() {
    let environment = TestEnvironment::new();
    environment.write("keys.env", "TABLE_NAME=external-api\n");
    assert_advice(&environment.odx("doctor").await, "DATA_KEY must be 32 bytes");
}

#[tokio::test]
async fn a_folder_that_is_no_data_folder_is_found() {
    let environment = TestEnvironment::new();
    fs::remove_file(environment.file("keys.env")).unwrap();
    let advice = "is this the data folder of a local server that was started?";
    assert_advice(&environment.odx("doctor").await, advice);
}

#[tokio::test]
async fn a_command_that_cannot_reach_the_table_recommends_the_doctor() {
    let stopped = TestEnvironment::with_acme().await.stop_engine();
    stopped.odx("tenant list").await.fails(&["error: ", "`odx doctor` finds what is wrong"]);
}
