//! Reading, exporting and writing interactions.

pub(crate) mod changes_cursors;
pub(crate) mod complete;
pub(crate) mod cost;
pub(crate) mod dates;
pub(crate) mod faults;
pub(crate) mod feed_guards;
pub(crate) mod filters;
pub(crate) mod formats;
pub(crate) mod ingest;
pub(crate) mod ingest_attributes;
pub(crate) mod ingest_bodies;
pub(crate) mod ingest_limits;
pub(crate) mod ingest_retries;
pub(crate) mod late_users;
pub(crate) mod long_periods;
pub(crate) mod numbers;
pub(crate) mod shards;
pub(crate) mod size;
pub(crate) mod unreadable;
pub(crate) mod user_data_export;
pub(crate) mod user_data_export_errors;
pub(crate) mod user_data_export_of_one;
pub(crate) mod user_interactions;
pub(crate) mod users;
pub(crate) mod while_writing;
