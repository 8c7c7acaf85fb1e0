//! `odx doctor`: checks of an installation, each printed as one line.

use crate::context::Source;
use crate::output::Output;
use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::app::App;
use shared::store::{StoreError, TableError};
use std::process::ExitCode;

/// The clock difference that tokens tolerate.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Wrong,
}

/// A check with its verdict, and what to do about a problem.
#[derive(Debug, Serialize)]
struct Check {
    #[serde(rename = "check")]
    name: &'static str,
    verdict: Verdict,
    detail: String,
}

/// The checks so far.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn note(&mut self, name: &'static str, verdict: Verdict, detail: impl Into<String>) {
        self.0.push(Check { name, verdict, detail: detail.into() });
    }

    fn ok(&mut self, name: &'static str, detail: impl Into<String>) {
        self.note(name, Verdict::Ok, detail);
    }

    fn wrong(&mut self, name: &'static str, detail: impl Into<String>) {
        self.note(name, Verdict::Wrong, detail);
    }

    fn text(&self) -> String {
        let line = |Check { name, verdict, detail }: &Check| {
            let verdict = match verdict {
                Verdict::Ok => "ok",
                Verdict::Warning => "warning",
                Verdict::Wrong => "wrong",
            };
            // The errors of the AWS SDK may have several lines.
            let detail = detail.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{verdict:<8} {name:<9} {detail}\n")
        };
        self.0.iter().map(line).collect()
    }
}

pub(crate) async fn run(source: &Source, output: Output) -> Result<ExitCode> {
    let mut checks = Checks::default();
    match source.connect().await {
        Ok(app) => {
            checks.ok("settings", "every setting can be read");
            if table(&app, &mut checks).await {
                rights(&app, &mut checks).await;
                expiry(&app, &mut checks).await;
            }
        }
        Err(error) => checks.wrong("settings", format!("{error:#}")),
    }
    output.data(&checks.0, || checks.text())?;
    let wrong = checks.0.iter().any(|check| check.verdict == Verdict::Wrong);
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Checks endpoint, table and data key. Returns whether the other checks can use the table.
async fn table(app: &App, checks: &mut Checks) -> bool {
    let found = app.store.table_check().await;
    if let Err(TableError::Store(error)) = found {
        let advice = "check endpoint, region, credentials and the permission dynamodb:GetItem";
        checks.wrong("endpoint", format!("{}: {advice}", chain(error)));
        return false;
    }
    checks.ok("endpoint", "answers");
    match found {
        Err(wrong @ TableError::DataKey { .. }) => {
            checks.ok("table", format!("`{}` exists and has this version", app.config.table));
            checks.wrong("data key", wrong.to_string());
        }
        Err(wrong) => {
            checks.wrong("table", wrong.to_string());
            return false;
        }
        Ok(()) => {
            checks.ok("table", format!("`{}` exists and has this version", app.config.table));
            checks.ok("data key", format!("{} belongs to the table", app.config.data_key.fingerprint()));
        }
    }
    true
}

async fn rights(app: &App, checks: &mut Checks) {
    match app.store.table_try_write().await {
        Ok(server) => {
            checks.ok("rights", "the table can be read and written");
            clock(app.clock.now(), server, checks);
        }
        Err(error) => checks.wrong("rights", format!("{}: give this identity dynamodb:UpdateItem", chain(error))),
    }
}

fn clock(now: DateTime<Utc>, server: Option<DateTime<Utc>>, checks: &mut Checks) {
    let Some(server) = server else {
        return checks.note("clock", Verdict::Warning, "the endpoint sends no time to compare with");
    };
    // The header `date` has whole seconds: half a second is the expected rest.
    let ahead = now - server - TimeDelta::milliseconds(500);
    if ahead.abs() > LEEWAY {
        let (seconds, direction) =
            (ahead.num_seconds().abs(), if ahead > TimeDelta::zero() { "ahead" } else { "behind" });
        let detail = format!(
            "{seconds} s {direction} of the endpoint: set the clock, or new tokens may be refused for that time"
        );
        checks.note("clock", Verdict::Warning, detail);
    } else {
        checks.ok("clock", "agrees with the endpoint");
    }
}

async fn expiry(app: &App, checks: &mut Checks) {
    match app.store.table_expires().await {
        Ok(true) => checks.ok("expiry", "expired records are deleted"),
        Ok(false) => checks.wrong(
            "expiry",
            "time to live is off: turn it on for the attribute `ttl` (aws dynamodb update-time-to-live)",
        ),
        Err(error) => {
            checks.wrong("expiry", format!("{}: give this identity dynamodb:DescribeTimeToLive", chain(error)));
        }
    }
}

/// An error with its causes, in one line.
fn chain(error: StoreError) -> String {
    format!("{:#}", anyhow::Error::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Half a second is the rest of the endpoint's whole seconds.
    #[rstest]
    #[case::equal(500, Verdict::Ok)]
    #[case::half_a_second_less(0, Verdict::Ok)]
    #[case::almost_5_s_ahead(5_400, Verdict::Ok)]
    #[case::more_than_5_s_ahead(5_600, Verdict::Warning)]
    #[case::more_than_5_s_behind(-4_600, Verdict::Warning)]
    fn a_clock_that_differs_by_more_than_tokens_tolerate_is_a_warning(#[case] millis: i64, #[case] verdict: Verdict) {
        let server = DateTime::UNIX_EPOCH;
        let mut checks = Checks::default();
        clock(server + TimeDelta::milliseconds(millis), Some(server), &mut checks);
        assert_eq!(checks.0[0].verdict, verdict, "{}", checks.0[0].detail);
    }

    #[test]
    fn an_endpoint_without_a_time_is_a_warning() {
        let mut checks = Checks::default();
        clock(DateTime::UNIX_EPOCH, None, &mut checks);
        assert_eq!(checks.0[0].verdict, Verdict::Warning);
    }
}
