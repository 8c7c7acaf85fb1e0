//! The whole response of every error of a path or of the table: status, headers and problem.

use super::environment;
use crate::support::{Fault, FaultInjector, TestEnvironment};
use insta::assert_snapshot;
use serde_json::json;

#[tokio::test]
async fn an_unknown_path() {
    let (env, _) = environment().await;
    assert_snapshot!(env.visit("/api/nowhere", &[]).await.snapshot(), @r#"
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
      "code": "not_found",
      "detail": "Resource not found.",
      "instance": "urn:uuid:[uuid]",
      "message": "Resource not found."
    }
    "#);
}

#[tokio::test]
async fn a_method_that_the_path_does_not_support() {
    let (env, acme) = environment().await;
    assert_snapshot!(env.delete("/api/tokens", &acme.token).await.snapshot(), @r#"
    405 Method Not Allowed
    allow: GET,HEAD,POST
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Method Not Allowed",
      "status": 405,
      "code": "method_not_allowed",
      "detail": "Method not allowed.",
      "instance": "urn:uuid:[uuid]",
      "message": "Method not allowed."
    }
    "#);
}

#[tokio::test]
async fn a_revoked_link() {
    let (env, acme) = environment().await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    env.revoke_link(&link).await;
    assert_snapshot!(env.visit(&link, &[]).await.snapshot(), @r#"
    410 Gone
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Gone",
      "status": 410,
      "code": "link_gone",
      "detail": "This link is no longer valid.",
      "instance": "urn:uuid:[uuid]",
      "message": "This link is no longer valid."
    }
    "#);
}

#[tokio::test]
async fn a_broken_item() {
    let (env, acme) = environment().await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    env.corrupt_link(&link).await;
    assert_snapshot!(env.visit(&link, &[]).await.snapshot(), @r#"
    500 Internal Server Error
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Internal Server Error",
      "status": 500,
      "code": "unexpected",
      "detail": "Something went wrong on our side.",
      "instance": "urn:uuid:[uuid]",
      "message": "Something went wrong on our side.",
      "error": "Something went wrong on our side."
    }
    "#);
}

#[tokio::test]
async fn a_table_that_throttles() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    faults.inject(|_, _| Fault::Throttle);
    assert_snapshot!(env.get("/api/token", &acme.token).await.snapshot(), @r#"
    503 Service Unavailable
    cache-control: private, no-store
    content-type: application/problem+json
    retry-after: 1
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Service Unavailable",
      "status": 503,
      "code": "table_busy",
      "detail": "The service is busy. Please try again.",
      "instance": "urn:uuid:[uuid]",
      "message": "The service is busy. Please try again."
    }
    "#);
}
