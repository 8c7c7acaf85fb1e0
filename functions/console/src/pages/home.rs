//! Home: what to do first, and where things are.

use crate::chart;
use crate::days_table::days_table;
use crate::funnel::{Funnel, last_days_of};
use crate::layout::Section;
use crate::page_error::PageError;
use crate::scenario_list::ScenarioList;
use crate::session::SignedIn;
use crate::texts::EN;
use axum::extract::State;
use axum::response::Response;
use futures_util::future::try_join_all;
use maud::html;
use serde::Deserialize;
use shared::app::App;

/// Days of the chart.
const DAYS: u64 = 7;

#[derive(Deserialize)]
struct CampaignList {
    data: Vec<Campaign>,
}

#[derive(Deserialize)]
struct Campaign {
    campaign: String,
    created_at: chrono::DateTime<chrono::Utc>,
}

/// `GET /console`.
pub(crate) async fn show(State(app): State<App>, person: SignedIn) -> Result<Response, PageError> {
    let (campaigns, scenarios) = tokio::try_join!(
        person.api.get::<CampaignList>("/public/api/campaigns?limit=5"),
        person.api.get::<ScenarioList>(ScenarioList::PATH),
    )?;
    let funnels = campaigns.data.iter().map(|campaign| Funnel::read(&person.api, &campaign.campaign, 1));
    let funnels = try_join_all(funnels).await?;
    let days = last_days_of(&funnels, app.clock.now().date_naive(), DAYS);
    let content = html! {
        h1 { (EN.home) }
        section aria-labelledby="campaigns" {
            h2 #campaigns { (EN.latest_campaigns) }
            @if campaigns.data.is_empty() {
                p { (EN.no_campaigns) }
            } @else {
                ul {
                    @for campaign in &campaigns.data {
                        li {
                            a href={ "/console/campaigns/" (campaign.campaign) } { (campaign.campaign) }
                            " · " (crate::time::day(campaign.created_at))
                        }
                    }
                }
            }
        }
        @if !funnels.is_empty() {
            section aria-labelledby="lately" {
                h2 #lately { (EN.lately) }
                @if !funnels.iter().all(Funnel::is_whole) { p.warning { (EN.counted_in_part) } }
                @if days.iter().any(|day| day.counts.clicked + day.counts.opened > 0) { (chart::by_day(&days)) }
                (days_table(&days))
            }
        }
        section aria-labelledby="scenarios" {
            h2 #scenarios { (EN.scenarios) }
            @if scenarios.data.is_empty() {
                p { (EN.no_scenarios) }
            } @else {
                ul { @for scenario in &scenarios.data { li { (scenario.name) " " code { (scenario.id) } } } }
            }
        }
        section aria-labelledby="first" {
            h2 #first { (EN.first_steps) }
            ol {
                li { a href="/console/identity#create" { (EN.step_token) } }
                li { a href="/console/new-campaign" { (EN.step_campaign) } }
                li { a href="/docs" { (EN.step_links) } }
                li { a href="/console/conversations" { (EN.step_conversations) } }
            }
        }
    };
    Ok(person.frame().page(Section::Home, EN.home, &content))
}
