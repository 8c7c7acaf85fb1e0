//! Stored data that is not JSON fails a request: no response is shorter than what is stored.

use crate::support::exported::{CSV, JSON, NDJSON};
use crate::support::{LEGACY, PUBLIC, TestEnvironment, TestTenant, with_query};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::NaiveDate;
use rstest::rstest;
use serde_json::json;
use shared::store::{Client, client_config};

const BROKEN: &str = "{\"value\": ";

/// Replaces the data of a user's one interaction of the day with text that is not JSON.
async fn break_data(env: &TestEnvironment, of: &TestTenant, user: &str) {
    let client = Client::from_conf(client_config(&env.app.config.aws));
    let text = |text: String| AttributeValue::S(text);
    let day = NaiveDate::from_ymd_opt(2022, 9, 21).expect("a day");
    let hash = env.app.store.data_key().user_hash(&of.tenant.id, &user.parse().expect("a user id"));
    let shard = of.tenant.sharding.shard(day, &hash);
    let query = client.query().table_name(&env.app.config.table);
    let query = query.key_condition_expression("PK = :pk AND begins_with(SK, :sk)");
    let query = query.expression_attribute_values(":pk", text(format!("T#{}#D#{day}#S#{shard}", of.tenant.id)));
    let query = query.expression_attribute_values(":sk", text(format!("U#{hash}")));
    let items = query.send().await.expect("a page").items.unwrap_or_default();
    assert_eq!(items.len(), 1, "one interaction");
    for item in items {
        let update = client.update_item().table_name(&env.app.config.table).update_expression("SET #data = :broken");
        let update = update.key("PK", item["PK"].clone()).key("SK", item["SK"].clone());
        let update = update.condition_expression("attribute_exists(#data)").expression_attribute_names("#data", "data");
        update.expression_attribute_values(":broken", text(BROKEN.to_owned())).send().await.expect("broken");
    }
}

/// Three users. The data of the second is not JSON.
async fn broken() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |user: &str| {
        json!({"user_id": user, "type": "button_response", "date": "2022-09-21 08:00:00", "text": "yes",
            "data": {"value": user}})
    };
    env.ingest(&acme, ["ann", "bob", "cem"].into_iter().map(event).collect()).await;
    env.advance_clock(61);
    break_data(&env, &acme, "bob").await;
    (env, acme)
}

const DAY: [(&str, &str); 2] = [("from", "2022-09-21"), ("to", "2022-09-21 23:59:59")];
const EXPORT: &str = "/public/api/user-data-export?exportType=json&from=2022-09-21%2000:00:00&to=2022-09-21%2023:59:59";

#[rstest]
#[case::legacy(with_query(LEGACY, &DAY), JSON)]
#[case::public(with_query(PUBLIC, &DAY), JSON)]
#[case::a_page(with_query(PUBLIC, &[DAY[0], DAY[1], ("limit", "10")]), JSON)]
#[case::lines(with_query(PUBLIC, &DAY), NDJSON)]
#[case::user_data_export(EXPORT.to_owned(), JSON)]
#[case::user_data_export_by_cursor(format!("{EXPORT}&cursor="), JSON)]
#[case::changes("/public/api/interactions/changes".to_owned(), JSON)]
#[tokio::test]
async fn an_interaction_that_cannot_be_serialized_is_500_without_data(#[case] path: String, #[case] format: &str) {
    let (env, acme) = broken().await;
    let bearer = format!("Bearer {}", acme.token);
    let response = env.visit(&path, &[("authorization", &bearer), ("accept", format)]).await;
    let problem = response.assert_problem(500, "Something went wrong on our side.");
    assert_eq!(problem.get("data"), None);
}

#[rstest]
#[tokio::test]
async fn other_users_can_be_read_one_by_one(#[values("ann", "cem")] user: &str) {
    let (env, acme) = broken().await;
    let response = env.get_interactions(&acme, PUBLIC, &[DAY[0], DAY[1], ("user_id", user)]).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[tokio::test]
async fn csv_copies_the_text_of_the_data_without_reading_it() {
    let (env, acme) = broken().await;
    let csv = env.export_page(&acme, PUBLIC, &DAY, CSV).await;
    assert_eq!(csv.status, 200, "{}", csv.text());
    assert_eq!(csv.header("x-interactions"), "3");
}
