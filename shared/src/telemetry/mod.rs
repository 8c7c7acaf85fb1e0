//! What a function reports about itself: logs and business metrics.

pub mod logging;
pub mod metrics;
