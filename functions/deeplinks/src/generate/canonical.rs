//! JSON in the one form that its content has, whatever program wrote it.

use serde::Serialize;
use serde_json::Value;

/// The value without white space, the members of each object sorted by name. Two bodies of the same content have the same
/// canonical form, so a client may build a repeated request anew, from a map without an order.
pub(super) fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    bytes
}

fn write(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            bytes.push(b'{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                comma(index, bytes);
                scalar(name, bytes);
                bytes.push(b':');
                write(value, bytes);
            }
            bytes.push(b'}');
        }
        Value::Array(items) => {
            bytes.push(b'[');
            for (index, item) in items.iter().enumerate() {
                comma(index, bytes);
                write(item, bytes);
            }
            bytes.push(b']');
        }
        other => scalar(other, bytes),
    }
}

fn comma(index: usize, bytes: &mut Vec<u8>) {
    if index > 0 {
        bytes.push(b',');
    }
}

fn scalar(value: &impl Serialize, bytes: &mut Vec<u8>) {
    serde_json::to_writer(bytes, value).expect("a scalar or a name serializes");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(value: &Value) -> String {
        String::from_utf8(canonical(value)).unwrap()
    }

    #[test]
    fn members_are_sorted_at_every_depth() {
        let value = json!({"b": [{"d": 1, "c": null}], "a": {"z": "x\"y", "y": true}});
        assert_eq!(text(&value), r#"{"a":{"y":true,"z":"x\"y"},"b":[{"c":null,"d":1}]}"#);
    }

    #[test]
    fn the_order_of_an_array_is_content() {
        assert_ne!(text(&json!([1, 2])), text(&json!([2, 1])));
    }

    #[test]
    fn a_number_and_its_text_differ() {
        assert_ne!(text(&json!({"a": 1})), text(&json!({"a": "1"})));
    }
}
