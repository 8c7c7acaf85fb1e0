//! A sweep of an erasure: removes what stands of a user, counting each thing once however often it is cut off.

use crate::model::{Author, Event, MAX_CLOCK_SKEW, Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, number, string};
use crate::store::erasure::tombstone::Erasure;
use crate::store::error::CONDITION_FAILED;
use crate::store::error::StoreError;
use crate::store::interactions::items::{HeaderItem, StoredInteraction};
use crate::store::keys;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::Select;
use chrono::NaiveDate;
use tokio::time::Instant;

/// Interactions that are removed between two looks at the clock.
const INTERACTIONS: usize = 400;
const AUTHORS: [Author; 2] = [Author::User, Author::Bot];

impl Store {
    /// Removes what stands of a user from before the erasure: links first, then the days, then the context. False when
    /// time was over before it was done; another call goes on.
    ///
    /// # Errors
    /// The table's; another call goes on.
    pub async fn erasure_sweep(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        second: bool,
        deadline: Instant,
    ) -> Result<bool, StoreError> {
        if !self.erase_links(tenant, user, erasure, deadline).await? {
            return Ok(false);
        }
        let markers = self.list("erasure_sweep", keys::user_pk(&tenant.id, user), keys::DAY_PREFIX).await?;
        let day = |item: &Item| keys::read_day_sk(keys::text(item, keys::SK));
        for day in
            markers.iter().filter_map(day).filter(|day| *day <= (erasure.refused_until + MAX_CLOCK_SKEW).date_naive())
        {
            if !self.erase_day(tenant, user, erasure, day, second, deadline).await? {
                return Ok(false);
            }
        }
        self.context_erase(&tenant.id, user, erasure.refused_until).await?;
        let places = self.list("erasure_sweep", keys::user_pk(&tenant.id, user), keys::MESSAGE_PREFIX).await?;
        self.batch_delete("erasure_sweep", places.iter().map(keys::of).collect()).await?;
        Ok(true)
    }

    /// Removes what was said on a day, then the day's header and marker, if nothing newer is left.
    async fn erase_day(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        day: NaiveDate,
        second: bool,
        deadline: Instant,
    ) -> Result<bool, StoreError> {
        let op = "erase_day";
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, user));
        let until = erasure.refused_until.timestamp_micros();
        let ahead_until = (erasure.refused_until + MAX_CLOCK_SKEW).timestamp_micros();
        let (mut doomed, mut ahead) = (Vec::new(), Vec::new());
        for author in AUTHORS {
            let prefix = keys::interaction_prefix(author);
            // `$` follows `#`: every id of the last microsecond lies before it.
            let until = format!("{prefix}{user}#{until:020}$");
            doomed.extend(self.keys_between(op, &pk, &format!("{prefix}{user}#"), &until).await?);
            let ahead_until = format!("{prefix}{user}#{ahead_until:020}$");
            ahead.extend(self.keys_between(op, &pk, &until, &ahead_until).await?);
        }
        let label = format!("{}#{day}", if second { 2 } else { 1 });
        self.count_once(tenant, user, &label, doomed.len()).await?;
        for some in doomed.chunks(INTERACTIONS) {
            self.batch_delete(op, some.to_vec()).await?;
            if Instant::now() > deadline {
                return Ok(false);
            }
        }
        self.erase_ahead(tenant, user, erasure, &ahead).await?;
        let header = keys::key(pk.clone(), keys::header_sk(user));
        if let Some(left) = self.first_left(&pk, user).await? {
            let event = Event { user_id: left.user_id, interaction: left.interaction, snapshot: None };
            let rewritten = HeaderItem::of(&event, crate::store::interactions::user_days::ttl(tenant, day));
            self.put(op, item(op, header, &rewritten)?).await?;
        } else {
            self.batch_delete(op, vec![header]).await?;
            self.batch_delete(op, vec![keys::key(keys::user_pk(&tenant.id, user), keys::day_sk(day))]).await?;
        }
        Ok(true)
    }

    /// The first of what is left of a user's day.
    async fn first_left(&self, pk: &str, user: &UserHash) -> Result<Option<StoredInteraction>, StoreError> {
        let op = "first_left";
        for author in AUTHORS {
            let request = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
                .expression_attribute_values(":pk", string(pk))
                .expression_attribute_values(":prefix", string(format!("{}{user}#", keys::interaction_prefix(author))))
                .consistent_read(true)
                .limit(1);
            let found = request.send().await.map_err(StoreError::of(op))?.items.unwrap_or_default();
            if let Some(item) = found.into_iter().next() {
                return StoredInteraction::read(op, item).map(|(said, _)| Some(said));
            }
        }
        Ok(None)
    }

    /// Adds to the count of interactions unless this step, or a later one, has done so before it was cut off.
    async fn count_once(&self, tenant: &Tenant, user: &UserHash, step: &str, count: usize) -> Result<(), StoreError> {
        if count == 0 {
            return Ok(());
        }
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::erased(&tenant.id, user)))
            .update_expression("SET counted = :step ADD interactions :count")
            .condition_expression("attribute_not_exists(counted) OR counted < :step")
            .expression_attribute_values(":step", string(step))
            .expression_attribute_values(":count", number(i64::try_from(count).unwrap_or(i64::MAX)));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(()),
            Err(error) => Err(StoreError::of("count_once")(error)),
        }
    }

    /// The keys of a partition between two sort keys, both included.
    async fn keys_between(
        &self,
        op: &'static str,
        pk: &str,
        first: &str,
        last: &str,
    ) -> Result<Vec<keys::Key>, StoreError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let request = self
                .client
                .query()
                .table_name(&*self.table)
                .select(Select::SpecificAttributes)
                .projection_expression("PK, SK")
                .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
                .expression_attribute_values(":pk", string(pk))
                .expression_attribute_values(":first", string(first))
                .expression_attribute_values(":last", string(last))
                .consistent_read(true)
                .set_exclusive_start_key(after);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            found.extend(answer.items.unwrap_or_default());
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}
