//! Users erased: all of theirs and nothing of anybody else's, a bit with every call, and for good.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{PUBLIC, TestEnvironment, TestResponse, TestTenant, texts};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::model::time;
use shared::store::ErasedUserPolicy;
use url::form_urlencoded;

const RANGE: [(&str, &str); 2] = [("from", "2000-01-01"), ("to", "2099-12-31")];

impl TestEnvironment {
    /// Erases a bit of a user.
    pub(crate) async fn erase(&self, of: &TestTenant, user: &str) -> TestResponse {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("user_id", user).finish();
        self.delete(&format!("/public/api/users?{query}"), &of.token).await
    }

    /// Erases a user to the end, and returns the receipt.
    pub(crate) async fn erase_all(&self, of: &TestTenant, user: &str) -> Value {
        for _ in 0..20 {
            let response = self.erase(of, user).await;
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
async fn an_erasure_answers_its_progress_until_it_brings_the_receipt_again_and_again() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut events = vec![event("ann", "08:00:00", "hello"), event("ann", "09:00:00", "goodbye")];
    events.push(json!({"user_id": "ann", "author": "them", "type": "text", "date": "2022-09-22", "text": "hi"}));
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["created"; 3]);
    env.create_link(&acme, "ann", json!({})).await;
    let first = env.erase(&acme, "ann").await;
    assert_eq!((first.status.as_u16(), first.header("retry-after")), (202, "60"), "{}", first.text());
    let progress = first.json();
    assert_eq!(
        (&progress["user_id"], &progress["interactions"], &progress["links"]),
        (&json!("ann"), &json!(3), &json!(1))
    );
    assert!(!env.get_interactions(&acme, PUBLIC, &RANGE).await.text().contains("ann"), "what stood is gone at once");
    assert_eq!(env.erase(&acme, "ann").await.status, 202, "a request that began before may still write");
    env.advance_clock(61);
    let receipt = env.erase(&acme, "ann").await;
    assert_eq!(receipt.status, 200);
    let members: Vec<_> = receipt.json().as_object().expect("an object").keys().cloned().collect();
    assert_eq!(members, ["user_id", "interactions", "links", "completed_at", "backups_until"]);
    let day = |member: &str| {
        receipt.json()[member].as_str().expect("a date")[..10].parse::<chrono::NaiveDate>().expect("a date")
    };
    assert_eq!((day("backups_until") - day("completed_at")).num_days(), 35);
    assert_eq!((&receipt.json()["interactions"], &receipt.json()["links"]), (&json!(3), &json!(1)));
    env.advance_clock(3600);
    assert_eq!(env.erase(&acme, "ann").await.json(), receipt.json());
    assert_eq!(env.erase_all(&acme, "nobody").await["interactions"], 0);
}

#[tokio::test]
async fn erasing_bob_leaves_bob_1_and_bob_in_capitals_alone() {
    let env = TestEnvironment::new().await;
    let (acme, globex) = (env.create_tenant("acme").await, env.create_tenant("globex").await);
    let others = ["bob#1", "Bob", "bob ", " bob", "bo", "bobb", "bob/", "böb"];
    for user in ["bob"].iter().chain(&others) {
        assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([event(user, "08:00:00", user)])).await), ["created"]);
        env.create_link(&acme, user, json!({"name": user})).await;
    }
    assert_eq!(verdicts(&env.post(PATH, &globex.token, &json!([event("bob", "08:00:00", "bob")])).await), ["created"]);
    let receipt = env.erase_all(&acme, "bob").await;
    assert_eq!((&receipt["interactions"], &receipt["links"]), (&json!(1), &json!(1)));
    let left = texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await);
    assert_eq!(left.len(), others.len());
    for user in others {
        assert_eq!(left[user], [user]);
        let listed = env.get_interactions(&acme, "/public/api/links", &[("user_id", user)]).await.json();
        assert_eq!(listed["data"][0]["state"], "live", "{user}");
    }
    assert_eq!(texts(&env.get_interactions(&globex, PUBLIC, &RANGE).await)["bob"], ["bob"]);
}

#[tokio::test]
async fn a_cursor_from_before_the_erasure_neither_fails_nor_brings_him_back() {
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
    // The users of every page, and the cursor that it was asked with.
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
    for (place, (cursor, _)) in pages.iter().enumerate() {
        let mut left: Vec<_> = pages[place..].iter().flat_map(|(_, users)| users.clone()).collect();
        left.retain(|user| user != "bob");
        let found: Vec<_> = walk(cursor.clone()).await.into_iter().flat_map(|(_, users)| users).collect();
        assert_eq!(found, left);
    }
}

#[tokio::test]
async fn what_was_erased_does_not_come_back_by_import_unless_the_operator_says_so() {
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
    assert_eq!((refused.refused, refused.duplicate), (1, 1));
    let restored = import(ErasedUserPolicy::Restore).await;
    assert_eq!((restored.created, restored.duplicate), (1, 1));
    assert_eq!(texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await)["ann"], ["hello"]);
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!(receipt["interactions"], 1, "what came back can be erased again");
}

#[tokio::test]
async fn somebody_who_was_erased_may_begin_anew() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([event("ann", "08:00:00", "old")])).await), ["created"]);
    env.erase_all(&acme, "ann").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({"city": "Graz"})).await).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "new").await.status, 200);
    assert_eq!(texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await)["ann"], ["new"]);
    let receipt = env.erase_all(&acme, "ann").await;
    assert_eq!((&receipt["interactions"], &receipt["links"]), (&json!(1), &json!(1)));
    env.send_message(&session, "ann", "m2", "still here").await.assert_problem(401, "Unauthenticated.");
}

#[tokio::test]
async fn what_was_dated_ahead_is_erased_too_and_what_comes_after_the_erasure_is_not() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let ahead = |seconds: i64, text: &str| {
        let date = time::format(env.app.clock.now() + TimeDelta::seconds(seconds));
        json!({"user_id": "ann", "type": "text", "date": date, "text": text})
    };
    let old: Vec<_> = (0..25).map(|number| ahead(270 + number, "old")).collect();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(old)).await), ["created"; 25]);
    assert_eq!(env.erase_all(&acme, "ann").await["interactions"], 25);
    assert!(!env.get_interactions(&acme, PUBLIC, &RANGE).await.text().contains("old"));
    let new: Vec<_> = [1, 200].map(|seconds| ahead(seconds, "new")).into();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(new)).await), ["created"; 2]);
    assert_eq!(env.erase(&acme, "other").await.status, 202);
    assert_eq!(texts(&env.get_interactions(&acme, PUBLIC, &RANGE).await)["ann"], ["new"; 2]);
}

#[tokio::test]
async fn whom_to_erase_is_named_once_and_nothing_else_is() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let erase = async |query: &str| env.delete(&format!("/public/api/users{query}"), &acme.token).await;
    erase("").await.assert_invalid("user_id", "The user_id field is required.");
    erase("?user_id=").await.assert_invalid("user_id", "The user_id field is required.");
    erase("?user_id=a&user_id=b").await.assert_invalid("user_id", "The user_id must be given once.");
    erase("?user_id=a&userId=b").await.assert_invalid("userId", "The userId field is not known.");
    let long = format!("?user_id={}", "a".repeat(385));
    erase(&long).await.assert_invalid("user_id", "User id must be 1 to 384 characters.");
    erase("?user_id=%ff").await.assert_problem(400, "The query is not percent-encoded UTF-8.");
}
