//! Neither table, log nor URL contains personal data or a usable code.

use crate::support::{FaultInjector, Server, TestEnvironment, wait_for_status};
use sandbox::engine::Engine;
use serde_json::{Value, json};
use std::fs;
use tempfile::tempdir;

const PERSONAL: [&str; 4] = ["ann@example.com", "Łucja", "Kraków", "Ewa Nowak"];

fn dataset() -> Value {
    json!([{"user_id": PERSONAL[0], "attributes": {"first_name": PERSONAL[1], "city": PERSONAL[2],
        "friends": [PERSONAL[3]]}}])
}

/// The texts of a request to the table that are part of a key, or that a key is compared with.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if ["PK", "SK", "links_of", "made_at", ":pk", ":user", ":prefix"].contains(&name.as_str()) {
                    found.extend(value["S"].as_str().map(str::to_owned));
                }
                names(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn no_key_of_the_table_has_personal_data_and_no_item_has_a_code() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let path = crate::support::paths(&env.generate(&acme, dataset()).await).remove(0);
    let session = env.open_session(&path).await;
    assert_eq!(env.send_message(&session, PERSONAL[0], "m1", "hello").await.status, 200);
    for query in ["user_id=ann%40example.com", "scenario_id=0x420"] {
        let listed = env.get(&format!("/public/api/links?{query}"), &acme.token).await;
        assert_eq!(listed.json()["data"].as_array().map(Vec::len), Some(1));
        assert!(!listed.text().contains(&path[1..]), "the URL was shown once");
    }
    env.revoke_link(&path).await;
    let mut named = Vec::new();
    let asked = faults.requests();
    assert!(asked.iter().any(|asked| asked.operation == "BatchWriteItem" && asked.body.contains(PERSONAL[2])));
    for asked in &asked {
        assert!(!asked.body.contains(&path[1..]), "{} shows a code", asked.operation);
        names(&serde_json::from_str(&asked.body).expect("JSON"), &mut named);
    }
    assert!(named.iter().any(|name| name.starts_with("L#")), "{named:?}");
    assert!(named.len() > 20, "{named:?}");
    for secret in PERSONAL {
        assert!(!named.iter().any(|name| name.contains(secret)), "{secret} is in {named:?}");
    }
}

#[tokio::test]
async fn the_log_has_no_personal_data_no_code_and_no_token_even_if_everything_fails() {
    let (data, engine) = (tempdir().unwrap(), Engine::in_memory().unwrap());
    let log = data.path().join("log");
    let server = Server::start_over(&engine, data.path(), &log);
    let token = fs::read_to_string(data.path().join("token")).unwrap();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let generate = || {
        let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": dataset()});
        client.post(format!("{}/public/api/generate-webchat-deep-link", server.base)).bearer_auth(&token).json(&body)
    };
    let made: Value = generate().send().await.unwrap().json().await.unwrap();
    let url = made[0]["url"].as_str().unwrap();
    let visited = client.get(url).send().await.unwrap();
    let (_, handoff) = visited.headers()["location"].to_str().unwrap().split_once("#handoff=").unwrap();
    let exchange = || {
        let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-0"});
        client.post(format!("{}/webchat/exchange", server.base)).header("origin", &server.base).json(&body)
    };
    assert_eq!(exchange().send().await.unwrap().status(), 200);
    drop(engine);
    wait_for_status(url, 503).await; // the server caches a link for two seconds
    for failing in [generate(), exchange(), client.get(url)] {
        assert!(failing.send().await.unwrap().status().is_server_error());
    }
    server.kill();
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.is_empty(), "what fails is logged");
    let code = url.rsplit('/').next().unwrap();
    for secret in PERSONAL.into_iter().chain([code, handoff, token.trim(), "nonce-of-the-test-0"]) {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
