//! What people type into a webchat, in OpenDialog's own message format.

use crate::support::{PUBLIC, TestEnvironment, TestTenant};
use futures_util::future::join_all;
use serde_json::{Value, json};

const PATH: &str = "/incoming/webchat";

/// A env with a link of ann and the session of who opened it.
async fn opened() -> (TestEnvironment, TestTenant, String, String) {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({})).await;
    let session = env.session(&link).await;
    (env, acme, link, session)
}

fn message(id: &str, kind: &str, data: Value) -> Value {
    let mut content = json!({"id": id, "type": kind, "author": "ann", "callback_id": "", "user": {}});
    content["data"] = data;
    json!({"notification": "message", "user_id": "ann", "author": "ann", "message_id": id, "content": content})
}

/// Everything that ann said, as the public path shows it.
async fn said(env: &TestEnvironment, of: &TestTenant) -> Vec<Value> {
    let answer = env.ask(of, PUBLIC, &[("from", "2000-01-01"), ("to", "9999-12-31"), ("user_id", "ann")]).await;
    answer.json()["data"][0]["ann"]["interactions"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn opendialogs_own_message_is_stored_as_it_is_and_dated_by_the_server() {
    let (env, acme, _, session) = opened().await;
    let body = json!({"notification": "message", "user_id": "ann", "author": "them", "message_id": "9b2f6d0e-1",
        "content": {"id": "9b2f6d0e-1", "type": "button_response", "author": "ann", "callback_id": "choose",
            "date": "Mon 1 Jan 2001", "time": "1:00:00 AM", "user_id": "ann", "mode": "webchat", "modeInstance": 0,
            "data": {"text": "Yes \u{10ffff}", "value": "y", "n": [1.5, null]},
            "user": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "external_id": 7,
                "ipAddress": "192.0.2.1", "country": "Austria", "browserLanguage": "de", "os": "Linux",
                "browser": "Firefox 118", "timezone": "Europe/Vienna", "custom": {"vip": true}}}});
    let before = env.app.clock.now();
    let answer = env.post(PATH, &session, &body).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "[]"));
    let found = env.ask(&acme, PUBLIC, &[("from", "2000-01-01"), ("to", "9999-12-31")]).await.json();
    let found = &found["data"][0]["ann"];
    let [said] = found["interactions"].as_array().unwrap().as_slice() else { panic!("{found}") };
    assert_eq!((&said["type"], &said["text"]), (&json!("button_response"), &json!("Yes \u{10ffff}")));
    assert_eq!(
        said["data"],
        json!({"text": "Yes \u{10ffff}", "value": "y", "n": [1.5, null], "callback_id": "choose"})
    );
    let format = shared::model::time::format;
    let date = said["date"].as_str().unwrap();
    assert!(*format(before) <= *date && *date <= *format(env.app.clock.now()), "{date}");
    let expected = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "external_id": "7",
        "ip_address": "192.0.2.1",
        "country": "Austria", "browser_language": "de", "os": "Linux", "browser": "Firefox 118",
            "timezone": "Europe/Vienna",
        "custom": {"vip": true, "selected_scenario": "0x420"}, "id": "ann", "name": "Ann Lee"});
    assert_eq!(found["chatbot_user_data"], expected);
}

