//! A preview of the links of a table, without creating any.

use crate::output::Output;
use anyhow::Result;
use recipients::{Recipients, USER_ID};
use serde_json::Value;

/// Prints what the links of the first `count` rows would tell the webchat.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(super) fn print(recipients: &Recipients, count: usize, output: Output) -> Result<()> {
    let total = recipients.rows.iter().flatten().count();
    let first: Vec<&Value> = recipients.rows.iter().flatten().take(count).collect();
    eprintln!("{} of {total} links as the webchat would learn of them; none was created:", first.len());
    output.data(&first, || first.iter().map(|recipient| text(recipient)).collect::<Vec<_>>().join("\n\n"))
}

fn text(recipient: &Value) -> String {
    let user = recipient[USER_ID].as_str().unwrap_or("made up by the API");
    let attributes = recipient["attributes"].as_object().into_iter().flatten();
    let lines = attributes.map(|(name, value)| format!("\n  {name}: {}", value.as_str().unwrap_or_default()));
    format!("{USER_ID}: {user}{}", lines.collect::<String>())
}
