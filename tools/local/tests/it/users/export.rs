//! The export of a user: every kind of record, pages, and other users.

use crate::interactions::ingest::event;
use crate::support::{TestEnvironment, TestResponse, TestTenant, paths, with_query};
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::{Role, Scope, Tenant};
use std::collections::BTreeMap;

const PATH: &str = "/public/api/users/export";

async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}

/// A page: its records and its trailer, whose count and hash are right.
fn page(response: &TestResponse) -> (Vec<Value>, Value) {
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("content-type"), "application/x-ndjson");
    assert_eq!(response.header("cache-control"), "private, no-store");
    let text = response.text();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let trailer = lines.pop().expect("a trailer")["_meta"].clone();
    assert_eq!(trailer["records"], lines.len());
    let (records, _) = text.split_at(text.rfind("{\"_meta\"").expect("a trailer"));
    assert_eq!(trailer["sha256"], hex::encode(shared::crypto::sha256(records.as_bytes())));
    (lines, trailer)
}

/// The records of all pages, and the number of pages.
async fn export(env: &TestEnvironment, tenant: &TestTenant, user: &str) -> (Vec<Value>, usize) {
    let (mut records, mut pages, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let more = cursor.iter().map(|cursor| ("cursor", cursor.as_str()));
        let query: Vec<_> = [("user_id", user)].into_iter().chain(more).collect();
        let (some, trailer) = page(&env.get(&with_query(PATH, &query), &tenant.token).await);
        assert_eq!(trailer["user_id"], user);
        records.extend(some);
        pages += 1;
        match trailer["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return (records, pages),
        }
    }
}

fn kinds(records: &[Value]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for record in records {
        *kinds.entry(record["record"].as_str().expect("a kind")).or_default() += 1;
    }
    kinds
}

fn of_kind<'a>(records: &'a [Value], kind: &str) -> Vec<&'a Value> {
    records.iter().filter(|record| record["record"] == kind).collect()
}

#[tokio::test]
async fn an_export_has_everything_that_is_kept_about_a_user() {
    let (env, acme) = environment().await;
    let said = |author, text| {
        json!({"user_id": "ann", "author": author, "type": "text",
        "date": "2022-09-21T08:00:00Z", "text": text, "user": {"email": "ann@example.com"}})
    };
    env.ingest(&acme, json!([said("us", "hello"), said("them", "hi")])).await;
    let path = env.create_link(&acme, "ann", json!({"first_name": "Ann", "plans": ["gold", "home"]})).await;
    let session = env.open_session(&path).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "from the webchat").await.status, 200);
    let (records, pages) = export(&env, &acme, "ann").await;
    assert_eq!(pages, 1);
    let expected = [("attribute", 2), ("day", 2), ("interaction", 3), ("link", 1), ("messages", 1)];
    assert_eq!(kinds(&records), expected.into());
    let attributes = of_kind(&records, "attribute");
    assert_eq!((&attributes[0]["name"], &attributes[0]["value"]), (&json!("first_name"), &json!("Ann")));
    let link = of_kind(&records, "link")[0];
    assert_eq!(link["attributes"], json!({"first_name": "Ann", "plans": ["gold", "home"]}));
    assert_eq!((&link["uses"], &link["clicks"]), (&json!(1), &json!(1)));
    assert_eq!(of_kind(&records, "day")[0]["chatbot_user_data"]["email"], "ann@example.com");
    let texts: Vec<_> =
        of_kind(&records, "interaction").iter().map(|said| (said["author"].clone(), said["text"].clone())).collect();
    let expected = [("us", "hello"), ("them", "hi"), ("us", "from the webchat")];
    assert_eq!(texts, expected.map(|(author, text)| (json!(author), json!(text))));
    assert!(!records.iter().any(|record| record.to_string().contains(&path[1..])), "a code is shown once");
}

#[tokio::test]
async fn a_user_who_never_spoke_is_found_by_the_link() {
    let (env, acme) = environment().await;
    env.create_link(&acme, "ann", json!({"first_name": "Ann"})).await;
    let (records, _) = export(&env, &acme, "ann").await;
    assert_eq!(kinds(&records), [("link", 1)].into());
    assert_eq!(records[0]["attributes"], json!({"first_name": "Ann"}));
}

#[rstest]
#[case::unknown("nobody")]
#[case::of_another_tenant("ben")]
#[tokio::test]
async fn a_user_whom_the_tenant_does_not_know_has_no_records(#[case] user: &str) {
    let (env, acme) = environment().await;
    let other = env.create_tenant("other").await;
    env.ingest(&other, json!([event("ben", "08:00:00", "hello")])).await;
    env.ingest(&acme, json!([event("nobody2", "08:00:00", "hello")])).await;
    assert_eq!(export(&env, &acme, user).await, (vec![], 1));
}

