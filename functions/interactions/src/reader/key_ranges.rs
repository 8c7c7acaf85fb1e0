//! Runs: the ranges to read so that what others said is not paid for.

use shared::model::{Filters, Period, UserHash};
use shared::store::{KeyRange, UserDay};

/// So many users who are not wanted are read along rather than asked around: a request costs what they do.
const GAP: usize = 3;

/// The ranges that hold what the wanted users of a day said, up to a place.
pub(crate) fn runs(active: &[UserDay], last: u128, filters: &Filters, period: &Period) -> Vec<KeyRange> {
    let mut runs: Vec<(&UserHash, &UserHash)> = Vec::new();
    let mut gap = GAP + 1;
    for user in active.iter().filter(|user| user.user_hash.place() <= last) {
        if !filters.admit(&user.snapshot) {
            gap += 1;
            continue;
        }
        match runs.last_mut() {
            Some((_, end)) if gap <= GAP => *end = &user.user_hash,
            _ => runs.push((&user.user_hash, &user.user_hash)),
        }
        gap = 0;
    }
    let range =
        |(first, last)| if first == last { KeyRange::during(first, period) } else { KeyRange::users(first, last) };
    runs.into_iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::model::Snapshot;

    fn active(browsers: &str) -> Vec<UserDay> {
        let user = |(place, browser): (usize, char)| UserDay {
            user_hash: UserHash::at(place as u128),
            user_id: place.to_string().parse().unwrap(),
            snapshot: Snapshot { browser: browser.to_string(), ..Snapshot::default() },
        };
        browsers.chars().enumerate().map(user).collect()
    }

    fn several(first: u128, last: u128) -> KeyRange {
        KeyRange::users(&UserHash::at(first), &UserHash::at(last))
    }

    #[test]
    fn a_wide_gap_is_asked_around_and_a_narrow_one_is_read_along() {
        let period = Period::parse("2022-09-21", "2022-09-22").unwrap();
        let one = |place| KeyRange::during(&UserHash::at(place), &period);
        let mut filters = Filters::default();
        assert_eq!(runs(&active("aba"), 9, &filters, &period), [several(0, 2)]);
        assert!(filters.add("browser", "a"));
        let runs = |browsers, last| runs(&active(browsers), last, &filters, &period);
        assert_eq!(runs("babbbaab", 9), [several(1, 6)]);
        assert_eq!(runs("abbbbaa", 9), [one(0), several(5, 6)]);
        assert_eq!(runs("abbbba", 4), [one(0)]);
        assert_eq!(runs("bbb", 9), []);
    }
}
