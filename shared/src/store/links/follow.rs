//! What a process that lives long keeps of links, so that a hot link is no hot key: records for a moment, and clicks
//! until they are written in groups. A Lambda has none of it.

use crate::crypto::{LinkHash, base64url, random};
use crate::model::{Link, LinkActivity};
use crate::store::client::Store;
use crate::store::dynamo::item::number;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::cache::Kept;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Records kept at most, of 17 KB each at most.
const RECORDS: usize = 4096;
/// Links whose clicks one transaction counts (DynamoDB takes 100 items).
const LINKS: usize = 100;

/// A link and what became of it.
type Record = Arc<(Link, LinkActivity)>;

#[derive(Debug)]
pub(in crate::store) struct LongLived {
    pub(in crate::store) records: Kept<LinkHash, Record>,
    clicks: Mutex<Waiting>,
}

/// Clicks that are not known to be stored.
#[derive(Debug, Default)]
struct Waiting {
    fresh: HashMap<LinkHash, Clicks>,
    /// Sent, or about to be. A group stays here until the table has answered.
    groups: Vec<Arc<Group>>,
}

/// Clicks of one link.
#[derive(Clone, Copy, Debug)]
struct Clicks {
    number: i64,
    first: DateTime<Utc>,
}

/// Clicks that are counted together or not at all, and by their name only once, however often they are sent.
#[derive(Debug)]
struct Group {
    name: String,
    clicks: Vec<(LinkHash, Clicks)>,
}

impl LongLived {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.clicks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::store) fn click(&self, link: &LinkHash, now: DateTime<Utc>) {
        let mut waiting = self.waiting();
        if let Some(clicks) = waiting.fresh.get_mut(link) {
            clicks.number += 1;
        } else {
            waiting.fresh.insert(link.clone(), Clicks { number: 1, first: now });
        }
    }

    /// What is to be sent now.
    fn groups(&self) -> Vec<Arc<Group>> {
        let mut waiting = self.waiting();
        let mut fresh = std::mem::take(&mut waiting.fresh).into_iter().peekable();
        while fresh.peek().is_some() {
            let (name, clicks) = (base64url(&random::<16>()), fresh.by_ref().take(LINKS).collect());
            waiting.groups.push(Arc::new(Group { name, clicks }));
        }
        waiting.groups.clone()
    }
}

impl Store {
    /// The same table for a process that lives long and is the one that people's clicks reach: a link's record is read
    /// again after two seconds, and clicks wait for [`Store::clicks_write`].
    #[must_use]
    pub fn long_lived(self) -> Self {
        let long_lived = LongLived { records: Kept::new(RECORDS), clicks: Mutex::default() };
        Self { long_lived: Some(Arc::new(long_lived)), ..self }
    }

    /// A link that somebody follows, and what became of it, as known at most two seconds ago.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_follow(&self, link: &LinkHash) -> Result<Option<Arc<(Link, LinkActivity)>>, StoreError> {
        let records = self.long_lived.as_ref().map(|long_lived| &long_lived.records);
        if let Some(kept) = records.and_then(|records| records.get(link)) {
            return Ok(Some(kept));
        }
        let asked_at = std::time::Instant::now();
        let found = self.link_get(link).await?.map(Arc::new);
        if let (Some(records), Some(found)) = (records, &found) {
            records.keep(link.clone(), asked_at, found.clone());
        }
        Ok(found)
    }

    /// Lets the next visit of every link read it again.
    pub(in crate::store) fn links_changed(&self) {
        if let Some(long_lived) = &self.long_lived {
            long_lived.records.forget_all();
        }
    }

    /// Lets the next visit of a link read it again.
    pub(in crate::store) fn link_changed(&self, link: &LinkHash) {
        if let Some(long_lived) = &self.long_lived {
            long_lived.records.forget(link);
        }
    }

    /// Writes all clicks that wait. What fails waits for the next call, and is then not counted twice.
    ///
    /// # Errors
    /// The table's: some clicks still wait.
    pub async fn clicks_write(&self) -> Result<(), StoreError> {
        let Some(long_lived) = &self.long_lived else { return Ok(()) };
        // One after the other: whoever visits a link meanwhile has the processor as well.
        for group in long_lived.groups() {
            self.group_write(&group).await?;
            long_lived.waiting().groups.retain(|other| other.name != group.name);
        }
        Ok(())
    }

    async fn group_write(&self, group: &Group) -> Result<(), StoreError> {
        let count = |(link, clicks): &(LinkHash, Clicks)| {
            let update = Update::builder()
                .table_name(&*self.table)
                .set_key(Some(keys::link_state(link)))
                .update_expression("SET first_clicked_at = if_not_exists(first_clicked_at, :first) ADD clicks :number")
                .expression_attribute_values(":first", number(clicks.first.timestamp_micros()))
                .expression_attribute_values(":number", number(clicks.number));
            TransactWriteItem::builder().update(update.build().expect("table, key and update are set")).build()
        };
        let request = self
            .client
            .transact_write_items()
            .client_request_token(&group.name)
            .set_transact_items(Some(group.clicks.iter().map(count).collect()));
        request.send().await.map(drop).map_err(StoreError::of("clicks_write"))
    }
}
