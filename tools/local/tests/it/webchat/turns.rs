//! Turns that a webchat page reports, of its user and of the chatbot.

use crate::support::{PUBLIC, TestEnvironment, TestResponse, TestTenant};
use rstest::rstest;
use serde_json::{Value, json};

const PATH: &str = "/webchat/turns";
const RANGE: [(&str, &str); 2] = [("from", "2000-01-01"), ("to", "9999-12-31")];

/// An environment with a link of the user `ann` and a session of that link.
async fn opened() -> (TestEnvironment, TestTenant, String, String) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let session = env.open_session(&link).await;
    (env, acme, link, session)
}

fn turn(id: &str, author: &str, text: &str) -> Value {
    json!({"message_id": id, "author": author, "type": "text", "text": text})
}

/// Reports turns with the session as the bearer.
async fn report(env: &TestEnvironment, session: &str, turns: Value) -> TestResponse {
    env.post(PATH, session, &json!({ "turns": turns })).await
}

/// The number of turns that a report stored, and of those that were stored before.
fn stored(response: &TestResponse) -> (u64, u64) {
    assert_eq!(response.status, 200, "{}", response.text());
    let said = response.json();
    (said["created"].as_u64().unwrap(), said["duplicate"].as_u64().unwrap())
}

/// Both authors' turns of `ann`, as the feed of changes has them after its delay.
async fn changes(env: &TestEnvironment, tenant: &TestTenant) -> Vec<Value> {
    env.advance_clock(61);
    let said = env.get("/public/api/interactions/changes", &tenant.token).await.json();
    let mut turns = said["data"].as_array().unwrap_or_else(|| panic!("{said}")).clone();
    turns.sort_by_key(|turn| turn["date"].as_str().map(str::to_owned));
    turns
}

#[tokio::test]
async fn turns_of_both_sides_are_stored_in_order_and_the_chatbots_are_marked_as_reported() {
    let (env, acme, _, session) = opened().await;
    let turns = json!([turn("m1", "us", "hello"), turn("b1", "them", "Hi!"), turn("b2", "them", "How are you?")]);
    assert_eq!(stored(&report(&env, &session, turns).await), (3, 0));
    let found = changes(&env, &acme).await;
    let said: Vec<_> = found.iter().map(|turn| (turn["author"].clone(), turn["text"].clone())).collect();
    assert_eq!(said, [("us", "hello"), ("them", "Hi!"), ("them", "How are you?")].map(|(a, t)| (json!(a), json!(t))));
    let data: Vec<_> = found.iter().map(|turn| turn["data"].clone()).collect();
    assert_eq!(data, [Value::Null, json!({"reported": true}), json!({"reported": true})]);
    assert!(found.iter().all(|turn| turn["user_id"] == "ann" && turn["scenario_id"] == "0x420"), "{found:?}");
}

#[tokio::test]
async fn the_exports_have_what_the_user_said_and_the_user_data_export_has_both_sides() {
    let (env, acme, _, session) = opened().await;
    let mut spoken = turn("b1", "them", "Hi!");
    spoken["data"] = json!({"reported": false, "n": 1});
    report(&env, &session, json!([turn("m1", "us", "hello"), spoken])).await;
    assert_eq!(env.texts(&acme, &RANGE).await["ann"], ["hello"]);
    let export = env.get("/public/api/user-data-export?exportType=json", &acme.token).await.json();
    let turns = export["data"][0]["ann"]["interactions"].as_array().unwrap_or_else(|| panic!("{export}")).clone();
    let texts: Vec<_> = turns.iter().map(|turn| turn["text"].clone()).collect();
    assert_eq!(texts, ["hello", "Hi!"]);
    assert_eq!(turns[1]["data"], json!({"reported": true, "n": 1}));
}

#[rstest]
#[case::in_the_body_as_text("text/plain;charset=UTF-8", true)]
#[case::in_the_body_as_json("application/json", true)]
#[case::as_the_bearer_of_a_text("text/plain", false)]
#[tokio::test]
async fn the_session_is_the_bearer_or_a_member_of_the_body(#[case] kind: &str, #[case] in_body: bool) {
    let (env, acme, _, session) = opened().await;
    let mut body = json!({"turns": [turn("m1", "us", "hello")]});
    let bearer = format!("Bearer {session}");
    let mut headers = vec![("content-type", kind)];
    if in_body {
        body["session"] = session.clone().into();
    } else {
        headers.push(("authorization", bearer.as_str()));
    }
    assert_eq!(stored(&env.post_raw(PATH, &headers, body.to_string()).await), (1, 0));
    assert_eq!(env.texts(&acme, &RANGE).await["ann"], ["hello"]);
}

