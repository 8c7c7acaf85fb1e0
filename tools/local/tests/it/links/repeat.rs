//! Requests for links that may be sent again.

use crate::support::{Answer, Fault, FaultInjector, TestEnvironment, TestTenant};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn generate(env: &TestEnvironment, of: &TestTenant, key: &str, body: &Value) -> Answer {
    let authorization = format!("Bearer {}", of.token);
    let headers =
        [("authorization", authorization.as_str()), ("content-type", "application/json"), ("idempotency-key", key)];
    env.post_raw("/public/api/generate-webchat-deep-link", &headers, body.to_string()).await
}

fn body() -> Value {
    json!({"scenario_id": "0x420", "expires_in": 3600, "dataset": [
        {"user_id": "ann", "attributes": {"first_name": "Ann"}}, {"attributes": {"first_name": "Ben"}}]})
}

async fn links(env: &TestEnvironment, of: &TestTenant) -> Vec<Value> {
    env.get("/public/api/links", &of.token).await.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_same_key_and_body_give_the_same_links_users_and_expiry_and_make_no_second_set() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let first = generate(&env, &acme, "order-1", &body()).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let made = links(&env, &acme).await;
    env.wait(60);
    let again = generate(&env, &acme, "order-1", &body()).await;
    assert_eq!(first.json(), again.json());
    assert_eq!(links(&env, &acme).await, made);
    assert_eq!(made.len(), 2);
}

#[tokio::test]
async fn a_repeat_leaves_what_a_use_or_a_revocation_has_changed() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let made = generate(&env, &acme, "order-1", &body()).await.json();
    let path = |row: usize| made[row]["url"].as_str().unwrap().parse::<url::Url>().unwrap().path().to_owned();
    env.session(&path(0)).await;
    let id = made[1]["link_id"].as_str().unwrap();
    assert_eq!(env.delete(&format!("/public/api/links/{id}"), &acme.token).await.status, 204);
    let before = links(&env, &acme).await;
    assert_eq!(generate(&env, &acme, "order-1", &body()).await.json(), made);
    assert_eq!(links(&env, &acme).await, before);
    env.visit(&path(1), &[]).await.assert_problem(410, "This link is no longer valid.");
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused_and_another_account_has_keys_of_its_own() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (env.tenancy("acme").await, env.tenancy("other").await);
    let first = generate(&env, &acme, "order-1", &body()).await.json();
    let mut changed = body();
    changed["dataset"][0]["user_id"] = json!("zoe");
    generate(&env, &acme, "order-1", &changed)
        .await
        .assert_problem(422, "The Idempotency-Key was used with another body.");
    let second = generate(&env, &other, "order-1", &body()).await.json();
    assert_ne!(first[0]["url"], second[0]["url"]);
}

#[tokio::test]
async fn after_seven_days_a_key_makes_new_links_and_overwrites_none() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let first = generate(&env, &acme, "order-1", &body()).await.json();
    env.wait(7 * 24 * 3600);
    let (token, _) = env.token(&acme.tenant, &acme.account, &shared::model::Scope::ALL).await;
    let later = TestTenant { token, ..acme };
    let second = generate(&env, &later, "order-1", &body()).await;
    assert_eq!(second.status, 200, "{}", second.text());
    assert_ne!(first[0]["url"], second.json()[0]["url"]);
    assert_eq!(links(&env, &later).await.len(), 4);
}

#[tokio::test]
async fn a_key_that_is_not_visible_text_is_refused() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let sentence = "The Idempotency-Key must be one header of 1 to 255 visible characters.";
    for key in ["", "a b", &"x".repeat(256)] {
        generate(&env, &acme, key, &body()).await.assert_invalid("Idempotency-Key", sentence);
    }
}

#[tokio::test]
async fn a_request_that_could_not_be_finished_says_so_and_sent_again_makes_the_one_set() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let rows: Value = (0..300).map(|row| json!({"attributes": {"row": row}})).collect();
    let body = json!({"scenario_id": "0x420", "expires_in": 3600, "dataset": rows});
    wire.spoil(|asked, number| match asked.operation.as_str() {
        // Some of it is stored, the rest never.
        "BatchWriteItem" if number > 5 => Fault::Throttle,
        _ => Fault::Pass,
    });
    let cut = generate(&env, &acme, "order-1", &body).await;
    cut.assert_problem(503, "The service is busy. Please try again.");
    assert!(!cut.header("retry-after").is_empty());
    wire.heal();
    env.wait(60);
    let made = generate(&env, &acme, "order-1", &body).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let listed = env.get("/public/api/links?limit=1000", &acme.token).await.json();
    let ids = |links: &Value| {
        let ids = links.as_array().unwrap().iter().map(|link| link["link_id"].as_str().unwrap().to_owned());
        ids.collect::<BTreeSet<_>>()
    };
    assert_eq!((listed["data"].as_array().unwrap().len(), ids(&listed["data"])), (300, ids(&made.json())));
    wire.forget();
    assert_eq!(generate(&env, &acme, "order-1", &body).await.json(), made.json());
    assert_eq!((wire.calls("BatchWriteItem"), wire.calls("PutItem")), (0, 0), "what is done is only told again");
}

#[tokio::test]
async fn the_same_request_many_times_at_once_makes_one_set() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let body = body();
    let answers = join_all((0..8).map(|_| generate(&env, &acme, "order-1", &body))).await;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), answer.json()), (200, answers[0].json()));
    }
    assert_eq!(links(&env, &acme).await.len(), 2);
}
