//! Every route that needs credentials, against none, malformed ones, and ones in the wrong place. The routes are those of
//! the description.

use crate::support::{Answer, Operation, TestEnvironment, guarded, operations};
use http::{Method, StatusCode};
use serde_json::json;

/// The challenge of everybody, before any error code.
pub(crate) const REALM: &str = r#"Bearer realm="external-api""#;

/// Every operation that wants a token or a session.
pub(crate) fn all_guarded() -> Vec<Operation> {
    [guarded("token"), guarded("session")].concat()
}

/// Asserts a refusal whole: status, message, challenge, and the members of the problem.
#[track_caller]
pub(crate) fn assert_refused(
    answer: &Answer,
    operation: &Operation,
    what: &str,
    status: u16,
    message: &str,
    challenge: &str,
) {
    let about = format!("{} {} with {what}: {}", operation.method, operation.template, answer.text());
    assert_eq!(answer.status.as_u16(), status, "{about}");
    let problem = answer.assert_problem(status, message);
    assert_eq!(answer.header("www-authenticate"), challenge, "{about}");
    assert_eq!(problem["type"], "about:blank", "{about}");
    assert_eq!(problem["title"], StatusCode::from_u16(status).expect("a status").canonical_reason().expect("known"));
    let members: Vec<_> = problem.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["type", "title", "status", "detail", "instance", "message"], "{about}");
    assert_eq!(answer.header("cache-control"), "private, no-store", "{about}");
}

/// Asserts the refusal of a token that is bad.
#[track_caller]
pub(crate) fn assert_invalid_token(answer: &Answer, operation: &Operation, what: &str) {
    let challenge = format!(r#"{REALM}, error="invalid_token""#);
    assert_refused(answer, operation, what, 401, "Unauthenticated.", &challenge);
}

#[tokio::test]
async fn who_brings_no_credentials_is_asked_for_them_without_an_error_code() {
    let env = TestEnvironment::new().await;
    for operation in all_guarded() {
        let answer = operation.ask(&env, &[]).await;
        assert_refused(&answer, &operation, "nothing", 401, "Unauthenticated.", REALM);
    }
}

#[tokio::test]
async fn credentials_that_are_not_one_well_formed_bearer_token_are_a_bad_request() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
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
    for operation in all_guarded() {
        for credentials in bad {
            let answer = operation.ask(&env, credentials).await;
            let message = "The Authorization header is not one well-formed bearer token.";
            let challenge = format!(r#"{REALM}, error="invalid_request""#);
            assert_refused(&answer, &operation, &credentials.join(" and "), 400, message, &challenge);
        }
    }
}

#[tokio::test]
async fn the_name_of_the_scheme_is_read_in_any_case() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let session = env.session(&env.link(&acme, "ann", json!({})).await).await;
    for operation in all_guarded() {
        let token = if operation.scheme == "session" { &session } else { &acme.token };
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer "] {
            let answer = operation.ask(&env, &[&format!("{scheme} {token}")]).await;
            assert!(![400, 401, 403].contains(&answer.status.as_u16()), "{}: {}", operation.template, answer.text());
        }
    }
}

#[tokio::test]
async fn a_token_in_the_query_is_no_credential() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let session = env.session(&env.link(&acme, "ann", json!({})).await).await;
    for operation in all_guarded() {
        let token = if operation.scheme == "session" { &session } else { &acme.token };
        for name in ["access_token", "token", "api_token", "authorization"] {
            let path = format!("{}?{name}={token}", operation.path);
            let answer = Operation { path, ..operation.clone() }.ask(&env, &[]).await;
            assert_refused(&answer, &operation, "a token in the query", 401, "Unauthenticated.", REALM);
        }
    }
}

#[tokio::test]
async fn a_strangers_credentials_are_judged_before_the_body_is() {
    let env = TestEnvironment::new().await;
    let posts: Vec<_> = all_guarded().into_iter().filter(|operation| operation.method == Method::POST).collect();
    assert!(posts.len() >= 3, "{posts:?}");
    let bodies = [
        ("application/json", "{".to_owned()),
        ("application/json", "[]".to_owned()),
        ("text/plain", "hello".to_owned()),
        ("application/json", " ".repeat(4 * 1024 * 1024 + 1)),
    ];
    for operation in posts {
        for (kind, body) in &bodies {
            let answer = operation.ask_with(&env, &[], kind, body.clone()).await;
            assert_refused(&answer, &operation, "a bad body", 401, "Unauthenticated.", REALM);
            let answer = operation.ask_with(&env, &["Bearer garbage"], kind, body.clone()).await;
            assert_invalid_token(&answer, &operation, "a bad body");
        }
    }
}

#[tokio::test]
async fn whatever_needs_no_token_does_not_look_at_one() {
    let env = TestEnvironment::new().await;
    for operation in operations().into_iter().filter(|operation| operation.scheme.is_empty()) {
        let without = operation.ask(&env, &[]).await;
        let with = operation.ask(&env, &["Basic dXNlcjpwYXNz", "Bearer garbage"]).await;
        assert_eq!(without.status, with.status, "{}: {}", operation.template, with.text());
    }
}
