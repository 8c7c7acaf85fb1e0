//! Messages of the webchat in OpenDialog's format.

use crate::support::{PUBLIC, TestEnvironment, TestTenant};
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

const PATH: &str = "/incoming/webchat";

/// An environment with a link of the user `ann` and a session of that link.
async fn opened() -> (TestEnvironment, TestTenant, String, String) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let session = env.open_session(&link).await;
    (env, acme, link, session)
}

fn message(id: &str, kind: &str, data: Value) -> Value {
    let mut content = json!({"id": id, "type": kind, "author": "ann", "callback_id": "", "user": {}});
    content["data"] = data;
    json!({"notification": "message", "user_id": "ann", "author": "ann", "message_id": id, "content": content})
}

/// The interactions of the user `ann` on the public path.
async fn said(env: &TestEnvironment, tenant: &TestTenant) -> Vec<Value> {
    let response =
        env.get_interactions(tenant, PUBLIC, &[("from", "2000-01-01"), ("to", "9999-12-31"), ("user_id", "ann")]).await;
    response.json()["data"][0]["ann"]["interactions"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_message_of_opendialog_is_stored_unchanged_and_dated_by_the_server() {
    let (env, acme, _, session) = opened().await;
    let body = json!({"notification": "message", "user_id": "ann", "author": "them", "message_id": "9b2f6d0e-1",
        "content": {"id": "9b2f6d0e-1", "type": "button_response", "author": "ann", "callback_id": "choose",
            "date": "Mon 1 Jan 2001", "time": "1:00:00 AM", "user_id": "ann", "mode": "webchat", "modeInstance": 0,
            "data": {"text": "Yes \u{10ffff}", "value": "y", "n": [1.5, null]},
            "user": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "external_id": 7,
                "ipAddress": "192.0.2.1", "country": "Austria", "browserLanguage": "de", "os": "Linux",
                "browser": "Firefox 118", "timezone": "Europe/Vienna", "custom": {"vip": true}}}});
    let before = env.app.clock.now();
    let response = env.post(PATH, &session, &body).await;
    assert_eq!((response.status.as_u16(), response.text()), (200, "[]"));
    let found = env.get_interactions(&acme, PUBLIC, &[("from", "2000-01-01"), ("to", "9999-12-31")]).await.json();
    let found = &found["data"][0]["ann"];
    let [said] = found["interactions"].as_array().unwrap().as_slice() else { panic!("{found}") };
    assert_eq!((&said["type"], &said["text"]), (&json!("button_response"), &json!("Yes \u{10ffff}")));
    assert_eq!(
        said["data"],
        json!({"text": "Yes \u{10ffff}", "value": "y", "n": [1.5, null], "callback_id": "choose"})
    );
    let format = shared::model::time::format;
    let date = said["date"].as_str().unwrap();
    assert!(*format(before) <= *date, "{date}");
    assert!(*date <= *format(env.app.clock.now()), "{date}");
    let expected = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "external_id": "7",
        "ip_address": "192.0.2.1",
        "country": "Austria", "browser_language": "de", "os": "Linux", "browser": "Firefox 118",
            "timezone": "Europe/Vienna",
        "custom": {"vip": true, "selected_scenario": "0x420"}, "id": "ann", "name": "Ann Lee"});
    assert_eq!(found["chatbot_user_data"], expected);
}

#[tokio::test]
async fn a_page_cannot_name_another_scenario_than_that_of_its_session() {
    let (env, acme, _, session) = opened().await;
    let mut body = message("m1", "text", json!({"text": "hello"}));
    body["content"]["user"] = json!({"custom": {"selected_scenario": "other", "vip": true}});
    assert_eq!(env.post(PATH, &session, &body).await.text(), "[]");
    let turns = json!({"user": {"custom": {"selected_scenario": "other"}}, "turns":
        [{"message_id": "m2", "author": "us", "type": "text", "text": "bye"}]});
    assert_eq!(env.post("/webchat/turns", &session, &turns).await.json()["created"], 1);
    let found = env.get_interactions(&acme, PUBLIC, &[("from", "2000-01-01"), ("to", "9999-12-31")]).await.json();
    let custom = &found["data"][0]["ann"]["chatbot_user_data"]["custom"];
    assert_eq!(custom, &json!({"vip": true, "selected_scenario": "0x420"}));
}

