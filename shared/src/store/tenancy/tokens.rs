//! API tokens: their records by the hash of the secret, and the list of each account's tokens.

use crate::model::{AccountId, TenantId, Token, TokenId};
use crate::store::client::Store;
use crate::store::dynamo::batch::chunks;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{item, number, value};
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::error::StoreError;
use crate::store::keys;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An entry of an account's list of tokens.
#[derive(Serialize, Deserialize)]
struct ListEntry {
    /// The partition of the token's record, the hash of its secret.
    record: String,
}

impl Store {
    /// Stores a new token under the hash of its secret, and adds it to its account's list.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn token_create(&self, record: &str, token: &Token) -> Result<(), StoreError> {
        self.token_put("token_create", record, token, |key| key).await?.committed("token_create")
    }

    /// Stores the record of a person's session, which leaves the table when it is over. Returns false if the record exists:
    /// the sign-in link of the session was used.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn session_create(&self, record: &str, session: &Token) -> Result<bool, StoreError> {
        let op = "session_create";
        let ends = |key| keys::expiring(key, session.expires_at);
        match self.token_put(op, record, session, ends).await? {
            Attempt::ConditionFailed(_) => Ok(false),
            attempt => attempt.committed(op).map(|()| true),
        }
    }

    async fn token_put(
        &self,
        op: &'static str,
        record: &str,
        token: &Token,
        key: impl Fn(keys::Key) -> keys::Key,
    ) -> Result<Attempt, StoreError> {
        let listed = ListEntry { record: record.to_owned() };
        let new = [
            item(op, key(keys::token(record)), token)?,
            item(op, key(keys::account_token(&token.tenant, &token.account, &token.id)), &listed)?,
        ];
        let puts =
            new.map(|item| self.transact_put(item).condition_expression("attribute_not_exists(PK)").into_write());
        // So that an account that is removed meanwhile gets no token.
        let exists = self.transact_exists(keys::account(&token.tenant, &token.account)).into_write();
        self.transact(op, self.transaction(puts.into_iter().chain([exists]).collect())).await
    }

    /// The tokens of an account, the newest first.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn token_list(&self, tenant: &TenantId, account: &AccountId) -> Result<Vec<Token>, StoreError> {
        let op = "token_list";
        let listed = self.list(op, keys::account_tokens_pk(tenant, account), keys::TOKEN_PREFIX).await?;
        let mut tokens: Vec<Token> = Vec::with_capacity(listed.len());
        for some in chunks(listed, 100) {
            let key = |entry| value(op, entry).map(|ListEntry { record }| keys::token(&record));
            let wanted = some.into_iter().map(key).collect::<Result<_, StoreError>>()?;
            for token in self.get_all(op, wanted, Freshness::Consistent).await? {
                tokens.push(value(op, token)?);
            }
        }
        tokens.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        Ok(tokens)
    }

    /// Revokes a token for good. Returns false if the account has no token of that id.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn token_revoke(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        token: &TokenId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.token_set(tenant, account, token, "SET revoked_at = if_not_exists(revoked_at, :at)", now).await
    }

    /// Sets the time at which a token expires. Returns false if the account has no token of that id.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
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
            .update(keys::token(&record), update)
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":at", number(at.timestamp_micros()));
        request.send().await.map(|_| true).map_err(StoreError::of(op))
    }
}
