//! The members of a JSON object or a query, as structs that OpenAPI describes too.

use crate::http::error::ApiError;
use crate::http::extract::checked::Checked;
use crate::http::extract::field_names::field_names;
use crate::http::extract::query::QueryPairs;
use crate::http::field_errors::{FieldErrors, field_error};
use crate::model::{Invalid, parse_date};
use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Unknown members that one response names.
const NAMED_MEMBERS: usize = 1000;
const EMPTY_CURSOR: &str = "The cursor must not be empty: the first page has none.";

/// The members of an object: those that `T` names, and those that it does not.
///
/// `T` is a struct of [`Field`]s without `#[serde(flatten)]`. It is what OpenAPI describes, so a field that is described and never read is dead
/// code, and the compiler says so.
///
/// ```
/// use serde::Deserialize;
/// use shared::http::{All as _, ApiError, Field, Members};
///
/// #[derive(Deserialize, utoipa::ToSchema)]
/// struct Rename {
///     /// The new name.
///     #[schema(value_type = String)]
///     name: Field,
/// }
///
/// fn read(body: serde_json::Value) -> Result<String, ApiError> {
///     let Members { known, unknown } = Members::<Rename>::of(body)?;
///     let (name, ()) = (known.name.required_string("name"), unknown.refuse()).all()?;
///     Ok(name)
/// }
/// assert_eq!(read(serde_json::json!({"name": "b"})).unwrap(), "b");
/// assert!(read(serde_json::json!({"name": "b", "size": 1})).is_err());
/// ```
#[derive(Debug)]
pub struct Members<T> {
    /// The fields that `T` names.
    pub known: T,
    /// All others.
    pub unknown: UnknownMembers,
}

impl<T: DeserializeOwned> Members<T> {
    /// Reads a body, which must be an object.
    ///
    /// # Errors
    /// Returns [`ApiError::Invalid`] if the body is not an object.
    pub fn of(body: Value) -> Result<Self, ApiError> {
        match body {
            Value::Object(object) => Ok(Self::of_object(object)),
            _ => Err(ApiError::field("body", "The body must be a JSON object.")),
        }
    }

    /// Reads an object.
    ///
    /// # Panics
    /// Panics if `T` has a member that is not a [`Field`] and does not fit.
    #[must_use]
    pub fn of_object(object: Map<String, Value>) -> Self {
        let names = field_names::<T>();
        let is_known = |name: &String| names.contains(&name.as_str());
        let (known, unknown) = if object.keys().all(is_known) {
            (object, Map::new())
        } else {
            object.into_iter().partition(|(name, _)| is_known(name))
        };
        Self { known: T::deserialize(known).expect("a `Field` takes any value"), unknown: UnknownMembers(unknown) }
    }

    /// Reads a query. The last value of a repeated name counts.
    ///
    /// # Panics
    /// Panics if `T` has a member that is not a [`Field`] and does not fit.
    #[must_use]
    pub fn of_query(query: QueryPairs) -> Self {
        Self::of_object(query.0.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
    }
}

/// Members of an object that its struct does not name.
#[derive(Debug, Default)]
pub struct UnknownMembers(Map<String, Value>);

impl UnknownMembers {
    /// Their names, in the order of the object.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The members.
    #[must_use]
    pub fn into_object(self) -> Map<String, Value> {
        self.0
    }

    /// Refuses them: on our own endpoints an unknown member is a mistake.
    ///
    /// # Errors
    /// Returns [`FieldErrors`] with a sentence for each of the first 1,000.
    pub fn refuse(&self) -> Checked<()> {
        let sentence = |name: &str| (name.to_owned(), vec![format!("The {name} field is not known.")]);
        let errors: FieldErrors = self.names().take(NAMED_MEMBERS).map(sentence).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A field of a body or a query as the client sent it. Null counts as not given.
///
/// The methods that read it take its name for their sentences.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Field(Option<Value>);

impl Field {
    /// Whether the client sent the field.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// The field as JSON, if given.
    #[must_use]
    pub fn into_value(self) -> Option<Value> {
        self.0
    }

    /// The text of a field of a query, if given and not empty.
    #[must_use]
    pub fn query_string(self) -> Option<String> {
        match self.0 {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The text of a field that must be given and not be empty.
    ///
    /// # Errors
    /// Returns [`FieldErrors`] if the field is missing, empty or not a string.
    pub fn required_string(self, name: &str) -> Checked<String> {
        match self.0 {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            Some(Value::String(_)) | None => Err(field_error(name, format!("The {name} field is required."))),
            Some(_) => Err(not_a_string(name)),
        }
    }

    /// The text of a field, empty or not, if given.
    ///
    /// # Errors
    /// Returns [`FieldErrors`] if the field is not a string.
    pub fn optional_string(self, name: &str) -> Checked<Option<String>> {
        match self.0 {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(not_a_string(name)),
        }
    }

    /// The instant of a date, or of a date and time, if given.
    ///
    /// # Errors
    /// Returns [`FieldErrors`] if the field is anything else.
    pub fn date(self, name: &str) -> Checked<Option<DateTime<Utc>>> {
        let Some(given) = self.0 else { return Ok(None) };
        let date = given.as_str().and_then(|text| parse_date(text).ok());
        let sentence = || field_error(name, format!("The {name} is not a valid date."));
        date.map(|(at, _)| Some(at)).ok_or_else(sentence)
    }

    /// The cursor of a query, if given.
    ///
    /// # Errors
    /// Returns [`FieldErrors`] if the cursor is empty: a client that sends it in a loop would start over for ever.
    pub fn cursor(self) -> Checked<Option<String>> {
        match self.0 {
            Some(Value::String(text)) if text.is_empty() => Err(field_error("cursor", EMPTY_CURSOR)),
            Some(Value::String(text)) => Ok(Some(text)),
            _ => Ok(None),
        }
    }

    /// The value that a field of a query names, if given and not empty.
    ///
    /// # Errors
    /// Returns [`FieldErrors`] if `T` does not parse it.
    pub fn parse<T: FromStr<Err = Invalid>>(self, name: &str) -> Checked<Option<T>> {
        let parsed = self.query_string().map(|text| text.parse::<T>()).transpose();
        parsed.map_err(|invalid| field_error(name, format!("The {name} {invalid}.")))
    }

    /// A whole number within bounds, if given: a JSON number, or text in a query.
    ///
    /// # Errors
    /// Returns [`FieldErrors`] if the field is not a whole number, or is out of bounds.
    pub fn bounded_number<T>(self, name: &str, bounds: RangeInclusive<T>) -> Checked<Option<T>>
    where
        T: TryFrom<u64> + PartialOrd + Display,
    {
        let Some(given) = self.0 else { return Ok(None) };
        let number = match &given {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        let within = number.and_then(|number| T::try_from(number).ok()).filter(|number| bounds.contains(number));
        let (least, most) = (bounds.start(), bounds.end());
        let sentence = || field_error(name, format!("The {name} must be a whole number from {least} to {most}."));
        within.map(Some).ok_or_else(sentence)
    }
}

fn not_a_string(name: &str) -> FieldErrors {
    field_error(name, format!("The {name} must be a string."))
}
