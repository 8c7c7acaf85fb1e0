//! `odx tenant` and `odx account`: tenants with their settings, and the accounts that own tokens.

use crate::environment::TestEnvironment;
use rstest::rstest;
use serde_json::{Value, json};

#[tokio::test]
async fn a_tenant_is_created_with_settings() {
    let environment = TestEnvironment::new();
    environment.odx("table create").await.succeeds();
    assert_eq!(environment.odx("tenant list --json").await.json(), json!([]));
    let create = "tenant create acme --collection PolicyHolders --users-per-request 100 --retention-days 365 --json";
    let created = environment.odx(create).await.json();
    assert_eq!(created["id"], "acme");
    assert_eq!(created["collections"], json!(["PolicyHolders"]));
    assert_eq!(created["users_per_request"], 100);
    assert_eq!(created["retention_days"], 365);
    assert_eq!(environment.odx("tenant show acme --json").await.json(), created);
    assert_eq!(environment.odx("tenant list --json").await.json(), json!([created]));
}

#[tokio::test]
async fn a_setting_that_is_not_named_keeps_its_value() {
    let environment = TestEnvironment::new();
    environment.odx("table create").await.succeeds();
    let create = "tenant create acme --collection PolicyHolders --users-per-request 100 --retention-days 365 --json";
    let mut tenant = environment.odx(create).await.json();
    tenant["requests_per_minute"] = json!(60);
    tenant["collections"] = json!([]);
    tenant["retention_days"] = Value::Null;
    assert_eq!(tenant["links_days"], 400);
    tenant["links_days"] = json!(30);
    let set = "tenant set acme --requests-per-minute 60 --no-collections --keep-forever --links-days 30 --json";
    assert_eq!(environment.odx(set).await.json(), tenant);
    assert_eq!(environment.odx("tenant show acme --json").await.json(), tenant);
}

#[tokio::test]
async fn without_json_the_output_is_columns_and_messages() {
    let environment = TestEnvironment::new();
    environment.odx("table create").await.succeeds();
    let output = environment.odx("tenant list").await;
    output.says(&["odx tenant create ID"]);
    assert_eq!(output.succeeds(), "");
    let output = environment.odx("tenant create acme").await;
    assert_eq!(output.err.trim(), "created tenant `acme`");
    assert_eq!(output.succeeds(), "");
    insta::assert_snapshot!(environment.odx("tenant list").await.succeeds(), @r"
    id    collections  users a request  requests a minute  kept for days  links kept for days  shards
    acme               10000            600                forever        400                  4
    ");
}

#[tokio::test]
async fn a_tenant_is_not_created_twice() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("tenant create acme").await.fails(&["the tenant `acme` already exists", "odx tenant set acme"]);
}

#[tokio::test]
async fn a_change_without_a_setting_is_refused() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("tenant set acme").await.fails(&["nothing to change"]);
}

#[rstest]
#[tokio::test]
async fn an_unknown_tenant_is_named_with_the_command_that_lists_tenants(
    #[values(
        "tenant show nobody",
        "tenant set nobody --keep-forever",
        "scenario list --tenant nobody",
        "scenario put --tenant nobody 0x420 --name Support",
        "account list --tenant nobody",
        "account create --tenant nobody ann --role admin",
        "token list --tenant nobody --account ann",
        "token create --tenant nobody --account ann --name x",
        "import --tenant nobody -"
    )]
    line: &str,
) {
    let environment = TestEnvironment::with_acme().await;
    environment.odx(line).await.fails(&["there is no tenant `nobody`", "`odx tenant list` lists the tenants"]);
}

#[tokio::test]
async fn an_integration_has_the_scopes_that_it_is_given() {
    let environment = TestEnvironment::with_acme().await;
    let create = "account create --tenant acme bot --role integration --scope links:write --scope links:read --json";
    let created = environment.odx(create).await.json();
    let scopes = json!(["links:read", "links:write"]);
    let expected = json!({"id": "bot", "role": "integration", "scopes": scopes, "email": null, "is_bound": false});
    assert_eq!(created, expected);
}

#[tokio::test]
async fn accounts_are_listed_with_the_scopes_of_their_roles() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("account create --tenant acme bot --role integration --scope links:read").await.succeeds();
    let list = environment.odx("account list --tenant acme --json").await.json();
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["ann", "bot", "crm"]);
    assert_eq!(list[0]["scopes"].as_array().unwrap().len(), 7);
}

#[rstest]
#[case::that_exists("create --tenant acme ann --role admin", &["already exists", "odx account role"])]
#[case::of_an_integration_without_scopes("create --tenant acme b --role integration", &["at least one --scope"])]
#[case::of_a_role_with_scopes("create --tenant acme b --role editor --scope links:read", &["follow from the role"])]
#[case::that_is_missing("role --tenant acme nobody --role admin", &["no account `nobody`"])]
#[tokio::test]
async fn an_account_is_not_created_or_changed(#[case] rest: &str, #[case] expected: &[&str]) {
    TestEnvironment::with_acme().await.odx(&format!("account {rest}")).await.fails(expected);
}

#[tokio::test]
async fn a_smaller_role_takes_scopes_from_the_tokens_of_an_account_at_once() {
    let environment = TestEnvironment::with_acme().await;
    let token = environment.odx("token create --tenant acme --account crm --name CRM").await.succeeds();
    let scopes = async || environment.get("/api/token", token.trim()).await.1["scopes"].clone();
    assert_eq!(scopes().await, json!(["interactions:read", "links:read", "links:write"]));
    let role = environment.odx("account role --tenant acme crm --role analyst --json").await.json();
    assert_eq!(role["role"], "analyst");
    assert_eq!(scopes().await, json!(["interactions:read", "links:read"]));
    let listed = environment.odx("token list --tenant acme --account crm --json").await.json();
    assert_eq!(listed[0]["scopes"], json!(["interactions:read", "links:read"]));
}
