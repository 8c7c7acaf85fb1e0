//! What every answer has around it, on every path of the description.

use crate::support::{Answer, Fault, FaultInjector, LEGACY, TestEnvironment, TestTenant, with_query};
use flate2::read::GzDecoder;
use http::{Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read as _;

/// Every described path, with something in place of its parameters, and its methods.
fn described() -> Vec<(String, BTreeSet<String>)> {
    let json: Value = serde_json::from_str(&sandbox::openapi::as_json().unwrap()).unwrap();
    let path = |(path, operations): (&String, &Value)| {
        let methods = operations.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        (path.replace("{code}", "0123456789abcdef").replace("{id}", "tok_x").replace(['{', '}'], ""), methods)
    };
    json["paths"].as_object().unwrap().iter().map(path).collect()
}

async fn send(env: &TestEnvironment, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        Request::builder().method(method.parse::<Method>().unwrap()).uri(path).header("host", "api.example.com");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    env.send(request.body(axum::body::Body::empty()).unwrap()).await
}

/// A user who said something long.
async fn talkative(env: &TestEnvironment) -> (TestTenant, String) {
    let acme = env.tenancy("acme").await;
    let text = "hello \u{10ffff} ".repeat(2_000);
    env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:00:00", "text": text}])).await;
    (acme, with_query(LEGACY, &[("from", "2022-09-21"), ("to", "2022-09-22")]))
}

#[tokio::test]
async fn a_method_that_a_path_does_not_serve_is_405_with_those_that_it_does() {
    let env = TestEnvironment::new().await;
    let described = described();
    assert!(described.len() >= 10, "{described:?}");
    for (path, served) in described {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let preflight = method == "OPTIONS" && (path.starts_with("/webchat/") || path.starts_with("/incoming/"));
            if served.contains(method) || preflight {
                continue;
            }
            let answer = send(&env, method, &path, &[]).await;
            answer.assert_problem(405, "Method not allowed.");
            let allow: BTreeSet<_> = answer.header("allow").split(',').map(|method| method.trim().to_owned()).collect();
            assert_eq!(
                allow.difference(&BTreeSet::from(["HEAD".to_owned()])).cloned().collect::<BTreeSet<_>>(),
                served,
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_path_that_is_not_described_is_404_for_every_method() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let bearer = format!("Bearer {}", acme.token);
    for path in [
        "/",
        "/api/nowhere",
        "/public/api",
        "/public/api/user-interactions/ann",
        "/api/token/x/y",
        "/webchat/",
        "/a/b/c",
        "//",
        "/%00/x",
        "/%ff/%fe",
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            for headers in [&[][..], &[("authorization", bearer.as_str())]] {
                send(&env, method, path, headers).await.assert_problem(404, "Resource not found.");
            }
        }
    }
    for path in ["/api", "/favicon.ico", "/%ff", "/0123456789abcde%2F", "/user-interactions"] {
        send(&env, "GET", path, &[]).await.assert_problem(404, "Resource not found.");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own_and_is_stored_nowhere() {
    let env = TestEnvironment::new().await;
    let (acme, question) = talkative(&env).await;
    let bearer = format!("Bearer {}", acme.token);
    let mut ids = BTreeSet::new();
    let link = env.link(&acme, "ann", json!({})).await;
    let own = [
        (Method::GET, question),
        (Method::GET, "/api/token".into()),
        (Method::GET, link),
        (Method::HEAD, "/api/tokens".into()),
    ];
    let all = described().into_iter().map(|(path, _)| (Method::POST, path)).chain(own);
    for (method, path) in all {
        for headers in [&[][..], &[("authorization", bearer.as_str())], &[("x-request-id", "mine")]] {
            let answer = send(&env, method.as_str(), &path, headers).await;
            let id = answer.header("x-request-id");
            assert!(id.len() == 36 && ids.insert(id.to_owned()), "{path}: {id}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            let caching = answer.header("cache-control");
            assert_eq!(caching, if answer.status == 302 { "no-store" } else { "private, no-store" }, "{path}");
        }
    }
}

#[tokio::test]
async fn an_answer_is_compressed_for_who_accepts_it_and_is_the_same() {
    let env = TestEnvironment::new().await;
    let (acme, question) = talkative(&env).await;
    let bearer = format!("Bearer {}", acme.token);
    let ask = async |encoding| {
        send(&env, "GET", &question, &[("authorization", &bearer), ("accept-encoding", encoding)]).await
    };
    let plain = ask("identity").await;
    assert_eq!((plain.status.as_u16(), plain.header("content-encoding")), (200, ""));
    for encoding in ["gzip", "br, gzip;q=0.5, *;q=0"] {
        let packed = ask(encoding).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(
            packed.header("vary").to_lowercase().contains("accept-encoding")
                && packed.body.len() < plain.body.len() / 10
        );
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
    let (acme, question) = talkative(&env).await;
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
async fn an_item_that_is_broken_is_a_500_that_says_nothing_of_it() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({"first_name": "Ann"})).await;
    env.break_link(&link).await;
    let answer = send(&env, "GET", &link, &[]).await;
    let problem = answer.assert_problem(500, "Something went wrong on our side.");
    assert_eq!(problem["error"], problem["message"]);
    let members: Vec<_> = problem.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["type", "title", "status", "detail", "instance", "message", "error"]);
    for leak in ["target", "URL", "url", "link_get", "serde", "dynamo", "Ann"] {
        assert!(!answer.text().contains(leak), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_table_that_answers_something_else_is_a_500_and_never_half_an_answer() {
    fn forget_the_user(answer: Vec<u8>) -> Vec<u8> {
        String::from_utf8(answer).expect("text").replace("\"user_id\"", "\"confidential\"").into_bytes()
    }
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let (acme, question) = talkative(&env).await;
    wire.spoil(|_, _| Fault::Rewrite(forget_the_user));
    let answer = env.get(&question, &acme.token).await;
    answer.assert_problem(500, "Something went wrong on our side.");
    assert!(!answer.text().contains("confidential") && !answer.text().contains("user_id"), "{}", answer.text());
}
