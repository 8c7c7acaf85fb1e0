//! Runs a service on Lambda: events of API Gateway in, responses out.

use crate::http::service::service;
use axum::Router;
use lambda_http::lambda_runtime::tower::ServiceExt as _;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent, Request, lambda_runtime};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

pub use lambda_http::Error as LambdaError;

/// Characters that a client may send in a query although a URI has none of them. `lambda_http` would panic on them before
/// our code runs.
const IN_NO_URI: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// Serves the events of a function with its routes and the [`service`] around them, until Lambda stops it.
///
/// # Errors
/// Returns [`LambdaError`] if Lambda's runtime API cannot be reached.
pub async fn run<S: Clone + Send + Sync + 'static>(routes: Router<S>, state: S) -> Result<(), LambdaError> {
    let encoded = |LambdaEvent { payload, context }| LambdaEvent { payload: encoded(payload), context };
    lambda_runtime::run(Adapter::from(service(routes, state)).map_request(encoded)).await
}

/// The request of an event, as [`run`] reads it.
///
/// # Errors
/// Returns [`serde_json::Error`] if the text is not an event of an HTTP API.
pub fn request(event: &str) -> Result<Request, serde_json::Error> {
    serde_json::from_str(event).map(|event| encoded(event).into())
}

fn encoded(mut event: LambdaRequest) -> LambdaRequest {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event
        && let Some(query) = &mut request.raw_query_string
    {
        *query = utf8_percent_encode(query, IN_NO_URI).to_string();
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn whatever_stands_in_a_query_is_read(query in "[\\x01-\\x22\\x24-\\x7e\u{e9}\u{1f680}]{0,40}") {
            let http = json!({"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"});
            let event = json!({"version": "2.0", "rawPath": "/", "rawQueryString": query, "isBase64Encoded": false,
                "headers": {"host": "example.com"}, "requestContext": {"http": http, "stage": "$default"}});
            let read = request(&event.to_string()).expect("an event");
            let encoded = read.uri().query().unwrap_or_default();
            let decode = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<_>>();
            prop_assert_eq!(decode(encoded), decode(&query));
        }
    }
}
