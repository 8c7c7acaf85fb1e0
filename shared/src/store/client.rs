//! [`Store`]: the DynamoDB client, the table name and the data key.

use crate::config::{AwsConfig, Config};
use crate::crypto::{CampaignBucket, DataKey, LinkHash};
use crate::model::{Scenario, ScenarioId, Tenant, TenantId};
use crate::store::cache::TtlCache;
use crate::store::dynamo::conflict::RetryConflicts;
use crate::store::links::click_buffer::ClickBuffer;
use crate::store::links::link_record::{BucketCampaigns, LinkRecord};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig};
use chrono::NaiveDate;
use std::{sync::Arc, time::Duration};

/// How long a process keeps what many visits share: states of campaigns, tenants and scenarios of webchat pages. With the second
/// that an eventually consistent read may lag, a change takes effect within two seconds.
const SHARED_TTL: Duration = Duration::from_secs(1);
/// Values of each kind that a process keeps at most.
const SHARED: usize = 1024;
/// How long a process remembers that a day is stored as active. Only the removal of a tenant deletes one.
const ACTIVE_DAYS_TTL: Duration = Duration::from_hours(1);
/// Days that a process remembers at most, about 1 MB.
const ACTIVE_DAYS: usize = 16_384;

/// Links, each with the campaigns of its bucket when it was read.
pub(in crate::store) type LinkCache = TtlCache<LinkHash, (Arc<LinkRecord>, Arc<BucketCampaigns>)>;

/// The table. Clones share one client and one memory, and cost little: there are several for each request.
#[derive(Clone, Debug)]
pub struct Store {
    pub(in crate::store) client: Client,
    pub(in crate::store) table: Arc<str>,
    pub(in crate::store) data_key: DataKey,
    pub(in crate::store) memory: Arc<Memory>,
}

/// What a process keeps in memory.
#[derive(Debug)]
pub(in crate::store) struct Memory {
    pub(in crate::store) bucket_campaigns: TtlCache<CampaignBucket, Arc<BucketCampaigns>>,
    pub(in crate::store) tenants: TtlCache<TenantId, Arc<Tenant>>,
    pub(in crate::store) scenarios: TtlCache<(TenantId, ScenarioId), Arc<Scenario>>,
    /// Days that are stored as active.
    pub(in crate::store) active_days: TtlCache<(TenantId, NaiveDate), ()>,
    pub(in crate::store) link_cache: Option<LinkCache>,
    pub(in crate::store) click_buffer: Option<ClickBuffer>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            bucket_campaigns: TtlCache::new(SHARED, SHARED_TTL),
            tenants: TtlCache::new(SHARED, SHARED_TTL),
            scenarios: TtlCache::new(SHARED, SHARED_TTL),
            active_days: TtlCache::new(ACTIVE_DAYS, ACTIVE_DAYS_TTL),
            link_cache: None,
            click_buffer: None,
        }
    }
}

impl Store {
    /// The table of the settings. Sends nothing.
    #[must_use]
    pub fn connect(config: &Config) -> Self {
        Self::new(Client::from_conf(client_config(&config.aws)), config)
    }

    /// The table of the settings, over a given client.
    #[must_use]
    pub fn new(client: Client, config: &Config) -> Self {
        let (table, data_key) = (config.table.as_str().into(), config.data_key.clone());
        Self { client, table, data_key, memory: Arc::default() }
    }

    /// The key that user hashes and link hashes are computed with.
    #[must_use]
    pub fn data_key(&self) -> &DataKey {
        &self.data_key
    }
}

/// The client's settings, chosen here: the defaults of `aws-config` cost a cold start 2 ms and 1 MB.
#[must_use]
pub fn client_config(aws: &AwsConfig) -> aws_sdk_dynamodb::Config {
    let credentials = match (&aws.access_key_id, &aws.secret_access_key) {
        (Some(id), Some(secret)) => Credentials::new(id, secret, aws.session_token.clone(), None, "environment"),
        _ => Credentials::new("local", "local", None, None, "local"),
    };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(10));
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone().unwrap_or_else(|| "us-east-1".into())))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(50)))
        .retry_classifier(RetryConflicts)
        .timeout_config(timeouts.build());
    config.set_endpoint_url(aws.endpoint.clone());
    config.build()
}
