//! The errors of an operation as OpenAPI describes them.

use crate::http::FieldErrors;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoResponses, ToSchema};

/// The body of every error: RFC 9457, and `message` and `errors` as OpenDialog's clients read them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank", "title": "Unprocessable Entity", "status": 422,
    "detail": "from: The from field is required.", "instance": "urn:uuid:0199f3a1-8f4e-7a6c-9c63-0a8f5f1f2b11",
    "message": "The given data was invalid.", "errors": {"from": ["The from field is required."]}
}))]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub(in crate::http) kind: &'static str,
    /// The status in words.
    pub(in crate::http) title: String,
    /// The HTTP status.
    pub(in crate::http) status: u16,
    /// What is wrong with this request.
    pub(in crate::http) detail: String,
    /// This request: the id that `X-Request-Id` has too.
    pub(in crate::http) instance: String,
    /// The sentence that OpenDialog's clients read.
    pub(in crate::http) message: String,
    /// Sentences by the path of the field they are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    pub(in crate::http) errors: Option<FieldErrors>,
    /// Only of a 500: the message again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) error: Option<String>,
    /// What an operation says besides of what was sent.
    #[serde(flatten)]
    #[schema(ignore)]
    pub(in crate::http) own: Map<String, Value>,
}

macro_rules! problems {
    ($(#[$doc:meta])* $Name:ident { $($variant:ident($status:literal, $description:literal $(, $header:literal)*)),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, IntoResponses)]
        pub enum $Name {
            $(
                #[doc = $description]
                #[response(status = $status, content_type = "application/problem+json", description = $description
                    $(, headers(($header = String)))*)]
                $variant(Problem),
            )+
        }
    };
}

problems!(
    /// What every operation on the table may answer.
    TableErrors {
        MethodNotAllowed(405, "The method is not served on this path", "Allow"),
        Internal(500, "Something unexpected"),
        Busy(503, "The table refuses for now", "Retry-After"),
    }
);

problems!(
    /// What an operation with a token may answer besides.
    AuthErrors {
        BadRequest(400, "The credentials or the body cannot be understood", "WWW-Authenticate"),
        Unauthorized(401, "No token, or one that is bad, expired or revoked", "WWW-Authenticate"),
    }
);

problems!(
    /// What an operation that requires a scope may answer besides.
    ScopeErrors {
        Forbidden(403, "The token lacks the scope", "WWW-Authenticate"),
    }
);

problems!(
    /// What an operation with a body may answer besides.
    BodyErrors {
        TooLarge(413, "The body has more than 4 MB"),
        UnsupportedMediaType(415, "The body is not JSON by its Content-Type, or has a Content-Encoding"),
        Invalid(422, "The given data was invalid"),
    }
);
