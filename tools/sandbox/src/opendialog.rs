//! A stand-in for an OpenDialog workspace: its `user-data-export` in the documented shape
//! (<https://docs.opendialog.ai/developing-with-opendialog/public-apis/user-data-export-apis>), with the awkward behaviour of
//! a server that others run.
//!
//! What the documentation leaves open is as awkward as it may be: the user who spoke last is first on the first page, an
//! empty object is `[]` as PHP writes it, a page may have fewer users than were asked for, and a busy server answers 429 as
//! Laravel's `throttle` does (<https://laravel.com/docs/routing#rate-limiting>).

use anyhow::Result;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

/// The token that the workspace accepts.
pub const TOKEN: &str = "opendialog-token-7f3a";

/// What the workspace does with a request instead of answering it.
#[derive(Clone, Debug)]
pub enum Misbehavior {
    /// It answers as it should.
    None,
    /// It answers with a status, and with `Retry-After` if given.
    Status(u16, Option<u64>),
    /// It does not answer.
    Silence,
    /// It breaks off in the middle of the body.
    CutOff,
    /// It answers 200 with a page for people.
    Html,
    /// It sends the client elsewhere.
    Redirect(Url),
    /// It counts one user more than its pages have.
    WrongTotal,
    /// It answers as it should, and then a message arrives: of a user, at a time, with a text.
    NewMessage(&'static str, &'static str, &'static str),
}

/// A request that the workspace received: its query, and its `Authorization`.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    /// The parameters of the query.
    pub query: BTreeMap<String, String>,
    /// The value of `Authorization`.
    pub authorization: String,
}

#[derive(Default)]
struct Shared {
    messages: Vec<(String, Value)>,
    attributes: BTreeMap<String, Value>,
    page_size: usize,
    misbehavior: VecDeque<Misbehavior>,
    /// What it does when the list above is used up.
    always: Option<Misbehavior>,
    requests: Vec<ReceivedRequest>,
}

/// A workspace on a port of this machine. It stops when it is dropped.
pub struct Workspace {
    /// Its address.
    pub address: Url,
    shared: Arc<Mutex<Shared>>,
    server: JoinHandle<()>,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Workspace({})", self.address)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Workspace {
    /// An empty workspace whose pages have at most `page_size` users.
    ///
    /// # Errors
    /// Returns an error if no port can be opened.
    pub async fn start(page_size: usize) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}/", listener.local_addr()?).parse()?;
        let shared = Arc::new(Mutex::new(Shared { page_size, ..Shared::default() }));
        let routes = Router::new().route("/public/api/user-data-export", get(export)).with_state(shared.clone());
        let server = tokio::spawn(crate::serving::serve(listener, routes, std::future::pending()));
        Ok(Self { address, shared, server })
    }

    /// Adds a message of a user: a text at a time such as `2026-03-01T10:00:00Z`.
    pub fn say(&self, user: &str, date: &str, text: &str) {
        lock(&self.shared).say(user, user, date, text);
    }

    /// Adds an answer of the chatbot to a user.
    pub fn answer(&self, user: &str, date: &str, text: &str) {
        lock(&self.shared).say(user, "them", date, text);
    }

    /// Sets an attribute of a user to a text.
    pub fn set_attribute(&self, user: &str, name: &str, value: &str) {
        let attribute = json!({"name": name, "type": "attribute.core.string", "value": {"scalar_value": value}});
        lock(&self.shared).attributes.insert(user.to_owned(), attribute);
    }

    /// Sets what the next requests meet, one after the other.
    pub fn misbehave(&self, next: impl IntoIterator<Item = Misbehavior>) {
        lock(&self.shared).misbehavior = next.into_iter().collect();
    }

    /// Sets what every request meets after those of [`misbehave`](Self::misbehave).
    pub fn always(&self, misbehavior: Misbehavior) {
        lock(&self.shared).always = Some(misbehavior);
    }

    /// The requests since the last call.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        std::mem::take(&mut lock(&self.shared).requests)
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn say(&mut self, user: &str, author: &str, date: &str, text: &str) {
        let message = json!({"author": author, "type": "text", "date": date, "text": text, "data": []});
        self.messages.push((user.to_owned(), message));
    }

    /// A page of the users who spoke between two times, the last speaker first.
    fn page(&self, query: &BTreeMap<String, String>) -> Value {
        let bound = |name: &str| query.get(name).map(|text| text.replace(' ', "T")).unwrap_or_default();
        let period = bound("from")..=bound("to");
        let said = |message: &Value| message["date"].as_str().unwrap_or_default()[..19].to_owned();
        let mut users: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for (user, message) in self.messages.iter().filter(|(_, message)| period.contains(&said(message))) {
            users.entry(user).or_default().push(message);
        }
        let mut users: Vec<_> = users.into_iter().collect();
        users.sort_by_key(|(_, messages)| std::cmp::Reverse(messages.iter().map(|message| said(message)).max()));
        let number = |name: &str| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(1);
        let (size, page): (usize, usize) = (number("perPage").min(self.page_size), number("page"));
        let total = users.len();
        let shown = users.into_iter().skip((page - 1) * size).take(size).map(|(user, messages)| {
            let attributes: Vec<_> = self.attributes.get(user).into_iter().collect();
            let about = json!({"first_name": user, "email": null, "custom": []});
            json!({user: {"chatbot_user_data": about, "user_attributes": attributes, "interactions": messages}})
        });
        let pagination =
            json!({"currentPage": page, "lastPage": total.div_ceil(size).max(1), "perPage": size, "total": total});
        json!({"data": shown.collect::<Vec<_>>(), "meta": {"pagination": pagination, "filters": query}})
    }
}

async fn export(
    State(shared): State<Arc<Mutex<Shared>>>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let misbehavior = {
        let mut shared = lock(&shared);
        let request = ReceivedRequest { query: query.clone(), authorization: authorization.to_owned() };
        shared.requests.push(request);
        shared.misbehavior.pop_front().or_else(|| shared.always.clone()).unwrap_or(Misbehavior::None)
    };
    if authorization != format!("Bearer {TOKEN}") {
        return (StatusCode::UNAUTHORIZED, Json(json!({"message": "Unauthenticated."}))).into_response();
    }
    let page = || Json(lock(&shared).page(&query)).into_response();
    match misbehavior {
        Misbehavior::None => page(),
        Misbehavior::Status(status, retry_after) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let mut refused = (status, "Too Many Attempts.").into_response();
            if let Some(seconds) = retry_after {
                refused.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            refused
        }
        Misbehavior::Silence => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            page()
        }
        Misbehavior::CutOff => {
            let mut cut = page();
            cut.headers_mut().insert(header::CONTENT_LENGTH, 1_000_000.into());
            cut
        }
        Misbehavior::Html => ([(header::CONTENT_TYPE, "text/html")], "<h1>secret page</h1>").into_response(),
        Misbehavior::Redirect(to) => Redirect::temporary(to.as_str()).into_response(),
        Misbehavior::WrongTotal => {
            let mut page = lock(&shared).page(&query);
            let total = page["meta"]["pagination"]["total"].as_u64().unwrap_or_default();
            page["meta"]["pagination"]["total"] = (total + 1).into();
            Json(page).into_response()
        }
        Misbehavior::NewMessage(user, date, text) => {
            let page = page();
            lock(&shared).say(user, user, date, text);
            page
        }
    }
}
