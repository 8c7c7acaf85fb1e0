//! Fields of a body or a query, read with a sentence for each that is wrong.

use crate::http::error::ApiError;
use crate::http::extract::query::QueryPairs;
use crate::http::field_errors::FieldErrors;
use crate::model::Invalid;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Unknown members that are named in one answer.
const NAMED_MEMBERS: usize = 1000;

/// The fields of an object in a body. Everything wrong is gathered, under the path of the object.
#[derive(Debug)]
pub struct Fields {
    object: Map<String, Value>,
    errors: FieldErrors,
}

impl Fields {
    /// The fields of a body, which must be an object.
    ///
    /// # Errors
    /// Anything else than an object.
    pub fn of(value: Value) -> Result<Self, ApiError> {
        match value {
            Value::Object(object) => Ok(Self::of_object(object)),
            _ => Err(ApiError::field("body", "The body must be a JSON object.")),
        }
    }

    /// The fields of an object.
    #[must_use]
    pub fn of_object(object: Map<String, Value>) -> Self {
        Self { object, errors: FieldErrors::new() }
    }

    /// The pairs of a query; of a name that stands twice the last counts.
    #[must_use]
    pub fn of_query(query: QueryPairs) -> Self {
        let object = query.0.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        Self::of_object(object)
    }

    /// Takes a name of a query that is not empty.
    pub fn query_string(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Takes a name of a query that must be what a type reads.
    pub fn parse<T: FromStr<Err = Invalid>>(&mut self, name: &str) -> Option<T> {
        let read = self.query_string(name)?.parse();
        read.map_err(|invalid: Invalid| self.wrong(name, format!("The {name} {invalid}."))).ok()
    }

    /// Takes a whole number of a query or body within bounds.
    pub fn bounded_number(&mut self, name: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let given = self.take(name)?;
        let number = match &given {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        let within = number.filter(|number| bounds.contains(number));
        if within.is_none() {
            let (least, most) = (bounds.start(), bounds.end());
            self.wrong(name, format!("The {name} must be a whole number from {least} to {most}."));
        }
        within
    }

    /// Takes a field; null counts as not given.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.object.shift_remove(name).filter(|value| !value.is_null())
    }

    /// Takes a field that must be text that is not empty.
    pub fn required_string(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Some(Value::String(text)) if !text.is_empty() => return Some(text),
            Some(Value::String(_)) | None => self.wrong(name, format!("The {name} field is required.")),
            Some(_) => self.wrong(name, format!("The {name} must be a string.")),
        }
        None
    }

    /// Takes a field that must be text if it is given, empty or not.
    pub fn optional_string(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => return Some(text),
            _ => self.wrong(name, format!("The {name} must be a string.")),
        }
        None
    }

    /// Notes a sentence about a field.
    pub fn wrong(&mut self, path: impl Into<String>, sentence: impl Into<String>) {
        self.errors.entry(path.into()).or_default().push(sentence.into());
    }

    /// Takes what was not taken yet.
    pub fn take_rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.object)
    }

    /// Refuses what was not taken: on our own endpoints an unknown member is a mistake.
    pub fn refuse_unknown(&mut self) {
        for name in self.take_rest().into_iter().map(|(name, _)| name).take(NAMED_MEMBERS) {
            self.wrong(&name, format!("The {name} field is not known."));
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Every sentence that was noted.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.errors.is_empty() { Ok(()) } else { Err(ApiError::Invalid(self.errors)) }
    }
}
