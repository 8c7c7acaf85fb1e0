//! `odx links funnel`: how many links of a campaign got how far.

use super::{Meta, chart};
use crate::api::Address;
use crate::connect::Source;
use crate::output::{Output, table};
use anyhow::{Result, bail};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::model::CampaignId;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Show how many links of a campaign got how far
///
/// Made, clicked, opened by the webchat, and led to a conversation: in all, and by the day (UTC) on which each happened
/// first. It is counted from the links' own records.
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
    /// Draw it as well; the file ends in .svg or .png
    #[arg(long, value_name = "FILE", value_parser = chart::file)]
    plot: Option<PathBuf>,
}

/// The steps from a link to a conversation.
pub(crate) const STEPS: [&str; 4] = ["made", "clicked", "opened", "conversed"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    made: u64,
    clicked: u64,
    opened: u64,
    conversed: u64,
}

impl Counts {
    /// As many as there are steps.
    pub(crate) fn steps(self) -> [u64; STEPS.len()] {
        [self.made, self.clicked, self.opened, self.conversed]
    }

    fn add(&mut self, other: Self) {
        self.made += other.made;
        self.clicked += other.clicked;
        self.opened += other.opened;
        self.conversed += other.conversed;
    }
}

/// A funnel; of a page or of all.
#[derive(Debug, Serialize)]
pub(crate) struct Funnel {
    pub(crate) campaign: CampaignId,
    #[serde(flatten)]
    pub(crate) total: Counts,
    pub(crate) by_day: Vec<Day>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Day {
    pub(crate) day: String,
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

#[derive(Deserialize)]
struct Page {
    by_day: Vec<Day>,
    meta: Meta,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let path = format!("/public/api/campaigns/{}/funnel", args.campaign);
    let (mut days, mut cursor) = (BTreeMap::<String, Counts>::new(), None::<String>);
    loop {
        let query: Vec<_> = cursor.into_iter().map(|cursor| ("cursor", cursor)).collect();
        let answer = api.send(api.request(Method::GET, &path, &query)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            bail!("there is no campaign `{}`", args.campaign);
        }
        let page: Page = answer.served()?.json()?;
        for Day { day, counts } in page.by_day {
            days.entry(day).or_default().add(counts);
        }
        cursor = page.meta.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let funnel = sum(args.campaign, days);
    if let Some(file) = &args.plot {
        chart::draw(&funnel, file)?;
        eprintln!("drew `{}`", file.display());
    }
    output.data(&funnel, || text(&funnel))
}

fn sum(campaign: CampaignId, days: BTreeMap<String, Counts>) -> Funnel {
    let mut total = Counts::default();
    for counts in days.values() {
        total.add(*counts);
    }
    Funnel { campaign, total, by_day: days.into_iter().map(|(day, counts)| Day { day, counts }).collect() }
}

fn text(funnel: &Funnel) -> String {
    let counts = funnel.total.steps();
    let steps = STEPS
        .iter()
        .zip(counts)
        .map(|(step, count)| [(*step).to_owned(), count.to_string(), share(count, funnel.total.made)]);
    let steps = table(["", "links", "of made"], steps);
    let day = |Day { day, counts }: &Day| {
        let [made, clicked, opened, conversed] = counts.steps().map(|count| count.to_string());
        [day.clone(), made, clicked, opened, conversed]
    };
    let [made, clicked, opened, conversed] = STEPS;
    let days = table(["day", made, clicked, opened, conversed], funnel.by_day.iter().map(day));
    format!("{steps}\n\n{days}")
}

/// A part of a whole in percent, with one digit.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = (part * 1000 + whole / 2) / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_a_tenth_of_a_percent() {
        for (part, whole, shown) in
            [(1, 3, "33.3 %"), (2, 3, "66.7 %"), (0, 5, "0.0 %"), (5, 5, "100.0 %"), (0, 0, "–")]
        {
            assert_eq!(share(part, whole), shown);
        }
    }
}
