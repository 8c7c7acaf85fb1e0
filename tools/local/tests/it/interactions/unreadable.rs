//! Stored data that is not JSON fails a request: no response is shorter than what is stored.

use crate::support::exported::{CSV, JSON, NDJSON};
use crate::support::{LEGACY, PUBLIC, TestEnvironment, TestTenant};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use shared::store::{Client, client_config};

const BROKEN: &str = "{\"value\": ";

/// Breaks the data of a user's interactions, as no program of this product would leave it.
async fn break_data(env: &TestEnvironment, user: &str) {
    let client = Client::from_conf(client_config(&env.app.config.aws));
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let table = env.app.config.table.clone();
    let found =
        client.scan().table_name(table.clone()).filter_expression("user_id = :user AND attribute_exists(#data)");
    let found = found.expression_attribute_names("#data", "data").expression_attribute_values(":user", text(user));
    let items = found.send().await.expect("a page").items.unwrap_or_default();
    assert_eq!(items.len(), 1, "one interaction with data");
    for item in items {
        let update = client.update_item().table_name(table.clone()).update_expression("SET #data = :broken");
        let update = update.key("PK", item["PK"].clone()).key("SK", item["SK"].clone());
        let update =
            update.expression_attribute_names("#data", "data").expression_attribute_values(":broken", text(BROKEN));
        update.send().await.expect("broken");
    }
}

/// Three users. The data of the second is not JSON.
async fn broken() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = |user: &str| {
        json!({"user_id": user, "type": "button_response", "date": "2022-09-21 08:00:00", "text": "yes",
            "data": {"value": user}})
    };
    env.ingest(&acme, ["ann", "bob", "cem"].into_iter().map(said).collect()).await;
    env.advance_clock(61);
    break_data(&env, "bob").await;
    (env, acme)
}

#[tokio::test]
async fn an_interaction_that_cannot_be_written_fails_the_request_rather_than_shorten_the_response() {
    let (env, acme) = broken().await;
    let day = [("from", "2022-09-21"), ("to", "2022-09-21 23:59:59")];
    let paged = [&day[..], &[("limit", "10")]].concat();
    let export = [&day[..], &[("exportType", "json")]].concat();
    let export =
        export.iter().map(|(name, value)| (*name, if *value == "2022-09-21" { "2022-09-21 00:00:00" } else { value }));
    let export: Vec<_> = export.collect();
    let export_by_cursor = [&export[..], &[("cursor", "")]].concat();
    for (path, pairs, format) in [
        (LEGACY, &day[..], JSON),
        (PUBLIC, &day, JSON),
        (PUBLIC, &paged, JSON),
        (PUBLIC, &day, NDJSON),
        ("/public/api/user-data-export", &export, JSON),
        ("/public/api/user-data-export", &export_by_cursor, JSON),
        ("/public/api/interactions/changes", &[], JSON),
    ] {
        let response = env.export_page(&acme, path, pairs, format).await;
        let problem = response.assert_problem(500, "Something went wrong on our side.");
        assert!(problem.get("data").is_none(), "{path} {format}: {problem}");
    }
}

#[tokio::test]
async fn users_whose_data_is_json_are_read_as_before() {
    let (env, acme) = broken().await;
    let day = [("from", "2022-09-21"), ("to", "2022-09-21 23:59:59")];
    for user in ["ann", "cem"] {
        let one = [&day[..], &[("user_id", user)]].concat();
        assert_eq!(env.get_interactions(&acme, PUBLIC, &one).await.status, 200, "{user}");
    }
    // CSV copies the text of the data without reading it.
    let csv = env.export_page(&acme, PUBLIC, &day, CSV).await;
    assert_eq!(csv.status, 200, "{}", csv.text());
    assert_eq!(csv.header("x-interactions"), "3");
}
