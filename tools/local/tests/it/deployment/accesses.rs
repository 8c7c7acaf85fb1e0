//! The accesses to items that a request of the SDK makes, and the rights that allow them.

use crate::support::template::Right;
use regex::Regex;
use serde_json::Value;

/// An access to an item: the action of IAM, and the partition.
pub(super) struct Access {
    pub(super) action: String,
    pub(super) partition: String,
}

impl Access {
    /// The access to each item of a request of the SDK.
    pub(super) fn of(operation: &str, body: &Value) -> Vec<Self> {
        let access = |operation: &str, partition: &Value| Self {
            action: format!("dynamodb:{operation}"),
            partition: partition["S"].as_str().expect("a partition").to_owned(),
        };
        let of_tables = |keys: fn(&Value) -> Vec<Value>| {
            let tables = body["RequestItems"].as_object().expect("tables").values();
            tables.flat_map(keys).map(|key| access(operation, &key["PK"])).collect()
        };
        match operation {
            "GetItem" | "UpdateItem" | "DeleteItem" => vec![access(operation, &body["Key"]["PK"])],
            "PutItem" => vec![access(operation, &body["Item"]["PK"])],
            "Query" => {
                let condition = body["KeyConditionExpression"].as_str().expect("a condition");
                let partition = condition.split([' ', '=']).find(|word| word.starts_with(':')).expect("a value");
                vec![access(operation, &body["ExpressionAttributeValues"][partition])]
            }
            "BatchGetItem" => of_tables(|table| table["Keys"].as_array().expect("keys").clone()),
            "BatchWriteItem" => of_tables(|table| {
                let item =
                    |write: &Value| write["PutRequest"].get("Item").unwrap_or(&write["DeleteRequest"]["Key"]).clone();
                table.as_array().expect("writes").iter().map(item).collect()
            }),
            "TransactWriteItems" => {
                let part = |part: &Value| {
                    let (kind, part) = part.as_object().expect("a part").iter().next().expect("one");
                    access(&format!("{kind}Item"), &part.get("Item").unwrap_or(&part["Key"])["PK"])
                };
                body["TransactItems"].as_array().expect("parts").iter().map(part).collect()
            }
            other => panic!("unknown operation {other}"),
        }
    }

    /// The patterns of a right that allow it.
    pub(super) fn allowed_by<'a>(&'a self, right: &'a Right) -> impl Iterator<Item = &'a String> {
        let fits = right.actions.contains(&self.action);
        right.keys.iter().filter(move |pattern| fits && matches(pattern, &self.partition))
    }
}

fn matches(pattern: &str, partition: &str) -> bool {
    let parts: Vec<_> = pattern.split('*').map(regex::escape).collect();
    Regex::new(&format!("^{}$", parts.join(".*"))).expect("a pattern").is_match(partition)
}
