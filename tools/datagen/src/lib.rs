//! Generates the conversations of a realistic tenant from a seed, for benchmarks and tests. The same plan gives the same
//! bytes on every machine.

mod conversation;
mod people;
mod rng;
mod vocabulary;

use chrono::{Datelike as _, Days, NaiveDate, TimeDelta};
use fastrand::Rng;
use people::Person;
use rng::mix;
use shared::model::{EventShape, time};

/// Relative number of interactions on the days of a week, Monday first.
const WEEK: [u64; 7] = [10, 11, 10, 10, 9, 5, 4];

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Number of users. The most active tenth writes most interactions.
    pub users: u64,
    /// Total number of the users' interactions. The chatbot's come on top.
    pub interactions: u64,
    /// The first day.
    pub first: NaiveDate,
    /// Number of days.
    pub days: u64,
    /// Whether to generate the chatbot's turns too.
    pub bot: bool,
    /// The seed. Another seed gives other users and other texts.
    pub seed: u64,
}

impl Plan {
    /// The days of the plan, in order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let first = self.first;
        (0..self.days).filter_map(move |day| first.checked_add_days(Days::new(day)))
    }

    /// Number of the users' interactions on a day.
    #[must_use]
    pub fn interactions_of(&self, day: NaiveDate) -> u64 {
        let weight = |day: NaiveDate| WEEK[day.weekday().num_days_from_monday() as usize];
        let upto = |end: NaiveDate| self.days().take_while(|day| *day < end).map(weight).sum::<u64>();
        let share = |weight: u64| u128::from(self.interactions) * u128::from(weight) / u128::from(upto(NaiveDate::MAX));
        let (before, after) = (upto(day), upto(day.succ_opt().unwrap_or(day)));
        u64::try_from(share(after) - share(before)).expect("a share of `interactions`")
    }

    /// The interactions of a day, in the order of time. They do not depend on other days.
    #[must_use]
    pub fn day(&self, day: NaiveDate) -> Vec<EventShape> {
        let mut rng = Rng::with_seed(mix(self.seed, day.num_days_from_ce().unsigned_abs().into()));
        let mut left = self.interactions_of(day);
        let mut events = Vec::new();
        while left > 0 {
            let person = Person::new(self.seed, self.user_number(&mut rng));
            // A conversation begins at the latest two hours before midnight, so that the longest ends on the same day.
            let begin = time::start_of(day) + TimeDelta::seconds(rng.i64(0..39_600) + rng.i64(0..39_600));
            let turns = conversation::turns(&mut rng).min(left);
            events.extend(conversation::session(&mut rng, &person, begin, turns, self.bot));
            left -= turns;
        }
        events.sort_by_key(|(at, _)| *at); // stable: events of one instant keep their order
        events.into_iter().map(|(_, event)| event).collect()
    }

    /// The number of a random user. Low numbers are more frequent.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
    fn user_number(&self, rng: &mut Rng) -> u64 {
        let share = rng.f64();
        // `sqrt` and products give the same bits on every machine (IEEE 754), `powf` does not.
        ((self.users as f64 * share * share * share.sqrt()) as u64).min(self.users.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
