//! OpenDialog's user data export, page by page.

use crate::support::{TestEnvironment, TestTenant, with_query};
use importer::import;
use rstest::rstest;
use serde_json::{Value, json};
use shared::store::ErasedUserPolicy;
use std::collections::BTreeMap;

const PATH: &str = "/public/api/user-data-export";
const FILE: &str = include_str!("../../../../sandbox/assets/user-data-export.json");
pub(super) const KIND: (&str, &str) = ("exportType", "json");
const FROM: (&str, &str) = ("from", "2022-09-21 00:00:00");
const TO: (&str, &str) = ("to", "2022-09-22 00:00:00");

async fn imported(env: &TestEnvironment) -> TestTenant {
    let acme = env.create_tenant("acme").await;
    import(FILE.as_bytes(), &env.app, &acme.tenant, ErasedUserPolicy::Refuse, |_| {}).await.expect("an import");
    acme
}

pub(super) fn users(response: &Value) -> BTreeMap<String, Value> {
    let users = response["data"].as_array().expect("data").iter();
    users.flat_map(|user| user.as_object().expect("a user").clone()).collect()
}

pub(super) async fn export(env: &TestEnvironment, tenant: &TestTenant, pairs: &[(&str, &str)]) -> Value {
    let response = env.get(&with_query(PATH, pairs), &tenant.token).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

const PERIOD: [(&str, &str); 3] = [KIND, ("from", "2022-09-21 00:00:00"), ("to", "2022-09-22 23:59:59")];

#[rstest]
#[case::of_the_period(&PERIOD)]
#[case::of_all_days(&PERIOD[..1])]
#[tokio::test]
async fn an_imported_export_of_opendialog_is_exported_unchanged(#[case] query: &[(&str, &str)]) {
    let env = TestEnvironment::new().await;
    let acme = imported(&env).await;
    let original = users(&serde_json::from_str(FILE).unwrap());
    let exported = users(&export(&env, &acme, query).await);
    assert_eq!(exported.keys().collect::<Vec<_>>(), original.keys().collect::<Vec<_>>());
    for (id, user) in original {
        let found = &exported[&id];
        let sorted = |user: &Value| {
            let mut attributes = user["user_attributes"].as_array().unwrap().clone();
            attributes.sort_by_key(|attribute| attribute["name"].as_str().unwrap().to_owned());
            attributes
        };
        let (mut attributes, expected) = (sorted(found), sorted(&user));
        // Our export derives both attributes from the interactions if the file does not have them.
        let derived = |attribute: &Value| attribute["name"] == "first_seen" || attribute["name"] == "last_seen";
        attributes.retain(|attribute| expected.contains(attribute) || !derived(attribute));
        assert_eq!(attributes, expected, "{id}");
        assert_eq!(found["chatbot_user_data"], user["chatbot_user_data"], "{id}");
        assert_eq!(found["interactions"], user["interactions"], "{id}");
    }
}

#[tokio::test]
async fn the_meta_of_an_export_is_that_of_opendialog() {
    let env = TestEnvironment::new().await;
    let acme = imported(&env).await;
    let original: Value = serde_json::from_str(FILE).unwrap();
    let meta = export(&env, &acme, &PERIOD).await["meta"].clone();
    assert_eq!(meta["pagination"], original["meta"]["pagination"]);
    assert_eq!(
        meta["filters"],
        json!({"exportType": "json",
        "from": "2022-09-21T00:00:00.000000Z", "to": "2022-09-22T23:59:59.000000Z"})
    );
}

/// A tenant with seven users, each with ten messages and the bot's reply to each.
pub(super) async fn seven_users(env: &TestEnvironment) -> TestTenant {
    let acme = env.create_tenant("acme").await;
    let events = |number: usize| {
        let event = |author: &str, second: usize| {
            json!({"user_id": format!("user-{}", number % 7), "author": author, "type": "text",
                "text": format!("{author} {number}"), "date": format!("2022-09-21 08:{:02}:{second:02}", number % 60)})
        };
        [event("us", 1), event("them", 1), event("us", 2)]
    };
    env.ingest(&acme, (0..70).flat_map(events).collect()).await;
    acme
}

#[rstest]
#[tokio::test]
async fn pages_by_number_and_by_cursor_have_every_user_once(#[values(1, 3, 7, 500)] per_page: usize) {
    let env = TestEnvironment::new().await;
    let acme = seven_users(&env).await;
    let size = per_page.to_string();
    let last = 7_usize.div_ceil(per_page);
    let (mut numbered, mut followed, mut cursor) = (Vec::new(), Vec::new(), String::new());
    for page in 1..=last {
        let response = export(&env, &acme, &[KIND, ("perPage", &size), ("page", &page.to_string())]).await;
        let (from, to) = ((page - 1) * per_page + 1, (page * per_page).min(7));
        assert_eq!(
            response["meta"]["pagination"],
            json!({"currentPage": page, "from": from, "lastPage": last,
            "perPage": per_page, "to": to, "total": 7})
        );
        numbered.extend(response["data"].as_array().unwrap().clone());
        let response = export(&env, &acme, &[KIND, ("perPage", &size), ("cursor", &cursor)]).await;
        assert_eq!(response["meta"]["pagination"]["currentPage"], page);
        followed.extend(response["data"].as_array().unwrap().clone());
        cursor = response["meta"]["next_cursor"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(numbered.len(), 7);
    assert_eq!(followed, numbered, "both ways have the same order");
    let beyond = export(&env, &acme, &[KIND, ("perPage", &size), ("page", "99")]).await;
    assert_eq!(beyond["data"], json!([]));
    assert_eq!(beyond["meta"]["pagination"]["from"], Value::Null);
}

#[tokio::test]
async fn interactions_of_one_second_keep_the_order_of_user_and_bot() {
    let env = TestEnvironment::new().await;
    let acme = seven_users(&env).await;
    for (id, user) in users(&export(&env, &acme, &[KIND]).await) {
        let interactions = user["interactions"].as_array().unwrap();
        let authors: Vec<_> = interactions.iter().map(|interaction| interaction["author"].as_str().unwrap()).collect();
        assert_eq!(authors, [&*id, "them", &*id].repeat(10), "{id}");
    }
}

#[tokio::test]
async fn only_users_with_interactions_in_the_period_are_counted() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |user: &str, date: &str| json!({"user_id": user, "type": "text", "date": date, "text": date});
    env.ingest(
        &acme,
        json!([
            event("early", "2022-09-21 07:00:00"),
            event("ann", "2022-09-21 08:00:00"),
            event("ann", "2022-09-22 08:00:00"),
            event("late", "2022-09-22 09:00:00")
        ]),
    )
    .await;
    let period = [KIND, ("from", "2022-09-21 08:00:00"), ("to", "2022-09-22 08:59:59"), ("perPage", "1")];
    let response = export(&env, &acme, &period).await;
    assert_eq!(response["meta"]["pagination"]["total"], 1);
    assert_eq!(users(&response).keys().collect::<Vec<_>>(), ["ann"]);
    assert_eq!(users(&response)["ann"]["interactions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_user_larger_than_a_page_continues_with_both_authors_in_order() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let text = "x".repeat(30_000);
    let event = |number: usize| {
        // A page must not end between user and bot if both have the same id at the same microsecond.
        let author = if number.is_multiple_of(2) { "us" } else { "them" };
        json!({"user_id": "ann", "author": author, "type": "text", "text": format!("{number:04} {text}"),
            "id": format!("{:04}", number / 2), "date": format!("2022-09-{}T08:00:00Z", 20 + number / 100)})
    };
    for part in 0..20 {
        env.ingest(&acme, (part * 15..part * 15 + 15).map(event).collect()).await;
    }
    let (mut cursor, mut interactions, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let response = export(&env, &acme, &[KIND, ("cursor", &cursor)]).await;
        let ann = users(&response).remove("ann");
        if let Some(ann) = ann {
            assert_eq!(ann["continued"].as_bool().unwrap_or(false), pages > 0);
            interactions.extend(ann["interactions"].as_array().unwrap().clone());
        }
        pages += 1;
        match response["meta"]["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    let numbers: Vec<_> = interactions
        .iter()
        .map(|interaction| interaction["text"].as_str().unwrap()[..4].parse::<usize>().unwrap())
        .collect();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>());
    assert!(pages >= 3, "{pages} pages");
    let page = env.get(&with_query(PATH, &[KIND]), &acme.token).await;
    let sentence = "The page would be larger than 3.5 MB. Ask for fewer users with perPage, or follow with cursor.";
    page.assert_problem(422, sentence);
}

#[tokio::test]
async fn the_total_is_counted_again_after_ten_minutes() {
    let env = TestEnvironment::new().await;
    let acme = seven_users(&env).await;
    let total = async || export(&env, &acme, &[KIND]).await["meta"]["pagination"]["total"].clone();
    assert_eq!(total().await, 7);
    env.ingest(&acme, json!([{"user_id": "new", "type": "text", "date": "2022-09-21 09:00:00", "text": "new"}])).await;
    env.advance_clock(601);
    assert_eq!(total().await, 8);
}

#[tokio::test]
async fn a_period_without_users_is_an_empty_list() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(export(&env, &acme, &[KIND, FROM, TO]).await["data"], json!([]));
}
