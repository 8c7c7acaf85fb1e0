//! Links: stored in batches, read with their click and use counters in one request.

use crate::crypto::LinkHash;
use crate::model::{Link, LinkActivity, TenantId, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, number, string, take, value};
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::campaigns::Revoked;
use crate::store::links::manifests::{LinkBatch, manifest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A link to store, under the hash of its code.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The hash of its code.
    pub hash: LinkHash,
    /// The link.
    pub link: Link,
}

/// The last link of a page of a user's links.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserLinkCursor {
    /// When the link was made, as the index sorts it.
    made_at: String,
    /// The link.
    link: LinkHash,
}

impl Store {
    /// Stores the links of one request, lists them in their campaign's manifest and in the tenant's list of requests, and
    /// returns when all are stored. A repeated request stores the same items again.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted. Some links may be stored then, but
    /// their codes were not returned to anyone.
    pub async fn links_create(&self, batch: &LinkBatch, links: &[NewLink]) -> Result<(), StoreError> {
        let hashes: Vec<_> = links.iter().map(|new| new.hash.clone()).collect();
        let mut items = manifest(batch, &hashes)?;
        items.reserve(links.len());
        for (row, new) in links.iter().enumerate() {
            items.push(link_item(new, row)?);
        }
        self.batch_put("links_create", items).await
    }

    /// Links with their click and use counters, in the given order. A link that does not exist is left out. The revocations
    /// of their campaigns are read in the same requests.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn links_get(&self, links: &[LinkHash]) -> Result<Vec<(LinkHash, Link, LinkActivity)>, StoreError> {
        let op = "links_get";
        let buckets: HashSet<_> = links.iter().map(LinkHash::revocation_bucket).collect();
        let wanted = links.iter().flat_map(link_keys).chain(buckets.iter().map(keys::revoked));
        let mut records = self.batch_get(op, wanted.collect()).await?;
        let mut take = |key: &keys::Key| {
            records.remove(&(keys::text(key, keys::PK).to_owned(), keys::text(key, keys::SK).to_owned()))
        };
        let mut revoked = Revoked::default();
        for bucket in &buckets {
            if let Some(found) = take(&keys::revoked(bucket)) {
                revoked.campaigns.extend(value::<Revoked>(op, found)?.campaigns);
            }
        }
        let mut found = Vec::with_capacity(links.len());
        for hash in links {
            let [link, state] = link_keys(hash).map(|key| take(&key));
            if let Some(link) = link {
                let state = state.map(|state| value(op, state)).transpose()?;
                let (link, state) = self.with_activity(value(op, link)?, state, &revoked);
                found.push((hash.clone(), link, state));
            }
        }
        Ok(found)
    }

    /// The click and use counters of links, without the revocations of their campaigns. A link that was neither clicked,
    /// used nor revoked is left out.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn link_activities(&self, links: &[LinkHash]) -> Result<Vec<LinkActivity>, StoreError> {
        let op = "link_activities";
        let records = self.batch_get(op, links.iter().map(keys::link_state).collect()).await?;
        records.into_values().map(|state| value(op, state)).collect()
    }

    /// Links of a user, the newest first, each with its cursor, and whether there may be more. `after` is the cursor of the
    /// last link of the page before. The index that lists the links is eventually consistent (DynamoDB).
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or a key cannot be read.
    pub async fn links_of_user(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        after: Option<&UserLinkCursor>,
        limit: usize,
    ) -> Result<(Vec<(UserLinkCursor, LinkHash)>, bool), StoreError> {
        let op = "links_of_user";
        let user = keys::user_pk(tenant, user);
        let start = |cursor: &UserLinkCursor| {
            let mut key = keys::key(keys::link_pk(&cursor.link), keys::LINK);
            key.insert(keys::LINKS_OF.into(), string(&user));
            key.insert(keys::MADE_AT.into(), string(&cursor.made_at));
            key
        };
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(keys::LINKS_BY_USER)
            .key_condition_expression("links_of = :user")
            .expression_attribute_values(":user", string(&user))
            .scan_index_forward(false)
            .limit(query::page_size(limit))
            .set_exclusive_start_key(after.map(start));
        let (items, last_read) = query::page(op, request).await?;
        let listed = items.into_iter().map(|item| {
            let link = keys::read_link_pk(keys::text(&item, keys::PK)).ok_or_else(|| StoreError::key(op))?;
            let made_at = keys::text(&item, keys::MADE_AT).to_owned();
            Ok((UserLinkCursor { made_at, link: link.clone() }, link))
        });
        Ok((listed.collect::<Result<_, StoreError>>()?, last_read.is_some()))
    }

    /// A link with its click and use counters, in one request. `None` if no link has this hash.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_get(&self, link: &LinkHash) -> Result<Option<(Link, LinkActivity)>, StoreError> {
        let op = "link_get";
        let wanted = link_keys(link).into_iter().chain([keys::revoked(&link.revocation_bucket())]);
        let mut items = self.get_all(op, wanted.collect()).await?;
        let Some(link) = take(op, &mut items, keys::LINK)? else { return Ok(None) };
        let state = take(op, &mut items, keys::STATE)?;
        let revoked: Option<Revoked> = take(op, &mut items, keys::REVOKED)?;
        Ok(Some(self.with_activity(link, state, &revoked.unwrap_or_default())))
    }

    /// A link and its click and use counters, from the three items that hold them.
    fn with_activity(&self, link: Link, state: Option<LinkActivity>, revoked: &Revoked) -> (Link, LinkActivity) {
        let mut state = state.unwrap_or_default();
        let revocation = self.data_key.campaign_revocation(&link.tenant, &link.campaign);
        state.campaign_revoked = revoked.campaigns.contains(&revocation.entry);
        (link, state)
    }

    /// Records that the link's recipient sent a message.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_conversed(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.link_set_once(link, "SET conversed_at = if_not_exists(conversed_at, :now)", now).await
    }

    /// Revokes a link for good.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_revoke(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.link_set_once(link, "SET revoked_at = if_not_exists(revoked_at, :now)", now).await
    }

    async fn link_set_once(&self, link: &LinkHash, update: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let request = self
            .update(keys::link_state(link), update)
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        request.send().await.map_err(StoreError::of("link_set_once"))?;
        self.link_changed(link);
        Ok(())
    }
}

fn link_keys(link: &LinkHash) -> [keys::Key; 2] {
    [keys::key(keys::link_pk(link), keys::LINK), keys::link_state(link)]
}

/// The item of a link. Its row keeps the links of one request in order in the index.
fn link_item(new: &NewLink, row: usize) -> Result<Item, StoreError> {
    let NewLink { hash, link } = new;
    let mut item = item("links_create", keys::key(keys::link_pk(hash), keys::LINK), link)?;
    item.insert(keys::LINKS_OF.into(), string(keys::user_pk(&link.tenant, &link.user_hash)));
    item.insert(keys::MADE_AT.into(), string(keys::made_sk(link.created_at, &format!("{row:05}"))));
    Ok(item)
}
