//! The types of the domain, without I/O, clock or AWS. A value that exists is valid: parsing and deserializing check it.

mod account;
mod attributes;
mod code;
mod context;
mod event;
mod event_check;
mod event_id;
mod filter;
mod interaction;
mod link;
mod month;
mod name;
pub(crate) mod newtype;
mod period;
mod scenario;
mod snapshot;
mod tenant;
mod text_enum;
pub mod time;
mod token;
mod user;

pub use account::{Account, Role, Scope, Scopes};
pub use attributes::{AttributeValue, Attributes, Scalar};
pub use code::Code;
pub(crate) use code::{from_two_digits, two_digits};
pub use context::{Context, ContextValue};
pub use event::{Event, EventShape, MAX_CLOCK_SKEW};
pub use event_id::{EventIds, Sha256Fn};
pub use filter::Filters;
pub use interaction::{Author, Data, Interaction};
pub use link::{HandoffMode, Link, LinkActivity, LinkId, LinkStatus};
pub use month::Month;
pub use name::{AccountId, CampaignId, ScenarioId, TenantId, TokenId};
pub use period::{Period, parse_date};
pub use scenario::Scenario;
pub use snapshot::{Snapshot, lenient_text};
pub use tenant::{Limits, Sharding, Tenant};
pub use token::Token;
pub use user::{UserHash, UserId};

/// A value breaks the rule of its type. The sentence names the rule and never repeats the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub std::borrow::Cow<'static, str>);

impl Invalid {
    /// The rule as a sentence.
    pub fn new(rule: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self(rule.into())
    }
}
