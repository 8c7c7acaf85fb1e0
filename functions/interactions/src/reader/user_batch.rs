//! The users of a batch and their interactions, cut to what fits the page.

use crate::reader::plan::BatchPlan;
use chrono::NaiveDate;
use shared::http::MAX_RESPONSE_BYTES;
use shared::model::{Interaction, Snapshot, UserHash, UserId};
use shared::store::UserDay;
use std::collections::BTreeMap;

/// A user with more response bytes than a quarter of a page is cut where a page ends. A smaller user waits for the next
/// page, which leaves at most this much of a page empty.
pub(crate) const LARGE_USER_BYTES: usize = MAX_RESPONSE_BYTES / 4;
/// Days differ, so the days that were read may exceed their part of the room by a third before a batch is narrowed. With
/// the batch narrowed only once it is larger than the whole room, an export of 31 days read 1.45 times what is stored
/// instead of 1.12 times (decision 0016).
const TOLERATED_EXCESS: usize = 3;
/// A batch is narrowed to nine tenths of the room, so that the days that follow rarely narrow it again.
const KEPT_TENTHS: usize = 9;
/// Minimum response bytes of an interaction besides its type, text and data:
/// `{"type":"","date":"2022-09-21T08:19:33.000000Z","text":"","data":}`.
const MIN_INTERACTION_BYTES: usize = 65;
/// Bytes of `null`.
const NO_DATA_BYTES: usize = 4;

/// A day of a batch.
pub(crate) struct ActiveUsers {
    pub(crate) day: NaiveDate,
    /// The users who were active in the batch's range. `None` if the day's headers were not read.
    pub(crate) headers: Option<Vec<UserDay>>,
}

/// A user and the interactions that were read.
#[derive(Debug)]
pub(crate) struct UserInteractions {
    pub(crate) user_id: UserId,
    /// What was known of the user on [`Self::first_day`].
    pub(crate) snapshot: Snapshot,
    /// The first day that has any of the interactions.
    pub(crate) first_day: NaiveDate,
    /// The interactions in time order.
    pub(crate) interactions: Vec<Interaction>,
    /// Response bytes of the interactions, at least.
    pub(crate) bytes: usize,
}

/// What was read of a range of users.
#[derive(Debug)]
pub(crate) struct UserBatch {
    /// The users in the order of their hashes.
    pub(crate) users: BTreeMap<UserHash, UserInteractions>,
    /// The last hash that the batch covers: every user up to here is in it.
    pub(crate) last: u128,
    /// The batch has only one user, and may lack later interactions of that user.
    pub(crate) is_truncated: bool,
    /// Pairs of a user and an active day.
    pub(crate) user_days: usize,
    /// The first user, by the headers and interactions that were read.
    pub(crate) first: Option<UserHash>,
    /// Response bytes of all interactions, at least.
    pub(crate) bytes: usize,
}

impl UserBatch {
    /// Drops users from the end of a page's batch if the days that were read take clearly more than their part of the
    /// room. Keeps at least one user. Nothing is dropped after the last day: everything was read, and the page takes of it
    /// what fits.
    pub(crate) fn narrow(&mut self, plan: &BatchPlan, days_read: usize, days: usize) {
        let room = plan.bytes / days * days_read;
        if self.is_truncated || days_read == days || self.bytes <= room + room / TOLERATED_EXCESS {
            return;
        }
        let mut bytes = 0;
        let over = self.users.iter().find(|(_, user)| {
            bytes += user.bytes;
            bytes > room / 10 * KEPT_TENTHS
        });
        if let Some((user_hash, user_bytes)) = over.map(|(user_hash, user)| (user_hash.clone(), user.bytes)) {
            self.end_with(&user_hash, user_bytes > plan.bytes);
        }
    }

    /// Drops users from the end until at most `max` are left. Users who are not in the headers that were read are known
    /// only by their interactions.
    pub(crate) fn keep_users(&mut self, max: usize) {
        if let Some(user_hash) = self.users.keys().nth(max).cloned() {
            self.end_with(&user_hash, false);
        }
    }

    /// Whether the batch covers only one user.
    pub(crate) fn is_of_one_user(&self) -> bool {
        self.first.as_ref().is_some_and(|first| first.as_u128() == self.last)
    }

    /// How many more days of the one user will fit, estimated from the days that were read; at least one.
    pub(crate) fn days_that_fit(&self, plan: &BatchPlan, days_read: usize) -> usize {
        let bytes_per_day = (self.bytes / days_read.max(1)).max(1);
        (plan.bytes.saturating_sub(self.bytes) / bytes_per_day).max(1)
    }

    /// Ends the batch before a user, or with that user if it is the first. Marks the batch as truncated if it then ends
    /// with an incomplete user.
    pub(crate) fn end_with(&mut self, user: &UserHash, is_incomplete: bool) {
        let is_first = self.first.as_ref() == Some(user);
        self.is_truncated = is_first && is_incomplete;
        self.last = if is_first { user.as_u128() } else { user.as_u128() - 1 };
        self.drop_users_after_last();
    }

    fn drop_users_after_last(&mut self) {
        let mut after = self.users.split_off(&UserHash::from_u128(self.last));
        self.users.extend(after.remove_entry(&UserHash::from_u128(self.last)));
        self.bytes = self.users.values().map(|user| user.bytes).sum();
    }
}

/// The bytes of an interaction in a response, without what escaping adds.
pub(crate) fn min_bytes(interaction: &Interaction) -> usize {
    let data = interaction.data.as_ref().map_or(NO_DATA_BYTES, |data| data.as_str().len());
    MIN_INTERACTION_BYTES + interaction.kind.len() + interaction.text.len() + data
}
