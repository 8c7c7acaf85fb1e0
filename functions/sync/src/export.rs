//! OpenDialog's `GET /public/api/user-data-export`
//! (<https://docs.opendialog.ai/developing-with-opendialog/public-apis/user-data-export-apis>), a page of users at a time.

use crate::period::Period;
use crate::sync_error::SyncError;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, redirect};
use shared::model::{ExportedUser, Invalid, Pagination, UserDataExport};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Users of a page, as in the example of OpenDialog's documentation.
const PER_PAGE: &str = "100";
/// The largest page in bytes. A period with a larger page is halved.
const PAGE_BYTES: usize = 16 * 1024 * 1024;
/// How often a request is sent before its error counts.
const ATTEMPTS: u32 = 4;
/// The pause after the first failure, doubled after each.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// A client of every workspace. Redirects are not followed: the token is for the registered address only.
pub(crate) fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    Client::builder()
        .user_agent(concat!("external-api-sync/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .timeout(timeout)
        .build()
}

/// The export of one period.
pub(crate) struct Export<'a> {
    pub(crate) client: &'a Client,
    pub(crate) address: &'a Url,
    pub(crate) token: &'a str,
    pub(crate) period: Period,
    /// The run ends here.
    pub(crate) deadline: Instant,
}

/// The users of the pages read so far, to find out whether the pages changed meanwhile: OpenDialog's pages are numbered, so a
/// user who comes or goes moves the others across their borders.
#[derive(Default)]
pub(crate) struct Reading {
    seen: HashSet<String>,
    total: Option<u64>,
    has_changed: bool,
}

impl Reading {
    pub(crate) fn add(&mut self, users: &[ExportedUser], pagination: Pagination) {
        self.has_changed |= *self.total.get_or_insert(pagination.total) != pagination.total;
        self.seen.extend(users.iter().map(|user| user.user_id.clone()));
    }

    /// Whether every user of the period was on a page.
    pub(crate) fn is_whole(&self) -> bool {
        !self.has_changed && self.total == u64::try_from(self.seen.len()).ok()
    }
}

impl Export<'_> {
    /// A page, requested again while OpenDialog is busy or unreachable.
    ///
    /// # Errors
    /// Returns [`SyncError`] of the last attempt, and [`SyncError::OutOfTime`] at the end of the run.
    pub(crate) async fn page(&self, number: u64) -> Result<(Vec<ExportedUser>, Pagination), SyncError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.request(number).await {
                Err(error) if error.is_temporary() => {
                    let wait = error.retry_after().unwrap_or(pause);
                    if wait >= self.deadline.saturating_duration_since(Instant::now()) {
                        return Err(error);
                    }
                    tokio::time::sleep(wait).await;
                    pause *= 2;
                }
                done => return done,
            }
        }
        self.request(number).await
    }

    async fn request(&self, number: u64) -> Result<(Vec<ExportedUser>, Pagination), SyncError> {
        let request = tokio::time::timeout_at(self.deadline, self.body(number));
        let body = request.await.map_err(|_| SyncError::OutOfTime)??;
        let export = UserDataExport::parse(&body).map_err(SyncError::Unreadable)?;
        let pagination = export
            .pagination
            .ok_or_else(|| SyncError::Unreadable(Invalid::new("has no meta.pagination with lastPage and total")))?;
        Ok((export.users, pagination))
    }

    async fn body(&self, number: u64) -> Result<Vec<u8>, SyncError> {
        let mut url = self.address.join("/public/api/user-data-export").expect("a path of an origin");
        let [from, to] = [self.period.from, self.period.to].map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string());
        let number = number.to_string();
        let query =
            [("exportType", "json"), ("from", &from), ("to", &to), ("perPage", PER_PAGE), ("page", number.as_str())];
        url.query_pairs_mut().extend_pairs(query);
        let request = self.client.get(url).bearer_auth(self.token).header("accept", "application/json");
        let mut response = request.send().await.map_err(unreachable)?;
        match response.status().as_u16() {
            200 => {}
            status @ (401 | 403) => return Err(SyncError::Token(status)),
            status => return Err(SyncError::Status { status, retry_after: retry_after(response.headers()) }),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > PAGE_BYTES {
                return Err(SyncError::PageTooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// `Retry-After` in seconds. OpenDialog documents none; a proxy in front of it may send one.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The error without its address, and with the cause that says what happened.
fn unreachable(error: reqwest::Error) -> SyncError {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    SyncError::Unreachable(if error.is_timeout() { "timeout".to_owned() } else { cause.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use shared::model::Attributes;

    fn page(users: &str) -> Vec<ExportedUser> {
        let user = |id: &str| ExportedUser { user_id: id.into(), attributes: Attributes::default(), events: vec![] };
        users.split_whitespace().map(user).collect()
    }

    #[rstest]
    #[case::nobody(&[("", 0)], true)]
    #[case::two_pages(&[("ann ben", 3), ("cem", 3)], true)]
    #[case::a_user_came(&[("ann ben", 3), ("cem", 4)], false)]
    #[case::a_user_moved_to_the_first_page(&[("ann ben", 3), ("", 3)], false)]
    #[case::a_user_moved_to_the_second_page(&[("ann ben", 4), ("ben cem", 4)], false)]
    fn a_period_is_whole_if_every_user_was_on_a_page(#[case] pages: &[(&str, u64)], #[case] is_whole: bool) {
        let mut reading = Reading::default();
        for (users, total) in pages {
            reading.add(&page(users), Pagination { last_page: 2, total: *total });
        }
        assert_eq!(reading.is_whole(), is_whole);
    }
}
