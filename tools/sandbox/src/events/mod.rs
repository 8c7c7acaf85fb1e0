//! The events in `events/`: what API Gateway sends, one file a case. Secrets stand in them as placeholders, which are
//! filled in here.

mod fixtures;

pub use fixtures::EventFixtures;

use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// The status that each event is answered with.
pub const EXPECTED: &str = "expected.json";
/// The settings for `sam local`, to be filled in.
pub const ENV: &str = "env.json";

/// An event as it stands in its file.
#[derive(Clone, Debug)]
pub struct EventFile {
    /// `<function>-<case>.json`.
    pub name: String,
    /// What the file holds.
    pub text: String,
}

impl EventFile {
    /// The function that the event is sent to.
    #[must_use]
    pub fn function(&self) -> &str {
        self.name.split(['-', '.']).next().unwrap_or_default()
    }
}

/// Every event of a folder, by name.
///
/// # Errors
/// A folder that cannot be read.
pub fn read(folder: &Path) -> Result<Vec<EventFile>> {
    let mut events = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|extension| extension == "json") && ![EXPECTED, ENV].contains(&name.as_str()) {
            events.push(EventFile { name, text: std::fs::read_to_string(&path)? });
        }
    }
    events.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(events)
}

/// A text with every `{{name}}` replaced by what is given for it.
///
/// # Errors
/// A name that nothing is given for.
pub fn replace(text: &str, values: &BTreeMap<&str, String>) -> Result<String> {
    let mut parts = text.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").context("a placeholder has no end")?;
        let Some(value) = values.get(name) else { bail!("there is nothing to put in place of {{{{{name}}}}}") };
        filled.push_str(value);
        filled.push_str(rest);
    }
    Ok(filled)
}
