//! Two tenants in one table: each other's things do not exist, and nothing of the other's is even read.

use crate::support::{FaultInjector, TestEnvironment, TestResponse, TestTenant};
use serde_json::{Value, json};
use shared::model::{Scenario, UserId};

/// Two tenants with recorded requests to the table. Only globex has the scenario `0x777`, alias `sales`, and interactions.
struct TwoTenants {
    env: TestEnvironment,
    faults: FaultInjector,
    acme: TestTenant,
    globex: TestTenant,
}

impl TwoTenants {
    async fn new() -> Self {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let (acme, globex) = (env.create_tenant("acme").await, env.create_tenant("globex").await);
        let sales = Scenario {
            id: "0x777".parse().expect("a name"),
            alias: Some("sales".parse().expect("a name")),
            ..globex.scenario.clone()
        };
        env.app.store.scenario_put(&globex.tenant.id, &sales).await.expect("a scenario");
        let session = env.open_session(&env.create_link(&globex, "ann", json!({"city": "Vienna"})).await).await;
        assert_eq!(env.send_message(&session, "ann", "m1", "hello from globex").await.status, 200);
        faults.reset();
        Self { env, faults, acme, globex }
    }

    /// Asserts that no request since the last call has a key of the tenant.
    #[track_caller]
    fn assert_untouched(&self, tenant: &TestTenant) {
        let key = format!("T#{}", tenant.tenant.id);
        let asked = self.faults.requests();
        assert!(asked.iter().any(|asked| asked.body.contains("T#")), "no tenant was asked about at all: {asked:?}");
        for asked in asked {
            assert!(!asked.body.contains(&key), "{}: {}", asked.operation, asked.body);
        }
        self.faults.reset();
    }

    async fn said(&self, tenant: &TestTenant, more: &str) -> TestResponse {
        let (from, to) = ("2020-01-01", "2099-01-01");
        let response =
            self.env.get(&format!("/public/api/user-interactions?from={from}&to={to}{more}"), &tenant.token).await;
        assert_eq!(response.status, 200, "{}", response.text());
        response
    }
}

#[tokio::test]
async fn another_tenants_scenario_does_not_exist_by_id_or_by_alias() {
    let tenants = TwoTenants::new().await;
    for path in ["/api/generate-webchat-deeplink", "/public/api/generate-webchat-deep-link"] {
        for scenario in ["0x777", "sales"] {
            let body = json!({"scenario_id": scenario, "dataset": [{"user_id": "ann", "attributes": {}}]});
            let response = tenants.env.post(path, &tenants.acme.token, &body).await;
            response.assert_invalid("scenario_id", "The selected scenario does not exist.");
            tenants.assert_untouched(&tenants.globex);
            assert_eq!(tenants.env.post(path, &tenants.globex.token, &body).await.status, 200);
            tenants.assert_untouched(&tenants.acme);
        }
    }
}

#[tokio::test]
async fn another_tenants_interactions_are_not_returned() {
    let tenants = TwoTenants::new().await;
    let session = tenants.env.open_session(&tenants.env.create_link(&tenants.acme, "ben", json!({})).await).await;
    assert_eq!(tenants.env.send_message(&session, "ben", "m1", "hello from acme").await.status, 200);
    tenants.assert_untouched(&tenants.globex);
    assert_eq!(tenants.said(&tenants.acme, "&user_id=ann").await.json()["data"], json!([]));
    tenants.assert_untouched(&tenants.globex);
    let all = tenants.said(&tenants.acme, "").await;
    assert!(all.text().contains("hello from acme"), "{}", all.text());
    assert!(!all.text().contains("globex"), "{}", all.text());
    tenants.assert_untouched(&tenants.globex);
    assert!(!tenants.said(&tenants.globex, "").await.text().contains("acme"));
    tenants.assert_untouched(&tenants.acme);
}

#[tokio::test]
async fn another_tenants_tokens_are_neither_listed_nor_revoked() {
    let tenants = TwoTenants::new().await;
    let whoami = tenants.env.get("/api/token", &tenants.globex.token).await.json();
    tenants.assert_untouched(&tenants.acme);
    let id = whoami["token"]["id"].as_str().expect("an id");
    let path = format!("/api/tokens/{id}");
    tenants.env.delete(&path, &tenants.acme.token).await.assert_problem(404, "Resource not found.");
    let listed = tenants.env.get("/api/tokens", &tenants.acme.token).await;
    assert!(!listed.text().contains(id), "{}", listed.text());
    tenants.assert_untouched(&tenants.globex);
    assert_eq!(tenants.env.get("/api/token", &tenants.globex.token).await.status, 200);
}

