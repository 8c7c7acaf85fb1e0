//! Ingestion: every event has its own verdict.

use crate::support::{PUBLIC, TestEnvironment, TestResponse, TestTenant, texts};
use insta::assert_snapshot;
use serde_json::{Value, json};

pub(crate) const PATH: &str = "/public/api/interactions";

/// An event of a user on 21 September 2022.
pub(crate) fn event(user: &str, time: &str, text: &str) -> Value {
    json!({"user_id": user, "type": "text", "date": format!("2022-09-21T{time}Z"), "text": text})
}

impl TestEnvironment {
    /// Posts events, one a line.
    pub(crate) async fn post_lines(&self, tenant: &TestTenant, body: impl Into<axum::body::Body>) -> TestResponse {
        let token = format!("Bearer {}", tenant.token);
        self.post_raw(PATH, &[("authorization", &token), ("content-type", "application/x-ndjson")], body).await
    }
}

/// The statuses of the events. Checks that the counts and the HTTP status agree with them.
#[track_caller]
pub(crate) fn verdicts(response: &TestResponse) -> Vec<String> {
    let json = response.json();
    let results = json["results"].as_array().unwrap_or_else(|| panic!("no verdicts: {}", response.text()));
    let statuses: Vec<_> =
        results.iter().map(|result| result["status"].as_str().expect("a status").to_owned()).collect();
    for status in ["created", "duplicate", "conflict", "invalid"] {
        assert_eq!(json[status], statuses.iter().filter(|one| *one == status).count(), "{status}");
    }
    let none_valid = statuses.iter().all(|status| status == "invalid");
    assert_eq!(response.status, if none_valid { 422 } else { 200 }, "{}", response.text());
    statuses
}

#[tokio::test]
async fn the_request_and_the_response_of_a_turn_are_kept_and_returned() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut asked = event("ann", "08:00:00", "hello");
    asked["request"] = json!({"intent": "greet", "n": 1.50});
    asked["response"] = json!([]);
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([asked])).await), ["created"]);
    env.advance_clock(61);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await.json();
    let exported = env.get("/public/api/user-data-export?exportType=json", &acme.token).await.json();
    for shown in [&changes["data"][0], &exported["data"][0]["ann"]["interactions"][0]] {
        assert_eq!((&shown["request"], &shown["response"]), (&asked["request"], &json!({})), "{shown}");
    }
    asked["response"] = json!({"other": true});
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([asked])).await), ["conflict"]);
}

#[tokio::test]
async fn every_event_has_a_verdict_and_the_valid_ones_are_stored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut known = event("ann", "08:00:00", "hello");
    known["id"] = json!("one");
    let mut other = known.clone();
    other["text"] = json!("goodbye");
    let events = json!([known, {"user_id": "ann", "type": "text", "date": "soon"}, known, other, 7,
        {"user_id": "ann", "type": "url_click", "date": "2022-09-21"}]);
    let response = env.post(PATH, &acme.token, &events).await;
    assert_eq!(verdicts(&response), ["created", "invalid", "duplicate", "conflict", "invalid", "ignored"]);
    let json = response.json();
    assert_eq!(json["results"][0], json!({"index": 0, "id": "one", "status": "created"}));
    let invalid = json!({"index": 1, "status": "invalid", "errors": {"date": ["The date is not a valid date."]}});
    assert_eq!(json["results"][1], invalid);
    assert_eq!(json["results"][4]["errors"], json!({"event": ["The event must be a JSON object."]}));
    let found = env.get_interactions(&acme, PUBLIC, &[("from", "2022-09-21"), ("to", "2022-09-22")]).await;
    assert_eq!(texts(&found)["ann"], ["hello"]);
}

#[tokio::test]
async fn if_no_event_is_valid_the_problem_has_the_verdicts() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.post(PATH, &acme.token, &json!([{}, []])).await;
    assert_eq!(verdicts(&response), ["invalid", "invalid"]);
    response.assert_problem(422, "The given data was invalid.");
    assert_snapshot!(response.snapshot(), @r#"
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
      "invalid": 2,
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
        },
        {
          "index": 1,
          "status": "invalid",
          "errors": {
            "event": [
              "The event must be a JSON object."
            ]
          }
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_request_without_events_has_no_verdicts() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([])).await), [""; 0]);
    assert_eq!(verdicts(&env.post_lines(&acme, "\n \r\n").await), [""; 0]);
}

#[tokio::test]
async fn a_json_body_must_be_an_array() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.post(PATH, &acme.token, &json!({})).await.assert_invalid("body", "The body must be a JSON array.");
}
