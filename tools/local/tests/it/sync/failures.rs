//! A workspace that is busy, silent, broken or no workspace: nothing is lost, and the reason is kept.

use super::{SyncTest, TIMEOUT};
use rstest::rstest;
use sandbox::opendialog::{Misbehavior, TOKEN, Workspace};
use shared::model::SyncSource;
use std::time::Duration;
use sync::Sync;
use tokio::time::Instant;

async fn with_a_message() -> SyncTest {
    let test = SyncTest::new().await;
    test.workspace.say("ann", &test.minutes_ago(30), "hello");
    test
}

#[rstest]
#[case::busy(Misbehavior::Status(429, Some(1)))]
#[case::busy_without_a_time(Misbehavior::Status(429, None))]
#[case::overloaded(Misbehavior::Status(503, None))]
#[case::failing(Misbehavior::Status(500, None))]
#[case::silent(Misbehavior::Silence)]
#[case::cut_off(Misbehavior::CutOff)]
#[tokio::test]
async fn a_request_that_failed_is_repeated(#[case] misbehavior: Misbehavior) {
    let test = with_a_message().await;
    test.workspace.misbehave([misbehavior]);
    let report = test.run().await;
    assert_eq!((report.created, report.error), (1, None));
    assert_eq!(test.workspace.requests().len(), 2);
}

#[tokio::test]
async fn a_workspace_that_asks_for_a_second_gets_it() {
    let test = with_a_message().await;
    test.workspace.misbehave([Misbehavior::Status(429, Some(1))]);
    let begun = Instant::now();
    test.run().await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[rstest]
#[case::busy_for_longer_than_the_run(Misbehavior::Status(429, Some(3600)), 1, "OpenDialog answered with status 429")]
#[case::busy_for_longer_than_a_clock_can_say(
    Misbehavior::Status(429, Some(u64::MAX)),
    1,
    "OpenDialog answered with status 429"
)]
#[case::failing(Misbehavior::Status(500, None), 4, "OpenDialog answered with status 500")]
#[case::silent(Misbehavior::Silence, 4, "OpenDialog could not be reached or did not answer in time: timeout")]
#[case::gone(Misbehavior::Status(404, None), 1, "OpenDialog answered with status 404")]
#[case::a_page_for_people(
    Misbehavior::Html,
    1,
    "the answer of OpenDialog is not an OpenDialog user-data-export: it stops making sense at line 1 column 1"
)]
#[tokio::test]
async fn a_workspace_that_keeps_failing_is_reported_and_copied_later(
    #[case] misbehavior: Misbehavior,
    #[case] requests: usize,
    #[case] error: &str,
) {
    let test = with_a_message().await;
    let before = test.source().await.synced_until;
    test.workspace.misbehave(std::iter::repeat_n(misbehavior, requests));
    assert_eq!(test.run().await.error.as_deref(), Some(error));
    assert_eq!(test.workspace.requests().len(), requests);
    let source = test.source().await;
    assert_eq!((source.synced_until, source.last_error.as_deref()), (before, Some(error)));
    let report = test.run().await;
    assert_eq!((report.created, report.error), (1, None));
    assert_eq!(test.source().await.last_error, None);
}

#[tokio::test]
async fn a_token_that_opendialog_refuses_is_to_be_registered_again() {
    let test = with_a_message().await;
    test.register("an-old-token").await;
    let error = test.run().await.error.expect("an error");
    assert_eq!(error, "OpenDialog refused the token with status 401: register the source again with a new token");
    test.register(TOKEN).await;
    assert_eq!(test.run().await.created, 1);
}

#[tokio::test]
async fn the_token_is_sent_to_the_registered_address_only() {
    let test = with_a_message().await;
    let other = Workspace::start(2).await.expect("a workspace");
    test.workspace
        .misbehave([Misbehavior::Redirect(other.address.join("/public/api/user-data-export").expect("a URL"))]);
    assert_eq!(test.run().await.error.as_deref(), Some("OpenDialog answered with status 307"));
    assert_eq!(other.requests().len(), 0);
}

#[tokio::test]
async fn a_workspace_that_fails_does_not_hold_up_another() {
    let test = with_a_message().await;
    let other = test.env.create_tenant("other").await;
    let now = test.env.app.clock.now();
    let nowhere = "http://127.0.0.1:9/".parse().expect("a URL");
    let sealed = test.env.app.store.sync_token_seal(&other.tenant.id, TOKEN);
    let source = SyncSource::new(other.tenant.id.clone(), nowhere, sealed, now, now);
    test.env.app.store.sync_source_put(&source).await.expect("stored");
    test.env.advance_clock(120);
    let sync = Sync::with_timeout(test.env.app.clone(), TIMEOUT).expect("a client");
    let report = sync.run(None, Instant::now() + Duration::from_mins(1)).await.expect("the table");
    assert_eq!(report.failed().map(|tenant| tenant.as_str()).collect::<Vec<_>>(), ["other"]);
    assert_eq!(report.sources[0].created, 1);
}

#[tokio::test]
async fn a_run_that_is_over_keeps_what_it_copied_and_the_next_goes_on() {
    let test = with_a_message().await;
    let before = test.source().await.synced_until;
    test.workspace.misbehave([Misbehavior::Silence]);
    let sync = Sync::new(test.env.app.clone()).expect("a client");
    let report = sync.run(None, Instant::now() + Duration::from_millis(300)).await.expect("the table");
    assert_eq!((report.sources[0].synced_until, &report.sources[0].error), (before, &None));
    assert_eq!(test.source().await.step_seconds, 12 * 3600);
    assert_eq!(test.run().await.created, 1);
}
