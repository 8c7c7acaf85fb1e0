//! Every operation that requires credentials, without them, with malformed ones and with ones in the wrong place.

use crate::support::{Failures, Operation, TestEnvironment, TestResponse, operations, operations_requiring};
use http::{Method, StatusCode};
use serde_json::json;

/// The challenge without an error code.
pub(crate) const REALM: &str = r#"Bearer realm="external-api""#;

/// Every operation that requires a token or a session.
pub(crate) fn guarded_operations() -> Vec<Operation> {
    [operations_requiring("token"), operations_requiring("session")].concat()
}

/// Asserts status, message, challenge and members of a refusal.
#[track_caller]
pub(crate) fn assert_refused(
    response: &TestResponse,
    operation: &Operation,
    what: &str,
    status: u16,
    message: &str,
    challenge: &str,
) {
    let about = format!("{} with {what}: {}", operation.name(), response.text());
    assert_eq!(response.status.as_u16(), status, "{about}");
    let problem = response.assert_problem(status, message);
    assert_eq!(response.header("www-authenticate"), challenge, "{about}");
    assert_eq!(problem["type"], "about:blank", "{about}");
    assert_eq!(problem["title"], StatusCode::from_u16(status).expect("a status").canonical_reason().expect("known"));
    let members: Vec<_> = problem.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["type", "title", "status", "code", "detail", "instance", "message"], "{about}");
    assert_eq!(response.header("cache-control"), "private, no-store", "{about}");
}

/// Asserts the refusal of an invalid token.
#[track_caller]
pub(crate) fn assert_invalid_token(response: &TestResponse, operation: &Operation, what: &str) {
    let challenge = format!(r#"{REALM}, error="invalid_token""#);
    assert_refused(response, operation, what, 401, "Unauthenticated.", &challenge);
}

#[tokio::test]
async fn a_request_without_credentials_is_401_without_an_error_code() {
    let env = TestEnvironment::new().await;
    let mut failures = Failures::default();
    for operation in guarded_operations() {
        let response = operation.send(&env, &[]).await;
        failures.check(operation.name(), || {
            assert_refused(&response, &operation, "nothing", 401, "Unauthenticated.", REALM);
        });
    }
}

#[tokio::test]
async fn credentials_that_are_not_one_well_formed_bearer_token_are_400() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let good = format!("Bearer {}", acme.token);
    let crowded = good.replace("odx_", "odx_%41");
    let joined = format!("{good}, {good}");
    let bad: [&[&str]; 12] = [
        &["Basic dXNlcjpwYXNz"],
        &[&good, &good],
        &["Basic dXNlcjpwYXNz", &good],
        &["Bearer"],
        &["Bearer "],
        &["Bearer a b"],
        &["Bearer a=b"],
        &["Bearer ="],
        &["Bearer \"a\""],
        &[&crowded],
        &[&joined],
        &[&acme.token],
    ];
    let message = "The Authorization header is not one well-formed bearer token.";
    let challenge = format!(r#"{REALM}, error="invalid_request""#);
    let mut failures = Failures::default();
    for operation in guarded_operations() {
        for credentials in bad {
            let response = operation.send(&env, credentials).await;
            failures.check(operation.name(), || {
                assert_refused(&response, &operation, &credentials.join(" and "), 400, message, &challenge);
            });
        }
    }
}

#[tokio::test]
async fn the_scheme_bearer_is_accepted_in_any_case() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let mut failures = Failures::default();
    for operation in guarded_operations() {
        let token = if operation.scheme == "session" { &session } else { &acme.token };
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer "] {
            let response = operation.send(&env, &[&format!("{scheme} {token}")]).await;
            failures.check(format!("{} with {scheme}", operation.name()), || {
                assert!(![400, 401, 403].contains(&response.status.as_u16()), "{}", response.text());
            });
        }
    }
}

#[tokio::test]
async fn a_token_in_the_query_is_ignored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    let mut failures = Failures::default();
    for operation in guarded_operations() {
        let token = if operation.scheme == "session" { &session } else { &acme.token };
        for name in ["access_token", "token", "api_token", "authorization"] {
            let path = format!("{}?{name}={token}", operation.path);
            let response = Operation { path, ..operation.clone() }.send(&env, &[]).await;
            failures.check(format!("{} with {name}", operation.name()), || {
                assert_refused(&response, &operation, "a token in the query", 401, "Unauthenticated.", REALM);
            });
        }
    }
}

#[tokio::test]
async fn credentials_are_checked_before_the_body() {
    let env = TestEnvironment::new().await;
    let posts: Vec<_> = guarded_operations().into_iter().filter(|operation| operation.method == Method::POST).collect();
    assert!(posts.len() >= 3, "{posts:?}");
    let bodies = [
        ("application/json", "{".to_owned()),
        ("application/json", "[]".to_owned()),
        ("text/plain", "hello".to_owned()),
        ("application/json", " ".repeat(4 * 1024 * 1024 + 1)),
    ];
    let mut failures = Failures::default();
    for operation in posts {
        for (kind, body) in &bodies {
            let without = operation.send_body(&env, &[], kind, body.clone()).await;
            let garbage = operation.send_body(&env, &["Bearer garbage"], kind, body.clone()).await;
            failures.check(format!("{} with {} bytes of {kind}", operation.name(), body.len()), || {
                assert_refused(&without, &operation, "a wrong body", 401, "Unauthenticated.", REALM);
                assert_invalid_token(&garbage, &operation, "a wrong body");
            });
        }
    }
}

#[tokio::test]
async fn a_public_operation_ignores_credentials() {
    let env = TestEnvironment::new().await;
    let mut failures = Failures::default();
    for operation in operations().into_iter().filter(|operation| operation.scheme.is_empty()) {
        let without = operation.send(&env, &[]).await;
        let with = operation.send(&env, &["Basic dXNlcjpwYXNz", "Bearer garbage"]).await;
        failures.check(operation.name(), || assert_eq!(without.status, with.status, "{}", with.text()));
    }
}
