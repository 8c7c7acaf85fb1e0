//! One command runs it: `cargo local`, as a person starts, kills and restarts it.

use crate::support::{Server, shell};
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
    let answer = client.get(format!("{}{path}", server.base)).bearer_auth(token).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

/// Everything that the demo's users and the tests said.
async fn said(server: &Server, data: &Path) -> Value {
    get(server, data, "/public/api/user-interactions?from=2000-01-01&to=2100-01-01").await
}

/// Opens the link of the welcome as a browser does and returns the session.
async fn session(server: &Server) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let link = server.link();
    let answer = client.get(link).send().await.expect("an answer");
    let (_, handoff) = answer.headers()["location"].to_str().expect("text").split_once("#handoff=").expect("a handoff");
    let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-0"});
    let exchange = client.post(format!("{}/webchat/exchange", server.base)).header("origin", &server.base).json(&body);
    let answer: Value = exchange.send().await.expect("an answer").json().await.expect("JSON");
    answer["session"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn a_first_start_makes_keys_table_token_and_a_demo_that_answers_the_first_query() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    for secret in ["token", "token-key", "keys.env"] {
        let mode = fs::metadata(data.path().join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let whoami = get(&server, data.path(), "/api/token").await;
    assert_eq!((&whoami["tenant"], whoami["scopes"].as_array().unwrap().len()), (&json!("demo"), 6));
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
    let mut answers = Vec::new();
    for line in server.welcome.lines().map(str::trim).filter(|line| line.starts_with("curl ")) {
        let Some(answer) = shell(line) else { return };
        answers
            .push(serde_json::from_str::<Value>(&answer).unwrap_or_else(|error| panic!("{line}\n{error}: {answer}")));
    }
    let [said, made] = answers.try_into().expect("two commands");
    assert!(said["data"].as_array().is_some_and(|users| !users.is_empty()), "{said}");
    assert_eq!(made.as_array().map(Vec::len), Some(2), "{made}");
    let link = server.link();
    for url in [link, made[1]["url"].as_str().unwrap()] {
        let opened = shell(&format!("curl -si '{url}'")).unwrap();
        assert!(opened.starts_with("HTTP/1.1 302") && opened.contains("/web-chat?selected_scenario=0x420"), "{opened}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_a_second_start_finds_everything_as_it_was() {
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

#[test]
fn ctrl_c_and_sigterm_end_it_cleanly() {
    let data = tempdir().unwrap();
    for signal in ["INT", "TERM"] {
        let rest = Server::start(data.path(), &[]).signal(signal);
        assert!(rest.contains("Stopped. Everything is kept in"), "{rest}");
    }
}

#[tokio::test]
async fn without_a_demo_there_are_keys_and_a_table_and_nothing_else() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &["--empty"]);
    assert!(!data.path().join("token").exists() && server.welcome.contains("No demo here"));
    let answer = reqwest::get(format!("{}/api/token", server.base)).await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn any_dynamodb_can_stand_in_for_the_embedded_engine() {
    let (data, engine) = (tempdir().unwrap(), Engine::in_memory().unwrap());
    let server = Server::start(data.path(), &["--endpoint", &engine.endpoint()]);
    assert_eq!(fs::read_to_string(data.path().join("endpoint")).unwrap(), engine.endpoint());
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
    assert!(refusal.contains("is in use") && refusal.contains("--port"), "{refusal}");
    let refusal = Server::refused(data.path(), &[]);
    assert!(refusal.contains("another server has the data folder") && refusal.contains("--data"), "{refusal}");
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_with_advice() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let refusal = Server::refused(&file.path().join("data"), &[]);
    assert!(refusal.contains("cannot make the data folder") && refusal.contains("--data DIR"), "{refusal}");
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
    assert!(refusal.contains("is of version 99") && refusal.contains("--data DIR"), "{refusal}");
}

async fn make_another_version(data: &Path) {
    let engine = Engine::open(&data.join("table.db")).unwrap();
    let config = DataDir::open(data).unwrap().config(&engine.endpoint(), true).unwrap();
    let client = Client::from_conf(shared::store::client_config(&config.aws));
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let update = client.update_item().table_name(&config.table).key("PK", text("META")).key("SK", text("META"));
    let version = aws_sdk_dynamodb::types::AttributeValue::N("99".to_owned());
    let update = update.update_expression("SET version = :v").expression_attribute_values(":v", version);
    update.send().await.expect("an update");
}
