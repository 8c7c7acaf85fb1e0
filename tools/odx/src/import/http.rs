//! An import over HTTP: several requests at the same time, each with a batch of events and a verdict on each event.

use crate::api::{Api, ApiResponse};
use crate::import::batches::{Batch, Batches};
use crate::import::outcome::ImportOutcome;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use futures_util::{StreamExt as _, stream};
use importer::Reader;
use indicatif::ProgressBar;
use reqwest::{Method, StatusCode, header};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::BufRead;

/// Number of requests at the same time.
const CONCURRENCY: usize = 4;

/// The response to a batch.
#[derive(Deserialize)]
struct Verdicts {
    results: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    index: usize,
    status: String,
    #[serde(default)]
    errors: BTreeMap<String, Vec<String>>,
}

/// Sends the events of a file.
///
/// # Errors
/// Returns an error if the file cannot be read or a request fails. What was sent until then stays stored.
pub(super) async fn import(api: &Api, input: impl BufRead, bar: &ProgressBar) -> Result<ImportOutcome> {
    let batches = Batches::new(Reader::new(input)?);
    let responses = stream::iter(batches).map(|batch| async {
        let batch = batch?;
        let outcome = send(api, &batch)
            .await
            .context("the import was interrupted: run it again, the events that are stored will count as duplicates")?;
        anyhow::Ok((batch, outcome))
    });
    let mut responses = std::pin::pin!(responses.buffered(CONCURRENCY));
    let mut total = ImportOutcome::default();
    while let Some(next) = responses.next().await {
        let (batch, outcome) = next?;
        bar.set_position(batch.bytes);
        total.add(batch.skipped);
        total.add(outcome);
        bar.set_message(total.stored().to_string());
    }
    Ok(total)
}

/// Sends a batch. A repeated request is safe: an event that arrives twice is a duplicate.
async fn send(api: &Api, batch: &Batch) -> Result<ImportOutcome> {
    if batch.locations.is_empty() {
        return Ok(ImportOutcome::default());
    }
    let request = api.request(Method::POST, "/public/api/interactions", &[]);
    let request = request.header(header::CONTENT_TYPE, "application/x-ndjson").body(batch.body.clone());
    let response = api.send(request).await?;
    match response.json::<Verdicts>() {
        Ok(verdicts) if has_verdicts(&response) => outcome(batch, verdicts),
        _ => Err(response.success().map_or_else(Into::into, |_| {
            anyhow!("the API answered without a verdict on each event: check the address")
        })),
    }
}

/// Whether the status is one that comes with verdicts: 200, or 422 if every event is invalid.
fn has_verdicts(response: &ApiResponse) -> bool {
    response.status == StatusCode::OK || response.status == StatusCode::UNPROCESSABLE_ENTITY
}

/// The outcome of a batch. The API answers with exactly one verdict for each event, in their order.
fn outcome(batch: &Batch, verdicts: Verdicts) -> Result<ImportOutcome> {
    let mut outcome = ImportOutcome::default();
    let (events, verdicts) = (batch.locations.len(), verdicts.results);
    ensure!(verdicts.len() == events, "the API answered with {} verdicts for {events} events", verdicts.len());
    for ((expected, location), Verdict { index, status, errors }) in batch.locations.iter().enumerate().zip(verdicts) {
        ensure!(index == expected, "the API answered with verdicts in another order than the events");
        match status.as_str() {
            "created" => outcome.created += 1,
            "duplicate" => outcome.duplicate += 1,
            "ignored" => outcome.ignored += 1,
            "merged" => outcome.attributes += 1,
            "conflict" => outcome.conflict(*location),
            "invalid" => {
                let errors = errors.into_iter().map(|(field, sentences)| (field, sentences.join(" ")));
                outcome.refuse(*location, errors.collect());
            }
            other => bail!("the API answered with the unknown verdict `{other}`: update odx"),
        }
    }
    Ok(outcome)
}
