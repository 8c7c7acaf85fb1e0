//! Reads the interactions of a range of one day's shard, of all authors together.

use crate::reader::scope::QueryScope;
use crate::reader::user_batch::min_bytes;
use chrono::{DateTime, NaiveDate, Utc};
use shared::model::{Author, Tenant, UserHash};
use shared::store::{KeyRange, Store, StoreError, StoredInteraction};

/// Reads ranges of a shard of a day.
pub(crate) struct RangeReader<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a Tenant,
    pub(crate) scope: &'a QueryScope,
    pub(crate) authors: &'static [Author],
    pub(crate) partition: (NaiveDate, u8),
    /// Whether the batch has only one user, who is cut where the page ends.
    pub(crate) is_one_user: bool,
}

/// The key of the last interaction that was read before a limit.
struct StopKey {
    user_hash: UserHash,
    date: DateTime<Utc>,
    id: String,
}

impl RangeReader<'_> {
    /// Reads the interactions of a range in the order of user, time and id, of all authors together. Stops when one
    /// author's interactions take more than `max_bytes`, and returns the user at which it stopped: then both authors'
    /// interactions are complete up to the stop.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(crate) async fn read(
        &self,
        range: &KeyRange,
        max_bytes: usize,
    ) -> Result<(Vec<StoredInteraction>, Option<UserHash>), StoreError> {
        let freshness = self.scope.freshness(self.partition.0);
        let (mut all, mut stop): (Vec<StoredInteraction>, Option<StopKey>) = (Vec::new(), None);
        for author in self.authors {
            let (mut rest, mut bytes, mut read) = (Some(range.clone()), 0, 0);
            while let Some(range) = rest {
                // One user is cut where the page ends, so after the first MB only as much is read as will fit.
                let limit = (self.is_one_user && bytes > 0)
                    .then(|| interactions_that_fit(max_bytes.saturating_sub(bytes), bytes, read));
                let page = self
                    .store
                    .interaction_page(&self.tenant.id, self.partition, *author, &range, freshness, limit)
                    .await?;
                rest = page.rest;
                read += page.said.len();
                let last = page.said.last().map(StopKey::of);
                let in_period = page.said.into_iter().filter(|read| self.scope.period.contains(read.interaction.date));
                all.extend(in_period.inspect(|read| bytes += min_bytes(&read.interaction)));
                if bytes > max_bytes && rest.is_some() && last.is_some() {
                    stop = stop.into_iter().chain(last).min_by(|a, b| a.as_tuple().cmp(&b.as_tuple()));
                    break;
                }
            }
        }
        if let Some(stop) = &stop {
            all.retain(|read| order_of(read) <= stop.as_tuple());
        }
        if self.authors.len() > 1 {
            all.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
        }
        Ok((all, stop.map(|stop| stop.user_hash)))
    }
}

impl StopKey {
    fn of(read: &StoredInteraction) -> Self {
        let StoredInteraction { user_hash, interaction, .. } = read;
        Self { user_hash: user_hash.clone(), date: interaction.date, id: interaction.id.clone() }
    }

    fn as_tuple(&self) -> (&UserHash, DateTime<Utc>, &str) {
        (&self.user_hash, self.date, &self.id)
    }
}

/// The order of interactions in a response, of all authors together.
fn order_of(read: &StoredInteraction) -> (&UserHash, DateTime<Utc>, &str) {
    (&read.user_hash, read.interaction.date, &read.interaction.id)
}

/// The number of interactions that fill a room, if they are as large as those that were read, and one more: reading stops
/// only after the room is exceeded.
fn interactions_that_fit(room: usize, bytes_read: usize, interactions_read: usize) -> usize {
    let bytes_each = (bytes_read / interactions_read).max(1);
    (room / bytes_each).max(1) + 1
}
