//! Tokens that are signed with the environment's own keys and are valid except for the parts that a test changes.

use super::{FaultInjector, TestEnvironment, TestTenant};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use shared::crypto::{TokenIssuer, base64url, from_base64url, issue_token};

/// An environment with known keys and recorded requests.
pub(crate) struct TokenForge {
    pub(crate) env: TestEnvironment,
    pub(crate) faults: FaultInjector,
    pub(crate) acme: TestTenant,
    /// The private key of API tokens.
    pub(crate) key: EncodingKey,
    /// The secret of handoffs and sessions, whose `kid` is `1`.
    pub(crate) secret: EncodingKey,
}

impl TokenForge {
    pub(crate) async fn new() -> Self {
        let (private, secret) = (TokenIssuer::generate(), shared::crypto::random::<32>());
        let issuer = TokenIssuer::read(&private).expect("a key");
        let (public, signing) = (issuer.public(), format!("1:{}", base64url(&secret)));
        let faults = FaultInjector::new();
        let settings = [("TOKEN_PUBLIC_KEYS", public.as_str()), ("SIGNING_KEYS", &signing)];
        let mut env = TestEnvironment::with(&settings, |client| faults.install(client)).await;
        env.issuer = issuer;
        let acme = env.create_tenant("acme").await;
        let key = EncodingKey::from_ed_der(&from_base64url(&private).expect("base64url"));
        Self { env, faults, acme, key, secret: EncodingKey::from_secret(&secret) }
    }

    /// Header and claims of a valid API token with a record.
    pub(crate) async fn api_token(&self) -> (Value, Value) {
        let (tenant, account, now) = (&self.acme.tenant.id, &self.acme.account, self.env.app.clock.now());
        let end = now + TimeDelta::days(1);
        let (record, token) = issue_token(&self.env.issuer, tenant, &account.id, "forged", account.allowed(), now, end);
        self.env.app.store.token_create(&token.record, &record).await.expect("a record");
        opened(token.secret.strip_prefix("odx_").expect("a prefix"))
    }

    /// Signs an API token of any header and claims with the operator's private key.
    pub(crate) fn sign_token(&self, header: &Value, claims: &Value) -> String {
        format!("odx_{}", signed(header, claims, &self.key, Algorithm::EdDSA))
    }

    /// Header and claims of a valid session of the user `ann`.
    pub(crate) async fn session(&self) -> (Value, Value) {
        opened(&self.env.open_session(&self.env.create_link(&self.acme, "ann", json!({})).await).await)
    }

    /// Header and claims of a valid handoff that was not exchanged.
    pub(crate) async fn handoff(&self) -> (Value, Value) {
        opened(&self.env.follow_link(&self.env.create_link(&self.acme, "ann", json!({})).await).await)
    }

    /// Signs a handoff or session of any header and claims with the secret of the functions.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        signed(header, claims, &self.secret, Algorithm::HS256)
    }
}

/// A JWT of any header and claims, signed with `algorithm` even if the header names another one.
pub(crate) fn signed(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let text = unsigned(header, claims);
    let signature = crypto::sign(text.as_bytes(), key, algorithm).expect("a key of the algorithm");
    format!("{text}.{signature}")
}

/// A JWT up to its second dot.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()))
}

/// Header and claims of a JWT.
fn opened(jwt: &str) -> (Value, Value) {
    let mut parts = jwt.split('.').map(|part| from_base64url(part).expect("base64url"));
    let mut part = || serde_json::from_slice(&parts.next().expect("three parts")).expect("JSON");
    (part(), part())
}

/// A JSON object with some members changed. A null removes a member.
pub(crate) fn with(object: &Value, changes: Value) -> Value {
    let mut object = object.clone();
    let (Value::Object(members), Value::Object(changes)) = (&mut object, changes) else { panic!("not an object") };
    for (name, value) in changes {
        match value {
            Value::Null => drop(members.remove(&name)),
            value => drop(members.insert(name, value)),
        }
    }
    object
}
