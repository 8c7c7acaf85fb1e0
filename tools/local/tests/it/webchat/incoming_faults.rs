//! A message is stored once even if requests to the table fail, and no key of the table has personal data.

use crate::support::{Fault, FaultInjector, LEGACY, TableRequest, TestEnvironment, texts};
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_is_stored_once_if_a_response_of_the_table_is_lost() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let session = env.open_session(&link).await;
    // The writes of a message are PutItems: its id, the day's marker and header, the message. The n-th message loses the
    // n-th response, the fifth loses every response.
    for (id, lost) in [("m1", 1), ("m2", 2), ("m3", 3), ("m4", 4), ("m5", usize::MAX)] {
        faults.reset();
        faults.inject(move |request, number| match request.operation.as_str() {
            "PutItem" if number == lost || lost == usize::MAX => Fault::DropAfter,
            _ => Fault::Pass,
        });
        let response = env.send_message(&session, "ann", id, id).await;
        let expected = if lost == usize::MAX { 503 } else { 200 };
        assert_eq!(response.status, expected, "{id}: {}", response.text());
        faults.clear();
        env.advance_clock(10);
        assert_eq!(env.send_message(&session, "ann", id, id).await.status, 200, "{id}");
    }
    let found =
        env.get_interactions(&acme, LEGACY, &[("from", "2000-01-01"), ("to", "9999-12-31"), ("user_id", "ann")]).await;
    assert_eq!(texts(&found)["ann"], ["m1", "m2", "m3", "m4", "m5"]);
}

#[tokio::test]
async fn a_retry_stores_the_conversation_that_the_first_try_could_not() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let (first, link) =
        (env.create_link(&acme, "ann", json!({})).await, env.create_link(&acme, "ann", json!({})).await);
    let (earlier, session) = (env.open_session(&first).await, env.open_session(&link).await);
    assert_eq!(env.send_message(&earlier, "ann", "m0", "hello").await.status, 200);
    faults.inject(|asked, _| if asked.operation == "UpdateItem" { Fault::Throttle } else { Fault::Pass });
    let refused = env.send_message(&session, "ann", "m1", "hello").await;
    refused.assert_problem(503, "The service is busy. Please try again.");
    faults.clear();
    assert_eq!(env.link_activity(&link).await.conversed_at, None);
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    assert!(env.link_activity(&link).await.conversed_at.is_some());
    let found = env.get_interactions(&acme, LEGACY, &[("from", "2000-01-01"), ("to", "9999-12-31")]).await;
    assert_eq!(texts(&found)["ann"], ["hello", "hello"]);
}

/// Every text of a request that is a part of a key, or that a key is compared with.
fn key_texts(asked: &TableRequest) -> Vec<String> {
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
async fn no_key_of_the_table_contains_a_user_id_an_attribute_a_code_or_a_text() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    faults.reset();
    let link = env.create_link(&acme, "ann@example.com", json!({"city": "Springfield"})).await;
    let session = env.open_session(&link).await;
    let body = json!({"notification": "message", "user_id": "ann@example.com", "message_id": "m1",
        "content": {"type": "text", "data": {"text": "confidential"}, "user": {"email": "ann@example.com",
            "first_name": "Annabel"}}});
    assert_eq!(env.post("/incoming/webchat", &session, &body).await.status, 200);
    for user in [&[][..], &[("user_id", "ann@example.com")]] {
        let range = [("from", "2026-01-01"), ("to", "9999-12-31")];
        assert_eq!(
            texts(&env.get_interactions(&acme, LEGACY, &[&range, user].concat()).await)["ann@example.com"],
            ["confidential"]
        );
    }
    let asked = faults.requests();
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
