//! The whole response of every error of a valid body that conflicts with stored data: status, headers and problem.

use super::environment;
use crate::support::{GENERATE_PATHS, PAGE_ORIGIN};
use insta::assert_snapshot;
use serde_json::{Value, json};

#[tokio::test]
async fn a_scenario_without_a_webchat_page() {
    let (env, mut acme) = environment().await;
    acme.scenario.page = None;
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.expect("a scenario");
    assert_snapshot!(env.generate(&acme, json!([{"attributes": {}}])).await.snapshot(), @r#"
    404 Not Found
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Not Found",
      "status": 404,
      "code": "dependency_missing",
      "detail": "Fullpage webchat routes are not enabled.",
      "instance": "urn:uuid:[uuid]",
      "message": "Fullpage webchat routes are not enabled."
    }
    "#);
}

#[tokio::test]
async fn a_handoff_that_was_exchanged_with_another_nonce() {
    let (env, acme) = environment().await;
    let handoff = env.follow_link(&env.create_link(&acme, "ann", json!({})).await).await;
    assert_eq!(env.exchange(&handoff, "nonce-of-the-test-0").await.status, 200);
    assert_snapshot!(env.exchange(&handoff, "nonce-of-the-test-1").await.snapshot(), @r#"
    409 Conflict
    access-control-allow-origin: *
    access-control-expose-headers: x-request-id,retry-after
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Conflict",
      "status": 409,
      "code": "handoff_used",
      "detail": "This handoff was exchanged already. Open the link again.",
      "instance": "urn:uuid:[uuid]",
      "message": "This handoff was exchanged already. Open the link again."
    }
    "#);
}

#[tokio::test]
async fn an_idempotency_key_that_was_used_with_another_body() {
    let (env, acme) = environment().await;
    let token = format!("Bearer {}", acme.token);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json"), ("idempotency-key", "a")];
    let body = |user: &str| json!({"scenario_id": "0x420", "dataset": [{"user_id": user, "attributes": {}}]});
    assert_eq!(env.post_raw(GENERATE_PATHS[1], &headers, body("ann").to_string()).await.status, 200);
    assert_snapshot!(env.post_raw(GENERATE_PATHS[1], &headers, body("ben").to_string()).await.snapshot(), @r#"
    422 Unprocessable Entity
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Unprocessable Entity",
      "status": 422,
      "code": "idempotency_key_used",
      "detail": "The Idempotency-Key was used with another body.",
      "instance": "urn:uuid:[uuid]",
      "message": "The Idempotency-Key was used with another body."
    }
    "#);
}

#[tokio::test]
async fn a_message_under_the_id_of_another() {
    let (env, acme) = environment().await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let send = async |text: &str| {
        let message: Value = json!({"notification": "message", "user_id": "ann", "message_id": "m1",
            "content": {"type": "text", "data": {"text": text}}});
        let headers = [
            ("origin", PAGE_ORIGIN),
            ("authorization", &format!("Bearer {session}")),
            ("content-type", "application/json"),
        ];
        env.post_raw("/incoming/webchat", &headers, message.to_string()).await
    };
    assert_eq!(send("hello").await.status, 200);
    assert_snapshot!(send("goodbye").await.snapshot(), @r#"
    409 Conflict
    access-control-allow-origin: *
    access-control-expose-headers: x-request-id,retry-after
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Conflict",
      "status": 409,
      "code": "message_id_used",
      "detail": "Another message was stored under this message_id.",
      "instance": "urn:uuid:[uuid]",
      "message": "Another message was stored under this message_id."
    }
    "#);
}
