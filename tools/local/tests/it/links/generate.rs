//! Links in bulk: one personal short URL for each person of a dataset.

use crate::support::{FaultInjector, GENERATE, TestEnvironment, TestTenant, paths};
use http::Request;
use serde_json::{Value, json};
use shared::model::HandoffMode;
use std::collections::BTreeSet;

fn attributes(number: usize) -> Value {
    json!({"first_name": format!("Name {number}")})
}

/// What the webchat is told by the link of a path.
async fn told(env: &TestEnvironment, path: &str) -> Value {
    let handoff = env.handoff(path).await;
    let answer = env.exchange(&handoff, "nonce-of-the-test-0").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn links_come_in_the_order_of_the_dataset_and_every_url_is_unique_and_unguessable() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let mut seen = BTreeSet::new();
    for path in GENERATE {
        let users: Vec<_> = (0..60).map(|number| format!("user-{}", (number * 7) % 60)).collect();
        let rows =
            users.iter().enumerate().map(|(number, user)| json!({"user_id": user, "attributes": attributes(number)}));
        let body = json!({"scenario_id": "0x420", "dataset": rows.collect::<Value>()});
        let answer = env.post(path, &acme.token, &body).await;
        for (made, user) in answer.json().as_array().expect("a bare array").iter().zip(&users) {
            assert_eq!(made["user_id"], **user);
            let code =
                made["url"].as_str().unwrap().strip_prefix("http://api.example.com/").expect("the request's domain");
            assert!(code.len() == 16 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{code}");
            let link_id = made["link_id"].as_str().unwrap();
            assert!(!link_id.is_empty() && !link_id.contains(code) && made.as_object().unwrap().len() == 3);
            assert!(seen.insert(code.to_owned()) && seen.insert(link_id.to_owned()));
        }
        let links = paths(&answer);
        assert_eq!(links.len(), 60);
        for number in [0, 31, 59] {
            let told = told(&env, &links[number]).await;
            assert_eq!((&told["user_id"], &told["attributes"]), (&json!(users[number]), &attributes(number)));
        }
    }
    assert_eq!(seen.len(), 240);
}

#[tokio::test]
async fn the_same_person_twice_gets_two_links_and_who_has_no_id_gets_one() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let dataset = json!([{"user_id": "ann", "attributes": {}}, {"user_id": "ann", "attributes": {}},
        {"attributes": {}}, {"user_id": null, "attributes": {}}]);
    let answer = env.generate(&acme, dataset).await;
    let distinct: BTreeSet<_> = paths(&answer).into_iter().collect();
    assert_eq!(distinct.len(), 4);
    let made = answer.json();
    assert!(made[0]["user_id"] == "ann" && made[1]["user_id"] == "ann" && made[2]["user_id"] != made[3]["user_id"]);
    let form = regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").unwrap();
    for row in [2, 3] {
        let id = made[row]["user_id"].as_str().unwrap();
        assert!(form.is_match(id), "{id}");
        assert_eq!(told(&env, &paths(&answer)[row]).await["user_id"], id);
    }
}

#[tokio::test]
async fn every_spelling_is_understood_and_two_that_agree_are_one() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    for path in GENERATE {
        for (name, value) in [
            ("scenario_id", "0x420"),
            ("scenarioId", "support"),
            ("scenario_alias", "support"),
            ("scenarioAlias", "0x420"),
        ] {
            let body = json!({name: value, "dataset": [{"userId": "ann", "attributes": {}}]});
            let answer = env.post(path, &acme.token, &body).await;
            assert_eq!((answer.status.as_u16(), &answer.json()[0]["user_id"]), (200, &json!("ann")), "{name}");
        }
        let twice = json!({"scenario_id": "0x420", "scenarioId": "0x420", "dataset": [{"userId": "ann",
            "user_id": "ann", "attributes": {}}]});
        assert_eq!(env.post(path, &acme.token, &twice).await.status, 200);
    }
}

#[tokio::test]
async fn a_scenario_is_looked_up_as_an_id_and_then_as_an_alias() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let mut other = acme.scenario.clone();
    (other.id, other.alias) = ("support".parse().unwrap(), None);
    assert_eq!(scenario_of(&env, &acme, "support").await, "0x420");
    env.app.store.scenario_put(&acme.tenant.id, &other).await.unwrap();
    assert_eq!(scenario_of(&env, &acme, "support").await, "support");
    assert_eq!(scenario_of(&env, &acme, "0x420").await, "0x420");
}

