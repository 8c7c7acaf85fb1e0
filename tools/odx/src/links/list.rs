//! `odx links list`: links with their state and their counters.

use crate::api::{Address, Api};
use crate::context::Source;
use crate::links::join;
use crate::links::page::PageMeta;
use crate::output::Output;
use anyhow::Result;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use shared::model::CampaignId;
use std::path::PathBuf;

/// Maximum number of links in a page of the API.
const PAGE_SIZE: usize = 1000;

/// List links, newest first
///
/// The list has no URLs: a URL is only shown when its link is created.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links list --campaign spring
  odx links list --user-id ann@example.com --json
  odx links list --campaign spring --not-opened --join people.links.csv > reminder.csv")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    selection: Selection,
    /// Only links that nobody has opened yet
    #[arg(long)]
    not_opened: bool,
    /// Print the rows of this table of recipients instead, with its own columns: those whose links are listed, by
    /// `link_id` or else by `user_id`
    #[arg(long, value_name = "FILE", conflicts_with = "limit")]
    join: Option<PathBuf>,
    /// Maximum number of links to list
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

/// The options that select links; at most one.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Selection {
    /// Only links of this campaign
    #[arg(long, value_name = "NAME")]
    campaign: Option<CampaignId>,
    /// Only links of this scenario, by its id
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
    /// Only links of this chatbot user
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    meta: PageMeta,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let Selection { campaign, scenario, user_id } = args.selection;
    let filters = [("campaign", campaign.map(|id| id.to_string())), ("scenario_id", scenario), ("user_id", user_id)];
    let mut selection: Vec<_> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if let Some(file) = &args.join {
        return join::run(file, args.not_opened, &request(&api, &selection, usize::MAX).await?.0);
    }
    selection.extend(args.not_opened.then(|| ("opened", "false".to_owned())));
    let (links, is_cut) = request(&api, &selection, args.limit).await?;
    if is_cut {
        eprintln!("there are more links: raise --limit above {} to list them", args.limit);
    }
    let columns = ["link_id", "user_id", "campaign", "state", "clicks", "uses", "created_at"];
    let empty = "no links were found: `odx links create --csv FILE --scenario ID` creates links";
    output.list(&links, columns, |link| columns.map(|name| text(&link[name])), empty)
}

/// Requests at most `limit` links, and whether there are more.
async fn request(api: &Api, selection: &[(&str, String)], limit: usize) -> Result<(Vec<Value>, bool)> {
    let (mut links, mut cursor) = (Vec::new(), None::<String>);
    while links.len() < limit {
        let mut query = selection.to_vec();
        query.push(("limit", (limit - links.len()).min(PAGE_SIZE).to_string()));
        query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let page: Page = api.send(api.request(Method::GET, "/public/api/links", &query)).await?.success()?.json()?;
        links.extend(page.data);
        cursor = page.meta.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok((links, cursor.is_some()))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
