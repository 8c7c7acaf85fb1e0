//! The table. One struct, methods `noun_verb`, one file per noun; nothing else knows AWS or the format of a key.
//!
//! | item | PK | SK |
//! |---|---|---|
//! | what a user said, what the chatbot said | `T#<tenant>#D#<yyyy-mm-dd>#S#<shard>` | `U#<user_hash>#<microseconds, 20 digits>#<id>`, `B#…` |
//! | user-day header | the same | `H#<user_hash>` |
//! | day marker, context, a message's place, tombstone | `T#<tenant>#U#<user_hash>` | `DAY#<date>`, `CONTEXT`, `MSG#<message id>`, `ERASED` |
//! | entry of the changes feed | `T#<tenant>#F#<yyyy-mm-dd>#S#<n>` | `<taken at, microseconds>#<entry>` |
//! | link, what became of it | `L#<keyed hash of the code><revocation bucket of its campaign>` | `LINK`, `STATE` |
//! | the revoked campaigns of a bucket | `R#<revocation bucket>` | `REVOKED` |
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
pub use interactions::items::StoredInteraction;
pub use interactions::key_range::KeyRange;
pub use interactions::read::{Freshness, InteractionPage, UserDay};
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
