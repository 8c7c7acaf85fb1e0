//! Stores the users of a page: their interactions, their attributes, and which links they conversed in.

use crate::conversed;
use chrono::{DateTime, Utc};
use shared::app::App;
use shared::crypto::sha256;
use shared::model::{Attributes, Event, EventIds, ExportedUser, Invalid, Tenant, UserHash, UserId};
use shared::store::{ContextUpdate, ErasedUserPolicy, StoreError, WriteOutcome};

/// Interactions that are stored at once, as many as `odx import` stores.
const CHUNK: usize = 500;

/// What was stored of a page.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) created: usize,
    pub(crate) duplicate: usize,
    pub(crate) erased: usize,
    pub(crate) refused: usize,
    pub(crate) attributes: usize,
    pub(crate) conversed: usize,
}

impl Written {
    pub(crate) fn add(&mut self, other: &Self) {
        let Self { created, duplicate, erased, refused, attributes, conversed } = other;
        self.created += created;
        self.duplicate += duplicate;
        self.erased += erased;
        self.refused += refused;
        self.attributes += attributes;
        self.conversed += conversed;
    }
}

/// A page, checked.
#[derive(Default)]
struct Checked {
    events: Vec<Event>,
    contexts: Vec<ContextUpdate>,
    /// The users who sent a message, with the times in ascending order.
    speakers: Vec<(UserHash, Vec<DateTime<Utc>>)>,
    refused: usize,
}

/// Stores a page. A repeat stores nothing twice.
///
/// # Errors
/// Returns [`StoreError`] if the table does not answer. A part of the page may be stored then.
pub(crate) async fn page(app: &App, tenant: &Tenant, users: Vec<ExportedUser>) -> Result<Written, StoreError> {
    let mut checked = Checked::default();
    for user in users {
        checked.add(app, tenant, user);
    }
    let mut written = Written { refused: checked.refused, ..Written::default() };
    for chunk in checked.events.chunks(CHUNK) {
        let clock = || app.clock.now();
        for outcome in app.store.events_write(tenant, chunk, &clock, ErasedUserPolicy::Refuse).await? {
            match outcome {
                WriteOutcome::Created => written.created += 1,
                WriteOutcome::Duplicate => written.duplicate += 1,
                WriteOutcome::Erased => written.erased += 1,
                WriteOutcome::Conflict => written.refused += 1,
            }
        }
    }
    let merged = app.store.contexts_merge(&tenant.id, &checked.contexts, ErasedUserPolicy::Refuse).await?;
    written.attributes = merged.into_iter().filter(|merged| *merged).count();
    for (user, said_at) in &checked.speakers {
        written.conversed += conversed::mark(app, &tenant.id, user, said_at).await?;
    }
    Ok(written)
}

impl Checked {
    fn add(&mut self, app: &App, tenant: &Tenant, user: ExportedUser) {
        let ExportedUser { user_id, attributes, events } = user;
        let Ok(id) = user_id.parse::<UserId>() else {
            self.refuse(tenant, "user_id", &Invalid::new("is no id of a user"));
            return;
        };
        let hash = app.store.data_key().user_hash(&tenant.id, &id);
        let (mut ids, now) = (EventIds::new(sha256), app.clock.now());
        let (mut said_at, mut last_date) = (Vec::new(), DateTime::UNIX_EPOCH);
        for event in events {
            match event.map_err(|invalid| vec![("data", invalid)]).and_then(|event| event.check(now, &mut ids)) {
                Ok(event) => {
                    let date = event.interaction.date;
                    last_date = last_date.max(date);
                    said_at.extend(event.interaction.is_conversation().then_some(date));
                    self.events.push(event);
                }
                Err(wrong) => wrong.iter().take(1).for_each(|(field, invalid)| self.refuse(tenant, field, invalid)),
            }
        }
        said_at.sort_unstable();
        if !said_at.is_empty() {
            self.speakers.push((hash.clone(), said_at));
        }
        let given = attributes.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        match Attributes::check(given, &tenant.collections) {
            Ok(attributes) if attributes.is_empty() => {}
            Ok(attributes) => self.contexts.push(ContextUpdate { user: hash, attributes, at: last_date }),
            Err(wrong) => {
                wrong.iter().take(1).for_each(|(_, invalid)| self.refuse(tenant, "user_attributes", invalid));
            }
        }
    }

    fn refuse(&mut self, tenant: &Tenant, field: &str, rule: &Invalid) {
        self.refused += 1;
        tracing::warn!(tenant = %tenant.id, field, %rule, "an interaction or attributes of OpenDialog are not stored");
    }
}
