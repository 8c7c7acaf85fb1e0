//! What a file is, told from its first line, and what a line of it holds.

use serde::{Deserialize, de::IgnoredAny};
use shared::model::{EventShape, Invalid};

/// What a file may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenDialog's own user-data-export.
    UserDataExport,
    /// Our NDJSON.
    Events,
}

impl Format {
    /// The format of a file by its first line: an export is one object that holds an array of users, on one line or
    /// on many.
    pub(super) fn of(line: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Export {
            #[serde(rename = "data")]
            _users: Vec<IgnoredAny>,
            user_id: Option<IgnoredAny>,
        }
        match serde_json::from_slice::<Export>(line) {
            Ok(export) if export.user_id.is_none() => Self::UserDataExport,
            Err(error) if error.is_eof() => Self::UserDataExport,
            _ => Self::Events,
        }
    }
}

/// The event of a line; blank lines and trailers have none.
pub(super) fn read_line(line: &[u8]) -> Result<Option<EventShape>, Invalid> {
    #[derive(Deserialize)]
    struct Trailer {
        #[serde(rename = "_meta")]
        _meta: IgnoredAny,
    }
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    // An array would be read as the fields of a struct in their order.
    if !line.starts_with(b"{") {
        return Err(Invalid::new("is not a JSON object: every line must hold one event"));
    }
    if serde_json::from_slice::<Trailer>(line).is_ok() {
        return Ok(None);
    }
    serde_json::from_slice(line).map(Some).map_err(|error| {
        let what = if error.is_data() { "an event" } else { "JSON" };
        // Not the error itself: it may quote what a user said.
        Invalid::new(format!("is not {what}: it stops making sense at column {}", error.column()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_told_from_events_by_its_first_line() {
        for export in [r#"{"data":[{"ann":{}}],"meta":{}}"#, r#"{"data":[]}"#, "{\n", "{ \"data\": [\n", "[\n"] {
            assert_eq!(Format::of(export.as_bytes()), Format::UserDataExport, "{export}");
        }
        for events in [
            r#"{"user_id":"ann","type":"text","date":"2022-09-21","text":"hello"}"#,
            r#"{"data":[],"user_id":"ann","type":"text","date":"2022-09-21"}"#,
            r#"{"data":{"value":""},"user_id":"ann"}"#,
            r#"{"_meta":{}}"#,
            "not json",
        ] {
            assert_eq!(Format::of(events.as_bytes()), Format::Events, "{events}");
        }
    }

    #[test]
    fn blank_lines_and_trailers_hold_no_event() {
        for line in ["", " \r\n", r#"{"_meta":{"interactions":2}}"#] {
            assert!(read_line(line.as_bytes()).unwrap().is_none(), "{line}");
        }
        assert!(read_line(br#"{"user_id":"ann"}"#).unwrap().is_some());
    }

    #[test]
    fn a_bad_line_is_refused_without_repeating_what_it_says() {
        for (line, says) in [
            (&br#"{"user_id":"ann","text":"secret""#[..], "is not JSON"),
            (br#"{"user_id":"ann","author":"secret"}"#, "is not an event"),
            (br#"{"type":{"secret":1}}"#, "is not an event"),
            (b"{\"\xffsecret\":1}", "is not JSON"),
            (br#"[{"user_id":"secret"}]"#, "is not a JSON object"),
            (br#"["secret"]"#, "is not a JSON object"),
        ] {
            let refusal = read_line(line).unwrap_err().to_string();
            assert!(refusal.starts_with(says) && !refusal.contains("secret"), "{refusal}");
        }
    }
}
