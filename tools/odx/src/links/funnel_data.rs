//! The numbers of a funnel: links by step, in total and by day.

use serde::{Deserialize, Serialize};
use shared::model::CampaignId;
use std::collections::BTreeMap;

/// The steps from a link to a conversation, in order.
pub(super) const STEPS: [&str; 4] = ["made", "clicked", "opened", "conversed"];

/// The number of links that reached each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    made: u64,
    clicked: u64,
    opened: u64,
    conversed: u64,
}

/// The funnel of a campaign. `by_day` counts each link on the day (UTC) on which it first reached the step.
#[derive(Debug, Serialize)]
pub(super) struct Funnel {
    pub(super) campaign: CampaignId,
    #[serde(flatten)]
    pub(super) total: Counts,
    pub(super) by_day: Vec<Day>,
}

/// The counts of a day, in the form of the API's response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Day {
    pub(super) day: String,
    #[serde(flatten)]
    pub(super) counts: Counts,
}

impl Counts {
    /// The counts in the order of [`STEPS`].
    pub(super) fn steps(self) -> [u64; STEPS.len()] {
        [self.made, self.clicked, self.opened, self.conversed]
    }

    pub(super) fn add(&mut self, other: Self) {
        self.made += other.made;
        self.clicked += other.clicked;
        self.opened += other.opened;
        self.conversed += other.conversed;
    }
}

impl Funnel {
    /// Sums up the days of a campaign.
    pub(super) fn new(campaign: CampaignId, days: BTreeMap<String, Counts>) -> Self {
        let mut total = Counts::default();
        for counts in days.values() {
            total.add(*counts);
        }
        Self { campaign, total, by_day: days.into_iter().map(|(day, counts)| Day { day, counts }).collect() }
    }
}

/// `part` of `whole` in percent, rounded to one decimal; a dash if `whole` is 0.
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = (part * 1000 + whole / 2) / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::rounded_down(1, 3, "33.3 %")]
    #[case::rounded_up(2, 3, "66.7 %")]
    #[case::none(0, 5, "0.0 %")]
    #[case::all(5, 5, "100.0 %")]
    #[case::of_nothing(0, 0, "–")]
    fn a_share_is_rounded_to_a_tenth_of_a_percent(#[case] part: u64, #[case] whole: u64, #[case] expected: &str) {
        assert_eq!(share(part, whole), expected);
    }
}
