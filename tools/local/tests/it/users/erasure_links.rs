//! The erasure of a user: its links, handoffs and sessions, and erasures that are interrupted.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{Fault, FaultInjector, PUBLIC, TableRequest, TestEnvironment, TestTenant, texts};
use aws_sdk_dynamodb::types::AttributeValue;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::UserHash;
use shared::store::{Client, ErasedUserPolicy, client_config};
use tokio::time::Instant;

/// The sort keys of the items in the partition of a user.
async fn user_items(env: &TestEnvironment, tenant: &TestTenant, user: &UserHash) -> Vec<String> {
    let client = Client::from_conf(client_config(&env.app.config.aws));
    let partition = AttributeValue::S(format!("T#{}#U#{user}", tenant.tenant.id));
    let query = client.query().table_name(&env.app.config.table).key_condition_expression("PK = :pk");
    let found = query.expression_attribute_values(":pk", partition).send().await.expect("the table");
    found.items().iter().map(|item| item["SK"].as_s().expect("a text").clone()).collect()
}

#[tokio::test]
async fn links_handoffs_and_sessions_are_invalid_after_the_first_request_of_an_erasure() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"city": "Graz"})).await;
    let (handoff, session) = (env.follow_link(&link).await, env.open_session(&link).await);
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    assert_eq!(env.erase(&acme, "ann").await.status, 202);
    env.visit(&link, &[]).await.assert_problem(404, "Resource not found.");
    env.exchange(&handoff, "nonce-of-the-test-1").await.assert_problem(410, "This link is no longer valid.");
    env.send_message(&session, "ann", "m2", "still here").await.assert_problem(401, "Unauthenticated.");
    let user_hash = env.app.store.data_key().user_hash(&acme.tenant.id, &"ann".parse().expect("a user"));
    let left = ["CONTEXT", "ERASED"];
    assert_eq!(user_items(&env, &acme, &user_hash).await, left, "no day and no timestamp of a message");
    let context = env.app.store.context_get(&acme.tenant.id, &user_hash).await.expect("a context");
    assert!(context.is_empty(), "the context has only the mark of the erasure: {context:?}");
    env.erase_all(&acme, "ann").await;
    assert_eq!(user_items(&env, &acme, &user_hash).await, left);
    env.send_message(&session, "ann", "m3", "still here").await.assert_problem(401, "Unauthenticated.");
    let left = env.get_interactions(&acme, PUBLIC, &[("from", "2000-01-01"), ("to", "2099-12-31")]).await;
    assert_eq!(left.text(), r#"{"data":[]}"#);
}

#[tokio::test]
async fn handoffs_and_sessions_are_invalid_before_the_sweep_reaches_the_link() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"city": "Graz"})).await;
    let session = env.open_session(&link).await;
    let (store, tenant, ann) = (&env.app.store, &acme.tenant.id, "ann".parse().expect("a user"));
    store.erasure_begin(tenant, &ann, env.app.clock.now()).await.expect("begun");
    // The redirect reads only the link. The exchange reads the context, which has the mark of the erasure.
    let handoff = env.follow_link(&link).await;
    env.exchange(&handoff, "nonce-of-the-test-1").await.assert_problem(410, "This link is no longer valid.");
    env.send_message(&session, "ann", "m1", "still here").await.assert_problem(401, "Unauthenticated.");
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!(receipt["interactions"], 0);
    assert_eq!(receipt["links"], 1);
}

/// Creates a campaign of two links of Ann and one of Ben, and erases Ann. Returns the id of the first link.
async fn erase_the_recipient_of_two_links(env: &TestEnvironment, tenant: &TestTenant) -> String {
    let rows = ["ann", "ben", "ann"].map(|user| json!({"user_id": user, "attributes": {}}));
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": rows});
    let created = env.post("/public/api/generate-webchat-deep-link", &tenant.token, &body).await.json();
    env.erase_all(tenant, "ann").await;
    created[0]["link_id"].as_str().expect("an id").to_owned()
}

#[rstest]
#[tokio::test]
async fn lists_have_no_links_of_an_erased_user(
    #[values("", "?campaign=spring", "?scenario_id=0x420", "?limit=1")] query: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    erase_the_recipient_of_two_links(&env, &acme).await;
    let (mut users, mut next) = (Vec::new(), Some(String::new()));
    while let Some(cursor) = next {
        let separator = if query.is_empty() { "?" } else { "&" };
        let page = env.get(&format!("/public/api/links{query}{cursor}"), &acme.token).await;
        assert_eq!(page.status, 200, "{}", page.text());
        users.extend(page.json()["data"].as_array().expect("links").iter().map(|link| link["user_id"].clone()));
        next = page.json()["meta"]["next_cursor"].as_str().map(|cursor| format!("{separator}cursor={cursor}"));
    }
    assert_eq!(users, ["ben"]);
}

