//! Links, campaigns, manifests, handoffs and the idempotency of link requests.

pub(super) mod activity;
pub(super) mod campaigns;
pub(super) mod changes;
pub(super) mod click_buffer;
pub(super) mod follow;
pub(super) mod handoffs;
pub(super) mod idempotency;
pub(super) mod link_record;
pub(super) mod manifests;
pub(super) mod records;
pub(super) mod user_links;
