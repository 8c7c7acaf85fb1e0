//! Reads a file of either format, event by event.

use crate::format::{Format, parse_line};
use crate::outcome::{ImportError, SourceLocation};
use crate::records;
use crate::source_record::SourceRecord;
use encoding_rs::{UTF_16BE, UTF_16LE};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use shared::model::{ExportedUser, UserDataExport};
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Cursor, Read as _};

/// Iterates over the records of a file and their locations.
pub struct Reader<R> {
    source: Source<R>,
    /// Bytes of UTF-8 that have been read. For a file that is read whole, its size times the share of its events that have
    /// been read.
    pub bytes: u64,
}

/// UTF-8 of a file in UTF-8 or UTF-16, without a byte order mark.
type Decoded<R> = BufReader<DecodeReaderBytes<R, Vec<u8>>>;

enum Source<R> {
    Lines { input: Decoded<R>, head: Cursor<Vec<u8>>, number: usize },
    Whole { records: VecDeque<(SourceLocation, SourceRecord)>, size: u64, events: u64, done: u64 },
}

impl<R: BufRead> Reader<R> {
    /// Detects the encoding and the format of a file. An export and CSV are read whole.
    ///
    /// # Errors
    /// Returns [`ImportError::Read`] if the file cannot be read, and [`ImportError::Format`] if it begins like an export
    /// or like CSV and is neither.
    pub fn new(input: R) -> Result<Self, ImportError> {
        let mut input = decoded(input)?;
        let mut head = Vec::new();
        while head.trim_ascii().is_empty() && input.read_until(b'\n', &mut head)? > 0 {}
        let source = match Format::detect(&head) {
            Format::UserDataExport if !head.trim_ascii().is_empty() => {
                input.read_to_end(&mut head)?;
                Source::whole(records(UserDataExport::parse(&head)?), head.len())
            }
            Format::Csv => {
                input.read_to_end(&mut head)?;
                Source::whole(records::parse(&head)?.into(), head.len())
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
            Source::Whole { records, size, events, done } => {
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
                    Ok(Some(record)) => return Some(Ok((location, record))),
                    Ok(None) => {}
                    Err(invalid) => return Some(Ok((location, SourceRecord::Invalid(invalid)))),
                }
            },
        }
    }
}

impl<R> Source<R> {
    /// The records of a file of `size` bytes.
    fn whole(records: VecDeque<(SourceLocation, SourceRecord)>, size: usize) -> Self {
        let events = records.iter().filter(|(_, record)| is_event(record)).count();
        Self::Whole { records, size: size as u64, events: events as u64, done: 0 }
    }
}

/// Decodes UTF-16, which PowerShell writes by `>`: with a byte order mark, or told by the zero of its first character. Other
/// bytes pass as they are.
fn decoded<R: BufRead>(mut input: R) -> io::Result<Decoded<R>> {
    let utf_16 = match input.fill_buf()? {
        [0, 1..=255, ..] => Some(UTF_16BE),
        [1..=255, 0, ..] => Some(UTF_16LE),
        _ => None,
    };
    let mut decoder = DecodeReaderBytesBuilder::new();
    Ok(BufReader::new(decoder.encoding(utf_16).utf8_passthru(true).strip_bom(true).build(input)))
}

fn is_event(record: &SourceRecord) -> bool {
    matches!(record, SourceRecord::Event(_))
}

/// The records of an export: each user's events, then the user.
fn records(export: UserDataExport) -> VecDeque<(SourceLocation, SourceRecord)> {
    let of_user = |(user_number, user): (usize, ExportedUser)| {
        let ExportedUser { user_id, attributes, events } = user;
        let events = (1..).zip(events).map(move |(number, event)| {
            let record = event.map_or_else(SourceRecord::Invalid, |event| SourceRecord::Event(Box::new(event)));
            (SourceLocation::Interaction(user_number, number), record)
        });
        events.chain([(SourceLocation::User(user_number), SourceRecord::User(user_id, attributes, None))])
    };
    (1..).zip(export.users).flat_map(of_user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Vec<String> {
        read_bytes(file.as_bytes())
    }

    fn read_bytes(file: &[u8]) -> Vec<String> {
        let records = Reader::new(file).unwrap().map(Result::unwrap);
        let shown = |(location, record)| match record {
            SourceRecord::Event(_) => format!("{location}: event"),
            SourceRecord::User(user, ..) => format!("{location}: {user}"),
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
    fn a_byte_order_mark_is_ignored_and_utf_16_is_decoded() {
        let text = "{\"user_id\":\"ann\"}\r\n{\"user_id\":\"zoë\"}\r\n";
        let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let marked = format!("\u{feff}{text}");
        let be: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for file in [marked.clone().into_bytes(), utf_16(&marked), utf_16(text), be] {
            assert_eq!(read_bytes(&file), ["line 1: event", "line 2: event"]);
        }
    }

    #[test]
    fn csv_is_read_without_its_apostrophes() {
        let csv = "user_id,id,type,date,text,data,scenario_id\r\n\"'=ann\",\"1\",\"text\",\"2022-09-21\",\"x;'=1\",\"{\"\"a\"\":1}\",\"\"\r\n";
        let (_, record) = Reader::new(csv.as_bytes()).unwrap().next().unwrap().unwrap();
        let SourceRecord::Event(event) = record else { panic!("{record:?}") };
        assert_eq!(event.user_id, Some("=ann".into()));
        assert_eq!(event.text.as_deref(), Some("x;=1"));
        assert_eq!(event.data, Some(serde_json::json!({"a": 1})));
        assert_eq!(event.scenario_id, None);
    }

    #[test]
    fn csv_keeps_the_lines_of_its_rows() {
        let csv =
            "user_id,type,date,data\nann,text,2022-09-21,\n,,,\nben,text,2022-09-21,noise\ncem,text,2022-09-21,{}\n";
        assert_eq!(read(csv), ["line 2: event", "line 4: invalid", "line 5: event"]);
    }

    #[test]
    fn the_bytes_count_what_was_read() {
        let lines = "{\"user_id\":\"ann\"}\n{\"user_id\":\"ben\"}\n";
        let mut reader = Reader::new(lines.as_bytes()).unwrap();
        assert!(reader.next().is_some() && reader.bytes == lines.len() as u64 / 2);
        assert!(reader.next().is_some() && reader.next().is_none() && reader.bytes == lines.len() as u64);
    }
}
