//! Readers of changes and exports find what slow writers and long imports store.

use crate::interactions::ingest::PATH as INGEST;
use crate::support::{PUBLIC, TestEnvironment};
use chrono::{Days, TimeDelta};
use serde_json::{Value, json};
use shared::crypto::sha256;
use shared::model::{Event, EventIds, EventShape, time};
use shared::store::ErasedUserPolicy;
use std::sync::atomic::{AtomicI64, Ordering};

fn event(env: &TestEnvironment, at: chrono::DateTime<chrono::Utc>) -> Event {
    let event = json!({"user_id": "ann", "type": "text", "id": "m1", "date": time::format(at), "text": "hello"});
    let shape: EventShape = serde_json::from_value(event).expect("an event");
    shape.check(env.app.clock.now(), &mut EventIds::new(sha256)).expect("valid")
}

#[tokio::test]
async fn a_machine_that_slept_during_a_request_stores_no_event_where_readers_have_passed() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let now = env.app.clock.now();
    // The wall clock jumps by an hour after the request has begun; the monotonic clock does not.
    let reads = AtomicI64::new(0);
    let clock = || now + TimeDelta::hours(reads.fetch_add(1, Ordering::Relaxed));
    let events = [event(&env, now)];
    let written = env.app.store.events_write(&acme.tenant, &events, &clock, ErasedUserPolicy::Refuse).await;
    assert!(written.expect_err("too late").is_busy());
    let (from, to) = ("2000-01-01", "2099-12-31");
    let stored = env.get_interactions(&acme, PUBLIC, &[("from", from), ("to", to)]).await;
    assert_eq!(stored.json()["data"], json!([]));
}

#[tokio::test]
async fn an_import_that_began_before_a_change_of_shards_stores_events_where_readers_look() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut changed = acme.tenant.clone();
    let today = env.app.clock.now().date_naive();
    changed.sharding.change(today - Days::new(1), 128).expect("a change");
    env.app.store.tenant_update(&changed).await.expect("stored");
    let users = 0..20;
    let line = |user: i32| {
        let at = time::format(env.app.clock.now());
        json!({"user_id": format!("user-{user}"), "type": "text", "date": at, "text": "hello"}).to_string() + "\n"
    };
    let file: String = users.map(line).collect();
    // The tenant as it was before the change.
    let imported = importer::import(file.as_bytes(), &env.app, &acme.tenant, ErasedUserPolicy::Refuse, |_| {}).await;
    assert_eq!(imported.expect("imported").created, 20);
    for user in 0..20 {
        let (from, to, user) = ("2000-01-01", "2099-12-31", format!("user-{user}"));
        let found = env.get_interactions(&acme, PUBLIC, &[("from", from), ("to", to), ("user_id", &user)]).await;
        assert_eq!(found.json()["data"].as_array().map(Vec::len), Some(1), "{}", found.text());
    }
}

#[tokio::test]
async fn a_cursor_of_35_days_still_finds_its_entry() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = json!([{"user_id": "ann", "type": "text", "date": "2026-01-01", "text": "hello"}]);
    assert_eq!(env.post(INGEST, &acme.token, &event).await.status, 200);
    let client = shared::store::Client::from_conf(shared::store::client_config(&env.app.config.aws));
    let day = env.app.clock.now().date_naive();
    let mut expiries = Vec::new();
    for shard in 0..4 {
        let query = client.query().table_name(&env.app.config.table).key_condition_expression("PK = :pk");
        let pk = aws_sdk_dynamodb::types::AttributeValue::S(format!("T#acme#F#{day}#S#{shard}"));
        let found = query.expression_attribute_values(":pk", pk).send().await.expect("a response");
        expiries.extend(found.items().iter().map(|entry| entry["ttl"].as_n().expect("a number").clone()));
    }
    let kept: Vec<i64> = expiries.iter().map(|ttl| ttl.parse().expect("seconds")).collect();
    assert_eq!(kept.len(), 1);
    let days = (kept[0] - env.app.clock.now().timestamp()) / 86_400;
    assert!((35..=36).contains(&days) && kept[0] > env.app.clock.now().timestamp() + 35 * 86_400 + 80_000, "{days}");
    let _: Value = env.get("/public/api/interactions/changes", &acme.token).await.json();
}
