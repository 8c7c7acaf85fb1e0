//! Headers, compression and error bodies that every path has in common.

use crate::support::{Failures, Fault, FaultInjector, LEGACY, TestEnvironment, TestResponse, TestTenant, with_query};
use flate2::read::GzDecoder;
use http::{Method, Request};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read as _;

/// Every path of the OpenAPI document with values for its parameters, and its methods.
fn described() -> Vec<(String, BTreeSet<String>)> {
    let json: Value = serde_json::from_str(&sandbox::openapi::as_json().unwrap()).unwrap();
    let path = |(path, operations): (&String, &Value)| {
        let methods = operations.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        (path.replace("{code}", "0123456789abcdef").replace("{id}", "tok_x").replace(['{', '}'], ""), methods)
    };
    json["paths"].as_object().unwrap().iter().map(path).collect()
}

async fn send(env: &TestEnvironment, method: &str, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let request =
        Request::builder().method(method.parse::<Method>().unwrap()).uri(path).header("host", "api.example.com");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    env.send(request.body(axum::body::Body::empty()).unwrap()).await
}

/// A tenant whose user has a long interaction, and the path of a query for it.
async fn long_interaction(env: &TestEnvironment) -> (TestTenant, String) {
    let acme = env.create_tenant("acme").await;
    let text = "hello \u{10ffff} ".repeat(2_000);
    env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:00:00", "text": text}])).await;
    (acme, with_query(LEGACY, &[("from", "2022-09-21"), ("to", "2022-09-22")]))
}

#[tokio::test]
async fn an_unsupported_method_is_405_and_allow_lists_the_supported_ones() {
    let env = TestEnvironment::new().await;
    let described = described();
    assert!(described.len() >= 10, "{described:?}");
    let head = BTreeSet::from(["HEAD".to_owned()]);
    let mut failures = Failures::default();
    for (path, served) in described {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let preflight = method == "OPTIONS" && (path.starts_with("/webchat/") || path.starts_with("/incoming/"));
            if served.contains(method) || preflight {
                continue;
            }
            let response = send(&env, method, &path, &[]).await;
            failures.check(format!("{method} {path}"), || {
                response.assert_problem(405, "Method not allowed.");
                let allow = response.header("allow").split(',').map(|method| method.trim().to_owned());
                let allow: BTreeSet<_> = allow.collect();
                assert_eq!(allow.difference(&head).cloned().collect::<BTreeSet<_>>(), served);
            });
        }
    }
}

#[rstest]
#[tokio::test]
async fn an_undescribed_path_is_404_for_every_method(
    #[values(
        "/",
        "/api/nowhere",
        "/public/api",
        "/public/api/user-interactions/ann",
        "/api/token/x/y",
        "/webchat/",
        "/a/b/c",
        "//",
        "/%00/x",
        "/%ff/%fe"
    )]
    path: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let bearer = format!("Bearer {}", acme.token);
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        for headers in [&[][..], &[("authorization", bearer.as_str())]] {
            send(&env, method, path, headers).await.assert_problem(404, "Resource not found.");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_path_of_one_segment_that_is_not_a_code_is_404(
    #[values("/api", "/favicon.ico", "/%ff", "/0123456789abcde%2F", "/user-interactions")] path: &str,
) {
    let env = TestEnvironment::new().await;
    send(&env, "GET", path, &[]).await.assert_problem(404, "Resource not found.");
}

#[tokio::test]
async fn every_response_has_its_own_request_id_and_may_not_be_stored() {
    let env = TestEnvironment::new().await;
    let (acme, question) = long_interaction(&env).await;
    let bearer = format!("Bearer {}", acme.token);
    let mut ids = BTreeSet::new();
    let link = env.create_link(&acme, "ann", json!({})).await;
    let own = [
        (Method::GET, question),
        (Method::GET, "/api/token".into()),
        (Method::GET, link),
        (Method::HEAD, "/api/tokens".into()),
    ];
    let all = described().into_iter().map(|(path, _)| (Method::POST, path)).chain(own);
    for (method, path) in all {
        for headers in [&[][..], &[("authorization", bearer.as_str())], &[("x-request-id", "mine")]] {
            let response = send(&env, method.as_str(), &path, headers).await;
            let id = response.header("x-request-id");
            assert_eq!(id.len(), 36, "{path}: {id}");
            assert!(ids.insert(id.to_owned()), "{path}: {id}");
            assert_eq!(response.header("x-content-type-options"), "nosniff");
            let caching = response.header("cache-control");
            assert_eq!(caching, if response.status == 302 { "no-store" } else { "private, no-store" }, "{path}");
        }
    }
}

#[tokio::test]
async fn a_response_is_compressed_if_the_client_accepts_gzip() {
    let env = TestEnvironment::new().await;
    let (acme, question) = long_interaction(&env).await;
    let bearer = format!("Bearer {}", acme.token);
    let ask = async |encoding| {
        send(&env, "GET", &question, &[("authorization", &bearer), ("accept-encoding", encoding)]).await
    };
    let plain = ask("identity").await;
    assert_eq!((plain.status.as_u16(), plain.header("content-encoding")), (200, ""));
    for encoding in ["gzip", "br, gzip;q=0.5, *;q=0"] {
        let packed = ask(encoding).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(packed.header("vary").to_lowercase().contains("accept-encoding"));
        assert!(packed.body.len() < plain.body.len() / 10);
        let mut body = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut body).unwrap();
        assert_eq!(body, plain.body);
    }
    for encoding in ["", "gzip;q=0", "br", "deflate"] {
        assert_eq!(ask(encoding).await.body, plain.body, "{encoding}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let env = TestEnvironment::new().await;
    let (acme, question) = long_interaction(&env).await;
    let bearer = format!("Bearer {}", acme.token);
    for (path, headers) in [
        (question.as_str(), &[("authorization", bearer.as_str())][..]),
        (&question, &[]),
        ("/docs", &[]),
        ("/nowhere", &[]),
    ] {
        let (get, head) = (send(&env, "GET", path, headers).await, send(&env, "HEAD", path, headers).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[tokio::test]
async fn a_broken_item_is_a_500_that_shows_none_of_it() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"first_name": "Ann"})).await;
    env.corrupt_link(&link).await;
    let response = send(&env, "GET", &link, &[]).await;
    let problem = response.assert_problem(500, "Something went wrong on our side.");
    assert_eq!(problem["error"], problem["message"]);
    let members: Vec<_> = problem.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["type", "title", "status", "code", "detail", "instance", "message", "error"]);
    for leak in ["target", "URL", "url", "link_get", "serde", "dynamo", "Ann"] {
        assert!(!response.text().contains(leak), "{}", response.text());
    }
}

#[tokio::test]
async fn an_unexpected_response_of_the_table_is_a_500_and_never_a_part() {
    fn forget_the_user(response: Vec<u8>) -> Vec<u8> {
        String::from_utf8(response).expect("text").replace("\"user_id\"", "\"confidential\"").into_bytes()
    }
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let (acme, question) = long_interaction(&env).await;
    faults.inject(|_, _| Fault::Rewrite(forget_the_user));
    let response = env.get(&question, &acme.token).await;
    response.assert_problem(500, "Something went wrong on our side.");
    assert!(!response.text().contains("confidential"), "{}", response.text());
    assert!(!response.text().contains("user_id"), "{}", response.text());
}
