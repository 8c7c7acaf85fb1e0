//! A cancelled transaction: a condition that does not hold is the caller's response, a conflict or a throttle is tried again.

use crate::support::{Fault, FaultInjector, PAGE_ORIGIN, TestEnvironment, TestTenant};
use serde_json::json;
use shared::model::{HandoffMode, Scenario, Scope, Tenant};
use shared::store::{Freshness, ScenarioError};
use std::time::Duration;
use tokio::time::Instant;

/// What DynamoDB reports of an item for which waiting helps.
const PASSING: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

struct Faulty {
    injector: FaultInjector,
    env: TestEnvironment,
    acme: TestTenant,
}

impl Faulty {
    async fn new() -> Self {
        let injector = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| injector.install(client)).await;
        let acme = env.create_tenant("acme").await;
        Self { injector, env, acme }
    }

    /// Cancels the next transactions for a reason that passes.
    fn cancel(&self, transactions: usize, reason: &'static str) {
        self.injector.reset();
        self.injector.inject(move |asked, number| match asked.operation.as_str() {
            "TransactWriteItems" if number <= transactions => Fault::cancelled(&[reason, "None"]),
            _ => Fault::Pass,
        });
    }

    async fn put(&self, id: &str, alias: Option<&str>) -> Result<(), ScenarioError> {
        self.env.app.store.scenario_put(&self.acme.tenant.id, &scenario(id, alias)).await
    }

    async fn found(&self, name: &str) -> Option<String> {
        let found = self.env.app.store.scenario_find(&self.acme.tenant.id, &name.parse().unwrap()).await;
        found.expect("a response").map(|scenario| scenario.id.to_string())
    }
}

fn scenario(id: &str, alias: Option<&str>) -> Scenario {
    Scenario {
        id: id.parse().expect("a name"),
        alias: alias.map(|alias| alias.parse().expect("a name")),
        name: "Sales".into(),
        page: Some(format!("{PAGE_ORIGIN}/chat").parse().expect("a URL")),
        app_key: "app-key".into(),
        mode: HandoffMode::Handoff,
        preload: false,
        contact: None,
    }
}

#[tokio::test]
async fn a_new_tenant_that_meets_another_transaction_is_made_all_the_same() {
    let faulty = Faulty::new().await;
    for reason in PASSING {
        let tenant = Tenant::new(reason.to_lowercase().parse().unwrap());
        faulty.cancel(3, reason);
        assert!(faulty.env.app.store.tenant_create(&tenant).await.expect("a response"), "{reason}: it did not exist");
        assert_eq!(faulty.injector.calls("TransactWriteItems"), 4, "{reason}");
        let stored = faulty.env.app.store.tenant_get(&tenant.id).await.expect("a response");
        assert_eq!(stored.expect("a tenant").id, tenant.id, "{reason}");
    }
}

#[tokio::test]
async fn a_new_tenant_that_keeps_meeting_transactions_is_busy_and_not_a_second_one() {
    let faulty = Faulty::new().await;
    for reason in PASSING {
        faulty.cancel(usize::MAX, reason);
        let response = faulty.env.app.store.tenant_create(&Tenant::new("globex".parse().unwrap())).await;
        assert!(response.expect_err("no answer").is_busy(), "{reason}");
        assert_eq!(faulty.injector.calls("TransactWriteItems"), 4, "{reason}");
    }
}

#[tokio::test]
async fn a_tenant_of_a_name_in_use_is_refused_at_once() {
    let faulty = Faulty::new().await;
    faulty.injector.reset();
    assert!(!faulty.env.app.store.tenant_create(&faulty.acme.tenant).await.expect("a response"));
    assert_eq!(faulty.injector.calls("TransactWriteItems"), 1);
}

#[tokio::test]
async fn a_scenario_that_meets_another_transaction_is_stored_all_the_same() {
    let faulty = Faulty::new().await;
    for reason in PASSING {
        faulty.cancel(3, reason);
        faulty.put("0x421", Some(&reason.to_lowercase())).await.expect("stored");
        assert_eq!(faulty.injector.calls("TransactWriteItems"), 4, "{reason}");
        assert_eq!(faulty.found(&reason.to_lowercase()).await.as_deref(), Some("0x421"), "{reason}");
    }
}

#[tokio::test]
async fn a_scenario_that_keeps_meeting_transactions_is_busy_and_its_alias_is_not_taken() {
    let faulty = Faulty::new().await;
    for reason in PASSING {
        faulty.cancel(usize::MAX, reason);
        match faulty.put("0x421", Some("sales")).await {
            Err(ScenarioError::Store(error)) => assert!(error.is_busy(), "{reason}: {error}"),
            other => panic!("{reason}: {other:?}"),
        }
        assert_eq!(faulty.injector.calls("TransactWriteItems"), 4, "{reason}");
    }
}

