//! Business numbers, in CloudWatch's embedded metric format: a line of standard output that becomes a metric.

use crate::app::App;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::io::Write as _;

/// What is counted. There are no dimensions: a number says nothing of whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Links that were made.
    LinksMade,
    /// Clicks that were counted.
    LinksClicked,
    /// Clicks that could not be counted, or not in time.
    ClicksLost,
    /// Handoffs that were exchanged.
    LinksOpened,
    /// Interactions that were stored.
    InteractionsWritten,
    /// Interactions that were answered.
    InteractionsRead,
}

/// Counts something, if there is anything to count and `METRICS_NAMESPACE` says where.
pub fn count(app: &App, metric: Metric, value: usize) {
    let Some(namespace) = app.config.metrics_namespace.as_ref().filter(|_| value > 0) else { return };
    // A number that cannot be written is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{}", line(namespace, app.clock.now(), metric, value));
}

/// A metric in the embedded metric format, on one line.
fn line(namespace: &str, at: DateTime<Utc>, metric: Metric, value: usize) -> String {
    let name = format!("{metric:?}");
    let described = json!({"Namespace": namespace, "Dimensions": [[]], "Metrics": [{"Name": name, "Unit": "Count"}]});
    let about = json!({"Timestamp": at.timestamp_millis(), "CloudWatchMetrics": [described]});
    json!({"_aws": about, name: value}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_a_line_of_the_embedded_metric_format() {
        let line = line("External/test", DateTime::UNIX_EPOCH, Metric::LinksMade, 3);
        assert_eq!(
            line,
            r#"{"_aws":{"Timestamp":0,"CloudWatchMetrics":[{"Namespace":"External/test","Dimensions":[[]],"Metrics":[{"Name":"LinksMade","Unit":"Count"}]}]},"LinksMade":3}"#
        );
    }
}
