//! An import under way: events and attributes are checked one by one and written in chunks.

use crate::{Found, ImportError, Imported, Place, Problem, Reader};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::app::App;
use shared::crypto::sha256;
use shared::model::{Attributes, Event, EventIds, EventShape, Invalid, Tenant, UserHash, UserId};
use shared::store::{ErasedUserPolicy, StoreError, WriteOutcome};
use std::io::BufRead;

/// Events that are written at a time.
const CHUNK: usize = 500;
/// Contexts that are merged at once.
const PARALLEL: usize = 16;
/// Problems that are told apart; all are counted.
const PROBLEMS: usize = 20;
const ERASED: &str = "The user was erased after that";

/// What is checked and not yet written.
#[derive(Default)]
struct Pending {
    events: Vec<Event>,
    /// The place of each event.
    places: Vec<Place>,
    contexts: Vec<Told>,
}

/// What a user's links have told, and when.
type Told = (UserHash, Attributes, DateTime<Utc>);

/// An import under way.
pub(super) struct Import<'a, P> {
    app: &'a App,
    tenant: &'a Tenant,
    erased_users: ErasedUserPolicy,
    progress: P,
    ids: EventIds,
    pending: Pending,
    imported: Imported,
}

impl<'a, P: FnMut(&Imported)> Import<'a, P> {
    pub(super) fn new(app: &'a App, tenant: &'a Tenant, erased_users: ErasedUserPolicy, progress: P) -> Self {
        let (pending, imported) = Default::default();
        let ids = EventIds::new(sha256);
        Self { app, tenant, erased_users, progress, ids, pending, imported }
    }

    /// Takes what stands in a file.
    pub(super) async fn take_all(&mut self, mut file: Reader<impl BufRead>) -> Result<(), ImportError> {
        let mut told_at = DateTime::UNIX_EPOCH;
        while let Some(next) = file.next() {
            let (place, found) = next?;
            self.imported.bytes = file.bytes;
            match found {
                Found::Event(event) => told_at = told_at.max(self.take(place, *event).await?.unwrap_or_default()),
                Found::User(user_id, attributes) => {
                    let told_at = std::mem::take(&mut told_at);
                    self.take_attributes(place, &user_id, &attributes, told_at).await?;
                }
                Found::Wrong(invalid) => self.refuse(place, [("line", invalid)]),
            }
        }
        self.imported.bytes = file.bytes;
        Ok(())
    }

    /// Writes what is left.
    pub(super) async fn finish(mut self) -> Result<Imported, StoreError> {
        self.write().await?;
        Ok(self.imported)
    }

    /// Checks an event and says when it happened, if it is one.
    async fn take(&mut self, place: Place, event: EventShape) -> Result<Option<DateTime<Utc>>, StoreError> {
        match event.check(self.app.clock.now(), &mut self.ids) {
            Ok(event) => {
                let date = event.interaction.date;
                self.pending.events.push(event);
                self.pending.places.push(place);
                self.write_full().await?;
                Ok(Some(date))
            }
            Err(wrong) => {
                self.refuse(place, wrong);
                Ok(None)
            }
        }
    }

    async fn take_attributes(
        &mut self,
        place: Place,
        user_id: &str,
        attributes: &Attributes,
        told_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if attributes.is_empty() {
            return Ok(());
        }
        let given = attributes.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        match (user_id.parse::<UserId>(), Attributes::check(given, &self.tenant.collections)) {
            (Ok(user), Ok(attributes)) => {
                let user_hash = self.app.store.data_key().user_hash(&self.tenant.id, &user);
                self.pending.contexts.push((user_hash, attributes, told_at));
                self.write_full().await?;
            }
            (Err(invalid), _) => self.refuse(place, [("user_id", invalid)]),
            (_, Err(wrong)) => self.refuse(place, wrong.into_iter().map(|(_, invalid)| ("user_attributes", invalid))),
        }
        Ok(())
    }

    fn refuse(&mut self, place: Place, wrong: impl IntoIterator<Item = (&'static str, Invalid)>) {
        self.imported.refused += 1;
        for (field, reason) in wrong {
            self.note(place, field, reason);
        }
    }

    fn note(&mut self, place: Place, field: &'static str, reason: Invalid) {
        if self.imported.problems.len() < PROBLEMS {
            self.imported.problems.push(Problem { place, field, reason });
        }
    }

    async fn write_full(&mut self) -> Result<(), StoreError> {
        let full = self.pending.events.len() >= CHUNK || self.pending.contexts.len() >= CHUNK;
        if full { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), StoreError> {
        let Pending { events, places, contexts } = std::mem::take(&mut self.pending);
        let App { store, clock, .. } = self.app;
        let written = store.events_write(self.tenant, &events, clock.now(), self.erased_users).await?;
        for (place, written) in places.into_iter().zip(written) {
            match written {
                WriteOutcome::Created => self.imported.created += 1,
                WriteOutcome::Duplicate => self.imported.duplicate += 1,
                WriteOutcome::Conflict => {
                    self.imported.conflict += 1;
                    self.note(
                        place,
                        "id",
                        Invalid::new("Another content is stored under this user, author, date and id"),
                    );
                }
                WriteOutcome::Erased => self.refuse(place, [("user_id", Invalid::new(ERASED))]),
            }
        }
        let contexts = self.not_erased(contexts).await?;
        let merges = contexts.iter().map(|(user, told, at)| store.context_merge(&self.tenant.id, user, told, *at));
        stream::iter(merges).buffer_unordered(PARALLEL).try_collect::<()>().await?;
        (self.progress)(&self.imported);
        Ok(())
    }

    /// What was told of users after they were erased, if they were.
    async fn not_erased(&self, contexts: Vec<Told>) -> Result<Vec<Told>, StoreError> {
        if self.erased_users == ErasedUserPolicy::Restore {
            return Ok(contexts);
        }
        let erased = self.app.store.erasure_deadlines(&self.tenant.id, contexts.iter().map(|(user, ..)| user)).await?;
        let newer = |(user, _, at): &Told| erased.get(user).is_none_or(|until| at > until);
        Ok(contexts.into_iter().filter(newer).collect())
    }
}
