//! API tokens whose claims or shape a verifier might wrongly accept, each signed with the operator's own key. They are
//! refused before anything is read.

use crate::support::token_forge::{TokenForge, unsigned, with};
use crate::support::{TestEnvironment, TestResponse};
use http::{Method, Request, header};
use rstest::rstest;
use serde_json::{Value, json};

/// Sends a request with a token.
pub(crate) async fn show(env: &TestEnvironment, token: &str) -> TestResponse {
    let request = Request::builder().method(Method::GET).uri("/api/token");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    env.send(request.body(axum::body::Body::empty()).expect("a request")).await
}

/// Asserts that a token is refused without a request to the table.
pub(crate) async fn assert_refused(forge: &TokenForge, what: &str, token: &str) {
    forge.faults.reset();
    let response = show(&forge.env, token).await;
    assert_eq!(response.status, 401, "{what}: {}", response.text());
    response.assert_problem(401, "Unauthenticated.");
    assert_eq!(response.header("www-authenticate"), r#"Bearer realm="external-api", error="invalid_token""#, "{what}");
    assert!(forge.faults.requests().is_empty(), "{what}: {:?}", forge.faults.requests());
}

async fn assert_claims_refused(changes: Value) {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    assert_eq!(show(&forge.env, &forge.sign_token(&header, &claims)).await.status, 200);
    let what = changes.to_string();
    assert_refused(&forge, &what, &forge.sign_token(&header, &with(&claims, changes))).await;
}

#[rstest]
#[tokio::test]
async fn a_missing_claim_is_refused(#[values("exp", "nbf", "aud", "iss", "sub", "tid", "jti", "iat")] claim: &str) {
    assert_claims_refused(json!({claim: null})).await;
}

#[rstest]
#[case::a_text(json!("4102444800"))]
#[case::a_fraction(json!(4_102_444_800.5))]
#[case::an_array(json!([4_102_444_800_u64]))]
#[case::a_boolean(json!(true))]
#[case::out_of_range(json!(u64::MAX))]
#[tokio::test]
async fn a_time_that_is_not_a_whole_number_is_refused(#[case] time: Value, #[values("exp", "nbf", "iat")] claim: &str) {
    assert_claims_refused(json!({claim: time})).await;
}

#[rstest]
#[case::another_issuer(json!({"iss": "somebody"}))]
#[case::an_empty_issuer(json!({"iss": ""}))]
#[case::several_issuers(json!({"iss": ["external-api", "somebody"]}))]
#[case::another_audience(json!({"aud": "somebody"}))]
#[case::several_audiences(json!({"aud": ["external-api", "somebody"]}))]
#[case::no_audience(json!({"aud": []}))]
#[case::an_account_that_is_not_a_name(json!({"sub": "a#b"}))]
#[case::a_tenant_that_is_not_a_name(json!({"tid": "a#b"}))]
#[tokio::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_refused(#[case] changes: Value) {
    assert_claims_refused(changes).await;
}

#[tokio::test]
async fn clocks_may_differ_by_up_to_five_seconds() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let now = forge.env.app.clock.now();
    let seconds = now.timestamp();
    let accepted = |changes: Value| {
        let token = forge.sign_token(&header, &with(&claims, changes));
        forge.env.app.config.token_verifier.verify(&token, now).is_ok()
    };
    assert!(accepted(json!({"nbf": seconds + 5})));
    assert!(!accepted(json!({"nbf": seconds + 6})));
    assert!(accepted(json!({"iat": seconds + 5})));
    assert!(!accepted(json!({"iat": seconds + 6})));
    assert!(accepted(json!({"exp": seconds - 4})));
    assert!(!accepted(json!({"exp": seconds - 5})));
}

#[rstest]
#[case::nbf_in_the_future(|now| json!({"nbf": now + 60}))]
#[case::exp_in_the_past(|now| json!({"exp": now - 60}))]
#[case::iat_in_the_future(|now| json!({"iat": now + 60}))]
#[case::the_earliest_exp(|_| json!({"exp": i64::MIN}))]
#[tokio::test]
async fn a_token_is_refused_before_its_time_and_after_its_end(#[case] changes: fn(i64) -> Value) {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let changes = changes(forge.env.app.clock.now().timestamp());
    let what = changes.to_string();
    assert_refused(&forge, &what, &forge.sign_token(&header, &with(&claims, changes))).await;
}

#[tokio::test]
async fn a_token_of_more_than_four_kilobytes_is_refused() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let padded = |length: usize| forge.sign_token(&header, &with(&claims, json!({"pad": "x".repeat(length)})));
    let fits = padded(2000);
    assert!(fits.len() < 4096);
    assert_eq!(show(&forge.env, &fits).await.status, 200);
    let large = padded(4000);
    assert!(large.len() > 4096);
    assert_refused(&forge, "a large token", &large).await;
}

#[tokio::test]
async fn a_token_without_its_exact_prefix_is_refused() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let token = forge.sign_token(&header, &claims);
    let jwt = token.strip_prefix("odx_").expect("a prefix");
    for token in [jwt.to_owned(), format!("ODX_{jwt}"), format!("odx_odx_{jwt}"), format!("odx-{jwt}")] {
        assert_refused(&forge, "a prefix", &token).await;
    }
}

#[tokio::test]
async fn an_altered_token_is_refused() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let token = forge.sign_token(&header, &claims);
    let (text, signature) = token.rsplit_once('.').expect("a signature");
    let other = unsigned(&header, &with(&claims, json!({"tid": "globex"})));
    for altered in
        [format!("odx_{other}.{signature}"), format!("{text}.{signature}.{signature}"), format!("{text}.{signature}=")]
    {
        assert_refused(&forge, "altered", &altered).await;
    }
}
