//! Merging attributes into the contexts of many users.

use crate::model::{Attributes, TenantId, UserHash};
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::interactions::write::ErasedUserPolicy;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::{BTreeMap, HashMap};

/// Contexts that are merged at the same time, as many as events are stored.
const PARALLEL: usize = 32;

/// Attributes to merge into the context of a user.
#[derive(Clone, Debug)]
pub struct ContextUpdate {
    /// The user.
    pub user: UserHash,
    /// The attributes.
    pub attributes: Attributes,
    /// When they were valid. A context keeps the latest value of each attribute.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Merges attributes into the contexts of their users, and returns whether each was merged. By
    /// [`ErasedUserPolicy::Refuse`], those from before the erasure of their user are not.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or a context cannot be read. Some may be
    /// merged then; merging them again changes nothing.
    pub async fn contexts_merge(
        &self,
        tenant: &TenantId,
        updates: &[ContextUpdate],
        erased_users: ErasedUserPolicy,
    ) -> Result<Vec<bool>, StoreError> {
        let erased = match erased_users {
            ErasedUserPolicy::Refuse => self.erasure_deadlines(tenant, updates.iter().map(|one| &one.user)).await?,
            ErasedUserPolicy::Restore => HashMap::new(),
        };
        let is_newer = |one: &ContextUpdate| erased.get(&one.user).is_none_or(|until| one.at > *until);
        // Those of one user one after the other: they change the same item.
        let mut by_user: BTreeMap<&UserHash, Vec<&ContextUpdate>> = BTreeMap::new();
        for one in updates.iter().filter(|one| is_newer(one)) {
            by_user.entry(&one.user).or_default().push(one);
        }
        let merges: Vec<_> = by_user.into_values().map(|of_user| self.contexts_merge_user(tenant, of_user)).collect();
        stream::iter(merges).buffer_unordered(PARALLEL).try_collect::<()>().await?;
        Ok(updates.iter().map(is_newer).collect())
    }

    async fn contexts_merge_user(&self, tenant: &TenantId, updates: Vec<&ContextUpdate>) -> Result<(), StoreError> {
        for one in updates {
            self.context_merge(tenant, &one.user, &one.attributes, one.at).await?;
        }
        Ok(())
    }
}
