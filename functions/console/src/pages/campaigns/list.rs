//! The list of campaigns with their funnels.

use crate::chart;
use crate::funnel::{Counts, Funnel};
use crate::layout::Section;
use crate::page_error::PageError;
use crate::query::with_query;
use crate::session::SignedIn;
use crate::table::Column::{Number, Text};
use crate::table::table;
use crate::texts::EN;
use crate::time::day;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use maud::{Markup, html};
use serde::Deserialize;
use shared::http::ListMeta;

/// Campaigns of a page: each costs a page of its funnel.
const LIMIT: &str = "10";

#[derive(Deserialize)]
struct CampaignList {
    data: Vec<Campaign>,
    meta: ListMeta,
}

#[derive(Deserialize)]
struct Campaign {
    #[serde(rename = "campaign")]
    name: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    cursor: String,
}

/// `GET /console/campaigns`.
pub(crate) async fn show(person: SignedIn, Query(query): Query<ListQuery>) -> Result<Response, PageError> {
    let path = with_query("/public/api/campaigns", &[("limit", LIMIT), ("cursor", &query.cursor)]);
    let campaigns: CampaignList = person.api.get(&path).await?;
    let funnels = campaigns.data.iter().map(|campaign| Funnel::read(&person.api, &campaign.name, 1));
    let funnels = try_join_all(funnels).await?;
    let columns = [
        Text(EN.campaign),
        Text(EN.created),
        Text(EN.ends),
        Number(EN.made),
        Number(EN.clicked),
        Number(EN.opened),
        Number(EN.conversed),
        Text(EN.funnel),
    ];
    let content = html! {
        h1 { (EN.campaigns) }
        p { a.button href="/console/new-campaign" { (EN.new_campaign) } }
        @if campaigns.data.is_empty() { p { (EN.no_campaigns) } } @else {
            (table(&columns, &html! {
                @for (campaign, funnel) in campaigns.data.iter().zip(&funnels) { (row(campaign, funnel)) }
            }))
        }
        @if let Some(cursor) = &campaigns.meta.next_cursor {
            p { a.button href=(with_query("/console/campaigns", &[("cursor", cursor)])) { (EN.next_page) } }
        }
    };
    Ok(person.frame().page(Section::Campaigns, EN.campaigns, &content))
}

fn row(campaign: &Campaign, funnel: &Funnel) -> Markup {
    let Counts { made, clicked, opened, conversed } = funnel.total;
    let at_least = if funnel.is_whole() { "" } else { "≥ " };
    html! {
        tr {
            th scope="row" { a href={ "/console/campaigns/" (campaign.name) } { (campaign.name) } }
            td { (day(campaign.created_at)) }
            td { (end(campaign)) }
            td.number { (made) }
            td.number { (at_least) (clicked) }
            td.number { (at_least) (opened) }
            td.number { (at_least) (conversed) }
            td { (chart::bars(&funnel.total)) }
        }
    }
}

fn end(campaign: &Campaign) -> Markup {
    match (campaign.revoked_at, campaign.expires_at) {
        (Some(at), _) => html! { (EN.revoked) " " (day(at)) },
        (None, Some(at)) => day(at),
        (None, None) => html! { (EN.as_made) },
    }
}
