//! The whole response of every error of credentials: status, headers and problem.

use super::environment;
use insta::assert_snapshot;
use serde_json::json;

#[tokio::test]
async fn without_credentials() {
    let (env, _) = environment().await;
    assert_snapshot!(env.visit("/api/token", &[]).await.snapshot(), @r#"
    401 Unauthorized
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    www-authenticate: Bearer realm="external-api"
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Unauthorized",
      "status": 401,
      "code": "token_missing",
      "detail": "Send an API token as `Authorization: Bearer <token>`.",
      "instance": "urn:uuid:[uuid]",
      "message": "Unauthenticated."
    }
    "#);
}

#[tokio::test]
async fn with_malformed_credentials() {
    let (env, _) = environment().await;
    assert_snapshot!(env.visit("/api/token", &[("authorization", "Basic dXNlcjpwYXNz")]).await.snapshot(), @r#"
    400 Bad Request
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    www-authenticate: Bearer realm="external-api", error="invalid_request"
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Bad Request",
      "status": 400,
      "code": "credentials_malformed",
      "detail": "The Authorization header is not one well-formed bearer token.",
      "instance": "urn:uuid:[uuid]",
      "message": "The Authorization header is not one well-formed bearer token."
    }
    "#);
}

#[tokio::test]
async fn with_an_invalid_token() {
    let (env, _) = environment().await;
    assert_snapshot!(env.get("/api/token", "garbage").await.snapshot(), @r#"
    401 Unauthorized
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    www-authenticate: Bearer realm="external-api", error="invalid_token"
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Unauthorized",
      "status": 401,
      "code": "token_invalid",
      "detail": "The token is not valid, has expired or was revoked.",
      "instance": "urn:uuid:[uuid]",
      "message": "Unauthenticated."
    }
    "#);
}

#[tokio::test]
async fn without_the_scope() {
    let (env, acme) = environment().await;
    let (token, _) = env.issue_token(&acme.tenant, &acme.account, &[]).await;
    assert_snapshot!(env.get("/public/api/links", &token).await.snapshot(), @r#"
    403 Forbidden
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    www-authenticate: Bearer realm="external-api", error="insufficient_scope", scope="links:read"
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Forbidden",
      "status": 403,
      "code": "scope_missing",
      "detail": "The token lacks the scope links:read.",
      "instance": "urn:uuid:[uuid]",
      "message": "This action is unauthorized."
    }
    "#);
}

#[tokio::test]
async fn an_exchange_from_a_foreign_origin() {
    let (env, acme) = environment().await;
    let handoff = env.follow_link(&env.create_link(&acme, "ann", json!({})).await).await;
    let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-0"}).to_string();
    let headers = [("origin", "https://evil.example"), ("content-type", "application/json")];
    assert_snapshot!(env.post_raw("/webchat/exchange", &headers, body).await.snapshot(), @r#"
    403 Forbidden
    access-control-allow-origin: *
    access-control-expose-headers: x-request-id,retry-after
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Forbidden",
      "status": 403,
      "code": "origin_not_allowed",
      "detail": "The webchat of this scenario does not live on this origin.",
      "instance": "urn:uuid:[uuid]",
      "message": "This action is unauthorized."
    }
    "#);
}
