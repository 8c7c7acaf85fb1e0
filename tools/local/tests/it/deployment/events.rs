//! The files in `events/`: each is what API Gateway sends, reaches its own function, and is answered as expected.

use crate::support::{TestEnvironment, TestResponse, operations, source};
use lambda_http::request;
use regex::Regex;
use sandbox::events::{self, EventFile, EventFixtures};
use sandbox::{demo, functions};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tower::ServiceExt as _;

fn folder() -> PathBuf {
    source::root().join("events")
}

fn files() -> Vec<EventFile> {
    let files = events::read(&folder()).expect("events");
    assert!(files.len() > 50, "the events are gone");
    files
}

fn parsed(file: &EventFile) -> Value {
    serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.name))
}

fn expected() -> BTreeMap<String, u16> {
    let text = std::fs::read_to_string(folder().join(events::EXPECTED)).expect("what is expected");
    serde_json::from_str(&text).expect("statuses by file")
}

async fn stage(env: &TestEnvironment) -> EventFixtures<'_> {
    let page = "http://127.0.0.1:8787/web-chat".parse().expect("a URL");
    demo::create(&env.app, &env.issuer, page).await.expect("the demo");
    EventFixtures::create(env.app.clone(), &env.issuer).await.expect("the stage")
}

/// Sends an event to its function alone, as Lambda would.
async fn send(env: &TestEnvironment, stage: &EventFixtures<'_>, file: &EventFile) -> TestResponse {
    let text = stage.render(&file.text).await.unwrap_or_else(|error| panic!("{}: {error}", file.name));
    let request = request::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.name));
    let (_, routes) = functions().into_iter().find(|(name, _)| *name == file.function()).expect("a function");
    let service = shared::http::service(routes, env.app.clone());
    TestResponse::of(service.oneshot(request).await.expect("a response")).await
}

#[tokio::test]
async fn every_event_is_answered_by_its_function_as_expected() {
    let env = TestEnvironment::new().await;
    let (stage, expected) = (stage(&env).await, expected());
    for file in files() {
        let response = send(&env, &stage, &file).await;
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(Some(&response.status.as_u16()), expected.get(&file.name), "{}: {text}", file.name);
        let method = parsed(&file)["requestContext"]["http"]["method"].clone();
        if method != "HEAD" && response.status.as_u16() >= 400 {
            let kind = response.header("content-type");
            assert!(kind == "application/problem+json" || kind.starts_with("text/html"), "{}: {kind}", file.name);
        }
        assert!(!response.header("x-request-id").is_empty(), "{}", file.name);
    }
}

#[test]
fn every_event_is_expected_and_nothing_is_expected_that_is_not_there() {
    let files: BTreeSet<_> = files().into_iter().map(|file| file.name).collect();
    assert_eq!(files, expected().into_keys().collect());
    let functions: BTreeSet<_> = functions().into_iter().map(|(name, _)| name.to_owned()).collect();
    let folders: BTreeSet<_> = source::folders("functions").into_iter().collect();
    assert_eq!(functions, folders, "every function has routes, and every routes are a function's");
}

#[test]
fn every_operation_has_an_event_that_succeeds_and_one_that_is_refused() {
    let expected = expected();
    let events: Vec<_> = files().iter().map(|file| (parsed(file), expected[&file.name])).collect();
    for operation in operations() {
        let of_operation = |event: &&(Value, u16)| {
            let http = &event.0["requestContext"]["http"];
            event.0["routeKey"] == format!("ANY {}", operation.template) && http["method"] == operation.method.as_str()
        };
        let statuses: Vec<_> = events.iter().filter(of_operation).map(|(_, status)| *status).collect();
        let (method, path) = (&operation.method, &operation.template);
        assert!(statuses.iter().any(|status| *status < 400), "no event for {method} {path}");
        let refused = statuses.iter().any(|status| *status >= 400);
        assert!(refused || path == "/webchat/preload.js", "no event that {method} {path} refuses");
    }
}

#[test]
fn every_event_has_the_shape_of_payload_2_0() {
    let template = std::fs::read_to_string(source::root().join("template.yaml")).expect("the template");
    let route = Regex::new(r#"(?m)^  (\w+)Function:|\bPath: (?:"([^"]+)"|([^\s",}]+))"#).expect("a pattern");
    let mut routes: BTreeSet<(String, String)> = BTreeSet::new();
    let mut function = String::new();
    for found in route.captures_iter(&template) {
        match (found.get(1), found.get(2).or(found.get(3))) {
            (None, Some(path)) => drop(routes.insert((function.clone(), format!("ANY {}", path.as_str())))),
            (name, _) => function = name.map_or("", |name| name.as_str()).to_lowercase(),
        }
    }
    routes.insert(("redirect".into(), "$default".into()));
    let mut used = BTreeSet::new();
    for file in files() {
        let (name, event) = (&file.name, parsed(&file));
        let context = &event["requestContext"];
        let key = event["routeKey"].as_str().expect("a route key");
        let route = (file.function().to_owned(), key.to_owned());
        assert!(routes.contains(&route), "{name}: the template has no route {key} of {}", route.0);
        used.insert(route);
        assert_eq!((&event["version"], &context["stage"]), (&"2.0".into(), &"$default".into()), "{name}");
        assert_eq!((&event["routeKey"], &event["rawPath"]), (&context["routeKey"], &context["http"]["path"]), "{name}");
        let headers = event["headers"].as_object().expect("headers");
        assert!(headers.keys().all(|header| *header == header.to_lowercase()), "{name}");
        assert_eq!(headers["host"], context["domainName"], "{name}");
        assert_eq!(headers["user-agent"], context["http"]["userAgent"], "{name}");
        assert!(headers.get("cookie").is_none() && event.get("cookies").is_none(), "{name}");
        assert!(event["isBase64Encoded"].is_boolean() && context["timeEpoch"].is_u64(), "{name}");
        assert_eq!(event.get("queryStringParameters").is_some(), event["rawQueryString"] != "", "{name}");
        assert_eq!(event.get("pathParameters").is_some(), key.contains('{'), "{name}");
    }
    assert_eq!(used, routes, "every route of the template has an event");
}

#[test]
fn no_event_holds_a_secret() {
    let secret = Regex::new(r"\bey[\w-]{10,}\.ey[\w-]{10,}\.[\w-]{20,}").expect("a pattern");
    for file in files() {
        assert!(!secret.is_match(&file.text), "{}", file.name);
    }
    let env = std::fs::read_to_string(folder().join(events::ENV)).expect("settings");
    for setting in ["DATA_KEY", "SIGNING_KEYS", "TOKEN_PUBLIC_KEYS"] {
        assert!(env.contains(&format!(r#""{setting}": "{{{{{setting}}}}}""#)), "{setting}");
    }
}
