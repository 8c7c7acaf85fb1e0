//! `odx token`: tokens are created, shown once, listed, rotated and revoked, and the API accepts them accordingly.

use crate::environment::TestEnvironment;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use shared::crypto::TokenIssuer;

const CREATE: &str = "token create --tenant acme --account crm --name CRM";
const LIST: &str = "token list --tenant acme --account crm";
const REVOKE: &str = "token revoke --tenant acme --account crm";
const ROTATE: &str = "token rotate --tenant acme --account crm";
const INTERACTIONS: &str = "/public/api/user-interactions?from=2022-01-01&to=2022-01-02";

/// A text member of a JSON object.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("text")
}

#[tokio::test]
async fn the_secret_is_printed_alone() {
    let environment = TestEnvironment::with_acme().await;
    let output = environment.odx(CREATE).await;
    output.says(&["created token `tok_", "shown this once"]);
    let out = output.succeeds();
    let secret = out.strip_suffix('\n').expect("one line");
    assert!(secret.starts_with("odx_"), "another prefix");
    assert!(!secret.contains(char::is_whitespace), "more than a secret");
}

#[tokio::test]
async fn the_api_accepts_a_new_token() {
    let environment = TestEnvironment::with_acme().await;
    let secret = environment.odx(CREATE).await.succeeds();
    let (status, whoami) = environment.get("/api/token", secret.trim()).await;
    assert_eq!(status, 200, "{whoami}");
    assert_eq!(whoami["tenant"], "acme");
    assert_eq!(whoami["account"], "crm");
    assert_eq!(whoami["token"]["name"], "CRM");
    assert_eq!(environment.get(INTERACTIONS, secret.trim()).await.0, 200);
}

#[tokio::test]
async fn as_json_the_secret_comes_with_its_scopes_and_its_expiry() {
    let environment = TestEnvironment::with_acme().await;
    let line = format!("{CREATE} --scope links:read --expires-at 2035-01-01 --json");
    let created = environment.odx(&line).await.json();
    assert_eq!(created["scopes"], json!(["links:read"]));
    assert_eq!(created["name"], "CRM");
    assert_eq!(created["expires_at"], "2035-01-01T00:00:00.000000Z");
    let (status, whoami) = environment.get("/api/token", text(&created, "token")).await;
    assert_eq!(status, 200);
    assert_eq!(whoami["token"]["id"], created["id"]);
}

#[tokio::test]
async fn a_token_has_no_other_scopes_than_its_own() {
    let environment = TestEnvironment::with_acme().await;
    let created = environment.odx(&format!("{CREATE} --scope links:read --json")).await.json();
    assert_eq!(environment.get(INTERACTIONS, text(&created, "token")).await.0, 403);
}

#[tokio::test]
async fn an_account_without_tokens_names_the_command_that_creates_one() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx(LIST).await.says(&["has no tokens: `odx token create` creates one"]);
}

#[tokio::test]
async fn a_list_shows_every_token_and_no_secret() {
    let environment = TestEnvironment::with_acme().await;
    let secret = environment.odx(CREATE).await.succeeds();
    environment.odx(&format!("{CREATE}-2")).await.succeeds();
    let table = environment.odx(LIST).await.succeeds();
    let output = environment.odx(&format!("{LIST} --json")).await;
    assert!(!table.contains("odx_"), "{table}");
    assert!(!output.out.contains("odx_"), "{output:?}");
    assert!(!output.out.contains(secret.trim()), "{output:?}");
    let list = output.json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|token| text(token, "name")).collect();
    assert_eq!(names, ["CRM-2", "CRM"]);
    assert_eq!(list[0]["state"], "live");
    assert_eq!(list[0]["last_used_at"], Value::Null);
    for token in list.as_array().unwrap() {
        assert!(table.contains(text(token, "id")), "{table}");
    }
}

#[tokio::test]
async fn a_revoked_token_stops_working_at_once_and_permanently() {
    let environment = TestEnvironment::with_acme().await;
    let created = environment.odx(&format!("{CREATE} --json")).await.json();
    let (id, secret) = (text(&created, "id"), text(&created, "token"));
    assert_eq!(environment.token_status(secret).await, 200);
    let revoke = format!("{REVOKE} {id}");
    environment.odx(&revoke).await.succeeds();
    assert_eq!(environment.token_status(secret).await, 401);
    environment.odx(&revoke).await.succeeds();
    assert_eq!(environment.odx(&format!("{LIST} --json")).await.json()[0]["state"], "revoked");
}

#[tokio::test]
async fn a_revoked_token_is_not_rotated() {
    let environment = TestEnvironment::with_acme().await;
    let created = environment.odx(&format!("{CREATE} --json")).await.json();
    let id = text(&created, "id");
    environment.odx(&format!("{REVOKE} {id}")).await.succeeds();
    environment.odx(&format!("{ROTATE} {id}")).await.fails(&["cannot be rotated", "odx token create"]);
}

