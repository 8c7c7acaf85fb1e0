//! The console as a browser uses it: links to sign in, cookies, forms, and the pages.

mod accounts;
mod browser;
mod campaigns;
mod forms;
mod home;
mod new_campaign;
mod new_campaign_qr;
mod openid;
mod pages;
mod requests;
mod sign_in;

use crate::support::{TestEnvironment, TestResponse};
use axum::body::Body;
use http::{Method, Request, header};
use shared::crypto::ConsoleSignIn;
use shared::model::{AccountId, TenantId};
use url::form_urlencoded::Serializer;

/// The origin of the console in these tests.
const ORIGIN: &str = "http://127.0.0.1:8787";
const HOST: &str = "127.0.0.1:8787";

/// The path of a link that signs an account in.
fn link(env: &TestEnvironment, tenant: &TenantId, account: &AccountId) -> String {
    ConsoleSignIn::new(tenant.clone(), account.clone(), env.app.clock.now()).path(&env.app.config.signer)
}

async fn open(env: &TestEnvironment, path: &str, host: &str, cookie: Option<&str>) -> TestResponse {
    let request = Request::get(path).header(header::HOST, host);
    let request = cookie.into_iter().fold(request, |request, cookie| request.header(header::COOKIE, cookie));
    env.send(request.body(Body::empty()).expect("a request")).await
}

/// A person who is signed in.
pub(crate) struct Person<'a> {
    pub(crate) env: &'a TestEnvironment,
    pub(crate) cookie: String,
}

impl<'a> Person<'a> {
    /// Signs an account in.
    pub(crate) async fn sign_in(env: &'a TestEnvironment, tenant: &TenantId, account: &AccountId) -> Self {
        let response = open(env, &link(env, tenant, account), HOST, None).await;
        assert_eq!(response.status, 303, "{}", response.text());
        let (cookie, _) = response.header("set-cookie").split_once(';').expect("attributes");
        Self { env, cookie: cookie.to_owned() }
    }

    /// Opens a page.
    async fn open(&self, path: &str) -> TestResponse {
        open(self.env, path, HOST, Some(&self.cookie)).await
    }

    /// The page of a path, which must exist.
    pub(crate) async fn page(&self, path: &str) -> String {
        let response = self.open(path).await;
        assert_eq!(response.status, 200, "{}", response.text());
        response.text().to_owned()
    }

    /// The value that the forms of this person's pages have.
    async fn csrf(&self) -> String {
        let page = self.page("/console/identity").await;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
        rest.split('"').next().expect("a value").to_owned()
    }

    /// Sends a form of a page.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        let csrf = self.csrf().await;
        self.submit_from(path, &[fields, &[("csrf", &csrf)]].concat(), &[ORIGIN]).await
    }

    /// Sends a form with a file.
    pub(crate) async fn upload(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> TestResponse {
        let csrf = self.csrf().await;
        let mut body = Vec::new();
        for (name, value) in [fields, &[("csrf", &csrf)]].concat() {
            let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        body.extend(b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\n");
        body.extend([file, b"\r\n--x--\r\n"].concat());
        let request = Request::builder().method(Method::POST).uri(path).header(header::HOST, HOST);
        let request = request
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, ORIGIN);
        self.env.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// Sends a form from pages of some origins.
    async fn submit_from(&self, path: &str, fields: &[(&str, &str)], origins: &[&str]) -> TestResponse {
        let request = Request::builder().method(Method::POST).uri(path).header(header::HOST, HOST);
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &self.cookie);
        let request = origins.iter().fold(request, |request, origin| request.header(header::ORIGIN, *origin));
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.env.send(request.body(Body::from(body)).expect("a request")).await
    }
}
