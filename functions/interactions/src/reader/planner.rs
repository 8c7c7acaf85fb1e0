//! Plans batches from the estimates of a cursor, and corrects the estimates by what a batch contained.
//!
//! Users are spread evenly over the hashes, so a share of the hashes contains about that share of the users and bytes.
//! Estimates are floats: only the size of batches and pages depends on them, never their content.

use crate::reader::cursor::UserPageCursor;
use crate::reader::plan::{BatchPlan, Budget};
use crate::reader::scope::QueryScope;
use crate::reader::user_batch::{LARGE_USER_BYTES, UserBatch};
use shared::http::MAX_RESPONSE_BYTES;
use shared::model::Tenant;

/// Response bytes per user and active day for the first batch of an export; every later batch uses what was measured. A
/// value that is too small makes the first batch read more than fits, one that is too large makes its page small.
const FIRST_USER_DAY_BYTES: f64 = 2_000.0;
/// The part of the room that the user-days of a batch are planned to fill. Users vary, and an overfull batch is cut.
const FILL_OF_USER_DAYS: f64 = 0.9;
/// The part of a page that its share of users is planned to fill, for the same reason.
const FILL_OF_PAGE: f64 = 0.85;

/// Plans the batch that begins at a cursor and ends at a last user or before.
pub(crate) fn plan(
    cursor: &UserPageCursor,
    end: u128,
    budget: &Budget,
    tenant: &Tenant,
    scope: &QueryScope,
) -> BatchPlan {
    let first = cursor.first.as_u128();
    let is_one_user = cursor.resume.is_some() || scope.user.is_some();
    let share = cursor.page_share.unwrap_or(1.0) * ratio(budget.bytes, MAX_RESPONSE_BYTES);
    let end_of_shard = tenant.sharding.end_of_shard(&scope.days, first);
    let user_day_bytes = cursor.user_day_bytes.unwrap_or(FIRST_USER_DAY_BYTES);
    BatchPlan {
        first,
        last: if is_one_user { first } else { last_user(first, width_of(share), end_of_shard).min(end) },
        after: cursor.resume.as_ref().map(|resume| (resume.micros, resume.id.clone())),
        users: budget.users.unwrap_or(usize::MAX),
        user_days: scaled(budget.bytes, FILL_OF_USER_DAYS / user_day_bytes).max(1),
        bytes: budget.bytes,
        is_paged: budget.is_paged(),
    }
}

/// Corrects the estimates of a cursor by the users of a batch. Large users are left out: they are cut wherever a page
/// ends, so they say nothing about how many others fit.
pub(crate) fn learn(cursor: &mut UserPageCursor, plan: &BatchPlan, batch: &UserBatch) {
    let ordinary = batch.users.values().filter(|user| user.bytes <= LARGE_USER_BYTES);
    let (users, bytes) = ordinary.fold((0, 0), |(users, bytes), user| (users + 1, bytes + user.bytes));
    let user_days = batch.user_days * users / batch.users.len().max(1);
    if plan.first < batch.last && user_days > 0 && bytes > 0 {
        let measured = ratio(bytes, user_days);
        // The mean of old and new, so that one unusual batch does not misplan the next by more than half.
        let user_day_bytes = cursor.user_day_bytes.map_or(measured, |known| f64::midpoint(known, measured));
        let pages = ratio(MAX_RESPONSE_BYTES, bytes) * measured / user_day_bytes;
        cursor.user_day_bytes = Some(user_day_bytes);
        cursor.page_share = Some((FILL_OF_PAGE * share_of(batch.last - plan.first) * pages).min(1.0));
    }
}

/// The last user of a batch of a width, within the shard: a batch is read from one partition per day. The rest of a shard
/// is taken whole if it exceeds the width by less than a quarter, and in halves if it is less than two widths, because a
/// small remainder would cost as many requests as a full batch.
fn last_user(first: u128, width: u128, end_of_shard: u128) -> u128 {
    match end_of_shard - first {
        rest if rest / 5 < width / 4 => end_of_shard,
        rest if rest / 2 < width => first + rest / 2,
        _ => first.saturating_add(width),
    }
}

/// One number as a part of another.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// A number times a factor.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate")]
fn scaled(number: usize, factor: f64) -> usize {
    (number as f64 * factor) as usize
}

/// A width of hashes as a share of all hashes.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn share_of(width: u128) -> f64 {
    width as f64 / u128::MAX as f64
}

/// The width of a share of all hashes.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate")]
fn width_of(share: f64) -> u128 {
    (share * u128::MAX as f64) as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_a_small_remainder_of_its_shard_and_halves_a_larger_one() {
        assert_eq!(last_user(1_000, 100, 1_090), 1_090);
        assert_eq!(last_user(1_000, 100, 1_120), 1_120);
        assert_eq!(last_user(1_000, 100, 1_150), 1_075);
        assert_eq!(last_user(1_000, 100, 1_300), 1_100);
    }
}
