//! The DynamoDB table: one struct, [`Store`], with methods `noun_verb`. No other module knows AWS or the format of a key.
//!
//! | item | PK | SK |
//! |---|---|---|
//! | interaction of the user, of the chatbot | `T#<tenant>#D#<yyyy-mm-dd>#S#<shard>` | `U#<user hash>#<microseconds, 20 digits>#<id>`, `B#…` |
//! | user-day header | the same | `H#<user hash>` |
//! | day marker, context, tombstone | `T#<tenant>#U#<user hash>` | `DAY#<date>`, `CONTEXT`, `ERASED` |
//! | entry of the changes feed | `T#<tenant>#F#<yyyy-mm-dd>#S#<n>` | `<announced at, microseconds>#<entry>` |
//! | link | `L#<keyed hash of the code><campaign bucket>` | `LINK` |
//! | activity of a link: its click and use counters | `A#<campaign bucket>#<0-7>` | `<keyed hash of the code>` |
//! | revoked campaigns of a bucket | `R#<campaign bucket>` | `REVOKED` |
//! | campaign | `T#<tenant>#C#<campaign>` | `CAMPAIGN` |
//! | manifest of a campaign, 500 links per item; number of links of a request | the same | `M#<made at>#<batch>#<part>`, `N#<made at>#<batch>` |
//! | links of users, by the first six bits of the user hash | `T#<tenant>#UB#<0-63>` | `<made at>#<batch>` |
//! | list of campaigns, list of requests for links | `T#<tenant>#CL`, `T#<tenant>#B` | `<made at>#<campaign>`, `<made at>#<batch>` |
//! | idempotency key | `T#<tenant>#IDEM#<account>` | `<hash of the key>` |
//! | owner of a handoff | `X#<jti>` | `NONCE` |
//! | tenant, scenarios, aliases | `T#<tenant>` | `TENANT`, `SCENARIO#…`, `ALIAS#…` |
//! | accounts | `T#<tenant>#ACCOUNTS` | `ACCOUNT#<account>` |
//! | account that a person signs in as, by mail address or identity | `P#<person hash>` | `T#<tenant>#A#<account>` |
//! | tokens of an account | `T#<tenant>#A#<account>` | `TOKEN#<id>` |
//! | token, with the counter of its requests | `K#<sha256 of jti>` | `TOKEN` |
//! | counter of a tenant's requests | `T#<tenant>#RATE` | `REQUESTS` |
//! | number and times of a user's messages on a day | `T#<tenant>#U#<user hash>` | `MESSAGES#<date>` |
//! | sync sources | `SYNC` | `<tenant>` |
//! | version of the table and fingerprint of the data key, list of tenants | `META` | `META`, `TENANT#<tenant>` |

mod cache;
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
pub use dynamo::freshness::Freshness;
pub use erasure::tombstone::Erasure;
pub use error::StoreError;
pub use interactions::feed;
pub use interactions::feed_entry::{FeedCursor, FeedEntry};
pub use interactions::items::{StoredInteraction, UserDay};
pub use interactions::key_range::KeyRange;
pub use interactions::messages::{CountedMessages, MessageCounts, NewMessages};
pub use interactions::read::InteractionPage;
pub use interactions::write::{ErasedUserPolicy, WriteOutcome};
pub use links::activity::ActivityCursor;
pub use links::campaigns::Campaign;
pub use links::changes::LinkChange;
pub use links::handoffs::ExchangeOutcome;
pub use links::idempotency::IdempotencyRecord;
pub use links::link_record::{LinkRecord, NewLink};
pub use links::manifests::{LinkBatch, MadeLinks, ManifestPart, ManifestParts};
pub use links::user_links::UserLinkCursor;
pub use table::TableError;
pub use tenancy::scenarios::ScenarioError;
pub use users::context_updates::ContextUpdate;
pub use users::profiles::Profile;
