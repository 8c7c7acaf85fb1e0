//! The log names the caller of each request, and never the token.

use crate::support::Server;
use sandbox::engine::Engine;
use serde_json::Value;
use std::fs;
use tempfile::tempdir;

#[tokio::test]
async fn the_log_line_of_a_request_names_its_tenant_account_and_token_id() {
    let (data, engine) = (tempdir().unwrap(), Engine::in_memory().unwrap());
    let log = data.path().join("log");
    let server = Server::start_over(&engine, data.path(), &log);
    let token = fs::read_to_string(data.path().join("token")).unwrap();
    let client = reqwest::Client::new();
    let asked = client.get(format!("{}/api/token", server.base)).bearer_auth(token.trim()).send().await.unwrap();
    let caller: Value = asked.json().await.unwrap();
    let refused = client.get(format!("{}/api/tokens", server.base)).bearer_auth("x").send().await.unwrap();
    assert_eq!(refused.status(), 401);
    server.kill();
    let log = fs::read_to_string(log).unwrap();
    let line = |route: &str| log.lines().find(|line| line.contains(&format!("route=\"{route}\""))).expect("a line");
    let named = |name: &str, of: &Value| format!("{name}=\"{}\"", of.as_str().expect("a name"));
    for field in [
        named("tenant", &caller["tenant"]),
        named("account", &caller["account"]),
        named("token", &caller["token"]["id"]),
    ] {
        assert!(line("/api/token").contains(&field), "{field} is not in {}", line("/api/token"));
    }
    assert!(!line("/api/tokens").contains("tenant="), "{}", line("/api/tokens"));
    assert!(!log.contains(token.trim()));
}
