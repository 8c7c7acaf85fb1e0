//! The table itself: made, described, and checked before anybody relies on it.

pub(super) mod health;

use crate::store::client::Store;
use crate::store::dynamo::item::item;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::keys::{LINKS_BY_USER, LINKS_OF, MADE_AT, PK, SK, TTL};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TableStatus, TimeToLiveSpecification,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the key formats above. A table of another version is not touched.
const VERSION: u32 = 3;

#[derive(Serialize, Deserialize)]
struct Meta {
    version: u32,
    data_key: String,
}

/// The table cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// There is no such table.
    #[error("there is no table `{0}`: make it with `odx table create`")]
    Missing(String),
    /// There is a table, but not one of ours.
    #[error("table `{0}` has no META item: it is not a table of this product; name another in TABLE_NAME")]
    Foreign(String),
    /// The table is of another version of the product.
    #[error(
        "table `{table}` is of version {found}, this program reads version {VERSION}: use the program that made it, or another table"
    )]
    Version {
        /// The table.
        table: String,
        /// Its version.
        found: u32,
    },
    /// The table was made with another data key.
    #[error(
        "table `{table}` was made with the data key {table_key}, DATA_KEY is {config_key}: with another key nothing in it can be found; restore the key that belongs to it"
    )]
    DataKey {
        /// The table.
        table: String,
        /// The fingerprint of its key.
        table_key: String,
        /// The fingerprint of the setting.
        config_key: String,
    },
    /// The table could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Checks that the table exists, is of this version and was made with this data key.
    ///
    /// # Errors
    /// What is wrong and what to do.
    pub async fn table_check(&self) -> Result<(), TableError> {
        let table = self.table.to_string();
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(keys::meta())).consistent_read(true);
        let found = match request.send().await {
            Ok(answer) => answer.item,
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                return Err(TableError::Missing(table));
            }
            Err(error) => return Err(StoreError::of("table_check")(error).into()),
        };
        let meta = found.and_then(|meta| serde_dynamo::from_item::<_, Meta>(meta).ok());
        let Meta { version, data_key } = meta.ok_or_else(|| TableError::Foreign(table.clone()))?;
        let config_key = self.data_key.fingerprint();
        if version != VERSION {
            Err(TableError::Version { table, found: version })
        } else if data_key != config_key {
            Err(TableError::DataKey { table, table_key: data_key, config_key })
        } else {
            Ok(())
        }
    }

    /// Makes the table, its index and its expiry, and marks it with version and data key. Where it stands already it
    /// is only checked.
    ///
    /// # Errors
    /// What is wrong and what to do.
    pub async fn table_create(&self) -> Result<(), TableError> {
        match self.table_check().await {
            // A table that a template made, or that a killed `table create` left, is marked now, if nothing is in it.
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
        let made = self.table_definition().send().await;
        match made {
            Ok(_) => {}
            Err(error) if error.code() == Some("ResourceInUseException") => {}
            Err(error) => return Err(StoreError::of(op)(error)),
        }
        loop {
            let answer =
                self.client.describe_table().table_name(&*self.table).send().await.map_err(StoreError::of(op))?;
            if answer.table.and_then(|table| table.table_status) == Some(TableStatus::Active) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let expiry = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build();
        let expiry = self
            .client
            .update_time_to_live()
            .table_name(&*self.table)
            .time_to_live_specification(expiry.expect("name and state are set"));
        expiry.send().await.map(drop).map_err(StoreError::of(op))
    }

    fn table_definition(&self) -> aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder {
        let index = GlobalSecondaryIndex::builder()
            .index_name(LINKS_BY_USER)
            .set_key_schema(Some(key_schema(LINKS_OF, MADE_AT)))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
        let attributes = [PK, SK, LINKS_OF, MADE_AT].map(|name| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .expect("name and type are set")
        });
        self.client
            .create_table()
            .table_name(&*self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.into()))
            .set_key_schema(Some(key_schema(PK, SK)))
            .global_secondary_indexes(index.build().expect("name and schema are set"))
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        let answer = self.client.describe_table().table_name(&*self.table).send().await;
        let table = answer.map_err(StoreError::of("table_create"))?.table;
        Ok(table.and_then(|table| table.item_count).unwrap_or(0) == 0)
    }
}

fn key_schema(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    let element = |name, kind| -> Result<KeySchemaElement, BuildError> {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
    };
    [element(hash, KeyType::Hash), element(range, KeyType::Range)]
        .map(|part| part.expect("name and kind are set"))
        .into()
}
