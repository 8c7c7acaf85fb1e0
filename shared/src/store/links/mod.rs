//! Links, campaigns, manifests, handoffs and the idempotency of link requests.

pub(super) mod activity;
mod campaign_bucket;
pub(super) mod campaigns;
pub(super) mod changes;
pub(super) mod click_buffer;
pub(super) mod follow;
pub(super) mod handoffs;
pub(super) mod idempotency;
pub(super) mod link_record;
pub(super) mod list_entry;
pub(super) mod manifests;
pub(super) mod records;
pub(super) mod user_links;