#[tokio::test]
async fn the_same_message_again_is_stored_once_and_keeps_its_first_date() {
    let (env, acme, _, session) = opened().await;
    let body = message("m1", "text", json!({"text": "hello"}));
    assert_eq!(env.post(PATH, &session, &body).await.text(), "[]");
    let first = said(&env, &acme).await;
    for _ in 0..3 {
        env.advance_clock(60);
        assert_eq!(env.post(PATH, &session, &body).await.text(), "[]");
    }
    assert_eq!(said(&env, &acme).await, first);
    let responses = join_all((0..8).map(|_| env.send_message(&session, "ann", "m2", "at once"))).await;
    assert!(responses.iter().all(|response| response.status == 200), "{responses:?}");
    assert_eq!(env.send_message(&session, "ann", "m3", "hello").await.status, 200, "another message may say the same");
    let texts: Vec<_> = said(&env, &acme).await.iter().map(|said| said["text"].clone()).collect();
    assert_eq!(texts, ["hello", "at once", "hello"]);
}

#[tokio::test]
async fn a_message_of_a_session_that_is_sent_again_after_midnight_is_stored_once() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let second_of_day = env.app.clock.now().timestamp().rem_euclid(86_400);
    env.advance_clock(86_400 - 1_800 - second_of_day);
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    env.advance_clock(1_700);
    let body = message("m1", "text", json!({"text": "hello"}));
    assert_eq!(env.post(PATH, &session, &body).await.text(), "[]");
    let first = said(&env, &acme).await;
    env.advance_clock(3_600);
    assert_eq!(env.post(PATH, &session, &body).await.text(), "[]");
    assert_eq!(said(&env, &acme).await, first);
}

#[tokio::test]
async fn another_message_with_the_same_id_is_409_and_is_not_stored() {
    let (env, acme, _, session) = opened().await;
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    let before = said(&env, &acme).await;
    let mut callback = message("m1", "text", json!({"text": "hello"}));
    callback["content"]["callback_id"] = "other".into();
    for other in [
        message("m1", "text", json!({"text": "goodbye"})),
        message("m1", "trigger", json!({"text": "hello"})),
        message("m1", "text", json!({"text": "hello", "more": 1})),
        callback,
    ] {
        let response = env.post(PATH, &session, &other).await;
        response.assert_problem(409, "Another message was stored under this message_id.");
    }
    assert_eq!(said(&env, &acme).await, before);
}

#[tokio::test]
async fn every_type_is_stored_except_url_click_which_is_accepted_and_dropped() {
    let (env, acme, link, session) = opened().await;
    for (id, kind) in
        ["chat_open", "trigger", "url_click", "text", "longtext_response", "Ünheard of"].iter().enumerate()
    {
        let response = env.post(PATH, &session, &message(&format!("m{id}"), kind, json!({}))).await;
        assert_eq!((response.status.as_u16(), response.text()), (200, "[]"), "{kind}");
    }
    let kinds: Vec<_> = said(&env, &acme).await.iter().map(|said| said["type"].clone()).collect();
    assert_eq!(kinds, ["chat_open", "trigger", "text", "longtext_response", "Ünheard of"]);
    env.revoke_link(&link).await;
    let late = env.post(PATH, &session, &message("m9", "url_click", json!({}))).await;
    late.assert_problem(401, "Unauthenticated.");
}

