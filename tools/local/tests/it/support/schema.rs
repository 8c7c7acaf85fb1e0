//! JSON against the schemas of the OpenAPI document, with the `jsonschema` crate (JSON Schema 2020-12).

use serde_json::{Map, Value, json};

/// Asserts that a value matches a schema of the OpenAPI document. An object may have no members except those that the
/// schema describes.
#[track_caller]
pub(crate) fn assert_described(description: &Value, schema: &Value, value: &Value, location: &str) {
    let errors = violations(description, schema, value);
    assert!(errors.is_empty(), "{location}:\n{}\n{value:#}", errors.join("\n"));
}

/// The schema that a reference points to, or the schema itself.
pub(crate) fn resolved<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(reference) = schema["$ref"].as_str() else { return schema };
    let found = description.pointer(reference.strip_prefix('#').expect("a reference within the document"));
    found.unwrap_or_else(|| panic!("{reference} points to nothing"))
}

fn violations(description: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut document = strict(description, schema);
    let schemas = description["components"]["schemas"].as_object().expect("schemas");
    // A component stays open: `allOf` may extend it. The place that refers to it is closed.
    let components: Map<_, _> =
        schemas.iter().map(|(name, schema)| (name.clone(), with_strict_parts(description, schema))).collect();
    document["components"] = json!({"schemas": components});
    let validator = jsonschema::draft202012::new(&document).expect("a schema");
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The schema with `unevaluatedProperties: false` if it describes members, and its parts likewise.
fn strict(description: &Value, schema: &Value) -> Value {
    let mut closed = with_strict_parts(description, schema);
    if describes_members(description, schema) {
        closed["unevaluatedProperties"] = json!(false);
    }
    closed
}

fn with_strict_parts(description: &Value, schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(keywords) = schema.as_object_mut() else { return schema };
    for part in keywords.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        *part = strict(description, part);
    }
    for option in keywords.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        *option = strict(description, option);
    }
    for part in keywords.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        *part = with_strict_parts(description, part);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(part) = keywords.get_mut(keyword).filter(|part| part.is_object()) {
            *part = strict(description, part);
        }
    }
    schema
}

fn describes_members(description: &Value, schema: &Value) -> bool {
    let schema = resolved(description, schema);
    let parts = schema["allOf"].as_array().into_iter().flatten();
    schema["properties"].is_object() || parts.into_iter().any(|part| describes_members(description, part))
}

#[test]
fn a_value_that_differs_from_its_schema_is_found() {
    let description = json!({"components": {"schemas": {
        "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "Extended": {"allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"type": "object", "properties": {"bases": {"type": "array", "items": {"$ref": "#/components/schemas/Base"}}}},
        ]},
    }}});
    let found = |value| violations(&description, &json!({"$ref": "#/components/schemas/Extended"}), &value);
    // A wrong member of a part also leaves the part's other members unevaluated, so there may be further messages.
    let assert_found = |value: Value, message: &str| {
        let messages = found(value);
        assert!(messages.iter().any(|found| found == message), "{messages:?}");
    };
    assert_eq!(found(json!({"id": "a", "bases": [{"id": "b"}]})), Vec::<String>::new());
    assert_found(json!({"id": 1}), r#"/id: 1 is not of type "string""#);
    assert_found(json!({}), r#": "id" is a required property"#);
    assert_found(json!({"id": "a", "more": 1}), ": Unevaluated properties are not allowed ('more' was unexpected)");
    let item = json!({"id": "a", "bases": [{"id": "b", "more": 1}]});
    assert_found(item, "/bases/0: Unevaluated properties are not allowed ('more' was unexpected)");
}
