//! The events of a file in batches for the API, each event with its id.

use crate::import::outcome::ImportOutcome;
use anyhow::Result;
use chrono::{DateTime, Utc};
use importer::{Reader, SourceLocation, SourceRecord};
use serde_json::json;
use shared::app::Clock;
use shared::model::{EventIds, time};
use std::io::BufRead;

/// Maximum number of events in a batch: half of what the API accepts, so that a slow table stores them within the
/// deadline of a request.
const MAX_EVENTS: usize = 500;
/// Bytes after which a batch gets no more events. With one more event of 350 KB it stays below the 4 MB of the API.
const MAX_BYTES: usize = 2_000_000;

/// The events of one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The events as NDJSON.
    pub(super) body: Vec<u8>,
    /// The location of each event in the file.
    pub(super) locations: Vec<SourceLocation>,
    /// The invalid lines between the events, which are not sent.
    pub(super) skipped: ImportOutcome,
    /// Bytes of the file up to the end of the batch.
    pub(super) bytes: u64,
}

/// The batches of a file. Missing ids are derived over the whole file: whatever the size of the batches, the same events
/// get the same ids, and to send them again stores nothing twice.
pub(super) struct Batches<R> {
    file: Reader<R>,
    ids: EventIds,
    clock: Clock,
    /// The date of the last event since the last attributes of a user.
    last_date: DateTime<Utc>,
}

impl<R: BufRead> Batches<R> {
    pub(super) fn new(file: Reader<R>) -> Self {
        Self {
            file,
            ids: EventIds::new(shared::crypto::sha256),
            clock: Clock::default(),
            last_date: DateTime::UNIX_EPOCH,
        }
    }

    fn add(&mut self, batch: &mut Batch, location: SourceLocation, record: SourceRecord) -> Result<()> {
        match record {
            SourceRecord::Event(mut event) => match event.clone().check(self.clock.now(), &mut self.ids) {
                Ok(checked) => {
                    self.last_date = self.last_date.max(checked.interaction.date);
                    event.id = Some(checked.interaction.id);
                    serde_json::to_writer(&mut batch.body, &event)?;
                    batch.body.push(b'\n');
                    batch.locations.push(location);
                }
                Err(errors) => {
                    let errors = errors.into_iter().map(|(field, invalid)| (field.to_owned(), invalid.to_string()));
                    batch.skipped.refuse(location, errors.collect());
                }
            },
            SourceRecord::User(user_id, attributes, at) => {
                // As in an import into the table: the user's last event dates the attributes of an export.
                let last_date = std::mem::take(&mut self.last_date);
                if !attributes.is_empty() {
                    let at = time::format(at.unwrap_or(last_date));
                    let event = json!({"type": "attributes", "user_id": user_id, "attributes": attributes, "at": at});
                    serde_json::to_writer(&mut batch.body, &event)?;
                    batch.body.push(b'\n');
                    batch.locations.push(location);
                }
            }
            SourceRecord::Invalid(invalid) => {
                batch.skipped.refuse(location, vec![("line".to_owned(), invalid.to_string())]);
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Batch::default();
        while batch.locations.len() < MAX_EVENTS && batch.body.len() < MAX_BYTES {
            let Some(next) = self.file.next() else { break };
            let added = next.map_err(Into::into).and_then(|(location, record)| self.add(&mut batch, location, record));
            if let Err(error) = added {
                return Some(Err(error));
            }
        }
        batch.bytes = self.file.bytes;
        let is_empty = batch.locations.is_empty() && batch.skipped.is_empty();
        (!is_empty).then_some(Ok(batch))
    }
}
