//! Accounts of a tenant.

use crate::model::{Account, AccountId, Email, PersonHash, Role, Scopes, TenantId, Token, TokenKind};
use crate::store::client::Store;
use crate::store::dynamo::item::{item, string, value};
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::types::TransactWriteItem;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The part of an account that its role decides.
#[derive(Serialize)]
struct Permissions<'a> {
    role: Role,
    scopes: &'a Scopes,
}

/// An account that a person signs in as.
#[derive(Serialize, Deserialize)]
struct PersonAccount {
    tenant: TenantId,
    account: AccountId,
}

impl Store {
    /// Stores a new account. Returns false if the tenant has an account of this name.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn account_create(&self, tenant: &TenantId, account: &Account) -> Result<bool, StoreError> {
        let op = "account_create";
        let record = item(op, keys::account(tenant, &account.id), account)?;
        let record = self.transact_put(record).condition_expression("attribute_not_exists(PK)").into_write();
        let person = self.person_of(account.email.as_ref(), account.identity.as_ref());
        let person = person.map(|person| self.person_put(op, &person, tenant, &account.id)).transpose()?;
        self.account_write(op, [record].into_iter().chain(person).collect()).await
    }

    /// Changes the role of an account, and with it the scopes of its tokens at once. Returns false if there is no such account.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn account_set_role(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        role: Role,
        scopes: &Scopes,
    ) -> Result<bool, StoreError> {
        let op = "account_set_role";
        let values = item(op, keys::Key::new(), &Permissions { role, scopes })?;
        let update = self.transact_update(keys::account(tenant, account), "SET #role = :role, #scopes = :scopes");
        let update = values
            .into_iter()
            .fold(update, |update, (name, value)| update.expression_attribute_values(format!(":{name}"), value));
        let update = update
            .expression_attribute_names("#role", "role")
            .expression_attribute_names("#scopes", "scopes")
            .condition_expression("attribute_exists(PK)");
        self.account_write(op, vec![update.into_write()]).await
    }

    /// Gives an account to a person: of a mail address until the first sign-in, of an identity from then on. The sessions of
    /// another person end. Returns false if the account was changed or removed since it was read.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn account_set_person(
        &self,
        tenant: &TenantId,
        read: &Account,
        email: Option<&Email>,
        identity: Option<&PersonHash>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "account_set_person";
        let old = [("email", read.email.as_ref().map(Email::as_str)), ("identity", id(read.identity.as_ref()))];
        let new = [("email", email.map(Email::as_str)), ("identity", id(identity))];
        let (set, removed): (Vec<_>, Vec<_>) = new.into_iter().partition(|(_, value)| value.is_some());
        let clause = |word: &str, parts: Vec<String>| {
            if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
        };
        let set = clause("SET", set.iter().map(|(name, _)| format!("#{name} = :{name}")).collect());
        let removed = clause("REMOVE", removed.iter().map(|(name, _)| format!("#{name}")).collect());
        // Only of the account that was read: the entry of another person would stay.
        let unchanged = old.map(|(name, value)| match value {
            Some(_) => format!("#{name} = :read_{name}"),
            None => format!("attribute_not_exists(#{name})"),
        });
        let update = self
            .transact_update(keys::account(tenant, &read.id), &format!("{set}{removed}"))
            .condition_expression(format!("attribute_exists(PK) AND {}", unchanged.join(" AND ")))
            .expression_attribute_names("#email", "email")
            .expression_attribute_names("#identity", "identity");
        let values = new.map(|(name, value)| (format!(":{name}"), value)).into_iter();
        let values = values.chain(old.map(|(name, value)| (format!(":read_{name}"), value)));
        let update = values
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .fold(update, |update, (name, value)| update.expression_attribute_values(name, string(value)));
        let mut writes = vec![update.into_write()];
        let (from, to) = (self.person_of(read.email.as_ref(), read.identity.as_ref()), self.person_of(email, identity));
        if from != to {
            let delete = |person| self.transact_delete(keys::person_account(&person, tenant, &read.id)).into_write();
            writes.extend(from.map(delete));
            writes.extend(to.map(|person| self.person_put(op, &person, tenant, &read.id)).transpose()?);
        }
        let is_set = self.account_write(op, writes).await?;
        if is_set && read.identity.is_some() && read.identity.as_ref() != identity {
            self.tokens_revoke(tenant, &read.id, now, |token| token.kind == TokenKind::Console).await?;
        }
        Ok(is_set)
    }

    /// Removes an account, and revokes its tokens and sessions. Returns false if there is no such account. A call that was cut
    /// off can be repeated.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted, and busy if the account is changed
    /// meanwhile.
    pub async fn account_remove(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "account_remove";
        let found = self.account_get(tenant, account).await?;
        if let Some(found) = &found {
            let person = self.person_of(found.email.as_ref(), found.identity.as_ref());
            let entry = person.map(|person| keys::person_account(&person, tenant, account));
            let deletes = entry.into_iter().chain([keys::account(tenant, account)]);
            let deletes = deletes.map(|key| self.transact_delete(key).into_write()).collect();
            self.transact(op, self.transaction(deletes)).await?.committed(op)?;
        }
        // Without its account no token is accepted; they are revoked for the case that an account of this name is created again.
        // No token can be added meanwhile, because that needs the account.
        self.tokens_revoke(tenant, account, now, |_| true).await?;
        Ok(found.is_some())
    }

    /// Revokes some of the tokens of an account.
    async fn tokens_revoke(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        now: DateTime<Utc>,
        is_meant: fn(&Token) -> bool,
    ) -> Result<(), StoreError> {
        let tokens = self.token_list(tenant, account).await?;
        for token in tokens.iter().filter(|token| token.is_live(now) && is_meant(token)) {
            self.token_revoke(tenant, account, &token.id, now).await?;
        }
        Ok(())
    }

    /// An account by id.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn account_get(&self, tenant: &TenantId, account: &AccountId) -> Result<Option<Account>, StoreError> {
        self.get("account_get", keys::account(tenant, account)).await
    }

    /// The accounts of a tenant, by name.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn account_list(&self, tenant: &TenantId) -> Result<Vec<Account>, StoreError> {
        let op = "account_list";
        let found = self.list(op, keys::accounts_pk(tenant), keys::ACCOUNT_PREFIX).await?;
        found.into_iter().map(|item| value(op, item)).collect()
    }

    /// The accounts that a person signs in as, by tenant and name.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn person_accounts(&self, person: &PersonHash) -> Result<Vec<(TenantId, AccountId)>, StoreError> {
        let op = "person_accounts";
        let found = self.list(op, keys::person_pk(person), "").await?.into_iter();
        found.map(|item| value(op, item).map(|PersonAccount { tenant, account }| (tenant, account))).collect()
    }

    /// The person of an account in keys: the identity, or the mail address before the first sign-in.
    fn person_of(&self, email: Option<&Email>, identity: Option<&PersonHash>) -> Option<PersonHash> {
        identity.cloned().or_else(|| email.map(|email| self.data_key.email_hash(email)))
    }

    fn person_put(
        &self,
        op: &'static str,
        person: &PersonHash,
        tenant: &TenantId,
        account: &AccountId,
    ) -> Result<TransactWriteItem, StoreError> {
        let entry = PersonAccount { tenant: tenant.clone(), account: account.clone() };
        Ok(self.transact_put(item(op, keys::person_account(person, tenant, account), &entry)?).into_write())
    }

    /// Writes an account and what depends on it. Returns false if a condition did not hold.
    async fn account_write(&self, op: &'static str, writes: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        match self.transact(op, self.transaction(writes)).await? {
            Attempt::ConditionFailed(_) => Ok(false),
            attempt => attempt.committed(op).map(|()| true),
        }
    }
}

fn id(person: Option<&PersonHash>) -> Option<&str> {
    person.map(PersonHash::as_str)
}
