//! What users said: stored as an import stores it, asked for, and read from the answer.

use super::{Answer, TestEnvironment, TestTenant};
use serde_json::Value;
use shared::model::{Event, EventIds, EventShape};
use shared::store::{ErasedUserPolicy, WriteOutcome};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// Both paths that answer with interactions.
pub(crate) const LEGACY: &str = "/api/user-interactions";
pub(crate) const PUBLIC: &str = "/public/api/user-interactions";

/// A path with a query, percent-encoded.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

impl TestEnvironment {
    /// Stores an array of events of our own shape; every one of them must be new.
    pub(crate) async fn ingest(&self, of: &TestTenant, events: Value) {
        let shapes: Vec<EventShape> = serde_json::from_value(events).expect("events");
        let (now, mut ids) = (self.app.clock.now(), EventIds::new(shared::crypto::sha256));
        let events: Vec<Event> = shapes.into_iter().map(|shape| shape.check(now, &mut ids).expect("valid")).collect();
        let written =
            self.app.store.events_write(&of.tenant, &events, now, ErasedUserPolicy::Refuse).await.expect("stored");
        assert!(written.iter().all(|verdict| *verdict == WriteOutcome::Created), "{written:?}");
    }

    /// Asks for interactions with a query of pairs.
    pub(crate) async fn ask(&self, of: &TestTenant, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.get(&with_query(path, pairs), &of.token).await
    }

    /// Asks for interactions on both paths, which must agree, and returns the texts of each user.
    pub(crate) async fn texts(&self, of: &TestTenant, pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        let legacy = texts(&self.ask(of, LEGACY, pairs).await);
        assert_eq!(texts(&self.ask(of, PUBLIC, pairs).await), legacy, "{pairs:?}");
        legacy
    }
}

/// The texts of each user of an answer, in the answer's order.
#[track_caller]
pub(crate) fn texts(answer: &Answer) -> BTreeMap<String, Vec<String>> {
    let text = |said: &Value| said["text"].as_str().expect("a text").to_owned();
    let of_user = |(id, user): (&String, &Value)| {
        (id.clone(), user["interactions"].as_array().expect("interactions").iter().map(text).collect())
    };
    users(answer).iter().map(|user| of_user(user.iter().next().expect("one key"))).collect()
}

/// The users of an answer, each an object with exactly one key.
#[track_caller]
pub(crate) fn users(answer: &Answer) -> Vec<serde_json::Map<String, Value>> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let users: Vec<_> = answer.json()["data"].as_array().expect("data").clone();
    let user = |user: Value| user.as_object().filter(|user| user.len() == 1).expect("exactly one key").clone();
    users.into_iter().map(user).collect()
}
