//! The steps of an exchange: how many writes they are, and what a repeat does after each was interrupted.

use crate::support::{Fault, FaultInjector, TableRequest, TestEnvironment, paths};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

const NONCE: &str = "nonce-of-the-test-0";
const TAKEN: &str = "This handoff was exchanged already. Open the link again.";

#[tokio::test]
async fn an_exchange_whose_first_response_is_lost_at_each_step_is_used_once() {
    for step in [OWNER, ACTIVITY, CONTEXT] {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let acme = env.create_tenant("acme").await;
        let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
        let handoff = env.follow_link(&link).await;
        let lost = AtomicBool::new(false);
        faults.inject(move |asked, _| {
            let is_first = is_write_of(asked, step) && !lost.swap(true, Ordering::Relaxed);
            if is_first { Fault::DropAfter } else { Fault::Pass }
        });
        assert_eq!(env.exchange(&handoff, NONCE).await.status, 200, "{step}");
        assert_eq!(env.link_activity(&link).await.uses, 1, "{step}");
    }
}

/// The items that an exchange writes, in this order.
const OWNER: &str = "X#";
const ACTIVITY: &str = "A#";
const CONTEXT: &str = "CONTEXT";

fn is_write_of(asked: &TableRequest, item: &str) -> bool {
    let is_write = ["PutItem", "UpdateItem", "TransactWriteItems"].contains(&asked.operation.as_str());
    is_write && asked.body.contains(&format!("{{\"S\":\"{item}"))
}

#[rstest]
#[tokio::test]
async fn a_repeat_after_an_exchange_was_interrupted_makes_up_for_what_is_missing(
    #[values(OWNER, ACTIVITY, CONTEXT)] step: &'static str,
    #[values((|| Fault::DropBefore) as fn() -> Fault, || Fault::DropAfter)] fault: fn() -> Fault,
    #[values(Value::Null, json!(2))] max_uses: Value,
) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let dataset = json!([{"user_id": "ann", "attributes": {"a": 1}}]);
    let body = json!({"scenario_id": "0x420", "max_uses": max_uses, "dataset": dataset});
    let link = paths(&env.post("/public/api/generate-webchat-deep-link", &acme.token, &body).await).remove(0);
    let handoff = env.follow_link(&link).await;
    faults.inject(move |asked, _| if is_write_of(asked, step) { fault() } else { Fault::Pass });
    assert_eq!(env.exchange(&handoff, NONCE).await.status, 503);
    faults.clear();
    env.advance_clock(20);
    let again = env.exchange(&handoff, NONCE).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.json()["attributes"], json!({"a": 1}));
    let activity = env.link_activity(&link).await;
    assert_eq!(activity.uses, 1);
    assert!(activity.first_opened_at.is_some(), "{activity:?}");
    let ann = env.app.store.data_key().user_hash(&acme.tenant.id, &"ann".parse().unwrap());
    assert!(!env.app.store.context_get(&acme.tenant.id, &ann).await.unwrap().is_empty());
    assert_eq!(env.exchange(&handoff, NONCE).await.text(), again.text());
    env.exchange(&handoff, "nonce-of-the-test-1").await.assert_problem(409, TAKEN);
    assert_eq!(env.link_activity(&link).await.uses, 1);
}

#[tokio::test]
async fn an_exchange_of_a_plain_link_is_three_writes_and_a_repeat_with_the_same_attributes_two() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
    let mut writes = Vec::new();
    for nonce in [NONCE, "nonce-of-the-test-1"] {
        let handoff = env.follow_link(&link).await;
        env.activity_after_clicks(&link, 1).await;
        faults.reset();
        assert_eq!(env.exchange(&handoff, nonce).await.status, 200);
        writes.push((faults.calls("PutItem"), faults.calls("UpdateItem"), faults.calls("TransactWriteItems")));
    }
    assert_eq!(writes, [(2, 1, 0), (1, 1, 0)]);
}

#[tokio::test]
async fn a_user_whose_links_bring_more_than_64_kb_keeps_the_newest_attributes() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let attributes = |link: usize| -> Value {
        (0..180)
            .map(|name| (format!("attribute-{link}-{name}"), json!("x".repeat(60))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    for link in 0..24 {
        let path = env.create_link(&acme, "ann", attributes(link)).await;
        let handoff = env.follow_link(&path).await;
        assert_eq!(env.exchange(&handoff, NONCE).await.status, 200, "link {link}");
        env.advance_clock(1);
    }
    let ann = env.app.store.data_key().user_hash(&acme.tenant.id, &"ann".parse().unwrap());
    let context = env.app.store.context_get(&acme.tenant.id, &ann).await.unwrap();
    let names: Vec<_> = context.iter().map(|(name, ..)| name.to_owned()).collect();
    assert!(names.contains(&"attribute-23-179".to_owned()));
    assert!(!names.contains(&"attribute-0-0".to_owned()));
    assert!(serde_json::to_string(&context).unwrap().len() <= 64 * 1024);
}
