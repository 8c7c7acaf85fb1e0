//! A response with its body read to the end.

use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;

/// Status, headers and body of a response.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl TestResponse {
    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The value of a header, or an empty string if the header is missing. Panics if the header occurs twice.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map_or("", |value| value.to_str().expect("text"));
        assert!(values.next().is_none(), "the header {name} occurs twice");
        value
    }

    /// Asserts the status and the `message` of a problem, and that every required member is there. Returns the problem.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, message: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["message"], message);
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"], format!("urn:uuid:{}", self.header("x-request-id")));
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        problem
    }

    /// Status, sorted headers and JSON body as text. The request id is replaced because it is random, and the length of the
    /// body is left out because it follows from the body.
    pub(crate) fn snapshot(&self) -> String {
        let id = self.header("x-request-id");
        assert_eq!(id.len(), 36, "a request id is a UUID: {id}");
        let headers = self.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH);
        // They depend on the second of the minute; `tokens::rate_limits` checks them.
        let headers = headers.filter(|(name, _)| !name.as_str().contains("ratelimit"));
        let headers = headers.map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("text")));
        let mut headers: Vec<_> = headers.collect();
        headers.sort();
        let body = serde_json::to_string_pretty(&self.json()).expect("JSON");
        format!("{}\n{}\n{body}", self.status, headers.concat()).replace(id, "[uuid]")
    }

    /// Asserts a 422 with exactly one sentence about one field.
    #[track_caller]
    pub(crate) fn assert_invalid(&self, field: &str, sentence: &str) {
        let problem = self.assert_problem(422, "The given data was invalid.");
        assert_eq!(problem["errors"][field], serde_json::json!([sentence]), "{problem}");
    }
}
