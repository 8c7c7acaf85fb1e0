//! The way to the API over HTTP: where it is, who asks, and asking again when it is busy.

mod problem;
mod wait;

pub(crate) use problem::{Problem, RequestError};

use crate::connect::Source;
use anyhow::{Context as _, Result, anyhow, bail};
use indicatif::ProgressBar;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use serde::Deserialize;
use shared::config;
use std::time::Duration;
use url::Url;

/// How often a request is sent at most; the waits between add up to half a minute, if the API does not ask for more.
const TRIES: u32 = 7;
/// An answer that says nothing for so long is lost: API Gateway gives up after 30 s.
const SILENCE: Duration = Duration::from_secs(40);

/// Where the API is, and the token to ask with.
#[derive(Debug, clap::Args)]
pub(crate) struct Address {
    /// The address of the API; else that of the server of --local DIR, else `ODX_URL`
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// An API token; else that of --local DIR, else `ODX_TOKEN`, where others on the machine do not see it
    #[arg(long)]
    token: Option<String>,
}

impl Address {
    /// The API. Nothing is sent yet.
    pub(crate) fn open(&self, source: &Source) -> Result<Api> {
        let url = match self.url.clone().map_or_else(|| source.server_url(), |url| Ok(Some(url)))? {
            Some(url) => url,
            None => url_of_environment()?,
        };
        let token = match self.token.clone().map_or_else(|| source.server_token(), |token| Ok(Some(token)))? {
            Some(token) => token,
            None => config::variable("ODX_TOKEN").context(
                "the API answers to tokens only: name one in ODX_TOKEN or with --token; `odx token create` makes one",
            )?,
        };
        Api::new(url, token.trim())
    }
}

fn url_of_environment() -> Result<Url> {
    let url = config::variable("ODX_URL").context(
        "where is the API? Name its address with --url or in ODX_URL, or a local server's data folder with --local DIR",
    )?;
    url.parse().with_context(|| format!("ODX_URL is not an address: `{url}`"))
}

/// The API, asked in the name of a token.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    url: Url,
    client: Client,
    bar: ProgressBar,
}

/// What the API answered in the end; its body is whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Api {
    fn new(url: Url, token: &str) -> Result<Self> {
        if url.cannot_be_a_base() || !["http", "https"].contains(&url.scheme()) {
            bail!("`{url}` is not the address of an API: it begins with https://");
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| anyhow!("that is no token"))?;
        bearer.set_sensitive(true);
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]))
            .user_agent(concat!("odx/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none()) // a token is for the host that was named
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(SILENCE)
            .build()?;
        Ok(Self { url, client, bar: ProgressBar::hidden() })
    }

    /// What it says between the lines is said above this bar.
    pub(crate) fn beside(self, bar: &ProgressBar) -> Self {
        Self { bar: bar.clone(), ..self }
    }

    /// Where the API is.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// A request to a path with a query of pairs.
    pub(crate) fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.client.request(method, url)
    }

    /// Sends a request until it is answered. It is sent again where the API is busy (429, 5xx) or not reached, so it must be
    /// one that may arrive twice.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, RequestError> {
        let request = request.build().map_err(RequestError::Lost)?;
        for attempt in 0.. {
            let again = request.try_clone().ok_or(RequestError::Once)?;
            let tried = self.once(again).await;
            let (pause, why) = match &tried {
                Ok(answer) if wait::may_pass(answer.status) => {
                    (wait::asked(&answer.headers), format!("the API answered {}", answer.status))
                }
                Err(error) if !error.is_builder() => {
                    (None, format!("the API was not reached ({})", problem::cause(error)))
                }
                _ => return tried.map_err(RequestError::Lost),
            };
            let pause = wait::before(attempt, pause);
            if attempt + 1 == TRIES || pause > wait::LONGEST {
                return tried.map_err(RequestError::Lost);
            }
            self.bar.suspend(|| eprintln!("{why}: trying again in {:.1} s", pause.as_secs_f64()));
            tokio::time::sleep(pause).await;
        }
        Err(RequestError::Once)
    }

    async fn once(&self, request: reqwest::Request) -> reqwest::Result<Answer> {
        let answer = self.client.execute(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Answer { status, headers, body: answer.bytes().await?.to_vec() })
    }
}

impl Answer {
    /// The answer of a request that was served; else what to do.
    pub(crate) fn served(self) -> Result<Self, Problem> {
        if self.status.is_success() { Ok(self) } else { Err(Problem::of(&self)) }
    }

    /// A header, if it is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON of a shape.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // Not the error itself: it may quote what a user said.
            anyhow!("the API's answer is not what it should be, from line {} on: is this its address?", error.line())
        })
    }
}
