//! Sources: registered, replaced and removed while a run is under way; their tokens are secret; the schedule's event.

use super::SyncTest;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use sandbox::opendialog::TOKEN;
use serde_json::json;
use shared::store::{Client, client_config};
use sync::Sync;

#[tokio::test]
async fn the_token_is_stored_encrypted_and_shown_by_no_output() {
    let test = SyncTest::new().await;
    let client = Client::from_conf(client_config(&test.env.app.config.aws));
    let key = [("PK", "SYNC"), ("SK", "acme")].map(|(name, value)| (name.to_owned(), AttributeValue::S(value.into())));
    let item = client.get_item().table_name(&test.env.app.config.table).set_key(Some(key.into())).send().await;
    let item = format!("{:?}", item.expect("the table").item.expect("a source"));
    assert!(!item.contains(TOKEN), "{item}");
    assert!(!format!("{:?}", test.source().await).contains(TOKEN));
    assert!(!serde_json::to_string(&test.run().await).expect("JSON").contains(TOKEN));
}

#[tokio::test]
async fn a_token_of_another_tenant_cannot_be_decrypted() {
    let test = SyncTest::new().await;
    let stolen = shared::model::SyncSource { tenant: "other".parse().expect("a name"), ..test.source().await };
    assert!(test.env.app.store.sync_token(&stolen).is_err());
}

#[tokio::test]
async fn a_run_of_an_older_registration_changes_nothing() {
    let test = SyncTest::new().await;
    let (store, now) = (&test.env.app.store, test.env.app.clock.now());
    let mut old = test.source().await;
    test.env.advance_clock(1);
    let new = test.register(TOKEN).await;
    old.synced_until = now;
    assert!(!store.sync_source_advance(&old, 0, now).await.expect("the table"));
    assert!(!store.sync_source_stop(&old, Some("late"), now).await.expect("the table"));
    assert_eq!(test.source().await, new);
}

#[tokio::test]
async fn a_source_that_was_removed_is_not_written_again() {
    let test = SyncTest::new().await;
    let (store, old) = (&test.env.app.store, test.source().await);
    assert!(store.sync_source_remove(&old.tenant).await.expect("the table"));
    assert!(!store.sync_source_advance(&old, 0, test.env.app.clock.now()).await.expect("the table"));
    assert_eq!(store.sync_source_list().await.expect("the table"), []);
    assert!(!store.sync_source_remove(&old.tenant).await.expect("the table"));
}

fn event(test: &SyncTest) -> LambdaEvent<serde_json::Value> {
    let mut context = Context::default();
    context.deadline = u64::try_from(test.env.app.clock.now().timestamp_millis()).expect("after 1970") + 60_000;
    LambdaEvent { payload: json!({"source": "aws.events"}), context }
}

#[tokio::test]
async fn the_event_of_the_schedule_runs_the_sync() {
    let test = SyncTest::new().await;
    test.workspace.say("ann", &test.minutes_ago(30), "hello");
    let sync = Sync::new(test.env.app.clone()).expect("a client");
    let report = sync::handle(&sync, event(&test)).await.expect("a report");
    assert_eq!(report.sources[0].created, 1);
}

#[tokio::test]
async fn a_run_that_failed_for_a_tenant_is_an_error_of_the_function() {
    let test = SyncTest::new().await;
    test.register("an-old-token").await;
    let sync = Sync::new(test.env.app.clone()).expect("a client");
    let error = sync::handle(&sync, event(&test)).await.expect_err("a failure");
    assert_eq!(error.to_string(), "sync failed for acme; `odx sync list` says why");
}
