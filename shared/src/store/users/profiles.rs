//! Profiles: what is known of users beyond what they said in a period.

use crate::model::{Author, Context, Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, string};
use crate::store::error::StoreError;
use crate::store::interactions::items::StoredInteraction;
use crate::store::keys;
use crate::store::users::contexts;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::HashMap;

/// Users that are looked up at once.
const PARALLEL: usize = 16;

/// What is known of a user.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// What links and imports have told.
    pub context: Context,
    /// When the user first said something that is kept.
    pub first_seen: Option<DateTime<Utc>>,
    /// When the user last did.
    pub last_seen: Option<DateTime<Utc>>,
}

impl Store {
    /// The profiles of users: three requests each.
    ///
    /// # Errors
    /// The table's.
    pub async fn profiles(
        &self,
        tenant: &Tenant,
        users: Vec<UserHash>,
    ) -> Result<HashMap<UserHash, Profile>, StoreError> {
        let profiles = users.into_iter().map(|user| async {
            let profile = self.profile(tenant, &user).await?;
            Ok((user, profile))
        });
        stream::iter(profiles).buffer_unordered(PARALLEL).try_collect().await
    }

    async fn profile(&self, tenant: &Tenant, user: &UserHash) -> Result<Profile, StoreError> {
        let op = "profile";
        let (mut context, mut days, mut after) = (Context::default(), Vec::new(), None);
        loop {
            let request = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
                .expression_attribute_values(":pk", string(keys::user_pk(&tenant.id, user)))
                .expression_attribute_values(":first", string(keys::CONTEXT))
                .expression_attribute_values(":last", string(format!("{}~", keys::DAY_PREFIX)))
                .set_exclusive_start_key(after);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            for item in answer.items.unwrap_or_default() {
                match keys::read_day_sk(keys::text(&item, keys::SK)) {
                    Some(day) => days.push(day),
                    None => context = contexts::of_item(op, item)?,
                }
            }
            after = answer.last_evaluated_key;
            if after.is_none() {
                break;
            }
        }
        let seen = |day: Option<NaiveDate>, forward| async move {
            match day {
                Some(day) => self.edge_of_day(tenant, user, day, forward).await,
                None => Ok(None),
            }
        };
        let (first_seen, last_seen) =
            tokio::try_join!(seen(days.first().copied(), true), seen(days.last().copied(), false))?;
        Ok(Profile { context, first_seen, last_seen })
    }

    /// When a user first or last said something on a day.
    async fn edge_of_day(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        day: NaiveDate,
        forward: bool,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let op = "profile";
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, user));
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
            .expression_attribute_values(":pk", string(pk))
            .expression_attribute_values(
                ":prefix",
                string(format!("{}{user}#", keys::interaction_prefix(Author::User))),
            )
            .scan_index_forward(forward)
            .limit(1);
        let found: Vec<Item> = request.send().await.map_err(StoreError::of(op))?.items.unwrap_or_default();
        let said = found.into_iter().next().map(|item| StoredInteraction::read(op, item)).transpose()?;
        Ok(said.map(|(said, _)| said.interaction.date))
    }
}
