//! Runs: the ranges to read so that what others said is not paid for.

use shared::model::{Filters, Huser, Period};
use shared::store::{Range, UserDay};

/// So many users who are not wanted are read along rather than asked around: a request costs what they do.
const GAP: usize = 3;

/// The ranges that hold what the wanted users of a day said, up to a place.
pub(crate) fn runs(active: &[UserDay], last: u128, filters: &Filters, period: &Period) -> Vec<Range> {
    let mut runs: Vec<(&Huser, &Huser)> = Vec::new();
    let mut gap = GAP + 1;
    for user in active.iter().filter(|user| user.huser.place() <= last) {
        if !filters.admit(&user.snapshot) {
            gap += 1;
            continue;
        }
        match runs.last_mut() {
            Some((_, end)) if gap <= GAP => *end = &user.huser,
            _ => runs.push((&user.huser, &user.huser)),
        }
        gap = 0;
    }
    let range = |(first, last)| if first == last { Range::during(first, period) } else { Range::users(first, last) };
    runs.into_iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::model::Snapshot;

    fn active(browsers: &str) -> Vec<UserDay> {
        let user = |(place, browser): (usize, char)| UserDay {
            huser: Huser::at(place as u128),
            user_id: place.to_string().parse().unwrap(),
            snapshot: Snapshot { browser: browser.to_string(), ..Snapshot::default() },
        };
        browsers.chars().enumerate().map(user).collect()
    }

    fn several(first: u128, last: u128) -> Range {
        Range::users(&Huser::at(first), &Huser::at(last))
    }

    #[test]
    fn a_wide_gap_is_asked_around_and_a_narrow_one_is_read_along() {
        let period = Period::parse("2022-09-21", "2022-09-22").unwrap();
        let one = |place| Range::during(&Huser::at(place), &period);
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
