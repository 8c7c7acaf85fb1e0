//! Every route that needs credentials, against every kind of bad ones. The routes are those of the description.

use crate::support::{Answer, Operation, Tenancy, World, guarded, operations};
use chrono::TimeDelta;
use http::{Method, StatusCode};
use serde_json::json;
use shared::crypto::{TokenIssuer, issue_token};
use shared::model::{Account, Role, Scope, Scopes, Tenant, Token};

const REALM: &str = r#"Bearer realm="external-api""#;

/// Every operation that wants a token or a session.
fn all_guarded() -> Vec<Operation> {
    [guarded("token"), guarded("session")].concat()
}

#[track_caller]
fn assert_refused(answer: &Answer, operation: &Operation, what: &str, status: u16, message: &str, challenge: &str) {
    let about = format!("{} {} with {what}: {}", operation.method, operation.template, answer.text());
    assert_eq!(answer.status.as_u16(), status, "{about}");
    let problem = answer.assert_problem(status, message);
    assert_eq!(answer.header("www-authenticate"), challenge, "{about}");
    assert_eq!(problem["type"], "about:blank", "{about}");
    assert_eq!(problem["title"], StatusCode::from_u16(status).expect("a status").canonical_reason().expect("known"));
    let members: Vec<_> = problem.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["type", "title", "status", "detail", "instance", "message"], "{about}");
    assert_eq!(answer.header("cache-control"), "private, no-store", "{about}");
}

#[track_caller]
fn assert_invalid_token(answer: &Answer, operation: &Operation, what: &str) {
    let challenge = format!(r#"{REALM}, error="invalid_token""#);
    assert_refused(answer, operation, what, 401, "Unauthenticated.", &challenge);
}

#[tokio::test]
async fn who_brings_no_credentials_is_asked_for_them_without_an_error_code() {
    let world = World::new().await;
    for operation in all_guarded() {
        let answer = operation.ask(&world, &[]).await;
        assert_refused(&answer, &operation, "nothing", 401, "Unauthenticated.", REALM);
    }
}

#[tokio::test]
async fn credentials_that_are_not_one_well_formed_bearer_token_are_a_bad_request() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    let good = format!("Bearer {}", acme.token);
    let crowded = good.replace("odx_", "odx_%41");
    let joined = format!("{good}, {good}");
    let bad: [&[&str]; 12] = [
        &["Basic dXNlcjpwYXNz"],
        &[&good, &good],
        &["Basic dXNlcjpwYXNz", &good],
        &["Bearer"],
        &["Bearer "],
        &["Bearer a b"],
        &["Bearer a=b"],
        &["Bearer ="],
        &["Bearer \"a\""],
        &[&crowded],
        &[&joined],
        &[&acme.token],
    ];
    for operation in all_guarded() {
        for credentials in bad {
            let answer = operation.ask(&world, credentials).await;
            let message = "The Authorization header is not one well-formed bearer token.";
            let challenge = format!(r#"{REALM}, error="invalid_request""#);
            assert_refused(&answer, &operation, &credentials.join(" and "), 400, message, &challenge);
        }
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_any_more_or_never_was_is_invalid_everywhere() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    let bad = bad_tokens(&world, &acme).await;
    for operation in guarded("token") {
        for (what, token) in &bad {
            assert_invalid_token(&operation.ask(&world, &[&format!("Bearer {token}")]).await, &operation, what);
        }
    }
}

/// Tokens that must not be accepted, each with what is wrong with it.
async fn bad_tokens(world: &World, acme: &Tenancy) -> Vec<(&'static str, String)> {
    let (tenant, account) = (&acme.tenant, &acme.account);
    let now = world.app.clock.now();
    let issue = |issuer: &TokenIssuer, tenant: &Tenant, account: &Account, expires_in| {
        let expires_at = now + TimeDelta::seconds(expires_in);
        issue_token(issuer, &tenant.id, &account.id, "bad", account.allowed(), now, expires_at)
    };
    let store = async |record: &str, token: &Token| {
        world.app.store.token_create(record, token).await.expect("a record");
    };
    let (revoked, record) = world.token(tenant, account, &Scope::ALL).await;
    assert!(world.app.store.token_revoke(&tenant.id, &account.id, &record.id, now).await.expect("a record"));
    let (shortened, record) = world.token(tenant, account, &Scope::ALL).await;
    assert!(world.app.store.token_expire(&tenant.id, &account.id, &record.id, now).await.expect("a record"));

    let (record, expired) = issue(&world.issuer, tenant, account, -60);
    store(&expired.record, &record).await;
    let stranger = TokenIssuer::read(&TokenIssuer::generate()).expect("a key");
    let (record, foreign) = issue(&stranger, tenant, account, 60);
    store(&foreign.record, &record).await;
    let (_, without_record) = issue(&world.issuer, tenant, account, 60);

    let other = world.tenancy("globex").await;
    let (record, other_tenant) = issue(&world.issuer, tenant, account, 60);
    store(&other_tenant.record, &Token { tenant: other.tenant.id.clone(), ..record }).await;
    let second = world.account(tenant, "second", Role::Admin, &[]).await;
    let (record, other_account) = issue(&world.issuer, tenant, account, 60);
    store(&other_account.record, &Token { account: second.id, ..record }).await;
    let gone = Account { id: "gone".parse().expect("a name"), role: Role::Admin, scopes: Scopes::new() };
    let (record, no_account) = issue(&world.issuer, tenant, &gone, 60);
    store(&no_account.record, &record).await;
    vec![
        ("garbage", "garbage".into()),
        ("a prefix", "odx_".into()),
        ("a cut signature", acme.token[..acme.token.len() - 2].into()),
        ("an expired token", expired.secret),
        ("a revoked token", revoked),
        ("a foreign signature", foreign.secret),
        ("a token without a record", without_record.secret),
        ("a record that ends before the token does", shortened),
        ("a record of another tenant", other_tenant.secret),
        ("a record of another account", other_account.secret),
        ("an account that is not there", no_account.secret),
    ]
}

#[tokio::test]
async fn a_session_that_is_over_or_none_at_all_is_an_invalid_token() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    let path = world.link(&acme, "ann", json!({})).await;
    let handoff = world.handoff(&path).await;
    let session = world.session(&path).await;
    let revoked = world.link(&acme, "ben", json!({})).await;
    let of_revoked = world.session(&revoked).await;
    let code = revoked.trim_start_matches('/').parse().expect("a code");
    let hash = world.app.store.data_key().link_hash(&code);
    world.app.store.link_revoke(&hash, world.app.clock.now()).await.expect("revoked");
    let bad = [
        ("garbage", "garbage".to_owned()),
        ("an API token", acme.token.clone()),
        ("a handoff", handoff),
        ("a cut signature", session[..session.len() - 2].to_owned()),
        ("a session of another world", foreign_session().await),
        ("a session of a revoked link", of_revoked),
    ];
    for operation in guarded("session") {
        for (what, token) in &bad {
            assert_invalid_token(&operation.ask(&world, &[&format!("Bearer {token}")]).await, &operation, what);
        }
        world.wait(2 * 3600);
        assert_invalid_token(&operation.ask(&world, &[&format!("Bearer {session}")]).await, &operation, "two hours");
    }
}

async fn foreign_session() -> String {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    world.session(&world.link(&acme, "ann", json!({})).await).await
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    for operation in guarded("token") {
        for scope in &operation.scopes {
            let others: Vec<_> = Scope::ALL.into_iter().filter(|other| other.as_str() != scope).collect();
            let (token, _) = world.token(&acme.tenant, &acme.account, &others).await;
            let answer = operation.ask(&world, &[&format!("Bearer {token}")]).await;
            let challenge = format!(r#"{REALM}, error="insufficient_scope", scope="{scope}""#);
            assert_refused(&answer, &operation, scope, 403, "This action is unauthorized.", &challenge);
            assert_eq!(answer.json()["detail"], format!("The token lacks the scope {scope}."));
        }
    }
}

#[tokio::test]
async fn no_route_wants_more_than_the_scope_it_is_described_with() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    for operation in guarded("token") {
        let scopes: Vec<Scope> = operation.scopes.iter().map(|scope| scope.parse().expect("a scope")).collect();
        let (token, _) = world.token(&acme.tenant, &acme.account, &scopes).await;
        let answer = operation.ask(&world, &[&format!("Bearer {token}")]).await;
        assert!(![401, 403].contains(&answer.status.as_u16()), "{}: {}", operation.template, answer.text());
    }
}

#[tokio::test]
async fn the_name_of_the_scheme_is_read_in_any_case() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    let session = world.session(&world.link(&acme, "ann", json!({})).await).await;
    for operation in all_guarded() {
        let token = if operation.scheme == "session" { &session } else { &acme.token };
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer "] {
            let answer = operation.ask(&world, &[&format!("{scheme} {token}")]).await;
            assert!(![400, 401, 403].contains(&answer.status.as_u16()), "{}: {}", operation.template, answer.text());
        }
    }
}

