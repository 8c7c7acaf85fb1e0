//! OpenDialog's user data export: what its own clients read, page by page.

use crate::support::{TestEnvironment, TestTenant, with_query};
use importer::import;
use serde_json::{Value, json};
use shared::store::ErasedUserPolicy;
use std::collections::BTreeMap;

const PATH: &str = "/public/api/user-data-export";
const FILE: &str = include_str!("../../../../sandbox/assets/user-data-export.json");
const KIND: (&str, &str) = ("exportType", "json");

async fn imported(env: &TestEnvironment) -> TestTenant {
    let acme = env.create_tenant("acme").await;
    import(FILE.as_bytes(), &env.app, &acme.tenant, ErasedUserPolicy::Refuse, |_| {}).await.expect("an import");
    acme
}

fn users(response: &Value) -> BTreeMap<String, Value> {
    let users = response["data"].as_array().expect("data").iter();
    users.flat_map(|user| user.as_object().expect("a user").clone()).collect()
}

async fn export(env: &TestEnvironment, of: &TestTenant, pairs: &[(&str, &str)]) -> Value {
    let response = env.get(&with_query(PATH, pairs), &of.token).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

#[tokio::test]
async fn an_export_of_opendialog_that_was_imported_is_exported_as_it_was() {
    let env = TestEnvironment::new().await;
    let acme = imported(&env).await;
    let original: Value = serde_json::from_str(FILE).unwrap();
    let period = [KIND, ("from", "2022-09-21 00:00:00"), ("to", "2022-09-22 23:59:59")];
    for asked in [&period[..], &period[..1]] {
        let mut exported = users(&export(&env, &acme, asked).await);
        for (id, mut user) in users(&original) {
            let sorted = |user: &mut Value| {
                let mut attributes = user["user_attributes"].as_array().unwrap().clone();
                attributes.sort_by_key(|attribute| attribute["name"].as_str().unwrap().to_owned());
                attributes
            };
            let found = exported.get_mut(&id).unwrap_or_else(|| panic!("{id} is missing"));
            let mut attributes = sorted(found);
            let told = sorted(&mut user);
            // When a user was seen is known from what was said, whether it was told or not.
            let known = |attribute: &Value| attribute["name"] == "first_seen" || attribute["name"] == "last_seen";
            attributes.retain(|attribute| told.contains(attribute) || !known(attribute));
            assert_eq!(attributes, told, "{id}");
            assert_eq!(found["chatbot_user_data"], user["chatbot_user_data"], "{id}");
            assert_eq!(found["interactions"], user["interactions"], "{id}");
            exported.remove(&id);
        }
        assert!(exported.is_empty());
    }
    let meta = export(&env, &acme, &period).await["meta"].clone();
    assert_eq!(meta["pagination"], original["meta"]["pagination"]);
    assert_eq!(meta["filters"], json!({"exportType": "json", "from": period[1].1, "to": period[2].1}));
}

async fn many(env: &TestEnvironment) -> TestTenant {
    let acme = env.create_tenant("acme").await;
    let said = |number: usize| {
        let turn = |author: &str, second: usize| {
            json!({"user_id": format!("user-{}", number % 7), "author": author, "type": "text",
                "text": format!("{author} {number}"), "date": format!("2022-09-21 08:{:02}:{second:02}", number % 60)})
        };
        [turn("us", 1), turn("them", 1), turn("us", 2)]
    };
    env.ingest(&acme, (0..70).flat_map(said).collect()).await;
    acme
}

#[tokio::test]
async fn pages_by_number_and_by_cursor_hold_every_user_once() {
    let env = TestEnvironment::new().await;
    let acme = many(&env).await;
    for per_page in [1_usize, 3, 7, 500] {
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
        assert_eq!(followed, numbered, "the order of users is one");
        let beyond = export(&env, &acme, &[KIND, ("perPage", &size), ("page", "99")]).await;
        assert_eq!((&beyond["data"], &beyond["meta"]["pagination"]["from"]), (&json!([]), &Value::Null));
    }
    let whole = export(&env, &acme, &[KIND]).await;
    for (id, user) in users(&whole) {
        let turns = user["interactions"].as_array().unwrap();
        assert_eq!(turns.len(), 30, "{id}");
        let authors: Vec<_> = turns.iter().map(|turn| turn["author"].as_str().unwrap()).collect();
        assert_eq!(authors, ["us", "them", "us"].repeat(10), "{id}: the order of a second is kept");
    }
}

#[tokio::test]
async fn only_users_with_something_in_the_period_are_counted() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = |user: &str, date: &str| json!({"user_id": user, "type": "text", "date": date, "text": date});
    env.ingest(
        &acme,
        json!([
            said("early", "2022-09-21 07:00:00"),
            said("ann", "2022-09-21 08:00:00"),
            said("ann", "2022-09-22 08:00:00"),
            said("late", "2022-09-22 09:00:00")
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
async fn a_user_larger_than_a_page_goes_on_with_both_sides_in_order() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let text = "x".repeat(30_000);
    let said = |number: usize| {
        // The same id at the same microsecond on both sides must not be torn apart.
        let author = if number.is_multiple_of(2) { "us" } else { "them" };
        json!({"user_id": "ann", "author": author, "type": "text", "text": format!("{number:04} {text}"),
            "id": format!("{:04}", number / 2), "date": format!("2022-09-{}T08:00:00Z", 20 + number / 100)})
    };
    for part in 0..20 {
        env.ingest(&acme, (part * 15..part * 15 + 15).map(said).collect()).await;
    }
    let (mut cursor, mut turns, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let response = export(&env, &acme, &[KIND, ("cursor", &cursor)]).await;
        let ann = users(&response).remove("ann");
        if let Some(ann) = ann {
            assert_eq!(ann["continued"].as_bool().unwrap_or(false), pages > 0);
            turns.extend(ann["interactions"].as_array().unwrap().clone());
        }
        pages += 1;
        match response["meta"]["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    let numbers: Vec<_> =
        turns.iter().map(|turn| turn["text"].as_str().unwrap()[..4].parse::<usize>().unwrap()).collect();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>());
    assert!(pages >= 3, "{pages} pages");
    let page = env.get(&with_query(PATH, &[KIND]), &acme.token).await;
    let sentence = "The page would be larger than 3.5 MB. Ask for fewer users with perPage, or follow with cursor.";
    page.assert_problem(422, sentence);
}

#[tokio::test]
async fn the_total_is_at_most_ten_minutes_old() {
    let env = TestEnvironment::new().await;
    let acme = many(&env).await;
    let total = async || export(&env, &acme, &[KIND]).await["meta"]["pagination"]["total"].clone();
    assert_eq!(total().await, 7);
    env.ingest(&acme, json!([{"user_id": "new", "type": "text", "date": "2022-09-21 09:00:00", "text": "new"}])).await;
    env.advance_clock(601);
    assert_eq!(total().await, 8);
}

#[tokio::test]
async fn what_opendialog_refuses_is_refused_in_its_words() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let ask = async |pairs: &[(&str, &str)]| env.get(&with_query(PATH, pairs), &acme.token).await;
    let (from, to) = (("from", "2022-09-21 00:00:00"), ("to", "2022-09-22 00:00:00"));
    for (pairs, field, sentence) in [
        (&[][..], "exportType", "The export type field is required."),
        (&[("exportType", "csv")], "exportType", "The export type must be json."),
        (&[KIND, from], "to", "The to field is required when from is present."),
        (&[KIND, to], "from", "The from field is required when to is present."),
        (&[KIND, ("perPage", "many")], "perPage", "The per page must be an integer."),
        (&[KIND, ("perPage", "0")], "perPage", "The per page must be at least 1."),
        (&[KIND, ("perPage", "501")], "perPage", "The per page must not be greater than 500."),
        (&[KIND, ("page", "1.5")], "page", "The page must be an integer."),
        (&[KIND, ("page", "-1")], "page", "The page must be at least 1."),
        (&[KIND, ("cursor", "abc")], "cursor", "The cursor is not one of this question, or is too old."),
    ] {
        ask(pairs).await.assert_invalid(field, sentence);
    }
    for date in [
        "2022-09-21",
        "2022-09-21T00:00:00Z",
        "2022-9-21 00:00:00",
        "2022-02-30 00:00:00",
        "now",
        "2022-09-21 00:00:00Z",
    ] {
        let response = ask(&[KIND, ("from", date), to]).await;
        response.assert_problem(400, "Invalid date format. Expected format: YYYY-MM-DD HH:MM:SS");
    }
    assert_eq!(ask(&[KIND, from, to]).await.json()["data"], json!([]));
}
