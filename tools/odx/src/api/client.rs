//! Requests to the API in the name of a token, repeated while the API is busy or unreachable.

use crate::api::backoff;
use crate::api::problem::{Unreachable, root_cause};
use crate::api::response::ApiResponse;
use anyhow::{Result, anyhow, bail};
use backon::Retryable as _;
use indicatif::ProgressBar;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, redirect};
use shared::app::Clock;
use std::fmt;
use std::time::Duration;
use url::Url;

/// Longest silence of the API within a response: API Gateway itself gives up after 30 s.
const READ_TIMEOUT: Duration = Duration::from_secs(40);

/// A client of the API with the token of its user.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    url: Url,
    client: Client,
    bar: ProgressBar,
}

/// An attempt that did not succeed.
#[derive(Debug)]
enum Failure {
    /// 429 or 5xx.
    Busy(ApiResponse),
    /// No response, or only a part of it.
    Unreachable(reqwest::Error),
}

impl Api {
    /// A client for an address.
    ///
    /// # Errors
    /// Returns an error if the address is not HTTP or the token cannot be a header.
    pub(super) fn new(url: Url, token: &str) -> Result<Self> {
        if url.cannot_be_a_base() || !["http", "https"].contains(&url.scheme()) {
            bail!("`{url}` is not the address of an API: it must begin with https://");
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| anyhow!("the token has characters that no token has: copy it again"))?;
        bearer.set_sensitive(true);
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]))
            .user_agent(concat!("odx/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none()) // the token is only for the host that the user named
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(READ_TIMEOUT)
            .build()?;
        Ok(Self { url, client, bar: ProgressBar::hidden() })
    }

    /// The same client, which prints its messages above a progress bar.
    pub(crate) fn with_bar(self, bar: &ProgressBar) -> Self {
        Self { bar: bar.clone(), ..self }
    }

    /// The address of the API.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// A request for a path, with a query of name-value pairs.
    pub(crate) fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.client.request(method, url)
    }

    /// Sends a request, and sends it again while the API is busy (429, 5xx) or unreachable. The request must therefore
    /// be idempotent. The last response is returned whatever its status.
    ///
    /// # Errors
    /// Returns [`Unreachable`] if no attempt got a whole response.
    ///
    /// # Panics
    /// Panics if the body is a stream.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<ApiResponse, Unreachable> {
        let request = request.build().map_err(Unreachable)?;
        let attempt = async || self.attempt(request.try_clone().expect("a body in memory")).await;
        let sent = attempt
            .retry(backoff::schedule())
            .when(Failure::is_transient)
            .adjust(|failure, scheduled| backoff::delay(failure.retry_after(), scheduled))
            .notify(|failure, delay| {
                self.bar.suspend(|| eprintln!("{failure}: trying again in {:.1} s", delay.as_secs_f64()));
            })
            .await;
        match sent {
            Ok(response) | Err(Failure::Busy(response)) => Ok(response),
            Err(Failure::Unreachable(error)) => Err(Unreachable(error)),
        }
    }

    /// Sends a request once: it is not idempotent. The response is returned whatever its status.
    ///
    /// # Errors
    /// Returns [`Unreachable`] if there was no whole response.
    pub(crate) async fn send_once(&self, request: RequestBuilder) -> Result<ApiResponse, Unreachable> {
        match self.attempt(request.build().map_err(Unreachable)?).await {
            Ok(response) | Err(Failure::Busy(response)) => Ok(response),
            Err(Failure::Unreachable(error)) => Err(Unreachable(error)),
        }
    }

    async fn attempt(&self, request: reqwest::Request) -> Result<ApiResponse, Failure> {
        let response = self.client.execute(request).await.map_err(Failure::Unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(Failure::Unreachable)?.to_vec();
        let response = ApiResponse { status, headers, body };
        if backoff::is_transient(status) { Err(Failure::Busy(response)) } else { Ok(response) }
    }
}

impl Failure {
    /// A request that cannot be built fails the same way each time.
    fn is_transient(&self) -> bool {
        match self {
            Self::Busy(_) => true,
            Self::Unreachable(error) => !error.is_builder(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy(response) => backoff::retry_after(&response.headers, Clock::default().now()),
            Self::Unreachable(_) => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(response) => write!(f, "the API answered {}", response.status),
            Self::Unreachable(error) => write!(f, "the API is unreachable ({})", root_cause(error)),
        }
    }
}
