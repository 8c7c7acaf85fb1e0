//! The nouns of the product, pure: values that cannot be wrong once they exist.

mod account;
mod attributes;
mod code;
mod context;
mod event;
mod filter;
mod interaction;
mod link;
mod name;
mod period;
mod scenario;
mod snapshot;
mod tenant;
pub mod time;
mod token;
mod user;

pub use account::{Account, Role, Scope, Scopes};
pub use attributes::{Attributes, Scalar, Value};
pub use code::Code;
pub use context::{Context, ContextValue};
pub use event::{Event, EventIds, EventShape, MAX_CLOCK_SKEW};
pub use filter::{FILTERS, Filters};
pub use interaction::{Author, Data, Interaction};
pub use link::{HandoffMode, Link, LinkActivity, LinkId, LinkStatus};
pub use name::{AccountId, CampaignId, ScenarioId, TenantId, TokenId};
pub use period::{Period, parse_date};
pub use scenario::Scenario;
pub use snapshot::Snapshot;
pub use tenant::{Limits, Sharding, Tenant};
pub use token::Token;
pub use user::{UserHash, UserId};

/// A value breaks the rule of its type; the sentence says which, without repeating the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub std::borrow::Cow<'static, str>);

impl Invalid {
    /// The rule as a sentence.
    pub fn new(rule: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self(rule.into())
    }
}
