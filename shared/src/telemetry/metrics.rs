//! Business metrics in CloudWatch's embedded metric format: a line of standard output becomes a metric.

use crate::app::App;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::io::Write as _;

/// A business metric. Metrics have no dimensions, so no number belongs to a tenant or user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Links created.
    LinksMade,
    /// Clicks counted.
    LinksClicked,
    /// Clicks that could not be counted, or not in time.
    ClicksLost,
    /// Requests for codes that are no link's.
    CodesUnknown,
    /// Handoffs exchanged.
    LinksOpened,
    /// Interactions stored.
    InteractionsWritten,
    /// Interactions returned to clients.
    InteractionsRead,
    /// Seconds by which the slowest sync source is behind.
    SyncLag,
}

impl Metric {
    /// The name in CloudWatch. The dashboard of `template.yaml` refers to it, so it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinksMade => "LinksMade",
            Self::LinksClicked => "LinksClicked",
            Self::ClicksLost => "ClicksLost",
            Self::CodesUnknown => "CodesUnknown",
            Self::LinksOpened => "LinksOpened",
            Self::InteractionsWritten => "InteractionsWritten",
            Self::InteractionsRead => "InteractionsRead",
            Self::SyncLag => "SyncLag",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::SyncLag => "Seconds",
            _ => "Count",
        }
    }
}

/// Adds to a metric. Does nothing if `value` is 0 or `METRICS_NAMESPACE` is not set.
pub fn count(app: &App, metric: Metric, value: usize) {
    if value > 0 {
        record(app, metric, i64::try_from(value).expect("a number of things in memory"));
    }
}

/// Records a value of a metric, 0 too. Does nothing if `METRICS_NAMESPACE` is not set.
pub fn record(app: &App, metric: Metric, value: i64) {
    let Some(namespace) = &app.config.metrics_namespace else { return };
    // A request must not fail because standard output is closed.
    let _ = writeln!(std::io::stdout().lock(), "{}", line(namespace, app.clock.now(), metric, value));
}

/// A metric in the embedded metric format, on one line.
fn line(namespace: &str, at: DateTime<Utc>, metric: Metric, value: i64) -> String {
    let name = metric.name();
    let described =
        json!({"Namespace": namespace, "Dimensions": [[]], "Metrics": [{"Name": name, "Unit": metric.unit()}]});
    let about = json!({"Timestamp": at.timestamp_millis(), "CloudWatchMetrics": [described]});
    json!({"_aws": about, name: value}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dashboard_shows_every_metric() {
        let template = include_str!("../../../template.yaml");
        let all = [
            Metric::LinksMade,
            Metric::LinksClicked,
            Metric::ClicksLost,
            Metric::CodesUnknown,
            Metric::LinksOpened,
            Metric::InteractionsWritten,
            Metric::InteractionsRead,
            Metric::SyncLag,
        ];
        for metric in all {
            assert!(template.contains(&format!("\"{}\"]", metric.name())), "{metric:?}");
        }
    }

    #[test]
    fn a_metric_is_a_line_of_the_embedded_metric_format() {
        let line = line("External/test", DateTime::UNIX_EPOCH, Metric::LinksMade, 3);
        assert_eq!(
            line,
            r#"{"_aws":{"Timestamp":0,"CloudWatchMetrics":[{"Namespace":"External/test","Dimensions":[[]],"Metrics":[{"Name":"LinksMade","Unit":"Count"}]}]},"LinksMade":3}"#
        );
    }
}
