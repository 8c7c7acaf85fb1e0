//! A dataset is checked whole before anything is made, and everything wrong is named.

use crate::support::{FaultInjector, GENERATE, TestEnvironment};
use serde_json::{Value, json};

/// The status, message and errors of a body on both paths.
async fn refusal(env: &TestEnvironment, token: &str, body: &Value) -> Value {
    let mut problems = Vec::new();
    for path in GENERATE {
        let answer = env.post(path, token, body).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        problems.push(answer.assert_problem(422, "The given data was invalid.")["errors"].clone());
    }
    assert_eq!(problems[0], problems[1]);
    problems.remove(0)
}

#[tokio::test]
async fn every_mistake_of_the_whole_body_has_its_sentence() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let rows = json!([{"user_id": "ann", "attributes": {}}]);
    let required = json!(["The scenario_id field is required."]);
    let unknown = json!(["The selected scenario does not exist."]);
    let disagree = json!(["The spellings scenario_id, scenarioId, scenario_alias and scenarioAlias disagree."]);
    let no_rows = json!(["The dataset field is required."]);
    for (body, errors) in [
        (json!({}), json!({"scenario_id": required, "dataset": no_rows})),
        (json!([]), json!({"body": ["The body must be a JSON object."]})),
        (json!({"dataset": rows}), json!({"scenario_id": required})),
        (json!({"scenario_id": "", "dataset": rows}), json!({"scenario_id": required})),
        (json!({"scenario_id": null, "dataset": rows}), json!({"scenario_id": required})),
        (json!({"scenario_id": 420, "dataset": rows}), json!({"scenario_id": ["The scenario_id must be a string."]})),
        (json!({"scenario_id": "nowhere", "dataset": rows}), json!({"scenario_id": unknown})),
        (json!({"scenario_alias": "no name#", "dataset": rows}), json!({"scenario_id": unknown})),
        (
            json!({"scenario_id": "0x420", "scenarioAlias": "support", "dataset": rows}),
            json!({"scenario_id": disagree}),
        ),
        (json!({"scenario_id": "0x420"}), json!({"dataset": no_rows})),
        (json!({"scenario_id": "0x420", "dataset": []}), json!({"dataset": no_rows})),
        (json!({"scenario_id": "0x420", "dataset": null}), json!({"dataset": no_rows})),
        (json!({"scenario_id": "0x420", "dataset": {"a": 1}}), json!({"dataset": ["The dataset must be an array."]})),
        (
            json!({"dataset": [{}]}),
            json!({"scenario_id": required, "dataset.0.attributes": ["The attributes field is required."]}),
        ),
    ] {
        assert_eq!(refusal(&env, &acme.token, &body).await, errors, "{body}");
    }
}

#[tokio::test]
async fn every_mistake_of_a_row_has_its_path_and_sentence() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let scalar = "An attribute must be a scalar or an array of scalars.";
    let name = "An attribute's name must have 1 to 128 characters and no control characters.";
    for (row, path, sentence) in [
        (json!({"user_id": "ann"}), ".attributes", "The attributes field is required."),
        (json!({"user_id": "ann", "attributes": null}), ".attributes", "The attributes field is required."),
        (json!({"attributes": "x"}), ".attributes", "The attributes must be an object."),
        (json!({"attributes": [1]}), ".attributes", "The attributes must be an object."),
        (json!({"user_id": 7, "attributes": {}}), ".user_id", "User id must be a string"),
        (json!({"user_id": "", "attributes": {}}), ".user_id", "User id must be 1 to 384 characters"),
        (json!({"user_id": "é".repeat(385), "attributes": {}}), ".user_id", "User id must be 1 to 384 characters"),
        (
            json!({"user_id": "a", "userId": "b", "attributes": {}}),
            ".user_id",
            "The spellings user_id and userId disagree",
        ),
        (json!({"attributes": {"x": {}}}), ".attributes.x", scalar),
        (json!({"attributes": {"a.b": [[]]}}), ".attributes.a.b", scalar),
        (json!({"attributes": {"x": [1, {"y": 1}]}}), ".attributes.x", scalar),
        (
            json!({"attributes": {"x": "y".repeat(20_000)}}),
            ".attributes",
            "The attributes of a user must not have more than 16 KB.",
        ),
        (
            json!({"attributes": (0..201).map(|n| (n.to_string(), json!(n))).collect::<Value>()}),
            ".attributes",
            "There must not be more than 200 attributes.",
        ),
        (json!({"attributes": {"": 1}}), ".attributes", name),
        (json!({"attributes": {"a\tb": 1}}), ".attributes", name),
        (json!({"attributes": {"é".repeat(129): 1}}), ".attributes", name),
        (json!("ann"), "", "The row must be an object."),
    ] {
        let body = json!({"scenario_id": "0x420", "dataset": [{"attributes": {}}, row]});
        assert_eq!(refusal(&env, &acme.token, &body).await, json!({format!("dataset.1{path}"): [sentence]}));
    }
}