#[tokio::test]
async fn the_export_of_an_erased_user_has_the_receipt_alone() {
    let (env, acme) = environment().await;
    env.ingest(&acme, json!([event("ann", "08:00:00", "hello")])).await;
    env.create_link(&acme, "ann", json!({"first_name": "Ann"})).await;
    let receipt = env.erase_all(&acme, "ann").await;
    let (records, _) = export(&env, &acme, "ann").await;
    assert_eq!(kinds(&records), [("erasure", 1)].into());
    let mut expected = receipt;
    expected["record"] = json!("erasure");
    assert_eq!(records[0], expected);
}

#[tokio::test]
async fn pages_have_each_record_once() {
    let (env, acme) = environment().await;
    let dataset =
        (0..45).map(|link| json!({"user_id": "ann", "attributes": {"text": "x".repeat(15_000), "link": link}}));
    assert_eq!(paths(&env.generate(&acme, dataset.collect()).await).len(), 45);
    // Texts of quotes: their JSON takes twice their bytes, and as a string of Lambda's answer four times.
    let said = |number: usize| {
        json!({"user_id": "ann", "author": if number.is_multiple_of(2) { "us" } else { "them" }, "type": "text",
        "date": format!("2022-09-{:02}T08:00:{:02}Z", 1 + number / 30, number % 30),
        "text": format!("{number:03}{}", "\"".repeat(100_000))})
    };
    for some in (0..60).collect::<Vec<_>>().chunks(20) {
        env.ingest(&acme, some.iter().map(|number| said(*number)).collect()).await;
    }
    let (records, pages) = export(&env, &acme, "ann").await;
    assert!(pages > 4, "{pages} pages");
    assert_eq!(kinds(&records), [("day", 2), ("interaction", 60), ("link", 45)].into());
    let number = |record: &&Value| record["text"].as_str().expect("a text")[..3].parse::<usize>().expect("a number");
    let mut said: Vec<usize> = of_kind(&records, "interaction").iter().map(number).collect();
    said.sort_unstable();
    assert_eq!(said, (0..60).collect::<Vec<_>>());
    let mut links: Vec<_> = of_kind(&records, "link").iter().map(|link| link["attributes"]["link"].as_u64()).collect();
    links.sort_unstable();
    assert_eq!(links, (0..45).map(Some).collect::<Vec<_>>());
}

#[tokio::test]
async fn interactions_that_are_older_than_the_retention_are_not_exported() {
    let (env, acme) = environment().await;
    env.ingest(&acme, json!([event("ann", "08:00:00", "hello")])).await;
    let tenant = Tenant { retention_days: Some(30), ..acme.tenant.clone() };
    env.app.store.tenant_update(&tenant).await.expect("updated");
    assert_eq!(export(&env, &acme, "ann").await, (vec![], 1));
}

#[rstest]
#[case::without_a_user("", "user_id", "The user_id field is required.")]
#[case::of_two_users("user_id=ann&user_id=ben", "user_id", "The user_id must be given once.")]
#[case::with_an_unknown_member("user_id=ann&limit=3", "limit", "The limit field is not known.")]
#[case::with_a_wrong_cursor("user_id=ann&cursor=x", "cursor", "The cursor is not one of this query, or is too old.")]
#[tokio::test]
async fn a_wrong_query_is_422(#[case] query: &str, #[case] field: &str, #[case] sentence: &str) {
    let (env, acme) = environment().await;
    env.get(&format!("{PATH}?{query}"), &acme.token).await.assert_invalid(field, sentence);
}

#[rstest]
#[case::of_an_editor(Role::Editor)]
#[case::of_an_analyst(Role::Analyst)]
#[tokio::test]
async fn a_token_without_users_read_is_403(#[case] role: Role) {
    let (env, acme) = environment().await;
    let account = env.create_account(&acme.tenant, "someone", role, &[]).await;
    let (token, _) = env.issue_token(&acme.tenant, &account, &Scope::ALL).await;
    env.get(&format!("{PATH}?user_id=ann"), &token).await.assert_problem(403, "This action is unauthorized.");
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_user_and_tenant_alone() {
    let (env, acme) = environment().await;
    let other = env.create_tenant("other").await;
    for _ in 0..2 {
        let dataset = (0..150).map(|_| json!({"user_id": "ann", "attributes": {"text": "x".repeat(15_000)}}));
        assert_eq!(paths(&env.generate(&acme, dataset.collect()).await).len(), 150);
    }
    let first = env.get(&format!("{PATH}?user_id=ann"), &acme.token).await;
    let (_, trailer) = page(&first);
    let cursor = trailer["next_cursor"].as_str().expect("a cursor");
    let sentence = "The cursor is not one of this query, or is too old.";
    let of_ben = env.get(&format!("{PATH}?user_id=ben&cursor={cursor}"), &acme.token).await;
    of_ben.assert_invalid("cursor", sentence);
    let of_other = env.get(&format!("{PATH}?user_id=ann&cursor={cursor}"), &other.token).await;
    of_other.assert_invalid("cursor", sentence);
}
