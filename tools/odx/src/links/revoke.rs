//! `odx links revoke`: revokes links, or all links of a campaign.

use crate::api::Address;
use crate::context::Source;
use crate::output::Output;
use anyhow::{Result, bail};
use reqwest::{Method, StatusCode};
use serde_json::json;
use shared::model::{CampaignId, LinkId};

/// Revoke links, or a whole campaign
///
/// The links stop working within two seconds and permanently, and their sessions end. To revoke a link again changes
/// nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links revoke w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi
  odx links revoke --campaign spring")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The `link_id` of each link, from `odx links list`
    #[arg(value_name = "LINK_ID", required_unless_present = "campaign", conflicts_with = "campaign", value_parser = id)]
    links: Vec<LinkId>,
    /// Revoke all links of this campaign; it accepts no new ones
    #[arg(long, value_name = "NAME")]
    campaign: Option<CampaignId>,
}

/// Reads a link id of the command line.
pub(crate) fn id(text: &str) -> Result<LinkId, String> {
    text.parse().map_err(|invalid: shared::model::Invalid| format!("{invalid}, as `odx links list` shows it"))
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let of_campaign = args.campaign.as_ref().map(|campaign| ("campaign", campaign.as_str(), "campaigns"));
    let links = args.links.iter().map(|link| ("link", link.as_str(), "links"));
    for (kind, id, path) in links.chain(of_campaign) {
        let response = api.send(api.request(Method::DELETE, &format!("/public/api/{path}/{id}"), &[])).await?;
        if response.status == StatusCode::NOT_FOUND {
            bail!("there is no {kind} `{id}` of this tenant: check the id and the token");
        }
        response.success()?;
        output.done(&json!({"revoked": id}), &format!("revoked {kind} `{id}`"))?;
    }
    Ok(())
}
