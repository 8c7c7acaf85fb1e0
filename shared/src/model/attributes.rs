//! Attributes: data about a user that a link or an import brings to the webchat.

use crate::model::invalid::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Maximum number of attributes.
const MAX_COUNT: usize = 200;
/// Longest name, in characters.
const MAX_NAME: usize = 128;
/// Maximum size of the attributes as JSON.
const MAX_BYTES: usize = 16 * 1024;

const RULE: &str = "An attribute must be a scalar or an array of scalars";

/// A single value: text, number, boolean or null.
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
pub enum AttributeValue {
    /// A scalar.
    One(Scalar),
    /// A collection.
    Many(Vec<Scalar>),
}

/// Attributes by name, in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Json>")]
pub struct Attributes(Map<String, Json>);

impl TryFrom<Map<String, Json>> for Attributes {
    type Error = Invalid;
    /// Accepts stored attributes: only the shape of the values is checked, because the limits of [`Attributes::check`]
    /// may have been others when the attributes were stored.
    fn try_from(stored: Map<String, Json>) -> Result<Self, Invalid> {
        let is_scalar = |json: &Json| !json.is_array() && !json.is_object();
        let is_value =
            |json: &Json| json.as_array().map_or_else(|| is_scalar(json), |items| items.iter().all(is_scalar));
        if stored.values().all(is_value) { Ok(Self(stored)) } else { Err(Invalid::new(RULE)) }
    }
}

impl Attributes {
    /// Attributes of values whose types have been checked. The limits of [`Attributes::check`] are not applied.
    pub fn of(values: impl IntoIterator<Item = (String, AttributeValue)>) -> Self {
        Self(values.into_iter().map(|(name, value)| (name, value.into())).collect())
    }

    /// Checks the attributes of a request: at most 200, at most 16 KB as JSON, each a scalar or an array of scalars.
    /// The text of an attribute named in `collections` is split on commas into trimmed parts; empty parts are dropped.
    ///
    /// # Errors
    /// Returns the attribute's name (empty for a rule about all of them) and the broken rule of everything that is
    /// wrong.
    ///
    /// ```
    /// use serde_json::json;
    /// use shared::model::Attributes;
    ///
    /// let given = json!({"name": "Ann", "tags": "new, vip"}).as_object().unwrap().clone();
    /// let attributes = Attributes::check(given, &["tags".to_owned()]).unwrap();
    /// assert!(attributes.iter().eq([("name", &json!("Ann")), ("tags", &json!(["new", "vip"]))]));
    ///
    /// let nested = json!({"address": {"city": "Graz"}}).as_object().unwrap().clone();
    /// assert_eq!(Attributes::check(nested, &[]).unwrap_err()[0].0, "address");
    /// ```
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
        if serde_json::to_vec(&checked).expect("JSON values serialize").len() > MAX_BYTES {
            wrong.push((String::new(), Invalid::new("The attributes of a user must not have more than 16 KB")));
        }
        if wrong.is_empty() { Ok(Self(checked)) } else { Err(wrong) }
    }

    /// The number of attributes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no attributes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

fn read(json: Json, is_collection: bool) -> Result<AttributeValue, Invalid> {
    let rule = || Invalid::new(RULE);
    match json {
        Json::Array(items) => items
            .into_iter()
            .map(Scalar::try_from)
            .collect::<Result<_, _>>()
            .map(AttributeValue::Many)
            .map_err(|_| rule()),
        Json::Object(_) => Err(rule()),
        Json::String(text) if is_collection => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(AttributeValue::Many(parts.map(|part| Scalar(part.into())).collect()))
        }
        scalar => Ok(AttributeValue::One(Scalar(scalar))),
    }
}

impl From<AttributeValue> for Json {
    fn from(value: AttributeValue) -> Self {
        match value {
            AttributeValue::One(scalar) => scalar.into(),
            AttributeValue::Many(scalars) => Self::Array(scalars.into_iter().map(Into::into).collect()),
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

    #[test]
    fn stored_attributes_with_an_object_in_them_are_refused() {
        let good = r#"{"b":1.50,"a":["x",null]}"#;
        assert_eq!(
            serde_json::to_string(&serde_json::from_str::<Attributes>(good).unwrap()).unwrap(),
            r#"{"b":1.5,"a":["x",null]}"#
        );
        for bad in [r#"{"a":{}}"#, r#"{"a":[[]]}"#, r#"{"a":[{}]}"#, "[]"] {
            assert!(serde_json::from_str::<Attributes>(bad).is_err(), "{bad}");
        }
    }
}
