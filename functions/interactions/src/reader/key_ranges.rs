//! The key ranges to read so that a query pays for few interactions of excluded users.

use shared::model::{Filters, Period, UserHash};
use shared::store::{KeyRange, UserDay};

/// Maximum number of excluded users to read through before starting a new Query: one request costs about as much as
/// reading three users.
const MAX_GAP: usize = 3;

/// The ranges that contain the interactions of a day's admitted users, up to a last user. A range of one user is limited
/// to the period.
pub(crate) fn key_ranges(active: &[UserDay], last: u128, filters: &Filters, period: &Period) -> Vec<KeyRange> {
    let mut ranges: Vec<(&UserHash, &UserHash)> = Vec::new();
    let mut gap = 0;
    for user in active.iter().filter(|user| user.user_hash.as_u128() <= last) {
        if !filters.admit(&user.snapshot) {
            gap += 1;
            continue;
        }
        match ranges.last_mut() {
            Some((_, end)) if gap <= MAX_GAP => *end = &user.user_hash,
            _ => ranges.push((&user.user_hash, &user.user_hash)),
        }
        gap = 0;
    }
    let range =
        |(first, last)| if first == last { KeyRange::during(first, period) } else { KeyRange::users(first, last) };
    ranges.into_iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::model::Snapshot;

    fn active(browsers: &str) -> Vec<UserDay> {
        let user = |(number, browser): (usize, char)| UserDay {
            user_hash: UserHash::from_u128(number as u128),
            user_id: number.to_string().parse().unwrap(),
            snapshot: Snapshot { browser: browser.to_string(), ..Snapshot::default() },
        };
        browsers.chars().enumerate().map(user).collect()
    }

    fn several(first: u128, last: u128) -> KeyRange {
        KeyRange::users(&UserHash::from_u128(first), &UserHash::from_u128(last))
    }

    #[test]
    fn a_wide_gap_ends_a_range_and_a_narrow_one_is_read_through() {
        let period = Period::parse("2022-09-21", "2022-09-22").unwrap();
        let one = |number| KeyRange::during(&UserHash::from_u128(number), &period);
        let mut filters = Filters::default();
        assert_eq!(key_ranges(&active("aba"), 9, &filters, &period), [several(0, 2)]);
        assert!(filters.add("browser", "a"));
        let ranges = |browsers, last| key_ranges(&active(browsers), last, &filters, &period);
        assert_eq!(ranges("babbbaab", 9), [several(1, 6)]);
        assert_eq!(ranges("abbbbaa", 9), [one(0), several(5, 6)]);
        assert_eq!(ranges("abbbba", 4), [one(0)]);
        assert_eq!(ranges("bbb", 9), []);
    }
}
