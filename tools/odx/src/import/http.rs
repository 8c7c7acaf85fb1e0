//! An import over HTTP: batches of events, several under way, a verdict on each event.

use super::Became;
use super::batches::{Batch, Batches};
use crate::api::{Answer, Api};
use anyhow::{Result, anyhow, bail, ensure};
use futures_util::{StreamExt as _, stream};
use importer::Reader;
use indicatif::ProgressBar;
use reqwest::{Method, StatusCode, header};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::BufRead;

/// Requests under way at once.
const PARALLEL: usize = 4;

/// The answer to a batch.
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

/// Sends a file.
pub(super) async fn import(api: &Api, input: impl BufRead, bar: &ProgressBar) -> Result<Became> {
    let batches = Batches::new(Reader::new(input)?);
    let sent = stream::iter(batches).map(|batch| async {
        let batch = batch?;
        let became = send(api, &batch).await.map_err(|error| {
            error.context("the import stopped on the way: run it again, what is stored already will count as duplicate")
        })?;
        anyhow::Ok((batch, became))
    });
    let mut sent = std::pin::pin!(sent.buffered(PARALLEL));
    let mut all = Became::default();
    while let Some(next) = sent.next().await {
        let (batch, became) = next?;
        bar.set_position(batch.bytes);
        all.add(batch.refused);
        all.add(became);
        bar.set_message(all.stored().to_string());
    }
    Ok(all)
}

/// Sends a batch until it is answered: an event that arrives twice is a duplicate.
async fn send(api: &Api, batch: &Batch) -> Result<Became> {
    if batch.places.is_empty() {
        return Ok(Became::default());
    }
    let request = api.request(Method::POST, "/public/api/interactions", &[]);
    let request = request.header(header::CONTENT_TYPE, "application/x-ndjson").body(batch.body.clone());
    let answer = api.send(request).await?;
    match answer.json::<Verdicts>() {
        Ok(verdicts) if is_verdict(&answer) => became(batch, verdicts),
        _ => Err(answer.served().map_or_else(Into::into, |_| anyhow!("the API answered without verdicts"))),
    }
}

/// 200, or 422 when no event is valid.
fn is_verdict(answer: &Answer) -> bool {
    answer.status == StatusCode::OK || answer.status == StatusCode::UNPROCESSABLE_ENTITY
}

/// What became of the events of a batch, each of which has exactly one verdict.
fn became(batch: &Batch, verdicts: Verdicts) -> Result<Became> {
    let mut became = Became::default();
    ensure!(verdicts.results.len() == batch.places.len(), "the API answered with too many or too few verdicts");
    for (place, Verdict { index, status, errors }) in verdicts.results.into_iter().enumerate() {
        ensure!(place == index, "the API's verdicts are not in the order of the events");
        let place = batch.places[place];
        match status.as_str() {
            "created" => became.created += 1,
            "duplicate" => became.duplicate += 1,
            "ignored" => became.ignored += 1,
            "conflict" => became.conflict(place),
            "invalid" => {
                let sentences = errors.into_iter().map(|(field, sentences)| (field, sentences.join(" ")));
                became.refuse(place, sentences.collect());
            }
            other => bail!("the API answered with a verdict that is not known: `{other}`; is there a newer odx?"),
        }
    }
    Ok(became)
}
