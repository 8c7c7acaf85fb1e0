//! Where a page of users begins, and what has been learned on the way there.

use crate::body::MAX_BYTES;
use crate::reader::batch_reader::{Gather, Wish};
use crate::reader::planner::{ratio, scaled, share_of, width_of};
use crate::reader::user_batch::Slice;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::model::{Interaction, UserHash};

/// A user who is larger is cut where a page ends; a smaller one waits for the next.
pub(crate) const LARGE: usize = MAX_BYTES / 4;
/// Bytes that a user's day has in the answer, as long as nothing is known.
const WEIGHT: f64 = 2_000.0;

/// Where a page begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The first user.
    #[serde(rename = "u")]
    pub(crate) first: UserHash,
    /// Of the first user only what comes after.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<After>,
    /// The share of all users that fills a page, as it turned out.
    #[serde(rename = "s")]
    pub(crate) share: f64,
    /// The bytes that a user's day has in the answer, as it turned out.
    #[serde(rename = "w")]
    pub(crate) weight: f64,
}

/// Where a user goes on who is larger than a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct After {
    #[serde(rename = "t")]
    micros: i64,
    #[serde(rename = "i")]
    id: String,
    /// The day of the snapshot that stands with the user.
    #[serde(rename = "d")]
    pub(crate) first_day: NaiveDate,
}

impl Place {
    /// The first page.
    pub(crate) fn start(gather: &Gather<'_>) -> Self {
        let first = gather.reach.user.clone().unwrap_or_else(|| UserHash::at(0));
        Self { first, after: None, share: 1.0, weight: WEIGHT }
    }

    /// The page that begins at a user.
    pub(crate) fn at(&self, first: u128) -> Self {
        Self { first: UserHash::at(first), after: None, ..self.clone() }
    }

    pub(crate) fn within(&self, user: &UserHash, first_day: NaiveDate, last: &Interaction) -> Self {
        let after = After { micros: last.date.timestamp_micros(), id: last.id.clone(), first_day };
        Self { first: user.clone(), after: Some(after), ..self.clone() }
    }

    /// What to gather for a page in which so much room is left.
    pub(crate) fn wish(&self, gather: &Gather<'_>, end: u128, room: usize, users: Option<usize>) -> Wish {
        let first = self.first.place();
        let after = self.after.as_ref().map(|after| (after.micros, after.id.clone()));
        let alone = after.is_some() || gather.reach.user.is_some();
        let share = self.share * ratio(room, MAX_BYTES);
        Wish {
            first,
            last: if alone { first } else { spread(first, share, gather).min(end) },
            after,
            users: users.unwrap_or(usize::MAX),
            user_days: scaled(room, 0.9 / self.weight).max(1),
            bytes: room,
            paged: users.is_some(),
            unknown: self.weight.to_bits() == WEIGHT.to_bits(),
        }
    }

    /// Learns from what a slice had of ordinary users: half of what it knows then is what it knew. Users who are large
    /// teach nothing of the others.
    pub(crate) fn learn(&mut self, wish: &Wish, slice: &Slice) {
        let ordinary = slice.users.values().filter(|user| user.bytes <= LARGE);
        let (users, bytes) = ordinary.fold((0, 0), |(users, bytes), user| (users + 1, bytes + user.bytes));
        let user_days = slice.user_days * users / slice.users.len().max(1);
        if wish.first < slice.last && user_days > 0 && bytes > 0 {
            let weight = ratio(bytes, user_days);
            self.weight = if wish.unknown { weight } else { f64::midpoint(self.weight, weight) };
            let full = ratio(MAX_BYTES, bytes) * weight / self.weight;
            self.share = (0.85 * share_of(slice.last - wish.first) * full).min(1.0);
        }
    }
}

/// The last user of a slice that has a share of all users; shards are cut in even parts rather than to leave a rest.
fn spread(first: u128, share: f64, gather: &Gather<'_>) -> u128 {
    let end = gather.tenant.sharding.end_of_shard(&gather.reach.days, first);
    let (width, rest) = (width_of(share), end - first);
    match rest {
        _ if rest / 5 < width / 4 => end,
        _ if rest / 2 < width => first + rest / 2,
        _ => first.saturating_add(width),
    }
}
