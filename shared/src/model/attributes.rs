//! Attributes: what a link tells the webchat about the person who opens it.

use super::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

const MAX_COUNT: usize = 200;
const MAX_NAME: usize = 128;
const MAX_BYTES: usize = 16 * 1024;

/// A single value: text, number, truth value or null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Json", try_from = "Json")]
pub struct Scalar(Json);

impl TryFrom<Json> for Scalar {
    type Error = Invalid;
    fn try_from(json: Json) -> Result<Self, Invalid> {
        match json {
            Json::Array(_) | Json::Object(_) => Err(Invalid::new("must be a scalar")),
            scalar => Ok(Self(scalar)),
        }
    }
}

impl From<Scalar> for Json {
    fn from(scalar: Scalar) -> Self {
        scalar.0
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A scalar.
    One(Scalar),
    /// A collection.
    Many(Vec<Scalar>),
}

/// Attributes by name, in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(Map<String, Json>);

impl Attributes {
    /// Attributes of values that are already checked.
    pub fn of(values: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self(values.into_iter().map(|(name, value)| (name, value.into())).collect())
    }

    /// Checks what a request gives: scalars, or arrays of scalars. Text of an attribute that the tenant declared a
    /// collection is split on commas, trimmed, empties dropped.
    ///
    /// # Errors
    /// The name (empty for the whole) and the rule of everything that is wrong.
    pub fn check(given: Map<String, Json>, collections: &[String]) -> Result<Self, Vec<(String, Invalid)>> {
        if given.len() > MAX_COUNT {
            return Err(vec![(String::new(), Invalid::new("There must not be more than 200 attributes"))]);
        }
        let mut wrong = Vec::new();
        let mut checked = Map::new();
        for (name, json) in given {
            if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
                wrong.push((
                    String::new(),
                    Invalid::new("An attribute's name must have 1 to 128 characters and no control characters"),
                ));
                continue;
            }
            let is_collection = collections.contains(&name);
            match read(json, is_collection) {
                Ok(value) => {
                    checked.insert(name, value.into());
                }
                Err(invalid) => wrong.push((name, invalid)),
            }
        }
        if serde_json::to_vec(&checked).is_ok_and(|json| json.len() > MAX_BYTES) {
            wrong.push((String::new(), Invalid::new("The attributes of a user must not have more than 16 KB")));
        }
        if wrong.is_empty() { Ok(Self(checked)) } else { Err(wrong) }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each attribute with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

fn read(json: Json, is_collection: bool) -> Result<Value, Invalid> {
    let rule = || Invalid::new("An attribute must be a scalar or an array of scalars");
    match json {
        Json::Array(items) => {
            items.into_iter().map(Scalar::try_from).collect::<Result<_, _>>().map(Value::Many).map_err(|_| rule())
        }
        Json::Object(_) => Err(rule()),
        Json::String(text) if is_collection => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(Value::Many(parts.map(|part| Scalar(part.into())).collect()))
        }
        scalar => Ok(Value::One(Scalar(scalar))),
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::One(scalar) => scalar.into(),
            Value::Many(scalars) => Self::Array(scalars.into_iter().map(Into::into).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(json: Json, collections: &[&str]) -> Result<Json, Vec<String>> {
        let Json::Object(given) = json else { panic!("not an object") };
        let collections: Vec<String> = collections.iter().map(|name| (*name).to_owned()).collect();
        Attributes::check(given, &collections)
            .map(|attributes| Json::Object(attributes.0))
            .map_err(|wrong| wrong.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_comma_separated_text_is_split_only_for_a_declared_collection() {
        let given = json!({"PolicyHolders": "Ben Smith, Joe Bloggs,, "});
        assert_eq!(check(given.clone(), &["PolicyHolders"]), Ok(json!({"PolicyHolders": ["Ben Smith", "Joe Bloggs"]})));
        assert_eq!(check(given.clone(), &[]), Ok(given));
    }

    #[test]
    fn scalars_and_arrays_of_scalars_pass_and_nothing_else() {
        let good = json!({"a": "x", "b": 1.5, "c": true, "d": null, "e": [1, "x"], "f": []});
        assert_eq!(check(good.clone(), &[]), Ok(good));
        assert_eq!(
            check(json!({"a": {}, "b": [[]], "c": [{}], "d": 1}), &[]),
            Err(["a", "b", "c"].map(str::to_owned).into())
        );
        assert!(check(json!({"": 1}), &[]).is_err());
        assert!(check(json!({"a": "x".repeat(MAX_BYTES)}), &[]).is_err());
    }
}
