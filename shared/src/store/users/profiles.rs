//! Profiles: a user's context, and the times of the first and the last message.

use crate::model::{Author, Context, Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::interactions::items::StoredInteraction;
use crate::store::keys;
use crate::store::users::contexts;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::HashMap;

/// Users to read at once.
const PARALLEL: usize = 16;

/// The profile of a user.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The attributes of links and imports.
    pub context: Context,
    /// The time of the user's first stored message.
    pub first_seen: Option<DateTime<Utc>>,
    /// The time of the user's last stored message.
    pub last_seen: Option<DateTime<Utc>>,
}

impl Store {
    /// The profiles of users, by three requests each.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an item cannot be read.
    pub async fn profile_list(
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
        // The context and the day markers are neighbours in the user's partition.
        let pk = keys::user_pk(&tenant.id, user);
        let request = self.query_between(pk, keys::CONTEXT, format!("{}~", keys::DAY_PREFIX));
        let (mut context, mut days) = (Context::default(), Vec::new());
        for item in query::all(op, request).await? {
            match keys::read_day_sk(keys::text(&item, keys::SK)) {
                Some(day) => days.push(day),
                None => context = contexts::of_item(op, item)?,
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

    /// The time of a user's first or last message of a day.
    async fn edge_of_day(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        day: NaiveDate,
        forward: bool,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let op = "profile";
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, user));
        let prefix = format!("{}{user}#", keys::interaction_prefix(Author::User));
        let (found, _) = query::page(op, self.query_prefix(pk, &prefix).scan_index_forward(forward).limit(1)).await?;
        let message = found.into_iter().next().map(|item| StoredInteraction::read(op, item)).transpose()?;
        Ok(message.map(|(message, _)| message.interaction.date))
    }
}