async fn scenario_of(env: &TestEnvironment, of: &TestTenant, name: &str) -> String {
    let body = json!({"scenario_id": name, "dataset": [{"user_id": "ann", "attributes": {}}]});
    let made = env.post(GENERATE[0], &of.token, &body).await;
    told(env, &paths(&made)[0]).await["scenario_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_declared_collection_is_split_and_everything_else_is_kept_as_it_is() {
    let env = TestEnvironment::new().await;
    let mut acme = env.tenancy("acme").await;
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
    assert_eq!(told(&env, &links[0]).await["attributes"], Value::Object(given));
    assert_eq!(told(&env, &links[1]).await["attributes"], json!({"PolicyHolders": ["a, b"]}));
    assert_eq!(told(&env, &links[2]).await["attributes"], json!({}));
}

#[tokio::test]
async fn unknown_members_are_ignored() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let body = json!({"scenario_id": "0x420", "unheard_of": {"a": [1]}, "dataset": [{"user_id": "ann",
        "attributes": {}, "name": "Ann"}]});
    for path in GENERATE {
        assert_eq!(env.post(path, &acme.token, &body).await.status, 200);
    }
}

#[tokio::test]
async fn links_live_where_the_setting_says_else_on_the_requests_own_domain() {
    let body = json!({"scenario_id": "0x420", "dataset": [{"user_id": "ann", "attributes": {}}]});
    let ask = async |env: &TestEnvironment, uri: &str| {
        let acme = env.tenancy("acme").await;
        let request = Request::post(uri)
            .header("host", "host.example.com:8080")
            .header("authorization", format!("Bearer {}", acme.token))
            .header("content-type", "application/json");
        let answer = env.send(request.body(body.to_string().into()).unwrap()).await;
        let url = answer.json()[0]["url"].as_str().unwrap().to_owned();
        url[..url.len() - 16].to_owned()
    };
    let set = [("LINK_BASE_URL", "https://go.example.com")];
    assert_eq!(ask(&TestEnvironment::with(&set, |_| {}).await, GENERATE[1]).await, "https://go.example.com/");
    assert_eq!(ask(&TestEnvironment::new().await, GENERATE[1]).await, "http://host.example.com:8080/");
    let whole = format!("https://api.example.org{}", GENERATE[1]);
    assert_eq!(ask(&TestEnvironment::new().await, &whole).await, "https://api.example.org/");
}

#[tokio::test]
async fn nothing_personal_is_in_any_url_unless_the_scenario_opted_in() {
    let env = TestEnvironment::new().await;
    let mut acme = env.tenancy("acme").await;
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
        assert!(!text.contains("ann") && !text.contains("example.com%") && !text.contains("Springfield"), "{text}");
    }
    acme.scenario.mode = HandoffMode::Opendialog;
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let made = env.generate(&acme, secret).await;
    let target = env.visit(&paths(&made)[0], &[]).await.header("location").to_owned();
    assert!(target.contains("user_id=ann%40example.com") && !target.contains("Springfield"), "{target}");
}

#[tokio::test]
async fn ten_thousand_people_in_one_request_cost_a_twenty_fifth_of_a_request_each() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let rows: Value = (0..10_000)
        .map(|number| json!({"user_id": format!("user-{number}"), "attributes": attributes(number)}))
        .collect();
    wire.forget();
    let answer = env.generate(&acme, rows).await;
    let links = paths(&answer);
    assert_eq!((links.len(), links.iter().collect::<BTreeSet<_>>().len()), (10_000, 10_000));
    // The links, twenty items that list 500 of them each, and the request itself.
    assert_eq!(wire.calls("BatchWriteItem"), (10_000 + 20 + 1) / 25 + 1);
    // The token's use, the campaign, and the campaign in the list of them.
    assert_eq!((wire.calls("UpdateItem"), wire.calls("PutItem"), wire.calls("Query")), (2, 1, 0));
    for number in [0, 4_999, 9_999] {
        assert_eq!(told(&env, &links[number]).await["attributes"], attributes(number));
    }
}
