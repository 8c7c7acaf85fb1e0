//! The store repeats a write that DynamoDB refuses for a moment a fixed number of times, and answers right after the last.

use crate::support::{Fault, FaultInjector, LEGACY, TableRequest, TestEnvironment, TestTenant};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use shared::model::{Attributes, Context, UserHash};
use shared::store::{Erasure, Store, StoreError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const EMPTY_QUERY: &str = r#"{"Items": [], "Count": 0, "ScannedCount": 0}"#;

/// A table that refuses every call of one operation, and a clock that moves only while a task waits.
struct Refusing {
    injector: FaultInjector,
    env: TestEnvironment,
    acme: TestTenant,
    last_call: Arc<Mutex<Option<Instant>>>,
}

impl Refusing {
    async fn new() -> Self {
        let injector = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| injector.install(client)).await;
        let acme = env.create_tenant("acme").await;
        Self { injector, env, acme, last_call: Arc::default() }
    }

    /// Refuses `operation` from now on and stops the clock at its first call: the engine answers nothing from then on.
    /// `other` answers every other operation.
    fn refuse(&self, operation: &'static str, refusal: fn(&TableRequest) -> Fault, other: fn(&TableRequest) -> Fault) {
        self.injector.reset();
        let last_call = self.last_call.clone();
        self.injector.inject(move |asked, number| {
            if asked.operation != operation {
                return other(asked);
            }
            if number == 1 {
                tokio::time::pause();
            }
            *last_call.lock().unwrap() = Some(Instant::now());
            refusal(asked)
        });
    }

    /// Asserts the number of calls, and that the response came without a wait after the last of them.
    #[track_caller]
    fn assert_stopped(&self, operation: &str, calls: usize) {
        let last_call = self.last_call.lock().unwrap().expect("a call");
        assert_eq!(Instant::now() - last_call, Duration::ZERO, "a wait after the last call");
        assert_eq!(self.injector.calls(operation), calls);
    }

    fn store(&self) -> &Store {
        &self.env.app.store
    }

    fn now(&self) -> DateTime<Utc> {
        self.env.app.clock.now()
    }

    fn user(&self, name: &str) -> UserHash {
        self.store().data_key().user_hash(&self.acme.tenant.id, &name.parse().unwrap())
    }
}

#[track_caller]
fn assert_busy<T: std::fmt::Debug>(response: Result<T, StoreError>) {
    assert!(response.expect_err("a refusal").is_busy());
}

fn attributes() -> Attributes {
    let given = json!({"colour": "green"});
    Attributes::check(given.as_object().unwrap().clone(), &[]).expect("attributes")
}

fn pass(_: &TableRequest) -> Fault {
    Fault::Pass
}

fn unprocessed(asked: &TableRequest) -> Fault {
    let wanted: Value = serde_json::from_str(&asked.body).unwrap();
    Fault::Respond(200, json!({"UnprocessedItems": wanted["RequestItems"]}).to_string())
}

fn conflict(_: &TableRequest) -> Fault {
    Fault::cancelled(&["None", "TransactionConflict"])
}

#[tokio::test]
async fn a_batch_write_ends_with_its_eighth_refusal() {
    let table = Refusing::new().await;
    table.refuse("BatchWriteItem", unprocessed, pass);
    let response = table.env.generate(&table.acme, json!([{"attributes": {}}])).await;
    table.assert_stopped("BatchWriteItem", 8);
    assert_eq!(response.status, 503);
}

