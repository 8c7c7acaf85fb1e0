//! What Lambda, API Gateway and the template require.

pub(crate) mod accesses;
pub(crate) mod containers;
pub(crate) mod deploy_page;
pub(crate) mod edge;
pub(crate) mod events;
pub(crate) mod lambda_limits;
pub(crate) mod metrics;
pub(crate) mod start;
pub(crate) mod template;
pub(crate) mod template_rights;
pub(crate) mod template_tour;
mod template_tour_console;
mod template_tour_sync;
pub(crate) mod template_traffic;
pub(crate) mod template_watch;
pub(crate) mod units;
