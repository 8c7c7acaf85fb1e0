//! The users of a batch and their interactions, cut to what fits the page.

use crate::body::MAX_BYTES;
use crate::reader::plan::BatchPlan;
use chrono::NaiveDate;
use shared::model::{Interaction, Snapshot, UserHash, UserId};
use std::collections::BTreeMap;

/// A user with more response bytes than a quarter of a page is cut where a page ends. A smaller user waits for the next
/// page, which leaves at most this much of a page empty.
pub(crate) const LARGE_USER_BYTES: usize = MAX_BYTES / 4;
/// Minimum response bytes of an interaction besides its type, text and data:
/// `{"type":"","date":"2022-09-21T08:19:33.000000Z","text":"","data":}`.
const MIN_INTERACTION_BYTES: usize = 65;
/// Bytes of `null`.
const NO_DATA_BYTES: usize = 4;

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
    /// The first user whose headers pass the filters.
    pub(crate) first: Option<UserHash>,
    /// Response bytes of all interactions, at least.
    pub(crate) bytes: usize,
}

impl UserBatch {
    /// Drops users from the end of the batch until what is left will fit, estimated from the days that were read. Keeps
    /// at least one user.
    ///
    /// A response without pages has no use for a part of the batch, so there the batch may fill the whole room first.
    pub(crate) fn narrow(&mut self, plan: &BatchPlan, days_read: usize, days: usize) {
        let room = if plan.is_paged { plan.bytes / days * days_read } else { plan.bytes };
        // Days differ, so a batch may exceed its room by a third before all days are read; after the last day, a batch
        // of up to twice the room is kept, because the page takes of it what fits.
        let max = match (plan.is_paged, days_read < days) {
            (true, true) => room + room / 3,
            (true, false) => 2 * plan.bytes,
            (false, _) => room,
        };
        if self.is_truncated || self.bytes <= max {
            return;
        }
        let (mut bytes, keep) = (0, if plan.is_paged { room / 10 * 9 } else { room / 2 });
        let mut kept = self.users.iter().take_while(|(_, user)| {
            bytes += user.bytes;
            bytes <= keep
        });
        let last = kept.by_ref().last().map(|(user_hash, _)| user_hash.place());
        match (last, self.users.first_key_value()) {
            (Some(last), _) => {
                self.last = last;
                self.drop_users_after_last();
            }
            (None, Some((user_hash, user))) => {
                let (user_hash, is_too_large) = (user_hash.clone(), user.bytes > plan.bytes);
                self.end_with(&user_hash, is_too_large);
            }
            (None, None) => {}
        }
    }

    /// Whether the batch covers only one user.
    pub(crate) fn is_of_one_user(&self) -> bool {
        self.first.as_ref().is_some_and(|first| first.place() == self.last)
    }

    /// How many more days of the one user will fit, estimated from the days that were read; at least one.
    pub(crate) fn days_that_fit(&self, plan: &BatchPlan, days_read: usize) -> usize {
        let bytes_per_day = (self.bytes / days_read.max(1)).max(1);
        (plan.bytes.saturating_sub(self.bytes) / bytes_per_day).max(1)
    }

    /// Ends the batch before a user, or with that user if it is the first. Marks the batch as truncated if it ends with
    /// a user of whom not everything was read.
    pub(crate) fn end_with(&mut self, user: &UserHash, is_incomplete: bool) {
        let is_first = self.first.as_ref() == Some(user);
        self.is_truncated = is_first && is_incomplete;
        self.last = if is_first { user.place() } else { user.place() - 1 };
        self.drop_users_after_last();
    }

    fn drop_users_after_last(&mut self) {
        let mut after = self.users.split_off(&UserHash::at(self.last));
        self.users.extend(after.remove_entry(&UserHash::at(self.last)));
        self.bytes = self.users.values().map(|user| user.bytes).sum();
    }
}

/// The bytes of an interaction in a response, without what escaping adds.
pub(crate) fn min_bytes(interaction: &Interaction) -> usize {
    let data = interaction.data.as_ref().map_or(NO_DATA_BYTES, |data| data.as_str().len());
    MIN_INTERACTION_BYTES + interaction.kind.len() + interaction.text.len() + data
}
