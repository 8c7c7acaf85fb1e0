//! Users erased: their links, handoffs and sessions end at once, and an erasure that is cut off is taken up again.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{Fault, FaultInjector, PUBLIC, TableRequest, TestEnvironment, TestTenant, texts};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::model::UserHash;
use shared::store::{Client, ErasedUserPolicy, client_config};
use tokio::time::Instant;

/// The sort keys of what stands in a user's own partition.
async fn places(env: &TestEnvironment, of: &TestTenant, user: &UserHash) -> Vec<String> {
    let client = Client::from_conf(client_config(&env.app.config.aws));
    let partition = AttributeValue::S(format!("T#{}#U#{user}", of.tenant.id));
    let query = client.query().table_name(&env.app.config.table).key_condition_expression("PK = :pk");
    let found = query.expression_attribute_values(":pk", partition).send().await.expect("the table");
    found.items().iter().map(|item| item["SK"].as_s().expect("a text").clone()).collect()
}

#[tokio::test]
async fn links_handoffs_and_sessions_of_an_erased_user_end_with_the_first_answer() {
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
    assert_eq!(places(&env, &acme, &user_hash).await, ["ERASED"], "no context, no day, no message's place");
    env.erase_all(&acme, "ann").await;
    assert_eq!(places(&env, &acme, &user_hash).await, ["ERASED"]);
    env.send_message(&session, "ann", "m3", "still here").await.assert_problem(401, "Unauthenticated.");
    assert!(
        !env.get_interactions(&acme, PUBLIC, &[("from", "2000-01-01"), ("to", "2099-12-31")])
            .await
            .text()
            .contains("still")
    );
}

#[tokio::test]
async fn handoffs_and_sessions_are_refused_before_the_sweep_has_reached_the_link() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"city": "Graz"})).await;
    let session = env.open_session(&link).await;
    let (store, tenant, ann) = (&env.app.store, &acme.tenant.id, "ann".parse().expect("a user"));
    store.erasure_begin(tenant, &ann, env.app.clock.now()).await.expect("begun");
    // The redirect reads the link alone; what it leads to is refused.
    let handoff = env.follow_link(&link).await;
    env.exchange(&handoff, "nonce-of-the-test-1").await.assert_problem(410, "This link is no longer valid.");
    env.send_message(&session, "ann", "m1", "still here").await.assert_problem(401, "Unauthenticated.");
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!((&receipt["interactions"], &receipt["links"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn lists_and_funnels_cope_with_links_that_were_erased() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let rows = ["ann", "ben", "ann"].map(|user| json!({"user_id": user, "attributes": {}}));
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": rows});
    let made = env.post("/public/api/generate-webchat-deep-link", &acme.token, &body).await.json();
    env.erase_all(&acme, "ann").await;
    for query in ["", "?campaign=spring", "?scenario_id=0x420", "?limit=1"] {
        let (mut users, mut next) = (Vec::new(), Some(String::new()));
        while let Some(cursor) = next {
            let separator = if query.is_empty() { "?" } else { "&" };
            let page = env.get(&format!("/public/api/links{query}{cursor}"), &acme.token).await;
            assert_eq!(page.status, 200, "{}", page.text());
            users.extend(page.json()["data"].as_array().expect("links").iter().map(|link| link["user_id"].clone()));
            next = page.json()["meta"]["next_cursor"].as_str().map(|cursor| format!("{separator}cursor={cursor}"));
        }
        assert_eq!(users, ["ben"], "{query}");
    }
    let funnel = env.get("/public/api/campaigns/spring/funnel", &acme.token).await.json();
    assert_eq!(funnel["made"], 3, "{funnel}");
    let gone = format!("/public/api/links/{}", made[0]["link_id"].as_str().expect("an id"));
    env.get(&gone, &acme.token).await.assert_problem(404, "Resource not found.");
    env.delete(&gone, &acme.token).await.assert_problem(404, "Resource not found.");
}

/// Stores so many interactions of Ann, the same number on each of five days.
async fn five_days(env: &TestEnvironment, of: &TestTenant, interactions: usize) {
    for day in 1..=5 {
        let said = |number: usize| {
            let date = format!("2022-09-{day:02}T08:00:{:02}.{number:06}Z", number % 60);
            json!({"user_id": "ann", "type": "text", "date": date, "text": "hello"})
        };
        let events: Vec<Value> = (0..interactions / 5).map(said).collect();
        for some in events.chunks(250) {
            let response = env.post(PATH, &of.token, &json!(some)).await;
            assert_eq!(response.json()["created"], some.len(), "{}", response.text());
        }
    }
}

#[tokio::test]
async fn an_erasure_of_5000_interactions_that_is_cut_off_again_and_again_counts_each_once() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    five_days(&env, &acme, 5000).await;
    let other = event("ben", "08:00:00", "hi");
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([other])).await), ["created"]);
    let (store, tenant, ann) = (&env.app.store, &acme.tenant, "ann".parse().expect("a user"));
    let user_hash = store.data_key().user_hash(&tenant.id, &ann);
    let erasure = store.erasure_begin(&tenant.id, &ann, env.app.clock.now()).await.expect("begun");
    // Time is over at once: every call goes on for one step.
    let mut calls = 1;
    while !store.erasure_sweep(tenant, &user_hash, &erasure, false, Instant::now()).await.expect("a step") {
        calls += 1;
        assert!(calls < 40, "it does not end");
    }
    assert!(calls > 10, "{calls}");
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!(receipt["interactions"], 5000);
    let left = env.get_interactions(&acme, PUBLIC, &[("from", "2022-09-01"), ("to", "2022-10-01")]).await;
    assert_eq!(texts(&left).into_keys().collect::<Vec<_>>(), ["ben"]);
}

#[tokio::test]
async fn an_erasure_over_a_table_that_fails_is_a_503_and_is_counted_right_when_it_is_taken_up() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    five_days(&env, &acme, 200).await;
    env.create_link(&acme, "ann", json!({})).await;
    faults.reset();
    // The answers to the first writes are lost, again and again.
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
        assert!(busy < 60, "it does not end");
    };
    assert!(busy > 0);
    assert_eq!((&receipt["interactions"], &receipt["links"]), (&json!(200), &json!(1)));
}

#[tokio::test]
async fn what_a_request_from_before_still_writes_is_erased_by_the_last_sweep_and_counted() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([event("ann", "08:00:00", "one")])).await), ["created"]);
    assert_eq!(env.erase(&acme, "ann").await.status, 202);
    // It has read that there is no tombstone, and writes on: as an import does that the operator told to restore.
    let late = event("ann", "08:00:01", "two").to_string();
    let written = importer::import(late.as_bytes(), &env.app, &acme.tenant, ErasedUserPolicy::Restore, |_| {}).await;
    assert_eq!(written.expect("imported").created, 1);
    env.advance_clock(61);
    let receipt = env.erase(&acme, "ann").await;
    assert_eq!((receipt.status.as_u16(), &receipt.json()["interactions"]), (200, &json!(2)), "{}", receipt.text());
    assert!(
        !env.get_interactions(&acme, PUBLIC, &[("from", "2022-09-01"), ("to", "2022-10-01")])
            .await
            .text()
            .contains("ann")
    );
}
