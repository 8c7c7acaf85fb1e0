//! Pages of links: of a user by the index, of a campaign by its manifest, of a tenant or scenario by its requests.

use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::crypto::LinkHash;
use shared::http::{ApiError, CursorCodec, Fields, QueryPairs};
use shared::model::{CampaignId, Link, LinkActivity, ScenarioId, Tenant, UserId};
use shared::store::{ManifestPart, Store, UserLinkCursor};

/// Manifest parts read for one page: a scenario that is rare among a tenant's must not time out.
const PARTS_A_PAGE: usize = 40;

/// What is wanted.
pub(super) struct Wanted {
    filter: Filter,
    limit: usize,
    cursors: CursorCodec,
    from: Option<Place>,
}

enum Filter {
    All,
    Campaign(CampaignId),
    Scenario(ScenarioId),
    User(UserId),
}

/// Where a list goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Place {
    /// After a link in the index of a user's.
    User(UserLinkCursor),
    /// In a part of a manifest, so many links done with.
    ManifestPart { batch: Option<(String, CampaignId)>, part: String, done: usize },
    /// After a request in the list of a tenant's.
    LinkBatch(String),
}

pub(super) type Found = Vec<(LinkHash, Link, LinkActivity)>;

pub(super) fn read(app: &App, tenant: &Tenant, query: QueryPairs) -> Result<Wanted, ApiError> {
    let cursors = CursorCodec::new(app, &tenant.id, "links", &query);
    let mut fields = Fields::of_query(query);
    let limit = fields.bounded_number("limit", 1..=1000).unwrap_or(100);
    let cursor = fields.query_string("cursor");
    let filters = [
        fields.parse("campaign").map(Filter::Campaign),
        fields.parse("scenario_id").map(Filter::Scenario),
        user(&mut fields).map(Filter::User),
    ];
    let mut filters = filters.into_iter().flatten();
    let filter = filters.next().unwrap_or(Filter::All);
    if filters.next().is_some() {
        fields.wrong("campaign", "Give at most one of campaign, scenario_id and user_id.");
    }
    fields.refuse_unknown();
    fields.finish()?;
    let from = cursors.decode(cursor.as_deref())?;
    Ok(Wanted { filter, limit: usize::try_from(limit).unwrap_or(100), cursors, from })
}

fn user(fields: &mut Fields) -> Option<UserId> {
    let read: Result<UserId, _> = fields.query_string("user_id")?.parse();
    read.map_err(|invalid| fields.wrong("user_id", format!("{invalid}."))).ok()
}

/// A page, and the cursor of the next.
pub(super) async fn page(app: &App, tenant: &Tenant, wanted: Wanted) -> Result<(Found, Option<String>), ApiError> {
    let walk = Walk { store: &app.store, tenant, limit: wanted.limit };
    let (links, next) = match wanted.filter {
        Filter::User(user) => walk.user(&user, wanted.from).await?,
        Filter::Campaign(campaign) => walk.campaign(&campaign, wanted.from).await?,
        Filter::Scenario(scenario) => walk.requests(Some(&scenario), wanted.from).await?,
        Filter::All => walk.requests(None, wanted.from).await?,
    };
    let found = app.store.links_get(&links).await?;
    Ok((found, next.map(|place| wanted.cursors.encode(&place))))
}

struct Walk<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    limit: usize,
}

type Step = (Vec<LinkHash>, Option<Place>);

