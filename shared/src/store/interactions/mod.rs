//! Interactions: writing, reading, user-day headers, webchat messages and the changes feed.

pub(super) mod active_days;
#[cfg(feature = "bulk-load")]
pub(super) mod bulk_load;
pub mod feed;
pub(super) mod feed_entry;
pub(super) mod feed_pointers;
pub(super) mod items;
pub(super) mod key_range;
pub(super) mod messages;
pub(super) mod read;
pub(super) mod user_days;
pub(super) mod write;
