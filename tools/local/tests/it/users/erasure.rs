//! The erasure of a user: its progress and receipt, other users, later events, and its parameters.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{PUBLIC, TestEnvironment, TestResponse, TestTenant, texts};
use chrono::TimeDelta;
use insta::assert_snapshot;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::time;
use shared::store::ErasedUserPolicy;
use url::form_urlencoded;

const RANGE: [(&str, &str); 2] = [("from", "2000-01-01"), ("to", "2099-12-31")];

impl TestEnvironment {
    /// Sends one request that erases a user. An erasure takes several.
    pub(crate) async fn erase(&self, tenant: &TestTenant, user: &str) -> TestResponse {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("user_id", user).finish();
        self.delete(&format!("/public/api/users?{query}"), &tenant.token).await
    }

    /// Repeats the request until the erasure is complete, and returns the receipt.
    pub(crate) async fn erase_all(&self, tenant: &TestTenant, user: &str) -> Value {
        for _ in 0..20 {
            let response = self.erase(tenant, user).await;
            if response.status == 200 {
                return response.json();
            }
            assert_eq!(response.status, 202, "{}", response.text());
            self.advance_clock(response.header("retry-after").parse().expect("seconds"));
        }
        panic!("the erasure does not end")
    }
}

#[tokio::test]
async fn an_erasure_responds_with_its_progress_and_then_always_with_its_receipt() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut events = vec![event("ann", "08:00:00", "hello"), event("ann", "09:00:00", "goodbye")];
    events.push(json!({"user_id": "ann", "author": "them", "type": "text", "date": "2022-09-22", "text": "hi"}));
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["created"; 3]);
    env.create_link(&acme, "ann", json!({})).await;
    let first = env.erase(&acme, "ann").await;
    let begun = first.json()["begun_at"].as_str().expect("an instant").to_owned();
    assert_snapshot!(first.snapshot().replace(&begun, "[begun]"), @r#"
    202 Accepted
    cache-control: private, no-store
    content-type: application/json
    retry-after: 60
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "user_id": "ann",
      "interactions": 3,
      "links": 1,
      "begun_at": "[begun]",
      "completed_at": null,
      "backups_until": null
    }
    "#);
    let left = env.get_interactions(&acme, PUBLIC, &RANGE).await;
    assert_eq!(left.text(), r#"{"data":[]}"#, "the first request erases the existing interactions");
    assert_eq!(env.erase(&acme, "ann").await.status, 202, "an earlier request may still write");
    env.advance_clock(61);
    let receipt = env.erase(&acme, "ann").await;
    let instant = |member: &str| receipt.json()[member].as_str().expect("an instant").to_owned();
    let (completed, backups) = (instant("completed_at"), instant("backups_until"));
    let day = |instant: &str| instant[..10].parse::<chrono::NaiveDate>().expect("a date");
    assert_eq!((day(&backups) - day(&completed)).num_days(), 35);
    let shown = receipt.snapshot().replace(&begun, "[begun]").replace(&completed, "[completed]");
    assert_snapshot!(shown.replace(&backups, "[completed + 35 days]"), @r#"
    200 OK
    cache-control: private, no-store
    content-type: application/json
    vary: accept-encoding
    x-content-type-options: nosniff
    x-request-id: [uuid]

    {
      "user_id": "ann",
      "interactions": 3,
      "links": 1,
      "begun_at": "[begun]",
      "completed_at": "[completed]",
      "backups_until": "[completed + 35 days]"
    }
    "#);
    env.advance_clock(3600);
    assert_eq!(env.erase(&acme, "ann").await.json(), receipt.json());
}

#[tokio::test]
async fn the_erasure_of_an_unknown_user_has_a_receipt() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(env.erase_all(&acme, "nobody").await["interactions"], 0);
}

#[rstest]
#[tokio::test]
async fn users_with_similar_ids_are_not_erased(
    #[values("bob#1", "Bob", "bob ", " bob", "bo", "bobb", "bob/", "böb")] other: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for user in ["bob", other] {
        assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([event(user, "08:00:00", user)])).await), ["created"]);
        env.create_link(&acme, user, json!({"name": user})).await;
    }
    let receipt = env.erase_all(&acme, "bob").await;
    assert_eq!(receipt["interactions"], 1);
    assert_eq!(receipt["links"], 1);
    let left = texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await);
    assert_eq!(left, [(other.to_owned(), vec![other.to_owned()])].into());
    let listed = env.get_interactions(&acme, "/public/api/links", &[("user_id", other)]).await.json();
    assert_eq!(listed["data"][0]["state"], "live");
}

