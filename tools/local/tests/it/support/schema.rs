//! JSON against a schema of the description: the few keywords that our schemas use.

use serde_json::Value;

/// Asserts that a value is what a schema describes. Objects may have members more only where none are described.
#[track_caller]
pub(crate) fn assert_described(description: &Value, schema: &Value, value: &Value, place: &str) {
    if let Err(wrong) = check(description, schema, value, place) {
        panic!("{wrong}\n{value:#}");
    }
}

/// The schema that a reference leads to, or the schema itself.
pub(crate) fn resolved<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(reference) = schema["$ref"].as_str() else { return schema };
    let found = description.pointer(reference.strip_prefix('#').expect("a reference within"));
    found.unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

/// The members that a schema describes, its parts included.
fn members<'a>(description: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    let schema = resolved(description, schema);
    let own = schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys().map(String::as_str));
    let parts = schema["allOf"].as_array().into_iter().flatten();
    own.chain(parts.flat_map(|part| members(description, part))).collect()
}

fn check(description: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let known = members(description, schema);
    for (name, _) in value.as_object().into_iter().flatten() {
        if !known.is_empty() && !known.contains(&name.as_str()) {
            return Err(format!("{place}.{name} is not described"));
        }
    }
    check_part(description, schema, value, place)
}

fn check_part(description: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let schema = resolved(description, schema);
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => Vec::from_iter(kind.as_str()),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(value, kind)) {
        return Err(format!("{place} must be {kinds:?}"));
    }
    let options: Vec<_> = schema["oneOf"].as_array().into_iter().flatten().collect();
    if !options.is_empty() && !options.iter().any(|option| check(description, option, value, place).is_ok()) {
        return Err(format!("{place} is none of what it may be"));
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check_part(description, part, value, place)?;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(name).is_none() {
            return Err(format!("{place}.{name} is missing"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Null) => {}
            (Value::Null, schema) | (schema, _) => check(description, schema, value, &format!("{place}.{name}"))?,
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(description, &schema["items"], item, &format!("{place}.{index}"))?;
    }
    Ok(())
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}
