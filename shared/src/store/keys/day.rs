//! The keys of a day's shard: user-day headers and interactions.

use crate::model::{Author, TenantId, UserHash};
use chrono::NaiveDate;

pub(in crate::store) fn day_pk(tenant: &TenantId, day: NaiveDate, shard: u8) -> String {
    format!("T#{tenant}#D#{day}#S#{shard}")
}

pub(in crate::store) const HEADER_PREFIX: &str = "H#";

pub(in crate::store) fn header_sk(user: &UserHash) -> String {
    format!("{HEADER_PREFIX}{user}")
}

/// The two authors have prefixes of their own, so that a query for one does not read the other.
pub(in crate::store) fn interaction_prefix(author: Author) -> &'static str {
    match author {
        Author::User => "U#",
        Author::Bot => "B#",
    }
}

pub(in crate::store) fn interaction_sk(author: Author, user: &UserHash, micros: i64, id: &str) -> String {
    format!("{}{user}#{micros:020}#{id}", interaction_prefix(author))
}

/// The author, user, microsecond and id that an interaction's sort key holds.
pub(in crate::store) fn read_interaction_sk(sk: &str) -> Option<(Author, UserHash, i64, &str)> {
    let (prefix, rest) = sk.split_at_checked(2)?;
    let author = [Author::User, Author::Bot].into_iter().find(|author| interaction_prefix(*author) == prefix)?;
    let mut parts = rest.splitn(3, '#');
    let user = parts.next()?.parse().ok()?;
    Some((author, user, parts.next()?.parse().ok()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_interaction_key_is_read_back_whatever_its_id_holds(
            user_hash in "[0-9a-f]{32}",
            micros in 0_i64..253_402_300_799_000_000,
            id in "\\PC{1,60}",
        ) {
            let user: UserHash = user_hash.parse().unwrap();
            for author in [Author::User, Author::Bot] {
                let sk = interaction_sk(author, &user, micros, &id);
                prop_assert_eq!(read_interaction_sk(&sk), Some((author, user.clone(), micros, id.as_str())));
            }
        }
    }
}
