//! Conversations made up by seed: a tenant as tenants are, for benchmarks and tests. The same plan gives the same bytes on
//! every machine.

mod people;
mod talk;
mod words;

use chrono::{Datelike as _, Days, NaiveDate, TimeDelta};
use fastrand::Rng;
use people::Person;
use shared::model::{EventShape, time};

/// Busy and quiet days of a week, Monday first.
const WEEK: [u64; 7] = [10, 11, 10, 10, 9, 5, 4];

/// What is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many users talk; the most talkative tenth says most of it.
    pub users: u64,
    /// How many things they say in all. What the chatbot says comes on top.
    pub interactions: u64,
    /// The first day.
    pub first: NaiveDate,
    /// How many days.
    pub days: u64,
    /// Whether the chatbot's turns are made too.
    pub bot: bool,
    /// Another seed makes other people say other things.
    pub seed: u64,
}

impl Plan {
    /// The days in their order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let first = self.first;
        (0..self.days).filter_map(move |day| first.checked_add_days(Days::new(day)))
    }

    /// How many things users say on a day.
    #[must_use]
    pub fn interactions_of(&self, day: NaiveDate) -> u64 {
        let weight = |day: NaiveDate| WEEK[day.weekday().num_days_from_monday() as usize];
        let upto = |end: NaiveDate| self.days().take_while(|day| *day < end).map(weight).sum::<u64>();
        let share = |weight: u64| u128::from(self.interactions) * u128::from(weight) / u128::from(upto(NaiveDate::MAX));
        let (before, after) = (upto(day), upto(day.succ_opt().unwrap_or(day)));
        u64::try_from(share(after) - share(before)).unwrap_or(u64::MAX)
    }

    /// Everything that is said on a day, in the order of time. It does not depend on the other days.
    #[must_use]
    pub fn day(&self, day: NaiveDate) -> Vec<EventShape> {
        let mut rng = Rng::with_seed(mixed(self.seed, day.num_days_from_ce().unsigned_abs().into()));
        let mut left = self.interactions_of(day);
        let mut said = Vec::new();
        while left > 0 {
            let person = Person::new(self.seed, self.talker(&mut rng));
            // Two hours are left for the longest talk.
            let begin = time::start_of(day) + TimeDelta::seconds(rng.i64(0..39_600) + rng.i64(0..39_600));
            let turns = talk::turns(&mut rng).min(left);
            said.extend(talk::session(&mut rng, &person, begin, turns, self.bot));
            left -= turns;
        }
        said.sort_by_key(|(at, _)| *at); // stable: what shares an instant keeps its order
        said.into_iter().map(|(_, event)| event).collect()
    }

    /// Somebody: the further down the list of users, the more seldom.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
    fn talker(&self, rng: &mut Rng) -> u64 {
        let share = rng.f64();
        // Root and product are exact everywhere, a power is not.
        ((self.users as f64 * share * share * share.sqrt()) as u64).min(self.users.saturating_sub(1))
    }
}

/// A seed for a part (SplitMix64): neighbours have nothing in common.
fn mixed(seed: u64, part: u64) -> u64 {
    let mut mixed = seed.wrapping_add(part.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
