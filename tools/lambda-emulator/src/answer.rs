//! An answer of a function, wherever it came from, and what of it may differ from one time to the next.

use anyhow::{Context as _, Result, bail};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;

/// Members of JSON bodies that are new each time.
const NEW_EACH_TIME: [&str; 8] =
    ["instance", "link_id", "session", "expires_at", "last_used_at", "next_cursor", "begun_at", "complete_until"];
/// Headers that are new each time.
const NEW_HEADERS: [&str; 5] = ["x-request-id", "date", "link", "x-next-cursor", "x-complete-until"];

/// Status, headers and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// What a router answered.
    pub(crate) async fn of_response(response: Response) -> Result<Self> {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.context("the body broke")?.to_bytes().to_vec();
        Ok(Self { status: parts.status.as_u16(), headers: joined(&parts.headers)?, body })
    }

    /// What a function gave back to Lambda, as API Gateway reads it.
    pub(crate) fn of_payload(payload: &Value) -> Result<Self> {
        if let Some(message) = payload["errorMessage"].as_str() {
            bail!("the function failed: {}: {message}", payload["errorType"].as_str().unwrap_or_default());
        }
        let status = payload["statusCode"].as_u64().and_then(|status| status.try_into().ok());
        let text = payload["body"].as_str().unwrap_or_default();
        let body = if payload["isBase64Encoded"] == true { STANDARD.decode(text)? } else { text.into() };
        let header = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        let headers = payload["headers"].as_object().context("there are no headers")?;
        let headers = headers.iter().map(|pair| header(pair).context("a header is no text")).collect::<Result<_>>()?;
        Ok(Self { status: status.context("there is no status")?, headers, body })
    }

    /// The answer with a mark in place of all that is new each time; compressed bodies are read.
    pub(crate) fn settled(mut self) -> Result<Self> {
        for name in NEW_HEADERS {
            self.headers.entry(name.to_owned()).and_modify(|value| "…".clone_into(value));
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
            self.body = lines.map(settled_line).collect::<Vec<_>>().concat();
        }
        Ok(self)
    }

    /// The first difference to another answer, in words.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self.status != other.status {
            return Some(format!("status {} and not {}", other.status, self.status));
        }
        for name in self.headers.keys().chain(other.headers.keys()) {
            let (ours, theirs) = (self.headers.get(name), other.headers.get(name));
            if ours != theirs {
                return Some(format!("header {name} is {theirs:?} and not {ours:?}"));
            }
        }
        let place = self.body.iter().zip(&other.body).position(|(ours, theirs)| ours != theirs);
        let place = place.or((self.body.len() != other.body.len()).then(|| self.body.len().min(other.body.len())))?;
        let around = |body: &[u8]| {
            let near = &body[place.saturating_sub(20)..body.len().min(place + 60)];
            String::from_utf8_lossy(near).into_owned()
        };
        Some(format!("body at byte {place}: {:?} and not {:?}", around(&other.body), around(&self.body)))
    }
}

/// Headers as text; values that stand apart are joined, as the gateway would hand them to a client.
fn joined(headers: &HeaderMap) -> Result<BTreeMap<String, String>> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = value.to_str()?;
        let known = texts.entry(name.as_str().to_owned());
        known.and_modify(|known| *known = format!("{known}, {value}")).or_insert_with(|| value.to_owned());
    }
    Ok(texts)
}

/// One line of JSON, settled; what is no JSON stays as it is.
fn settled_line(line: &[u8]) -> Vec<u8> {
    let Ok(mut json) = serde_json::from_slice(line) else { return line.to_vec() };
    settle(&mut json);
    json.to_string().into_bytes()
}

fn settle(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value.as_str() {
                    Some(_) if NEW_EACH_TIME.contains(&name.as_str()) => *value = "…".into(),
                    Some(url) if name == "url" => {
                        *value = url.rsplit_once('/').map_or("", |(base, _)| base).into();
                    }
                    Some(id) if name == "user_id" && is_made_up(id) => *value = "…".into(),
                    _ => settle(value),
                }
            }
        }
        _ => {}
    }
}

/// Whether an id is a UUID, as made for a user who has none.
fn is_made_up(id: &str) -> bool {
    let lengths: Vec<_> = id.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
}
