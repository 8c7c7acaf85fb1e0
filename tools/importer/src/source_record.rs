//! One record of a file, whatever its format.

use chrono::{DateTime, Utc};
use shared::model::{Attributes, EventShape, Invalid};

/// One record of a file.
#[derive(Debug)]
pub enum SourceRecord {
    /// An event, not yet checked.
    Event(Box<EventShape>),
    /// The id and attributes of a user of an export, which follow the user's events, or of an event of the type
    /// `attributes`, with its date.
    User(String, Attributes, Option<DateTime<Utc>>),
    /// A line that is not an event.
    Invalid(Invalid),
}
