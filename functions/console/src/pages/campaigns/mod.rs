//! Campaigns: the list with funnels, one campaign, and the people who have not opened their link.

pub(crate) mod campaign;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod unopened;