#[rstest]
#[case::chat_open("chat_open", false)]
#[case::trigger("trigger", false)]
#[case::url_click("url_click", false)]
#[case::custom("custom", false)]
#[case::text("text", true)]
#[case::button_response("button_response", true)]
#[case::form_response("form_response", true)]
#[case::longtext_response("longtext_response", true)]
#[tokio::test]
async fn the_first_message_that_a_person_wrote_counts_as_a_conversation(#[case] kind: &str, #[case] counts: bool) {
    let (env, _, link, session) = opened().await;
    assert_eq!(env.post(PATH, &session, &message("m1", kind, json!({}))).await.status, 200);
    let conversed_at = env.link_activity(&link).await.conversed_at;
    assert_eq!(conversed_at.is_some(), counts);
    env.advance_clock(60);
    assert_eq!(env.send_message(&session, "ann", "m2", "hello").await.status, 200);
    let later = env.link_activity(&link).await.conversed_at;
    assert!(later.is_some());
    if counts {
        assert_eq!(later, conversed_at);
    }
}

#[tokio::test]
async fn a_message_may_have_350_kb() {
    let (env, acme, _, session) = opened().await;
    assert_eq!(env.send_message(&session, "ann", "m1", &"x".repeat(170_000)).await.status, 200);
    let said = said(&env, &acme).await;
    assert_eq!(said[0]["text"].as_str().unwrap().len(), 170_000);
    for text in ["x".repeat(360_000), "\"".repeat(180_000)] {
        env.send_message(&session, "ann", "m2", &text)
            .await
            .assert_invalid("event", "An event must not have more than 350 KB.");
    }
}

const WRONG_TYPE: &str = "The type must be a string of 1 to 128 characters.";
const WRONG_USER_ID: &str = "User id must be a string of 1 to 384 characters.";

#[rstest]
#[case::another_notification("/notification", json!("typing"), "notification", "The notification must be message.")]
#[case::a_null_notification("/notification", Value::Null, "notification", "The notification must be message.")]
#[case::a_null_user_id("/user_id", Value::Null, "user_id", WRONG_USER_ID)]
#[case::a_number_as_the_user_id("/user_id", json!(7), "user_id", WRONG_USER_ID)]
#[case::a_long_user_id("/user_id", json!("é".repeat(385)), "user_id", WRONG_USER_ID)]
#[case::a_null_message_id("/message_id", Value::Null, "message_id", "The message_id field is required.")]
#[case::an_empty_message_id("/message_id", json!(""), "message_id", "The message_id field is required.")]
#[case::a_number_as_the_message_id("/message_id", json!(7), "message_id", "The message_id must be a string.")]
#[case::a_long_message_id(
    "/message_id",
    json!("é".repeat(65)),
    "message_id",
    "The id must be a string of 1 to 128 bytes."
)]
#[case::a_null_type("/content/type", Value::Null, "content.type", WRONG_TYPE)]
#[case::a_long_type("/content/type", json!("x".repeat(129)), "content.type", WRONG_TYPE)]
#[case::an_array_as_data("/content/data", json!([1]), "content.data", "The data must be an object.")]
#[case::a_text_as_data("/content/data", json!("hello"), "content.data", "The data must be an object.")]
#[tokio::test]
async fn every_error_of_a_message_is_named_by_its_path(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] path: &str,
    #[case] sentence: &str,
) {
    let (env, acme, _, session) = opened().await;
    let mut body = message("m1", "text", json!({"text": "hello"}));
    *body.pointer_mut(pointer).unwrap() = value;
    env.post(PATH, &session, &body).await.assert_invalid(path, sentence);
    assert_eq!(said(&env, &acme).await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_missing_member_of_a_message_is_named() {
    let (env, acme, _, session) = opened().await;
    let problem = env.post(PATH, &session, &json!({})).await.assert_problem(422, "The given data was invalid.");
    let paths: Vec<_> = problem["errors"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, ["content", "content.type", "message_id", "notification", "user_id"]);
    assert_eq!(said(&env, &acme).await, Vec::<Value>::new());
}
