//! The body of an error response (RFC 9457), and how it is written.

use crate::http::field_errors::FieldErrors;
use crate::http::limits;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// The member with the code of the error.
pub(in crate::http) const CODE: &str = "code";
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The body of every error: RFC 9457, and `message` and `errors` as OpenDialog's clients read them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "code": "field_invalid",
    "detail": "from: The from field is required.", "instance": "urn:uuid:0199f3a1-8f4e-7a6c-9c63-0a8f5f1f2b11",
    "message": "The given data was invalid.", "errors": {"from": ["The from field is required."]}
}))]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The reason phrase of the status.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What kind of error it is, stable for programs: one of those in `docs/errors.md`.
    code: String,
    /// What is wrong with this request.
    detail: String,
    /// The request: the same id as in `X-Request-Id`.
    instance: String,
    /// The sentence that OpenDialog's clients read.
    message: String,
    /// Sentences by the path of the field they are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    errors: Option<FieldErrors>,
    /// Only in a 500: the message again.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Members that an operation adds (RFC 9457 section 3.2).
    #[serde(flatten)]
    #[schema(ignore)]
    extensions: Map<String, Value>,
}

/// The parts of a [`Problem`] that an [`ApiError`](crate::http::ApiError) knows. The service, which knows the
/// request's id, writes the body.
#[derive(Clone)]
pub(in crate::http) struct ProblemParts {
    pub(in crate::http) status: StatusCode,
    pub(in crate::http) code: &'static str,
    pub(in crate::http) message: String,
    pub(in crate::http) detail: String,
    pub(in crate::http) errors: Option<FieldErrors>,
    pub(in crate::http) extensions: Map<String, Value>,
}

impl ProblemParts {
    /// Writes the problem of the request `id` into its response.
    pub(in crate::http) fn write(mut self, response: &mut Response, id: Uuid) {
        let specific = self.extensions.remove(CODE).and_then(|code| code.as_str().map(str::to_owned));
        let unexpected = self.status == StatusCode::INTERNAL_SERVER_ERROR;
        let (errors, all) = self.errors.map(limits::bounded).unzip();
        let problem = Problem {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default().to_owned(),
            status: self.status.as_u16(),
            code: specific.unwrap_or_else(|| self.code.to_owned()),
            detail: limits::shortened(self.detail, all.unwrap_or(true)),
            instance: format!("urn:uuid:{id}"),
            error: unexpected.then(|| self.message.clone()),
            message: self.message,
            errors,
            extensions: self.extensions,
        };
        let body = serde_json::to_vec(&problem).expect("every key is text, and every value is JSON already");
        *response.body_mut() = Body::from(body);
        response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
}