#[tokio::test]
async fn a_link_and_its_session_use_only_their_own_tenant() {
    let tenants = TwoTenants::new().await;
    let env = &tenants.env;
    let path = env.create_link(&tenants.globex, "eve", json!({"city": "Graz"})).await;
    let handoff = env.follow_link(&path).await;
    tenants.assert_untouched(&tenants.acme);
    let opened = env.exchange(&handoff, "nonce-of-the-test-0").await.json();
    tenants.assert_untouched(&tenants.acme);
    let session = opened["session"].as_str().expect("a session");
    assert_eq!(env.send_message(session, "eve", "m1", "hi").await.status, 200);
    tenants.assert_untouched(&tenants.acme);
    assert_eq!(tenants.said(&tenants.acme, "").await.json()["data"], json!([]));
    assert!(tenants.said(&tenants.globex, "&user_id=eve").await.text().contains("hi"));
}

#[tokio::test]
async fn a_message_cannot_name_another_user_or_tenant() {
    let tenants = TwoTenants::new().await;
    let env = &tenants.env;
    let session = env.open_session(&env.create_link(&tenants.globex, "eve", json!({})).await).await;
    let mut message = json!({"notification": "message", "user_id": "eve", "message_id": "m1", "tenant": "acme",
        "tenant_id": "acme", "content": {"type": "text", "data": {"text": "hi"}, "user": {"tenant": "acme"}}});
    tenants.faults.reset();
    assert_eq!(env.post("/incoming/webchat?tenant=acme", &session, &message).await.status, 200);
    tenants.assert_untouched(&tenants.acme);
    for other in ["ann", "Eve", "eve ", "acme#eve"] {
        message["user_id"] = json!(other);
        let response = env.post("/incoming/webchat", &session, &message).await;
        response.assert_problem(403, "This action is unauthorized.");
    }
    assert_eq!(tenants.said(&tenants.acme, "").await.json()["data"], json!([]));
}

#[tokio::test]
async fn the_same_user_id_in_two_tenants_is_two_users() {
    let tenants = TwoTenants::new().await;
    let env = &tenants.env;
    let session = env.open_session(&env.create_link(&tenants.acme, "ann", json!({"city": "Linz"})).await).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "hello from acme").await.status, 200);
    for (tenant, text, city) in
        [(&tenants.acme, "hello from acme", "Linz"), (&tenants.globex, "hello from globex", "Vienna")]
    {
        let said = tenants.said(tenant, "&user_id=ann").await.json();
        let interactions = said["data"][0]["ann"]["interactions"].as_array().expect("interactions");
        assert_eq!(interactions.iter().map(|said| &said["text"]).collect::<Vec<_>>(), [text]);
        let ann: UserId = "ann".parse().expect("a user");
        let user_hash = env.app.store.data_key().user_hash(&tenant.tenant.id, &ann);
        let context = env.app.store.context_get(&tenant.tenant.id, &user_hash).await.expect("a context");
        let known: Vec<(&str, &Value)> = context.iter().map(|(name, value, _)| (name, value)).collect();
        assert_eq!(known, [("city", &json!(city))]);
    }
}

#[tokio::test]
async fn a_tenant_whose_name_begins_like_anothers_is_separate() {
    let tenants = TwoTenants::new().await;
    for name in ["globe", "globex.", "globex-2", "Globex"] {
        let near = tenants.env.create_tenant(name).await;
        assert_eq!(tenants.said(&near, "").await.json()["data"], json!([]), "{name}");
        let tokens = tenants.env.get("/api/tokens", &near.token).await.json();
        assert_eq!(tokens["data"].as_array().expect("a list").len(), 1, "{name}");
        let body = json!({"scenario_id": "sales", "dataset": [{"attributes": {}}]});
        let response = tenants.env.post("/api/generate-webchat-deeplink", &near.token, &body).await;
        response.assert_invalid("scenario_id", "The selected scenario does not exist.");
    }
}

#[tokio::test]
async fn writing_and_erasing_use_only_their_own_tenant() {
    let tenants = TwoTenants::new().await;
    let TwoTenants { env, acme, globex, .. } = &tenants;
    let event = json!({"user_id": "ann", "type": "text", "date": "2022-09-21", "text": "hello from acme"});
    let written = env.post("/public/api/interactions", &acme.token, &json!([event])).await;
    assert_eq!(written.json()["created"], 1, "{}", written.text());
    tenants.assert_untouched(globex);
    let receipt = env.erase_all(acme, "ann").await;
    assert_eq!((&receipt["interactions"], &receipt["links"]), (&json!(1), &json!(0)));
    tenants.assert_untouched(globex);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await;
    let changes = changes.text();
    assert!(changes.contains(r#"{"erased":{"user_id":"ann""#), "{changes}");
    assert!(!changes.contains("globex"), "{changes}");
    tenants.assert_untouched(globex);
    assert!(tenants.said(globex, "").await.text().contains("hello from globex"));
}
