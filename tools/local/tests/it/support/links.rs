//! Creates links through both paths and reads the response.

use super::{TestEnvironment, TestResponse, TestTenant};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::crypto::LinkHash;
use shared::model::{Code, LinkActivity};
use shared::store::Client;
use std::time::Duration;

/// The two paths that create links: OpenDialog's and the public one.
pub(crate) const GENERATE_PATHS: [&str; 2] =
    ["/api/generate-webchat-deeplink", "/public/api/generate-webchat-deep-link"];

impl TestEnvironment {
    /// Requests links for a dataset of the scenario `0x420`.
    pub(crate) async fn generate(&self, tenant: &TestTenant, dataset: Value) -> TestResponse {
        self.post(GENERATE_PATHS[1], &tenant.token, &json!({"scenario_id": "0x420", "dataset": dataset})).await
    }

    /// Creates one link and returns its path: `/` and the code.
    pub(crate) async fn create_link(&self, tenant: &TestTenant, user: &str, attributes: Value) -> String {
        paths(&self.generate(tenant, json!([{"user_id": user, "attributes": attributes}])).await).remove(0)
    }

    /// Creates a link of a campaign and returns its path.
    pub(crate) async fn create_campaign_link(&self, tenant: &TestTenant, campaign: &str) -> String {
        let body = json!({"scenario_id": "0x420", "campaign": campaign, "dataset": [{"attributes": {}}]});
        paths(&self.post(GENERATE_PATHS[1], &tenant.token, &body).await).remove(0)
    }

    /// The click and use counters of a link.
    pub(crate) async fn link_activity(&self, path: &str) -> LinkActivity {
        self.app.store.link_get(&self.link_hash(path)).await.expect("the table").expect("a link").1
    }

    /// Waits until a link has at least `clicks` clicks, for 5 s at most, and returns its counters. The redirect may answer
    /// before its click is counted.
    pub(crate) async fn activity_after_clicks(&self, path: &str, clicks: u64) -> LinkActivity {
        for _ in 0..200 {
            if self.link_activity(path).await.clicks >= clicks {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.link_activity(path).await
    }

    /// Revokes a link.
    pub(crate) async fn revoke_link(&self, path: &str) {
        self.app.store.link_revoke(&self.link_hash(path), self.app.clock.now()).await.expect("revoked");
    }

    /// The hash under which a link is stored.
    pub(crate) fn link_hash(&self, path: &str) -> LinkHash {
        let code: Code = path.trim_start_matches('/').parse().expect("a code");
        self.app.store.data_key().link_hash(&code)
    }
}

/// The paths of the links of a response, in its order.
#[track_caller]
pub(crate) fn paths(response: &TestResponse) -> Vec<String> {
    assert_eq!(response.status, 200, "{}", response.text());
    let path = |made: &Value| {
        let url: url::Url = made["url"].as_str().expect("a URL").parse().expect("a URL");
        url.path().to_owned()
    };
    response.json().as_array().expect("a bare array").iter().map(path).collect()
}

impl TestEnvironment {
    /// Overwrites the target of a link's item with a text that is not a URL.
    pub(crate) async fn corrupt_link(&self, path: &str) {
        let key = |text: String| AttributeValue::S(text);
        let client = Client::from_conf(shared::store::client_config(&self.app.config.aws));
        let update = client
            .update_item()
            .table_name(&self.app.config.table)
            .key("PK", key(format!("L#{}", self.link_hash(path).as_str())))
            .key("SK", key("LINK".into()))
            .update_expression("SET target = :broken")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":broken", key("no URL".into()));
        update.send().await.expect("broken");
    }
}
