//! JSON that several endpoints write: the envelope of a page, and the data of a user.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::http::ApiError;
use shared::model::{Snapshot, UserId};
use utoipa::ToSchema;

/// Serialises a value of a response.
///
/// # Errors
/// Returns [`ApiError::Unexpected`] if the value cannot be serialised, for instance because stored data is not JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(|error| ApiError::Unexpected(Box::new(error)))
}

/// A response of `data`, the elements of an array with commas between them, and `meta`.
///
/// # Errors
/// Returns [`ApiError::Unexpected`] if `meta` cannot be serialised.
pub(crate) fn page_response(data: &[u8], meta: &impl Serialize) -> Result<Response, ApiError> {
    let meta = to_json(meta)?;
    Ok(json_response([b"{\"data\":[".as_slice(), data, b"],\"meta\":", &meta, b"}"].concat()))
}

/// A response of `data` alone, the elements of an array with commas between them.
pub(crate) fn data_response(data: &[u8]) -> Response {
    json_response([b"{\"data\":[".as_slice(), data, b"]}"].concat())
}

fn json_response(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// What was known of the user; unset fields are empty.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatbotUserData)]
pub(crate) struct UserData {
    first_name: String,
    last_name: String,
    email: String,
    external_id: String,
    ip_address: String,
    country: String,
    browser_language: String,
    os: String,
    browser: String,
    timezone: String,
    /// `selected_scenario` and all other fields.
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    /// Only in responses of `/public/api/user-interactions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Only in responses of `/public/api/user-interactions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl UserData {
    /// The data of a snapshot, with `id` and `name` if the user is given.
    pub(crate) fn of(snapshot: Snapshot, public: Option<&UserId>) -> Self {
        let name = public.map(|_| snapshot.name());
        let mut custom = snapshot.custom;
        custom.entry("selected_scenario").or_insert_with(|| "".into());
        Self {
            first_name: snapshot.first_name,
            last_name: snapshot.last_name,
            email: snapshot.email,
            external_id: snapshot.external_id,
            ip_address: snapshot.ip_address,
            country: snapshot.country,
            browser_language: snapshot.browser_language,
            os: snapshot.os,
            browser: snapshot.browser,
            timezone: snapshot.timezone,
            custom,
            id: public.map(|id| id.as_str().to_owned()),
            name,
        }
    }
}
