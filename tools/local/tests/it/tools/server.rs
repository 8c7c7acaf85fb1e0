//! The local server: first start, restart, and the errors of a start.

use crate::support::{Server, shell};
use rstest::rstest;
use sandbox::data_dir::DataDir;
use sandbox::engine::Engine;
use serde_json::{Value, json};
use shared::store::Client;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::tempdir;

async fn get(server: &Server, data: &Path, path: &str) -> Value {
    let token = fs::read_to_string(data.join("token")).expect("a token");
    let client = reqwest::Client::new();
    let response = client.get(format!("{}{path}", server.base)).bearer_auth(token).send().await.expect("a response");
    response.json().await.expect("JSON")
}

/// Every interaction of the demo tenant.
async fn said(server: &Server, data: &Path) -> Value {
    get(server, data, "/public/api/user-interactions?from=2000-01-01&to=2100-01-01").await
}

/// Opens the link of the welcome text and returns the session.
async fn session(server: &Server) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let link = server.link();
    let response = client.get(link).send().await.expect("a response");
    let (_, handoff) =
        response.headers()["location"].to_str().expect("text").split_once("#handoff=").expect("a handoff");
    let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-0"});
    let exchange = client.post(format!("{}/webchat/exchange", server.base)).header("origin", &server.base).json(&body);
    let response: Value = exchange.send().await.expect("a response").json().await.expect("JSON");
    response["session"].as_str().unwrap_or_else(|| panic!("{response}")).to_owned()
}

#[tokio::test]
async fn the_first_start_creates_keys_a_table_a_token_and_a_demo() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    for secret in ["token", "token-key", "keys.env", "engine.env"] {
        let mode = fs::metadata(data.path().join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let whoami = get(&server, data.path(), "/api/token").await;
    assert_eq!((&whoami["tenant"], whoami["scopes"].as_array().unwrap().len()), (&json!("demo"), 7));
    let said =
        get(&server, data.path(), "/public/api/user-interactions?from=2022-09-21 00:00:00&to=2022-09-22 23:59:59")
            .await;
    assert_eq!(said["data"].as_array().unwrap().len(), 3);
    let token = fs::read_to_string(data.path().join("token")).unwrap();
    assert!(!server.welcome.contains(&token), "the token itself is not printed");
}

#[test]
fn the_commands_of_the_welcome_work_as_printed() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let mut responses = Vec::new();
    for line in server.welcome.lines().map(str::trim).filter(|line| line.starts_with("curl ")) {
        let Some(response) = shell(line) else { return };
        responses.push(
            serde_json::from_str::<Value>(&response).unwrap_or_else(|error| panic!("{line}\n{error}: {response}")),
        );
    }
    let [said, made] = responses.try_into().expect("two commands");
    assert!(said["data"].as_array().is_some_and(|users| !users.is_empty()), "{said}");
    assert_eq!(made.as_array().map(Vec::len), Some(2), "{made}");
    let link = server.link();
    for url in [link, made[1]["url"].as_str().unwrap()] {
        let opened = shell(&format!("curl -si '{url}'")).unwrap();
        assert!(opened.starts_with("HTTP/1.1 302"), "{opened}");
        assert!(opened.contains("/web-chat?selected_scenario=0x420"), "{opened}");
    }
}

#[tokio::test]
async fn acknowledged_messages_and_the_token_survive_a_kill_and_a_restart() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let token = fs::read_to_string(data.path().join("token")).unwrap();
    let (session, client) = (session(&server).await, reqwest::Client::new());
    for number in 0..20 {
        let body = json!({"notification": "message", "user_id": "ann", "message_id": number.to_string(),
            "content": {"type": "text", "data": {"text": format!("message {number}")}}});
        let post = client.post(format!("{}/incoming/webchat", server.base)).bearer_auth(&session).json(&body);
        assert_eq!(post.send().await.unwrap().status(), 200);
    }
    let before = said(&server, data.path()).await;
    server.kill();

    let server = Server::start(data.path(), &[]);
    assert_eq!(fs::read_to_string(data.path().join("token")).unwrap(), token);
    assert_eq!(said(&server, data.path()).await, before);
    assert!(before.to_string().contains("message 19"));
}

#[rstest]
fn a_signal_ends_the_server_cleanly(#[values("INT", "TERM")] signal: &str) {
    let data = tempdir().unwrap();
    for _ in 0..2 {
        let output = Server::start(data.path(), &[]).signal(signal);
        assert!(output.contains("Stopped. Everything is kept in"), "{output}");
    }
}

#[tokio::test]
async fn with_the_option_empty_there_is_no_demo_and_no_token() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &["--empty"]);
    assert!(!data.path().join("token").exists());
    assert!(server.welcome.contains("No demo here"));
    let response = reqwest::get(format!("{}/api/token", server.base)).await.unwrap();
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn another_dynamodb_can_replace_the_embedded_engine() {
    let (data, engine) = (tempdir().unwrap(), Engine::in_memory().unwrap());
    let server = Server::start_over(&engine, data.path(), &data.path().join("log"));
    let written = fs::read_to_string(data.path().join("engine.env")).unwrap();
    assert_eq!(written, format!("AWS_ENDPOINT_URL_DYNAMODB={}\n", engine.endpoint()), "no credentials of the operator");
    assert!(!data.path().join("table.db").exists());
    assert_eq!(get(&server, data.path(), "/api/token").await["tenant"], "demo");
}

#[test]
fn a_port_in_use_and_a_folder_in_use_are_refused_with_advice() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let (_, port) = server.base.rsplit_once(':').unwrap();
    let other = tempdir().unwrap();
    let refusal = Server::refused(other.path(), &["--port", port]);
    assert!(refusal.contains("is in use"), "{refusal}");
    assert!(refusal.contains("--port"), "{refusal}");
    let refusal = Server::refused(data.path(), &[]);
    assert!(refusal.contains("another server has the data folder"), "{refusal}");
    assert!(refusal.contains("--data"), "{refusal}");
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_with_advice() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let refusal = Server::refused(&file.path().join("data"), &[]);
    assert!(refusal.contains("cannot make the data folder"), "{refusal}");
    assert!(refusal.contains("--data DIR"), "{refusal}");
}

#[tokio::test]
async fn a_table_of_another_version_or_of_another_key_is_not_touched() {
    let data = tempdir().unwrap();
    Server::start(data.path(), &[]).kill();
    let keys = fs::read_to_string(data.path().join("keys.env")).unwrap();
    let other = shared::crypto::new_keys().env_lines("external-api");
    fs::write(data.path().join("keys.env"), other).unwrap();
    let refusal = Server::refused(data.path(), &[]);
    assert!(refusal.contains("another data key") || refusal.contains("made with the data key"), "{refusal}");

    fs::write(data.path().join("keys.env"), keys).unwrap();
    make_another_version(data.path()).await;
    let refusal = Server::refused(data.path(), &[]);
    assert!(refusal.contains("is of version 99"), "{refusal}");
    assert!(refusal.contains("--data DIR"), "{refusal}");
}

async fn make_another_version(data: &Path) {
    let engine = Engine::open(&data.join("table.db")).unwrap();
    let config = DataDir::open(data).unwrap().config(&engine.settings()).unwrap();
    let client = Client::from_conf(shared::store::client_config(&config.aws));
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let update = client.update_item().table_name(&config.table).key("PK", text("META")).key("SK", text("META"));
    let version = aws_sdk_dynamodb::types::AttributeValue::N("99".to_owned());
    let update = update.update_expression("SET version = :v").expression_attribute_values(":v", version);
    update.send().await.expect("an update");
}
