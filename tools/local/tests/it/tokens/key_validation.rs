//! API tokens whose header or key a verifier might wrongly accept: extensions, types, algorithms and foreign keys.

use crate::support::TestEnvironment;
use crate::support::token_forge::{TokenForge, signed, unsigned, with};
use crate::tokens::validation::{assert_refused, show};
use jsonwebtoken::{Algorithm, EncodingKey};
use rstest::rstest;
use serde_json::{Value, json};
use shared::crypto::{TokenIssuer, from_base64url};

async fn assert_header_refused(changes: Value) {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let what = changes.to_string();
    assert_refused(&forge, &what, &forge.sign_token(&with(&header, changes), &claims)).await;
}

#[rstest]
#[case::a_claim(json!(["exp"]))]
#[case::an_extension(json!(["b64"]))]
#[case::an_empty_array(json!([]))]
#[case::an_empty_text(json!(""))]
#[case::a_text(json!("exp"))]
#[case::an_object(json!({}))]
#[case::a_boolean(json!(false))]
#[case::null(Value::Null)]
#[tokio::test]
async fn a_header_with_crit_is_refused(#[case] crit: Value) {
    let forge = TokenForge::new().await;
    let (mut header, claims) = forge.api_token().await;
    header["crit"] = crit;
    assert_refused(&forge, "crit", &forge.sign_token(&header, &claims)).await;
}

#[rstest]
#[case::a_plain_jwt(json!("JWT"))]
#[case::an_access_token(json!("at+jwt"))]
#[case::a_session(json!("od-session+jwt"))]
#[case::a_handoff(json!("od-handoff+jwt"))]
#[case::with_a_space(json!("od-api+jwt "))]
#[case::empty(json!(""))]
#[case::none(Value::Null)]
#[case::an_array(json!(["od-api+jwt"]))]
#[tokio::test]
async fn a_token_of_another_type_or_of_none_is_refused(#[case] typ: Value) {
    assert_header_refused(json!({"typ": typ})).await;
}

fn foreign_key() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

#[rstest]
#[case::no_kid(json!({"kid": null}))]
#[case::a_known_kid_and_a_key(json!({"jwk": foreign_key()}))]
#[case::an_unknown_kid(json!({"kid": "AAAAAAAA"}))]
#[case::an_empty_kid(json!({"kid": ""}))]
#[case::a_key_and_no_kid(json!({"kid": null, "jwk": foreign_key()}))]
#[tokio::test]
async fn a_token_whose_key_is_not_named_or_not_known_is_refused(#[case] changes: Value) {
    assert_header_refused(changes).await;
}

#[tokio::test]
async fn a_key_in_the_header_of_a_token_is_not_trusted() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let private = TokenIssuer::generate();
    let own = EncodingKey::from_ed_der(&from_base64url(&private).expect("base64url"));
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": TokenIssuer::read(&private).expect("a key").public()});
    for changes in [json!({}), json!({"jwk": jwk}), json!({"jku": "https://keys.example.com/"})] {
        let jwt = signed(&with(&header, changes.clone()), &claims, &own, Algorithm::EdDSA);
        assert_refused(&forge, &changes.to_string(), &format!("odx_{jwt}")).await;
    }
}

#[rstest]
#[tokio::test]
async fn a_token_without_its_own_signature_is_refused(
    #[values("none", "None", "NONE", "EdDSA", "HS256", "")] alg: &str,
) {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let text = unsigned(&with(&header, json!({"alg": alg})), &claims);
    for token in [format!("odx_{text}."), format!("odx_{text}")] {
        assert_refused(&forge, "no signature", &token).await;
    }
    let signature = forge.sign_token(&header, &claims);
    let signature = signature.rsplit('.').next().expect("a signature");
    assert_refused(&forge, "another token's signature", &format!("odx_{text}.{signature}x")).await;
}

#[tokio::test]
async fn a_token_that_is_signed_with_the_public_key_as_a_secret_is_refused() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let public = forge.env.issuer.public();
    let raw = from_base64url(&public).expect("base64url");
    for (alg, algorithm) in [("HS256", Algorithm::HS256), ("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)] {
        for secret in [raw.as_slice(), public.as_bytes()] {
            let header = with(&header, json!({"alg": alg}));
            let jwt = signed(&header, &claims, &EncodingKey::from_secret(secret), algorithm);
            assert_refused(&forge, alg, &format!("odx_{jwt}")).await;
        }
    }
}

#[tokio::test]
async fn a_previous_key_verifies_as_long_as_it_is_listed() {
    let [new, old, gone] = [(); 3].map(|()| TokenIssuer::read(&TokenIssuer::generate()).expect("a key"));
    let listed = format!("{}, {}", new.public(), old.public());
    let mut env = TestEnvironment::with(&[("TOKEN_PUBLIC_KEYS", &listed)], |_| {}).await;
    for (issuer, status) in [(new, 200), (old, 200), (gone, 401)] {
        env.issuer = issuer;
        let acme = env.create_tenant(&format!("acme{}", env.app.clock.now().timestamp_micros())).await;
        assert_eq!(show(&env, &acme.token).await.status, status);
    }
}
