//! Creating and replacing tokens over HTTP.

use crate::support::{TestEnvironment, TestTenant};
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::{Account, Role, Scope};

const PATH: &str = "/api/tokens";

async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}

async fn created(env: &TestEnvironment, token: &str, body: Value) -> Value {
    let response = env.post(PATH, token, &body).await;
    assert_eq!(response.status, 201, "{}", response.text());
    response.json()
}

/// What the API says about a token.
async fn whoami(env: &TestEnvironment, token: &Value) -> Value {
    let response = env.get("/api/token", token.as_str().expect("a secret")).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

async fn editor(env: &TestEnvironment, acme: &TestTenant, scopes: &[Scope]) -> (Account, String) {
    let editor = env.create_account(&acme.tenant, "ed", Role::Editor, &[]).await;
    let (token, _) = env.issue_token(&acme.tenant, &editor, scopes).await;
    (editor, token)
}

#[tokio::test]
async fn a_new_token_works_at_once_with_its_scopes() {
    let (env, acme) = environment().await;
    let token = created(&env, &acme.token, json!({"name": "export", "scopes": ["interactions:read"]})).await;
    let me = whoami(&env, &token["token"]).await;
    assert_eq!(me["scopes"], json!(["interactions:read"]));
    assert_eq!(me["account"], "admin");
    assert_eq!(me["token"], json!({"id": token["id"], "name": "export"}));
}

#[tokio::test]
async fn a_token_without_scopes_in_the_request_gets_those_of_its_creator() {
    let (env, acme) = environment().await;
    let (_, token) = editor(&env, &acme, &[Scope::LinksRead, Scope::LinksWrite]).await;
    let token = created(&env, &token, json!({"name": "links"})).await;
    assert_eq!(token["scopes"], json!(["links:read", "links:write"]));
}

#[tokio::test]
async fn a_token_cannot_create_one_with_more_scopes_than_its_own() {
    let (env, acme) = environment().await;
    let (_, token) = editor(&env, &acme, &[Scope::LinksRead]).await;
    let response = env.post(PATH, &token, &json!({"name": "more", "scopes": ["links:read", "links:write"]})).await;
    response.assert_invalid("scopes", "The scopes links:write are more than you or the account may have.");
}

#[tokio::test]
async fn a_manager_of_tokens_creates_those_of_other_accounts_within_their_roles() {
    let (env, acme) = environment().await;
    editor(&env, &acme, &[]).await;
    let token = created(&env, &acme.token, json!({"name": "crm", "account": "ed"})).await;
    assert_eq!(
        whoami(&env, &token["token"]).await["scopes"],
        json!(["interactions:read", "links:read", "links:write"])
    );
    let body = json!({"name": "crm", "account": "ed", "scopes": ["users:erase"]});
    let response = env.post(PATH, &acme.token, &body).await;
    response.assert_invalid("scopes", "The scopes users:erase are more than you or the account may have.");
}

#[tokio::test]
async fn an_account_that_manages_no_tokens_creates_none_of_another() {
    let (env, acme) = environment().await;
    let (_, token) = editor(&env, &acme, &[Scope::LinksRead]).await;
    let response = env.post(PATH, &token, &json!({"name": "mine", "account": "admin"})).await;
    let problem = response.assert_problem(403, "This action is unauthorized.");
    assert_eq!(problem["detail"], "Only a token with the scope tokens:manage can create tokens of other accounts.");
}

#[tokio::test]
async fn an_account_of_another_tenant_does_not_exist() {
    let (env, acme) = environment().await;
    let other = env.create_tenant("other").await;
    env.create_account(&other.tenant, "crm", Role::Editor, &[]).await;
    let response = env.post(PATH, &acme.token, &json!({"name": "crm", "account": "crm"})).await;
    response.assert_invalid("account", "Your tenant has no such account.");
}

#[rstest]
#[case::without_a_name(json!({}), "name", "The name field is required.")]
#[case::with_a_blank_name(json!({"name": " "}), "name", "The name must be 1 to 100 characters, with no control character.")]
#[case::with_a_line_in_its_name(json!({"name": "a\nb"}), "name", "The name must be 1 to 100 characters, with no control character.")]
#[case::without_a_scope(json!({"name": "a", "scopes": []}), "scopes", "The scopes must be a list of some of interactions:read, interactions:write, links:read, links:write, users:read, users:erase, tokens:manage.")]
#[case::with_an_account_that_is_no_name(json!({"name": "a", "account": "a b"}), "account", "The account must be 1 to 64 characters of letters, digits, dot, underscore and hyphen.")]
#[case::that_expired(json!({"name": "a", "expires_at": "2020-01-01"}), "expires_at", "The expires_at must be in the future, and at most ten years ahead.")]
#[case::that_expires_after_eleven_years(json!({"name": "a", "expires_at": "2037-12-31"}), "expires_at", "The expires_at must be in the future, and at most ten years ahead.")]
#[case::with_two_ends(json!({"name": "a", "expires_at": "2030-01-01", "expires_in": 60}), "expires_in", "Give expires_at or expires_in, not both.")]
#[case::with_a_tenant(json!({"name": "a", "tenant": "other"}), "tenant", "The tenant field is not known.")]
#[case::with_a_role(json!({"name": "a", "role": "admin"}), "role", "The role field is not known.")]
#[tokio::test]
async fn a_token_is_refused(#[case] body: Value, #[case] field: &str, #[case] sentence: &str) {
    let (env, acme) = environment().await;
    env.post(PATH, &acme.token, &body).await.assert_invalid(field, sentence);
    let tokens = env.get(PATH, &acme.token).await.json();
    assert_eq!(tokens["data"].as_array().map(Vec::len), Some(1), "nothing was created");
}

#[rstest]
#[case::by_default(json!({"name": "a"}), 90 * 86_400)]
#[case::after_seconds(json!({"name": "a", "expires_in": 60}), 60)]
#[tokio::test]
async fn a_token_expires(#[case] body: Value, #[case] seconds: i64) {
    let (env, acme) = environment().await;
    let token = created(&env, &acme.token, body).await;
    let secret = token["token"].as_str().expect("a secret");
    env.advance_clock(seconds - 10);
    assert_eq!(env.get("/api/token", secret).await.status, 200);
    env.advance_clock(20);
    assert_eq!(env.get("/api/token", secret).await.status, 401);
}

#[tokio::test]
async fn an_installation_without_the_private_key_says_so() {
    let env = TestEnvironment::with(&[("TOKEN_SIGNING_KEY", "")], |_| {}).await;
    let acme = env.create_tenant("acme").await;
    let response = env.post(PATH, &acme.token, &json!({"name": "a"})).await;
    let sentence = "Tokens cannot be created here: the operator has not given this installation its private key.";
    assert_eq!(response.assert_problem(501, sentence)["code"], "token_signing_disabled");
}

#[tokio::test]
async fn a_replaced_token_works_until_the_end_of_its_grace() {
    let (env, acme) = environment().await;
    let old = created(&env, &acme.token, json!({"name": "crm", "scopes": ["links:read"]})).await;
    let path = format!("/api/tokens/{}/rotate", old["id"].as_str().expect("an id"));
    let response = env.post(&path, &acme.token, &json!({"grace": 60})).await;
    assert_eq!(response.status, 201, "{}", response.text());
    let new = response.json();
    assert_eq!((&new["name"], &new["scopes"]), (&json!("crm"), &json!(["links:read"])));
    assert_eq!(new["replaces"]["id"], old["id"]);
    for (token, before, after) in [(&old, 200, 401), (&new, 200, 200)] {
        let secret = token["token"].as_str().expect("a secret");
        assert_eq!(env.get("/api/token", secret).await.status, before);
        env.advance_clock(61);
        assert_eq!(env.get("/api/token", secret).await.status, after);
    }
}

#[tokio::test]
async fn a_token_that_is_over_cannot_be_replaced() {
    let (env, acme) = environment().await;
    let old = created(&env, &acme.token, json!({"name": "crm"})).await;
    let id = old["id"].as_str().expect("an id");
    assert_eq!(env.delete(&format!("/api/tokens/{id}"), &acme.token).await.status, 204);
    let response = env.post(&format!("/api/tokens/{id}/rotate"), &acme.token, &json!({})).await;
    response.assert_problem(409, "The token has expired or is revoked: create a new one instead.");
}

#[tokio::test]
async fn a_token_with_more_scopes_cannot_be_replaced() {
    let (env, acme) = environment().await;
    let (account, small) = editor(&env, &acme, &[Scope::LinksRead]).await;
    let (_, large) = env.issue_token(&acme.tenant, &account, &[Scope::LinksRead, Scope::LinksWrite]).await;
    let response = env.post(&format!("/api/tokens/{}/rotate", large.id), &small, &json!({})).await;
    let problem = response.assert_problem(403, "This action is unauthorized.");
    assert_eq!(problem["detail"], "The token has scopes that your token lacks.");
}

#[rstest]
#[case::of_another_tenant(true)]
#[case::that_does_not_exist(false)]
#[tokio::test]
async fn a_token_is_not_found(#[case] exists: bool) {
    let (env, acme) = environment().await;
    let other = env.create_tenant("other").await;
    let id =
        if exists { created(&env, &other.token, json!({"name": "a"})).await["id"].clone() } else { json!("tok_0") };
    let path = format!("/api/tokens/{}/rotate", id.as_str().expect("an id"));
    env.post(&path, &acme.token, &json!({})).await.assert_problem(404, "Resource not found.");
}
