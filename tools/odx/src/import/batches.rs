//! The events of a file in batches as the API takes them, each event with its id.

use super::Became;
use anyhow::Result;
use importer::{Found, Place, Reader};
use shared::app::Clock;
use shared::model::EventIds;
use std::io::BufRead;

/// Events of a batch: half of what the API takes, so that a slow table has stored them long before its deadline.
const EVENTS: usize = 500;
/// Bytes of a batch after which it takes no more; with another event of 350 KB it stays below the API's 4 MB.
const BYTES: usize = 2_000_000;

/// A batch: an event a line.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) body: Vec<u8>,
    /// Where each of its events stands in the file.
    pub(super) places: Vec<Place>,
    /// What stands between them and is no event.
    pub(super) refused: Became,
    /// Bytes of the file up to its end.
    pub(super) bytes: u64,
}

/// The batches of a file. Ids are derived over the whole file: however it is cut, the same events have the same ids, and
/// sending them again stores nothing twice.
pub(super) struct Batches<R> {
    file: Reader<R>,
    ids: EventIds,
    clock: Clock,
}

impl<R: BufRead> Batches<R> {
    pub(super) fn new(file: Reader<R>) -> Self {
        Self { file, ids: EventIds::new(shared::crypto::sha256), clock: Clock::default() }
    }

    fn take(&mut self, batch: &mut Batch, place: Place, found: Found) -> Result<()> {
        match found {
            Found::Event(mut event) => match event.clone().check(self.clock.now(), &mut self.ids) {
                Ok(checked) => {
                    event.id = Some(checked.interaction.id);
                    serde_json::to_writer(&mut batch.body, &event)?;
                    batch.body.push(b'\n');
                    batch.places.push(place);
                }
                Err(wrong) => {
                    let wrong = wrong.into_iter().map(|(field, invalid)| (field.to_owned(), invalid.to_string()));
                    batch.refused.refuse(place, wrong.collect());
                }
            },
            Found::User(_, attributes) => batch.refused.attributes += u64::from(!attributes.is_empty()),
            Found::Wrong(invalid) => batch.refused.refuse(place, vec![("line".to_owned(), invalid.to_string())]),
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Batch::default();
        let mut ended = false;
        while !ended && batch.places.len() < EVENTS && batch.body.len() < BYTES {
            match self.file.next() {
                None => ended = true,
                Some(next) => {
                    let taken = next.map_err(Into::into).and_then(|(place, found)| self.take(&mut batch, place, found));
                    if let Err(error) = taken {
                        return Some(Err(error));
                    }
                }
            }
        }
        batch.bytes = self.file.bytes;
        let is_empty = batch.places.is_empty() && batch.refused.is_nothing();
        (!is_empty).then_some(Ok(batch))
    }
}
