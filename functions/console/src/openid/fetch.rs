//! Requests to the provider.

use crate::openid::refusal::Refusal;
use reqwest::{Client, RequestBuilder, redirect};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long a person waits for the provider at most.
const TIMEOUT: Duration = Duration::from_secs(8);
/// The largest response, in bytes. The largest in use is a set of some ten keys with certificates.
const MAX_BYTES: usize = 256 * 1024;

/// A client of the provider. Redirects are not followed: `OpenID` Connect has none, and a code is for one address.
pub(crate) fn client() -> Result<Client, Refusal> {
    let agent = concat!("external-api-console/", env!("CARGO_PKG_VERSION"));
    let client = Client::builder().user_agent(agent).redirect(redirect::Policy::none()).timeout(TIMEOUT);
    client.build().map_err(Refusal::provider)
}

/// The JSON that the provider answers with.
///
/// # Errors
/// Returns [`Refusal::Provider`] if it does not answer in time, with success, and with such JSON.
pub(crate) async fn json<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Refusal> {
    // The address is not logged: it may have a code.
    let without_address = |error: reqwest::Error| Refusal::provider(error.without_url());
    let mut response = request.send().await.map_err(without_address)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(without_address)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            return Err(Refusal::provider("the provider answers with more than 256 KB"));
        }
    }
    if !response.status().is_success() {
        let status = response.status();
        return Err(Refusal::provider(format!("the provider answers with {status}{}", error_code(&body))));
    }
    // Serde's own error may quote the token.
    let unread = |error: serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        Refusal::provider(format!("the provider's answer cannot be read at line {line}, column {column}"))
    };
    serde_json::from_slice(&body).map_err(unread)
}

/// The code of an error response (RFC 6749 section 5.2), which has only letters and underscores.
fn error_code(body: &[u8]) -> String {
    let body: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let code = body.as_ref().and_then(|body| body.get("error")?.as_str());
    let is_code = |code: &&str| code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    code.filter(is_code).map(|code| format!(" ({code})")).unwrap_or_default()
}