#[rstest]
#[tokio::test]
async fn a_token_of_another_account_is_not_found(#[values("revoke", "rotate")] command: &str) {
    let environment = TestEnvironment::with_acme().await;
    let created = environment.odx(&format!("{CREATE} --json")).await.json();
    let line = format!("token {command} --tenant acme --account ann {}", text(&created, "id"));
    environment.odx(&line).await.fails(&["account `ann` has no token", "odx token list"]);
}

#[tokio::test]
async fn as_json_a_revoked_token_is_named() {
    let environment = TestEnvironment::with_acme().await;
    let created = environment.odx(&format!("{CREATE} --json")).await.json();
    let output = environment.odx(&format!("{REVOKE} {} --json", text(&created, "id"))).await;
    assert_eq!(output.json(), json!({"revoked": created["id"]}));
}

#[tokio::test]
async fn a_rotated_token_works_until_its_grace_ends() {
    let environment = TestEnvironment::with_acme().await;
    let old = environment.odx(&format!("{CREATE} --scope links:read --json")).await.json();
    let (id, old_secret) = (text(&old, "id"), text(&old, "token"));
    let before = environment.app.clock.now();
    let output = environment.odx(&format!("{ROTATE} {id} --grace 1h --expires-in 30d --json")).await;
    output.says(&[&format!("the old token `{id}` works until ")]);
    let new = output.json();
    assert_eq!(new["name"], "CRM");
    assert_eq!(new["scopes"], json!(["links:read"]));

    let records = environment.tokens("crm").await;
    let record = records.iter().find(|token| token.id.as_str() == id).expect("the old token");
    let grace = record.expires_at - before;
    assert!(grace >= TimeDelta::hours(1), "{grace}");
    assert!(grace < TimeDelta::minutes(62), "{grace}");
    assert_eq!(environment.token_status(old_secret).await, 200);
    assert_eq!(environment.token_status(text(&new, "token")).await, 200);
    environment.app.clock.advance(TimeDelta::minutes(62));
    assert_eq!(environment.token_status(old_secret).await, 401);
    assert_eq!(environment.token_status(text(&new, "token")).await, 200);
}

#[tokio::test]
async fn a_grace_never_lets_a_token_live_longer() {
    let environment = TestEnvironment::with_acme().await;
    let first = environment.odx(&format!("{CREATE} --expires-in 30m --json")).await.json();
    environment.odx(&format!("{ROTATE} {} --json", text(&first, "id"))).await.json();
    let oldest = environment.tokens("crm").await.pop().expect("the first token");
    assert_eq!(shared::model::time::format(oldest.expires_at), text(&first, "expires_at"));
}

#[tokio::test]
async fn without_grace_the_old_token_stops_working_at_once() {
    let environment = TestEnvironment::with_acme().await;
    let old = environment.odx(&format!("{CREATE} --json")).await.json();
    environment.odx(&format!("{ROTATE} {} --grace 0s", text(&old, "id"))).await.succeeds();
    assert_eq!(environment.token_status(text(&old, "token")).await, 401);
}

#[rstest]
#[case::with_a_scope_that_the_account_lacks(
    "--account crm --scope users:erase",
    &["the account does not have users:erase", "odx account role"]
)]
#[case::that_has_expired("--account crm --expires-at 2020-01-01", &["the expiry is in the past", "later"])]
#[case::of_an_unknown_account("--account nobody", &["has no account `nobody`", "odx account list --tenant acme"])]
#[tokio::test]
async fn a_token_is_not_created(#[case] options: &str, #[case] expected: &[&str]) {
    let environment = TestEnvironment::with_acme().await;
    environment.odx(&format!("token create --tenant acme --name x {options}")).await.fails(expected);
    assert!(environment.tokens("crm").await.is_empty());
}

#[tokio::test]
async fn a_private_key_of_another_installation_creates_no_token() {
    let environment = TestEnvironment::with_acme().await;
    let private = TokenIssuer::generate();
    let public = TokenIssuer::read(&private).expect("a key").public();
    let key = environment.write("other-key", &private);
    let output = environment.odx(&format!("{CREATE} --key {key}")).await;
    assert!(!output.err.contains(private.trim()), "the message repeats the private key");
    output.fails(&["does not belong to TOKEN_PUBLIC_KEYS", &format!("add its public key {public}")]);
    assert!(environment.tokens("crm").await.is_empty());
}

#[tokio::test]
async fn a_file_that_is_no_private_key_creates_no_token() {
    let environment = TestEnvironment::with_acme().await;
    let key = environment.write("no-key", "not a key");
    environment.odx(&format!("{CREATE} --key {key}")).await.fails(&["is not a private key for tokens"]);
    environment.odx(&format!("{CREATE} --key {key}.gone")).await.fails(&["cannot be read"]);
    assert!(environment.tokens("crm").await.is_empty());
}
