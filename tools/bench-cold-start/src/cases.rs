//! The cases: a function, the event that it receives, and the baseline's case that it is compared with.

use crate::build::{self, BASELINE};
use anyhow::{Context as _, Result};
use sandbox::events::{EXPECTED, EventFixtures};
use serde_json::{Value, json};
use shared::app::App;
use shared::model::Code;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Name, function, event, and the baseline's case to compare with.
const CASES: [(&str, &str, &str, &str); 15] = [
    ("bare", BASELINE, "redirect-link-head", "bare"),
    ("bare, counting", BASELINE, "redirect-link", "bare, counting"),
    ("bare, nothing in init", BASELINE, "redirect-link-head", "bare"),
    ("redirect", "redirect", "redirect-link-head", "bare"),
    ("redirect, counting", "redirect", "redirect-link", "bare, counting"),
    ("interactions", "interactions", "interactions-public", "bare"),
    ("ingest", "ingest", "ingest-write", "bare"),
    ("deeplinks", "deeplinks", "deeplinks-public", "bare"),
    ("webchat", "webchat", "webchat-incoming", "bare"),
    ("account", "account", "account-whoami", "bare"),
    ("console", "console", "console-home", "bare"),
    ("docs", "docs", "docs-page", "bare"),
    ("docs, openapi.json", "docs", "docs-openapi", "bare"),
    ("4 MB to redirect", "redirect", "redirect-post", "bare"),
    ("4 MB to webchat", "webchat", "webchat-exchange-bad-handoff", "bare"),
];

/// The prefix of the names of cases with a request body of the largest size.
pub(crate) const LARGE: &str = "4 MB";

/// A function with an event.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    /// The event, without placeholders.
    pub(crate) event: String,
    /// The expected status.
    pub(crate) status: u64,
    /// The name of the case to compare with.
    pub(crate) floor: &'static str,
    /// The baseline's command line.
    pub(crate) arguments: Vec<String>,
}

/// The cases of the baseline, and the others whose names begin with one of these prefixes, or all of them.
pub(crate) async fn cases(
    app: &App,
    fixtures: &EventFixtures<'_>,
    settings: &BTreeMap<String, String>,
    prefixes: &[String],
) -> Result<Vec<Case>> {
    let events = build::root()?.join("events");
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(events.join(EXPECTED))?)?;
    let mut cases = Vec::new();
    for (name, function, event, floor) in CASES {
        let selected = prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        if function != BASELINE && !selected {
            continue;
        }
        let file = format!("{event}.json");
        let text = std::fs::read_to_string(events.join(&file)).with_context(|| file.clone())?;
        let (event, status) = (fixtures.render(&text).await?, expected[&file].as_u64().context(file)?);
        // An exchange has at most 16 KB, so a larger one is refused before it is read.
        let status = if name == "4 MB to webchat" { 413 } else { status };
        let event = if name.starts_with(LARGE) { enlarged(&event)? } else { event };
        let arguments =
            if function == BASELINE { baseline_arguments(app, settings, name, &event)? } else { Vec::new() };
        cases.push(Case { name: name.to_owned(), program: build::program(function)?, event, status, floor, arguments });
    }
    Ok(cases)
}

/// An event with a request body of 4 MB, the largest that the product reads.
fn enlarged(event: &str) -> Result<String> {
    let mut event: Value = serde_json::from_str(event)?;
    let body = json!({"handoff": "x".repeat(4 * 1024 * 1024 - 100), "nonce": "0123456789abcdef"});
    event["body"] = body.to_string().into();
    Ok(event.to_string())
}

/// The baseline's arguments: the endpoint, its key and secret, the table, the link's partition, and whether to read during
/// init as the functions do.
fn baseline_arguments(app: &App, settings: &BTreeMap<String, String>, name: &str, event: &str) -> Result<Vec<String>> {
    let names = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let [endpoint, id, secret] = names.map(|name| settings[name].clone());
    let event: Value = serde_json::from_str(event)?;
    let path = event["rawPath"].as_str().context("the event has no path")?;
    let code: Code = path.trim_start_matches('/').parse()?;
    let link = format!("L#{}", app.store.data_key().link_hash(&code).as_str());
    let init = if name == "bare, nothing in init" { "cold" } else { "warm" };
    Ok(vec![endpoint, id, secret, app.config.table.clone(), link, init.to_owned()])
}
