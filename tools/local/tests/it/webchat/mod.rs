//! The webchat page: exchange, session, messages, and real browsers.

pub(crate) mod browser;
pub(crate) mod browser_customer_page;
pub(crate) mod browser_limits;
pub(crate) mod browser_privacy;
pub(crate) mod browser_turns;
pub(crate) mod browser_widgets;
pub(crate) mod exchange;
pub(crate) mod exchange_contention;
pub(crate) mod exchange_origin;
pub(crate) mod exchange_steps;
pub(crate) mod incoming;
pub(crate) mod incoming_faults;
pub(crate) mod preload;
pub(crate) mod session_validation;
pub(crate) mod turns;
pub(crate) mod turns_refused;
