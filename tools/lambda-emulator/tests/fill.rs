//! `cargo lambda-emulator fill`: where it writes, and the engine's address in a container.

use sandbox::data_dir::DataDir;
use sandbox::demo;
use sandbox::engine::Engine;
use serde_json::Value;
use shared::app::App;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::{TempDir, tempdir};

/// A data folder like that of a running local server.
struct Running {
    data: TempDir,
    engine: Engine,
}

async fn running() -> Running {
    let (data, engine) = (tempdir().unwrap(), Engine::in_memory().expect("an engine"));
    let folder = DataDir::open(data.path()).expect("a folder");
    let app = App::new(folder.config(&engine.settings()).expect("settings"));
    app.store.table_create().await.expect("a table");
    let page = demo::PAGE.parse().expect("a URL");
    demo::create(&app, &folder.token_issuer().expect("a key"), page).await.expect("the demo");
    folder.write_engine(&engine.settings()).expect("written");
    Running { data, engine }
}

/// Runs `fill` in a folder, and returns standard output and standard error.
fn fill(running: &Running, current: &Path, args: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-emulator"));
    command.current_dir(current).args(["fill", "--local"]).arg(running.data.path()).args(args);
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).expect("text"));
    assert!(status.success(), "{stderr}");
    (stdout, stderr)
}

/// A clone of the repository, as far as `fill` reads it.
fn clone() -> TempDir {
    let (folder, here) = (tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    fs::write(folder.path().join("template.yaml"), "").expect("written");
    fs::create_dir(folder.path().join("events")).expect("a folder");
    for name in ["env.json", "expected.json", "redirect-link.json"] {
        fs::copy(here.join("events").join(name), folder.path().join("events").join(name)).expect("copied");
    }
    folder
}

fn endpoint(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("env.json")).expect("settings");
    let settings: Value = serde_json::from_str(&text).expect("JSON");
    settings["Parameters"]["AWS_ENDPOINT_URL_DYNAMODB"].as_str().expect("a URL").to_owned()
}

#[tokio::test]
async fn fill_writes_the_events_of_the_clone_to_the_current_folder() {
    let (running, clone) = (running().await, clone());
    let (printed, _) = fill(&running, clone.path(), &[]);
    assert!(printed.starts_with("1 events and env.json are in target/lambda/events\n"), "{printed}");
    let written = clone.path().join("target/lambda/events");
    let event = fs::read_to_string(written.join("redirect-link.json")).expect("the event");
    assert!(!event.contains("{{"), "{event}");
    assert_eq!(endpoint(&written), running.engine.endpoint());
}

#[tokio::test]
async fn fill_writes_to_the_folder_that_the_option_out_names() {
    let (running, clone, out) = (running().await, clone(), tempdir().unwrap());
    fill(&running, clone.path(), &["--out", out.path().to_str().expect("Unicode")]);
    assert!(out.path().join("redirect-link.json").exists());
    assert!(!clone.path().join("target").exists());
}

#[tokio::test]
async fn fill_warns_that_containers_do_not_reach_a_loopback_address() {
    let (running, clone) = (running().await, clone());
    let (_, warning) = fill(&running, clone.path(), &[]);
    assert!(warning.starts_with("Warning: containers do not reach http://127.0.0.1:"), "{warning}");
}

#[tokio::test]
async fn the_settings_for_containers_have_the_engine_host_that_the_option_names() {
    let (running, clone) = (running().await, clone());
    let (_, warning) = fill(&running, clone.path(), &["--engine-host", "host.docker.internal"]);
    assert_eq!(warning, "");
    let expected = running.engine.endpoint().replace("127.0.0.1", "host.docker.internal");
    assert_eq!(endpoint(&clone.path().join("target/lambda/events")), expected);
}

#[test]
fn outside_of_a_clone_the_command_says_so() {
    let folder = tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-emulator"));
    let output = command
        .env_remove("SAM_VENV")
        .current_dir(folder.path())
        .args(["serve", "redirect", "--no-build"])
        .output()
        .expect("it starts");
    let printed = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success());
    assert!(printed.contains("is in no clone of the repository"), "{printed}");
}
