//! Requests for links with an `Idempotency-Key`.

use crate::support::{Fault, FaultInjector, TestEnvironment, TestResponse, TestTenant, paths};
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn generate(env: &TestEnvironment, tenant: &TestTenant, key: &str, body: &Value) -> TestResponse {
    generate_text(env, tenant, key, body.to_string()).await
}

async fn generate_text(env: &TestEnvironment, tenant: &TestTenant, key: &str, body: String) -> TestResponse {
    let authorization = format!("Bearer {}", tenant.token);
    let headers =
        [("authorization", authorization.as_str()), ("content-type", "application/json"), ("idempotency-key", key)];
    env.post_raw("/public/api/generate-webchat-deep-link", &headers, body).await
}

fn body() -> Value {
    json!({"scenario_id": "0x420", "expires_in": 3600, "dataset": [
        {"user_id": "ann", "attributes": {"first_name": "Ann"}}, {"attributes": {"first_name": "Ben"}}]})
}

async fn links(env: &TestEnvironment, tenant: &TestTenant) -> Vec<Value> {
    env.get("/public/api/links", &tenant.token).await.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_same_key_and_body_return_the_same_links() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let first = generate(&env, &acme, "order-1", &body()).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let made = links(&env, &acme).await;
    env.advance_clock(60);
    let again = generate(&env, &acme, "order-1", &body()).await;
    assert_eq!(first.json(), again.json());
    assert_eq!(links(&env, &acme).await, made);
    assert_eq!(made.len(), 2);
}

#[tokio::test]
async fn the_order_of_members_and_white_space_do_not_make_another_body() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let one = r#"{"scenario_id":"0x420","campaign":"order","dataset":[{"user_id":"o-1","attributes":{"first_name":"Ann","city":"Graz"}}]}"#;
    let other = "\u{feff}{ \"dataset\": [\n{\"attributes\": {\"city\": \"Gr\\u0061z\", \"first_name\": \"Ann\"}, \"user_id\": \"o-1\"}],\n\
        \"campaign\": \"order\", \"scenario_id\": \"0x420\" }";
    let made = generate_text(&env, &acme, "order-1", one.to_owned()).await.json();
    let again = generate_text(&env, &acme, "order-1", other.to_owned()).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.json(), made);
    assert_eq!(links(&env, &acme).await.len(), 1);
}

#[tokio::test]
async fn the_order_of_rows_makes_another_body() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(generate(&env, &acme, "order-1", &body()).await.status, 200);
    let mut turned = body();
    turned["dataset"].as_array_mut().unwrap().reverse();
    generate(&env, &acme, "order-1", &turned)
        .await
        .assert_problem(422, "The Idempotency-Key was used with another body.");
}

#[tokio::test]
async fn a_repeat_keeps_uses_and_revocations() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let made = generate(&env, &acme, "order-1", &body()).await.json();
    let path = |row: usize| made[row]["url"].as_str().unwrap().parse::<url::Url>().unwrap().path().to_owned();
    env.open_session(&path(0)).await;
    let id = made[1]["link_id"].as_str().unwrap();
    assert_eq!(env.delete(&format!("/public/api/links/{id}"), &acme.token).await.status, 204);
    let before = links(&env, &acme).await;
    assert_eq!(generate(&env, &acme, "order-1", &body()).await.json(), made);
    assert_eq!(links(&env, &acme).await, before);
    env.visit(&path(1), &[]).await.assert_problem(410, "This link is no longer valid.");
}

#[tokio::test]
async fn the_same_key_with_another_body_is_422_and_another_tenant_may_use_it() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (env.create_tenant("acme").await, env.create_tenant("other").await);
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
async fn after_seven_days_a_key_creates_new_links_and_overwrites_none() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let first = generate(&env, &acme, "order-1", &body()).await.json();
    env.advance_clock(7 * 24 * 3600);
    let (token, _) = env.issue_token(&acme.tenant, &acme.account, &shared::model::Scope::ALL).await;
    let later = TestTenant { token, ..acme };
    let second = generate(&env, &later, "order-1", &body()).await;
    assert_eq!(second.status, 200, "{}", second.text());
    assert_ne!(first[0]["url"], second.json()[0]["url"]);
    assert_eq!(links(&env, &later).await.len(), 4);
}

