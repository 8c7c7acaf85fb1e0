//! Signing in with an `OpenID` provider, as far as no provider is needed: `.ci/check-clients sign_in` does the rest with one.

use super::{HOST, open};
use crate::support::{TestEnvironment, TestResponse};
use axum::{Json, Router};
use http::header;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::net::TcpListener;
use url::Url;

/// An issuer that has metadata and no keys. Returns its address.
async fn issuer() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize?tenant=a"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    });
    let answer = |value: Value| axum::routing::get(async move || Json(value));
    let routes = Router::new().route("/.well-known/openid-configuration", answer(metadata));
    let routes = routes.route("/keys", answer(json!({"keys": [{"kty": "unknown"}]})));
    tokio::spawn(async { axum::serve(listener, routes).await });
    issuer
}

async fn with_provider(issuer: &str, client_id: &str) -> TestEnvironment {
    TestEnvironment::with(&[("OIDC_ISSUER", issuer), ("OIDC_CLIENT_ID", client_id)], |_| {}).await
}

/// The parameters of the address that a response leads to.
fn parameters(response: &TestResponse) -> HashMap<String, String> {
    let url = Url::parse(response.header("location")).expect("an address");
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn the_button_leads_to_the_provider_with_all_that_openid_connect_asks_for() {
    let issuer = issuer().await;
    let env = with_provider(&issuer, "console").await;
    let page = open(&env, "/console/sign-in", "console.example.com", None).await;
    assert!(page.text().contains(r#"href="/console/sign-in/start""#), "{}", page.text());
    let response = open(&env, "/console/sign-in/start", "console.example.com", None).await;
    assert_eq!(response.status, 303);
    let mut parameters = parameters(&response);
    for random in ["state", "nonce", "code_challenge"] {
        assert_eq!(parameters.remove(random).expect("a value").len(), 43, "{random}");
    }
    let expected = [
        ("tenant", "a"),
        ("response_type", "code"),
        ("client_id", "console"),
        ("redirect_uri", "http://console.example.com/console/sign-in/callback"),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
    ];
    assert_eq!(parameters, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let cookie = response.header("set-cookie");
    assert!(cookie.starts_with("__Host-console-sign-in="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn a_client_that_the_template_creates_comes_with_the_stage() {
    let env = with_provider(&issuer().await, "").await;
    let start = json!({"version": "2.0", "rawPath": "/console/sign-in/start", "rawQueryString": "",
        "headers": {"host": "api.example.com"}, "stageVariables": {"OIDC_CLIENT_ID": "of-the-stage"},
        "isBase64Encoded": false, "requestContext": {"stage": "$default", "domainName": "api.example.com",
            "http": {"method": "GET", "path": "/console/sign-in/start", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"}}});
    let request = shared::http::request(&start.to_string()).expect("an event");
    let response = env.send(request.map(axum::body::Body::new)).await;
    let parameters = parameters(&response);
    assert_eq!(parameters["client_id"], "of-the-stage");
    assert_eq!(parameters["redirect_uri"], "https://api.example.com/console/sign-in/callback");
    let without = open(&env, "/console/sign-in/start", HOST, None).await;
    assert_eq!(without.status, 404, "a request without the variable");
}

#[rstest]
#[case::the_way_there("/console/sign-in/start")]
#[case::the_way_back("/console/sign-in/callback?code=x&state=y")]
#[tokio::test]
async fn without_a_provider_there_is_not(#[case] path: &str) {
    let env = TestEnvironment::new().await;
    assert_eq!(open(&env, path, HOST, None).await.status, 404);
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_an_error_with_advice() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let env = with_provider(&format!("http://{address}"), "console").await;
    let response = open(&env, "/console/sign-in/start", HOST, None).await;
    assert_eq!(response.status, 502);
    assert!(response.text().contains("tell your operator"), "{}", response.text());
}

#[rstest]
#[case::that_never_began(None)]
#[case::of_another_installation(Some("__Host-console-sign-in=e30.e30.x"))]
#[tokio::test]
async fn a_response_to_an_attempt_is_refused(#[case] cookie: Option<&str>) {
    let env = with_provider(&issuer().await, "console").await;
    let response = open(&env, "/console/sign-in/callback?code=x&state=y", HOST, cookie).await;
    assert_eq!(response.status, 400);
    assert!(response.text().contains("This sign-in is over"), "{}", response.text());
}

#[tokio::test]
async fn an_attempt_is_over_after_ten_minutes() {
    let env = with_provider(&issuer().await, "console").await;
    let start = open(&env, "/console/sign-in/start", HOST, None).await;
    let (cookie, _) = start.header(header::SET_COOKIE.as_str()).split_once(';').expect("attributes");
    let state = parameters(&start)["state"].clone();
    let callback = format!("/console/sign-in/callback?error=access_denied&state={state}");
    env.advance_clock(590); // and the time that the test itself takes
    let response = open(&env, &callback, HOST, Some(cookie)).await;
    assert!(response.text().contains("did not let you in"), "{}", response.text());
    env.advance_clock(10);
    let response = open(&env, &callback, HOST, Some(cookie)).await;
    assert!(response.text().contains("This sign-in is over"), "{}", response.text());
}
