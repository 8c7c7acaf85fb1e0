//! Checks events and attributes one by one, and writes them in chunks.

use crate::outcome::{ImportError, ImportOutcome, Problem, SourceLocation};
use crate::reader::Reader;
use crate::source_record::SourceRecord;
use chrono::{DateTime, Utc};
use shared::app::App;
use shared::crypto::sha256;
use shared::model::{Attributes, Event, EventIds, EventShape, Invalid, Tenant, UserId};
use shared::store::{ContextUpdate, ErasedUserPolicy, StoreError, WriteOutcome};
use std::io::BufRead;

/// Number of events or contexts that are written together.
const CHUNK: usize = 500;
/// Maximum number of problems that are listed; all are counted.
const MAX_PROBLEMS: usize = 20;
/// The rule for an event or context from before the erasure of its user.
const ERASED: &str = "The user was erased after that";

/// Events and contexts that are checked and not yet written.
#[derive(Default)]
struct Pending {
    events: Vec<Event>,
    /// The location of each event.
    locations: Vec<SourceLocation>,
    contexts: Vec<ContextUpdate>,
}

/// Writes the records of one file.
pub(super) struct Writer<'a, P> {
    app: &'a App,
    tenant: &'a Tenant,
    erased_users: ErasedUserPolicy,
    progress: P,
    ids: EventIds,
    pending: Pending,
    outcome: ImportOutcome,
}

impl<'a, P: FnMut(&ImportOutcome)> Writer<'a, P> {
    pub(super) fn new(app: &'a App, tenant: &'a Tenant, erased_users: ErasedUserPolicy, progress: P) -> Self {
        let ids = EventIds::new(sha256);
        let (pending, outcome) = (Pending::default(), ImportOutcome::default());
        Self { app, tenant, erased_users, progress, ids, pending, outcome }
    }

    /// Checks the records of a file, and writes every full chunk.
    pub(super) async fn write_all(&mut self, mut file: Reader<impl BufRead>) -> Result<(), ImportError> {
        let mut last_date = DateTime::UNIX_EPOCH;
        while let Some(next) = file.next() {
            let (location, record) = next?;
            self.outcome.bytes = file.bytes;
            match record {
                SourceRecord::Event(event) => {
                    let date = self.add_event(location, *event).await?;
                    last_date = last_date.max(date.unwrap_or_default());
                }
                SourceRecord::User(user_id, attributes, at) => {
                    // The user's events came before: the next event belongs to another user.
                    let last_date = std::mem::take(&mut last_date);
                    let date = at.unwrap_or(last_date);
                    self.add_attributes(location, &user_id, &attributes, date).await?;
                }
                SourceRecord::Invalid(invalid) => self.refuse(location, [("line", invalid)]),
            }
        }
        self.outcome.bytes = file.bytes;
        Ok(())
    }

    /// Writes the last chunk.
    pub(super) async fn finish(mut self) -> Result<ImportOutcome, StoreError> {
        self.write().await?;
        Ok(self.outcome)
    }

    /// Checks an event; returns its date if it is valid.
    async fn add_event(
        &mut self,
        location: SourceLocation,
        event: EventShape,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        match event.check(self.app.clock.now(), &mut self.ids) {
            Ok(event) => {
                let date = event.interaction.date;
                self.pending.events.push(event);
                self.pending.locations.push(location);
                self.write_full().await?;
                Ok(Some(date))
            }
            Err(wrong) => {
                self.refuse(location, wrong);
                Ok(None)
            }
        }
    }

    /// Checks the attributes of a user.
    async fn add_attributes(
        &mut self,
        location: SourceLocation,
        user_id: &str,
        attributes: &Attributes,
        date: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if attributes.is_empty() {
            return Ok(());
        }
        let given = attributes.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        match (user_id.parse::<UserId>(), Attributes::check(given, &self.tenant.collections)) {
            (Ok(user), Ok(attributes)) => {
                let user_hash = self.app.store.data_key().user_hash(&self.tenant.id, &user);
                self.pending.contexts.push(ContextUpdate { user: user_hash, attributes, at: date });
                self.write_full().await?;
            }
            (Err(invalid), _) => self.refuse(location, [("user_id", invalid)]),
            (_, Err(wrong)) => self.refuse(location, wrong.into_iter().map(|(_, rule)| ("user_attributes", rule))),
        }
        Ok(())
    }

    fn refuse(&mut self, location: SourceLocation, wrong: impl IntoIterator<Item = (&'static str, Invalid)>) {
        self.outcome.refused += 1;
        for (field, reason) in wrong {
            self.note(location, field, reason);
        }
    }

    fn note(&mut self, location: SourceLocation, field: &'static str, reason: Invalid) {
        if self.outcome.problems.len() < MAX_PROBLEMS {
            self.outcome.problems.push(Problem { location, field, reason });
        }
    }

    async fn write_full(&mut self) -> Result<(), StoreError> {
        let full = self.pending.events.len() >= CHUNK || self.pending.contexts.len() >= CHUNK;
        if full { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), StoreError> {
        let Pending { events, locations, contexts } = std::mem::take(&mut self.pending);
        let App { store, clock, .. } = self.app;
        // Read again for each chunk: the number of shards may change while a long import runs.
        let tenant = store.tenant_get(&self.tenant.id).await?.unwrap_or_else(|| self.tenant.clone());
        let outcomes = store.events_write(&tenant, &events, &|| clock.now(), self.erased_users).await?;
        for (location, outcome) in locations.into_iter().zip(outcomes) {
            match outcome {
                WriteOutcome::Created => self.outcome.created += 1,
                WriteOutcome::Duplicate => self.outcome.duplicate += 1,
                WriteOutcome::Conflict => {
                    self.outcome.conflict += 1;
                    self.note(
                        location,
                        "id",
                        Invalid::new("Another content is stored under this user, author, date and id"),
                    );
                }
                WriteOutcome::Erased => self.refuse(location, [("user_id", Invalid::new(ERASED))]),
            }
        }
        let merged = store.contexts_merge(&self.tenant.id, &contexts, self.erased_users).await?;
        self.outcome.attributes += merged.into_iter().filter(|merged| *merged).count() as u64;
        (self.progress)(&self.outcome);
        Ok(())
    }
}
