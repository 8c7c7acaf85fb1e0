//! Bodies of many items: a JSON array, or NDJSON, in which one bad line does not affect the others.

use crate::http::error::ApiError;
use crate::http::extract::body::{content_type, is_json, parse_body, read};
use crate::http::extract::numbers;
use crate::http::extract::strict_json::{Budget, parse, without_mark};
use crate::http::field_errors::{FieldErrors, field_error};
use axum::extract::{FromRequest, Request};
use serde_json::Value;
use serde_json::value::RawValue;

/// Numbers of an item that a response names: an answer that named all of 1,000 events would be as large as the request.
const NAMED_NUMBERS: usize = 3;
const NOT_THIS_KIND: &str = "The body must be sent as application/json or application/x-ndjson.";

/// A body of at most `MOST` items and 4 MB: an array, or a line for each item. Each item has its index: in the array, or
/// of its line, both counted from zero. Blank lines, and the trailer of an export (`_meta`), are no items.
#[derive(Debug)]
pub struct JsonItems<const MOST: usize>(pub Vec<(usize, Result<Value, FieldErrors>)>);

impl<S: Send + Sync, const MOST: usize> FromRequest<S> for JsonItems<MOST> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = content_type(request.headers())?;
        let items = if matches!(kind.as_str(), "application/x-ndjson" | "application/ndjson") {
            lines(&read(request).await?).take(MOST + 1).collect()
        } else if is_json(&kind) {
            let body = read(request).await?;
            match parse_body(&body)? {
                Value::Array(items) => kept(items, &body),
                _ => return Err(ApiError::field("body", "The body must be a JSON array.")),
            }
        } else {
            return Err(ApiError::UnsupportedMediaType(NOT_THIS_KIND));
        };
        let items = Self(items);
        if items.0.len() > MOST {
            return Err(ApiError::field("body", format!("The body must not hold more than {MOST} items.")));
        }
        Ok(items)
    }
}

/// The items of an array, of which those with numbers that cannot be kept are errors.
fn kept(items: Vec<Value>, body: &[u8]) -> Vec<(usize, Result<Value, FieldErrors>)> {
    if numbers::errors(body, 1).is_empty() {
        return items.into_iter().map(Ok).enumerate().collect();
    }
    let texts: Vec<&RawValue> = serde_json::from_slice(without_mark(body)).expect("an array, which was parsed before");
    let item = |(item, text): (Value, &RawValue)| checked(item, text.get().as_bytes());
    items.into_iter().zip(texts).map(item).enumerate().collect()
}

/// An item, unless its text has numbers that cannot be kept.
fn checked(item: Value, text: &[u8]) -> Result<Value, FieldErrors> {
    let errors = numbers::errors(text, NAMED_NUMBERS);
    if errors.is_empty() { Ok(item) } else { Err(errors) }
}

/// The items of NDJSON, each parsed on its own.
fn lines(body: &[u8]) -> impl Iterator<Item = (usize, Result<Value, FieldErrors>)> {
    let budget = Budget::default(); // of all lines together
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    lines.filter(|(_, line)| !line.trim_ascii().is_empty()).map(move |(index, line)| (index, item(line, &budget))).filter(
        |(_, item)| !matches!(item, Ok(Value::Object(members)) if members.len() == 1 && members.contains_key("_meta")),
    )
}

fn item(line: &[u8], budget: &Budget) -> Result<Value, FieldErrors> {
    let item = parse(line, budget);
    let item = item.map_err(|error| field_error("line", format!("The line is not JSON that can be read: {error}.")))?;
    checked(item, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_bad_by_itself_and_blank_lines_and_trailers_hold_nothing() {
        let body = b"{\"a\":1}\r\n\n{\"a\":1,\"a\":2}\n\"\\ud800\"\n\xff\n7\n{\"_meta\":{}}\n";
        let read: Vec<_> = lines(body).map(|(place, item)| (place, item.is_ok())).collect();
        assert_eq!(read, [(0, true), (2, false), (3, false), (4, false), (5, true)]);
    }
}