#[tokio::test]
async fn a_funnel_counts_the_links_of_erased_users() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    erase_the_recipient_of_two_links(&env, &acme).await;
    let funnel = env.get("/public/api/campaigns/spring/funnel", &acme.token).await.json();
    assert_eq!(funnel["made"], 3, "{funnel}");
}

#[tokio::test]
async fn a_link_of_an_erased_user_is_404() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = format!("/public/api/links/{}", erase_the_recipient_of_two_links(&env, &acme).await);
    env.get(&link, &acme.token).await.assert_problem(404, "Resource not found.");
    env.delete(&link, &acme.token).await.assert_problem(404, "Resource not found.");
}

/// Stores N interactions of Ann, the same number on each of five days.
async fn ingest_five_days(env: &TestEnvironment, tenant: &TestTenant, interactions: usize) {
    for day in 1..=5 {
        let event = |number: usize| {
            let date = format!("2022-09-{day:02}T08:00:{:02}.{number:06}Z", number % 60);
            json!({"user_id": "ann", "type": "text", "date": date, "text": "hello"})
        };
        let events: Vec<Value> = (0..interactions / 5).map(event).collect();
        for batch in events.chunks(250) {
            let response = env.post(PATH, &tenant.token, &json!(batch)).await;
            assert_eq!(response.json()["created"], batch.len(), "{}", response.text());
        }
    }
}

#[tokio::test]
async fn an_erasure_of_5000_interactions_that_is_interrupted_after_each_step_counts_each_once() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    ingest_five_days(&env, &acme, 5000).await;
    let other = event("ben", "08:00:00", "hi");
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([other])).await), ["created"]);
    let (store, tenant, ann) = (&env.app.store, &acme.tenant, "ann".parse().expect("a user"));
    let user_hash = store.data_key().user_hash(&tenant.id, &ann);
    let erasure = store.erasure_begin(&tenant.id, &ann, env.app.clock.now()).await.expect("begun");
    // The deadline is now, so every call ends after one step.
    let mut calls = 1;
    while !store.erasure_sweep(tenant, &user_hash, &erasure, false, Instant::now()).await.expect("a step") {
        calls += 1;
        assert!(calls < 40, "the erasure does not end");
    }
    assert!(calls > 10, "{calls}");
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!(receipt["interactions"], 5000);
    let left = env.get_interactions(&acme, PUBLIC, &[("from", "2022-09-01"), ("to", "2022-10-01")]).await;
    assert_eq!(texts(&left).into_keys().collect::<Vec<_>>(), ["ben"]);
}

#[tokio::test]
async fn an_erasure_over_a_failing_table_is_503_and_counts_each_interaction_once_when_it_continues() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    ingest_five_days(&env, &acme, 200).await;
    env.create_link(&acme, "ann", json!({})).await;
    faults.reset();
    // The responses to the first twenty writes of each kind are lost.
    faults.inject(|TableRequest { operation, .. }, number| match operation.as_str() {
        "BatchWriteItem" | "TransactWriteItems" if number <= 20 => Fault::DropAfter,
        _ => Fault::Pass,
    });
    let mut busy = 0;
    let receipt = loop {
        let response = env.erase(&acme, "ann").await;
        match response.status.as_u16() {
            200 => break response.json(),
            202 => env.advance_clock(61),
            503 => busy += 1,
            other => panic!("{other}: {}", response.text()),
        }
        assert!(busy < 60, "the erasure does not end");
    };
    assert_ne!(busy, 0);
    assert_eq!(receipt["interactions"], 200);
    assert_eq!(receipt["links"], 1);
}

#[tokio::test]
async fn an_interaction_written_during_an_erasure_is_erased_by_its_last_sweep_and_counted() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([event("ann", "08:00:00", "one")])).await), ["created"]);
    assert_eq!(env.erase(&acme, "ann").await.status, 202);
    // An import with the policy `Restore` writes like a request that read before the tombstone existed.
    let late = event("ann", "08:00:01", "two").to_string();
    let written = importer::import(late.as_bytes(), &env.app, &acme.tenant, ErasedUserPolicy::Restore, |_| {}).await;
    assert_eq!(written.expect("imported").created, 1);
    env.advance_clock(61);
    let receipt = env.erase(&acme, "ann").await;
    assert_eq!(receipt.status, 200, "{}", receipt.text());
    assert_eq!(receipt.json()["interactions"], 2);
    let left = env.get_interactions(&acme, PUBLIC, &[("from", "2022-09-01"), ("to", "2022-10-01")]).await;
    assert_eq!(left.text(), r#"{"data":[]}"#);
}
