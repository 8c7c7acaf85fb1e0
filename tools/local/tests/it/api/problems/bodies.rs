//! The whole response of every error of a body: status, headers and problem.

use super::environment;
use crate::support::{GENERATE_PATHS, TestResponse};
use insta::assert_snapshot;
use serde_json::json;

/// Sends a body to the public path that creates links.
async fn generate(headers: &[(&str, &str)], body: String) -> TestResponse {
    let (env, acme) = environment().await;
    let token = format!("Bearer {}", acme.token);
    env.post_raw(GENERATE_PATHS[1], &[&[("authorization", token.as_str())], headers].concat(), body).await
}

#[tokio::test]
async fn a_body_that_is_not_json() {
    assert_snapshot!(generate(&[("content-type", "application/json")], "{\"a\": 1,}".into()).await.snapshot(), @r#"
    400 Bad Request
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Bad Request",
      "status": 400,
      "code": "json_invalid",
      "detail": "The body is not JSON that can be read: trailing comma at line 1 column 9.",
      "instance": "urn:uuid:[uuid]",
      "message": "The body is not JSON that can be read: trailing comma at line 1 column 9."
    }
    "#);
}

#[tokio::test]
async fn a_body_over_the_limit() {
    assert_snapshot!(generate(&[("content-type", "application/json")], " ".repeat(5_000_000)).await.snapshot(), @r#"
    413 Payload Too Large
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Payload Too Large",
      "status": 413,
      "code": "body_too_large",
      "detail": "The body must not have more than 4 MB.",
      "instance": "urn:uuid:[uuid]",
      "message": "The body must not have more than 4 MB."
    }
    "#);
}

#[tokio::test]
async fn a_body_of_another_type() {
    assert_snapshot!(generate(&[("content-type", "text/plain")], "{}".into()).await.snapshot(), @r#"
    415 Unsupported Media Type
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Unsupported Media Type",
      "status": 415,
      "code": "media_type_unsupported",
      "detail": "The body must be sent as application/json.",
      "instance": "urn:uuid:[uuid]",
      "message": "The body must be sent as application/json."
    }
    "#);
}

#[tokio::test]
async fn an_encoded_body() {
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_snapshot!(generate(&headers, "{}".into()).await.snapshot(), @r#"
    415 Unsupported Media Type
    cache-control: private, no-store
    content-type: application/problem+json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "type": "about:blank",
      "title": "Unsupported Media Type",
      "status": 415,
      "code": "media_type_unsupported",
      "detail": "A Content-Encoding is not supported: send the body as it is.",
      "instance": "urn:uuid:[uuid]",
      "message": "A Content-Encoding is not supported: send the body as it is."
    }
    "#);
}

#[tokio::test]
async fn invalid_fields() {
    let body = json!({"dataset": [{"user_id": 7, "attributes": {"x": {}}}]}).to_string();
    assert_snapshot!(generate(&[("content-type", "application/json")], body).await.snapshot(), @r#"
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
      "code": "field_invalid",
      "detail": "dataset.0.attributes.x: An attribute must be a scalar or an array of scalars.",
      "instance": "urn:uuid:[uuid]",
      "message": "The given data was invalid.",
      "errors": {
        "dataset.0.attributes.x": [
          "An attribute must be a scalar or an array of scalars."
        ],
        "dataset.0.user_id": [
          "User id must be a string"
        ],
        "scenario_id": [
          "The scenario_id field is required."
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn events_of_which_none_is_valid() {
    let (env, acme) = environment().await;
    assert_snapshot!(env.post("/public/api/interactions", &acme.token, &json!([{}])).await.snapshot(), @r#"
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
      "code": "field_invalid",
      "detail": "The given data was invalid.",
      "instance": "urn:uuid:[uuid]",
      "message": "The given data was invalid.",
      "created": 0,
      "duplicate": 0,
      "conflict": 0,
      "invalid": 1,
      "results": [
        {
          "index": 0,
          "status": "invalid",
          "errors": {
            "date": [
              "The date is not a valid date."
            ],
            "type": [
              "The type must be a string of 1 to 128 characters."
            ],
            "user_id": [
              "User id must be a string of 1 to 384 characters."
            ]
          }
        }
      ]
    }
    "#);
}
