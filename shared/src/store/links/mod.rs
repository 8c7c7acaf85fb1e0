//! Links, campaigns, manifests, handoffs and the idempotency of link requests.

pub(super) mod cache;
pub(super) mod campaigns;
pub(super) mod click_buffer;
pub(super) mod follow;
pub(super) mod handoffs;
pub(super) mod idempotency;
pub(super) mod manifests;
pub(super) mod records;
