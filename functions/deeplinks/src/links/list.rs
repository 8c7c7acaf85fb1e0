//! Pages of links: of a user from the lists of users' links, of a campaign from its manifest, of a tenant or scenario from the batches.

use crate::links::query::{LinkQuery, LinkSelection};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::crypto::LinkHash;
use shared::http::{ApiError, CursorCodec, PageQuery};
use shared::model::{CampaignId, ScenarioId, Tenant, UserId};
use shared::store::{Freshness, LinkRecord, ManifestPart, Store, UserLinkCursor};

/// Manifest parts that one page reads at most. The links of a scenario may be rare among those of its tenant: without
/// this limit a page that looks for them could take longer than API Gateway waits.
const MAX_PARTS: usize = 40;
/// Manifest parts that one Query reads: 2,000 links, twice the largest page.
const PARTS_A_QUERY: usize = 4;

/// Where the next page of a list begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum LinkListCursor {
    /// After a link in the list of a user's links.
    User(UserLinkCursor),
    /// After `done` links of a manifest part: of a campaign, or of the batch that a tenant's list has reached.
    Part { batch: Option<(String, CampaignId)>, part: String, done: usize },
    /// After a batch in the list of a tenant's batches.
    Batch(String),
}

/// Reads a page of links and the cursor of the next.
///
/// # Errors
/// Returns [`ApiError::Invalid`] if the cursor is not valid, and the error of the store.
pub(super) async fn page(
    app: &App,
    tenant: &Tenant,
    query: PageQuery<LinkQuery, 100>,
) -> Result<(Vec<LinkRecord>, Option<String>), ApiError> {
    let cursors = CursorCodec::new(app, &tenant.id, "links", &query.pairs);
    let from: Option<LinkListCursor> = cursors.decode(query.cursor.as_deref())?;
    let reader = LinkReader { store: &app.store, tenant };
    let mut page = Page { links: Vec::new(), limit: query.limit, parts_left: MAX_PARTS, scenario: None };
    let next = match query.filter.selection {
        LinkSelection::User(user) => {
            let (mut links, next) = reader.user(&user, query.limit, from).await?;
            keep(&mut links, query.filter.opened);
            return Ok((links, next.map(|next| cursors.encode(&LinkListCursor::User(next)))));
        }
        LinkSelection::Campaign(campaign) => reader.campaign(&mut page, &campaign, from).await?,
        LinkSelection::Scenario(scenario) => {
            page.scenario = Some(scenario);
            reader.batches(&mut page, from).await?
        }
        LinkSelection::All => reader.batches(&mut page, from).await?,
    };
    let mut links = app.store.links_get(&page.links, Freshness::Eventual).await?;
    keep(&mut links, query.filter.opened);
    Ok((links, next.map(|next| cursors.encode(&next))))
}

/// Keeps the links that a webchat has opened, or the others.
fn keep(links: &mut Vec<LinkRecord>, opened: Option<bool>) {
    if let Some(opened) = opened {
        links.retain(|record| record.activity.first_opened_at.is_some() == opened);
    }
}

/// A page that is being filled.
struct Page {
    links: Vec<LinkHash>,
    /// Maximum number of links.
    limit: usize,
    /// How many more manifest parts may be read.
    parts_left: usize,
    /// The scenario whose links the page takes; all if none.
    scenario: Option<ScenarioId>,
}

impl Page {
    fn is_full(&self) -> bool {
        self.links.len() >= self.limit || self.parts_left == 0
    }

    /// Takes the links of a part after the first `done`. If the page is full before the end of the part, returns how
    /// many links of the part are done now.
    fn take(&mut self, part: &ManifestPart, done: usize) -> Option<usize> {
        if self.is_full() {
            return Some(done);
        }
        self.parts_left -= 1;
        if self.scenario.as_ref().is_some_and(|scenario| *scenario != part.scenario) {
            return None;
        }
        let room = self.limit - self.links.len();
        let rest = part.links.get(done..).unwrap_or_default();
        self.links.extend(rest.iter().take(room).cloned());
        (rest.len() > room).then_some(done + room)
    }
}

/// A part of a manifest, and how many of its links are done.
type PartPosition = (String, usize);

/// Fills a page. Each method returns where the next page begins; `None` after the last link.
struct LinkReader<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
}

impl LinkReader<'_> {
    /// A page of a user's links, and where the next begins.
    async fn user(
        &self,
        user: &UserId,
        limit: usize,
        from: Option<LinkListCursor>,
    ) -> Result<(Vec<LinkRecord>, Option<UserLinkCursor>), ApiError> {
        let after = match from {
            Some(LinkListCursor::User(after)) => Some(after),
            _ => None,
        };
        let user_hash = self.store.data_key().user_hash(&self.tenant.id, user);
        Ok(self.store.links_of_user(&self.tenant.id, &user_hash, after, limit).await?)
    }

    async fn campaign(
        &self,
        page: &mut Page,
        campaign: &CampaignId,
        from: Option<LinkListCursor>,
    ) -> Result<Option<LinkListCursor>, ApiError> {
        let from = match from {
            Some(LinkListCursor::Part { part, done, .. }) => Some((part, done)),
            _ => None,
        };
        let next = self.manifest(page, campaign, None, from).await?;
        Ok(next.map(|(part, done)| LinkListCursor::Part { batch: None, part, done }))
    }

    /// Takes links of all batches of the tenant, newest batch first.
    async fn batches(&self, page: &mut Page, from: Option<LinkListCursor>) -> Result<Option<LinkListCursor>, ApiError> {
        let (mut batches, mut position, mut after) = match from {
            Some(LinkListCursor::Part { batch: Some(batch), part, done }) => (vec![batch], Some((part, done)), None),
            Some(LinkListCursor::Batch(after)) => (Vec::new(), None, Some(after)),
            _ => (Vec::new(), None, None),
        };
        loop {
            for (batch, campaign) in batches {
                if page.is_full() {
                    return Ok(after.map(LinkListCursor::Batch));
                }
                if let Some((part, done)) = self.manifest(page, &campaign, Some(&batch), position.take()).await? {
                    return Ok(Some(LinkListCursor::Part { batch: Some((batch, campaign)), part, done }));
                }
                after = Some(batch);
            }
            batches = self.store.batch_list(&self.tenant.id, after.as_deref(), MAX_PARTS).await?;
            if batches.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Takes links of a campaign's manifest, or of one batch of it, newest part first. Returns where it stopped if the
    /// page is full before the end.
    async fn manifest(
        &self,
        page: &mut Page,
        campaign: &CampaignId,
        batch: Option<&str>,
        from: Option<PartPosition>,
    ) -> Result<Option<PartPosition>, ApiError> {
        let mut after = None;
        if let Some((part, done)) = from {
            if let Some(found) = self.store.campaign_part(&self.tenant.id, campaign, &part).await?
                && let Some(done) = page.take(&found, done)
            {
                return Ok(Some((part, done)));
            }
            after = Some(part);
        }
        loop {
            let after_part = after.as_deref();
            let (parts, more) =
                self.store.campaign_parts(&self.tenant.id, campaign, batch, after_part, PARTS_A_QUERY).await?;
            for (part, found) in parts {
                if let Some(done) = page.take(&found, 0) {
                    return Ok(Some((part, done)));
                }
                after = Some(part);
            }
            if !more {
                return Ok(None);
            }
        }
    }
}
