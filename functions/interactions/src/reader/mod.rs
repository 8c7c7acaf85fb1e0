//! The export engine: reads the interactions of a range of users, batch by batch, into a page of users.
//!
//! [`user_page`] fills a page. For each batch, [`planner`] turns the cursor and the page's [`plan::Budget`] into a
//! [`plan::BatchPlan`], [`batch_reader`] reads the plan into a [`user_batch::UserBatch`], and [`user_json`] writes its
//! users.

mod active_users;
pub(crate) mod batch_reader;
pub(crate) mod cursor;
pub(crate) mod key_ranges;
pub(crate) mod plan;
pub(crate) mod planner;
mod range_reader;
pub(crate) mod scope;
pub(crate) mod user_batch;
pub(crate) mod user_json;
pub(crate) mod user_page;
