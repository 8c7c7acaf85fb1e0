//! Runs a service on Lambda: events of API Gateway in, responses out.

use crate::http::error::ApiError;
use crate::http::service::service;
use axum::Router;
use axum::routing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent, Request, Service, lambda_runtime, service_fn};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::convert::Infallible;

pub use lambda_http::Error as LambdaError;

/// Characters that a client may send in a query although a URI has none of them. `lambda_http` would panic on them before
/// our code runs.
const IN_NO_URI: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// Serves the events of a function with its routes and the [`service`] around them, until Lambda stops it.
///
/// # Errors
/// Returns [`LambdaError`] if Lambda's runtime API cannot be reached.
pub async fn run<S: Clone + Send + Sync + 'static>(routes: Router<S>, state: S) -> Result<(), LambdaError> {
    lambda_runtime::run(handler(routes, state)).await
}

/// The service that answers events.
fn handler<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    state: S,
) -> impl Service<LambdaEvent<Event>, Response = impl Serialize, Error = Infallible> {
    let refuse =
        || routing::any(async || ApiError::BadRequest("The request has a header or a body that cannot be read."));
    let (served, refused) = (service(routes, state), service(Router::new().route("/", refuse()), ()));
    service_fn(move |LambdaEvent { payload, context }: LambdaEvent<Event>| {
        let (payload, service) = match payload {
            Event::Readable(request) => (request, served.clone()),
            Event::Malformed(request) => (request, refused.clone()),
        };
        // A router is always ready.
        Adapter::from(service).call(LambdaEvent { payload, context })
    })
}

/// The request of an event, as [`run`] reads it.
///
/// # Errors
/// Returns [`serde_json::Error`] if the text is not an event of an HTTP API, or its request is malformed.
pub fn request(event: &str) -> Result<Request, serde_json::Error> {
    match serde_json::from_str(event)? {
        Event::Readable(request) => Ok(request.into()),
        Event::Malformed(_) => Err(serde_json::Error::custom("the event has a header or a body that cannot be read")),
    }
}

/// An event of an HTTP API.
enum Event {
    Readable(LambdaRequest),
    /// A request that API Gateway passes on and no HTTP library takes: with a control character in a header, or with a
    /// body that is not base64. The request here is that of the same client for `/`, without headers and body.
    Malformed(LambdaRequest),
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(from)?;
        match serde_json::from_str(text.get()) {
            Ok(request) if has_readable_body(&request) => Ok(Self::Readable(encoded(request))),
            _ => bare(text.get()).map(Self::Malformed).map_err(D::Error::custom),
        }
    }
}

/// Whether the body is what the event says: `lambda_http` would panic on one that is not base64.
fn has_readable_body(request: &LambdaRequest) -> bool {
    match request {
        LambdaRequest::ApiGatewayV2(request) if request.is_base64_encoded => {
            request.body.as_ref().is_none_or(|body| STANDARD.decode(body).is_ok())
        }
        _ => true,
    }
}

/// The request of an event without all that a client chooses.
fn bare(event: &str) -> Result<LambdaRequest, serde_json::Error> {
    let mut event: Value = serde_json::from_str(event)?;
    if let Some(event) = event.as_object_mut() {
        event.retain(|name, _| ["version", "requestContext"].contains(&name.as_str()));
        event.insert("rawPath".to_owned(), "/".into());
        if let Some(http) = event.get_mut("requestContext").and_then(|context| context.get_mut("http")) {
            http["method"] = "GET".into();
        }
    }
    serde_json::from_str(&event.to_string())
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
    use lambda_http::lambda_runtime::tower::ServiceExt as _;
    use proptest::prelude::*;
    use serde_json::json;

    fn event(headers: &Value, body: &Value, is_base64: bool) -> Value {
        let http = json!({"method": "POST", "path": "/echo", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"});
        json!({"version": "2.0", "rawPath": "/echo", "rawQueryString": "", "isBase64Encoded": is_base64,
            "headers": headers, "body": body, "requestContext": {"http": http, "stage": "$default"}})
    }

    /// The status and the body of the response to an event, by a function that repeats bodies.
    async fn answer(event: &Value) -> (u64, String) {
        let echo = Router::new().route("/echo", routing::post(async |body: String| body));
        let event: Event = serde_json::from_str(&event.to_string()).expect("an event");
        let event = LambdaEvent { payload: event, context: lambda_runtime::Context::default() };
        let Ok(response) = handler(echo, ()).oneshot(event).await;
        let response = serde_json::to_value(&response).expect("JSON");
        (response["statusCode"].as_u64().expect("a status"), response["body"].as_str().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn a_readable_event_reaches_its_route() {
        let headers = json!({"host": "example.com"});
        assert_eq!(answer(&event(&headers, &json!("aGVsbG8="), true)).await, (200, "hello".to_owned()));
        assert_eq!(answer(&event(&headers, &json!("hello"), false)).await, (200, "hello".to_owned()));
    }

    #[rstest::rstest]
    #[case::with_a_control_character_in_a_header(event(&json!({"x-a": "a\u{1}b"}), &json!("hello"), false))]
    #[case::with_a_line_end_in_a_header(event(&json!({"x-a": "a\r\nx-b: c"}), &json!("hello"), false))]
    #[case::with_an_empty_name_of_a_header(event(&json!({"": "a"}), &json!("hello"), false))]
    #[case::with_a_blank_in_the_name_of_a_header(event(&json!({"x a": "a"}), &json!("hello"), false))]
    #[case::with_a_body_that_is_not_base64(event(&json!({"host": "example.com"}), &json!("%%%"), true))]
    #[case::with_half_a_body_in_base64(event(&json!({"host": "example.com"}), &json!("aGVsbG8"), true))]
    #[tokio::test]
    async fn a_malformed_event_is_answered_with_400(#[case] event: Value) {
        let (status, body) = answer(&event).await;
        assert_eq!(status, 400, "{body}");
        let problem: Value = serde_json::from_str(&body).expect("a problem");
        assert_eq!(problem["message"], "The request has a header or a body that cannot be read.");
    }

    #[test]
    fn what_is_no_event_of_an_http_api_is_an_error() {
        assert!(serde_json::from_str::<Event>(r#"{"source": "aws.events"}"#).is_err());
    }

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