#[tokio::test]
async fn an_alias_of_another_scenario_is_refused_at_once() {
    let faulty = Faulty::new().await;
    faulty.injector.reset();
    assert!(matches!(faulty.put("0x421", Some("support")).await, Err(ScenarioError::AliasTaken)));
    assert_eq!(faulty.injector.calls("TransactWriteItems"), 1);
    assert_eq!(faulty.found("support").await.as_deref(), Some("0x420"));
}

#[tokio::test]
async fn a_scenario_that_was_read_before_it_changed_takes_no_alias_from_another() {
    let faulty = Faulty::new().await;
    faulty.put("0x421", Some("sales")).await.expect("stored");
    // Another operator gives the alias to another scenario, after this one has read the first.
    faulty.put("0x421", None).await.expect("stored");
    faulty.put("0x422", Some("sales")).await.expect("stored");
    let stale = json!({"Item": {
        "id": {"S": "0x421"}, "alias": {"S": "sales"}, "name": {"S": "Sales"}, "app_key": {"S": "app-key"},
        "page": {"S": format!("{PAGE_ORIGIN}/chat")}, "mode": {"S": "handoff"},
    }})
    .to_string();
    faulty.injector.reset();
    faulty.injector.inject(move |asked, number| match (asked.operation.as_str(), number) {
        ("GetItem", 1) => Fault::Respond(200, stale.clone()),
        _ => Fault::Pass,
    });
    faulty.put("0x421", Some("service")).await.expect("stored");
    assert_eq!(faulty.injector.calls("TransactWriteItems"), 2, "the stale record is read again");
    assert_eq!(faulty.found("sales").await.as_deref(), Some("0x422"));
    assert_eq!(faulty.found("service").await.as_deref(), Some("0x421"));
}

#[tokio::test]
async fn a_token_that_meets_another_transaction_is_stored_all_the_same() {
    let faulty = Faulty::new().await;
    faulty.cancel(3, "TransactionConflict");
    let (secret, _) = faulty.env.issue_token(&faulty.acme.tenant, &faulty.acme.account, &Scope::ALL).await;
    assert_eq!(faulty.injector.calls("TransactWriteItems"), 4);
    assert_eq!(faulty.env.get("/api/token", &secret).await.status, 200);
}

#[tokio::test]
async fn an_erasure_that_keeps_meeting_transactions_is_busy_and_a_later_call_completes_it() {
    let faulty = Faulty::new().await;
    let (store, acme, now) = (&faulty.env.app.store, &faulty.acme.tenant, faulty.env.app.clock.now());
    let link = faulty.env.create_link(&faulty.acme, "ann", json!({})).await;
    let erasure = store.erasure_begin(&acme.id, &"ann".parse().unwrap(), now).await.expect("begun");
    let ann = store.data_key().user_hash(&acme.id, &"ann".parse().unwrap());
    faulty.cancel(usize::MAX, "TransactionConflict");
    let deadline = Instant::now() + Duration::from_mins(1);
    let response = store.erasure_sweep(acme, &ann, &erasure, false, deadline).await;
    assert!(response.expect_err("no answer").is_busy());
    assert_eq!(faulty.injector.calls("TransactWriteItems"), 4);
    faulty.injector.clear();
    assert!(store.erasure_sweep(acme, &ann, &erasure, false, deadline).await.expect("swept"));
    let found = store.link_get(&faulty.env.link_hash(&link), Freshness::Consistent).await;
    assert!(found.expect("a response").is_none());
    let counted = store.erasure_get(&acme.id, &ann).await.expect("a response").expect("an erasure");
    assert_eq!(counted.links, 1);
}

#[tokio::test]
async fn buffered_clicks_that_meet_a_transaction_stay_and_are_counted_once() {
    let faulty = Faulty::new().await;
    let store = faulty.env.app.store.clone().with_link_cache();
    let link = faulty.env.link_hash(&faulty.env.create_link(&faulty.acme, "ann", json!({})).await);
    let found = store.link_get(&link, Freshness::Consistent).await.expect("a response").expect("a link");
    assert!(store.click_buffered(&found, faulty.env.app.clock.now()), "there is a buffer");
    faulty.cancel(1, "TransactionConflict");
    assert!(store.clicks_write().await.expect_err("no answer").is_busy());
    assert_eq!(faulty.injector.calls("TransactWriteItems"), 1);
    store.clicks_write().await.expect("written");
    let found = store.link_get(&link, Freshness::Consistent).await.expect("a response").expect("a link");
    assert_eq!(found.activity.clicks, 1);
}
