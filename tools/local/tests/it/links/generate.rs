//! Creates links in bulk: one personal short URL for each user of a dataset.

use crate::support::{FaultInjector, GENERATE_PATHS, TestEnvironment, TestTenant, paths};
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::HandoffMode;
use std::collections::BTreeSet;

fn attributes(number: usize) -> Value {
    json!({"first_name": format!("Name {number}")})
}

/// The exchange response of a link.
async fn exchanged(env: &TestEnvironment, path: &str) -> Value {
    let handoff = env.follow_link(path).await;
    let response = env.exchange(&handoff, "nonce-of-the-test-0").await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

#[tokio::test]
async fn links_are_in_the_order_of_the_dataset_and_every_code_is_unique() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut seen = BTreeSet::new();
    for path in GENERATE_PATHS {
        let users: Vec<_> = (0..60).map(|number| format!("user-{}", (number * 7) % 60)).collect();
        let rows =
            users.iter().enumerate().map(|(number, user)| json!({"user_id": user, "attributes": attributes(number)}));
        let body = json!({"scenario_id": "0x420", "dataset": rows.collect::<Value>()});
        let response = env.post(path, &acme.token, &body).await;
        for (made, user) in response.json().as_array().expect("a bare array").iter().zip(&users) {
            assert_eq!(made["user_id"], **user);
            let code =
                made["url"].as_str().unwrap().strip_prefix("http://api.example.com/").expect("the request's domain");
            assert_eq!(code.len(), 16, "{code}");
            assert!(code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{code}");
            let link_id = made["link_id"].as_str().unwrap();
            assert!(!link_id.is_empty());
            assert!(!link_id.contains(code), "{link_id}");
            assert_eq!(made.as_object().unwrap().len(), 3);
            assert!(seen.insert(code.to_owned()));
            assert!(seen.insert(link_id.to_owned()));
        }
        let links = paths(&response);
        assert_eq!(links.len(), 60);
        for number in [0, 31, 59] {
            let exchanged = exchanged(&env, &links[number]).await;
            assert_eq!((&exchanged["user_id"], &exchanged["attributes"]), (&json!(users[number]), &attributes(number)));
        }
    }
    assert_eq!(seen.len(), 240);
}

#[tokio::test]
async fn a_user_in_two_rows_gets_two_links_and_a_row_without_a_user_id_gets_a_new_one() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let dataset = json!([{"user_id": "ann", "attributes": {}}, {"user_id": "ann", "attributes": {}},
        {"attributes": {}}, {"user_id": null, "attributes": {}}]);
    let response = env.generate(&acme, dataset).await;
    let distinct: BTreeSet<_> = paths(&response).into_iter().collect();
    assert_eq!(distinct.len(), 4);
    let made = response.json();
    assert_eq!(made[0]["user_id"], "ann");
    assert_eq!(made[1]["user_id"], "ann");
    assert_ne!(made[2]["user_id"], made[3]["user_id"]);
    let form = regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").unwrap();
    for row in [2, 3] {
        let id = made[row]["user_id"].as_str().unwrap();
        assert!(form.is_match(id), "{id}");
        assert_eq!(exchanged(&env, &paths(&response)[row]).await["user_id"], id);
    }
}

#[rstest]
#[case::scenario_id("scenario_id", "0x420")]
#[case::scenario_id_in_camel_case("scenarioId", "support")]
#[case::scenario_alias("scenario_alias", "support")]
#[case::scenario_alias_in_camel_case("scenarioAlias", "0x420")]
#[tokio::test]
async fn every_spelling_of_a_member_is_accepted(
    #[case] name: &str,
    #[case] value: &str,
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let body = json!({name: value, "dataset": [{"userId": "ann", "attributes": {}}]});
    let response = env.post(path, &acme.token, &body).await;
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.json()[0]["user_id"], "ann");
}

#[rstest]
#[tokio::test]
async fn two_spellings_with_the_same_value_are_accepted(#[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let twice = json!({"scenario_id": "0x420", "scenarioId": "0x420", "dataset": [{"userId": "ann",
        "user_id": "ann", "attributes": {}}]});
    assert_eq!(env.post(path, &acme.token, &twice).await.status, 200);
}

#[tokio::test]
async fn a_scenario_is_found_by_its_id_before_its_alias() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut other = acme.scenario.clone();
    (other.id, other.alias) = ("support".parse().unwrap(), None);
    assert_eq!(scenario_of(&env, &acme, "support").await, "0x420");
    env.app.store.scenario_put(&acme.tenant.id, &other).await.unwrap();
    assert_eq!(scenario_of(&env, &acme, "support").await, "support");
    assert_eq!(scenario_of(&env, &acme, "0x420").await, "0x420");
}

