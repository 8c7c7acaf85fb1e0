//! JSON bodies, parsed strictly.

use crate::http::error::ApiError;
use crate::http::extract::numbers;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Maximum depth of nested arrays and objects.
const MAX_DEPTH: u8 = 32;
/// Numbers that one response names.
const NAMED_NUMBERS: usize = 1000;

/// A JSON body of at most 4 MB. Another content type, a `Content-Encoding`, duplicate keys, lone surrogates and more than
/// 32 levels of nesting are errors, and so is a number whose digits would change. A leading byte order mark is ignored.
#[derive(Debug)]
pub struct JsonBody {
    /// The parsed body.
    pub value: Value,
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = content_type(request.headers())?;
        if !is_json(&kind) {
            return Err(ApiError::UnsupportedMediaType("The body must be sent as application/json."));
        }
        Ok(Self { value: read_json(request, state).await? })
    }
}

/// Reads a JSON body, whatever its content type.
pub(in crate::http) async fn read_json<S: Send + Sync>(request: Request, state: &S) -> Result<Value, ApiError> {
    let bytes = read(request, state).await?;
    let value = parse_body(&bytes)?;
    match numbers::errors(&bytes, NAMED_NUMBERS) {
        errors if errors.is_empty() => Ok(value),
        errors => Err(ApiError::Invalid(errors)),
    }
}

/// Parses a body.
pub(in crate::http) fn parse_body(bytes: &[u8]) -> Result<Value, ApiError> {
    parse(bytes).map_err(|error| ApiError::NotJson(format!("The body is not JSON that can be read: {error}.")))
}

/// The bytes of a body of at most 4 MB.
pub(in crate::http) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::TooLarge
        } else {
            ApiError::BadRequest("The body could not be read to its end.")
        }
    })
}

/// The media type of a body, without parameters and in lower case; empty if there is none.
///
/// # Errors
/// Returns [`ApiError::UnsupportedMediaType`] for any `Content-Encoding`, for two headers `Content-Type`, and for another
/// `charset` than UTF-8: two readers could disagree about what such a body says.
pub(in crate::http) fn content_type(headers: &HeaderMap) -> Result<String, ApiError> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(ApiError::UnsupportedMediaType("A Content-Encoding is not supported: send the body as it is."));
    }
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kinds.next().is_some() {
        return Err(ApiError::UnsupportedMediaType("The Content-Type must be given once."));
    }
    let mut parts = kind.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charsets =
        parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let is_utf_8 =
        |charset: &str| ["utf-8", "utf8"].iter().any(|utf_8| charset.trim_matches('"').eq_ignore_ascii_case(utf_8));
    if charsets.map(|(_, charset)| charset).any(|charset| !is_utf_8(charset)) {
        return Err(ApiError::UnsupportedMediaType("The charset of the body must be utf-8."));
    }
    Ok(media_type)
}

/// Whether a media type is JSON (RFC 6839 section 3.1).
pub(in crate::http) fn is_json(kind: &str) -> bool {
    let of_suffix = || kind.strip_prefix("application/")?.strip_suffix("+json");
    kind == "application/json" || of_suffix().is_some_and(|name| !name.is_empty())
}

/// Parses strict JSON after a byte order mark, which programs of Windows write. The error has the line and the column.
pub(in crate::http) fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let mut from = serde_json::Deserializer::from_slice(without_mark(bytes));
    Strict(MAX_DEPTH).deserialize(&mut from).and_then(|value| from.end().map(|()| value))
}

/// A text without the byte order mark before it.
pub(in crate::http) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Parses a value; the number is the levels of nesting that are left.
struct Strict(u8);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl Strict {
    fn inside<E: serde::de::Error>(&self) -> Result<u8, E> {
        self.0.checked_sub(1).ok_or_else(|| E::custom("nested more than 32 levels deep"))
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.inside()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict(depth))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom("a key stands twice in one object"));
            }
            let value = members.next_value_seed(Strict(depth))?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(body: &str) -> String {
        parse(body.as_bytes()).expect_err("no JSON").to_string()
    }

    #[test]
    fn what_is_not_strict_json_is_refused_with_the_place() {
        for (body, says) in [
            ("", "EOF"),
            ("{\"a\":1,}", "line 1 column 8"),
            ("{\"a\":1}x", "line 1 column 8"),
            ("{\"a\":1,\"a\":2}", "twice"),
            ("[{\"a\":{\"b\":1,\"b\":1}}]", "twice"),
            ("\"\\ud800\"", "hex escape"),
            (&"[".repeat(33), "32 levels"),
        ] {
            let sentence = refusal(body);
            assert!(sentence.contains(says), "{body}: {sentence}");
        }
        assert!(parse(format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn strict_json_reads_what_serde_json_reads(text in "\\PC{0,30}", number in any::<f64>(), whole in any::<i64>()) {
            let value = serde_json::json!({"a": [text, number, whole, null, true], "b": {"c": {}}});
            prop_assert_eq!(parse(value.to_string().as_bytes()).unwrap(), serde_json::from_str::<Value>(&value.to_string()).unwrap());
        }
    }
}
