//! `odx doctor`: what must be right before anything works, one line a check.

use crate::connect::Source;
use crate::output::Output;
use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::app::App;
use shared::store::{StoreError, TableError};
use std::process::ExitCode;

/// Tokens are accepted when clocks differ by so much.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Wrong,
}

/// A check with its verdict, and what to do about it.
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
            // The AWS SDK's own errors may have several lines.
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
                features(&app, &mut checks).await;
            }
        }
        Err(error) => checks.wrong("settings", format!("{error:#}")),
    }
    output.data(&checks.0, || checks.text())?;
    let wrong = checks.0.iter().any(|check| check.verdict == Verdict::Wrong);
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says whether there is a table that the other checks can ask.
async fn table(app: &App, checks: &mut Checks) -> bool {
    let found = app.store.table_check().await;
    if let Err(TableError::Store(error)) = found {
        let advice = "look at endpoint, region, credentials and the right dynamodb:GetItem";
        checks.wrong("endpoint", format!("{}: {advice}", chain(error)));
        return false;
    }
    checks.ok("endpoint", "answers");
    match found {
        Err(wrong @ TableError::DataKey { .. }) => {
            checks.ok("table", format!("`{}` is there, of this version", app.config.table));
            checks.wrong("data key", wrong.to_string());
        }
        Err(wrong) => {
            checks.wrong("table", wrong.to_string());
            return false;
        }
        Ok(()) => {
            checks.ok("table", format!("`{}` is there, of this version", app.config.table));
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
        return checks.note("clock", Verdict::Warning, "the endpoint does not say what time it is");
    };
    // Answers tell whole seconds: half of one is the best guess for the rest.
    let ahead = now - server - TimeDelta::milliseconds(500);
    if ahead.abs() > LEEWAY {
        let (seconds, side) = (ahead.num_seconds().abs(), if ahead > TimeDelta::zero() { "ahead" } else { "behind" });
        let detail = format!("{seconds} s {side} of the endpoint: set it, or new tokens may be refused for so long");
        checks.note("clock", Verdict::Warning, detail);
    } else {
        checks.ok("clock", "agrees with the endpoint");
    }
}

async fn features(app: &App, checks: &mut Checks) {
    let features = match app.store.table_features().await {
        Ok(features) => features,
        Err(error) => {
            let advice = "give this identity dynamodb:DescribeTable and dynamodb:DescribeTimeToLive";
            return checks.wrong("index", format!("{}: {advice}", chain(error)));
        }
    };
    if features.index {
        checks.ok("index", "the links of a user can be listed");
    } else {
        checks.wrong("index", "`links_by_user` is missing or not active yet: deploy the template, or wait for it");
    }
    if features.expiry {
        checks.ok("expiry", "what has expired is deleted");
    } else {
        checks.wrong(
            "expiry",
            "time to live is off: turn it on for the attribute `ttl` (aws dynamodb update-time-to-live)",
        );
    }
}

/// An error with everything that caused it.
fn chain(error: StoreError) -> String {
    format!("{:#}", anyhow::Error::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_beyond_the_leeway_of_tokens_is_a_warning() {
        let server = DateTime::UNIX_EPOCH;
        for (millis, verdict) in
            [(0, Verdict::Ok), (5_400, Verdict::Ok), (5_600, Verdict::Warning), (-4_600, Verdict::Warning)]
        {
            let mut checks = Checks::default();
            clock(server + TimeDelta::milliseconds(millis), Some(server), &mut checks);
            assert_eq!(checks.0[0].verdict, verdict, "{millis}: {}", checks.0[0].detail);
        }
    }
}
