//! The keys of a day's shard: who was active, and what was said.

use crate::model::{Author, Huser, TenantId};
use chrono::NaiveDate;

pub(super) fn day_pk(tenant: &TenantId, day: NaiveDate, shard: u8) -> String {
    format!("T#{tenant}#D#{day}#S#{shard}")
}

pub(super) const HEADER_PREFIX: &str = "H#";

pub(super) fn header_sk(user: &Huser) -> String {
    format!("{HEADER_PREFIX}{user}")
}

/// What users said and what the chatbot said stand apart: who reads the one pays nothing for the other.
pub(super) fn interaction_prefix(author: Author) -> &'static str {
    match author {
        Author::Us => "U#",
        Author::Them => "B#",
    }
}

pub(super) fn interaction_sk(author: Author, user: &Huser, micros: i64, id: &str) -> String {
    format!("{}{user}#{micros:020}#{id}", interaction_prefix(author))
}

/// The author, user, microsecond and id that an interaction's sort key holds.
pub(super) fn read_interaction_sk(sk: &str) -> Option<(Author, Huser, i64, &str)> {
    let (prefix, rest) = sk.split_at_checked(2)?;
    let author = [Author::Us, Author::Them].into_iter().find(|author| interaction_prefix(*author) == prefix)?;
    let mut parts = rest.splitn(3, '#');
    let user = Huser(parts.next()?.to_owned());
    Some((author, user, parts.next()?.parse().ok()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_interaction_key_is_read_back_whatever_its_id_holds(
            huser in "[0-9a-f]{32}",
            micros in 0_i64..253_402_300_799_000_000,
            id in "\\PC{1,60}",
        ) {
            let user = Huser(huser);
            for author in [Author::Us, Author::Them] {
                let sk = interaction_sk(author, &user, micros, &id);
                prop_assert_eq!(read_interaction_sk(&sk), Some((author, user.clone(), micros, id.as_str())));
            }
        }
    }
}
