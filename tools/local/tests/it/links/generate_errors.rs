//! A dataset is validated as a whole before any link is created, and every error is named.

use crate::support::{FaultInjector, GENERATE_PATHS, TestEnvironment};
use rstest::rstest;
use serde_json::{Value, json};

/// Sends a body to both paths, which must refuse it alike, and returns the errors.
async fn refusal(env: &TestEnvironment, token: &str, body: &Value) -> Value {
    let mut problems = Vec::new();
    for path in GENERATE_PATHS {
        let response = env.post(path, token, body).await;
        assert_eq!(response.status, 422, "{}", response.text());
        problems.push(response.assert_problem(422, "The given data was invalid.")["errors"].clone());
    }
    assert_eq!(problems[0], problems[1]);
    problems.remove(0)
}

const SCENARIO_REQUIRED: &str = "The scenario_id field is required.";
const SCENARIO_UNKNOWN: &str = "The selected scenario does not exist.";
const SCENARIOS_DISAGREE: &str = "The spellings scenario_id, scenarioId, scenario_alias and scenarioAlias disagree.";
const DATASET_REQUIRED: &str = "The dataset field is required.";
const ATTRIBUTES_REQUIRED: &str = "The attributes field is required.";

/// A dataset with one valid row.
fn rows() -> Value {
    json!([{"user_id": "ann", "attributes": {}}])
}

#[rstest]
#[case::empty(json!({}), json!({"scenario_id": [SCENARIO_REQUIRED], "dataset": [DATASET_REQUIRED]}))]
#[case::an_array(json!([]), json!({"body": ["The body must be a JSON object."]}))]
#[case::no_scenario(json!({"dataset": rows()}), json!({"scenario_id": [SCENARIO_REQUIRED]}))]
#[case::an_empty_scenario(json!({"scenario_id": "", "dataset": rows()}), json!({"scenario_id": [SCENARIO_REQUIRED]}))]
#[case::a_null_scenario(json!({"scenario_id": null, "dataset": rows()}), json!({"scenario_id": [SCENARIO_REQUIRED]}))]
#[case::a_number_as_the_scenario(
    json!({"scenario_id": 420, "dataset": rows()}),
    json!({"scenario_id": ["The scenario_id must be a string."]})
)]
#[case::an_unknown_scenario(
    json!({"scenario_id": "nowhere", "dataset": rows()}),
    json!({"scenario_id": [SCENARIO_UNKNOWN]})
)]
#[case::a_scenario_that_is_not_a_name(
    json!({"scenario_alias": "no name#", "dataset": rows()}),
    json!({"scenario_id": [SCENARIO_UNKNOWN]})
)]
#[case::spellings_that_disagree(
    json!({"scenario_id": "0x420", "scenarioAlias": "support", "dataset": rows()}),
    json!({"scenario_id": [SCENARIOS_DISAGREE]})
)]
#[case::no_dataset(json!({"scenario_id": "0x420"}), json!({"dataset": [DATASET_REQUIRED]}))]
#[case::an_empty_dataset(json!({"scenario_id": "0x420", "dataset": []}), json!({"dataset": [DATASET_REQUIRED]}))]
#[case::a_null_dataset(json!({"scenario_id": "0x420", "dataset": null}), json!({"dataset": [DATASET_REQUIRED]}))]
#[case::an_object_as_the_dataset(
    json!({"scenario_id": "0x420", "dataset": {"a": 1}}),
    json!({"dataset": ["The dataset must be an array."]})
)]
#[case::no_scenario_and_a_wrong_row(
    json!({"dataset": [{}]}),
    json!({"scenario_id": [SCENARIO_REQUIRED], "dataset.0.attributes": [ATTRIBUTES_REQUIRED]})
)]
#[tokio::test]
async fn every_error_of_the_body_is_named_by_its_field(#[case] body: Value, #[case] errors: Value) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(refusal(&env, &acme.token, &body).await, errors, "{body}");
}

const NOT_A_SCALAR: &str = "An attribute must be a scalar or an array of scalars.";
const WRONG_NAME: &str = "An attribute's name must have 1 to 128 characters and no control characters.";
const WRONG_USER_ID: &str = "User id must be 1 to 384 characters";

