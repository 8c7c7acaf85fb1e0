//! Interactions, read: the users of a day's shard, then what they said, page by page.

use super::interaction_items::{HeaderItem, InteractionItem};
use super::item::{Item, string, value};
use super::{Store, StoreError, keys};
use crate::model::{Huser, Interaction, Snapshot, TenantId, UserId};
use chrono::NaiveDate;

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

/// Which users of a shard to read; both ends belong to the range.
#[derive(Clone, Debug)]
pub struct Users {
    /// The first.
    pub first: Huser,
    /// The last.
    pub last: Huser,
}

/// Where the next page of a read begins.
#[derive(Clone, Debug)]
pub struct PageKey(Item);

/// A page of a read, at most 1 MB of items (DynamoDB limit).
#[derive(Debug)]
pub struct InteractionsPage {
    /// What users sent, by user, time and id.
    pub interactions: Vec<(Huser, Interaction)>,
    /// Where the next page begins; none after the last.
    pub next: Option<PageKey>,
}

impl Store {
    /// The users who were active in a shard of a day, in their order.
    ///
    /// # Errors
    /// The table's.
    pub async fn users_of_day(&self, tenant: &TenantId, day: NaiveDate, shard: u8) -> Result<Vec<UserDay>, StoreError> {
        let found = self.list("users_of_day", keys::day_pk(tenant, day, shard), keys::HEADER_PREFIX).await?;
        found.into_iter().map(user_day).collect()
    }

    /// One user on a day, if active.
    ///
    /// # Errors
    /// The table's.
    pub async fn user_on_day(
        &self,
        tenant: &TenantId,
        day: NaiveDate,
        shard: u8,
        user: &Huser,
    ) -> Result<Option<UserDay>, StoreError> {
        let key = keys::key(keys::day_pk(tenant, day, shard), keys::header_sk(user));
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(key)).consistent_read(true);
        request.send().await.map_err(StoreError::of("user_on_day"))?.item.map(user_day).transpose()
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
            let day = |item: &Item| keys::text(item, keys::SK).strip_prefix("DAY#")?.parse::<NaiveDate>().ok();
            days.extend(answer.items().iter().filter_map(day));
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(days);
            }
        }
    }

    /// A page of what a range of users sent on a day. The chatbot's turns stay in the table.
    ///
    /// # Errors
    /// The table's.
    pub async fn interactions_page(
        &self,
        tenant: &TenantId,
        day: NaiveDate,
        shard: u8,
        users: &Users,
        after: Option<PageKey>,
    ) -> Result<InteractionsPage, StoreError> {
        let op = "interactions_page";
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
            .filter_expression("attribute_not_exists(author)")
            .expression_attribute_values(":pk", string(keys::day_pk(tenant, day, shard)))
            .expression_attribute_values(":first", string(format!("{}{}#", keys::INTERACTION_PREFIX, users.first)))
            // `$` follows `#`: everything of the last user lies before it.
            .expression_attribute_values(":last", string(format!("{}{}$", keys::INTERACTION_PREFIX, users.last)))
            .consistent_read(true)
            .set_exclusive_start_key(after.map(|PageKey(key)| key));
        let answer = request.send().await.map_err(StoreError::of(op))?;
        let interactions = answer.items.unwrap_or_default().into_iter().filter_map(|item| read(op, item).transpose());
        Ok(InteractionsPage {
            interactions: interactions.collect::<Result<_, _>>()?,
            next: answer.last_evaluated_key.map(PageKey),
        })
    }
}

fn user_day(item: Item) -> Result<UserDay, StoreError> {
    let huser = Huser(keys::text(&item, keys::SK).trim_start_matches(keys::HEADER_PREFIX).to_owned());
    let header: HeaderItem = value("user_day", item)?;
    Ok(header.into_user_day(huser))
}

fn read(op: &'static str, item: Item) -> Result<Option<(Huser, Interaction)>, StoreError> {
    let sk = keys::text(&item, keys::SK).to_owned();
    let Some((huser, micros, id)) = keys::read_interaction_sk(&sk) else { return Ok(None) };
    let stored: InteractionItem = value(op, item)?;
    Ok(Some((huser, stored.into_interaction(micros, id))))
}
