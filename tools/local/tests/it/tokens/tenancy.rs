//! Two tenants in one table: each other's things do not exist, and nothing of the other's is even read.

use crate::support::{Answer, FaultInjector, TestEnvironment, TestTenant};
use serde_json::{Value, json};
use shared::model::{Scenario, UserId};

/// Two tenants over a wire that is watched. Only globex has the scenario `0x777`, alias `sales`, and people who spoke.
struct Neighbours {
    env: TestEnvironment,
    wire: FaultInjector,
    acme: TestTenant,
    globex: TestTenant,
}

impl Neighbours {
    async fn new() -> Self {
        let wire = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
        let (acme, globex) = (env.tenancy("acme").await, env.tenancy("globex").await);
        let sales = Scenario {
            id: "0x777".parse().expect("a name"),
            alias: Some("sales".parse().expect("a name")),
            ..globex.scenario.clone()
        };
        env.app.store.scenario_put(&globex.tenant.id, &sales).await.expect("a scenario");
        let session = env.session(&env.link(&globex, "ann", json!({"city": "Vienna"})).await).await;
        assert_eq!(env.say(&session, "ann", "m1", "hello from globex").await.status, 200);
        wire.forget();
        Self { env, wire, acme, globex }
    }

    /// Nothing that was asked since the last time names a key of a tenant.
    #[track_caller]
    fn assert_untouched(&self, tenant: &TestTenant) {
        let key = format!("T#{}", tenant.tenant.id);
        let asked = self.wire.asked();
        assert!(asked.iter().any(|asked| asked.body.contains("T#")), "no tenant was asked about at all: {asked:?}");
        for asked in asked {
            assert!(!asked.body.contains(&key), "{}: {}", asked.operation, asked.body);
        }
        self.wire.forget();
    }

