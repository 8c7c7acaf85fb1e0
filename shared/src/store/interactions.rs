//! Interactions, read: the users of a day's shard, and what they said, page by page.

use super::interaction_items::{HeaderItem, Said};
use super::item::{Item, string, value};
use super::{Store, StoreError, keys};
use crate::model::{Author, Huser, Period, Snapshot, TenantId, UserId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A user on a day: there may be interactions, though a header alone does not prove it.
#[derive(Clone, Debug)]
pub struct UserDay {
    /// The user as keys name them.
    pub huser: Huser,
    /// The user.
    pub user_id: UserId,
    /// What was known of the user at the day's first event.
    pub snapshot: Snapshot,
}

/// A part of a day's shard in the order of users, each in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    first: String,
    last: String,
}

impl Range {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self { first: String::new(), last: "~".to_owned() }
    }

    /// Users from one to another, both included. `$` follows `#`: everything of the last user lies before it.
    #[must_use]
    pub fn users(first: &Huser, last: &Huser) -> Self {
        Self { first: first.to_string(), last: format!("{last}$") }
    }

    /// One user within a period.
    #[must_use]
    pub fn during(user: &Huser, period: &Period) -> Self {
        let micros = |at: DateTime<Utc>| at.timestamp_micros().max(0);
        let (from, last) = (micros(period.from), micros(period.last));
        Self { first: format!("{user}#{from:020}"), last: format!("{user}#{last:020}$") }
    }

    /// The part of this range from an interaction on.
    #[must_use]
    pub fn from(&self, said: &Said) -> Self {
        let Said { huser, interaction, .. } = said;
        let (micros, id) = (interaction.date.timestamp_micros(), &interaction.id);
        Self { first: format!("{huser}#{micros:020}#{id}"), last: self.last.clone() }
    }

    /// The part of this range after a user's microsecond and id, whether something stands there or not.
    #[must_use]
    pub fn after_place(self, user: &Huser, micros: i64, id: &str) -> Self {
        Self { first: format!("{user}#{micros:020}#{id}\0"), ..self }
    }

    /// What two ranges have in common, if they may have anything.
    #[must_use]
    pub fn common(&self, other: &Self) -> Option<Self> {
        let common = Self {
            first: self.first.clone().max(other.first.clone()),
            last: self.last.clone().min(other.last.clone()),
        };
        (common.first <= common.last).then_some(common)
    }

    /// The place of the first user who may lie in the range.
    #[must_use]
    pub fn first_place(&self) -> u128 {
        self.first.get(..32).map_or(0, |hex| Huser(hex.to_owned()).place())
    }

    /// The part after the last key that was read: a page may be empty and still not be the last (DynamoDB).
    fn rest(&self, last_read: &keys::Key) -> Self {
        let place = keys::text(last_read, keys::SK).split_at_checked(2).map_or("", |(_, place)| place);
        Self { first: format!("{place}\0"), last: self.last.clone() }
    }
}

/// A page of a read, at most 1 MB of items (DynamoDB limit).
#[derive(Debug)]
pub struct SaidPage {
    /// What was said, by user, time and id.
    pub said: Vec<Said>,
    /// What is left of the range, which may turn out to be nothing.
    pub rest: Option<Range>,
}

/// Whether a read has to see what was written a moment ago. One that need not costs half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It sees every write that was acknowledged.
    Consistent,
    /// It may miss the last second or so.
    Eventual,
}

impl Store {
    /// Users of a part of a shard of a day, in their order, and what is left of the part, which may turn out to be
    /// nothing.
    ///
    /// # Errors
    /// The table's.
    pub async fn users_of_day(
        &self,
        tenant: &TenantId,
        (day, shard): (NaiveDate, u8),
        range: &Range,
        freshness: Freshness,
        limit: Option<usize>,
    ) -> Result<(Vec<UserDay>, Option<Range>), StoreError> {
        let op = "users_of_day";
        let request = self
            .between(keys::day_pk(tenant, day, shard), keys::HEADER_PREFIX, range)
            .consistent_read(freshness == Freshness::Consistent)
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)));
        let answer = request.send().await.map_err(StoreError::of(op))?;
        let users = answer.items.unwrap_or_default().into_iter().map(|item| user_day(op, item));
        Ok((users.collect::<Result<_, _>>()?, answer.last_evaluated_key.map(|key| range.rest(&key))))
    }

    /// The days in a range on which a user was active, in order.
    ///
    /// # Errors
    /// The table's.
    pub async fn days_of_user(
        &self,
        tenant: &TenantId,
        user: &Huser,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<NaiveDate>, StoreError> {
        let op = "days_of_user";
        let mut days = Vec::new();
        let mut after = None;
        loop {
            let request = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
                .expression_attribute_values(":pk", string(keys::user_pk(tenant, user)))
                .expression_attribute_values(":first", string(keys::day_sk(first)))
                .expression_attribute_values(":last", string(keys::day_sk(last)))
                .consistent_read(true)
                .set_exclusive_start_key(after);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            let day =
                |item: &Item| keys::text(item, keys::SK).strip_prefix(keys::DAY_PREFIX)?.parse::<NaiveDate>().ok();
            days.extend(answer.items().iter().filter_map(day));
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(days);
            }
        }
    }

    /// A page of what was said in a part of a shard of a day by users, or to them by the chatbot.
    ///
    /// # Errors
    /// The table's.
    pub async fn said_page(
        &self,
        tenant: &TenantId,
        (day, shard): (NaiveDate, u8),
        author: Author,
        range: &Range,
        freshness: Freshness,
        limit: Option<usize>,
    ) -> Result<SaidPage, StoreError> {
        let op = "said_page";
        let request = self
            .between(keys::day_pk(tenant, day, shard), keys::interaction_prefix(author), range)
            .consistent_read(freshness == Freshness::Consistent)
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)));
        let answer = request.send().await.map_err(StoreError::of(op))?;
        let said = answer.items.unwrap_or_default().into_iter().map(|item| Said::read(op, item).map(|(said, _)| said));
        let said = said.collect::<Result<_, _>>()?;
        Ok(SaidPage { said, rest: answer.last_evaluated_key.map(|key| range.rest(&key)) })
    }

    fn between(
        &self,
        pk: String,
        prefix: &str,
        range: &Range,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
            .expression_attribute_values(":pk", string(pk))
            .expression_attribute_values(":first", string(format!("{prefix}{}", range.first)))
            .expression_attribute_values(":last", string(format!("{prefix}{}", range.last)))
    }
}

fn user_day(op: &'static str, item: Item) -> Result<UserDay, StoreError> {
    let huser = Huser(keys::text(&item, keys::SK).trim_start_matches(keys::HEADER_PREFIX).to_owned());
    let header: HeaderItem = value(op, item)?;
    Ok(header.into_user_day(huser))
}
