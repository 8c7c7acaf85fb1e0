//! `odx user erase`: erases users, and waits for their receipts.

use crate::api::{Address, Api};
use crate::context::Source;
use crate::output::Output;
use crate::progress;
use anyhow::{Context as _, Result, anyhow, bail};
use indicatif::ProgressBar;
use recipients::{USER_ID, column_name};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::model::UserId;
use spreadsheet::Spreadsheet;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// Wait before a user is asked for again whose response does not say how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// Erase users for good: interactions, attributes, links and sessions
///
/// An erasure takes more than a minute, because a request that began before it may still write. The users of a file are
/// erased together. After an interruption, run the command again: who is erased stays so, and has the same receipt. The
/// token needs the scope users:erase.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx user erase ann --yes
  odx user erase --csv leavers.csv --yes --json > receipts.json")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The user ids
    #[arg(value_name = "USER_ID", required_unless_present = "csv")]
    users: Vec<UserId>,
    /// A table with a column `user_id`
    #[arg(long, value_name = "FILE", conflicts_with = "users")]
    csv: Option<PathBuf>,
    /// Erase them: it cannot be undone
    #[arg(long)]
    yes: bool,
}

/// An erasure as the API answers it.
#[derive(Debug, Deserialize, Serialize)]
struct Receipt {
    user_id: String,
    interactions: u64,
    links: u64,
    begun_at: String,
    completed_at: Option<String>,
    backups_until: Option<String>,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let users = match &args.csv {
        Some(path) => of_file(path).with_context(|| format!("`{}`", path.display()))?,
        None => args.users.into_iter().collect(),
    };
    if !args.yes {
        bail!("this erases {} users for good: add --yes to do it", users.len());
    }
    let bar = progress::bar(users.len() as u64, "{wide_bar} {pos}/{len} users erased");
    let api = args.address.open(source)?.with_bar(&bar);
    let receipts = erase(&api, users.into_iter().collect(), &bar).await;
    bar.finish_and_clear();
    let receipts = receipts?;
    let sentence = |receipt: &Receipt| {
        let Receipt { user_id, interactions, links, backups_until, .. } = receipt;
        let until = backups_until.as_deref().unwrap_or("an unknown time");
        format!("erased `{user_id}`: {interactions} interactions and {links} links; backups keep them until {until}")
    };
    output.data(&receipts, || receipts.iter().map(sentence).collect::<Vec<_>>().join("\n"))
}

/// Erases users: begins with all of them, then asks again for those that are not complete.
async fn erase(api: &Api, mut left: Vec<UserId>, bar: &ProgressBar) -> Result<Vec<Receipt>> {
    let mut receipts = Vec::with_capacity(left.len());
    loop {
        let (mut incomplete, mut wait) = (Vec::new(), None);
        for user in left {
            let request = api.request(Method::DELETE, "/public/api/users", &[("user_id", user.as_str().to_owned())]);
            let response = api.send(request).await?.success()?;
            if response.status == StatusCode::ACCEPTED {
                let asked = response.header("retry-after").and_then(|seconds| seconds.parse().ok());
                let asked = asked.map_or(DEFAULT_WAIT, Duration::from_secs);
                wait = Some(wait.map_or(asked, |wait: Duration| wait.min(asked)));
                incomplete.push(user);
            } else {
                receipts.push(response.json()?);
                bar.inc(1);
            }
        }
        let Some(wait) = wait else { return Ok(receipts) };
        sleep(wait).await;
        left = incomplete;
    }
}

/// The users of a table, each once.
///
/// # Errors
/// Returns an error if the table has no column `user_id` or a cell is no user id. It quotes no cell.
fn of_file(path: &Path) -> Result<BTreeSet<UserId>> {
    let sheet = Spreadsheet::read(&std::fs::read(path)?, None)?;
    let column = sheet.header.iter().position(|name| column_name(name.trim()) == USER_ID);
    let column = column.with_context(|| format!("the table has no column `{USER_ID}`"))?;
    let mut users = BTreeSet::new();
    for row in sheet.rows.iter().filter(|row| !row.is_blank()) {
        let cell = row.cells.get(column).map_or("", AsRef::as_ref);
        let user: UserId = cell.parse().map_err(|invalid| anyhow!("line {}: {USER_ID}: {invalid}", row.line))?;
        users.insert(user);
    }
    Ok(users)
}
