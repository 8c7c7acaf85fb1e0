//! `odx table` and `odx keys`: a table is made once, and only ever used with its version and its key.

use crate::support::{Installation, odx_alone};
use aws_sdk_dynamodb::types::AttributeValue;
use shared::crypto::new_keys;
use shared::store::{Client, client_config};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// Makes the table one of another version.
async fn make_another_version(installation: &Installation) {
    let config = &installation.app.config;
    let key = || AttributeValue::S("META".to_owned());
    let update = Client::from_conf(client_config(&config.aws)).update_item().table_name(&config.table);
    let update = update.key("PK", key()).key("SK", key()).update_expression("SET version = :other");
    update.expression_attribute_values(":other", AttributeValue::N("99".to_owned())).send().await.expect("an update");
}

#[tokio::test]
async fn a_table_is_made_on_a_fresh_engine_and_made_again_it_is_only_checked() {
    let installation = Installation::new();
    installation.odx("table check").await.fails(&["there is no table `external-api`", "odx table create"]);
    for line in ["table create", "table check", "table create"] {
        let said = installation.odx(line).await;
        assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
        assert!(said.err.contains("table `external-api` is ready"), "{said:?}");
    }
}

#[tokio::test]
async fn without_a_table_every_command_says_how_to_make_one() {
    let installation = Installation::new();
    for line in ["tenant list", "scenario list --tenant acme", "token list --tenant acme --account crm"] {
        installation.odx(line).await.fails(&["there is no table", "odx table create"]);
    }
}

#[tokio::test]
async fn a_table_of_another_version_is_refused_with_advice() {
    let installation = Installation::with_acme().await;
    make_another_version(&installation).await;
    for line in ["table check", "table create", "tenant list", "tenant create other"] {
        installation.odx(line).await.fails(&["is of version 99", "reads version 3", "another table"]);
    }
}

#[tokio::test]
async fn a_table_of_another_data_key_is_refused_with_advice() {
    let installation = Installation::with_acme().await;
    installation.write("keys.env", new_keys().env_lines("external-api"));
    for line in ["table check", "table create", "tenant list", "token list --tenant acme --account crm"] {
        installation.odx(line).await.fails(&["was made with the data key", "restore the key that belongs to it"]);
    }
}

#[tokio::test]
async fn new_keys_are_files_for_their_owner_alone_that_make_an_installation_work() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let line = format!("keys new --out {} --table mine", keys.display());
    let said = odx_alone(&line).await;
    assert!(said.err.contains("DATA_KEY never rotates") && said.err.contains("odx table create"), "{said:?}");
    assert_eq!(said.done(), "");
    for name in ["keys.env", "token-key"] {
        let mode = fs::metadata(keys.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    odx_alone(&line).await.fails(&["exists and keys are never overwritten"]);

    let installation = Installation::new();
    installation.write("keys.env", fs::read(keys.join("keys.env")).unwrap());
    installation.write("token-key", fs::read(keys.join("token-key")).unwrap());
    let said = installation.odx("table create").await;
    assert!(said.err.contains("table `mine` is ready"), "{said:?}");
    installation.odx("tenant create acme").await.done();
    installation.odx("account create --tenant acme ann --role admin").await.done();
    installation.odx("token create --tenant acme --account ann --name first").await.done();
}

#[tokio::test]
async fn keys_for_a_secret_store_are_printed_as_json() {
    let keys = odx_alone("keys new --json").await.json();
    for name in ["TABLE_NAME", "DATA_KEY", "SIGNING_KEYS", "TOKEN_PUBLIC_KEYS", "token_key"] {
        assert!(keys[name].as_str().is_some_and(|value| !value.is_empty()), "{name}: {keys}");
    }
}
