//! A slice: what was gathered of a range of users, kept within bounds.

use crate::reader::batch_reader::Wish;
use chrono::NaiveDate;
use shared::model::{Interaction, Snapshot, UserHash, UserId};
use std::collections::BTreeMap;

/// An interaction in the answer without type, text and data has at least so many bytes.
const BARE: usize = 65;

/// A user and what was said.
#[derive(Debug)]
pub(crate) struct UserInteractions {
    pub(crate) user_id: UserId,
    /// What was known of the user on the first day that has any of the interactions.
    pub(crate) snapshot: Snapshot,
    /// That day.
    pub(crate) first_day: NaiveDate,
    pub(crate) interactions: Vec<Interaction>,
    pub(crate) bytes: usize,
}

/// What was gathered.
#[derive(Debug)]
pub(crate) struct Slice {
    /// The users in their order.
    pub(crate) users: BTreeMap<UserHash, UserInteractions>,
    /// The last place that was looked at: there is nobody else up to there.
    pub(crate) last: u128,
    /// There may be more of the last user, who is the only one then.
    pub(crate) truncated: bool,
    /// Days on which users of the slice were active, one by one.
    pub(crate) user_days: usize,
    /// The first user who may be in the slice.
    pub(crate) first: Option<UserHash>,
    pub(crate) bytes: usize,
}

impl Slice {
    /// Keeps what will fit, when so many of the days are read: of users who are too much already, those go on whose days
    /// will fill the room, at least one. Where only the whole will do, there is room until it is full.
    pub(crate) fn narrow(&mut self, wish: &Wish, done: usize, days: usize) {
        let room = if wish.paged { wish.bytes / days * done } else { wish.bytes };
        let most = if done < days { room + room / 3 } else { 2 * wish.bytes };
        if self.truncated || self.bytes <= if wish.paged { most } else { room } {
            return;
        }
        let (mut bytes, keep) = (0, if wish.paged { room / 10 * 9 } else { room / 2 });
        let mut kept = self.users.iter().take_while(|(_, user)| {
            bytes += user.bytes;
            bytes <= keep
        });
        let last = kept.by_ref().last().map(|(user_hash, _)| user_hash.place());
        match (last, self.users.iter().next()) {
            (Some(last), _) => {
                self.last = last;
                self.forget_beyond();
            }
            (None, Some((user_hash, user))) => {
                let (user_hash, too_much) = (user_hash.clone(), user.bytes > wish.bytes);
                self.end_with(&user_hash, too_much);
            }
            (None, None) => {}
        }
    }

    /// Whether it has only one user: the first place that has anybody is its last.
    pub(crate) fn is_of_one(&self) -> bool {
        self.first.as_ref().is_some_and(|first| first.place() == self.last)
    }

    /// How many more days of its one user will fit, as those that are done tell; at least one.
    pub(crate) fn days_that_fit(&self, wish: &Wish, done: usize) -> usize {
        let of_a_day = (self.bytes / done.max(1)).max(1);
        (wish.bytes.saturating_sub(self.bytes) / of_a_day).max(1)
    }

    /// Ends before a user who is too much, or with the user, if there can be nobody before.
    pub(crate) fn end_with(&mut self, user: &UserHash, too_much: bool) {
        let alone = self.first.as_ref() == Some(user);
        self.truncated = alone && too_much;
        self.last = if alone { user.place() } else { user.place() - 1 };
        self.forget_beyond();
    }

    fn forget_beyond(&mut self) {
        let beyond = self.users.split_off(&UserHash::at(self.last));
        let last = beyond.into_iter().filter(|(user_hash, _)| user_hash.place() == self.last);
        self.users.extend(last);
        self.bytes = self.users.values().map(|user| user.bytes).sum();
    }
}

/// The bytes of an interaction in the answer, about.
pub(crate) fn weight(interaction: &Interaction) -> usize {
    let data = interaction.data.as_ref().map_or(4, |data| data.as_str().len());
    BARE + interaction.kind.len() + interaction.text.len() + data
}
