//! The days on which a tenant has interactions, so that a query over a long period reads no other.

use crate::model::TenantId;
use crate::store::client::Store;
use crate::store::dynamo::item::Item;
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{Datelike as _, NaiveDate};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// Years of one request that are looked up at once. Events of a request are mostly of one year.
const PARALLEL_YEARS: usize = 16;

impl Store {
    /// The days from `first` to `last`, both inclusive, on which the tenant has interactions, in order. A day whose
    /// interactions were deleted may be among them.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an item cannot be read.
    pub async fn active_days(
        &self,
        tenant: &TenantId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<NaiveDate>, StoreError> {
        let op = "active_days";
        let [from, to] = [first, last].map(|day| keys::active_days_sk(day.year()));
        let request = self.query_between(keys::tenant_pk(tenant), from, to).consistent_read(true);
        let mut days = BTreeSet::new();
        for year in query::all(op, request).await? {
            days.extend(read(op, &year)?);
        }
        Ok(days.into_iter().filter(|day| (first..=last).contains(day)).collect())
    }

    /// Adds days to the tenant's active days. A process asks once for each day, and writes what is missing: the first
    /// message of a day writes an item that the tenant's users share, and the others do not.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an item cannot be read.
    pub(in crate::store) async fn active_days_add(
        &self,
        tenant: &TenantId,
        days: impl Iterator<Item = NaiveDate>,
    ) -> Result<(), StoreError> {
        let mut years: BTreeMap<i32, BTreeSet<NaiveDate>> = BTreeMap::new();
        for day in days.filter(|day| self.memory.active_days.get(&(tenant.clone(), *day)).is_none()) {
            years.entry(day.year()).or_default().insert(day);
        }
        let adds = years.into_iter().map(|(year, days)| self.active_days_of_year_add(tenant, year, days));
        stream::iter(adds).buffer_unordered(PARALLEL_YEARS).try_collect().await
    }

    async fn active_days_of_year_add(
        &self,
        tenant: &TenantId,
        year: i32,
        days: BTreeSet<NaiveDate>,
    ) -> Result<(), StoreError> {
        let (op, key, read_at) = ("active_days_add", keys::active_days(tenant, year), Instant::now());
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(key.clone())).consistent_read(true);
        let stored = request.send().await.map_err(StoreError::of(op))?.item;
        let known = stored.map_or_else(|| Ok(BTreeSet::new()), |stored| read(op, &stored))?;
        let mut months: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for day in days.difference(&known) {
            months.entry(day.month()).or_default().push(day.day().to_string());
        }
        if !months.is_empty() {
            let adds: Vec<_> = months.keys().map(|month| format!("#{month} :{month}")).collect();
            let mut request = self.update(key, &format!("ADD {}", adds.join(", ")));
            for (month, days) in months {
                request = request
                    .expression_attribute_names(format!("#{month}"), attribute(month))
                    .expression_attribute_values(format!(":{month}"), AttributeValue::Ns(days));
            }
            request.send().await.map_err(StoreError::of(op))?;
        }
        for day in days {
            self.memory.active_days.insert((tenant.clone(), day), read_at, ());
        }
        Ok(())
    }
}

/// The attribute with the days of a month.
fn attribute(month: u32) -> String {
    format!("{month:02}")
}

/// The days of the item of a year.
fn read(op: &'static str, item: &Item) -> Result<BTreeSet<NaiveDate>, StoreError> {
    let year = keys::read_active_days_sk(keys::text(item, keys::SK)).ok_or_else(|| StoreError::key(op))?;
    let invalid = || StoreError::invalid(op, "a list of active days has something else");
    let mut days = BTreeSet::new();
    for month in 1..=12 {
        let Some(of_month) = item.get(&attribute(month)) else { continue };
        for day in of_month.as_ns().map_err(|_| invalid())? {
            let day = day.parse().ok().and_then(|day| NaiveDate::from_ymd_opt(year, month, day));
            days.insert(day.ok_or_else(invalid)?);
        }
    }
    Ok(days)
}
