//! Reads a file of either format, event by event.

use crate::format::{Format, parse_line};
use crate::outcome::{ImportError, SourceLocation};
use crate::user_data_export::{ExportedUser, UserDataExport};
use shared::model::{Attributes, EventShape, Invalid};
use std::collections::VecDeque;
use std::io::{BufRead, Cursor, Read as _};

/// One record of a file.
#[derive(Debug)]
pub enum SourceRecord {
    /// An event, not yet checked.
    Event(Box<EventShape>),
    /// The id and attributes of a user of an export. Follows the user's events.
    User(String, Attributes),
    /// A line that is not an event.
    Invalid(Invalid),
}

/// Iterates over the records of a file and their locations.
#[derive(Debug)]
pub struct Reader<R> {
    source: Source<R>,
    /// Bytes that have been read. For an export, its size times the share of its events that have been read.
    pub bytes: u64,
}

#[derive(Debug)]
enum Source<R> {
    Lines { input: R, head: Cursor<Vec<u8>>, number: usize },
    Export { records: VecDeque<(SourceLocation, SourceRecord)>, size: u64, events: u64, done: u64 },
}

impl<R: BufRead> Reader<R> {
    /// Detects the format of a file. An export is read whole.
    ///
    /// # Errors
    /// Returns [`ImportError::Read`] if the file cannot be read, and [`ImportError::Format`] if it begins like an export
    /// and is not one.
    pub fn new(mut input: R) -> Result<Self, ImportError> {
        let mut head = Vec::new();
        while head.trim_ascii().is_empty() && input.read_until(b'\n', &mut head)? > 0 {}
        let source = match Format::detect(&head) {
            Format::UserDataExport if !head.trim_ascii().is_empty() => {
                input.read_to_end(&mut head)?;
                let records = records(UserDataExport::parse(&head)?);
                let events = records.iter().filter(|(_, record)| is_event(record)).count();
                Source::Export { records, size: head.len() as u64, events: events as u64, done: 0 }
            }
            _ => Source::Lines { input, head: Cursor::new(head), number: 0 },
        };
        Ok(Self { source, bytes: 0 })
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<(SourceLocation, SourceRecord), ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.source {
            Source::Export { records, size, events, done } => {
                let next = records.pop_front()?;
                *done += u64::from(is_event(&next.1));
                self.bytes = *size * *done / (*events).max(1);
                Some(Ok(next))
            }
            Source::Lines { input, head, number } => loop {
                let mut line = Vec::new();
                let read = head.chain(&mut *input).read_until(b'\n', &mut line);
                match read {
                    Ok(0) => return None,
                    Ok(read) => self.bytes += read as u64,
                    Err(error) => return Some(Err(error.into())),
                }
                *number += 1;
                let location = SourceLocation::Line(*number);
                match parse_line(&line) {
                    Ok(Some(event)) => return Some(Ok((location, SourceRecord::Event(Box::new(event))))),
                    Ok(None) => {}
                    Err(invalid) => return Some(Ok((location, SourceRecord::Invalid(invalid)))),
                }
            },
        }
    }
}

fn is_event(record: &SourceRecord) -> bool {
    matches!(record, SourceRecord::Event(_))
}

/// The records of an export: each user's events, then the user.
fn records(export: UserDataExport) -> VecDeque<(SourceLocation, SourceRecord)> {
    let of_user = |(user_number, user): (usize, ExportedUser)| {
        let ExportedUser { user_id, attributes, events } = user;
        let events = (1..).zip(events).map(move |(number, event)| {
            (SourceLocation::Interaction(user_number, number), SourceRecord::Event(Box::new(event)))
        });
        events.chain([(SourceLocation::User(user_number), SourceRecord::User(user_id, attributes))])
    };
    (1..).zip(export.users).flat_map(of_user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Vec<String> {
        let records = Reader::new(file.as_bytes()).unwrap().map(Result::unwrap);
        let shown = |(location, record)| match record {
            SourceRecord::Event(_) => format!("{location}: event"),
            SourceRecord::User(user, _) => format!("{location}: {user}"),
            SourceRecord::Invalid(_) => format!("{location}: invalid"),
        };
        records.map(shown).collect()
    }

    #[test]
    fn lines_keep_their_numbers_and_an_export_its_order() {
        let lines = "\n {\"user_id\":\"ann\"}\n\nnoise\n{\"_meta\":{}}\n{\"user_id\":\"ben\"}";
        assert_eq!(read(lines), ["line 2: event", "line 4: invalid", "line 6: event"]);
        let export = r#"{"data":[{"ann":{"interactions":[{},{}]}},{"ben":{}}]}"#;
        let records = ["user 1, interaction 1: event", "user 1, interaction 2: event", "user 1: ann", "user 2: ben"];
        assert_eq!(read(export), records);
        assert_eq!((read(""), read("\n\n")), (Vec::new(), Vec::new()));
    }

    #[test]
    fn the_bytes_count_what_was_read() {
        let lines = "{\"user_id\":\"ann\"}\n{\"user_id\":\"ben\"}\n";
        let mut reader = Reader::new(lines.as_bytes()).unwrap();
        assert!(reader.next().is_some() && reader.bytes == lines.len() as u64 / 2);
        assert!(reader.next().is_some() && reader.next().is_none() && reader.bytes == lines.len() as u64);
    }
}
