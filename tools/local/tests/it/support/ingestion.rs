//! Interactions of users: stored as an import stores them, requested, and read from the response.

use super::{TestEnvironment, TestResponse, TestTenant};
use serde_json::Value;
use shared::model::{Event, EventIds, EventShape};
use shared::store::{ErasedUserPolicy, WriteOutcome};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// The two paths that return interactions: OpenDialog's and the public one.
pub(crate) const LEGACY: &str = "/api/user-interactions";
pub(crate) const PUBLIC: &str = "/public/api/user-interactions";

/// A path with a query, percent-encoded.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

impl TestEnvironment {
    /// Stores an array of events in the JSON shape of `POST /public/api/interactions`. Every event must be new.
    pub(crate) async fn ingest(&self, tenant: &TestTenant, events: Value) {
        let shapes: Vec<EventShape> = serde_json::from_value(events).expect("events");
        let (now, mut ids) = (self.app.clock.now(), EventIds::new(shared::crypto::sha256));
        let events: Vec<Event> = shapes.into_iter().map(|shape| shape.check(now, &mut ids).expect("valid")).collect();
        let written = self
            .app
            .store
            .events_write(&tenant.tenant, &events, &|| now, ErasedUserPolicy::Refuse)
            .await
            .expect("stored");
        assert!(written.iter().all(|verdict| *verdict == WriteOutcome::Created), "{written:?}");
    }

    /// Requests interactions with the parameters of a query.
    pub(crate) async fn get_interactions(
        &self,
        tenant: &TestTenant,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> TestResponse {
        self.get(&with_query(path, pairs), &tenant.token).await
    }

    /// Requests interactions on both paths, which must agree, and returns the texts of each user.
    pub(crate) async fn texts(&self, tenant: &TestTenant, pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        let legacy = texts(&self.get_interactions(tenant, LEGACY, pairs).await);
        assert_eq!(texts(&self.get_interactions(tenant, PUBLIC, pairs).await), legacy, "{pairs:?}");
        legacy
    }
}

/// The texts of each user of a response, in the response's order.
#[track_caller]
pub(crate) fn texts(response: &TestResponse) -> BTreeMap<String, Vec<String>> {
    let text = |said: &Value| said["text"].as_str().expect("a text").to_owned();
    let of_user = |(id, user): (&String, &Value)| {
        (id.clone(), user["interactions"].as_array().expect("interactions").iter().map(text).collect())
    };
    users(response).iter().map(|user| of_user(user.iter().next().expect("one key"))).collect()
}

/// The users of a response, each an object with exactly one key.
#[track_caller]
pub(crate) fn users(response: &TestResponse) -> Vec<serde_json::Map<String, Value>> {
    assert_eq!(response.status, 200, "{}", response.text());
    let users: Vec<_> = response.json()["data"].as_array().expect("data").clone();
    let user = |user: Value| user.as_object().filter(|user| user.len() == 1).expect("exactly one key").clone();
    users.into_iter().map(user).collect()
}