#[tokio::test]
async fn an_exchange_of_a_link_with_limited_uses_ends_with_its_sixteenth_conflict() {
    let table = Refusing::new().await;
    let link = table.env.create_limited_link(&table.acme, "bob", 2).await;
    let handoff = table.env.follow_link(&link).await;
    // Between the attempts, the link has uses left.
    let other = |asked: &TableRequest| {
        let is_between = asked.operation == "BatchGetItem" && !asked.body.contains("L#");
        if is_between { Fault::Respond(200, r#"{"Responses": {}}"#.into()) } else { Fault::Pass }
    };
    table.refuse("TransactWriteItems", conflict, other);
    let response = table.env.exchange(&handoff, "nonce-of-the-test-0").await;
    table.assert_stopped("TransactWriteItems", 16);
    assert_eq!(response.status, 503);
}

#[tokio::test]
async fn a_plain_write_ends_with_its_fourth_conflict_with_a_transaction() {
    let table = Refusing::new().await;
    let link = table.env.link_record(&table.env.create_link(&table.acme, "bob", json!({})).await).await;
    table.refuse("UpdateItem", |_| Fault::write_conflict(), pass);
    let response = table.store().link_revoke(&link, table.now()).await;
    table.assert_stopped("UpdateItem", 4);
    assert_busy(response);
}

#[tokio::test]
async fn a_merge_into_a_context_that_keeps_changing_ends_with_its_eighth_write() {
    let table = Refusing::new().await;
    let no_item = |_: &TableRequest| Fault::Respond(200, "{}".into());
    table.refuse("PutItem", |_| Fault::condition_failed(&json!({})), no_item);
    let (tenant, ann) = (&table.acme.tenant.id, table.user("ann"));
    let response = table.store().context_merge(tenant, &ann, &attributes(), table.now()).await;
    table.assert_stopped("PutItem", 8);
    assert_busy(response);
}

#[tokio::test]
async fn the_erasure_of_a_context_that_keeps_changing_ends_with_its_eighth_write() {
    let table = Refusing::new().await;
    let other = |asked: &TableRequest| {
        if asked.operation != "GetItem" {
            return Fault::Respond(200, EMPTY_QUERY.into());
        }
        let mut context = Context::default();
        context.merge(&attributes(), DateTime::<Utc>::MAX_UTC);
        let values = serde_json::to_string(&context).unwrap();
        Fault::Respond(200, json!({"Item": {"version": {"N": "1"}, "values": {"S": values}}}).to_string())
    };
    let now = table.now();
    let erasure = Erasure { erased_at: now, refused_until: now, interactions: 0, links: 0, completed_at: None };
    let ann = table.user("ann");
    table.refuse("PutItem", |_| Fault::condition_failed(&json!({})), other);
    let deadline = Instant::now() + Duration::from_mins(1);
    let response = table.store().erasure_sweep(&table.acme.tenant, &ann, &erasure, false, deadline).await;
    table.assert_stopped("PutItem", 8);
    assert_busy(response);
}

#[tokio::test]
async fn an_unreadable_context_is_an_error_and_stays_as_it_is() {
    let table = Refusing::new().await;
    let (tenant, ann, now) = (&table.acme.tenant, table.user("ann"), table.now());
    table.store().context_merge(&tenant.id, &ann, &attributes(), now).await.expect("merged");
    table.injector.reset();
    table.injector.inject(|asked, _| match asked.operation.as_str() {
        "GetItem" => {
            Fault::Respond(200, json!({"Item": {"version": {"N": "1"}, "values": {"S": "{\"colour\""}}}).to_string())
        }
        _ => Fault::Pass,
    });
    let later = now + TimeDelta::seconds(1);
    let error = table.store().context_merge(&tenant.id, &ann, &attributes(), later).await.expect_err("unreadable");
    assert!(!error.is_busy(), "waiting does not help");
    assert_eq!(table.injector.calls("PutItem"), 0, "the stored context was overwritten");
    table.store().context_get(&tenant.id, &ann).await.expect_err("unreadable");
    table.injector.clear();
    let stored = table.store().context_get(&tenant.id, &ann).await.expect("a context");
    assert_eq!(stored.iter().map(|(name, ..)| name).collect::<Vec<_>>(), ["colour"]);
}

#[tokio::test]
async fn an_unreadable_snapshot_is_an_error_and_not_an_empty_user() {
    let table = Refusing::new().await;
    let link = table.env.create_link(&table.acme, "ann", json!({})).await;
    let session = table.env.open_session(&link).await;
    assert_eq!(table.env.send_message(&session, "ann", "m0", "hello").await.status, 200);
    let period = [("from", "2026-01-01"), ("to", "9999-12-31")];
    assert_eq!(table.env.get_interactions(&table.acme, LEGACY, &period).await.status, 200);
    table.injector.inject(|_, _| {
        Fault::Rewrite(|body| {
            let text = String::from_utf8(body).expect("Unicode");
            // The snapshot is JSON in the attribute `user` of a header.
            text.replace("\"user\":{\"S\":\"{", "\"user\":{\"S\":\"[{").into_bytes()
        })
    });
    table
        .env
        .get_interactions(&table.acme, LEGACY, &period)
        .await
        .assert_problem(500, "Something went wrong on our side.");
}
