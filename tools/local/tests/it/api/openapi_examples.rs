//! The schemas of the OpenAPI document against its examples and against real responses.

use crate::support::schema::{assert_described, resolved};
use crate::support::{Failures, Operation, TestEnvironment, TestResponse, description, operations};
use serde_json::{Value, json};

/// The example of a body: of the media type, of its schema, or of the items of its schema.
fn example(description: &Value, content: &Value) -> Option<Value> {
    let schema = resolved(description, &content["schema"]);
    let of_items = || {
        let items = schema["items"].as_object().map(|_| resolved(description, &schema["items"])["example"].clone());
        items.filter(|example| !example.is_null()).map(|example| json!([example]))
    };
    let found = [&content["example"], &schema["example"]].into_iter().find(|example| !example.is_null()).cloned();
    found.or_else(of_items)
}

#[test]
fn every_body_has_an_example_that_matches_its_schema() {
    let description = description();
    let mut failures = Failures::default();
    for Operation { template, described, .. } in operations() {
        failures.check(&template, || {
            let request = described["requestBody"]["content"].as_object().into_iter().flatten();
            let responses = described["responses"].as_object().expect("responses").values();
            let responses = responses.flat_map(|response| response["content"].as_object().into_iter().flatten());
            for (kind, content) in request.chain(responses).filter(|(kind, _)| kind.ends_with("json")) {
                let example =
                    example(&description, content).unwrap_or_else(|| panic!("{template}: {kind} without example"));
                assert_described(&description, &content["schema"], &example, &template);
            }
        });
    }
}

#[test]
fn every_member_of_a_body_has_a_type_and_every_schema_of_an_object_names_its_members() {
    let description = description();
    for (name, schema) in description["components"]["schemas"].as_object().expect("schemas") {
        let empty = serde_json::Map::new();
        let members = schema["properties"].as_object().unwrap_or(&empty);
        assert!(
            !members.is_empty() || ["allOf", "oneOf", "enum"].iter().any(|keyword| schema[keyword].is_array()),
            "{name} has no members"
        );
        for (member, schema) in members {
            let typed = ["type", "$ref", "oneOf", "allOf"].iter().any(|keyword| !schema[keyword].is_null());
            assert!(typed, "{name}.{member}");
        }
    }
}

#[track_caller]
fn assert_as_described(response: &TestResponse, method: &str, path: &str) {
    let description = description();
    let (status, kind) = (response.status.as_str(), response.header("content-type"));
    let described = &description["paths"][path][method]["responses"][status];
    let schema = &described["content"][kind]["schema"];
    assert!(schema.is_object(), "{method} {path}: {status} {kind} is not described");
    assert_described(&description, schema, &response.json(), path);
    for (header, _) in described["headers"].as_object().into_iter().flatten() {
        let only_of_some = header == "WWW-Authenticate" && status != "401";
        assert!(only_of_some || response.headers.contains_key(header), "{method} {path}: {status} without {header}");
    }
}

#[tokio::test]
async fn real_responses_match_the_document() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for (method, path) in [("get", "/api/token"), ("get", "/api/tokens")] {
        assert_as_described(&env.get(path, &acme.token).await, method, path);
        assert_as_described(&env.visit(path, &[]).await, method, path);
    }
    let link = env.create_link(&acme, "ann", json!({"first_name": "Ann", "tags": ["a", 1]})).await;
    let opened = env.exchange(&env.follow_link(&link).await, "nonce-of-the-test-0").await;
    assert_as_described(&opened, "post", "/webchat/exchange");
    let session = opened.json()["session"].as_str().expect("a session").to_owned();
    assert_as_described(&env.send_message(&session, "ann", "m1", "hello").await, "post", "/incoming/webchat");
    assert_as_described(&env.send_message(&session, "ben", "m1", "hello").await, "post", "/incoming/webchat");
    assert_as_described(&env.send_message(&session, "ann", "m1", "other").await, "post", "/incoming/webchat");
    let turn = json!({"message_id": "t1", "author": "them", "type": "text", "text": "Hi!"});
    for turns in [json!([turn, {}]), json!([])] {
        assert_as_described(
            &env.post("/webchat/turns", &session, &json!({ "turns": turns })).await,
            "post",
            "/webchat/turns",
        );
    }
    for path in ["/api/user-interactions", "/public/api/user-interactions"] {
        let response = env.get(&format!("{path}?from=2020-01-01&to=2099-01-01"), &acme.token).await;
        assert!(response.text().contains("hello"), "{}", response.text());
        assert_as_described(&response, "get", path);
        assert_as_described(&env.get(path, &acme.token).await, "get", path);
    }
    for path in ["/api/generate-webchat-deeplink", "/public/api/generate-webchat-deep-link"] {
        let good = json!({"scenario_id": "support", "dataset": [{"attributes": {}}]});
        for body in [good, json!({"dataset": [{"user_id": 1}]}), Value::Null] {
            assert_as_described(&env.post(path, &acme.token, &body).await, "post", path);
        }
    }
    assert_as_described(&env.visit("/0123456789abcdef", &[]).await, "get", "/{code}");
    let events = "/public/api/interactions";
    for body in [json!([{"user_id": "ann", "type": "text", "date": "2022-09-21", "text": "hi"}, {}]), json!([{}])] {
        assert_as_described(&env.post(events, &acme.token, &body).await, "post", events);
    }
    let users = "/public/api/users?user_id=ann";
    assert_as_described(&env.delete(users, &acme.token).await, "delete", "/public/api/users");
    env.advance_clock(61);
    assert_as_described(&env.delete(users, &acme.token).await, "delete", "/public/api/users");
    let changes = env.get("/public/api/interactions/changes", &acme.token).await;
    assert!(changes.text().contains("erased"), "{}", changes.text());
    assert_as_described(&changes, "get", "/public/api/interactions/changes");
}

#[tokio::test]
async fn the_example_of_a_request_for_links_creates_links() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let description = description();
    let path = "/public/api/generate-webchat-deep-link";
    let content = &description["paths"][path]["post"]["requestBody"]["content"]["application/json"];
    let mut body = example(&description, content).expect("an example");
    body["scenario_id"] = json!("support");
    let response = env.post(path, &acme.token, &body).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[tokio::test]
async fn the_examples_of_events_are_stored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (description, path) = (description(), "/public/api/interactions");
    let content = &description["paths"][path]["post"]["requestBody"]["content"];
    let array = example(&description, &content["application/json"]).expect("an example");
    assert_eq!(env.post(path, &acme.token, &array).await.json()["created"], 1);
    let lines = example(&description, &content["application/x-ndjson"]).expect("an example");
    let lines = lines.as_str().expect("lines").to_owned();
    assert_eq!(env.post_lines(&acme, lines).await.json()["created"], 2);
}
