//! The format of a file, detected by its first line, and the parser of an NDJSON line.

use serde::{Deserialize, de::IgnoredAny};
use shared::model::{EventShape, Invalid};

/// The format of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenDialog's user-data-export.
    UserDataExport,
    /// Our NDJSON.
    Events,
}

impl Format {
    /// Detects the format by the first line of a file. An export is one object with an array of users, on one line or
    /// on many.
    pub(super) fn detect(line: &[u8]) -> Self {
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

/// Parses the event of an NDJSON line. Blank lines and trailers have none.
///
/// # Errors
/// Returns [`Invalid`] if the line is not a JSON object with the members of an event.
pub(super) fn parse_line(line: &[u8]) -> Result<Option<EventShape>, Invalid> {
    #[derive(Deserialize)]
    struct Trailer {
        #[serde(rename = "_meta")]
        _meta: IgnoredAny,
    }
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    // serde would read an array as the fields of the struct in their order.
    if !line.starts_with(b"{") {
        return Err(Invalid::new("is not a JSON object: every line must hold one event"));
    }
    if serde_json::from_slice::<Trailer>(line).is_ok() {
        return Ok(None);
    }
    serde_json::from_slice(line).map(Some).map_err(|error| {
        let what = if error.is_data() { "an event" } else { "JSON" };
        // The message of serde_json may quote the content, which is personal data.
        Invalid::new(format!("is not {what}: it stops making sense at column {}", error.column()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_distinguished_from_events_by_its_first_line() {
        for export in [r#"{"data":[{"ann":{}}],"meta":{}}"#, r#"{"data":[]}"#, "{\n", "{ \"data\": [\n", "[\n"] {
            assert_eq!(Format::detect(export.as_bytes()), Format::UserDataExport, "{export}");
        }
        for events in [
            r#"{"user_id":"ann","type":"text","date":"2022-09-21","text":"hello"}"#,
            r#"{"data":[],"user_id":"ann","type":"text","date":"2022-09-21"}"#,
            r#"{"data":{"value":""},"user_id":"ann"}"#,
            r#"{"_meta":{}}"#,
            "not json",
        ] {
            assert_eq!(Format::detect(events.as_bytes()), Format::Events, "{events}");
        }
    }

    #[test]
    fn blank_lines_and_trailers_hold_no_event() {
        for line in ["", " \r\n", r#"{"_meta":{"interactions":2}}"#] {
            assert!(parse_line(line.as_bytes()).unwrap().is_none(), "{line}");
        }
        assert!(parse_line(br#"{"user_id":"ann"}"#).unwrap().is_some());
    }

    #[test]
    fn a_bad_line_is_refused_without_repeating_its_content() {
        for (line, rule) in [
            (&br#"{"user_id":"ann","text":"secret""#[..], "is not JSON"),
            (br#"{"user_id":"ann","author":"secret"}"#, "is not an event"),
            (br#"{"type":{"secret":1}}"#, "is not an event"),
            (b"{\"\xffsecret\":1}", "is not JSON"),
            (br#"[{"user_id":"secret"}]"#, "is not a JSON object"),
            (br#"["secret"]"#, "is not a JSON object"),
        ] {
            let refusal = parse_line(line).unwrap_err().to_string();
            assert!(refusal.starts_with(rule) && !refusal.contains("secret"), "{refusal}");
        }
    }
}