#[rstest]
#[case::empty("")]
#[case::with_a_space("a b")]
#[case::too_long(&"x".repeat(256))]
#[tokio::test]
async fn a_key_that_is_not_visible_text_is_422(#[case] key: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let sentence = "The Idempotency-Key must be one header of 1 to 255 visible characters.";
    generate(&env, &acme, key, &body()).await.assert_invalid("Idempotency-Key", sentence);
}

#[tokio::test]
async fn a_repeat_of_a_request_that_was_cut_off_brings_no_erased_user_back() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let body = json!({"scenario_id": "0x420", "dataset": [
        {"user_id": "ann", "attributes": {"city": "Graz"}}, {"user_id": "ben", "attributes": {"city": "Linz"}}]});
    faults.inject(|asked, _| match asked.operation.as_str() {
        // The lists are stored, the links never.
        "BatchWriteItem" if asked.body.contains("\"LINK\"") => Fault::Throttle,
        _ => Fault::Pass,
    });
    assert_eq!(generate(&env, &acme, "order-1", &body).await.status, 503);
    faults.clear();
    env.erase_all(&acme, "ann").await;
    let made = paths(&generate(&env, &acme, "order-1", &body).await);
    env.visit(&made[0], &[]).await.assert_problem(404, "Resource not found.");
    assert_eq!(env.visit(&made[1], &[]).await.status, 302);
    assert_eq!(links(&env, &acme).await.len(), 1);
}

#[tokio::test]
async fn a_repeat_of_a_request_that_failed_halfway_creates_each_link_once() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let rows: Value = (0..300).map(|row| json!({"attributes": {"row": row}})).collect();
    let body = json!({"scenario_id": "0x420", "expires_in": 3600, "dataset": rows});
    faults.inject(|asked, number| match asked.operation.as_str() {
        // The first five batches are stored, the rest never.
        "BatchWriteItem" if number > 5 => Fault::Throttle,
        _ => Fault::Pass,
    });
    let cut = generate(&env, &acme, "order-1", &body).await;
    cut.assert_problem(503, "The service is busy. Please try again.");
    assert_eq!(cut.header("retry-after"), "1");
    faults.clear();
    env.advance_clock(60);
    let made = generate(&env, &acme, "order-1", &body).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let listed = env.get("/public/api/links?limit=1000", &acme.token).await.json();
    let ids = |links: &Value| {
        let ids = links.as_array().unwrap().iter().map(|link| link["link_id"].as_str().unwrap().to_owned());
        ids.collect::<BTreeSet<_>>()
    };
    assert_eq!((listed["data"].as_array().unwrap().len(), ids(&listed["data"])), (300, ids(&made.json())));
    faults.reset();
    assert_eq!(generate(&env, &acme, "order-1", &body).await.json(), made.json());
    assert_eq!(
        (faults.calls("BatchWriteItem"), faults.calls("PutItem")),
        (0, 0),
        "a finished request is not written again"
    );
}

#[tokio::test]
async fn eight_concurrent_requests_with_one_key_create_each_link_once() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let body = body();
    let responses = join_all((0..8).map(|_| generate(&env, &acme, "order-1", &body))).await;
    for response in &responses {
        assert_eq!((response.status.as_u16(), response.json()), (200, responses[0].json()));
    }
    assert_eq!(links(&env, &acme).await.len(), 2);
}

#[tokio::test]
async fn a_repeat_that_is_sent_to_another_host_returns_the_same_urls() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let send = async |host: &str| {
        let authorization = format!("Bearer {}", acme.token);
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "order-1"),
        ];
        let path = format!("http://{host}/public/api/generate-webchat-deep-link");
        env.post_raw(&path, &headers, body().to_string()).await.json()
    };
    let first = send("go.example.com").await;
    assert!(first[0]["url"].as_str().expect("a URL").starts_with("http://go.example.com/"), "{first}");
    assert_eq!(send("other.example.com").await, first);
}
