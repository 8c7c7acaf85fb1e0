//! Reports of turns that are refused, in part or as a whole, and faults of the table.

use crate::support::{Fault, FaultInjector, TestEnvironment};
use crate::tokens::rate_limits::begin_minute;
use rstest::rstest;
use serde_json::{Value, json};

const PATH: &str = "/webchat/turns";
const RANGE: [(&str, &str); 2] = [("from", "2000-01-01"), ("to", "9999-12-31")];
const WRONG_TYPE: &str = "The type must be a string of 1 to 128 characters.";
const WRONG_TURNS: &str = "The turns must be a list of 1 to 50 turns.";

fn turn(id: &str, text: &str) -> Value {
    json!({"message_id": id, "author": "us", "type": "text", "text": text})
}

#[rstest]
#[case::no_object(json!("hello"), "turn", "The turn must be a JSON object.")]
#[case::no_id(json!({"author": "us", "type": "text"}), "message_id", "The message_id field is required.")]
#[case::a_long_id(
    json!({"message_id": "x".repeat(129), "author": "us", "type": "text"}),
    "message_id",
    "The id must be a string of 1 to 128 bytes."
)]
#[case::no_author(json!({"message_id": "m", "type": "text"}), "author", "The author must be us or them.")]
#[case::no_type(json!({"message_id": "m", "author": "us"}), "type", WRONG_TYPE)]
#[case::a_text_that_is_none(
    json!({"message_id": "m", "author": "us", "type": "text", "text": 7}),
    "text",
    "The text must be a string."
)]
#[case::data_of_the_chatbot_that_is_no_object(
    json!({"message_id": "m", "author": "them", "type": "text", "data": "x"}),
    "data",
    "The data must be an object."
)]
#[case::a_negative_time(
    json!({"message_id": "m", "author": "us", "type": "text", "after": -1}),
    "after",
    "The after must be a whole number from 0 to 7200000."
)]
#[case::an_unknown_member(
    json!({"message_id": "m", "author": "us", "type": "text", "user_id": "eve"}),
    "user_id",
    "The user_id field is not known."
)]
#[tokio::test]
async fn an_invalid_turn_is_named_and_the_others_are_stored(
    #[case] wrong: Value,
    #[case] path: &str,
    #[case] sentence: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let body = json!({"turns": [turn("m1", "hello"), wrong, turn("m2", "bye")]});
    let response = env.post(PATH, &session, &body).await;
    let errors = json!({ format!("turns.1.{path}"): [sentence] });
    let expected = json!({"created": 2, "duplicate": 0, "conflict": 0, "ignored": 0, "invalid": 1, "errors": errors});
    assert_eq!((response.status.as_u16(), response.json()), (200, expected));
    assert_eq!(env.texts(&acme, &RANGE).await["ann"], ["hello", "bye"]);
}

#[rstest]
#[case::missing(json!({}), "turns", WRONG_TURNS)]
#[case::empty(json!({"turns": []}), "turns", WRONG_TURNS)]
#[case::no_list(json!({"turns": {}}), "turns", WRONG_TURNS)]
#[case::too_many(json!({"turns": vec![turn("m", "x"); 51]}), "turns", WRONG_TURNS)]
#[case::an_unknown_member(json!({"turns": [turn("m", "x")], "user_id": "eve"}), "user_id", "The user_id field is not known.")]
#[tokio::test]
async fn a_report_that_is_none_is_422(#[case] body: Value, #[case] path: &str, #[case] sentence: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    env.post(PATH, &session, &body).await.assert_invalid(path, sentence);
    assert!(env.texts(&acme, &RANGE).await.is_empty());
}

#[tokio::test]
async fn fifty_turns_fit_in_one_report_and_a_url_click_is_not_stored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let mut turns: Vec<_> = (0..50).map(|number| turn(&format!("m{number}"), &number.to_string())).collect();
    turns[7]["type"] = "url_click".into();
    let said = env.post(PATH, &session, &json!({ "turns": turns })).await.json();
    assert_eq!((&said["created"], &said["ignored"]), (&json!(49), &json!(1)), "{said}");
    let expected: Vec<_> = (0..50).filter(|number| *number != 7).map(|number| number.to_string()).collect();
    assert_eq!(env.texts(&acme, &RANGE).await["ann"], expected, "in the order of the report");
}

#[rstest]
#[case::the_first_write(1)]
#[case::a_later_write(4)]
#[case::every_write(usize::MAX)]
#[tokio::test]
async fn after_a_lost_answer_of_the_table_the_same_report_stores_each_turn_once(#[case] lost: usize) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let session = env.open_session(&link).await;
    faults.reset();
    faults.inject(move |request, number| match request.operation.as_str() {
        "PutItem" if number == lost || lost == usize::MAX => Fault::DropAfter,
        _ => Fault::Pass,
    });
    let body = json!({"turns": [turn("m1", "hello"), turn("m2", "bye")]});
    let status = if lost == usize::MAX { 503 } else { 200 };
    assert_eq!(env.post(PATH, &session, &body).await.status, status);
    faults.clear();
    env.advance_clock(10);
    assert_eq!(env.post(PATH, &session, &body).await.status, 200);
    assert_eq!(env.texts(&acme, &RANGE).await["ann"], ["hello", "bye"]);
    assert!(env.link_activity(&link).await.conversed_at.is_some());
}

#[tokio::test]
async fn turns_of_an_erased_user_are_401_and_not_stored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let status = env.delete("/public/api/users?user_id=ann", &acme.token).await.status;
    assert!([200, 202].contains(&status.as_u16()), "{status}");
    let response = env.post(PATH, &session, &json!({"turns": [turn("m1", "hello")]})).await;
    response.assert_problem(401, "Unauthenticated.");
    assert!(env.texts(&acme, &RANGE).await.is_empty());
}

#[tokio::test]
async fn reported_turns_count_towards_the_limit_of_a_minute_and_none_is_stored_beyond_it() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let report = |ids: std::ops::Range<usize>| {
        let turns: Vec<_> = ids.map(|id| turn(&format!("m{id}"), "hello")).collect();
        json!({ "turns": turns })
    };
    begin_minute(&env);
    assert_eq!(env.post(PATH, &session, &report(0..50)).await.status, 200);
    let refused = env.post(PATH, &session, &report(50..61)).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (429, &json!("rate_limited")));
    assert_eq!(env.texts(&acme, &RANGE).await["ann"].len(), 50);
    env.advance_clock(60);
    assert_eq!(env.post(PATH, &session, &report(50..61)).await.status, 200);
    assert_eq!(env.texts(&acme, &RANGE).await["ann"].len(), 61);
}

#[tokio::test]
async fn a_report_beyond_the_limit_counts_nothing_so_that_a_smaller_one_fits() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let report = |ids: std::ops::Range<usize>| json!({"turns": ids.map(|id| turn(&format!("m{id}"), "hello")).collect::<Vec<_>>()});
    begin_minute(&env);
    assert_eq!(env.post(PATH, &session, &report(0..50)).await.json()["created"], 50);
    for _ in 0..3 {
        let refused = env.post(PATH, &session, &report(50..61)).await;
        assert_eq!(refused.assert_problem(429, "Too Many Attempts.")["code"], "rate_limited");
    }
    assert_eq!(env.post(PATH, &session, &report(50..60)).await.json()["created"], 10);
}