#[tokio::test]
async fn one_bad_row_and_nothing_is_made() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let mut rows: Vec<_> = (0..500).map(|number| json!({"user_id": number.to_string(), "attributes": {}})).collect();
    rows.push(json!({"user_id": "last", "attributes": {"x": {}}}));
    wire.forget();
    refusal(&env, &acme.token, &json!({"scenario_id": "0x420", "dataset": rows})).await;
    let writes =
        ["BatchWriteItem", "PutItem", "TransactWriteItems", "DeleteItem"].map(|operation| wire.calls(operation));
    assert_eq!((writes, wire.calls("UpdateItem")), ([0; 4], 2), "only the token's use is written");
}

#[tokio::test]
async fn every_bad_row_is_named_up_to_a_thousand() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    for (bad, named) in [(999, 999), (1_000, 1_000), (1_500, 1_000)] {
        let rows: Value = (0..2 * bad)
            .map(|row| if row % 2 == 0 { json!({"attributes": {}}) } else { json!({"user_id": 1}) })
            .collect();
        let errors = refusal(&env, &acme.token, &json!({"scenario_id": "0x420", "dataset": rows})).await;
        assert_eq!(errors.as_object().unwrap().len(), 2 * named, "each bad row is wrong twice");
        assert_eq!(errors["dataset.1.user_id"], json!(["User id must be a string"]));
        assert!(errors.get(format!("dataset.{}.attributes", 2 * named - 1)).is_some());
    }
}

#[tokio::test]
async fn the_limit_of_users_is_the_tenants() {
    let env = TestEnvironment::new().await;
    let mut acme = env.tenancy("acme").await;
    acme.tenant.limits.users_per_request = 3;
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    let body = |rows: usize| json!({"scenario_id": "0x420", "dataset": vec![json!({"attributes": {}}); rows]});
    assert_eq!(env.post(GENERATE[0], &acme.token, &body(3)).await.status, 200);
    assert_eq!(refusal(&env, &acme.token, &body(4)).await, json!({"dataset": ["Maximum number of users is 3"]}));
    let other = env.tenancy("other").await;
    let errors = refusal(&env, &other.token, &body(10_001)).await;
    assert_eq!(errors, json!({"dataset": ["Maximum number of users is 10000"]}));
}

#[tokio::test]
async fn a_scenario_without_a_webchat_page_has_no_links() {
    let env = TestEnvironment::new().await;
    let mut acme = env.tenancy("acme").await;
    acme.scenario.page = None;
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let body = json!({"scenario_id": "support", "dataset": [{"attributes": {}}]});
    for path in GENERATE {
        let answer = env.post(path, &acme.token, &body).await;
        answer.assert_problem(404, "Fullpage webchat routes are not enabled.");
    }
}

#[tokio::test]
async fn another_tenants_scenario_does_not_exist() {
    let env = TestEnvironment::new().await;
    let (acme, mut other) = (env.tenancy("acme").await, env.tenancy("other").await);
    other.scenario.id = "0x999".parse().unwrap();
    other.scenario.alias = Some("sales".parse().unwrap());
    env.app.store.scenario_put(&other.tenant.id, &other.scenario).await.unwrap();
    for name in ["0x999", "sales"] {
        let body = json!({"scenario_id": name, "dataset": [{"attributes": {}}]});
        let errors = refusal(&env, &acme.token, &body).await;
        assert_eq!(errors, json!({"scenario_id": ["The selected scenario does not exist."]}));
    }
}
