//! A response of the API, read to its end.

use crate::api::problem::Problem;
use anyhow::{Result, anyhow};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;

/// The final response to a request, with its whole body.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl ApiResponse {
    /// The response itself if its status is 2xx.
    ///
    /// # Errors
    /// Returns the [`Problem`] that any other response describes.
    pub(crate) fn success(self) -> Result<Self, Problem> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Problem::new(self.status, &self.body, self.header("x-request-id")))
    }

    /// A header, if the response has it and it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, parsed as JSON.
    ///
    /// # Errors
    /// Returns an error if the body does not have the expected shape. It names the line and quotes nothing, because
    /// serde's own error may quote a user's words.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            anyhow!("the response is not what the API sends (line {}): check the address", error.line())
        })
    }
}
