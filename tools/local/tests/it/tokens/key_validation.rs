//! API tokens whose header or key a verifier might wrongly accept: extensions, types, algorithms, foreign keys.

use crate::support::TestEnvironment;
use crate::support::token_forge::{TokenForge, signed, unsigned, with};
use crate::tokens::validation::{assert_refused, show};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use shared::crypto::{TokenIssuer, from_base64url};

async fn assert_header_refused(changes: &[(&str, Value)]) {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    for (what, changes) in changes {
        assert_refused(&forge, what, &forge.sign_token(&with(&header, changes.clone()), &claims)).await;
    }
}

#[tokio::test]
async fn an_extension_that_must_be_understood_is_never_understood() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    for crit in
        [json!(["exp"]), json!(["b64"]), json!([]), json!(""), json!("exp"), json!({}), json!(false), Value::Null]
    {
        let mut header = header.clone();
        header["crit"] = crit.clone();
        assert_refused(&forge, &format!("crit {crit}"), &forge.sign_token(&header, &claims)).await;
    }
}

#[tokio::test]
async fn a_token_of_another_type_or_of_none_is_refused() {
    let types = ["JWT", "at+jwt", "od-session+jwt", "od-handoff+jwt", "od-api+jwt ", ""];
    let mut changes = types.map(|typ| (typ, json!({"typ": typ}))).to_vec();
    changes.extend([("no type", json!({"typ": null})), ("a type that is no text", json!({"typ": ["od-api+jwt"]}))]);
    assert_header_refused(&changes).await;
}

#[tokio::test]
async fn a_token_whose_key_is_not_named_or_not_known_is_refused() {
    let foreign = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert_header_refused(&[
        ("no kid", json!({"kid": null})),
        ("a good kid and a key of its own", json!({"jwk": foreign})),
        ("an unknown kid", json!({"kid": "AAAAAAAA"})),
        ("an empty kid", json!({"kid": ""})),
        ("a key of its own and no kid", json!({"kid": null, "jwk": foreign})),
    ])
    .await;
}

#[tokio::test]
async fn a_key_that_a_token_brings_along_is_not_trusted() {
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

#[tokio::test]
async fn a_token_without_a_signature_is_refused_whatever_it_calls_its_algorithm() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    for alg in ["none", "None", "NONE", "EdDSA", "HS256", ""] {
        let text = unsigned(&with(&header, json!({"alg": alg})), &claims);
        for token in [format!("odx_{text}."), format!("odx_{text}")] {
            assert_refused(&forge, alg, &token).await;
        }
        let signature = forge.sign_token(&header, &claims);
        let signature = signature.rsplit('.').next().expect("a signature");
        assert_refused(&forge, "another token's signature", &format!("odx_{text}.{signature}x")).await;
    }
}

#[tokio::test]
async fn the_public_key_is_no_secret_to_sign_with() {
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
        let acme = env.tenancy(&format!("acme{}", env.app.clock.now().timestamp_micros())).await;
        assert_eq!(show(&env, &acme.token).await.status, status);
    }
}
