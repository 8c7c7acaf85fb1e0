//! A tour of every operation that calls the table. The role of a function allows each of its requests, and no role allows
//! an operation or a partition that the tour does not need.

use crate::deployment::accesses::Access;
use crate::interactions::ingest::PATH as INGEST;
use crate::support::template::{Right, Template};
use crate::support::{FaultInjector, GENERATE_PATHS, LEGACY, PAGE_ORIGIN, PUBLIC, TestEnvironment, TestTenant, paths};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::crypto::sha256;
use shared::model::{EventIds, EventShape, time};
use shared::store::{ErasedUserPolicy, WriteOutcome};
use std::collections::BTreeSet;

pub(super) struct Tour {
    pub(super) env: TestEnvironment,
    pub(super) acme: TestTenant,
    pub(super) faults: FaultInjector,
    template: Template,
    /// Function, name of the statement, and the needed operation or pattern.
    needed: BTreeSet<(String, String, String)>,
}

impl Tour {
    async fn new() -> Self {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let acme = env.create_tenant("acme").await;
        faults.reset();
        Self { env, acme, faults, template: Template::read(), needed: BTreeSet::new() }
    }

    /// Asserts that exactly one right of the function of a path allows each access since the last check.
    fn check(&mut self, path: &str) {
        let function = self.template.function_of(path.split('?').next().unwrap_or_default());
        self.check_function(&function, path);
    }

    /// As [`check`](Self::check), for a function without a path. `cause` is what needed the requests.
    pub(super) fn check_function(&mut self, function: &str, cause: &str) {
        let rights = self.template.rights(function);
        for request in self.faults.requests() {
            let body = serde_json::from_str(&request.body).expect("JSON");
            let mut by = BTreeSet::new();
            for access in Access::of(&request.operation, &body) {
                let Access { action, partition, .. } = &access;
                let by_right = |right| access.allowed_by(right).map(move |pattern| (right, pattern));
                let allowed: Vec<_> = rights.iter().flat_map(by_right).collect();
                let [(right, pattern)] = allowed[..] else {
                    panic!("{} rights of {function} allow {action} on {partition}, which {cause} needs", allowed.len())
                };
                by.insert(right.sid.clone());
                self.needed.extend([action, pattern].map(|of| (function.to_owned(), right.sid.clone(), of.clone())));
            }
            // `ForAllValues`: a statement has to allow every partition of a batch.
            assert!(!request.operation.starts_with("Batch") || by.len() < 2, "{by:?} for one batch of {cause}");
        }
        self.faults.reset();
    }

    /// Starts every function that uses the table.
    async fn start(&mut self) {
        let has_table = |(_, function): &(String, &Value)| function["Environment"]["Ref"].is_null();
        let functions = self.template.functions().into_iter().filter(has_table);
        let names: Vec<_> = functions.map(|(name, _)| name).collect();
        for name in names {
            self.env.app.store.table_warm().await.expect("its table");
            self.check_function(&name, "the start");
        }
    }

    async fn get(&mut self, path: &str) -> Value {
        let response = self.env.get(path, &self.acme.token).await;
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        self.check(path);
        response.json()
    }

    async fn delete(&mut self, path: &str) {
        let response = self.env.delete(path, &self.acme.token).await;
        assert_eq!(response.status, 204, "{path}: {}", response.text());
        self.check(path);
    }

    /// Creates a link and returns its path.
    pub(super) async fn create_link(&mut self, path: &str, key: &str, body: &Value) -> String {
        let bearer = format!("Bearer {}", self.acme.token);
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", key)];
        let response = self.env.post_raw(path, &headers, body.to_string()).await;
        self.check(path);
        paths(&response).remove(0)
    }

    /// Follows a link, exchanges its handoff with two nonces, sends a message and reports a turn.
    async fn open(&mut self, link: &str) {
        let handoff = self.env.follow_link(link).await;
        self.check(link);
        let mut sessions = Vec::new();
        for nonce in ["0123456789abcdef", "fedcba9876543210"] {
            let body = json!({"handoff": handoff, "nonce": nonce}).to_string();
            let headers = [("origin", PAGE_ORIGIN), ("content-type", "application/json")];
            let response = self.env.post_raw("/webchat/exchange", &headers, body).await;
            self.check("/webchat/exchange");
            sessions.extend(response.json()["session"].as_str().map(str::to_owned));
        }
        assert_eq!(sessions.len(), 1, "only the first nonce can exchange a handoff");
        // The redirect runs in another process: this one does not know the revocations of the campaign yet.
        self.env.forget_shared_values().await;
        assert_eq!(self.env.send_message(&sessions[0], "ann", link, "hello").await.status, 200);
        self.check("/incoming/webchat");
        let turns = json!({"turns": [{"message_id": "t1", "author": "us", "type": "text", "text": "hello"}]});
        assert_eq!(self.env.post("/webchat/turns", &sessions[0], &turns).await.status, 200);
        self.check("/webchat/turns");
    }

