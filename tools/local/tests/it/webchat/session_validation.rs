//! Handoffs and sessions that a verifier might wrongly accept, each forged with the functions' own secret, and one kind
//! shown for another. A forged one is refused before anything is read.

use crate::support::Answer;
use crate::support::token_forge::{TokenForge, signed, unsigned, with};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use shared::config::Config;
use shared::crypto::{base64url, new_keys};

/// Shows a session where sessions are good for.
async fn show(forge: &TokenForge, session: &str) -> Answer {
    forge.wire.forget();
    forge.env.say(session, "ann", "m1", "hello").await
}

async fn assert_no_session(forge: &TokenForge, what: &str, session: &str) {
    let answer = show(forge, session).await;
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    answer.assert_problem(401, "Unauthenticated.");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="external-api", error="invalid_token""#, "{what}");
    assert!(forge.wire.asked().is_empty(), "{what}: {:?}", forge.wire.asked());
}

async fn assert_no_handoff(forge: &TokenForge, what: &str, handoff: &str) {
    forge.wire.forget();
    let answer = forge.env.exchange(handoff, "nonce-of-the-test-0").await;
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    assert!(forge.wire.asked().is_empty(), "{what}: {:?}", forge.wire.asked());
}

/// What no header of ours says.
fn wrong_headers() -> Vec<(&'static str, Value)> {
    vec![
        ("no type", json!({"typ": null})),
        ("a plain JWT", json!({"typ": "JWT"})),
        ("an API token's type", json!({"typ": "od-api+jwt"})),
        ("no kid", json!({"kid": null})),
        ("an unknown kid", json!({"kid": "2"})),
        ("crit", json!({"crit": ["exp"]})),
        ("an empty crit", json!({"crit": []})),
        ("another algorithm's name", json!({"alg": "HS512"})),
        ("no algorithm", json!({"alg": "none"})),
    ]
}

/// What no claims of ours say.
fn wrong_claims(now: i64) -> Vec<(&'static str, Value)> {
    vec![
        ("no exp", json!({"exp": null})),
        ("exp in the past", json!({"exp": now - 1})),
        ("no iat", json!({"iat": null})),
        ("iat in the future", json!({"iat": now + 60})),
        ("exp as text", json!({"exp": "4102444800"})),
        ("an audience", json!({"aud": "somebody"})),
        ("no tenant", json!({"tid": null})),
        ("no link", json!({"lnk": null})),
        ("more than four kilobytes", json!({"pad": "x".repeat(4000)})),
    ]
}

#[tokio::test]
async fn a_session_that_was_made_wrongly_is_refused_before_anything_is_read() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.session().await;
    for (what, changes) in wrong_headers() {
        assert_no_session(&forge, what, &forge.sign(&with(&header, changes), &claims)).await;
    }
    for (what, changes) in wrong_claims(forge.env.app.clock.now().timestamp()) {
        assert_no_session(&forge, what, &forge.sign(&header, &with(&claims, changes))).await;
    }
    assert_eq!(show(&forge, &forge.sign(&header, &claims)).await.status, 200);
}

#[tokio::test]
async fn a_handoff_that_was_made_wrongly_is_refused_before_anything_is_read() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.handoff().await;
    for (what, changes) in wrong_headers() {
        assert_no_handoff(&forge, what, &forge.sign(&with(&header, changes), &claims)).await;
    }
    for (what, changes) in wrong_claims(forge.env.app.clock.now().timestamp()) {
        assert_no_handoff(&forge, what, &forge.sign(&header, &with(&claims, changes))).await;
    }
    let good = forge.env.exchange(&forge.sign(&header, &claims), "nonce-of-the-test-0").await;
    assert_eq!(good.status, 200, "{}", good.text());
}

#[tokio::test]
async fn nothing_is_signed_by_another_secret_or_by_none() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.session().await;
    let text = unsigned(&with(&header, json!({"alg": "none"})), &claims);
    assert_no_session(&forge, "no signature", &format!("{text}.")).await;
    for secret in [&b""[..], b"1", &[0; 32]] {
        let session = signed(&header, &claims, &EncodingKey::from_secret(secret), Algorithm::HS256);
        assert_no_session(&forge, "another secret", &session).await;
    }
    let header = with(&header, json!({"alg": "EdDSA"}));
    assert_no_session(&forge, "a key of tokens", &signed(&header, &claims, &forge.key, Algorithm::EdDSA)).await;
}

#[tokio::test]
async fn a_token_a_session_and_a_handoff_never_pass_for_one_another() {
    let forge = TokenForge::new().await;
    let ((_, session), (_, handoff)) = (forge.session().await, forge.handoff().await);
    let header = |typ: &str| json!({"typ": typ, "alg": "HS256", "kid": "1"});
    let (as_session, as_handoff) = (header("od-session+jwt"), header("od-handoff+jwt"));
    assert_no_session(&forge, "a handoff", &forge.sign(&as_handoff, &handoff)).await;
    assert_no_session(&forge, "a handoff called a session", &forge.sign(&as_session, &handoff)).await;
    assert_no_session(&forge, "an API token", &forge.acme.token).await;
    assert_no_session(&forge, "an API token", forge.acme.token.trim_start_matches("odx_")).await;
    assert_no_handoff(&forge, "a session", &forge.sign(&as_session, &session)).await;
    assert_no_handoff(&forge, "a session called a handoff", &forge.sign(&as_handoff, &session)).await;
    assert_no_handoff(&forge, "an API token", &forge.acme.token).await;
    for other in [forge.sign(&as_session, &session), forge.sign(&as_handoff, &handoff)] {
        for token in [other.clone(), format!("odx_{other}")] {
            forge.wire.forget();
            forge.env.get("/api/token", &token).await.assert_problem(401, "Unauthenticated.");
            assert!(forge.wire.asked().is_empty());
        }
    }
}

fn signing_keys(value: &str) -> Result<Config, String> {
    let keys = new_keys();
    let read = |name: &str| match name {
        "SIGNING_KEYS" => Some(value.to_owned()),
        name => keys.settings("t").iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()),
    };
    Config::read(read).map_err(|error| error.to_string())
}

#[test]
fn a_signing_secret_of_fewer_than_32_bytes_is_refused_by_name() {
    let secret = |length: usize| base64url(&vec![7; length]);
    assert!(signing_keys(&format!("1:{}", secret(32))).is_ok());
    for bad in [format!("1:{}", secret(31)), format!("2:{},1:{}", secret(32), secret(31)), "1:".into(), secret(32)] {
        let error = signing_keys(&bad).expect_err(&bad);
        assert!(error.starts_with("SIGNING_KEYS must be") && !error.contains(&bad), "{error}");
    }
}

#[tokio::test]
async fn a_previous_secret_verifies_as_long_as_it_is_listed() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.session().await;
    let session = forge.sign(&header, &claims);
    let [new, old] = [8, 9].map(|byte| vec![byte; 32]);
    let listed = signing_keys(&format!("2:{},1:{}", base64url(&new), base64url(&old))).expect("settings").signer;
    let now = forge.env.app.clock.now();
    let by = |kid: &str, secret: &[u8]| {
        let header = with(&header, json!({"kid": kid}));
        signed(&header, &claims, &EncodingKey::from_secret(secret), Algorithm::HS256)
    };
    let verified = |session: &str| listed.verify::<shared::crypto::Session>(session, now).is_ok();
    assert!(verified(&by("2", &new)) && verified(&by("1", &old)));
    assert!(!verified(&by("1", &new)) && !verified(&by("2", &old)) && !verified(&session));
}
