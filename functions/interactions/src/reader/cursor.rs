//! The cursor of a page of users, as it is signed and returned to the client.

use crate::reader::scope::QueryScope;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::model::{Interaction, UserHash};

/// The position at which a page begins, and the estimates that plan its batches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UserPageCursor {
    /// The first user of the page, or a hash before the first user.
    #[serde(rename = "u")]
    pub(crate) first: UserHash,
    /// The position within the first user, if the page before ended within that user.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(crate) resume: Option<ResumePoint>,
    /// The share of all users that fills a page. `None` until a batch was read.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) page_share: Option<f64>,
    /// Response bytes per user and active day. `None` until a batch was read.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_day_bytes: Option<f64>,
}

/// The position within a user who is larger than a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResumePoint {
    /// The time of the last interaction of the page before, in microseconds.
    #[serde(rename = "t")]
    pub(crate) micros: i64,
    /// The id of that interaction.
    #[serde(rename = "i")]
    pub(crate) id: String,
    /// The day whose snapshot the user's first page shows.
    #[serde(rename = "d")]
    pub(crate) first_day: NaiveDate,
}

impl UserPageCursor {
    /// The cursor of the first page.
    pub(crate) fn start(scope: &QueryScope) -> Self {
        let first = scope.user.clone().unwrap_or_else(|| UserHash::from_u128(0));
        Self { first, resume: None, page_share: None, user_day_bytes: None }
    }

    /// A cursor that begins at a user, with the same estimates.
    pub(crate) fn at(&self, first: u128) -> Self {
        Self { first: UserHash::from_u128(first), resume: None, ..*self }
    }

    /// A cursor that begins after an interaction of a user, with the same estimates.
    pub(crate) fn after(&self, user: &UserHash, first_day: NaiveDate, last: &Interaction) -> Self {
        let resume = ResumePoint { micros: last.date.timestamp_micros(), id: last.id.clone(), first_day };
        Self { first: user.clone(), resume: Some(resume), ..*self }
    }

    /// Whether a page that begins here continues a user of the page before.
    pub(crate) fn continues(&self, user: &UserHash) -> Option<&ResumePoint> {
        self.resume.as_ref().filter(|_| self.first == *user)
    }
}
