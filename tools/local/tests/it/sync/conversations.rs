//! What is copied: both sides, once, with attributes; what was erased stays erased; links count as conversed.

use super::SyncTest;
use crate::support::with_query;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The export of everything that acme has, of each user.
async fn exported(test: &SyncTest) -> BTreeMap<String, Value> {
    let path = with_query("/public/api/user-data-export", &[("exportType", "json")]);
    let response = test.env.get(&path, &test.acme.token).await.json();
    let users = response["data"].as_array().expect("users").iter();
    users.flat_map(|user| user.as_object().expect("a user").clone()).collect()
}

#[tokio::test]
async fn both_sides_of_a_conversation_are_copied() {
    let test = SyncTest::new().await;
    let (asked, answered) = (test.minutes_ago(30), test.minutes_ago(29));
    test.workspace.say("ann", &asked, "hello");
    test.workspace.answer("ann", &answered, "Hello, Ann.");
    let report = test.run().await;
    assert_eq!((report.created, report.refused, report.error), (2, 0, None));
    let interactions = exported(&test).await["ann"]["interactions"].clone();
    let said = |author: &str, date: &str, text: &str| json!({"author": author, "type": "text", "date": date, "text": text, "data": []});
    let shown: Vec<_> = interactions
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            json!({"author": one["author"],
        "type": one["type"], "date": one["date"], "text": one["text"], "data": []})
        })
        .collect();
    assert_eq!(shown, [said("ann", &asked, "hello"), said("them", &answered, "Hello, Ann.")]);
}

#[tokio::test]
async fn a_second_run_reads_a_quarter_of_an_hour_again_and_stores_nothing_twice() {
    let test = SyncTest::new().await;
    test.workspace.say("ann", &test.minutes_ago(30), "long ago");
    test.workspace.say("ann", &test.minutes_ago(3), "just now");
    assert_eq!(test.run().await.created, 2);
    test.env.advance_clock(300);
    let again = test.run().await;
    assert_eq!((again.created, again.duplicate), (0, 1));
}

#[tokio::test]
async fn a_message_that_opendialog_stored_late_is_copied_by_the_next_run() {
    let test = SyncTest::new().await;
    assert_eq!(test.run().await.created, 0);
    test.workspace.say("ann", &test.minutes_ago(10), "late");
    test.env.advance_clock(120);
    assert_eq!(test.run().await.created, 1);
}

#[tokio::test]
async fn two_equal_messages_of_one_second_stay_two() {
    let test = SyncTest::new().await;
    let date = test.minutes_ago(5);
    for _ in 0..2 {
        test.workspace.say("ann", &date, "yes");
    }
    assert_eq!(test.run().await.created, 2);
    test.env.advance_clock(120);
    let again = test.run().await;
    assert_eq!((again.created, again.duplicate), (0, 2));
}

#[tokio::test]
async fn what_was_said_in_the_last_minute_is_left_to_the_next_run() {
    let test = SyncTest::new().await;
    test.workspace.say("ann", &test.minutes_ago(0), "now");
    assert_eq!(test.run().await.created, 0);
    test.env.advance_clock(120);
    assert_eq!(test.run().await.created, 1);
}

#[tokio::test]
async fn attributes_of_a_user_are_merged_into_the_context() {
    let test = SyncTest::new().await;
    test.workspace.say("ann", &test.minutes_ago(30), "hello");
    test.workspace.set_attribute("ann", "tier", "gold");
    assert_eq!(test.run().await.attributes, 1);
    let attributes = exported(&test).await["ann"]["user_attributes"].clone();
    let tier = attributes.as_array().expect("a list").iter().find(|attribute| attribute["name"] == "tier");
    assert_eq!(tier.expect("the attribute")["value"]["scalar_value"], "gold");
}

#[tokio::test]
async fn an_erased_user_does_not_come_back() {
    let test = SyncTest::new().await;
    test.workspace.say("ann", &test.minutes_ago(10), "secret");
    test.workspace.set_attribute("ann", "tier", "gold");
    assert_eq!(test.run().await.created, 1);
    assert_eq!(test.env.erase(&test.acme, "ann").await.status, 202);
    test.env.advance_clock(61);
    assert_eq!(test.env.erase(&test.acme, "ann").await.status, 200);
    let report = test.run().await;
    assert_eq!((report.created, report.erased, report.attributes), (0, 1, 0));
    assert_eq!(test.texts().await, BTreeMap::new());
}

#[rstest]
#[case::after_the_click(60, 1)]
#[case::before_the_click(-60, 0)]
#[tokio::test]
async fn a_link_counts_as_conversed_if_its_user_spoke(#[case] seconds: i64, #[case] conversed: usize) {
    let test = SyncTest::new().await;
    let link = test.env.create_link(&test.acme, "ann", json!({"first_name": "Ann"})).await;
    test.env.advance_clock(600);
    test.env.visit(&link, &[]).await;
    test.env.activity_after_clicks(&link, 1).await;
    let said_at = test.env.app.clock.now() + chrono::TimeDelta::seconds(seconds);
    test.workspace.say("ann", &shared::model::time::format(said_at), "hello");
    test.env.advance_clock(600);
    assert_eq!(test.run().await.conversed, conversed);
    let counted_at = test.env.link_activity(&link).await.conversed_at;
    assert_eq!(counted_at, (conversed == 1).then_some(said_at));
}

#[tokio::test]
async fn a_link_that_nobody_clicked_and_a_test_link_do_not_count() {
    let test = SyncTest::new().await;
    test.env.create_link(&test.acme, "ann", json!({})).await;
    let body = json!({"scenario_id": "0x420", "test": true, "dataset": [{"user_id": "ann", "attributes": {}}]});
    let made = test.env.post("/public/api/generate-webchat-deep-link", &test.acme.token, &body).await;
    test.env.visit(&crate::support::paths(&made)[0], &[]).await;
    test.workspace.say("ann", &test.minutes_ago(-1), "hello");
    test.env.advance_clock(600);
    let report = test.run().await;
    assert_eq!((report.created, report.conversed), (1, 0));
}

#[tokio::test]
async fn an_answer_of_the_chatbot_does_not_count_a_link_as_conversed() {
    let test = SyncTest::new().await;
    let link = test.env.create_link(&test.acme, "ann", json!({})).await;
    test.env.visit(&link, &[]).await;
    test.env.activity_after_clicks(&link, 1).await;
    test.workspace.answer("ann", &test.minutes_ago(-1), "Hello.");
    test.env.advance_clock(600);
    let report = test.run().await;
    assert_eq!((report.created, report.conversed), (1, 0));
}
