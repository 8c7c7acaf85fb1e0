//! Pages and periods: everybody of every page is copied, also if the pages change while they are read.

use super::SyncTest;
use chrono::TimeDelta;
use rstest::rstest;
use sandbox::opendialog::Misbehavior;
use std::collections::BTreeSet;

const USERS: [&str; 5] = ["ann", "ben", "cem", "dan", "eve"];

async fn five_users() -> SyncTest {
    let test = SyncTest::new().await;
    for (minutes, user) in (20..).zip(USERS) {
        test.workspace.say(user, &test.minutes_ago(minutes), "hello");
    }
    test
}

#[tokio::test]
async fn every_page_of_a_period_is_copied() {
    let test = five_users().await;
    assert_eq!(test.run().await.created, 5);
    assert_eq!(test.texts().await.into_keys().collect::<Vec<_>>(), USERS);
    let pages: Vec<_> = test.workspace.requests().into_iter().map(|request| request.query["page"].clone()).collect();
    assert_eq!(pages, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_request_has_the_parameters_that_opendialog_documents() {
    let test = five_users().await;
    test.run().await;
    let request = test.workspace.requests().remove(0);
    let names: BTreeSet<_> = request.query.keys().map(String::as_str).collect();
    assert_eq!(names, ["exportType", "from", "page", "perPage", "to"].into());
    assert_eq!(request.query["exportType"], "json");
    let to = (test.env.app.clock.now() - TimeDelta::minutes(1)).format("%Y-%m-%d %H:%M:%S").to_string();
    assert!(request.query["to"] <= to, "{to}: {request:?}");
    assert_eq!(request.query["from"].len(), to.len());
}

#[tokio::test]
async fn a_period_is_read_again_if_a_user_came_while_its_pages_were_read() {
    let test = five_users().await;
    // Zoe speaks last, so she is first: everybody moves one place, and the second page begins with a user of the first.
    let now = Box::leak(test.minutes_ago(19).into_boxed_str());
    test.workspace.misbehave([Misbehavior::NewMessage("zoe", now, "hello")]);
    assert_eq!(test.run().await.error, None);
    assert_eq!(test.texts().await.into_keys().collect::<Vec<_>>(), [&USERS[..], &["zoe"]].concat());
}

#[tokio::test]
async fn a_period_of_which_a_user_is_on_no_page_is_an_error_and_not_counted_as_copied() {
    let test = five_users().await;
    let before = test.source().await.synced_until;
    test.workspace.always(Misbehavior::WrongTotal);
    let report = test.run().await;
    let error = "the pages of OpenDialog's answer changed while they were read, three times";
    assert_eq!((report.error.as_deref(), report.synced_until), (Some(error), before));
    test.workspace.always(Misbehavior::None);
    assert_eq!(test.run().await.error, None);
    assert!(test.source().await.synced_until > before);
}

#[tokio::test]
async fn a_period_with_too_many_pages_is_halved() {
    let test = SyncTest::new().await;
    for minutes in 2..342 {
        test.workspace.say(&format!("user-{minutes}"), &test.minutes_ago(minutes), "hello");
    }
    let report = test.run().await;
    assert_eq!((report.created, report.error), (340, None));
    assert!(
        test.workspace.requests().iter().all(|request| request.query["page"].parse::<u32>().expect("a number") <= 20)
    );
}

#[rstest]
#[case::six_hours(6, 1)]
#[case::two_days(48, 2)]
#[case::ten_days(240, 10)]
#[tokio::test]
async fn a_long_time_is_copied_day_by_day(#[case] hours: i64, #[case] requests: usize) {
    let test = SyncTest::new().await;
    test.env.advance_clock((hours - 6) * 3600);
    assert_eq!(test.run().await.error, None);
    assert_eq!(test.workspace.requests().len(), requests);
    assert!(test.source().await.synced_until > test.env.app.clock.now() - TimeDelta::minutes(2));
}
