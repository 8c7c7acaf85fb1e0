//! The rules that generators of clients and linters need the schemas of the OpenAPI document to keep.

use crate::support::schema::assert_described;
use crate::support::{Failures, Operation, TestEnvironment, description, operations};
use rstest::rstest;
use serde_json::{Value, json};

/// Calls `visit` with every schema below a value and its JSON pointer. Examples are no schemas.
fn each_schema(value: &Value, pointer: &str, visit: &mut dyn FnMut(&str, &Value)) {
    visit(pointer, value);
    match value {
        Value::Array(parts) => {
            parts.iter().enumerate().for_each(|(i, part)| each_schema(part, &format!("{pointer}/{i}"), visit));
        }
        Value::Object(parts) => {
            let parts = parts.iter().filter(|(name, _)| *name != "example");
            parts.for_each(|(name, part)| each_schema(part, &format!("{pointer}/{name}"), visit));
        }
        _ => {}
    }
}

#[test]
fn the_document_names_its_server_and_its_licence() {
    let description = description();
    assert_eq!(description["servers"][0]["url"], "/");
    assert_eq!(description["info"]["license"]["identifier"], "MIT OR Apache-2.0");
}

#[test]
fn every_object_describes_its_members_or_says_that_it_may_have_any() {
    let mut failures = Failures::default();
    let mut free = 0;
    each_schema(&description(), "", &mut |pointer, schema| {
        let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        if kinds.contains(&json!("object")) {
            free += usize::from(schema["additionalProperties"] == true);
            let closed = schema["properties"].is_null() && schema["additionalProperties"].is_null();
            failures.check(pointer, || assert!(!closed, "a generator would read an object without members"));
        }
    });
    assert!(free > 0, "attributes and data are free objects");
}

#[test]
fn every_instant_has_the_format_of_a_date_and_time_or_the_pattern_of_what_a_client_may_send() {
    let mut failures = Failures::default();
    for (name, schema) in description()["components"]["schemas"].as_object().expect("schemas") {
        each_schema(schema, name, &mut |pointer, schema| {
            let member = pointer.rsplit_once("/properties/").map_or("", |(_, member)| member);
            let is_instant =
                member.ends_with("_at") || member.ends_with("_until") || member == "date" || member == "at";
            failures.check(pointer, || {
                assert!(!is_instant || schema["format"] == "date-time" || schema["pattern"].is_string(), "{schema}");
            });
        });
    }
}

#[test]
fn the_example_of_every_parameter_matches_its_schema() {
    let description = description();
    let mut failures = Failures::default();
    for Operation { template, described, .. } in operations() {
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let row = format!("{} of {template}", parameter["name"]);
            let required = parameter["required"] == true && parameter["in"] == "path";
            failures.check(&row, || assert!(!required || parameter["example"].is_string(), "no example"));
            if !parameter["example"].is_null() {
                failures.check(&row, || {
                    assert_described(&description, &parameter["schema"], &parameter["example"], "the example");
                });
            }
        }
    }
}

#[tokio::test]
async fn the_bounds_of_every_number_in_a_query_are_those_that_the_api_enforces() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut numbers = 0;
    for Operation { path, described, .. } in operations() {
        let parameters: Vec<Value> = described["parameters"].as_array().cloned().unwrap_or_default();
        let required =
            parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let pair =
            |parameter: &Value| Some(format!("{}={}", parameter["name"].as_str()?, parameter["example"].as_str()?));
        let query: Vec<String> = required.filter_map(pair).map(|pair| pair.replace(' ', "%20")).collect();
        for number in parameters.iter().filter(|parameter| parameter["schema"]["type"] == "integer") {
            numbers += 1;
            let bound = |name: &str| number["schema"][name].as_i64().unwrap_or_else(|| panic!("{path}: {number}"));
            let (least, most) = (bound("minimum"), bound("maximum"));
            for (value, status) in [(least - 1, 422), (least, 200), (most, 200), (most + 1, 422)] {
                let name = number["name"].as_str().expect("a name");
                let target = format!("{path}?{}&{name}={value}", query.join("&"));
                let response = env.get(&target, &acme.token).await;
                assert_eq!(response.status, status, "{target}: {}", response.text());
            }
        }
    }
    assert!(numbers >= 6, "limit, perPage and page of the lists");
}

#[rstest]
#[case("Author", json!(["us", "them"]))]
#[case("LinkStatus", json!(["live", "revoked", "expired", "used_up"]))]
#[case("Role", json!(["admin", "editor", "analyst", "integration"]))]
#[case("VerdictStatus", json!(["created", "duplicate", "conflict", "invalid", "merged", "ignored"]))]
fn a_member_with_few_words_lists_them(#[case] name: &str, #[case] words: Value) {
    assert_eq!(description()["components"]["schemas"][name]["enum"], words);
}

#[test]
fn the_progress_and_the_receipt_of_an_erasure_have_one_schema() {
    let description = description();
    let responses = &description["paths"]["/public/api/users"]["delete"]["responses"];
    let schema = |status: &str| responses[status]["content"]["application/json"]["schema"].clone();
    assert_eq!(schema("200"), json!({"$ref": "#/components/schemas/Erasure"}));
    assert_eq!(schema("202"), schema("200"));
}

#[test]
fn every_operation_with_a_token_or_a_session_and_no_other_describes_the_limit_of_requests() {
    let description = description();
    let mut failures = Failures::default();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("operations") {
            failures.check(format!("{method} {path}"), || {
                if operation["security"][0]["session"].is_array() {
                    // A session has limits of its own.
                    return assert!(operation["responses"]["429"]["headers"]["Retry-After"].is_object());
                }
                let has_token = operation["security"][0]["token"].is_array();
                let expected =
                    if has_token { json!({"$ref": "#/components/responses/RateLimited"}) } else { Value::Null };
                assert_eq!(operation["responses"]["429"], expected);
            });
        }
    }
    let limited = &description["components"]["responses"]["RateLimited"];
    assert!(limited["headers"]["Retry-After"].is_object());
}

#[test]
fn an_operation_without_a_token_demands_no_credential() {
    assert_eq!(description()["paths"]["/{code}"]["get"]["security"], json!([]));
}

#[test]
fn the_members_that_opendialogs_webchat_sends_are_described() {
    let description = description();
    let described = |schema: &str, member: &str| {
        let schema = &description["components"]["schemas"][schema]["properties"][member];
        schema["type"].clone()
    };
    assert_eq!(described("WebchatMessage", "author"), json!(["string", "null"]));
    assert_eq!(described("MessageContent", "id"), json!(["string", "null"]));
}

#[rstest]
#[case("Event", "/public/api/interactions", json!([{"user_id": "ann", "type": "text", "date": "2022-09-21", "more": 1}]))]
#[case("EventUser", "/public/api/interactions",
    json!([{"user_id": "ann", "type": "text", "date": "2022-09-21", "user": {"more": 1}}]))]
#[case("Exchange", "/webchat/exchange", json!({"handoff": "a.b.c", "nonce": "0123456789abcdef", "more": 1}))]
#[tokio::test]
async fn a_body_whose_unknown_members_are_refused_is_closed(
    #[case] schema: &str,
    #[case] path: &str,
    #[case] body: Value,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.post(path, &acme.token, &body).await;
    assert!(response.status == 422 && response.text().contains("more field is not known"), "{}", response.text());
    assert_eq!(description()["components"]["schemas"][schema]["additionalProperties"], false);
}
