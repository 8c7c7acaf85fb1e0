//! Generating, following and looking after links.

pub(crate) mod changes;
pub(crate) mod funnel_cost;
pub(crate) mod generate;
pub(crate) mod generate_errors;
pub(crate) mod kept_until;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod opened;
pub(crate) mod previews;
pub(crate) mod redirect;
pub(crate) mod redirect_cache;
pub(crate) mod redirect_faults;
pub(crate) mod redirect_pages;
pub(crate) mod repeat;
pub(crate) mod secrecy;
