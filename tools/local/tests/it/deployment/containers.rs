//! `.ci/check-containers`, which runs the functions in Lambda's containers: its comparison of statuses, against a `sam` that
//! only answers, and its way through the API, against the local server.

use crate::support::source::{folders, root};
use crate::support::{Server, report_skipped};
use rstest::rstest;
use sandbox::SCHEDULED;
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::tempdir;

const SCRIPT: &str = ".ci/check-containers";

/// Runs the script with a folder before the others in `PATH`. Returns `None` and reports a skipped test without Python.
fn run(bin: &Path, args: &[&str]) -> Option<(bool, String)> {
    if Command::new("python3").arg("--version").output().is_err() {
        report_skipped("this machine has no python3: .ci/check-containers was not run");
        return None;
    }
    let line = format!("PATH='{}':$PATH exec python3 '{}' \"$@\"", bin.display(), root().join(SCRIPT).display());
    let Output { status, stdout, stderr } =
        Command::new("bash").args(["-c", &line, SCRIPT]).args(args).output().expect("bash");
    Some((status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr))))
}

/// The script's result for `redirect-link`, whose expected status is 302, if `sam local invoke` prints this answer.
fn invoked(answer: &str) -> Option<(bool, String)> {
    invoked_with("redirect-link", answer)
}

fn invoked_with(event: &str, answer: &str) -> Option<(bool, String)> {
    let bin = tempdir().unwrap();
    let sam = bin.path().join("sam");
    std::fs::write(&sam, format!("#!/bin/sh\necho 'START RequestId: 1'\necho '{answer}'\n")).expect("written");
    std::fs::set_permissions(&sam, PermissionsExt::from_mode(0o755)).expect("can be run");
    run(bin.path(), &["invoke", event])
}

#[test]
fn an_answer_with_the_expected_status_passes() {
    let Some((passed, printed)) = invoked(r#"{"statusCode":302,"headers":{}}"#) else { return };
    assert!(passed, "{printed}");
    assert_eq!(printed, "302  redirect-link\n");
}

#[test]
fn an_answer_with_another_status_fails_although_sam_exits_with_0() {
    let Some((passed, printed)) = invoked(r#"{"statusCode":503,"headers":{}}"#) else { return };
    assert!(!passed);
    assert!(printed.starts_with("503  redirect-link: expected 302; sam exited with 0"), "{printed}");
}

#[test]
fn an_output_without_an_answer_fails() {
    let Some((passed, printed)) = invoked("Error: no such image") else { return };
    assert!(!passed);
    assert!(printed.starts_with("None  redirect-link: expected 302"), "{printed}");
}

#[test]
fn an_event_of_each_function_runs_in_a_container() {
    let script = std::fs::read_to_string(root().join(SCRIPT)).expect("the script");
    let (_, events) = script.split_once("EVENTS = ").expect("the events");
    let (events, _) = events.split_once("]\n").expect("the end of the events");
    let events: Vec<String> = serde_json::from_str(&format!("{events}]")).expect("a list");
    let expected = std::fs::read_to_string(root().join("events/expected.json")).expect("statuses");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    let unknown: Vec<_> = events.iter().filter(|name| expected.get(format!("{name}.json")).is_none()).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "events that do not exist");
    let functions: BTreeSet<_> = events.iter().filter_map(|name| Some(name.split_once('-')?.0.to_owned())).collect();
    let with_routes = folders("functions").into_iter().filter(|name| !SCHEDULED.contains(&name.as_str()));
    assert_eq!(functions, with_routes.collect());
}

#[rstest]
#[case::nothing_to_copy(r#"{"sources":[]}"#, true)]
#[case::an_error(r#"{"errorType":"Unhandled","errorMessage":"no table"}"#, false)]
#[case::no_answer("Error: no such image", false)]
fn the_event_of_the_schedule_passes_if_there_is_nothing_to_copy(#[case] answer: &str, #[case] passes: bool) {
    let Some((passed, printed)) = invoked_with("schedule/sync", answer) else { return };
    assert_eq!(passed, passes, "{printed}");
}

#[test]
fn the_way_through_the_api_succeeds_on_the_local_server() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let folder = data.path().to_str().expect("Unicode");
    let Some((passed, printed)) = run(data.path(), &["--local", folder, "way", &server.base]) else { return };
    assert!(passed, "{printed}");
    assert_eq!(printed, "200  make a link\n302  follow it\n200  open it\n200  write\n200  read what was written\n");
}
