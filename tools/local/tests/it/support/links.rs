//! Creates links through both paths and reads the response.

use super::{TestEnvironment, TestResponse, TestTenant};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use serde_json::{Value, json};
use shared::crypto::LinkHash;
use shared::model::{Code, LinkActivity, Tenant};
use shared::store::{Client, Freshness, LinkRecord};
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

    /// Creates a link that can be opened `max_uses` times and returns its path.
    pub(crate) async fn create_limited_link(&self, tenant: &TestTenant, user: &str, max_uses: u64) -> String {
        let dataset = json!([{"user_id": user, "attributes": {"a": 1}}]);
        let body = json!({"scenario_id": "0x420", "max_uses": max_uses, "dataset": dataset});
        paths(&self.post(GENERATE_PATHS[1], &tenant.token, &body).await).remove(0)
    }

    /// Creates a link of a campaign and returns its path.
    pub(crate) async fn create_campaign_link(&self, tenant: &TestTenant, campaign: &str) -> String {
        let body = json!({"scenario_id": "0x420", "campaign": campaign, "dataset": [{"attributes": {}}]});
        paths(&self.post(GENERATE_PATHS[1], &tenant.token, &body).await).remove(0)
    }

    /// The click and use counters of a link.
    pub(crate) async fn link_activity(&self, path: &str) -> LinkActivity {
        let link = self.app.store.link_get(&self.link_hash(path), Freshness::Consistent).await;
        link.expect("the table").expect("a link").activity
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

    /// Lets the values expire that a process keeps for a second. They have tokio's clock, which is paused only here: a paused
    /// clock jumps to the next time-out whenever a test waits for the table.
    pub(crate) async fn forget_shared_values(&self) {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(1)).await;
        tokio::time::resume();
    }

    /// Sets for how many days the links of a tenant are kept.
    pub(crate) async fn keep_links(&self, tenant: &TestTenant, links_days: u32) {
        let tenant = Tenant { links_days, ..tenant.tenant.clone() };
        self.app.store.tenant_update(&tenant).await.expect("updated");
        self.forget_shared_values().await;
    }

    /// Revokes a link.
    pub(crate) async fn revoke_link(&self, path: &str) {
        self.app.store.link_revoke(&self.link_record(path).await, self.app.clock.now()).await.expect("revoked");
    }

    /// A link as it is stored.
    pub(crate) async fn link_record(&self, path: &str) -> LinkRecord {
        let found = self.app.store.link_get(&self.link_hash(path), Freshness::Consistent).await;
        found.expect("the table").expect("a link")
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
    /// Stores full activities of `number` links of a campaign of which nothing else is stored.
    pub(crate) async fn touch_links(&self, campaign: &str, tenant: &TestTenant, number: usize) {
        let link = self.create_campaign_link(tenant, campaign).await;
        let handoff = self.follow_link(&link).await;
        assert_eq!(self.exchange(&handoff, "nonce-of-the-test-0").await.status, 200);
        let hash = self.link_hash(&link);
        let bucket = &hash.as_str()[18..];
        let client = Client::from_conf(shared::store::client_config(&self.app.config.aws));
        let mut activities = Vec::new();
        for shard in 0..8 {
            let query = client.query().table_name(&self.app.config.table).key_condition_expression("PK = :pk");
            let query = query.expression_attribute_values(":pk", AttributeValue::S(format!("A#{bucket}#{shard}")));
            activities.extend(query.send().await.expect("activities").items.unwrap_or_default());
        }
        let mut activity = activities.into_iter().next().expect("the activity of the link");
        let at = AttributeValue::N("1700000000000000".into());
        for step in ["first_clicked_at", "first_opened_at", "conversed_at"] {
            activity.insert(step.into(), at.clone());
        }
        activity.insert("active_day".into(), AttributeValue::S("2023-11-14".into()));
        let item = |number: usize| {
            let mut item = activity.clone();
            item.insert("PK".into(), AttributeValue::S(format!("A#{bucket}#{}", number % 8)));
            item.insert("SK".into(), AttributeValue::S(format!("{number:018}")));
            PutRequest::builder().set_item(Some(item)).build().expect("an item")
        };
        for first in (0..number).step_by(25) {
            let writes =
                (first..number.min(first + 25)).map(|number| WriteRequest::builder().put_request(item(number)).build());
            let write = client.batch_write_item().request_items(&self.app.config.table, writes.collect());
            write.send().await.expect("written");
        }
        let delete = client.delete_item().table_name(&self.app.config.table);
        delete.key("PK", activity["PK"].clone()).key("SK", activity["SK"].clone()).send().await.expect("deleted");
    }

    /// Adds the name of another campaign to the revoked campaigns of a link's bucket.
    pub(crate) async fn revoke_other_campaign_of_bucket(&self, path: &str) {
        let client = Client::from_conf(shared::store::client_config(&self.app.config.aws));
        let update = client
            .update_item()
            .table_name(&self.app.config.table)
            .key("PK", AttributeValue::S(format!("R#{}", &self.link_hash(path).as_str()[18..])))
            .key("SK", AttributeValue::S("REVOKED".into()))
            .update_expression("SET revoked_AAAAAAAAAAAA = :until")
            .expression_attribute_values(":until", AttributeValue::N("253402300799".into()));
        update.send().await.expect("written");
    }

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