    async fn links(&mut self) {
        let kinds = [
            (GENERATE_PATHS[0], "0x420", false, Value::Null),
            (GENERATE_PATHS[1], "support", true, Value::Null),
            (GENERATE_PATHS[1], "0x420", false, json!(1)),
        ];
        for (number, (path, scenario, test, max_uses)) in kinds.into_iter().enumerate() {
            let body = json!({"scenario_id": scenario, "campaign": "spring", "test": test, "max_uses": max_uses, "expires_at": "2099-12-31",
                "dataset": [{"user_id": "ann", "attributes": {"first_name": "Ann"}}]});
            let link = self.create_link(path, &number.to_string(), &body).await;
            self.open(&link).await;
        }
        let mut listed = Value::Null;
        for query in ["", "?campaign=spring", "?scenario_id=0x420", "?user_id=ann"] {
            listed = self.get(&format!("/public/api/links{query}")).await;
        }
        for path in ["/public/api/campaigns", "/public/api/campaigns/spring/funnel", "/public/api/scenarios"] {
            self.get(path).await;
        }
        let link = format!("/public/api/links/{}", listed["data"][0]["link_id"].as_str().expect("an id"));
        self.get(&link).await;
        for path in [&link, "/public/api/campaigns/spring"] {
            let response = self.env.patch(path, &self.acme.token, &json!({"expires_at": "2099-01-31"})).await;
            assert_eq!(response.status, 200, "{path}: {}", response.text());
            self.check(path);
        }
        self.delete(&link).await;
        self.delete("/public/api/campaigns/spring").await;
    }

    async fn interactions(&mut self) {
        for path in [LEGACY, PUBLIC] {
            for user in ["", "&user_id=ann"] {
                self.get(&format!("{path}?from=2000-01-01&to=2100-01-01{user}")).await;
            }
        }
    }

    async fn writing(&mut self) {
        let ahead = time::format(self.env.app.clock.now() + TimeDelta::minutes(4));
        let event = |date: &str| json!({"user_id": "ann", "type": "text", "date": date, "text": "hi"});
        let attributes = json!({"user_id": "ann", "type": "attributes", "attributes": {"tier": "gold"}});
        let events = json!([event("2022-09-21"), event(&ahead), attributes]);
        let response = self.env.post(INGEST, &self.acme.token, &events).await;
        assert_eq!(response.status, 200, "{}", response.text());
        self.check(INGEST);
        let exported = self.env.get("/public/api/users/export?user_id=ann", &self.acme.token).await;
        assert_eq!(exported.status, 200, "{}", exported.text());
        self.check("/public/api/users/export");
        for status in [202, 200] {
            assert_eq!(self.env.erase(&self.acme, "ann").await.status, status);
            self.check("/public/api/users");
            self.env.advance_clock(61);
        }
        self.get("/public/api/interactions/changes").await;
    }

    /// An interaction dated later than an erasure reaches stays, and the erasure rewrites the header of its day.
    async fn erasing_a_part_of_a_day(&mut self) {
        self.interaction_of_the_next_hour("ben").await;
        assert_eq!(self.env.erase(&self.acme, "ben").await.status, 202);
        self.check("/public/api/users");
    }

    /// Stores an interaction of a user on this day, dated an hour ahead.
    pub(super) async fn interaction_of_the_next_hour(&mut self, user: &str) {
        let clock = &self.env.app.clock;
        if (clock.now() + TimeDelta::hours(2)).date_naive() != clock.now().date_naive() {
            self.env.advance_clock(2 * 3600);
        }
        let later = clock.now() + TimeDelta::hours(1);
        let event = json!({"user_id": user, "type": "text", "date": time::format(later), "text": "hi"});
        let shape: EventShape = serde_json::from_value(event).expect("an event");
        let event = shape.check(later, &mut EventIds::new(sha256)).expect("an event");
        let written =
            self.env.app.store.events_write(&self.acme.tenant, &[event], &|| later, ErasedUserPolicy::Refuse).await;
        assert_eq!(written.expect("an outcome"), [WriteOutcome::Created]);
        self.faults.reset();
    }

    async fn tokens(&mut self) {
        self.get("/api/token").await;
        let tokens = self.get("/api/tokens").await;
        self.delete(&format!("/api/tokens/{}", tokens["data"][0]["id"].as_str().expect("an id"))).await;
    }
}

#[tokio::test]
async fn every_request_to_the_table_is_allowed_and_every_right_is_needed() {
    let mut tour = Tour::new().await;
    tour.start().await;
    tour.links().await;
    tour.interactions().await;
    tour.writing().await;
    tour.erasing_a_part_of_a_day().await;
    tour.syncing().await;
    tour.console().await;
    tour.tokens().await;
    let mut unneeded = Vec::new();
    for (function, _) in tour.template.functions() {
        for Right { sid, actions, keys, .. } in tour.template.rights(&function) {
            let allowed = actions.iter().chain(&keys).filter(|_| !keys.is_empty());
            let allowed = allowed.map(|allowed| (function.clone(), sid.clone(), allowed.clone()));
            unneeded.extend(allowed.filter(|allowed| !tour.needed.contains(allowed)));
        }
    }
    assert!(unneeded.is_empty(), "rights that no request needs: {unneeded:?}");
}
