//! The error responses of an operation as OpenAPI describes them, in sets that operations share.

use crate::http::problem::Problem;
use utoipa::IntoResponses;

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
    /// Errors that every operation on the table may return.
    TableErrors {
        MethodNotAllowed(405, "The method is not served on this path", "Allow"),
        Internal(500, "Something unexpected"),
        Busy(503, "The table refuses for now", "Retry-After"),
    }
);

problems!(
    /// Further errors of an operation that takes a token.
    AuthErrors {
        BadRequest(400, "The credentials or the body cannot be understood", "WWW-Authenticate"),
        Unauthorized(401, "No token, or one that is bad, expired or revoked", "WWW-Authenticate"),
    }
);

problems!(
    /// Further errors of an operation that requires a scope.
    ScopeErrors {
        Forbidden(403, "The token lacks the scope", "WWW-Authenticate"),
    }
);

problems!(
    /// Further errors of an operation with a body.
    BodyErrors {
        TooLarge(413, "The body has more than 4 MB"),
        UnsupportedMediaType(415, "The body is not JSON by its Content-Type, or has a Content-Encoding"),
        Invalid(422, "The given data was invalid"),
    }
);
