//! The funnel of a campaign, from link to conversation: computed from the links' own records, so it cannot drift.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, Fields, LinksRead, Problem, QueryPairs, ScopeErrors, TableErrors,
};
use shared::model::CampaignId;
use shared::store::part_created_at;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Parts of the manifest that one page reads: 10,000 links.
const PARTS_A_PAGE: usize = 20;

/// How many links got how far. Links that were made to try things out do not count.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"campaign": "spring", "made": 2, "clicked": 2, "opened": 1, "conversed": 1, "by_day": [
    {"day": "2026-01-01", "made": 2, "clicked": 1, "opened": 1, "conversed": 1},
    {"day": "2026-01-02", "made": 0, "clicked": 1, "opened": 0, "conversed": 0}], "meta": {"next_cursor": null}}))]
pub(crate) struct Funnel {
    campaign: String,
    #[serde(flatten)]
    total: Counts,
    /// What happened first on which day, in UTC.
    by_day: Vec<Day>,
    meta: FunnelMeta,
}

/// How a funnel goes on.
#[derive(Serialize, ToSchema)]
struct FunnelMeta {
    /// A campaign of more than 10,000 links is counted page by page: add the pages up. Null after the last.
    next_cursor: Option<String>,
}

#[derive(Clone, Copy, Default, Serialize, ToSchema)]
struct Counts {
    made: u64,
    /// Opened by a person, previews not counted.
    clicked: u64,
    /// Exchanged by the webchat page.
    opened: u64,
    /// The person sent text, a button or a form.
    conversed: u64,
}

#[derive(Serialize, ToSchema)]
struct Day {
    #[schema(value_type = String)]
    day: NaiveDate,
    #[serde(flatten)]
    counts: Counts,
}

/// The query as OpenAPI describes it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `funnel` takes from the pairs")]
pub(crate) struct FunnelQuery {
    /// `meta.next_cursor` of the page before; good for a day.
    cursor: Option<String>,
}

/// A campaign's funnel
///
/// How many links were made, clicked, opened, and led to a conversation; in all, and by the day on which each happened
/// first.
#[utoipa::path(
    get, path = "/public/api/campaigns/{campaign}/funnel", tag = "Webchat links", operation_id = "campaignFunnel",
    params(("campaign" = String, Path, description = "The campaign's name", example = "spring"), FunnelQuery),
    responses((status = 200, body = Funnel, description = "The funnel, or a page of it"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "You have no such campaign"),
        AuthErrors, ScopeErrors, TableErrors,
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The query or the cursor is not valid")),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn funnel(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    campaign: Result<Path<String>, PathRejection>,
    query: QueryPairs,
) -> Result<Json<Funnel>, ApiError> {
    let campaign: CampaignId = campaign.ok().and_then(|Path(name)| name.parse().ok()).ok_or(ApiError::NotFound)?;
    let tenant = &caller.tenant.id;
    let cursors = CursorCodec::new(&app, tenant, &format!("funnel {campaign}"), &query);
    let mut fields = Fields::of_query(query);
    let cursor = fields.query_string("cursor");
    fields.refuse_unknown();
    fields.finish()?;
    let after: Option<String> = cursors.decode(cursor.as_deref())?;
    app.store.campaign_get(tenant, &campaign).await?.ok_or(ApiError::NotFound)?;
    let (parts, more) = app.store.campaign_parts(tenant, &campaign, None, after.as_deref(), PARTS_A_PAGE).await?;
    let next_cursor = parts.last().filter(|_| more).map(|(place, _)| cursors.encode(place));
    let mut days = Days::default();
    for (place, part) in parts.iter().filter(|(_, part)| !part.test) {
        days.made(part_created_at(place)?, part.links.len());
        for state in app.store.link_activities(&part.links).await? {
            days.note(state.first_clicked_at, |counts| &mut counts.clicked);
            days.note(state.first_opened_at, |counts| &mut counts.opened);
            days.note(state.conversed_at, |counts| &mut counts.conversed);
        }
    }
    let (total, by_day) = days.sum();
    Ok(Json(Funnel { campaign: campaign.as_str().to_owned(), total, by_day, meta: FunnelMeta { next_cursor } }))
}

#[derive(Default)]
struct Days(BTreeMap<NaiveDate, Counts>);

impl Days {
    fn made(&mut self, at: DateTime<Utc>, links: usize) {
        self.0.entry(at.date_naive()).or_default().made += links as u64;
    }

    fn note(&mut self, at: Option<DateTime<Utc>>, step: impl Fn(&mut Counts) -> &mut u64) {
        if let Some(at) = at {
            *step(self.0.entry(at.date_naive()).or_default()) += 1;
        }
    }

    fn sum(self) -> (Counts, Vec<Day>) {
        let add = |a: Counts, b: &Counts| Counts {
            made: a.made + b.made,
            clicked: a.clicked + b.clicked,
            opened: a.opened + b.opened,
            conversed: a.conversed + b.conversed,
        };
        let total = self.0.values().fold(Counts::default(), add);
        (total, self.0.into_iter().map(|(day, counts)| Day { day, counts }).collect())
    }
}
