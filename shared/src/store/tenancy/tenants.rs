//! Tenants and the list of them.

use crate::model::{Account, AccountId, Month, Tenant, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{find, item, value};
use crate::store::error::StoreError;
use crate::store::error::TRANSACTION_CANCELLED;
use crate::store::keys;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use chrono::NaiveDate;
use std::collections::BTreeSet;

impl Store {
    /// Makes a tenant; false when there is one of that name already.
    ///
    /// # Errors
    /// The table's.
    pub async fn tenant_create(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        let op = "tenant_create";
        let put = |item| {
            let put = Put::builder().table_name(&*self.table).set_item(Some(item));
            let put = put.condition_expression("attribute_not_exists(PK)").build();
            TransactWriteItem::builder().put(put.expect("table and item are set")).build()
        };
        let request = self
            .client
            .transact_write_items()
            .transact_items(put(item(op, keys::tenant(&tenant.id), tenant)?))
            .transact_items(put(keys::tenant_listed(&tenant.id)));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(TRANSACTION_CANCELLED) => Ok(false),
            Err(error) => Err(StoreError::of(op)(error)),
        }
    }

    /// Stores a tenant's settings: everything but its active months, which belong to the writing of events.
    ///
    /// # Errors
    /// The table's.
    pub async fn tenant_update(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let op = "tenant_update";
        let mut values = item(op, keys::Key::new(), tenant)?;
        let mut request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::tenant(&tenant.id)))
            .update_expression("SET collections = :c, limits = :l, retention_days = :r, sharding = :s")
            .condition_expression("attribute_exists(PK)");
        for (placeholder, name) in
            [(":c", "collections"), (":l", "limits"), (":r", "retention_days"), (":s", "sharding")]
        {
            let value = values.remove(name).unwrap_or(AttributeValue::Null(true));
            request = request.expression_attribute_values(placeholder, value);
        }
        request.send().await.map(drop).map_err(StoreError::of(op))
    }

    /// A tenant.
    ///
    /// # Errors
    /// The table's.
    pub async fn tenant_get(&self, tenant: &TenantId) -> Result<Option<Tenant>, StoreError> {
        self.get("tenant_get", keys::tenant(tenant)).await
    }

    /// A tenant and one of its accounts in one request.
    ///
    /// # Errors
    /// The table's.
    pub async fn tenant_with_account(
        &self,
        tenant: &TenantId,
        account: &AccountId,
    ) -> Result<Option<(Tenant, Account)>, StoreError> {
        let op = "tenant_with_account";
        let wanted = [keys::tenant(tenant), keys::account(tenant, account)];
        let found = self.get_all(op, wanted.to_vec()).await?;
        Ok(find(op, &found, &wanted[0])?.zip(find(op, &found, &wanted[1])?))
    }

    /// Every tenant, by name.
    ///
    /// # Errors
    /// The table's.
    pub async fn tenant_list(&self) -> Result<Vec<Tenant>, StoreError> {
        let op = "tenant_list";
        let listed = self.list(op, keys::META.into(), keys::TENANT_PREFIX).await?;
        let wanted = listed.iter().filter_map(|item| {
            let id = keys::text(item, keys::SK).strip_prefix(keys::TENANT_PREFIX)?;
            id.parse().ok().map(|id: TenantId| keys::tenant(&id))
        });
        let wanted: Vec<_> = wanted.collect();
        let mut tenants = Vec::with_capacity(wanted.len());
        for some in wanted.chunks(100) {
            tenants.extend(self.get_all(op, some.to_vec()).await?);
        }
        let mut tenants = tenants.into_iter().map(|item| value(op, item)).collect::<Result<Vec<Tenant>, _>>()?;
        tenants.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(tenants)
    }

    /// Notes the months of days that are going to have interactions, where they are new to the tenant.
    pub(in crate::store) async fn tenant_reach(
        &self,
        tenant: &Tenant,
        days: impl Iterator<Item = NaiveDate>,
    ) -> Result<(), StoreError> {
        let months: BTreeSet<_> = days.map(Month::of).collect();
        let new: Vec<_> = months.difference(&tenant.active_months).copied().collect();
        if new.is_empty() { Ok(()) } else { self.tenant_extend(&tenant.id, new).await }
    }

    /// Notes that months have interactions, so that queries look there.
    pub(in crate::store) async fn tenant_extend(
        &self,
        tenant: &TenantId,
        months: Vec<Month>,
    ) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::tenant(tenant)))
            .update_expression("ADD active_months :months")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":months", AttributeValue::Ss(months.iter().map(Month::to_string).collect()));
        request.send().await.map(drop).map_err(StoreError::of("tenant_extend"))
    }
}
