//! Logs on standard output, in the format and with the level that Lambda's logging controls set.

use crate::config::variable;
use tracing_subscriber::filter::LevelFilter;

/// Starts logging to standard output: from the level `AWS_LAMBDA_LOG_LEVEL` on, INFO by default, as JSON if
/// `AWS_LAMBDA_LOG_FORMAT` is `JSON`.
///
/// There is one level for everything: filters by module bring regular expressions, which cost every function half a
/// megabyte and every start their compilation.
pub fn init() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let log = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_ansi(false).without_time();
    if variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        log.json().init();
    } else {
        log.init();
    }
}
