//! `odx table` and `odx keys`: a table is created once, and only used with its version and its data key.

use crate::environment::{TestEnvironment, odx_alone};
use aws_sdk_dynamodb::types::AttributeValue;
use rstest::rstest;
use serde_json::json;
use shared::crypto::new_keys;
use shared::store::{Client, client_config};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// Sets the version of the table to 99.
async fn change_version(environment: &TestEnvironment) {
    let config = &environment.app.config;
    let key = || AttributeValue::S("META".to_owned());
    let update = Client::from_conf(client_config(&config.aws)).update_item().table_name(&config.table);
    let update = update.key("PK", key()).key("SK", key()).update_expression("SET version = :other");
    update.expression_attribute_values(":other", AttributeValue::N("99".to_owned())).send().await.expect("an update");
}

/// Removes the item `META`, as if a template had made the table, or another product.
async fn remove_meta(environment: &TestEnvironment) {
    let config = &environment.app.config;
    let key = || AttributeValue::S("META".to_owned());
    let delete = Client::from_conf(client_config(&config.aws)).delete_item().table_name(&config.table);
    delete.key("PK", key()).key("SK", key()).send().await.expect("deleted");
}

#[tokio::test]
async fn an_empty_table_that_a_template_made_becomes_a_table_of_the_product() {
    let environment = TestEnvironment::new();
    environment.odx("table create").await.succeeds();
    remove_meta(&environment).await;
    environment.odx("table check").await.fails(&["has no META item"]);
    environment.odx("table create").await.succeeds();
    environment.odx("table check").await.succeeds();
}

#[tokio::test]
async fn a_table_with_items_of_another_product_is_refused() {
    let environment = TestEnvironment::with_acme().await;
    remove_meta(&environment).await;
    environment.odx("table create").await.fails(&["has no META item", "not a table of this product"]);
}

#[tokio::test]
async fn a_table_is_created_on_an_empty_engine_and_then_only_checked() {
    let environment = TestEnvironment::new();
    environment.odx("table check").await.fails(&["there is no table `external-api`", "odx table create"]);
    for line in ["table create", "table check", "table create"] {
        let output = environment.odx(line).await;
        output.says(&["table `external-api` is ready"]);
        assert_eq!(output.succeeds(), "", "{line}");
    }
}

#[tokio::test]
async fn as_json_a_table_has_its_name() {
    let environment = TestEnvironment::new();
    assert_eq!(environment.odx("table create --json").await.json(), json!({"table": "external-api"}));
}

#[rstest]
#[tokio::test]
async fn without_a_table_every_command_says_how_to_create_one(
    #[values("tenant list", "scenario list --tenant acme", "token list --tenant acme --account crm")] line: &str,
) {
    TestEnvironment::new().odx(line).await.fails(&["there is no table", "odx table create"]);
}

#[rstest]
#[tokio::test]
async fn a_table_of_another_version_is_refused(
    #[values("table check", "table create", "tenant list", "tenant create other")] line: &str,
) {
    let environment = TestEnvironment::with_acme().await;
    change_version(&environment).await;
    environment.odx(line).await.fails(&["is of version 99", "reads version 5", "another table"]);
}

#[rstest]
#[tokio::test]
async fn a_table_of_another_data_key_is_refused(
    #[values("table check", "table create", "tenant list", "token list --tenant acme --account crm")] line: &str,
) {
    let environment = TestEnvironment::with_acme().await;
    environment.write("keys.env", new_keys().env_lines("external-api"));
    environment.odx(line).await.fails(&["was made with the data key", "restore the key that belongs to it"]);
}

#[tokio::test]
async fn new_keys_are_files_that_only_their_owner_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let line = format!("keys new --out {}", keys.display());
    let output = odx_alone(&line).await;
    output.says(&["DATA_KEY never rotates", "odx table create"]);
    assert_eq!(output.succeeds(), "");
    for name in ["keys.env", "token-key"] {
        let mode = fs::metadata(keys.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    odx_alone(&line).await.fails(&["exists and keys are never overwritten"]);
}

#[tokio::test]
async fn as_json_new_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let keys = odx_alone(&format!("keys new --out {} --json", folder.path().display())).await.json();
    assert_eq!(keys, json!({"keys_env": folder.path().join("keys.env"), "token_key": folder.path().join("token-key")}));
}

#[tokio::test]
async fn new_keys_are_enough_for_an_installation() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    odx_alone(&format!("keys new --out {} --table mine", keys.display())).await.succeeds();
    let environment = TestEnvironment::new();
    environment.write("keys.env", fs::read(keys.join("keys.env")).unwrap());
    environment.write("token-key", fs::read(keys.join("token-key")).unwrap());
    let output = environment.odx("table create").await;
    output.says(&["table `mine` is ready"]);
    output.succeeds();
    environment.odx("tenant create acme").await.succeeds();
    environment.odx("account create --tenant acme ann --role admin").await.succeeds();
    environment.odx("token create --tenant acme --account ann --name first").await.succeeds();
}

#[tokio::test]
async fn keys_for_a_secret_store_are_printed_as_json() {
    let keys = odx_alone("keys new --json").await.json();
    for name in ["TABLE_NAME", "DATA_KEY", "SIGNING_KEYS", "TOKEN_PUBLIC_KEYS", "token_key"] {
        assert!(keys[name].as_str().is_some_and(|value| !value.is_empty()), "{name} is missing or empty");
    }
}