#[rstest]
#[case::no_attributes(json!({"user_id": "ann"}), ".attributes", ATTRIBUTES_REQUIRED)]
#[case::null_attributes(json!({"user_id": "ann", "attributes": null}), ".attributes", ATTRIBUTES_REQUIRED)]
#[case::a_text_as_attributes(json!({"attributes": "x"}), ".attributes", "The attributes must be an object.")]
#[case::an_array_as_attributes(json!({"attributes": [1]}), ".attributes", "The attributes must be an object.")]
#[case::a_number_as_the_user_id(json!({"user_id": 7, "attributes": {}}), ".user_id", "User id must be a string")]
#[case::an_empty_user_id(json!({"user_id": "", "attributes": {}}), ".user_id", WRONG_USER_ID)]
#[case::a_long_user_id(json!({"user_id": "é".repeat(385), "attributes": {}}), ".user_id", WRONG_USER_ID)]
#[case::two_user_ids(
    json!({"user_id": "a", "userId": "b", "attributes": {}}),
    ".user_id",
    "The spellings user_id and userId disagree"
)]
#[case::an_object_as_a_value(json!({"attributes": {"x": {}}}), ".attributes.x", NOT_A_SCALAR)]
#[case::an_array_of_arrays(json!({"attributes": {"a.b": [[]]}}), ".attributes.a.b", NOT_A_SCALAR)]
#[case::an_object_in_an_array(json!({"attributes": {"x": [1, {"y": 1}]}}), ".attributes.x", NOT_A_SCALAR)]
#[case::large_attributes(
    json!({"attributes": {"x": "y".repeat(20_000)}}),
    ".attributes",
    "The attributes of a user must not have more than 16 KB."
)]
#[case::many_attributes(
    json!({"attributes": (0..201).map(|n| (n.to_string(), json!(n))).collect::<Value>()}),
    ".attributes",
    "There must not be more than 200 attributes."
)]
#[case::an_empty_name(json!({"attributes": {"": 1}}), ".attributes", WRONG_NAME)]
#[case::a_tab_in_a_name(json!({"attributes": {"a\tb": 1}}), ".attributes", WRONG_NAME)]
#[case::a_long_name(json!({"attributes": {"é".repeat(129): 1}}), ".attributes", WRONG_NAME)]
#[case::a_text(json!("ann"), "", "The row must be an object.")]
#[tokio::test]
async fn every_error_of_a_row_is_named_by_its_path(#[case] row: Value, #[case] path: &str, #[case] sentence: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let body = json!({"scenario_id": "0x420", "dataset": [{"attributes": {}}, row]});
    assert_eq!(refusal(&env, &acme.token, &body).await, json!({format!("dataset.1{path}"): [sentence]}));
}

#[tokio::test]
async fn one_wrong_row_prevents_every_link() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let mut rows: Vec<_> = (0..500).map(|number| json!({"user_id": number.to_string(), "attributes": {}})).collect();
    rows.push(json!({"user_id": "last", "attributes": {"x": {}}}));
    env.begin_minute(&acme).await;
    faults.reset();
    refusal(&env, &acme.token, &json!({"scenario_id": "0x420", "dataset": rows})).await;
    let writes =
        ["BatchWriteItem", "PutItem", "TransactWriteItems", "DeleteItem"].map(|operation| faults.calls(operation));
    assert_eq!(
        (writes, faults.calls("UpdateItem")),
        ([0; 4], 4),
        "two requests count the uses of token and tenant, and write nothing else"
    );
}

#[rstest]
#[case::one_less(999, 999)]
#[case::exactly(1_000, 1_000)]
#[case::more(1_500, 1_000)]
#[tokio::test]
async fn the_first_thousand_wrong_rows_are_named(#[case] wrong: usize, #[case] named: usize) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let rows: Value = (0..2 * wrong)
        .map(|row| if row % 2 == 0 { json!({"attributes": {}}) } else { json!({"user_id": 1}) })
        .collect();
    let errors = refusal(&env, &acme.token, &json!({"scenario_id": "0x420", "dataset": rows})).await;
    assert_eq!(errors.as_object().unwrap().len(), 2 * named, "each wrong row has two errors");
    assert_eq!(errors["dataset.1.user_id"], json!(["User id must be a string"]));
    assert!(errors.get(format!("dataset.{}.attributes", 2 * named - 1)).is_some());
}

#[tokio::test]
async fn the_number_of_users_in_a_request_is_limited_by_the_tenant() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    acme.tenant.limits.users_per_request = 3;
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    let body = |rows: usize| json!({"scenario_id": "0x420", "dataset": vec![json!({"attributes": {}}); rows]});
    assert_eq!(env.post(GENERATE_PATHS[0], &acme.token, &body(3)).await.status, 200);
    assert_eq!(refusal(&env, &acme.token, &body(4)).await, json!({"dataset": ["Maximum number of users is 3"]}));
    let other = env.create_tenant("other").await;
    let errors = refusal(&env, &other.token, &body(10_001)).await;
    assert_eq!(errors, json!({"dataset": ["Maximum number of users is 10000"]}));
}

#[tokio::test]
async fn a_scenario_without_a_webchat_page_has_no_links() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    acme.scenario.page = None;
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let body = json!({"scenario_id": "support", "dataset": [{"attributes": {}}]});
    for path in GENERATE_PATHS {
        let response = env.post(path, &acme.token, &body).await;
        response.assert_problem(404, "Fullpage webchat routes are not enabled.");
    }
}

#[tokio::test]
async fn another_tenants_scenario_does_not_exist() {
    let env = TestEnvironment::new().await;
    let (acme, mut other) = (env.create_tenant("acme").await, env.create_tenant("other").await);
    other.scenario.id = "0x999".parse().unwrap();
    other.scenario.alias = Some("sales".parse().unwrap());
    env.app.store.scenario_put(&other.tenant.id, &other.scenario).await.unwrap();
    for name in ["0x999", "sales"] {
        let body = json!({"scenario_id": name, "dataset": [{"attributes": {}}]});
        let errors = refusal(&env, &acme.token, &body).await;
        assert_eq!(errors, json!({"scenario_id": ["The selected scenario does not exist."]}));
    }
}
