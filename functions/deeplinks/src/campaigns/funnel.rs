//! The funnel of a campaign, from link to conversation: counted from the sizes of its requests and from the activities of
//! its links, so it cannot drift. It costs what was touched: a link that nobody opened has no activity.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, Field, LinksRead, Members, PathParam, Problem, QueryPairs, ScopeErrors,
    TableErrors,
};
use shared::model::{CampaignId, TenantId};
use shared::store::{ActivityCursor, MadeLinks, Store};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Requests for links whose sizes a page reads before it goes on with activities: 14 read units.
const SIZES_BEFORE_ACTIVITIES: usize = 1000;

/// Where the next page of a funnel begins.
#[derive(Serialize, Deserialize)]
enum FunnelCursor {
    /// After a request in the list of the campaign's requests for links.
    #[serde(rename = "m")]
    Made(Option<String>),
    /// In the activities of the campaign's links.
    #[serde(rename = "a")]
    Activities(Option<ActivityCursor>),
}

/// How many links reached each step. Test links do not count.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"campaign": "spring", "made": 2, "clicked": 2, "opened": 1, "conversed": 1, "by_day": [
    {"day": "2026-01-01", "made": 2, "clicked": 1, "opened": 1, "conversed": 1},
    {"day": "2026-01-02", "made": 0, "clicked": 1, "opened": 0, "conversed": 0}], "meta": {"next_cursor": null}}))]
pub(crate) struct Funnel {
    campaign: String,
    #[serde(flatten)]
    total: Counts,
    /// The links by the day, in UTC, on which each first reached the step.
    by_day: Vec<Day>,
    meta: FunnelMeta,
}

/// The continuation of a funnel.
#[derive(Serialize, ToSchema)]
struct FunnelMeta {
    /// The cursor of the next page, valid for a day; null after the last page. A page counts up to 10,000 links that were
    /// clicked: for a larger campaign, add the pages up.
    next_cursor: Option<String>,
}

#[derive(Clone, Copy, Default, Serialize, ToSchema)]
struct Counts {
    made: u64,
    /// Opened, requests of preview agents not counted.
    clicked: u64,
    /// Handoff exchanged by the webchat page.
    opened: u64,
    /// The user sent text, a button or a form.
    conversed: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = FunnelDay)]
struct Day {
    #[schema(value_type = String, format = Date)]
    day: NaiveDate,
    #[serde(flatten)]
    counts: Counts,
}

/// The query.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FunnelQuery {
    /// `meta.next_cursor` of the previous page.
    #[param(value_type = Option<String>, nullable = false, pattern = "^[A-Za-z0-9._-]*$")]
    cursor: Field,
}

/// A campaign's funnel
///
/// How many links were made, were clicked, were opened and led to a conversation: in total, and by the day on which each
/// link first reached the step.
#[utoipa::path(
    get, path = "/public/api/campaigns/{campaign}/funnel", tag = "Webchat links", operation_id = "campaignFunnel",
    params(("campaign" = String, Path, pattern = "^[A-Za-z0-9._-]{1,64}$", description = "The campaign's name", example = "spring"), FunnelQuery),
    responses((status = 200, body = Funnel, description = "The funnel, or a page of it"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Your tenant has no such campaign"),
        AuthErrors, ScopeErrors, TableErrors,
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The query or the cursor is not valid")),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn funnel(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    query: QueryPairs,
    PathParam(campaign): PathParam<CampaignId>,
) -> Result<Json<Funnel>, ApiError> {
    let tenant = &caller.tenant.id;
    let cursors = CursorCodec::new(&app, tenant, &format!("funnel {campaign}"), &query);
    let Members { known, unknown } = Members::<FunnelQuery>::of_query(query);
    unknown.refuse()?;
    let from: Option<FunnelCursor> = cursors.decode(known.cursor.query_string().as_deref())?;
    app.store.campaign_get(tenant, &campaign).await?.ok_or(ApiError::NotFound)?;
    let mut days = Days::default();
    let next = page(&app.store, tenant, &campaign, from, &mut days).await?;
    let (total, by_day) = days.sum();
    let meta = FunnelMeta { next_cursor: next.map(|next| cursors.encode(&next)) };
    Ok(Json(Funnel { campaign: campaign.as_str().to_owned(), total, by_day, meta }))
}

/// Counts a page, and returns where the next begins: the links made, then the links that were touched.
async fn page(
    store: &Store,
    tenant: &TenantId,
    campaign: &CampaignId,
    from: Option<FunnelCursor>,
    days: &mut Days,
) -> Result<Option<FunnelCursor>, ApiError> {
    let activities = match from.unwrap_or(FunnelCursor::Made(None)) {
        FunnelCursor::Activities(position) => position,
        FunnelCursor::Made(after) => {
            let (made, more) = store.campaign_made(tenant, campaign, after).await?;
            for request in &made {
                days.made(request);
            }
            if let Some(after) = more {
                return Ok(Some(FunnelCursor::Made(Some(after))));
            }
            if made.len() > SIZES_BEFORE_ACTIVITIES {
                return Ok(Some(FunnelCursor::Activities(None)));
            }
            None
        }
    };
    let (activities, next) = store.campaign_activities(tenant, campaign, activities).await?;
    for activity in activities {
        days.count(activity.first_clicked_at, |counts| &mut counts.clicked);
        days.count(activity.first_opened_at, |counts| &mut counts.opened);
        days.count(activity.conversed_at, |counts| &mut counts.conversed);
    }
    Ok(next.map(|next| FunnelCursor::Activities(Some(next))))
}

/// Counts by day.
#[derive(Default)]
struct Days(BTreeMap<NaiveDate, Counts>);

impl Days {
    fn made(&mut self, request: &MadeLinks) {
        self.0.entry(request.made_at.date_naive()).or_default().made += request.links;
    }

    fn count(&mut self, at: Option<DateTime<Utc>>, step: impl Fn(&mut Counts) -> &mut u64) {
        if let Some(at) = at {
            *step(self.0.entry(at.date_naive()).or_default()) += 1;
        }
    }

    /// The total, and the days in their order.
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