async fn scenario_of(env: &TestEnvironment, tenant: &TestTenant, name: &str) -> String {
    let body = json!({"scenario_id": name, "dataset": [{"user_id": "ann", "attributes": {}}]});
    let made = env.post(GENERATE_PATHS[0], &tenant.token, &body).await;
    exchanged(env, &paths(&made)[0]).await["scenario_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_attribute_that_the_tenant_declares_a_collection_is_split_and_others_are_unchanged() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    acme.tenant.collections = vec!["PolicyHolders".into()];
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    let given = json!({"PolicyHolders": "Ben Smith,  Joe Bloggs,, ", "policyholders": "a, b", "age": 41, "rate": 1.5,
        "big": 9_007_199_254_740_993_u64, "vip": true, "none": null, "tags": ["x", 1, false, null], "empty": [],
        "ünï ☃": "\u{10ffff}\u{0}"});
    let mut given = given.as_object().unwrap().clone();
    let dataset = json!([{"user_id": "ann", "attributes": given},
        {"user_id": "bob", "attributes": {"PolicyHolders": ["a, b"]}}, {"user_id": "eve", "attributes": []}]);
    let made = env.generate(&acme, dataset).await;
    given["PolicyHolders"] = json!(["Ben Smith", "Joe Bloggs"]);
    let links = paths(&made);
    assert_eq!(exchanged(&env, &links[0]).await["attributes"], Value::Object(given));
    assert_eq!(exchanged(&env, &links[1]).await["attributes"], json!({"PolicyHolders": ["a, b"]}));
    assert_eq!(exchanged(&env, &links[2]).await["attributes"], json!({}));
}

#[tokio::test]
async fn unknown_members_are_ignored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let body = json!({"scenario_id": "0x420", "unheard_of": {"a": [1]}, "dataset": [{"user_id": "ann",
        "attributes": {}, "name": "Ann"}]});
    for path in GENERATE_PATHS {
        assert_eq!(env.post(path, &acme.token, &body).await.status, 200);
    }
}

#[tokio::test]
async fn a_link_has_the_configured_base_url_or_the_domain_of_the_request() {
    let body = json!({"scenario_id": "0x420", "dataset": [{"user_id": "ann", "attributes": {}}]});
    let ask = async |env: &TestEnvironment, uri: &str| {
        let acme = env.create_tenant("acme").await;
        let request = Request::post(uri)
            .header("host", "host.example.com:8080")
            .header("authorization", format!("Bearer {}", acme.token))
            .header("content-type", "application/json");
        let response = env.send(request.body(body.to_string().into()).unwrap()).await;
        let url = response.json()[0]["url"].as_str().unwrap().to_owned();
        url[..url.len() - 16].to_owned()
    };
    let set = [("LINK_BASE_URL", "https://go.example.com")];
    assert_eq!(ask(&TestEnvironment::with(&set, |_| {}).await, GENERATE_PATHS[1]).await, "https://go.example.com/");
    assert_eq!(ask(&TestEnvironment::new().await, GENERATE_PATHS[1]).await, "http://host.example.com:8080/");
    let whole = format!("https://api.example.org{}", GENERATE_PATHS[1]);
    assert_eq!(ask(&TestEnvironment::new().await, &whole).await, "https://api.example.org/");
}

#[tokio::test]
async fn no_url_contains_personal_data_unless_the_scenario_opted_in() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    let secret = json!([{"user_id": "ann@example.com", "attributes": {"city": "Springfield"}}]);
    let made = env.generate(&acme, secret.clone()).await;
    let target = env.visit(&paths(&made)[0], &[]).await.header("location").to_owned();
    let claims =
        target.split('.').nth(3).map(|part| String::from_utf8(shared::crypto::from_base64url(part).unwrap()).unwrap());
    assert!(claims.as_ref().is_some_and(|claims| claims.starts_with('{')), "{target}");
    for text in [
        made.json()[0]["url"].as_str().unwrap(),
        &target,
        &claims.unwrap(),
        made.json()[0]["link_id"].as_str().unwrap(),
    ] {
        assert!(!text.contains("ann"), "{text}");
        assert!(!text.contains("example.com%"), "{text}");
        assert!(!text.contains("Springfield"), "{text}");
    }
    acme.scenario.mode = HandoffMode::Opendialog;
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let made = env.generate(&acme, secret).await;
    let target = env.visit(&paths(&made)[0], &[]).await.header("location").to_owned();
    assert!(target.contains("user_id=ann%40example.com"), "{target}");
    assert!(!target.contains("Springfield"), "{target}");
}

#[tokio::test]
async fn ten_thousand_links_are_written_in_batches_of_twenty_five() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let rows: Value = (0..10_000)
        .map(|number| json!({"user_id": format!("user-{number}"), "attributes": attributes(number)}))
        .collect();
    env.begin_minute(&acme).await;
    faults.reset();
    let response = env.generate(&acme, rows).await;
    let links = paths(&response);
    assert_eq!((links.len(), links.iter().collect::<BTreeSet<_>>().len()), (10_000, 10_000));
    // The lists: twenty items of 500 links each, the buckets of 64 groups of users, and the request. Then the links.
    let lists = 20_usize + 64 + 1;
    assert_eq!(faults.calls("BatchWriteItem"), lists.div_ceil(25) + 10_000 / 25);
    // The token's use and the tenant's requests; the campaign, its entry in the list of campaigns, and the number of links.
    assert_eq!((faults.calls("UpdateItem"), faults.calls("PutItem"), faults.calls("Query")), (2, 3, 0));
    for number in [0, 4_999, 9_999] {
        assert_eq!(exchanged(&env, &links[number]).await["attributes"], attributes(number));
    }
}
