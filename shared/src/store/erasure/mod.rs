//! Erasing a user: the tombstone, the sweep over interactions, links and future-dated events.

pub(super) mod future_dated;
pub(super) mod links;
pub(super) mod sweep;
pub(super) mod tombstone;
