//! Links, made: both paths, and what an answer with links says.

use super::{Answer, TestEnvironment, TestTenant};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::crypto::LinkHash;
use shared::model::{Code, LinkActivity};
use shared::store::Client;
use std::time::Duration;

/// Both paths that make links.
pub(crate) const GENERATE: [&str; 2] = ["/api/generate-webchat-deeplink", "/public/api/generate-webchat-deep-link"];

impl TestEnvironment {
    /// Asks for links of a dataset of the scenario `0x420`.
    pub(crate) async fn generate(&self, of: &TestTenant, dataset: Value) -> Answer {
        self.post(GENERATE[1], &of.token, &json!({"scenario_id": "0x420", "dataset": dataset})).await
    }

    /// Makes one link and returns its path, `/` and the code.
    pub(crate) async fn link(&self, of: &TestTenant, user: &str, attributes: Value) -> String {
        paths(&self.generate(of, json!([{"user_id": user, "attributes": attributes}])).await).remove(0)
    }

    /// Makes a link of a campaign and returns its path.
    pub(crate) async fn link_of(&self, of: &TestTenant, campaign: &str) -> String {
        let body = json!({"scenario_id": "0x420", "campaign": campaign, "dataset": [{"attributes": {}}]});
        paths(&self.post(GENERATE[1], &of.token, &body).await).remove(0)
    }

    /// What became of the link of a path.
    pub(crate) async fn state(&self, path: &str) -> LinkActivity {
        self.app.store.link_get(&self.hash(path)).await.expect("the table").expect("a link").1
    }

    /// What became of a link that was clicked so often. A count may end after its redirect, so it is waited for.
    pub(crate) async fn clicked(&self, path: &str, clicks: u64) -> LinkActivity {
        for _ in 0..200 {
            if self.state(path).await.clicks >= clicks {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.state(path).await
    }

    /// Revokes the link of a path.
    pub(crate) async fn revoke(&self, path: &str) {
        self.app.store.link_revoke(&self.hash(path), self.app.clock.now()).await.expect("revoked");
    }

    /// The key of the link of a path.
    pub(crate) fn hash(&self, path: &str) -> LinkHash {
        let code: Code = path.trim_start_matches('/').parse().expect("a code");
        self.app.store.data_key().link_hash(&code)
    }
}

/// The paths of the links of an answer, in its order.
#[track_caller]
pub(crate) fn paths(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let path = |made: &Value| {
        let url: url::Url = made["url"].as_str().expect("a URL").parse().expect("a URL");
        url.path().to_owned()
    };
    answer.json().as_array().expect("a bare array").iter().map(path).collect()
}

impl TestEnvironment {
    /// Breaks the item of a link, as no program of ours would leave it.
    pub(crate) async fn break_link(&self, path: &str) {
        let key = |text: String| AttributeValue::S(text);
        let client = Client::from_conf(shared::store::client_config(&self.app.config.aws));
        let update = client
            .update_item()
            .table_name(&self.app.config.table)
            .key("PK", key(format!("L#{}", self.hash(path).as_str())))
            .key("SK", key("LINK".into()))
            .update_expression("SET target = :broken")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":broken", key("no URL".into()));
        update.send().await.expect("broken");
    }
}