#[tokio::test]
async fn the_user_with_the_same_id_of_another_tenant_is_not_erased() {
    let env = TestEnvironment::new().await;
    let (acme, globex) = (env.create_tenant("acme").await, env.create_tenant("globex").await);
    for tenant in [&acme, &globex] {
        let events = json!([event("bob", "08:00:00", "bob")]);
        assert_eq!(verdicts(&env.post(PATH, &tenant.token, &events).await), ["created"]);
    }
    assert_eq!(env.erase_all(&acme, "bob").await["interactions"], 1);
    assert_eq!(texts(&env.get_interactions(&globex, PUBLIC, &RANGE).await)["bob"], ["bob"]);
}

#[tokio::test]
async fn an_earlier_cursor_is_valid_after_an_erasure_and_skips_the_erased_user() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let users = ["bob", "bob#1", "Bob", "ann", "eve"];
    let events: Vec<_> =
        users.iter().flat_map(|user| (0..5).map(move |n| event(user, "08:00:00", &n.to_string()))).collect();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["created"; 25]);
    let page = async |cursor: Option<&str>| {
        let pairs = [&RANGE[..], &[("limit", "1")], cursor.map(|cursor| ("cursor", cursor)).as_slice()].concat();
        env.get_interactions(&acme, PUBLIC, &pairs).await
    };
    // The cursor of each request, and the users of its page.
    let walk = async |mut cursor: Option<String>| {
        let mut pages = Vec::new();
        loop {
            let response = page(cursor.as_deref()).await;
            let users: Vec<_> = texts(&response).into_keys().collect();
            let next = response.json()["meta"]["next_cursor"].as_str().map(str::to_owned);
            pages.push((cursor, users));
            if next.is_none() {
                return pages;
            }
            cursor = next;
        }
    };
    let pages = walk(None).await;
    assert_eq!(pages.iter().flat_map(|(_, users)| users).count(), users.len(), "a page each");
    env.erase_all(&acme, "bob").await;
    for (index, (cursor, _)) in pages.iter().enumerate() {
        let mut left: Vec<_> = pages[index..].iter().flat_map(|(_, users)| users.clone()).collect();
        left.retain(|user| user != "bob");
        let found: Vec<_> = walk(cursor.clone()).await.into_iter().flat_map(|(_, users)| users).collect();
        assert_eq!(found, left);
    }
}

#[tokio::test]
async fn erased_interactions_are_imported_again_only_with_the_policy_restore() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let old = json!([event("ann", "08:00:00", "hello"), event("ben", "08:00:00", "hi")]);
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &old).await), ["created"; 2]);
    env.erase(&acme, "ann").await;
    for _ in 0..2 {
        let again = env.post(PATH, &acme.token, &old).await;
        assert_eq!(verdicts(&again), ["invalid", "duplicate"]);
        assert_eq!(again.json()["results"][0]["errors"], json!({"user_id": ["The user was erased after that."]}));
        env.erase_all(&acme, "ann").await;
    }
    let file = old.as_array().expect("events").iter().map(|event| event.to_string() + "\n").collect::<String>();
    let import = async |erased_users| {
        importer::import(file.as_bytes(), &env.app, &acme.tenant, erased_users, |_| {}).await.expect("imported")
    };
    let refused = import(ErasedUserPolicy::Refuse).await;
    assert_eq!(refused.refused, 1);
    assert_eq!(refused.duplicate, 1);
    let restored = import(ErasedUserPolicy::Restore).await;
    assert_eq!(restored.created, 1);
    assert_eq!(restored.duplicate, 1);
    assert_eq!(texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await)["ann"], ["hello"]);
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!(receipt["interactions"], 1, "restored interactions can be erased");
}

#[tokio::test]
async fn an_erased_user_can_have_new_interactions_and_links() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([event("ann", "08:00:00", "old")])).await), ["created"]);
    env.erase_all(&acme, "ann").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({"city": "Graz"})).await).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "new").await.status, 200);
    assert_eq!(texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await)["ann"], ["new"]);
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!(receipt["interactions"], 1);
    assert_eq!(receipt["links"], 1);
    env.send_message(&session, "ann", "m2", "still here").await.assert_problem(401, "Unauthenticated.");
}

#[tokio::test]
async fn an_erasure_includes_earlier_events_dated_ahead_and_no_later_events() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let ahead = |seconds: i64, text: &str| {
        let date = time::format(env.app.clock.now() + TimeDelta::seconds(seconds));
        json!({"user_id": "ann", "type": "text", "date": date, "text": text})
    };
    let old: Vec<_> = (0..25).map(|number| ahead(270 + number, "old")).collect();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(old)).await), ["created"; 25]);
    assert_eq!(env.erase_all(&acme, "ann").await["interactions"], 25);
    assert_eq!(env.get_interactions(&acme, PUBLIC, &RANGE).await.text(), r#"{"data":[]}"#);
    let new: Vec<_> = [1, 200].map(|seconds| ahead(seconds, "new")).into();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(new)).await), ["created"; 2]);
    assert_eq!(env.erase(&acme, "other").await.status, 202);
    assert_eq!(texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await)["ann"], ["new"; 2]);
}
