//! A message is stored once whatever the wire does, and nothing personal stands in a key.

use crate::support::{Asked, Fault, FaultInjector, LEGACY, TestEnvironment, texts};
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_stored_once() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({})).await;
    let session = env.session(&link).await;
    // Of the writes of a message: its place, the day's marker and header, the message.
    for (id, lost) in [("m1", 1), ("m2", 2), ("m3", 3), ("m4", 4), ("m5", usize::MAX)] {
        wire.forget();
        wire.spoil(move |asked, number| match asked.operation.as_str() {
            "PutItem" if number == lost || lost == usize::MAX => Fault::DropAfter,
            _ => Fault::Pass,
        });
        let answer = env.say(&session, "ann", id, id).await;
        let expected = if lost == usize::MAX { 503 } else { 200 };
        assert_eq!(answer.status, expected, "{}", answer.text());
        wire.heal();
        env.wait(10);
        assert_eq!(env.say(&session, "ann", id, id).await.status, 200);
    }
    let found = env.ask(&acme, LEGACY, &[("from", "2000-01-01"), ("to", "9999-12-31"), ("user_id", "ann")]).await;
    assert_eq!(texts(&found)["ann"], ["m1", "m2", "m3", "m4", "m5"]);
}

#[tokio::test]
async fn a_conversation_that_could_not_be_noted_is_noted_by_the_retry() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let (first, link) = (env.link(&acme, "ann", json!({})).await, env.link(&acme, "ann", json!({})).await);
    let (earlier, session) = (env.session(&first).await, env.session(&link).await);
    assert_eq!(env.say(&earlier, "ann", "m0", "hello").await.status, 200);
    wire.spoil(|asked, _| if asked.operation == "UpdateItem" { Fault::Throttle } else { Fault::Pass });
    let refused = env.say(&session, "ann", "m1", "hello").await;
    refused.assert_problem(503, "The service is busy. Please try again.");
    wire.heal();
    assert_eq!(env.state(&link).await.conversed_at, None);
    assert_eq!(env.say(&session, "ann", "m1", "hello").await.status, 200);
    assert!(env.state(&link).await.conversed_at.is_some());
    let found = env.ask(&acme, LEGACY, &[("from", "2000-01-01"), ("to", "9999-12-31")]).await;
    assert_eq!(texts(&found)["ann"], ["hello", "hello"]);
}

/// Every text of a request that is a part of a key, or that a key is compared with.
fn key_texts(asked: &Asked) -> Vec<String> {
    fn gather(json: &Value, texts: &mut Vec<String>) {
        const KEYS: [&str; 9] = ["PK", "SK", "links_of", "made_at", "ttl", ":pk", ":first", ":last", ":prefix"];
        match json {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                if KEYS.contains(&name.as_str()) {
                    texts.push(value.to_string());
                }
                gather(value, texts);
            }),
            Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    gather(&serde_json::from_str(&asked.body).expect("JSON"), &mut texts);
    texts
}

#[tokio::test]
async fn no_key_holds_a_user_id_an_attribute_a_code_or_a_word_that_was_said() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    wire.forget();
    let link = env.link(&acme, "ann@example.com", json!({"city": "Springfield"})).await;
    let session = env.session(&link).await;
    let body = json!({"notification": "message", "user_id": "ann@example.com", "message_id": "m1",
        "content": {"type": "text", "data": {"text": "confidential"}, "user": {"email": "ann@example.com",
            "first_name": "Annabel"}}});
    assert_eq!(env.post("/incoming/webchat", &session, &body).await.status, 200);
    for user in [&[][..], &[("user_id", "ann@example.com")]] {
        let range = [("from", "2026-01-01"), ("to", "9999-12-31")];
        assert_eq!(texts(&env.ask(&acme, LEGACY, &[&range, user].concat()).await)["ann@example.com"], ["confidential"]);
    }
    let asked = wire.asked();
    let keys: Vec<_> = asked.iter().flat_map(key_texts).collect();
    assert!(keys.len() > 30, "{keys:?}");
    for secret in [
        "ann@",
        "example.com",
        "Annabel",
        "Springfield",
        "confidential",
        &link[1..],
        session.as_str(),
        acme.token.as_str(),
    ] {
        assert!(keys.iter().all(|key| !key.contains(secret)), "{secret}: {keys:?}");
    }
    for secret in [&link[1..], session.as_str(), acme.token.as_str()] {
        assert!(asked.iter().all(|asked| !asked.body.contains(secret)), "a secret stands in the table");
    }
}
