//! The answers beyond the limits of docs/limits.md.

use crate::interactions::ingest::{PATH as INGEST, event};
use crate::support::{Fault, FaultInjector, GENERATE_PATHS, PUBLIC, TestEnvironment, TestResponse, TestTenant};
use crate::tokens::rate_limits::{begin_minute, set_limits};
use axum::body::Body;
use futures_util::stream;
use serde_json::{Value, json};
use shared::store::{CountedMessages, MessageCounts, NewMessages};
use std::collections::BTreeMap;

/// An environment for one row.
pub(crate) struct Provoked {
    env: TestEnvironment,
    acme: TestTenant,
    faults: FaultInjector,
}

impl Provoked {
    pub(crate) async fn new() -> Self {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let acme = env.create_tenant("acme").await;
        Self { env, acme, faults }
    }

    async fn json(&self, path: &str, body: impl Into<Body>) -> TestResponse {
        let bearer = format!("Bearer {}", self.acme.token);
        self.env.post_raw(path, &[("authorization", &bearer), ("content-type", "application/json")], body).await
    }

    async fn get(&self, path: &str) -> TestResponse {
        self.env.get(path, &self.acme.token).await
    }

    async fn token(&self, body: &Value) -> TestResponse {
        self.env.post("/api/tokens", &self.acme.token, body).await
    }

    async fn token_name(&self, characters: usize) -> TestResponse {
        assert_eq!(self.token(&json!({"name": "é".repeat(characters)})).await.status, 201);
        self.token(&json!({"name": "é".repeat(characters + 1)})).await
    }

    async fn token_lifetime(&self, seconds: usize) -> TestResponse {
        assert_eq!(self.token(&json!({"name": "x", "expires_in": seconds})).await.status, 201);
        self.token(&json!({"name": "x", "expires_in": seconds + 1})).await
    }

    async fn token_grace(&self, seconds: usize) -> TestResponse {
        let id = self.token(&json!({"name": "x"})).await.json()["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/tokens/{id}/rotate");
        let rotate = async |grace| self.env.post(&path, &self.acme.token, &json!({"grace": grace})).await;
        assert_eq!(rotate(seconds).await.status, 201);
        rotate(seconds + 1).await
    }

    async fn generate(&self, dataset: Value) -> TestResponse {
        self.env.generate(&self.acme, dataset).await
    }

