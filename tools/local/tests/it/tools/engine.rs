//! The embedded engine answers only its own program: every other request to its port is refused.

use crate::support::Browser;
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::{HeaderMap, HeaderValue};
use rstest::rstest;
use sandbox::engine::{self, Engine};
use serde_json::json;
use tokio::net::TcpListener;

const LIST: &str = "DynamoDB_20120810.ListTables";

/// The headers of an operation, signed with the engine's key for a host.
fn signed(engine: &Engine, host: &str, target: &'static str, body: &str) -> HeaderMap {
    let id = &engine.settings()["AWS_ACCESS_KEY_ID"];
    let unsigned = format!(
        "AWS4-HMAC-SHA256 Credential={id}/20261126/us-east-1/dynamodb/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-target, Signature=none"
    );
    let mut headers = HeaderMap::new();
    headers.insert("authorization", unsigned.parse().expect("ASCII"));
    headers.insert("x-amz-date", HeaderValue::from_static("20261126T120000Z"));
    headers.insert("x-amz-target", HeaderValue::from_static(target));
    engine::sign_again(host, &mut headers, body.as_bytes());
    headers
}

async fn post(engine: &Engine, headers: HeaderMap, body: &'static str) -> reqwest::Response {
    reqwest::Client::new().post(engine.endpoint()).headers(headers).body(body).send().await.expect("a response")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_signed_with_the_engines_key_is_answered() {
    let engine = Engine::in_memory().unwrap();
    let headers = signed(&engine, &engine.endpoint(), LIST, "{}");
    let response = post(&engine, headers, "{}").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), r#"{"TableNames":[]}"#);
}

#[rstest]
#[case::another_body(|_: &Engine, _: &mut HeaderMap| {}, r#"{"Limit":1}"#)]
#[case::another_operation(|_: &Engine, headers: &mut HeaderMap| {
    headers.insert("x-amz-target", HeaderValue::from_static("DynamoDB_20120810.DeleteTable"));
}, "{}")]
#[case::another_host(|_: &Engine, headers: &mut HeaderMap| {
    headers.insert("host", HeaderValue::from_static("evil.example"));
}, "{}")]
#[case::another_host_signed_with_the_key(|engine: &Engine, headers: &mut HeaderMap| {
    *headers = signed(engine, "evil.example", LIST, "{}");
    headers.insert("host", HeaderValue::from_static("evil.example"));
}, "{}")]
#[case::no_credentials(|_: &Engine, headers: &mut HeaderMap| drop(headers.remove("authorization")), "{}")]
#[case::two_credentials(|_: &Engine, headers: &mut HeaderMap| {
    headers.append("authorization", HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=x"));
}, "{}")]
#[case::another_key(|engine: &Engine, headers: &mut HeaderMap| {
    let id = &engine.settings()["AWS_ACCESS_KEY_ID"];
    let other = headers["authorization"].to_str().unwrap().replace(id, "local");
    headers.insert("authorization", other.parse().unwrap());
}, "{}")]
#[case::a_made_up_signature(|engine: &Engine, headers: &mut HeaderMap| {
    let id = &engine.settings()["AWS_ACCESS_KEY_ID"];
    let text = format!("AWS4-HMAC-SHA256 Credential={id}/20261126/us-east-1/dynamodb/aws4_request, \
        SignedHeaders=host;x-amz-date;x-amz-target, Signature=0");
    headers.insert("authorization", text.parse().unwrap());
}, "{}")]
#[case::an_unsigned_operation(|engine: &Engine, headers: &mut HeaderMap| {
    let partly = headers["authorization"].to_str().unwrap().replace(";x-amz-target", "");
    headers.insert("authorization", partly.parse().unwrap());
    engine::sign_again(&engine.endpoint(), headers, b"{}");
}, "{}")]
#[tokio::test(flavor = "multi_thread")]
async fn every_other_request_to_the_engine_is_refused_and_no_page_may_read_the_answer(
    #[case] change: fn(&Engine, &mut HeaderMap),
    #[case] body: &'static str,
) {
    let engine = Engine::in_memory().unwrap();
    let mut headers = signed(&engine, &engine.endpoint(), LIST, "{}");
    change(&engine, &mut headers);
    headers.insert("origin", HeaderValue::from_static("https://evil.example"));
    let response = post(&engine, headers, body).await;
    assert_eq!(response.status(), 400);
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    let refusal: serde_json::Value = response.json().await.unwrap();
    assert_eq!(refusal["__type"], "com.amazon.coral.service#UnrecognizedClientException");
}

#[rstest]
#[case::preflight("OPTIONS", "/")]
#[case::read("GET", "/")]
#[case::another_path("POST", "/shell")]
#[tokio::test(flavor = "multi_thread")]
async fn the_engine_has_one_path_and_grants_nothing_to_other_origins(#[case] method: &str, #[case] path: &str) {
    let engine = Engine::in_memory().unwrap();
    let request = reqwest::Client::new().request(method.parse().unwrap(), format!("{}{path}", engine.endpoint()));
    let request = request.header("origin", "https://evil.example").header("access-control-request-method", "POST");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 404);
    let granted = response.headers().keys().filter(|name| name.as_str().starts_with("access-control"));
    assert_eq!(granted.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_reads_nothing_from_the_engine_in_a_browser() {
    let Some(browser) = Browser::open().await else { return };
    let engine = Engine::in_memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let page = format!("http://{}/", listener.local_addr().unwrap());
    let site = Router::new().route("/", get(async || Html("<h1>Another origin</h1>")));
    tokio::spawn(async move { axum::serve(listener, site).await });
    browser.goto(&page).await;
    let credential = "Credential=x/20261126/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
    let headers = json!({"Authorization": format!("AWS4-HMAC-SHA256 {credential}"), "X-Amz-Target": LIST,
        "X-Amz-Date": "20261126T120000Z", "Content-Type": "application/x-amz-json-1.0"});
    let fetch = |init: serde_json::Value| {
        format!("fetch('{}', {init}).then(r => r.status, error => error.name)", engine.endpoint())
    };
    let read = browser.evaluate(&fetch(json!({"method": "POST", "headers": headers, "body": "{}"}))).await;
    assert_eq!(read, "TypeError", "the browser blocks the request");
    let blind = browser.evaluate(&fetch(json!({"method": "POST", "mode": "no-cors", "body": "{}"}))).await;
    assert_eq!(blind, 0, "the answer to a request without a preflight is opaque");
}
