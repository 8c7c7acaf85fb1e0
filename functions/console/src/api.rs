//! The API, called in this process with the rights of the person who is signed in. A page shows what the API answers to
//! its account, so it can show nothing else.

use crate::page_error::PageError;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{Method, Request, header, request};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::app::App;
use shared::http::{Caller, service};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt as _;
use url::Url;

/// The routes that pages call.
fn routes() -> Router<App> {
    let functions = [account::routes(), deeplinks::routes(), interactions::routes(), users::routes()];
    functions.into_iter().fold(crate::tokens::routes().merge(crate::accounts::routes()), Router::merge)
}

/// The routes with the state of a process. Built once, by the first page.
#[derive(Debug, Default)]
pub(crate) struct ApiRouter(OnceLock<Router>);

impl ApiRouter {
    /// The API for a person whose session was checked.
    pub(crate) fn for_session(&self, app: &App, caller: Arc<Caller>, origin: &Url) -> Api {
        let origin = origin.as_str().trim_end_matches('/').to_owned();
        Api { router: self.0.get_or_init(|| service(routes(), app.clone())).clone(), caller, origin }
    }
}

/// The API for one person.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    router: Router,
    caller: Arc<Caller>,
    /// The origin of the page: new links begin with it, unless a setting names another.
    origin: String,
}

impl Api {
    /// What a path returns.
    ///
    /// # Errors
    /// Returns [`PageError`] if the API refuses the request.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, PageError> {
        read(self.send(Method::GET, path, None).await?).await
    }

    /// What a path returns to a body.
    ///
    /// # Errors
    /// Returns [`PageError`] if the API refuses the request.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, PageError> {
        read(self.send(Method::POST, path, Some(body)).await?).await
    }

    /// Changes the resource of a path.
    ///
    /// # Errors
    /// Returns [`PageError`] if the API refuses the request.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<(), PageError> {
        self.send(Method::PATCH, path, Some(body)).await.map(drop)
    }

    /// What a path returns to `DELETE`.
    ///
    /// # Errors
    /// Returns [`PageError`] if the API refuses the request.
    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, PageError> {
        read(self.send(Method::DELETE, path, None).await?).await
    }

    /// What a path returns to a body, once for each key: a repeat gets the same.
    ///
    /// # Errors
    /// Returns [`PageError`] if the API refuses the request.
    pub(crate) async fn post_once<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<T, PageError> {
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        read(self.call(request.header("idempotency-key", key), Body::from(body.to_string())).await?).await
    }

    /// The response to a request.
    ///
    /// # Errors
    /// Returns [`PageError`] if the API refuses the request.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, PageError> {
        let request = self.request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.call(request, body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).await
    }

    fn request(&self, method: Method, path: &str) -> request::Builder {
        Request::builder().method(method).uri(format!("{}{path}", self.origin))
    }

    async fn call(&self, request: request::Builder, body: Body) -> Result<Response, PageError> {
        let request = request.extension(self.caller.clone()).body(body).map_err(PageError::unexpected)?;
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        Err(PageError::Refused(status, Box::new(read(response).await?)))
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, PageError> {
    let body = response.into_body().collect().await.map_err(PageError::unexpected)?.to_bytes();
    serde_json::from_slice(&body).map_err(PageError::unexpected)
}