    async fn message(&self, session: &str, body: String) -> TestResponse {
        let bearer = format!("Bearer {session}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.env.post_raw("/incoming/webchat", &headers, body).await
    }

    async fn session(&self) -> String {
        self.env.open_session(&self.env.create_link(&self.acme, "ann", json!({})).await).await
    }

    /// Sends requests up to a limit, which are all accepted, and one more.
    async fn tokens(&self, announced: (u32, u32), token: u32, tenant: u32) -> TestResponse {
        assert_eq!(
            (self.acme.tenant.limits.requests_per_minute, self.acme.tenant.limits.tenant_requests_per_minute),
            announced
        );
        // The same rule with a smaller setting: 6,000 requests would take half a minute.
        set_limits(&self.env, &self.acme, token, tenant).await;
        begin_minute(&self.env);
        for _ in 0..token.min(tenant) {
            assert_eq!(self.get("/api/token").await.status, 200);
        }
        self.get("/api/token").await
    }

    /// Sends as many messages as a minute accepts, and one more.
    async fn messages_of_a_minute(&self, accepted: usize) -> TestResponse {
        let session = self.session().await;
        begin_minute(&self.env);
        for number in 0..accepted {
            let sent = self.env.send_message(&session, "ann", &format!("m{number}"), "hello").await;
            assert_eq!(sent.status, 200, "{}", sent.text());
        }
        self.env.send_message(&session, "ann", "one-more", "hello").await
    }

    /// Counts as many messages as a day accepts, but one, and sends two in the next minute.
    async fn messages_of_a_day(&self, accepted: usize) -> TestResponse {
        let (env, tenant) = (&self.env, &self.acme.tenant.id);
        env.advance_clock(86_400 - env.app.clock.now().timestamp() % 86_400);
        let (session, now) = (self.session().await, env.app.clock.now());
        let user = env.app.store.data_key().user_hash(tenant, &"ann".parse().expect("a user"));
        let number = i64::try_from(accepted - 1).expect("a small limit");
        let most = MessageCounts { minute: number, day: number };
        let messages = NewMessages { session_day: now.date_naive(), times: BTreeMap::new(), number, most };
        let counted = env.app.store.messages_count(tenant, &user, &messages, now).await;
        assert!(matches!(counted, Ok(CountedMessages::Accepted { counts, .. }) if counts == most), "{counted:?}");
        env.advance_clock(60);
        assert_eq!(env.send_message(&session, "ann", "the-last", "hello").await.status, 200);
        env.send_message(&session, "ann", "one-more", "hello").await
    }

    async fn event(&self, change: impl Fn(&mut Value, usize), value: usize) -> TestResponse {
        let with = |size: usize| {
            let mut event = event("ann", "08:00:00", "hello");
            change(&mut event, size);
            json!([event])
        };
        assert_eq!(self.env.post(INGEST, &self.acme.token, &with(value)).await.status, 200);
        self.env.post(INGEST, &self.acme.token, &with(value + 1)).await
    }

    /// The answer beyond a limit, which is named as in the table. Up to the limit the answers are checked here.
    pub(crate) async fn provoke(&self, limit: &str, value: usize) -> TestResponse {
        let row = |attributes: Value| json!([{"user_id": "ann", "attributes": attributes}]);
        match limit {
            "requests a minute of a token" => self.tokens((u32::try_from(value).unwrap(), 6_000), 3, 6_000).await,
            "requests a minute of all tokens of a tenant" => {
                self.tokens((600, u32::try_from(value).unwrap()), 600, 3).await
            }
            "messages a minute of a webchat user" => self.messages_of_a_minute(value).await,
            "messages a day of a webchat user" => self.messages_of_a_day(value).await,
            "bytes of an exchange" => self.json("/webchat/exchange", " ".repeat(value + 1)).await,
            "bytes of a webchat message" => self.message(&self.session().await, " ".repeat(value + 1)).await,
            "bytes of any other body" => self.json(INGEST, " ".repeat(value + 1)).await,
            "values in a body" => {
                let ones = |ones: usize| format!("{{\"scenario_id\":[{}]}}", ["1"].repeat(ones).join(","));
                let most = self.json(GENERATE_PATHS[1], ones(value - 2)).await;
                assert_eq!(most.status, 422, "read, and not what is wanted: {}", most.text());
                self.json(GENERATE_PATHS[1], ones(value - 1)).await
            }
            "levels of nesting" => {
                let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
                assert_eq!(self.json("/webchat/exchange", nested(value)).await.status, 422);
                self.json("/webchat/exchange", nested(value + 1)).await
            }
            "seconds until a body has arrived" => {
                let never = stream::pending::<Result<Vec<u8>, std::io::Error>>();
                tokio::time::pause();
                let begun = tokio::time::Instant::now();
                let response = self.json("/webchat/exchange", Body::from_stream(never)).await;
                assert_eq!(usize::try_from(begun.elapsed().as_secs()).unwrap(), value);
                response
            }
            "seconds of a request" => {
                // A slow body, and then a table that does not answer: each alone has a limit of its own.
                let handoff = self.env.follow_link(&self.env.create_link(&self.acme, "ann", json!({})).await).await;
                let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-0"}).to_string();
                self.faults.inject(|_, _| Fault::Stall);
                tokio::time::pause();
                let begun = tokio::time::Instant::now();
                let slowly = stream::once(async {
                    tokio::time::sleep(std::time::Duration::from_secs(18)).await;
                    Ok::<_, std::io::Error>(body.into_bytes())
                });
                let response = self.json("/webchat/exchange", Body::from_stream(slowly)).await;
                assert_eq!(usize::try_from(begun.elapsed().as_secs()).unwrap(), value);
                response
            }
            "events in a request" => {
                let events = |count| (0..count).map(|_| event("ann", "08:00:00", "hello")).collect::<Value>();
                assert_eq!(self.env.post(INGEST, &self.acme.token, &events(value)).await.status, 200);
                self.env.post(INGEST, &self.acme.token, &events(value + 1)).await
            }
            "bytes of an event" => {
                let event = |size: usize| {
                    let mut event = event("ann", "08:00:00", "hello");
                    event["text"] = "x".repeat(size).into();
                    json!([event])
                };
                assert_eq!(self.env.post(INGEST, &self.acme.token, &event(value - 1_000)).await.status, 200);
                self.env.post(INGEST, &self.acme.token, &event(value + 1)).await
            }
            "characters of a user id" => {
                self.event(|event, size| event["user_id"] = "é".repeat(size).into(), value).await
            }
            "bytes of an event's id" => self.event(|event, size| event["id"] = "x".repeat(size).into(), value).await,
            "users in a request for links" => {
                assert_eq!(self.acme.tenant.limits.users_per_request, value);
                self.generate((0..=value).map(|_| json!({"attributes": {}})).collect()).await
            }
            "attributes of a link" => {
                let attributes = |count: usize| (0..count).map(|number| (number.to_string(), json!(1))).collect();
                assert_eq!(self.generate(row(Value::Object(attributes(value)))).await.status, 200);
                self.generate(row(Value::Object(attributes(value + 1)))).await
            }
            "bytes of a link's attributes" => {
                let text = |bytes: usize| json!({"a": "x".repeat(bytes - r#"{"a":""}"#.len())});
                assert_eq!(self.generate(row(text(value))).await.status, 200);
                self.generate(row(text(value + 1))).await
            }
            "characters of an idempotency key" => {
                let bearer = format!("Bearer {}", self.acme.token);
                let body = json!({"scenario_id": "0x420", "dataset": row(json!({}))}).to_string();
                let key = "k".repeat(value + 1);
                let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                let with = |key| [headers[0], headers[1], ("idempotency-key", key)];
                let most = self.env.post_raw(GENERATE_PATHS[1], &with(&key[1..]), body.clone()).await;
                assert_eq!(most.status, 200);
                self.env.post_raw(GENERATE_PATHS[1], &with(&key), body).await
            }
            "entries of a page" => {
                self.get(&format!("{PUBLIC}?from=2022-01-01&to=2022-01-02&limit={}", value + 1)).await
            }
            "users of a page of the user data export" => {
                self.get(&format!("/public/api/user-data-export?exportType=json&perPage={}", value + 1)).await
            }
            "characters of a token's name" => self.token_name(value).await,
            "lifetime of a token in seconds" => self.token_lifetime(value).await,
            "grace of a rotated token in seconds" => self.token_grace(value).await,
            "bytes of a token" => self.env.get("/api/token", &format!("odx_{}", "x".repeat(value - 3))).await,
            other => panic!("no test provokes “{other}”"),
        }
    }
}
