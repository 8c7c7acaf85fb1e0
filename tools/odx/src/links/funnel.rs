//! `odx links funnel`: how many links of a campaign reached each step.

use crate::api::Address;
use crate::context::Source;
use crate::links::chart;
use crate::links::funnel_data::{Counts, Day, Funnel, STEPS, share};
use crate::links::page::PageMeta;
use crate::output::{Output, table};
use anyhow::{Result, bail};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use shared::model::CampaignId;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Show how many links of a campaign reached each step
///
/// The steps: the link was made, clicked, opened by the webchat, and led to a conversation. The numbers are given in
/// total and by the day (UTC) on which each link first reached the step. They are counted from the records of the
/// links.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx links funnel spring
  odx links funnel spring --plot spring.svg
  odx links funnel spring --json")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The campaign
    campaign: CampaignId,
    /// Also draw the funnel into this file, which ends in .svg or .png
    #[arg(long, value_name = "FILE", value_parser = chart::file)]
    plot: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Page {
    by_day: Vec<Day>,
    meta: PageMeta,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let path = format!("/public/api/campaigns/{}/funnel", args.campaign);
    let (mut days, mut cursor) = (BTreeMap::<String, Counts>::new(), None::<String>);
    loop {
        let query: Vec<_> = cursor.into_iter().map(|cursor| ("cursor", cursor)).collect();
        let response = api.send(api.request(Method::GET, &path, &query)).await?;
        if response.status == StatusCode::NOT_FOUND {
            bail!("there is no campaign `{}`: `odx links list --json` shows the campaigns of links", args.campaign);
        }
        let page: Page = response.success()?.json()?;
        for Day { day, counts } in page.by_day {
            days.entry(day).or_default().add(counts);
        }
        cursor = page.meta.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let funnel = Funnel::new(args.campaign, days);
    if let Some(file) = &args.plot {
        chart::draw(&funnel, file)?;
        eprintln!("drew `{}`", file.display());
    }
    output.data(&funnel, || text(&funnel))
}

fn text(funnel: &Funnel) -> String {
    let counts = funnel.total.steps();
    let steps =
        STEPS.iter().zip(counts).map(|(step, count)| [(*step).to_owned(), count.to_string(), share(count, counts[0])]);
    let steps = table(["", "links", "of made"], steps);
    let day = |Day { day, counts }: &Day| {
        let [made, clicked, opened, conversed] = counts.steps().map(|count| count.to_string());
        [day.clone(), made, clicked, opened, conversed]
    };
    let [made, clicked, opened, conversed] = STEPS;
    let days = table(["day", made, clicked, opened, conversed], funnel.by_day.iter().map(day));
    format!("{steps}\n\n{days}")
}
