//! A file, read event by event, whichever kind it is.

use crate::format::{Format, read_line};
use crate::user_data_export::{ExportedUser, UserDataExport};
use crate::{ImportError, Place};
use shared::model::{Attributes, EventShape, Invalid};
use std::collections::VecDeque;
use std::io::{BufRead, Cursor, Read as _};

/// What stands at a place of a file.
#[derive(Debug)]
pub enum Found {
    /// An event, not yet checked.
    Event(Box<EventShape>),
    /// What an export knows of the user whose events came just before.
    User(String, Attributes),
    /// Something else.
    Wrong(Invalid),
}

/// A file on its way in.
#[derive(Debug)]
pub struct Reader<R> {
    kind: Kind<R>,
    /// Bytes that are done with; of an export, its size times the share of its events.
    pub bytes: u64,
}

#[derive(Debug)]
enum Kind<R> {
    Lines { input: R, head: Cursor<Vec<u8>>, number: usize },
    Export { found: VecDeque<(Place, Found)>, size: u64, events: u64, done: u64 },
}

impl<R: BufRead> Reader<R> {
    /// Tells by the first line what a file is. An export is read whole.
    ///
    /// # Errors
    /// A file that cannot be read, or that begins as an export and is none.
    pub fn new(mut input: R) -> Result<Self, ImportError> {
        let mut head = Vec::new();
        while head.trim_ascii().is_empty() && input.read_until(b'\n', &mut head)? > 0 {}
        let kind = match Format::of(&head) {
            Format::UserDataExport if !head.trim_ascii().is_empty() => {
                input.read_to_end(&mut head)?;
                let found = found(UserDataExport::read(&head)?);
                let events = found.iter().filter(|(_, found)| matches!(found, Found::Event(_))).count();
                Kind::Export { found, size: head.len() as u64, events: events as u64, done: 0 }
            }
            _ => Kind::Lines { input, head: Cursor::new(head), number: 0 },
        };
        Ok(Self { kind, bytes: 0 })
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<(Place, Found), ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.kind {
            Kind::Export { found, size, events, done } => {
                let next = found.pop_front()?;
                *done += u64::from(matches!(next.1, Found::Event(_)));
                self.bytes = *size * *done / (*events).max(1);
                Some(Ok(next))
            }
            Kind::Lines { input, head, number } => loop {
                let mut line = Vec::new();
                let read = head.chain(&mut *input).read_until(b'\n', &mut line);
                match read {
                    Ok(0) => return None,
                    Ok(read) => self.bytes += read as u64,
                    Err(error) => return Some(Err(error.into())),
                }
                *number += 1;
                let place = Place::Line(*number);
                match read_line(&line) {
                    Ok(Some(event)) => return Some(Ok((place, Found::Event(Box::new(event))))),
                    Ok(None) => {}
                    Err(invalid) => return Some(Ok((place, Found::Wrong(invalid)))),
                }
            },
        }
    }
}

fn found(export: UserDataExport) -> VecDeque<(Place, Found)> {
    let of_user = |(number, user): (usize, ExportedUser)| {
        let ExportedUser { user_id, attributes, events } = user;
        let events = (1..)
            .zip(events)
            .map(move |(place, event)| (Place::Interaction(number, place), Found::Event(Box::new(event))));
        events.chain([(Place::User(number), Found::User(user_id, attributes))])
    };
    (1..).zip(export.users).flat_map(of_user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(file: &str) -> Vec<String> {
        let found = Reader::new(file.as_bytes()).unwrap().map(Result::unwrap);
        let shown = |(place, found)| match found {
            Found::Event(_) => format!("{place}: event"),
            Found::User(user, _) => format!("{place}: {user}"),
            Found::Wrong(_) => format!("{place}: wrong"),
        };
        found.map(shown).collect()
    }

    #[test]
    fn lines_keep_their_numbers_and_an_export_its_order() {
        let lines = "\n {\"user_id\":\"ann\"}\n\nnoise\n{\"_meta\":{}}\n{\"user_id\":\"ben\"}";
        assert_eq!(places(lines), ["line 2: event", "line 4: wrong", "line 6: event"]);
        let export = r#"{"data":[{"ann":{"interactions":[{},{}]}},{"ben":{}}]}"#;
        let found = ["user 1, interaction 1: event", "user 1, interaction 2: event", "user 1: ann", "user 2: ben"];
        assert_eq!(places(export), found);
        assert_eq!((places(""), places("\n\n")), (Vec::new(), Vec::new()));
    }

    #[test]
    fn the_bytes_are_those_of_what_was_read() {
        let lines = "{\"user_id\":\"ann\"}\n{\"user_id\":\"ben\"}\n";
        let mut reader = Reader::new(lines.as_bytes()).unwrap();
        assert!(reader.next().is_some() && reader.bytes == lines.len() as u64 / 2);
        assert!(reader.next().is_some() && reader.next().is_none() && reader.bytes == lines.len() as u64);
    }
}
