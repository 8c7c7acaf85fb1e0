//! `odx tenant` and `odx account`: workspaces with their settings, and who may do what in them.

use crate::support::Installation;
use serde_json::{Value, json};

#[tokio::test]
async fn a_tenant_is_made_with_settings_listed_shown_and_changed() {
    let installation = Installation::new();
    installation.odx("table create").await.done();
    assert_eq!(installation.odx("tenant list --json").await.json(), json!([]));
    let create = "tenant create acme --collection PolicyHolders --users-per-request 100 --retention-days 365 --json";
    let made = installation.odx(create).await.json();
    assert_eq!(made["id"], "acme");
    assert_eq!(made["collections"], json!(["PolicyHolders"]));
    assert_eq!((&made["users_per_request"], &made["retention_days"]), (&json!(100), &json!(365)));
    assert_eq!(installation.odx("tenant show acme --json").await.json(), made);
    assert_eq!(installation.odx("tenant list --json").await.json(), json!([made]));

    let set = "tenant set acme --requests-per-minute 60 --no-collections --keep-forever --json";
    let mut changed = made;
    changed["requests_per_minute"] = json!(60);
    changed["collections"] = json!([]);
    changed["retention_days"] = Value::Null;
    assert_eq!(installation.odx(set).await.json(), changed);
    assert_eq!(installation.odx("tenant show acme --json").await.json(), changed);
}

#[tokio::test]
async fn people_get_columns_and_sentences() {
    let installation = Installation::new();
    installation.odx("table create").await.done();
    let said = installation.odx("tenant list").await;
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""));
    assert!(said.err.contains("odx tenant create ID"), "{said:?}");
    let said = installation.odx("tenant create acme").await;
    assert_eq!((said.out.as_str(), said.err.trim()), ("", "made tenant `acme`"));
    let list = installation.odx("tenant list").await.done();
    assert!(list.starts_with("id ") && list.contains("\nacme ") && list.contains("forever"), "{list}");
}

#[tokio::test]
async fn a_tenant_that_is_there_is_not_made_again_and_one_that_is_not_is_named_with_advice() {
    let installation = Installation::with_acme().await;
    installation.odx("tenant create acme").await.fails(&["a tenant `acme` already", "odx tenant set acme"]);
    installation.odx("tenant set acme").await.fails(&["nothing to change"]);
    for line in [
        "tenant show nobody",
        "tenant set nobody --keep-forever",
        "scenario list --tenant nobody",
        "scenario put --tenant nobody 0x420 --name Support",
        "account list --tenant nobody",
        "account create --tenant nobody ann --role admin",
        "token list --tenant nobody --account ann",
        "token create --tenant nobody --account ann --name x",
        "import --tenant nobody -",
    ] {
        installation.odx(line).await.fails(&["there is no tenant `nobody`", "`odx tenant list` shows them"]);
    }
}

#[tokio::test]
async fn accounts_have_the_scopes_of_their_role_or_their_own() {
    let installation = Installation::with_acme().await;
    let create = "account create --tenant acme bot --role integration --scope links:write --scope links:read --json";
    let made = installation.odx(create).await.json();
    assert_eq!(made, json!({"id": "bot", "role": "integration", "scopes": ["links:read", "links:write"]}));
    let list = installation.odx("account list --tenant acme --json").await.json();
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["ann", "bot", "crm"]);
    assert_eq!(list[0]["scopes"].as_array().unwrap().len(), 6);
    installation.odx("account create --tenant acme ann --role admin").await.fails(&["already", "odx account role"]);
    installation.odx("account create --tenant acme b --role integration").await.fails(&["at least one --scope"]);
    let beyond = "account create --tenant acme b --role editor --scope links:read";
    installation.odx(beyond).await.fails(&["follow from the role"]);
    installation.odx("account role --tenant acme nobody --role admin").await.fails(&["no account `nobody`"]);
}

#[tokio::test]
async fn a_smaller_role_shrinks_the_tokens_of_an_account_at_once() {
    let installation = Installation::with_acme().await;
    let token = installation.odx("token create --tenant acme --account crm --name CRM").await.done();
    let scopes = async || installation.get("/api/token", token.trim()).await.1["scopes"].clone();
    assert_eq!(scopes().await, json!(["interactions:read", "links:read", "links:write"]));
    let role = installation.odx("account role --tenant acme crm --role analyst --json").await.json();
    assert_eq!(role["role"], "analyst");
    assert_eq!(scopes().await, json!(["interactions:read", "links:read"]));
    let listed = installation.odx("token list --tenant acme --account crm --json").await.json();
    assert_eq!(listed[0]["scopes"], json!(["interactions:read", "links:read"]));
}