impl Walk<'_> {
    async fn user(&self, user: &UserId, from: Option<Place>) -> Result<Step, ApiError> {
        let after = match &from {
            Some(Place::User(page)) => Some(page),
            _ => None,
        };
        let user_hash = self.store.data_key().user_hash(&self.tenant.id, user);
        let (listed, more) = self.store.links_of_user(&self.tenant.id, &user_hash, after, self.limit).await?;
        let next = listed.last().filter(|_| more).map(|(page, _)| Place::User(page.clone()));
        Ok((listed.into_iter().map(|(_, link)| link).collect(), next))
    }

    async fn campaign(&self, campaign: &CampaignId, from: Option<Place>) -> Result<Step, ApiError> {
        let mut links = Vec::new();
        let from = match from {
            Some(Place::ManifestPart { part, done, .. }) => Some((part, done)),
            _ => None,
        };
        let rest = self.parts(campaign, None, None, from, &mut links, &mut { PARTS_A_PAGE }).await?;
        Ok((links, rest.map(|(part, done)| Place::ManifestPart { batch: None, part, done })))
    }

    async fn requests(&self, scenario: Option<&ScenarioId>, from: Option<Place>) -> Result<Step, ApiError> {
        let (mut links, mut budget) = (Vec::new(), PARTS_A_PAGE);
        let mut after = None;
        match from {
            Some(Place::ManifestPart { batch: Some((batch, campaign)), part, done }) => {
                let rest =
                    self.parts(&campaign, Some(&batch), scenario, Some((part, done)), &mut links, &mut budget).await?;
                if let Some((part, done)) = rest {
                    return Ok((links, Some(Place::ManifestPart { batch: Some((batch, campaign)), part, done })));
                }
                after = Some(batch);
            }
            Some(Place::LinkBatch(batch)) => after = Some(batch),
            _ => {}
        }
        loop {
            let batches = self.store.batch_list(&self.tenant.id, after.as_deref(), PARTS_A_PAGE).await?;
            if batches.is_empty() {
                return Ok((links, None));
            }
            for (batch, campaign) in batches {
                if links.len() >= self.limit || budget == 0 {
                    return Ok((links, after.map(Place::LinkBatch)));
                }
                let rest = self.parts(&campaign, Some(&batch), scenario, None, &mut links, &mut budget).await?;
                if let Some((part, done)) = rest {
                    return Ok((links, Some(Place::ManifestPart { batch: Some((batch, campaign)), part, done })));
                }
                after = Some(batch);
            }
        }
    }

    /// Takes links of a campaign's manifest, newest part first, until the page is full or the budget is spent; then
    /// says where it stopped: a part, and how many of its links are done with.
    async fn parts(
        &self,
        campaign: &CampaignId,
        batch: Option<&str>,
        scenario: Option<&ScenarioId>,
        from: Option<(String, usize)>,
        links: &mut Vec<LinkHash>,
        budget: &mut usize,
    ) -> Result<Option<(String, usize)>, ApiError> {
        let mut at = from;
        if let Some((place, done)) = &mut at
            && let Some(part) = self.store.campaign_part(&self.tenant.id, campaign, place).await?
        {
            let stopped = self.take(&part, scenario, *done, links);
            *done = stopped.unwrap_or(part.links.len());
            if stopped.is_some() {
                return Ok(at);
            }
        }
        loop {
            let after = at.as_ref().map(|(place, _)| place.as_str());
            let (parts, more) = self.store.campaign_parts(&self.tenant.id, campaign, batch, after, 4).await?;
            for (place, part) in parts {
                if *budget == 0 || links.len() >= self.limit {
                    return Ok(at.or(Some((place, 0))));
                }
                *budget -= 1;
                if let Some(done) = self.take(&part, scenario, 0, links) {
                    return Ok(Some((place, done)));
                }
                at = Some((place, part.links.len()));
            }
            if !more {
                return Ok(None);
            }
        }
    }

    /// Takes what fits of a part; says how many of its links are done with, if not all.
    fn take(
        &self,
        part: &ManifestPart,
        scenario: Option<&ScenarioId>,
        done: usize,
        links: &mut Vec<LinkHash>,
    ) -> Option<usize> {
        if scenario.is_some_and(|wanted| *wanted != part.scenario) {
            return None;
        }
        let room = self.limit - links.len();
        let rest = part.links.get(done..).unwrap_or_default();
        links.extend(rest.iter().take(room).cloned());
        (rest.len() > room).then_some(done + room)
    }
}
