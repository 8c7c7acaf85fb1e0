//! The table: created, and checked before the first request.

pub(super) mod health;

use crate::store::client::Store;
use crate::store::dynamo::built;
use crate::store::dynamo::item::{item, value};
use crate::store::error::StoreError;
use crate::store::keys::{self, PK, SK, TTL};
use aws_sdk_dynamodb::client::Waiters as _;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long to wait for a new table to become active.
const ACTIVE_TIMEOUT: Duration = Duration::from_mins(5);
/// The version of the key formats. A table of another version is refused.
const VERSION: u32 = 5;

/// The item `META` of a table.
#[derive(Serialize, Deserialize)]
struct Meta {
    version: u32,
    /// The fingerprint of the data key.
    data_key: String,
}

/// The table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The table does not exist.
    #[error("there is no table `{0}`: make it with `odx table create`")]
    Missing(String),
    /// The table exists but has no `META` item.
    #[error("table `{0}` has no META item: it is not a table of this product; name another in TABLE_NAME")]
    Foreign(String),
    /// The table has a `META` item of another shape.
    #[error(
        "table `{0}` has a META item that cannot be read: it is not a table of this product; name another in TABLE_NAME"
    )]
    Unreadable(String),
    /// The table has another version of the key formats.
    #[error(
        "table `{table}` is of version {found}, this program reads version {VERSION}: use the program that made it, or another table"
    )]
    Version {
        /// The table.
        table: String,
        /// Its version.
        found: u32,
    },
    /// The table was created with another data key.
    #[error(
        "table `{table}` was made with the data key {table_key}, DATA_KEY is {config_key}: with another key nothing in it can be found; restore the key that belongs to it"
    )]
    DataKey {
        /// The table.
        table: String,
        /// The fingerprint of the table's data key.
        table_key: String,
        /// The fingerprint of the configured data key.
        config_key: String,
    },
    /// The request failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Checks that the table exists, has this version and was created with this data key.
    ///
    /// # Errors
    /// Returns [`TableError`] that names the mismatch and the remedy, or [`TableError::Store`] if DynamoDB rejects the
    /// request or retries are exhausted.
    pub async fn table_check(&self) -> Result<(), TableError> {
        let op = "table_check";
        let table = self.table.to_string();
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(keys::meta())).consistent_read(true);
        let found = match request.send().await {
            Ok(answer) => answer.item,
            Err(error) if error.as_service_error().is_some_and(GetItemError::is_resource_not_found_exception) => {
                return Err(TableError::Missing(table));
            }
            Err(error) => return Err(StoreError::of(op)(error).into()),
        };
        let meta = found.ok_or_else(|| TableError::Foreign(table.clone()))?;
        let Ok(Meta { version, data_key }) = value(op, meta) else { return Err(TableError::Unreadable(table)) };
        let config_key = self.data_key.fingerprint();
        if version != VERSION {
            Err(TableError::Version { table, found: version })
        } else if data_key != config_key {
            Err(TableError::DataKey { table, table_key: data_key, config_key })
        } else {
            Ok(())
        }
    }

    /// Creates the table and its expiry, and stores version and data key in it. An existing table is checked.
    ///
    /// # Errors
    /// Returns [`TableError`] as [`table_check`](Self::table_check) does, also if the table is not active after five
    /// minutes.
    pub async fn table_create(&self) -> Result<(), TableError> {
        match self.table_check().await {
            // A table that a template made, or that an interrupted `table create` left, gets its META item, if it is empty.
            Err(TableError::Missing(_)) => self.make_table().await?,
            Err(TableError::Foreign(_)) if self.is_empty().await? => {}
            otherwise => return otherwise,
        }
        let meta = Meta { version: VERSION, data_key: self.data_key.fingerprint() };
        self.put("table_create", item("table_create", keys::meta(), &meta)?).await?;
        Ok(())
    }

    async fn make_table(&self) -> Result<(), StoreError> {
        let op = "table_create";
        match self.table_definition().send().await {
            Ok(_) => {}
            // Another process creates it.
            Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => {}
            Err(error) => return Err(StoreError::of(op)(error)),
        }
        let active = self.client.wait_until_table_exists().table_name(&*self.table).wait(ACTIVE_TIMEOUT).await;
        active.map_err(StoreError::waiting(op))?;
        let expiry = built(TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build());
        let request = self.client.update_time_to_live().table_name(&*self.table).time_to_live_specification(expiry);
        request.send().await.map(drop).map_err(StoreError::of(op))
    }

    fn table_definition(&self) -> CreateTableFluentBuilder {
        let attributes = [PK, SK].map(|name| {
            built(AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build())
        });
        self.client
            .create_table()
            .table_name(&*self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.into()))
            .set_key_schema(Some(key_schema(PK, SK)))
    }

    /// Whether the table has no items. A Scan, because the item count of `DescribeTable` is up to six hours old (DynamoDB).
    async fn is_empty(&self) -> Result<bool, StoreError> {
        let request = self.client.scan().table_name(&*self.table).consistent_read(true).limit(1);
        let answer = request.send().await.map_err(StoreError::of("table_create"))?;
        Ok(answer.items.is_none_or(|items| items.is_empty()))
    }
}

fn key_schema(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    [(hash, KeyType::Hash), (range, KeyType::Range)]
        .map(|(name, kind)| built(KeySchemaElement::builder().attribute_name(name).key_type(kind).build()))
        .into()
}
