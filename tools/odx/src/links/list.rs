//! `odx links list`: links and what became of them.

use super::Meta;
use crate::api::Address;
use crate::connect::Source;
use crate::output::Output;
use anyhow::Result;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use shared::model::CampaignId;

/// Links of a page at most.
const PAGE: usize = 1000;

/// List links, the newest first
///
/// Never their URLs, which were shown once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links list --campaign spring
  odx links list --user-id ann@example.com --json")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    of: Of,
    /// How many
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

/// Whose links.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Of {
    /// Those of a campaign
    #[arg(long, value_name = "NAME")]
    campaign: Option<CampaignId>,
    /// Those of a scenario, by its id
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
    /// Those of a chatbot user
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    meta: Meta,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let Of { campaign, scenario, user_id } = args.of;
    let filters = [("campaign", campaign.map(|id| id.to_string())), ("scenario_id", scenario), ("user_id", user_id)];
    let of: Vec<_> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let (mut links, mut cursor) = (Vec::new(), None::<String>);
    while links.len() < args.limit {
        let mut query = of.clone();
        query.push(("limit", (args.limit - links.len()).min(PAGE).to_string()));
        query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let page: Page = api.send(api.request(Method::GET, "/public/api/links", &query)).await?.served()?.json()?;
        links.extend(page.data);
        cursor = page.meta.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    if cursor.is_some() {
        eprintln!("there are more: --limit shows more than {}", args.limit);
    }
    let columns = ["link_id", "user_id", "campaign", "state", "clicks", "uses", "created_at"];
    let empty = "there are no such links: `odx links create --csv FILE --scenario ID` makes some";
    output.list(&links, columns, |link| columns.map(|name| text(&link[name])), empty)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
