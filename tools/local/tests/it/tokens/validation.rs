//! API tokens whose claims or shape a verifier might wrongly accept, each forged with the operator's own key. A forged
//! token is refused before anything is read.

use crate::support::token_forge::{TokenForge, unsigned, with};
use crate::support::{Answer, TestEnvironment};
use http::{Method, Request, header};
use serde_json::{Value, json};

/// Shows a token at the door.
pub(crate) async fn show(env: &TestEnvironment, token: &str) -> Answer {
    let request = Request::builder().method(Method::GET).uri("/api/token");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    env.send(request.body(axum::body::Body::empty()).expect("a request")).await
}

/// Asserts that a token is refused and that nothing was asked of the table.
pub(crate) async fn assert_refused(forge: &TokenForge, what: &str, token: &str) {
    forge.wire.forget();
    let answer = show(&forge.env, token).await;
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    answer.assert_problem(401, "Unauthenticated.");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="external-api", error="invalid_token""#, "{what}");
    assert!(forge.wire.asked().is_empty(), "{what}: {:?}", forge.wire.asked());
}

async fn assert_claims_refused(changes: &[(&str, Value)]) {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    assert_eq!(show(&forge.env, &forge.sign_token(&header, &claims)).await.status, 200);
    for (what, changes) in changes {
        assert_refused(&forge, what, &forge.sign_token(&header, &with(&claims, changes.clone()))).await;
    }
}

#[tokio::test]
async fn a_claim_that_is_required_may_not_be_missing() {
    let required = ["exp", "nbf", "aud", "iss", "sub", "tid", "jti", "iat"];
    assert_claims_refused(&required.map(|claim| (claim, json!({claim: null})))).await;
}

#[tokio::test]
async fn a_time_that_is_not_a_whole_number_is_none() {
    let times = ["exp", "nbf", "iat"];
    let odd = [json!("4102444800"), json!(4_102_444_800.5), json!([4_102_444_800_u64]), json!(true), json!(u64::MAX)];
    let changes: Vec<_> = times.iter().flat_map(|time| odd.iter().map(|odd| (*time, json!({*time: odd})))).collect();
    assert_claims_refused(&changes).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
    assert_claims_refused(&[
        ("another issuer", json!({"iss": "somebody"})),
        ("no issuer's name", json!({"iss": ""})),
        ("several issuers", json!({"iss": ["external-api", "somebody"]})),
        ("another audience", json!({"aud": "somebody"})),
        ("several audiences", json!({"aud": ["external-api", "somebody"]})),
        ("no audience at all", json!({"aud": []})),
        ("an account that is no name", json!({"sub": "a#b"})),
        ("a tenant that is no name", json!({"tid": "a#b"})),
    ])
    .await;
}

#[tokio::test]
async fn clocks_may_differ_by_five_seconds_and_no_more() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let now = forge.env.app.clock.now();
    let seconds = now.timestamp();
    let accepted = |changes: Value| {
        let token = forge.sign_token(&header, &with(&claims, changes));
        forge.env.app.config.token_verifier.verify(&token, now).is_ok()
    };
    assert!(accepted(json!({"nbf": seconds + 5})) && !accepted(json!({"nbf": seconds + 6})));
    assert!(accepted(json!({"iat": seconds + 5})) && !accepted(json!({"iat": seconds + 6})));
    assert!(accepted(json!({"exp": seconds - 4})) && !accepted(json!({"exp": seconds - 5})));
}

#[tokio::test]
async fn a_token_is_refused_before_its_time_after_it_and_when_it_was_made_tomorrow() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let now = forge.env.app.clock.now().timestamp();
    for (what, changes) in [
        ("nbf in the future", json!({"nbf": now + 60})),
        ("exp in the past", json!({"exp": now - 60})),
        ("iat in the future", json!({"iat": now + 60})),
        ("the end of time", json!({"exp": i64::MIN})),
    ] {
        assert_refused(&forge, what, &forge.sign_token(&header, &with(&claims, changes))).await;
    }
}

#[tokio::test]
async fn a_token_of_more_than_four_kilobytes_is_not_looked_at() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let padded = |length: usize| forge.sign_token(&header, &with(&claims, json!({"pad": "x".repeat(length)})));
    let fits = padded(2000);
    assert!(fits.len() < 4096 && show(&forge.env, &fits).await.status == 200);
    let large = padded(4000);
    assert!(large.len() > 4096);
    assert_refused(&forge, "a large token", &large).await;
}

#[tokio::test]
async fn a_token_without_its_prefix_is_none() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let token = forge.sign_token(&header, &claims);
    let jwt = token.strip_prefix("odx_").expect("a prefix");
    for token in [jwt.to_owned(), format!("ODX_{jwt}"), format!("odx_odx_{jwt}"), format!("odx-{jwt}")] {
        assert_refused(&forge, "a prefix", &token).await;
    }
}

#[tokio::test]
async fn a_token_that_was_altered_is_refused() {
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
