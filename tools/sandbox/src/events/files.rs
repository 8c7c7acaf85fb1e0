//! The files of events, and the placeholders in them.

use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// The file with the expected status of each event.
pub const EXPECTED: &str = "expected.json";
/// The file with the settings for `sam local`, with placeholders.
pub const ENV: &str = "env.json";

/// An event with its placeholders.
#[derive(Clone, Debug)]
pub struct EventFile {
    /// The file's name: `<function>-<case>.json`.
    pub name: String,
    /// The file's content.
    pub text: String,
}

impl EventFile {
    /// The function that the event is sent to.
    #[must_use]
    pub fn function(&self) -> &str {
        self.name.split_once(['-', '.']).map_or(&self.name, |(function, _)| function)
    }
}

/// Reads every event of a folder, sorted by name.
///
/// # Errors
/// Returns an error if the folder or a file cannot be read, or if the name of a file is not Unicode.
pub fn read(folder: &Path) -> Result<Vec<EventFile>> {
    let mut events = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("the name of {} is not Unicode", path.display()))?.to_owned();
        if path.extension().is_some_and(|extension| extension == "json") && ![EXPECTED, ENV].contains(&name.as_str()) {
            events.push(EventFile { name, text: std::fs::read_to_string(&path)? });
        }
    }
    events.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(events)
}

/// A text in which each placeholder `{{name}}` is replaced by its value.
///
/// # Errors
/// Returns an error if a placeholder has no end or no value.
pub fn replace(text: &str, values: &BTreeMap<&str, String>) -> Result<String> {
    let mut rendered = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, placeholder)) = rest.split_once("{{") {
        let (name, after) = placeholder.split_once("}}").context("a placeholder has no end")?;
        let Some(value) = values.get(name) else { bail!("the placeholder {{{{{name}}}}} has no value") };
        rendered.push_str(before);
        rendered.push_str(value);
        rest = after;
    }
    rendered.push_str(rest);
    Ok(rendered)
}