    async fn said(&self, of: &TestTenant, more: &str) -> Answer {
        let (from, to) = ("2020-01-01", "2099-01-01");
        let answer = self.env.get(&format!("/public/api/user-interactions?from={from}&to={to}{more}"), &of.token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }
}

#[tokio::test]
async fn another_tenants_scenario_does_not_exist_by_id_or_by_alias() {
    let neighbours = Neighbours::new().await;
    for path in ["/api/generate-webchat-deeplink", "/public/api/generate-webchat-deep-link"] {
        for scenario in ["0x777", "sales"] {
            let body = json!({"scenario_id": scenario, "dataset": [{"user_id": "ann", "attributes": {}}]});
            let answer = neighbours.env.post(path, &neighbours.acme.token, &body).await;
            answer.assert_invalid("scenario_id", "The selected scenario does not exist.");
            neighbours.assert_untouched(&neighbours.globex);
            assert_eq!(neighbours.env.post(path, &neighbours.globex.token, &body).await.status, 200);
            neighbours.assert_untouched(&neighbours.acme);
        }
    }
}

#[tokio::test]
async fn what_another_tenants_users_said_is_not_there() {
    let neighbours = Neighbours::new().await;
    let session = neighbours.env.session(&neighbours.env.link(&neighbours.acme, "ben", json!({})).await).await;
    assert_eq!(neighbours.env.say(&session, "ben", "m1", "hello from acme").await.status, 200);
    neighbours.assert_untouched(&neighbours.globex);
    assert_eq!(neighbours.said(&neighbours.acme, "&user_id=ann").await.json()["data"], json!([]));
    neighbours.assert_untouched(&neighbours.globex);
    let all = neighbours.said(&neighbours.acme, "").await;
    assert!(all.text().contains("hello from acme") && !all.text().contains("globex"), "{}", all.text());
    neighbours.assert_untouched(&neighbours.globex);
    assert!(!neighbours.said(&neighbours.globex, "").await.text().contains("acme"));
    neighbours.assert_untouched(&neighbours.acme);
}

#[tokio::test]
async fn another_tenants_tokens_are_neither_listed_nor_revoked() {
    let neighbours = Neighbours::new().await;
    let whoami = neighbours.env.get("/api/token", &neighbours.globex.token).await.json();
    neighbours.assert_untouched(&neighbours.acme);
    let id = whoami["token"]["id"].as_str().expect("an id");
    let path = format!("/api/tokens/{id}");
    neighbours.env.delete(&path, &neighbours.acme.token).await.assert_problem(404, "Resource not found.");
    let listed = neighbours.env.get("/api/tokens", &neighbours.acme.token).await;
    assert!(!listed.text().contains(id), "{}", listed.text());
    neighbours.assert_untouched(&neighbours.globex);
    assert_eq!(neighbours.env.get("/api/token", &neighbours.globex.token).await.status, 200);
}

#[tokio::test]
async fn a_link_and_its_session_touch_their_own_tenant_alone() {
    let neighbours = Neighbours::new().await;
    let env = &neighbours.env;
    let path = env.link(&neighbours.globex, "eve", json!({"city": "Graz"})).await;
    let handoff = env.handoff(&path).await;
    neighbours.assert_untouched(&neighbours.acme);
    let opened = env.exchange(&handoff, "nonce-of-the-test-0").await.json();
    neighbours.assert_untouched(&neighbours.acme);
    let session = opened["session"].as_str().expect("a session");
    assert_eq!(env.say(session, "eve", "m1", "hi").await.status, 200);
    neighbours.assert_untouched(&neighbours.acme);
    assert_eq!(neighbours.said(&neighbours.acme, "").await.json()["data"], json!([]));
    assert!(neighbours.said(&neighbours.globex, "&user_id=eve").await.text().contains("hi"));
}

#[tokio::test]
async fn a_session_writes_for_its_own_user_in_its_own_tenant_whatever_the_message_says() {
    let neighbours = Neighbours::new().await;
    let env = &neighbours.env;
    let session = env.session(&env.link(&neighbours.globex, "eve", json!({})).await).await;
    let mut message = json!({"notification": "message", "user_id": "eve", "message_id": "m1", "tenant": "acme",
        "tenant_id": "acme", "content": {"type": "text", "data": {"text": "hi"}, "user": {"tenant": "acme"}}});
    neighbours.wire.forget();
    assert_eq!(env.post("/incoming/webchat?tenant=acme", &session, &message).await.status, 200);
    neighbours.assert_untouched(&neighbours.acme);
    for other in ["ann", "Eve", "eve ", "acme#eve"] {
        message["user_id"] = json!(other);
        let answer = env.post("/incoming/webchat", &session, &message).await;
        answer.assert_problem(403, "This action is unauthorized.");
    }
    assert_eq!(neighbours.said(&neighbours.acme, "").await.json()["data"], json!([]));
}

#[tokio::test]
async fn the_same_user_id_in_two_tenants_is_two_users() {
    let neighbours = Neighbours::new().await;
    let env = &neighbours.env;
    let session = env.session(&env.link(&neighbours.acme, "ann", json!({"city": "Linz"})).await).await;
    assert_eq!(env.say(&session, "ann", "m1", "hello from acme").await.status, 200);
    for (tenancy, text, city) in
        [(&neighbours.acme, "hello from acme", "Linz"), (&neighbours.globex, "hello from globex", "Vienna")]
    {
        let said = neighbours.said(tenancy, "&user_id=ann").await.json();
        let interactions = said["data"][0]["ann"]["interactions"].as_array().expect("interactions");
        assert_eq!(interactions.iter().map(|said| &said["text"]).collect::<Vec<_>>(), [text]);
        let ann: UserId = "ann".parse().expect("a user");
        let user_hash = env.app.store.data_key().user_hash(&tenancy.tenant.id, &ann);
        let context = env.app.store.context_get(&tenancy.tenant.id, &user_hash).await.expect("a context");
        let known: Vec<(&str, &Value)> = context.iter().map(|(name, value, _)| (name, value)).collect();
        assert_eq!(known, [("city", &json!(city))]);
    }
}

#[tokio::test]
async fn a_tenant_whose_name_begins_like_anothers_sees_nothing_of_it() {
    let neighbours = Neighbours::new().await;
    for name in ["globe", "globex.", "globex-2", "Globex"] {
        let near = neighbours.env.tenancy(name).await;
        assert_eq!(neighbours.said(&near, "").await.json()["data"], json!([]), "{name}");
        let tokens = neighbours.env.get("/api/tokens", &near.token).await.json();
        assert_eq!(tokens["data"].as_array().expect("a list").len(), 1, "{name}");
        let body = json!({"scenario_id": "sales", "dataset": [{"attributes": {}}]});
        let answer = neighbours.env.post("/api/generate-webchat-deeplink", &near.token, &body).await;
        answer.assert_invalid("scenario_id", "The selected scenario does not exist.");
    }
}

#[tokio::test]
async fn who_writes_and_erases_touches_their_own_tenant_alone() {
    let neighbours = Neighbours::new().await;
    let Neighbours { env, acme, globex, .. } = &neighbours;
    let event = json!({"user_id": "ann", "type": "text", "date": "2022-09-21", "text": "hello from acme"});
    let written = env.post("/public/api/interactions", &acme.token, &json!([event])).await;
    assert_eq!(written.json()["created"], 1, "{}", written.text());
    neighbours.assert_untouched(globex);
    let receipt = env.erase_all(acme, "ann").await;
    assert_eq!((&receipt["interactions"], &receipt["links"]), (&json!(1), &json!(0)));
    neighbours.assert_untouched(globex);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await;
    let changes = changes.text();
    assert!(changes.contains(r#"{"erased":{"user_id":"ann""#) && !changes.contains("globex"), "{changes}");
    neighbours.assert_untouched(globex);
    assert!(neighbours.said(globex, "").await.text().contains("hello from globex"));
}
