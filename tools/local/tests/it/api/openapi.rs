//! The OpenAPI document: it is served, complete, and describes exactly the routes of the code.

use crate::support::schema::resolved;
use crate::support::{Failures, Operation, TestEnvironment, description, operations, source};
use regex::Regex;
use serde_json::json;
use shared::config;
use shared::model::Scope;
use std::collections::BTreeSet;

/// The description as `functions/docs` serves it.
const SERVED: &str = "functions/docs/assets/openapi.json";
/// Routes without a description: the document itself and its pages.
const UNDESCRIBED: [(&str, &str); 4] =
    [("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/docs/{asset}"), ("ANY", "/{code}/")];

#[test]
fn the_served_document_is_generated_from_the_code() {
    let described = sandbox::openapi::as_json().expect("JSON");
    let file = source::root().join(SERVED);
    if config::variable("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &described).expect("written");
    }
    let served = std::fs::read_to_string(&file).expect("the file");
    // Not `assert_eq!`: it would print both documents.
    assert!(served == described, "write it anew: UPDATE_OPENAPI=1 cargo test -p local --test it openapi");
}

#[test]
fn the_document_is_openapi_3_1_and_every_reference_has_a_target() {
    let description = description();
    assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    for member in ["title", "version", "description"] {
        assert!(description["info"][member].as_str().is_some_and(|text| !text.is_empty()), "{member}");
    }
    let text = description.to_string();
    let references = Regex::new(r#""\$ref":"([^"]+)""#).expect("a pattern");
    let mut used = BTreeSet::new();
    for reference in references.captures_iter(&text) {
        resolved(&description, &json!({"$ref": reference[1]}));
        used.insert(reference[1].rsplit('/').next().expect("a name").to_owned());
    }
    let of = |kind: &str| description["components"][kind].as_object().expect("components").keys().cloned();
    let components: BTreeSet<String> = of("schemas").chain(of("responses")).collect();
    assert_eq!(components, used, "every component is used");
}

#[test]
fn every_operation_has_a_unique_id_a_summary_a_description_and_a_described_tag() {
    let description = description();
    let tags: Vec<_> = description["tags"].as_array().expect("tags").iter().map(|tag| &tag["name"]).collect();
    let mut names = BTreeSet::new();
    let mut failures = Failures::default();
    for Operation { template, described, .. } in operations() {
        failures.check(&template, || {
            for member in ["operationId", "summary", "description"] {
                assert!(described[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {template}");
            }
            let own = described["tags"].as_array().expect("tags");
            assert_eq!(own.len(), 1, "{template}: {own:?}");
            assert!(tags.contains(&&own[0]), "{template}: {own:?}");
            assert!(names.insert(described["operationId"].to_string()), "{template}");
            for parameter in described["parameters"].as_array().into_iter().flatten() {
                let text = &parameter["description"];
                assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{template}: {}", parameter["name"]);
            }
        });
    }
}

#[test]
fn every_operation_with_a_token_lists_its_scope_and_its_error_responses() {
    let mut failures = Failures::default();
    for Operation { template, scheme, scopes, described, .. } in operations() {
        failures.check(&template, || {
            assert!(described["security"].is_array(), "{template} does not say whether it needs a token");
            let known = |scope: &String| Scope::ALL.iter().any(|known| known.as_str() == scope);
            assert!(scopes.len() <= 1, "{template}: {scopes:?}");
            assert!(scopes.iter().all(known), "{template}: {scopes:?}");
            let refusals: &[&str] = match (scheme.as_str(), scopes.len()) {
                ("", _) => &[],
                (_, 0) => &["400", "401"],
                _ => &["400", "401", "403"],
            };
            for status in refusals {
                let challenge = &described["responses"][status]["headers"]["WWW-Authenticate"];
                assert!(challenge.is_object(), "{template} does not describe the challenge of a {status}");
            }
        });
    }
}

#[test]
fn every_error_is_a_problem_with_the_headers_that_a_client_needs() {
    let description = description();
    let mut failures = Failures::default();
    for Operation { template, described, .. } in operations() {
        failures.check(&template, || {
            let responses = described["responses"].as_object().expect("responses");
            for (status, response) in responses {
                assert!(response["headers"]["X-Request-Id"].is_object(), "{template}: {status} has no id");
                assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{template}: {status}");
                if status.as_str() >= "400" {
                    let schema = &response["content"]["application/problem+json"]["schema"];
                    let problem = json!({"$ref": "#/components/schemas/Problem"});
                    let extended = &resolved(&description, schema)["allOf"][0];
                    assert!(*schema == problem || *extended == problem, "{template}: {status}");
                }
                let expected = match status.as_str() {
                    "401" => "WWW-Authenticate",
                    "405" => "Allow",
                    "429" | "503" => "Retry-After",
                    _ => continue,
                };
                assert!(response["headers"][expected].is_object(), "{template}: {status} without {expected}");
            }
            let mut expected = vec!["405"];
            if template != "/webchat/preload.js" {
                expected.extend(["500", "503"]); // it asks the table
            }
            if described["requestBody"].is_object() {
                expected.extend(["400", "413", "415", "422"]);
            }
            for status in expected {
                assert!(responses.contains_key(status), "{template} does not describe {status}");
            }
        });
    }
}

/// Method and path of each route in the source of the functions.
fn routes_in_the_code() -> BTreeSet<(String, String)> {
    let route = Regex::new(r#"\.route\(\s*"([^"]+)",\s*((?:\.?(?:get|post|put|patch|delete|any)\([\w:]+\))+)\s*\)"#);
    let (route, method) = (route.expect("a pattern"), Regex::new(r"(\w+)\([\w:]+\)").expect("a pattern"));
    let mut routes = BTreeSet::new();
    for file in source::rust("functions") {
        let readable: Vec<_> = route.captures_iter(&file.text).collect();
        assert_eq!(readable.len(), file.text.matches(".route(").count(), "a route in {} cannot be read", file.path);
        for other in [".route_service(", ".nest(", ".fallback(", "MethodRouter"] {
            assert!(!file.text.contains(other), "{other} in {} hides routes", file.path);
        }
        for found in readable {
            let methods = method.captures_iter(&found[2]).map(|method| method[1].to_uppercase());
            routes.extend(methods.map(|method| (method, found[1].to_owned())));
        }
    }
    routes
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    let mut routes = routes_in_the_code();
    // Pages for people, which no client calls.
    routes.retain(|(_, path)| !path.starts_with("/console") && !path.starts_with("/internal/"));
    for (method, path) in UNDESCRIBED {
        assert!(routes.remove(&(method.into(), path.into())), "{method} {path} is no route any more");
    }
    let described = operations().into_iter().map(|operation| (operation.method.to_string(), operation.template));
    assert_eq!(routes, described.collect());
}

#[tokio::test]
async fn every_described_operation_is_served_and_no_other_method_on_its_path() {
    let env = TestEnvironment::new().await;
    let paths: BTreeSet<_> = operations().into_iter().map(|operation| operation.template).collect();
    for path in paths {
        let served: Vec<_> = operations().into_iter().filter(|operation| operation.template == path).collect();
        for operation in &served {
            // The page of a link that is not there is HTML for a browser; only the fallback's 404 is a problem.
            let request = http::Request::builder().method(operation.method.clone()).uri(&operation.path);
            let request = request.header("accept", "text/html").body(axum::body::Body::empty());
            let response = env.send(request.expect("a request")).await;
            let fallback = response.status == 404 && response.header("content-type") == "application/problem+json";
            assert!(!fallback, "{path}: {}", response.text());
            assert_ne!(response.status, 405, "{path}: {}", response.text());
        }
        for method in
            [http::Method::PUT, http::Method::PATCH, http::Method::DELETE, http::Method::POST, http::Method::GET]
        {
            if served.iter().any(|operation| operation.method == method) {
                continue;
            }
            let response = Operation { method, ..served[0].clone() }.send(&env, &[]).await;
            response.assert_problem(405, "Method not allowed.");
            for operation in &served {
                assert!(response.header("allow").contains(operation.method.as_str()), "{path}: {:?}", response.headers);
            }
        }
    }
    env.visit("/no/such/path", &[("accept", "text/html")]).await.assert_problem(404, "Resource not found.");
}
