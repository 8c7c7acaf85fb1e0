//! The units that each partition key consumes, in all and in the current second.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Write units that a partition key takes in a second (DynamoDB).
const WRITE_UNITS: f64 = 1_000.0;
/// Read units that a partition key takes in a second (DynamoDB).
const READ_UNITS: f64 = 3_000.0;

/// The units of a partition key.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PartitionUnits {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

impl PartitionUnits {
    fn add(&mut self, is_read: bool, units: f64) {
        if is_read {
            self.read += units;
        } else {
            self.write += units;
        }
    }
}

/// The units of all partition keys.
#[derive(Debug)]
pub(super) struct Partitions {
    in_all: BTreeMap<String, PartitionUnits>,
    this_second: HashMap<String, PartitionUnits>,
    second_began: Instant,
}

impl Default for Partitions {
    fn default() -> Self {
        Self { in_all: BTreeMap::new(), this_second: HashMap::new(), second_began: Instant::now() }
    }
}

impl Partitions {
    /// The units of each partition key since the start.
    pub(super) fn units(&self) -> BTreeMap<String, PartitionUnits> {
        self.in_all.clone()
    }

    /// Whether one of the partition keys has no units left in this second.
    pub(super) fn are_exhausted<'a>(&mut self, mut keys: impl Iterator<Item = &'a str>) -> bool {
        if self.second_began.elapsed() >= Duration::from_secs(1) {
            self.second_began = Instant::now();
            self.this_second.clear();
        }
        let is_exhausted = |units: &PartitionUnits| units.read >= READ_UNITS || units.write >= WRITE_UNITS;
        keys.any(|key| self.this_second.get(key).is_some_and(is_exhausted))
    }

    /// Adds the capacity that a response reports, in equal parts for the keys of its request.
    pub(super) fn add(&mut self, operation: &str, keys: &[&str], response: &Value) {
        let units = |capacity: &Value| capacity["CapacityUnits"].as_f64().unwrap_or_default();
        let units: f64 = match &response["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(units).sum(),
            of_one => units(of_one),
        };
        let is_read = ["GetItem", "BatchGetItem", "Query"].contains(&operation);
        #[expect(clippy::cast_precision_loss, reason = "a request has at most 100 keys")]
        let each = units / keys.len().max(1) as f64;
        for key in keys {
            self.in_all.entry((*key).to_owned()).or_default().add(is_read, each);
            self.this_second.entry((*key).to_owned()).or_default().add(is_read, each);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(units: f64) -> Value {
        json!({"ConsumedCapacity": {"CapacityUnits": units}})
    }

    #[test]
    fn a_partition_key_takes_1000_write_units_a_second_and_others_go_on() {
        let mut partitions = Partitions::default();
        partitions.add("PutItem", &["a"], &written(999.0));
        assert!(!partitions.are_exhausted(["a"].into_iter()));
        partitions.add("PutItem", &["a"], &written(1.0));
        assert!(partitions.are_exhausted(["a"].into_iter()));
        assert!(!partitions.are_exhausted(["b"].into_iter()));
    }

    #[test]
    fn reads_and_writes_are_counted_apart() {
        let mut partitions = Partitions::default();
        partitions.add("Query", &["a"], &written(2_999.0));
        partitions.add("UpdateItem", &["a"], &written(999.0));
        assert!(!partitions.are_exhausted(["a"].into_iter()));
        assert_eq!(partitions.units()["a"], PartitionUnits { read: 2_999.0, write: 999.0 });
    }

    #[test]
    fn the_units_of_a_batch_are_those_of_its_keys_in_equal_parts() {
        let mut partitions = Partitions::default();
        let response = json!({"ConsumedCapacity": [{"CapacityUnits": 3.0}]});
        partitions.add("BatchGetItem", &["a", "b", "b"], &response);
        assert_eq!(partitions.units()["b"], PartitionUnits { read: 2.0, write: 0.0 });
    }
}
