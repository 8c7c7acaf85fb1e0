//! [`ClickBuffer`]: clicks in memory until they are written in groups, so that a link with many visitors is no hot item.

use crate::crypto::{LinkHash, base64url, random};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Links of one group: one transaction counts their clicks (DynamoDB takes 100 items).
const LINKS: usize = 100;

/// Clicks that are not known to be stored.
#[derive(Debug, Default)]
pub(in crate::store) struct ClickBuffer(Mutex<Buffered>);

#[derive(Debug, Default)]
struct Buffered {
    /// Clicks without a group.
    fresh: HashMap<LinkHash, Clicks>,
    /// Groups that are sent or about to be. A group stays here until DynamoDB has confirmed it.
    groups: Vec<Arc<ClickGroup>>,
}

/// Clicks of one link.
#[derive(Clone, Debug)]
pub(in crate::store) struct Clicks {
    /// The name of the link's campaign, as its activity has it.
    pub(in crate::store) campaign: AttributeValue,
    /// Until when the link is kept.
    pub(in crate::store) kept_until: DateTime<Utc>,
    pub(in crate::store) count: i64,
    pub(in crate::store) first: DateTime<Utc>,
}

/// Clicks that one transaction counts: all or none, and only once however often the group is sent.
#[derive(Debug)]
pub(in crate::store) struct ClickGroup {
    /// The transaction's client request token, by which DynamoDB recognises a group that it has counted.
    pub(in crate::store) name: String,
    pub(in crate::store) clicks: Vec<(LinkHash, Clicks)>,
}

impl ClickBuffer {
    /// Adds a click of a link, whose campaign and time are asked for once a group.
    pub(in crate::store) fn add(
        &self,
        link: &LinkHash,
        of_link: impl FnOnce() -> (AttributeValue, DateTime<Utc>),
        now: DateTime<Utc>,
    ) {
        let mut buffered = self.buffered();
        if let Some(clicks) = buffered.fresh.get_mut(link) {
            clicks.count += 1;
        } else {
            let (campaign, kept_until) = of_link();
            buffered.fresh.insert(link.clone(), Clicks { campaign, kept_until, count: 1, first: now });
        }
    }

    /// Groups the fresh clicks, and returns every group that is not confirmed.
    pub(in crate::store) fn groups(&self) -> Vec<Arc<ClickGroup>> {
        let mut buffered = self.buffered();
        let mut fresh = std::mem::take(&mut buffered.fresh).into_iter().peekable();
        while fresh.peek().is_some() {
            let (name, clicks) = (base64url(&random::<16>()), fresh.by_ref().take(LINKS).collect());
            buffered.groups.push(Arc::new(ClickGroup { name, clicks }));
        }
        buffered.groups.clone()
    }

    /// Removes a group that is stored.
    pub(in crate::store) fn confirm(&self, group: &ClickGroup) {
        self.buffered().groups.retain(|other| other.name != group.name);
    }

    fn buffered(&self) -> MutexGuard<'_, Buffered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
