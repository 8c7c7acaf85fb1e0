//! The DynamoDB table: one struct, [`Store`], with methods `noun_verb`. No other module knows AWS or the format of a key.
//!
//! | item | PK | SK |
//! |---|---|---|
//! | interaction of the user, of the chatbot | `T#<tenant>#D#<yyyy-mm-dd>#S#<shard>` | `U#<user hash>#<microseconds, 20 digits>#<id>`, `B#…` |
//! | user-day header | the same | `H#<user hash>` |
//! | day marker, context, timestamp of a message, tombstone | `T#<tenant>#U#<user hash>` | `DAY#<date>`, `CONTEXT`, `MSG#<message id>`, `ERASED` |
//! | entry of the changes feed | `T#<tenant>#F#<yyyy-mm-dd>#S#<n>` | `<announced at, microseconds>#<entry>` |
//! | link; its click and use counters | `L#<keyed hash of the code><revocation bucket>` | `LINK`, `STATE` |
//! | revoked campaigns of a revocation bucket | `R#<revocation bucket>` | `REVOKED` |
//! | campaign; its manifest, 500 links per item | `T#<tenant>#C#<campaign>` | `CAMPAIGN`, `M#<made at>#<batch>#<part>` |
//! | list of campaigns, list of requests for links | `T#<tenant>#CL`, `T#<tenant>#B` | `<made at>#<campaign>`, `<made at>#<batch>` |
//! | idempotency key | `T#<tenant>#IDEM#<account>` | `<hash of the key>` |
//! | owner of a handoff | `X#<jti>` | `NONCE` |
//! | tenant, accounts, scenarios, aliases | `T#<tenant>` | `TENANT`, `ACCOUNT#…`, `SCENARIO#…`, `ALIAS#…` |
//! | tokens of an account | `T#<tenant>#A#<account>` | `TOKEN#<id>` |
//! | token | `K#<sha256 of jti>` | `TOKEN` |
//! | version of the table and fingerprint of the data key, list of tenants | `META` | `META`, `TENANT#<tenant>` |
//!
//! The index `links_by_user` (keys only) lists the links of a user by `links_of` and `made_at`.

mod client;
mod dynamo;
mod erasure;
mod error;
mod interactions;
mod keys;
mod links;
mod table;
mod tenancy;
mod users;

pub use aws_sdk_dynamodb::Client;
pub use client::{Store, client_config};
pub use erasure::tombstone::Erasure;
pub use error::StoreError;
pub use interactions::feed;
pub use interactions::feed_entry::{FeedCursor, FeedEntry};
pub use interactions::items::{StoredInteraction, UserDay};
pub use interactions::key_range::KeyRange;
pub use interactions::read::{Freshness, InteractionPage};
pub use interactions::write::{ErasedUserPolicy, WriteOutcome};
pub use links::campaigns::Campaign;
pub use links::handoffs::ExchangeOutcome;
pub use links::idempotency::IdempotencyRecord;
pub use links::manifests::{LinkBatch, ManifestPart, ManifestParts, part_created_at};
pub use links::records::{NewLink, UserLinkCursor};
pub use table::TableError;
pub use table::health::TableFeatures;
pub use tenancy::scenarios::ScenarioError;
pub use users::profiles::Profile;
