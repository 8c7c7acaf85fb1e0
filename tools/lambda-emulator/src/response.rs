//! The response of a function, without the parts that differ from one request to the next.

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;

/// Members of JSON bodies that differ in every response.
const VOLATILE_MEMBERS: [&str; 8] =
    ["instance", "link_id", "session", "expires_at", "last_used_at", "next_cursor", "begun_at", "complete_until"];
/// Headers that differ in every response.
const VOLATILE_HEADERS: [&str; 8] = [
    "x-request-id",
    "date",
    "link",
    "x-next-cursor",
    "x-complete-until",
    "ratelimit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// The value of a member or header that was removed.
const PLACEHOLDER: &str = "…";

/// Status, headers and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The response of a router.
    pub(crate) async fn from_router(response: axum::response::Response) -> Result<Self> {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.context("cannot read the body")?.to_bytes().to_vec();
        Ok(Self { status: parts.status.as_u16(), headers: joined(&parts.headers)?, body })
    }

    /// The response that a function returned to Lambda, in API Gateway's payload format 2.0.
    pub(crate) fn from_payload(payload: &Value) -> Result<Self> {
        if let Some(message) = payload["errorMessage"].as_str() {
            bail!("the function failed: {}: {message}", payload["errorType"]);
        }
        let status = payload["statusCode"].as_u64().and_then(|status| status.try_into().ok());
        let text = match &payload["body"] {
            Value::Null => "",
            body => body.as_str().context("the body is not text")?,
        };
        let body = if payload["isBase64Encoded"] == true { STANDARD.decode(text)? } else { text.into() };
        let header = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        let headers = payload["headers"].as_object().context("the response has no headers")?;
        let headers = headers.iter().map(|pair| header(pair).context("a header is not text")).collect::<Result<_>>()?;
        Ok(Self { status: status.context("the response has no status")?, headers, body })
    }

    /// Replaces volatile values by a placeholder, and decompresses the body.
    pub(crate) fn normalized(mut self) -> Result<Self> {
        for name in VOLATILE_HEADERS {
            self.headers.entry(name.to_owned()).and_modify(|value| PLACEHOLDER.clone_into(value));
        }
        if let Some(target) = self.headers.get_mut("location")
            && let Some((page, handoff)) = target.split_once("#handoff=")
        {
            *target = format!("{page}#handoff={} parts", handoff.split('.').count());
        }
        if self.headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
            let mut plain = Vec::new();
            GzDecoder::new(self.body.as_slice()).read_to_end(&mut plain).context("the body is not gzip")?;
            self.body = plain;
        }
        if self.headers.get("content-type").is_some_and(|kind| kind.contains("json")) {
            let lines = self.body.split_inclusive(|byte| *byte == b'\n');
            self.body = lines.map(normalized_line).collect::<Vec<_>>().concat();
        }
        Ok(self)
    }

    /// The first difference of another response from this one.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self.status != other.status {
            return Some(format!("status {}, expected {}", other.status, self.status));
        }
        for name in self.headers.keys().chain(other.headers.keys()) {
            let (expected, found) = (self.headers.get(name), other.headers.get(name));
            if expected != found {
                return Some(format!("header {name} is {found:?}, expected {expected:?}"));
            }
        }
        let offset = self.body.iter().zip(&other.body).position(|(expected, found)| expected != found);
        let offset = offset.or((self.body.len() != other.body.len()).then(|| self.body.len().min(other.body.len())))?;
        let excerpt = |body: &[u8]| {
            let excerpt = &body[offset.saturating_sub(20)..body.len().min(offset + 60)];
            String::from_utf8_lossy(excerpt).into_owned()
        };
        Some(format!("body at byte {offset}: {:?}, expected {:?}", excerpt(&other.body), excerpt(&self.body)))
    }
}

/// Headers as text. Several values of one header are joined by commas, as API Gateway joins them.
fn joined(headers: &HeaderMap) -> Result<BTreeMap<String, String>> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = value.to_str()?;
        let entry = texts.entry(name.as_str().to_owned());
        entry.and_modify(|joined| *joined = format!("{joined}, {value}")).or_insert_with(|| value.to_owned());
    }
    Ok(texts)
}

/// One line of JSON with placeholders for volatile values. A line that is not JSON is unchanged.
fn normalized_line(line: &[u8]) -> Vec<u8> {
    let Ok(mut json) = serde_json::from_slice(line) else { return line.to_vec() };
    normalize(&mut json);
    json.to_string().into_bytes()
}

fn normalize(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(normalize),
        Value::Object(members) => {
            let is_new_token = members.get("token").is_some_and(Value::is_string);
            for (name, value) in members.iter_mut() {
                match value.as_str() {
                    Some(_) if is_new_token && ["token", "created_at"].contains(&name.as_str()) => {
                        *value = PLACEHOLDER.into();
                    }
                    Some(id) if name == "id" && id.starts_with("tok_") => *value = PLACEHOLDER.into(),
                    Some(_) if VOLATILE_MEMBERS.contains(&name.as_str()) => *value = PLACEHOLDER.into(),
                    Some(url) if name == "url" => {
                        *value = url.rsplit_once('/').map_or("", |(base, _)| base).into();
                    }
                    Some(id) if name == "user_id" && is_uuid(id) => *value = PLACEHOLDER.into(),
                    _ => normalize(value),
                }
            }
        }
        _ => {}
    }
}

/// Whether a user id is a UUID, which the product generates for a recipient without an id.
fn is_uuid(id: &str) -> bool {
    let lengths: Vec<_> = id.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
}
