//! `odx links edit`: changes links, or the end of a campaign.

use crate::api::Address;
use crate::context::Source;
use crate::links::revoke::id;
use crate::output::Output;
use anyhow::{Result, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use shared::model::{CampaignId, LinkId};

/// Change when links end, how often they work, and what they tell the webchat
///
/// The change takes effect within two seconds. An expired link works again with a later end; a revoked one stays revoked.
/// What is not given stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links edit --expires-at 2027-06-30 w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi
  odx links edit --max-uses 3 --attributes '{\"first_name\": \"Ann\"}' w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi
  odx links edit --campaign spring --expires-at '2027-06-30 18:00:00'")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The `link_id` of each link, from `odx links list`
    #[arg(value_name = "LINK_ID", required_unless_present = "campaign", conflicts_with = "campaign", value_parser = id)]
    links: Vec<LinkId>,
    /// All links that this campaign has now
    #[arg(long, value_name = "NAME", conflicts_with_all = ["max_uses", "attributes"])]
    campaign: Option<CampaignId>,
    /// When they stop working: a date, or a date and time in UTC
    #[arg(long, value_name = "DATE", required_unless_present_any = ["max_uses", "attributes"])]
    expires_at: Option<String>,
    /// How often each link can be opened in all, those times included that it was
    #[arg(long, value_name = "NUMBER")]
    max_uses: Option<u64>,
    /// A JSON object that replaces all attributes of each link
    #[arg(long, value_name = "JSON", value_parser = object)]
    attributes: Option<Value>,
}

fn object(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(Value::Object(object)),
        Ok(_) => Err("must be a JSON object".to_owned()),
        Err(error) => Err(format!("is not JSON: {error}")),
    }
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let given = [
        ("expires_at", args.expires_at.map(Value::from)),
        ("max_uses", args.max_uses.map(Value::from)),
        ("attributes", args.attributes),
    ];
    let change: Map<String, Value> =
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let of_campaign = args.campaign.as_ref().map(|campaign| ("campaign", campaign.as_str(), "campaigns"));
    let links = args.links.iter().map(|link| ("link", link.as_str(), "links"));
    for (kind, id, path) in links.chain(of_campaign) {
        let request = api.request(Method::PATCH, &format!("/public/api/{path}/{id}"), &[]).json(&change);
        let response = api.send(request).await?;
        if response.status == StatusCode::NOT_FOUND {
            bail!("there is no {kind} `{id}` of this tenant: check the id and the token");
        }
        response.success()?;
        output.done(&json!({"changed": id}), &format!("changed {kind} `{id}`"))?;
    }
    Ok(())
}