#[tokio::test]
async fn the_same_message_again_is_stored_once_and_keeps_its_first_date() {
    let (env, acme, _, session) = opened().await;
    let body = message("m1", "text", json!({"text": "hello"}));
    assert_eq!(env.post(PATH, &session, &body).await.text(), "[]");
    let first = said(&env, &acme).await;
    for _ in 0..3 {
        env.wait(60);
        assert_eq!(env.post(PATH, &session, &body).await.text(), "[]");
    }
    assert_eq!(said(&env, &acme).await, first);
    let answers = join_all((0..8).map(|_| env.say(&session, "ann", "m2", "at once"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(env.say(&session, "ann", "m3", "hello").await.status, 200, "another message may say the same");
    let texts: Vec<_> = said(&env, &acme).await.iter().map(|said| said["text"].clone()).collect();
    assert_eq!(texts, ["hello", "at once", "hello"]);
}

#[tokio::test]
async fn another_content_under_the_same_message_id_is_409_and_changes_nothing() {
    let (env, acme, _, session) = opened().await;
    assert_eq!(env.say(&session, "ann", "m1", "hello").await.status, 200);
    let before = said(&env, &acme).await;
    let mut callback = message("m1", "text", json!({"text": "hello"}));
    callback["content"]["callback_id"] = "other".into();
    for other in [
        message("m1", "text", json!({"text": "goodbye"})),
        message("m1", "trigger", json!({"text": "hello"})),
        message("m1", "text", json!({"text": "hello", "more": 1})),
        callback,
    ] {
        let answer = env.post(PATH, &session, &other).await;
        answer.assert_problem(409, "Another message was stored under this message_id.");
    }
    assert_eq!(said(&env, &acme).await, before);
}

#[tokio::test]
async fn every_type_is_stored_but_a_url_click_which_is_only_taken() {
    let (env, acme, link, session) = opened().await;
    for (id, kind) in
        ["chat_open", "trigger", "url_click", "text", "longtext_response", "Ünheard of"].iter().enumerate()
    {
        let answer = env.post(PATH, &session, &message(&format!("m{id}"), kind, json!({}))).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "[]"), "{kind}");
    }
    let kinds: Vec<_> = said(&env, &acme).await.iter().map(|said| said["type"].clone()).collect();
    assert_eq!(kinds, ["chat_open", "trigger", "text", "longtext_response", "Ünheard of"]);
    env.revoke(&link).await;
    let late = env.post(PATH, &session, &message("m9", "url_click", json!({}))).await;
    late.assert_problem(401, "Unauthenticated.");
}

#[tokio::test]
async fn a_link_has_led_to_a_conversation_once_its_person_answered() {
    for (kind, converses) in [
        ("chat_open", false),
        ("trigger", false),
        ("url_click", false),
        ("custom", false),
        ("text", true),
        ("button_response", true),
        ("form_response", true),
        ("longtext_response", true),
    ] {
        let (env, _, link, session) = opened().await;
        assert_eq!(env.post(PATH, &session, &message("m1", kind, json!({}))).await.status, 200);
        let conversed_at = env.state(&link).await.conversed_at;
        assert_eq!(conversed_at.is_some(), converses, "{kind}");
        env.wait(60);
        assert_eq!(env.say(&session, "ann", "m2", "hello").await.status, 200);
        let later = env.state(&link).await.conversed_at;
        assert!(later.is_some() && (!converses || later == conversed_at), "{kind}");
    }
}

#[tokio::test]
async fn a_message_may_have_350_kb() {
    let (env, acme, _, session) = opened().await;
    assert_eq!(env.say(&session, "ann", "m1", &"x".repeat(170_000)).await.status, 200);
    let said = said(&env, &acme).await;
    assert_eq!(said[0]["text"].as_str().unwrap().len(), 170_000);
    for text in ["x".repeat(360_000), "\"".repeat(180_000)] {
        env.say(&session, "ann", "m2", &text).await.assert_invalid("event", "An event must not have more than 350 KB.");
    }
}

#[tokio::test]
async fn every_mistake_of_a_message_has_its_path() {
    let (env, acme, _, session) = opened().await;
    let good = message("m1", "text", json!({"text": "hello"}));
    let kind = "The type must be a string of 1 to 128 characters.";
    let user = "User id must be a string of 1 to 384 characters.";
    for (pointer, value, path, sentence) in [
        ("/notification", json!("typing"), "notification", "The notification must be message."),
        ("/notification", Value::Null, "notification", "The notification must be message."),
        ("/user_id", Value::Null, "user_id", user),
        ("/user_id", json!(7), "user_id", user),
        ("/user_id", json!("é".repeat(385)), "user_id", user),
        ("/message_id", Value::Null, "message_id", "The message_id field is required."),
        ("/message_id", json!(""), "message_id", "The message_id field is required."),
        ("/message_id", json!(7), "message_id", "The message_id must be a string."),
        ("/message_id", json!("é".repeat(65)), "message_id", "The id must be a string of 1 to 128 bytes."),
        ("/content/type", Value::Null, "content.type", kind),
        ("/content/type", json!("x".repeat(129)), "content.type", kind),
        ("/content/data", json!([1]), "content.data", "The data must be an object."),
        ("/content/data", json!("hello"), "content.data", "The data must be an object."),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        env.post(PATH, &session, &body).await.assert_invalid(path, sentence);
    }
    let problem = env.post(PATH, &session, &json!({})).await.assert_problem(422, "The given data was invalid.");
    let paths: Vec<_> = problem["errors"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, ["content", "content.type", "message_id", "notification", "user_id"]);
    assert!(said(&env, &acme).await.is_empty());
}
