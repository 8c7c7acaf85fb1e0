//! The format of a file, detected by its first line, and the parser of an NDJSON line.

use crate::records;
use crate::source_record::SourceRecord;
use serde::{Deserialize, de::IgnoredAny};
use shared::model::{ALTERED, Attributes, EventShape, Invalid, altered_numbers, parse_date};

/// The format of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenDialog's user-data-export.
    UserDataExport,
    /// Our CSV.
    Csv,
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
            Err(_) if records::is_header(line) => Self::Csv,
            _ => Self::Events,
        }
    }
}

/// Parses the event of an NDJSON line, or the attributes of a user. Blank lines and trailers have neither.
///
/// # Errors
/// Returns [`Invalid`] if the line is not a JSON object with the members of an event.
pub(super) fn parse_line(line: &[u8]) -> Result<Option<SourceRecord>, Invalid> {
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
    let event: EventShape = serde_json::from_slice(line).map_err(|error| {
        let what = if error.is_data() { "an event" } else { "JSON" };
        // The message of serde_json may quote the content, which is personal data.
        Invalid::new(format!("is not {what}: it stops making sense at column {}", error.column()))
    })?;
    if !altered_numbers(line, 1).is_empty() {
        return Err(Invalid::new(ALTERED));
    }
    if event.kind.as_deref() == Some("attributes") {
        attributes(line).map(Some)
    } else {
        Ok(Some(SourceRecord::Event(Box::new(event))))
    }
}

/// The attributes of a user, as `POST /public/api/interactions` takes them among its events. Their values are checked when
/// they are written. The date is required, so that a second import changes nothing.
fn attributes(line: &[u8]) -> Result<SourceRecord, Invalid> {
    #[derive(Deserialize)]
    struct UserAttributes {
        user_id: String,
        attributes: Attributes,
        at: String,
    }
    let UserAttributes { user_id, attributes, at } = serde_json::from_slice(line).map_err(|_| {
        Invalid::new("has no user_id or no at, or attributes that are not an object of scalars and arrays of scalars")
    })?;
    let (at, _) = parse_date(&at)?;
    Ok(SourceRecord::User(user_id, attributes, Some(at)))
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
            "user_id,text",
        ] {
            assert_eq!(Format::detect(events.as_bytes()), Format::Events, "{events}");
        }
    }

    #[test]
    fn csv_is_distinguished_by_its_column_names() {
        for header in ["user_id,id,type,date,text,data,scenario_id\r\n", "date;\"type\"; user_id\n"] {
            assert_eq!(Format::detect(header.as_bytes()), Format::Csv, "{header}");
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
    fn a_line_of_the_type_attributes_is_no_interaction() {
        let line = br#"{"user_id":"ann","type":"attributes","attributes":{"tier":"gold"},"at":"2022-09-21"}"#;
        let Ok(Some(SourceRecord::User(user, attributes, Some(at)))) = parse_line(line) else { panic!("an event") };
        assert_eq!(user, "ann");
        assert!(attributes.iter().eq([("tier", &"gold".into())]));
        assert_eq!(at.timestamp(), 1_663_718_400);
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
            (br#"{"user_id":"secret","type":"attributes"}"#, "has no user_id or no at"),
            (
                br#"{"user_id":"ann","type":"attributes","attributes":{"a":{"secret":1}},"at":"2022-09-21"}"#,
                "has no user_id or no at",
            ),
            (br#"{"user_id":"ann","type":"attributes","attributes":{},"at":"secret"}"#, "is not a valid date"),
            (br#"{"user_id":"secret","data":{"n":12345678901234567890123}}"#, "has a number with more digits"),
        ] {
            let refusal = parse_line(line).unwrap_err().to_string();
            assert!(refusal.starts_with(rule) && !refusal.contains("secret"), "{refusal}");
        }
    }
}
