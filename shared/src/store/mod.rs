//! The table. One struct, methods `noun_verb`, one file per noun; nothing else knows AWS or the format of a key.
//!
//! | item | PK | SK |
//! |---|---|---|
//! | what a user said, what the chatbot said | `T#<tenant>#D#<yyyy-mm-dd>#S#<shard>` | `U#<huser>#<microseconds, 20 digits>#<id>`, `B#…` |
//! | user-day header | the same | `H#<huser>` |
//! | day marker, context, a message's place, tombstone | `T#<tenant>#U#<huser>` | `DAY#<date>`, `CONTEXT`, `MSG#<message id>`, `ERASED` |
//! | entry of the changes feed | `T#<tenant>#F#<yyyy-mm-dd>#S#<n>` | `<taken at, microseconds>#<entry>` |
//! | link, what became of it | `L#<keyed hash of the code><slot of its campaign>` | `LINK`, `STATE` |
//! | the revoked campaigns of a slot | `R#<slot>` | `REVOKED` |
//! | campaign, its links some hundreds an item | `T#<tenant>#C#<campaign>` | `CAMPAIGN`, `M#<made at>#<batch>#<part>` |
//! | list of campaigns, list of requests for links | `T#<tenant>#CL`, `T#<tenant>#B` | `<made at>#<campaign>`, `<made at>#<batch>` |
//! | idempotency | `T#<tenant>#IDEM#<account>` | `<hash of the key>` |
//! | handoff's owner | `X#<jti>` | `NONCE` |
//! | tenant, accounts, scenarios, aliases | `T#<tenant>` | `TENANT`, `ACCOUNT#…`, `SCENARIO#…`, `ALIAS#…` |
//! | an account's tokens | `T#<tenant>#A#<account>` | `TOKEN#<id>` |
//! | token | `K#<sha256 of jti>` | `TOKEN` |
//! | version of the table, fingerprint of the data key, list of tenants | `META` | `META`, `TENANT#<tenant>` |
//!
//! The index `links_by_user` (keys only) lists the links of a user by `links_of` and `made_at`.

mod accounts;
mod campaigns;
mod contexts;
mod day_keys;
mod erasure_ahead;
mod erasure_links;
mod erasure_sweep;
mod erasures;
mod error;
mod events;
mod events_load;
mod feed;
mod feed_place;
mod handoffs;
mod idempotency;
mod interaction_items;
mod interactions;
mod item;
mod kept;
mod keys;
mod links;
mod long_lived;
mod manifests;
mod many;
mod patience;
mod profiles;
mod range;
mod scenarios;
mod table;
mod table_health;
mod tenants;
mod tokens;
mod user_days;

pub use aws_sdk_dynamodb::Client;
pub use campaigns::Campaign;
pub use erasures::Erasure;
pub use error::StoreError;
pub use events::{OfErased, Written};
pub use feed::{FEED_KEPT, LAG};
pub use feed_place::{Entry, FeedPlace};
pub use handoffs::Opened;
pub use idempotency::Begun;
pub use interaction_items::Said;
pub use interactions::{Freshness, SaidPage, UserDay};
pub use links::{NewLink, Page};
pub use manifests::{Batch, Part, Parts, part_made_at};
pub use profiles::Profile;
pub use range::Range;
pub use scenarios::ScenarioError;
pub use table::TableError;
pub use table_health::TableFeatures;

use crate::config::{AwsConfig, Config};
use crate::crypto::DataKey;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig};
use std::{sync::Arc, time::Duration};

/// The table, and the key that names things in it.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: Arc<str>,
    data_key: DataKey,
    long_lived: Option<Arc<long_lived::LongLived>>,
}

impl Store {
    /// The table of the settings. Nothing is sent yet.
    #[must_use]
    pub fn connect(config: &Config) -> Self {
        Self::new(Client::from_conf(client_config(&config.aws)), config)
    }

    /// The table of the settings, by a client that was made elsewhere.
    #[must_use]
    pub fn new(client: Client, config: &Config) -> Self {
        Self { client, table: config.table.as_str().into(), data_key: config.data_key.clone(), long_lived: None }
    }

    /// The key that names things in the table.
    #[must_use]
    pub fn data_key(&self) -> &DataKey {
        &self.data_key
    }
}

/// A client configured by hand: the defaults of `aws-config` cost a cold start 2 ms and 1 MB.
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
        .timeout_config(timeouts.build());
    config.set_endpoint_url(aws.endpoint.clone());
    config.build()
}
