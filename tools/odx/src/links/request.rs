//! The requests that create the links of a file, each for as many recipients as the API takes.

use crate::api::Api;
use anyhow::{Context as _, Result, bail, ensure};
use indicatif::ProgressBar;
use recipients::{Batch, Link};
use reqwest::{Method, header};
use serde_json::{Map, Value};

const PATH: &str = "/public/api/generate-webchat-deep-link";
/// What all requests of a file have in common.
pub(super) struct LinkRequest {
    /// The members of the body, without the recipients.
    pub(super) members: Map<String, Value>,
    /// The part of the idempotency keys that identifies file and options.
    pub(super) name: String,
}

impl LinkRequest {
    /// Creates the links of all recipients, request by request. Rows without a recipient get no link.
    ///
    /// # Errors
    /// Returns an error if a request fails, with the number of links that exist by then.
    pub(super) async fn create_all(&self, api: &Api, recipients: Vec<Option<Value>>) -> Result<Vec<Option<Link>>> {
        let total = recipients.iter().flatten().count();
        let bar = crate::progress::bar(total.try_into()?, "{wide_bar} {pos}/{len} links, {eta} left");
        let api = api.clone().with_bar(&bar);
        let max = max_users(&api).await?;
        let mut links = Vec::with_capacity(recipients.len());
        let mut recipients = recipients.into_iter().peekable();
        while recipients.peek().is_some() {
            let batch = Batch::take(&mut recipients, max);
            let created = self
                .create(&api, links.len(), batch.recipients.clone())
                .await
                .with_context(|| interrupted(&bar, total))?;
            bar.inc(created.len().try_into()?);
            links.extend(batch.spread(created));
        }
        bar.finish_and_clear();
        Ok(links)
    }

    /// Creates the links of one request. Its idempotency key contains the number of the first row, so that a repeated
    /// command gets the links that exist.
    async fn create(&self, api: &Api, first_row: usize, recipients: Vec<Value>) -> Result<Vec<Link>> {
        if recipients.is_empty() {
            return Ok(Vec::new());
        }
        let count = recipients.len();
        let key = format!("csv-{}-{first_row}-{count}", self.name);
        let mut body = self.members.clone();
        body.insert("dataset".to_owned(), recipients.into());
        let post = api.request(Method::POST, PATH, &[]).header("idempotency-key", key);
        let post = post.header(header::CONTENT_TYPE, "application/json").body(Value::Object(body).to_string());
        let links: Vec<Link> = match api.send(post).await?.success() {
            Err(problem) if problem.is_about("scenario_id") => {
                bail!("{problem}\n`odx scenario list` lists the scenarios")
            }
            response => response?.json()?,
        };
        ensure!(links.len() == count, "the API created {} links for {count} recipients: report this bug", links.len());
        Ok(links)
    }
}

fn interrupted(bar: &ProgressBar, total: usize) -> String {
    format!(
        "{} of {total} links are created; run the same command again to continue, no link is created twice",
        bar.position()
    )
}

/// The maximum number of users in a request, a setting of the tenant.
async fn max_users(api: &Api) -> Result<usize> {
    let token: Value = api.send(api.request(Method::GET, "/api/token", &[])).await?.success()?.json()?;
    let max = token.pointer("/limits/users_per_request").and_then(Value::as_u64);
    let max = max.with_context(|| format!("`{}` does not answer as the API does: check the address", api.url()))?;
    Ok(usize::try_from(max)?)
}
