//! The export engine: reads the interactions of a range of users page by page.

pub(crate) mod batch_reader;
pub(crate) mod cursor;
pub(crate) mod key_ranges;
pub(crate) mod planner;
pub(crate) mod scope;
pub(crate) mod user_batch;
pub(crate) mod user_page;