#[tokio::test]
async fn a_report_without_a_live_session_is_401() {
    let (env, acme, link, session) = opened().await;
    let turns = json!([turn("m1", "us", "hello")]);
    let send = async |body: Value| env.post_raw(PATH, &[("content-type", "text/plain")], body.to_string()).await;
    for session in [Value::Null, json!(""), json!(7), json!("a.b.c"), json!(acme.token)] {
        let body = json!({"session": session, "turns": turns});
        send(body).await.assert_problem(401, "Unauthenticated.");
    }
    env.revoke_link(&link).await;
    send(json!({"session": session, "turns": turns})).await.assert_problem(401, "Unauthenticated.");
    assert!(env.texts(&acme, &RANGE).await.is_empty());
}

#[tokio::test]
async fn a_turn_that_is_reported_again_is_stored_once_and_keeps_its_first_date() {
    let (env, acme, _, session) = opened().await;
    let turns = json!([turn("m1", "us", "hello"), turn("b1", "them", "Hi!")]);
    assert_eq!(stored(&report(&env, &session, turns.clone()).await), (2, 0));
    let first = changes(&env, &acme).await;
    let more = json!([turns[0], turns[1], turn("m2", "us", "hello")]);
    assert_eq!(stored(&report(&env, &session, more).await), (1, 2));
    assert_eq!(changes(&env, &acme).await[..2], first);
}

#[tokio::test]
async fn a_message_that_the_page_sent_itself_is_not_stored_again_by_its_report() {
    let (env, acme, _, session) = opened().await;
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    let mut said = turn("m1", "us", "hello");
    (said["data"], said["callback_id"]) = (json!({"text": "hello"}), json!(""));
    assert_eq!(stored(&report(&env, &session, json!([said])).await), (0, 1));
    assert_eq!(env.texts(&acme, &RANGE).await["ann"], ["hello"]);
}

#[tokio::test]
async fn another_turn_with_the_same_id_is_counted_as_a_conflict_and_not_stored() {
    let (env, acme, _, session) = opened().await;
    report(&env, &session, json!([turn("m1", "us", "hello")])).await;
    let response = report(&env, &session, json!([turn("m1", "us", "goodbye"), turn("m2", "us", "bye")])).await;
    assert_eq!((response.json()["conflict"].clone(), stored(&response)), (json!(1), (1, 0)));
    assert_eq!(env.texts(&acme, &RANGE).await["ann"], ["hello", "bye"]);
}

#[tokio::test]
async fn a_turn_is_dated_as_long_after_the_beginning_of_the_session_as_the_page_says_and_never_later_than_now() {
    let (env, acme, _, session) = opened().await;
    let begun = env.app.clock.now();
    env.advance_clock(600);
    let mut turns = json!([turn("m1", "us", "first"), turn("m2", "us", "second"), turn("m3", "us", "third")]);
    (turns[0]["after"], turns[1]["after"]) = (json!(0), json!(60_000));
    turns[2]["after"] = json!(7_200_000);
    report(&env, &session, turns).await;
    let now = env.app.clock.now();
    let found = changes(&env, &acme).await;
    let dates: Vec<_> = found.iter().map(|turn| turn["date"].as_str().unwrap().parse().unwrap()).collect();
    let seconds = |date: chrono::DateTime<chrono::Utc>| date.timestamp();
    assert!((seconds(begun) - 1..=seconds(begun)).contains(&seconds(dates[0])), "{dates:?}, began at {begun}");
    assert_eq!(seconds(dates[1]) - seconds(dates[0]), 60);
    assert!((seconds(now) - 2..=seconds(now)).contains(&seconds(dates[2])), "{dates:?} at {now}");
}

#[rstest]
#[case::a_text("us", "text", true)]
#[case::a_button("us", "button_response", true)]
#[case::an_opened_chat("us", "chat_open", false)]
#[case::a_text_of_the_chatbot("them", "text", false)]
#[tokio::test]
async fn the_first_turn_of_the_user_counts_the_link_as_conversed(
    #[case] author: &str,
    #[case] kind: &str,
    #[case] counts: bool,
) {
    let (env, acme, link, session) = opened().await;
    let body = json!([{"message_id": "m1", "author": author, "type": kind}]);
    assert_eq!(stored(&report(&env, &session, body).await), (1, 0));
    assert_eq!(env.link_activity(&link).await.conversed_at.is_some(), counts);
    let campaign = env.get("/public/api/links", &acme.token).await.json()["data"][0]["campaign"].clone();
    let path = format!("/public/api/campaigns/{}/funnel", campaign.as_str().unwrap());
    assert_eq!(env.get(&path, &acme.token).await.json()["conversed"], u64::from(counts));
}

#[tokio::test]
async fn the_data_of_the_user_is_kept_with_the_day() {
    let (env, acme, _, session) = opened().await;
    let body = json!({"user": {"first_name": "Ann", "browserLanguage": "de"}, "turns": [turn("m1", "us", "hello")]});
    assert_eq!(stored(&env.post(PATH, &session, &body).await), (1, 0));
    let found = env.get_interactions(&acme, PUBLIC, &RANGE).await.json();
    let data = &found["data"][0]["ann"]["chatbot_user_data"];
    assert_eq!((&data["first_name"], &data["browser_language"]), (&json!("Ann"), &json!("de")));
}
