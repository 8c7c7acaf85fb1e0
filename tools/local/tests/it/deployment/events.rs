//! The files in `events/`: each has the shape of an API Gateway event, and its function gives the expected status.

use crate::support::{Failures, TestEnvironment, TestResponse, operations, source};
use lambda_http::request;
use regex::Regex;
use sandbox::events::{self, EventFile, EventFixtures};
use sandbox::{SCHEDULED, demo, functions};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tower::ServiceExt as _;

fn folder() -> PathBuf {
    source::root().join("events")
}

fn files() -> Vec<EventFile> {
    let files = events::read(&folder()).expect("events");
    assert!(files.len() > 50, "{} events", files.len());
    files
}

fn parsed(file: &EventFile) -> Value {
    serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.name))
}

fn expected() -> BTreeMap<String, u16> {
    let text = std::fs::read_to_string(folder().join(events::EXPECTED)).expect("expected statuses");
    serde_json::from_str(&text).expect("statuses by file")
}

async fn create_fixtures(env: &TestEnvironment) -> EventFixtures<'_> {
    let page = "http://127.0.0.1:8787/web-chat".parse().expect("a URL");
    demo::create(&env.app, &env.issuer, page).await.expect("the demo");
    EventFixtures::create(env.app.clone(), &env.issuer).await.expect("fixtures")
}

/// Sends an event to its function, as Lambda does.
async fn send(env: &TestEnvironment, fixtures: &EventFixtures<'_>, file: &EventFile) -> TestResponse {
    let text = fixtures.render(&file.text).await.unwrap_or_else(|error| panic!("{}: {error}", file.name));
    let request = request::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.name));
    let (_, routes) = functions().into_iter().find(|(name, _)| *name == file.function()).expect("a function");
    let service = shared::http::service(routes, env.app.clone());
    TestResponse::of(service.oneshot(request).await.expect("a response")).await
}

#[tokio::test]
async fn every_event_has_the_expected_status_of_its_function() {
    let env = TestEnvironment::new().await;
    let (fixtures, expected) = (create_fixtures(&env).await, expected());
    let mut failures = Failures::default();
    for file in files() {
        let response = send(&env, &fixtures, &file).await;
        let method = parsed(&file)["requestContext"]["http"]["method"].clone();
        failures.check(&file.name, || {
            let text = String::from_utf8_lossy(&response.body);
            assert_eq!(Some(&response.status.as_u16()), expected.get(&file.name), "{text}");
            if method != "HEAD" && response.status.as_u16() >= 400 {
                let kind = response.header("content-type");
                assert!(kind == "application/problem+json" || kind.starts_with("text/html"), "{kind}");
            }
            assert_ne!(response.header("x-request-id"), "");
        });
    }
}

#[test]
fn every_event_has_an_expected_status_and_every_expected_status_an_event() {
    let files: BTreeSet<_> = files().into_iter().map(|file| file.name).collect();
    assert_eq!(files, expected().into_keys().collect());
}

#[test]
fn every_folder_of_functions_has_routes_or_a_schedule() {
    let functions = functions().into_iter().map(|(name, _)| name).chain(SCHEDULED);
    let functions: BTreeSet<_> = functions.map(str::to_owned).collect();
    let folders: BTreeSet<_> = source::folders("functions").into_iter().collect();
    assert_eq!(functions, folders);
}

#[test]
fn every_operation_has_an_event_that_succeeds_and_one_that_fails() {
    let expected = expected();
    let events: Vec<_> = files().iter().map(|file| (parsed(file), expected[&file.name])).collect();
    let mut failures = Failures::default();
    for operation in operations() {
        let of_operation = |event: &&(Value, u16)| {
            let http = &event.0["requestContext"]["http"];
            let key = event.0["routeKey"].as_str().and_then(|key| key.split_once(' '));
            key.is_some_and(|(_, path)| path == operation.template) && http["method"] == operation.method.as_str()
        };
        let statuses: Vec<_> = events.iter().filter(of_operation).map(|(_, status)| *status).collect();
        failures.check(operation.name(), || {
            assert!(statuses.iter().any(|status| *status < 400), "no event succeeds: {statuses:?}");
            // No request to the script can fail.
            if operation.template != "/webchat/preload.js" {
                assert!(statuses.iter().any(|status| *status >= 400), "no event fails: {statuses:?}");
            }
        });
    }
}

#[test]
fn every_event_has_the_shape_of_payload_2_0() {
    let template = std::fs::read_to_string(source::root().join("template.yaml")).expect("the template");
    let route = Regex::new(r#"(?m)^  (\w+)Function:|\bPath: (?:"([^"]+)"|([^\s",}]+)), Method: (\w+)"#);
    let route = route.expect("a pattern");
    let mut routes: BTreeSet<(String, String)> = BTreeSet::new();
    let mut function = String::new();
    for found in route.captures_iter(&template) {
        match (found.get(1), found.get(2).or(found.get(3))) {
            (None, Some(path)) => drop(routes.insert((function.clone(), format!("{} {}", &found[4], path.as_str())))),
            (name, _) => function = name.map_or("", |name| name.as_str()).to_lowercase(),
        }
    }
    routes.insert(("redirect".into(), "$default".into()));
    let mut used = BTreeSet::new();
    let mut failures = Failures::default();
    for file in files() {
        failures.check(&file.name, || {
            let event = parsed(&file);
            let context = &event["requestContext"];
            let key = event["routeKey"].as_str().expect("a route key");
            let route = (file.function().to_owned(), key.to_owned());
            assert!(routes.contains(&route), "the template has no route {key} of {}", route.0);
            used.insert(route);
            assert_eq!(event["version"], "2.0");
            assert_eq!(context["stage"], "$default");
            assert_eq!(event["routeKey"], context["routeKey"]);
            assert_eq!(event["rawPath"], context["http"]["path"]);
            let headers = event["headers"].as_object().expect("headers");
            let upper: Vec<_> = headers.keys().filter(|header| **header != header.to_lowercase()).collect();
            assert_eq!(upper, Vec::<&String>::new(), "headers that are not in lower case");
            assert_eq!(headers["host"], context["domainName"]);
            assert_eq!(headers["user-agent"], context["http"]["userAgent"]);
            assert_eq!(headers.get("cookie"), None);
            assert!(event.get("cookies").is_none() || file.function() == "console", "only people have cookies");
            assert!(event["isBase64Encoded"].is_boolean(), "{}", event["isBase64Encoded"]);
            assert!(context["timeEpoch"].is_u64(), "{}", context["timeEpoch"]);
            assert_eq!(event.get("queryStringParameters").is_some(), event["rawQueryString"] != "", "a query");
            assert_eq!(event.get("pathParameters").is_some(), key.contains('{'), "path parameters");
        });
    }
    drop(failures);
    assert_eq!(used, routes, "every route of the template has an event");
}

#[test]
fn no_event_has_a_secret() {
    let secret = Regex::new(r"\bey[\w-]{10,}\.ey[\w-]{10,}\.[\w-]{20,}").expect("a pattern");
    let secret: Vec<_> = files().into_iter().filter(|file| secret.is_match(&file.text)).map(|file| file.name).collect();
    assert_eq!(secret, [""; 0]);
    let env = std::fs::read_to_string(folder().join(events::ENV)).expect("settings");
    for setting in ["DATA_KEY", "SIGNING_KEYS", "TOKEN_PUBLIC_KEYS"] {
        assert!(env.contains(&format!(r#""{setting}": "{{{{{setting}}}}}""#)), "{setting}");
    }
}
