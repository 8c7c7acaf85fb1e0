//! Handoffs and sessions that a verifier might wrongly accept, each signed with the functions' own secret. They are refused
//! before anything is read.

use crate::support::TestResponse;
use crate::support::token_forge::{TokenForge, signed, unsigned, with};
use jsonwebtoken::{Algorithm, EncodingKey};
use rstest::rstest;
use serde_json::{Value, json};
use shared::config::Config;
use shared::crypto::{base64url, new_keys};

/// Sends a message with a session.
async fn show(forge: &TokenForge, session: &str) -> TestResponse {
    forge.faults.reset();
    forge.env.send_message(session, "ann", "m1", "hello").await
}

async fn assert_no_session(forge: &TokenForge, what: &str, session: &str) {
    let response = show(forge, session).await;
    assert_eq!(response.status, 401, "{what}: {}", response.text());
    response.assert_problem(401, "Unauthenticated.");
    assert_eq!(response.header("www-authenticate"), r#"Bearer realm="external-api", error="invalid_token""#, "{what}");
    assert!(forge.faults.requests().is_empty(), "{what}: {:?}", forge.faults.requests());
}

async fn assert_no_handoff(forge: &TokenForge, what: &str, handoff: &str) {
    forge.faults.reset();
    let response = forge.env.exchange(handoff, "nonce-of-the-test-0").await;
    assert_eq!(response.status, 401, "{what}: {}", response.text());
    assert!(forge.faults.requests().is_empty(), "{what}: {:?}", forge.faults.requests());
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Session,
    Handoff,
}

impl Kind {
    async fn valid(self, forge: &TokenForge) -> (Value, Value) {
        match self {
            Self::Session => forge.session().await,
            Self::Handoff => forge.handoff().await,
        }
    }

    async fn assert_refused(self, forge: &TokenForge, jwt: &str) {
        match self {
            Self::Session => assert_no_session(forge, "session", jwt).await,
            Self::Handoff => assert_no_handoff(forge, "handoff", jwt).await,
        }
    }

    async fn assert_accepted(self, forge: &TokenForge, jwt: &str) {
        let response = match self {
            Self::Session => show(forge, jwt).await,
            Self::Handoff => forge.env.exchange(jwt, "nonce-of-the-test-0").await,
        };
        assert_eq!(response.status, 200, "{}", response.text());
    }
}

#[rstest]
#[case::no_type(json!({"typ": null}))]
#[case::a_plain_jwt(json!({"typ": "JWT"}))]
#[case::the_type_of_an_api_token(json!({"typ": "od-api+jwt"}))]
#[case::no_kid(json!({"kid": null}))]
#[case::an_unknown_kid(json!({"kid": "2"}))]
#[case::crit(json!({"crit": ["exp"]}))]
#[case::an_empty_crit(json!({"crit": []}))]
#[case::the_name_of_another_algorithm(json!({"alg": "HS512"}))]
#[case::no_algorithm(json!({"alg": "none"}))]
#[tokio::test]
async fn a_wrong_header_is_refused_before_anything_is_read(
    #[case] changes: Value,
    #[values(Kind::Session, Kind::Handoff)] kind: Kind,
) {
    let forge = TokenForge::new().await;
    let (header, claims) = kind.valid(&forge).await;
    kind.assert_refused(&forge, &forge.sign(&with(&header, changes), &claims)).await;
    kind.assert_accepted(&forge, &forge.sign(&header, &claims)).await;
}

#[rstest]
#[case::no_exp(|_| json!({"exp": null}))]
#[case::exp_in_the_past(|now| json!({"exp": now - 1}))]
#[case::no_iat(|_| json!({"iat": null}))]
#[case::iat_in_the_future(|now| json!({"iat": now + 60}))]
#[case::exp_as_text(|_| json!({"exp": "4102444800"}))]
#[case::an_audience(|_| json!({"aud": "somebody"}))]
#[case::no_tenant(|_| json!({"tid": null}))]
#[case::no_link(|_| json!({"lnk": null}))]
#[case::more_than_four_kilobytes(|_| json!({"pad": "x".repeat(4000)}))]
#[tokio::test]
async fn wrong_claims_are_refused_before_anything_is_read(
    #[case] changes: fn(i64) -> Value,
    #[values(Kind::Session, Kind::Handoff)] kind: Kind,
) {
    let forge = TokenForge::new().await;
    let (header, claims) = kind.valid(&forge).await;
    let changes = changes(forge.env.app.clock.now().timestamp());
    kind.assert_refused(&forge, &forge.sign(&header, &with(&claims, changes))).await;
    kind.assert_accepted(&forge, &forge.sign(&header, &claims)).await;
}

#[tokio::test]
async fn a_session_without_a_signature_or_with_another_secret_is_refused() {
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
async fn a_token_a_session_and_a_handoff_are_refused_in_place_of_one_another() {
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
            forge.faults.reset();
            forge.env.get("/api/token", &token).await.assert_problem(401, "Unauthenticated.");
            assert!(forge.faults.requests().is_empty());
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
        assert!(error.starts_with("SIGNING_KEYS must be"), "{error}");
        assert!(!error.contains(&bad), "{error}");
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
    assert!(verified(&by("2", &new)));
    assert!(verified(&by("1", &old)));
    assert!(!verified(&by("1", &new)));
    assert!(!verified(&by("2", &old)));
    assert!(!verified(&session));
}
