//! API tokens that a verifier might wrongly accept, each forged with the operator's own key. A forged token is refused
//! before anything is read.

use crate::support::forge::{Forge, signed, unsigned, with};
use crate::support::{Answer, World};
use http::{Method, Request, header};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use shared::crypto::{TokenIssuer, from_base64url};

/// Shows a token at the door.
async fn show(world: &World, token: &str) -> Answer {
    let request = Request::builder().method(Method::GET).uri("/api/token");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(axum::body::Body::empty()).expect("a request")).await
}

/// A good token changed in header and claims is refused, and nothing was asked of the table.
async fn assert_refused(forge: &Forge, what: &str, token: &str) {
    forge.wire.forget();
    let answer = show(&forge.world, token).await;
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    answer.assert_problem(401, "Unauthenticated.");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="external-api", error="invalid_token""#, "{what}");
    assert!(forge.wire.asked().is_empty(), "{what}: {:?}", forge.wire.asked());
}

async fn assert_claims_refused(changes: &[(&str, Value)]) {
    let forge = Forge::new().await;
    let (header, claims) = forge.api_token().await;
    assert_eq!(show(&forge.world, &forge.sign_token(&header, &claims)).await.status, 200);
    for (what, changes) in changes {
        assert_refused(&forge, what, &forge.sign_token(&header, &with(&claims, changes.clone()))).await;
    }
}

async fn assert_header_refused(changes: &[(&str, Value)]) {
    let forge = Forge::new().await;
    let (header, claims) = forge.api_token().await;
    for (what, changes) in changes {
        assert_refused(&forge, what, &forge.sign_token(&with(&header, changes.clone()), &claims)).await;
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
    let forge = Forge::new().await;
    let (header, claims) = forge.api_token().await;
    let now = forge.world.app.clock.now();
    let seconds = now.timestamp();
    let accepted = |changes: Value| {
        let token = forge.sign_token(&header, &with(&claims, changes));
        forge.world.app.config.token_verifier.verify(&token, now).is_ok()
    };
    assert!(accepted(json!({"nbf": seconds + 5})) && !accepted(json!({"nbf": seconds + 6})));
    assert!(accepted(json!({"iat": seconds + 5})) && !accepted(json!({"iat": seconds + 6})));
    assert!(accepted(json!({"exp": seconds - 4})) && !accepted(json!({"exp": seconds - 5})));
}

#[tokio::test]
async fn a_token_is_refused_before_its_time_after_it_and_when_it_was_made_tomorrow() {
    let forge = Forge::new().await;
    let (header, claims) = forge.api_token().await;
    let now = forge.world.app.clock.now().timestamp();
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
async fn an_extension_that_must_be_understood_is_never_understood() {
    let forge = Forge::new().await;
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
    let forge = Forge::new().await;
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
    let forge = Forge::new().await;
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
    let forge = Forge::new().await;
    let (header, claims) = forge.api_token().await;
    let public = forge.world.issuer.public();
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
async fn a_token_of_more_than_four_kilobytes_is_not_looked_at() {
    let forge = Forge::new().await;
    let (header, claims) = forge.api_token().await;
    let padded = |length: usize| forge.sign_token(&header, &with(&claims, json!({"pad": "x".repeat(length)})));
    let fits = padded(2000);
    assert!(fits.len() < 4096 && show(&forge.world, &fits).await.status == 200);
    let large = padded(4000);
    assert!(large.len() > 4096);
    assert_refused(&forge, "a large token", &large).await;
}

#[tokio::test]
async fn a_token_without_its_prefix_is_none() {
    let forge = Forge::new().await;
    let (header, claims) = forge.api_token().await;
    let token = forge.sign_token(&header, &claims);
    let jwt = token.strip_prefix("odx_").expect("a prefix");
    for token in [jwt.to_owned(), format!("ODX_{jwt}"), format!("odx_odx_{jwt}"), format!("odx-{jwt}")] {
        assert_refused(&forge, "a prefix", &token).await;
    }
}

#[tokio::test]
async fn a_token_that_was_altered_is_refused() {
    let forge = Forge::new().await;
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

#[tokio::test]
async fn a_previous_key_verifies_as_long_as_it_is_listed() {
    let [new, old, gone] = [(); 3].map(|()| TokenIssuer::read(&TokenIssuer::generate()).expect("a key"));
    let listed = format!("{}, {}", new.public(), old.public());
    let mut world = World::with(&[("TOKEN_PUBLIC_KEYS", &listed)], |_| {}).await;
    for (issuer, status) in [(new, 200), (old, 200), (gone, 401)] {
        world.issuer = issuer;
        let acme = world.tenancy(&format!("acme{}", world.app.clock.now().timestamp_micros())).await;
        assert_eq!(show(&world, &acme.token).await.status, status);
    }
}
