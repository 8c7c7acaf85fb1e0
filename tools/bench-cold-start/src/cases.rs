//! What is measured: a function, the event that it is sent, and the bare function's like.

use crate::build::{self, BARE};
use anyhow::{Context as _, Result};
use sandbox::events::{EXPECTED, EventFixtures};
use serde_json::{Value, json};
use shared::app::App;
use shared::model::Code;
use std::path::PathBuf;

/// Name, function, event, and the case of the bare function that it is held against.
const CASES: [(&str, &str, &str, &str); 14] = [
    ("bare", BARE, "redirect-link-head", "bare"),
    ("bare, counting", BARE, "redirect-link", "bare, counting"),
    ("bare, nothing in init", BARE, "redirect-link-head", "bare"),
    ("redirect", "redirect", "redirect-link-head", "bare"),
    ("redirect, counting", "redirect", "redirect-link", "bare, counting"),
    ("interactions", "interactions", "interactions-public", "bare"),
    ("ingest", "ingest", "ingest-write", "bare"),
    ("deeplinks", "deeplinks", "deeplinks-public", "bare"),
    ("webchat", "webchat", "webchat-incoming", "bare"),
    ("account", "account", "account-whoami", "bare"),
    ("docs", "docs", "docs-page", "bare"),
    ("docs, openapi.json", "docs", "docs-openapi", "bare"),
    ("4 MB to redirect", "redirect", "redirect-post", "bare"),
    ("4 MB to webchat", "webchat", "webchat-exchange-bad-handoff", "bare"),
];

/// How the names of cases begin whose bodies are as large as a body may be.
pub(crate) const LARGE: &str = "4 MB";

/// Something to measure.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    /// The event, filled in.
    pub(crate) event: String,
    /// The status that it is answered with.
    pub(crate) status: u64,
    /// The name of the case that it is held against.
    pub(crate) floor: &'static str,
    /// What only the bare function is given on its command line.
    pub(crate) arguments: Vec<String>,
}

/// The cases whose names begin so, and the bare ones.
pub(crate) async fn cases(
    app: &App,
    stage: &EventFixtures<'_>,
    endpoint: &str,
    wanted: &[String],
) -> Result<Vec<Case>> {
    let events = build::root().join("events");
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(events.join(EXPECTED))?)?;
    let mut cases = Vec::new();
    for (name, function, event, floor) in CASES {
        let is_wanted = wanted.is_empty() || wanted.iter().any(|wanted| name.starts_with(wanted.as_str()));
        if function != BARE && !is_wanted {
            continue;
        }
        let file = format!("{event}.json");
        let text = std::fs::read_to_string(events.join(&file)).with_context(|| file.clone())?;
        let (event, status) = (stage.render(&text).await?, expected[&file].as_u64().context(file)?);
        let event = if name.starts_with(LARGE) { enlarged(&event)? } else { event };
        let arguments = if function == BARE { bare(app, endpoint, name, &event)? } else { Vec::new() };
        cases.push(Case { name: name.to_owned(), program: build::program(function), event, status, floor, arguments });
    }
    Ok(cases)
}

/// An event with the largest body that is read.
fn enlarged(event: &str) -> Result<String> {
    let mut event: Value = serde_json::from_str(event)?;
    let body = json!({"handoff": "x".repeat(4 * 1024 * 1024 - 100), "nonce": "0123456789abcdef"});
    event["body"] = body.to_string().into();
    Ok(event.to_string())
}

/// The bare function is told where the table is, which link to read, and whether to read in init as ours do.
fn bare(app: &App, endpoint: &str, name: &str, event: &str) -> Result<Vec<String>> {
    let event: Value = serde_json::from_str(event)?;
    let code: Code = event["rawPath"].as_str().unwrap_or_default().trim_start_matches('/').parse()?;
    let link = format!("L#{}", app.store.data_key().link_hash(&code).as_str());
    let init = if name == "bare, nothing in init" { "cold" } else { "warm" };
    Ok(vec![endpoint.to_owned(), app.config.table.clone(), link, init.to_owned()])
}
