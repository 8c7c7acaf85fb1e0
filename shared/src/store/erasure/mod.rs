//! Erasing a user: the tombstone, and the sweep over links, interactions and future-dated interactions.

pub(super) mod future_dated;
pub(super) mod links;
pub(super) mod sweep;
pub(super) mod tombstone;
