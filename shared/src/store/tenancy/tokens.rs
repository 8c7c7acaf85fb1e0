//! API tokens: the records that decide, by the hash of their secret, and the list of an account's.

use crate::model::{AccountId, TenantId, Token, TokenId};
use crate::store::client::Store;
use crate::store::dynamo::item::{item, number, value};
use crate::store::error::CONDITION_FAILED;
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{Put, ReturnValue, TransactWriteItem};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An entry of an account's list: where the record is.
#[derive(Serialize, Deserialize)]
struct ListEntry {
    record: String,
}

impl Store {
    /// Stores a new token under the hash of its secret, and lists it with its account.
    ///
    /// # Errors
    /// The table's.
    pub async fn token_create(&self, record: &str, token: &Token) -> Result<(), StoreError> {
        let op = "token_create";
        let put = |item| {
            let put = Put::builder().table_name(&*self.table).set_item(Some(item)).build();
            TransactWriteItem::builder().put(put.expect("table and item are set")).build()
        };
        let listed = ListEntry { record: record.to_owned() };
        let request = self
            .client
            .transact_write_items()
            .transact_items(put(item(op, keys::token(record), token)?))
            .transact_items(put(item(op, keys::account_token(&token.tenant, &token.account, &token.id), &listed)?));
        request.send().await.map(drop).map_err(StoreError::of(op))
    }

    /// The token of a secret's hash, noting that it was used; none when there is none or it is revoked.
    ///
    /// # Errors
    /// The table's.
    pub async fn token_use(&self, record: &str, now: DateTime<Utc>) -> Result<Option<Token>, StoreError> {
        let op = "token_use";
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::token(record)))
            .update_expression("SET last_used_at = :now")
            .condition_expression("attribute_exists(PK) AND attribute_not_exists(revoked_at)")
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .return_values(ReturnValue::AllNew);
        match request.send().await {
            Ok(answer) => answer.attributes.map(|token| value(op, token)).transpose(),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(None),
            Err(error) => Err(StoreError::of(op)(error)),
        }
    }

    /// The tokens of an account, the newest first.
    ///
    /// # Errors
    /// The table's.
    pub async fn token_list(&self, tenant: &TenantId, account: &AccountId) -> Result<Vec<Token>, StoreError> {
        let op = "token_list";
        let listed = self.list(op, keys::account_tokens_pk(tenant, account), keys::TOKEN_PREFIX).await?;
        let mut tokens = Vec::with_capacity(listed.len());
        for some in listed.chunks(100) {
            let wanted = some.iter().map(|entry| {
                let ListEntry { record } = value(op, entry.clone())?;
                Ok(keys::token(&record))
            });
            tokens.extend(self.get_all(op, wanted.collect::<Result<_, StoreError>>()?).await?);
        }
        let mut tokens = tokens.into_iter().map(|token| value(op, token)).collect::<Result<Vec<Token>, _>>()?;
        tokens.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        Ok(tokens)
    }

    /// Revokes a token for good; false when the account has none of that name.
    ///
    /// # Errors
    /// The table's.
    pub async fn token_revoke(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        token: &TokenId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.token_set(tenant, account, token, "SET revoked_at = if_not_exists(revoked_at, :at)", now).await
    }

    /// Moves the end of a token; false when the account has none of that name.
    ///
    /// # Errors
    /// The table's.
    pub async fn token_expire(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        token: &TokenId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.token_set(tenant, account, token, "SET expires_at = :at", at).await
    }

    async fn token_set(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        token: &TokenId,
        update: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "token_set";
        let listed: Option<ListEntry> = self.get(op, keys::account_token(tenant, account, token)).await?;
        let Some(ListEntry { record }) = listed else { return Ok(false) };
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::token(&record)))
            .update_expression(update)
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":at", number(at.timestamp_micros()));
        request.send().await.map(|_| true).map_err(StoreError::of(op))
    }
}