#[tokio::test]
async fn a_token_in_the_query_is_no_credential() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    let session = world.session(&world.link(&acme, "ann", json!({})).await).await;
    for operation in all_guarded() {
        let token = if operation.scheme == "session" { &session } else { &acme.token };
        for name in ["access_token", "token", "api_token", "authorization"] {
            let path = format!("{}?{name}={token}", operation.path);
            let answer = Operation { path, ..operation.clone() }.ask(&world, &[]).await;
            assert_refused(&answer, &operation, "a token in the query", 401, "Unauthenticated.", REALM);
        }
    }
}

#[tokio::test]
async fn a_strangers_credentials_are_judged_before_the_body_is() {
    let world = World::new().await;
    let posts: Vec<_> = all_guarded().into_iter().filter(|operation| operation.method == Method::POST).collect();
    assert!(posts.len() >= 3, "{posts:?}");
    let bodies = [
        ("application/json", "{".to_owned()),
        ("application/json", "[]".to_owned()),
        ("text/plain", "hello".to_owned()),
        ("application/json", " ".repeat(4 * 1024 * 1024 + 1)),
    ];
    for operation in posts {
        for (kind, body) in &bodies {
            let answer = operation.ask_with(&world, &[], kind, body.clone()).await;
            assert_refused(&answer, &operation, "a bad body", 401, "Unauthenticated.", REALM);
            let answer = operation.ask_with(&world, &["Bearer garbage"], kind, body.clone()).await;
            assert_invalid_token(&answer, &operation, "a bad body");
        }
    }
}

#[tokio::test]
async fn whatever_needs_no_token_does_not_look_at_one() {
    let world = World::new().await;
    for operation in operations().into_iter().filter(|operation| operation.scheme.is_empty()) {
        let without = operation.ask(&world, &[]).await;
        let with = operation.ask(&world, &["Basic dXNlcjpwYXNz", "Bearer garbage"]).await;
        assert_eq!(without.status, with.status, "{}: {}", operation.template, with.text());
    }
}
