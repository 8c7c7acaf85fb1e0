//! Links: made in bulk, read with what became of them in one request, counted apart.

use crate::crypto::LinkHash;
use crate::model::{Link, LinkActivity, TenantId, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, number, string, value};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::campaigns::Revoked;
use crate::store::links::manifests::{LinkBatch, manifest};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A link to be made, under the hash of its code.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Its key.
    pub hash: LinkHash,
    /// What it is.
    pub link: Link,
}

/// A place in the list of a user's links.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserLinkCursor {
    /// When the link was made, as the index sorts it.
    made_at: String,
    /// The link.
    link: LinkHash,
}

impl Store {
    /// Makes the links of one request, lists them with their campaign and the tenant's requests, and returns when all
    /// are stored. The same request made again writes the same items again.
    ///
    /// # Errors
    /// The table's; then some links may exist, and nobody knows their codes.
    pub async fn links_create(&self, batch: &LinkBatch, links: &[NewLink]) -> Result<(), StoreError> {
        let hashes: Vec<_> = links.iter().map(|new| new.hash.clone()).collect();
        let mut items = manifest(batch, &hashes)?;
        for (row, new) in links.iter().enumerate() {
            items.push(link_item(new, row)?);
        }
        self.batch_put("links_create", &items).await
    }

    /// Links with what became of them, in the order asked for; what does not exist is left out. Whether their campaigns
    /// are revoked is read in the same request.
    ///
    /// # Errors
    /// The table's.
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
            let of_bucket: Option<Revoked> = take(&keys::revoked(bucket)).map(|found| value(op, found)).transpose()?;
            revoked.campaigns.extend(of_bucket.unwrap_or_default().campaigns);
        }
        let mut found = Vec::with_capacity(links.len());
        for hash in links {
            let [link, state] = link_keys(hash).map(|key| take(&key));
            if let Some(link) = link {
                let (link, state) = self.joined(op, link, state, &revoked)?;
                found.push((hash.clone(), link, state));
            }
        }
        Ok(found)
    }

    /// What became of links, but for their campaigns' revocation; those that nobody has touched are left out.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_activities(&self, links: &[LinkHash]) -> Result<Vec<LinkActivity>, StoreError> {
        let op = "link_activities";
        let records = self.batch_get(op, links.iter().map(keys::link_state).collect()).await?;
        records.into_values().map(|state| value(op, state)).collect()
    }

    /// Links of a user, the newest first, after a place; each with its place, and whether there may be more. The index
    /// that lists them may lag behind by a moment (DynamoDB).
    ///
    /// # Errors
    /// The table's.
    pub async fn links_of_user(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        after: Option<&UserLinkCursor>,
        limit: usize,
    ) -> Result<(Vec<(UserLinkCursor, LinkHash)>, bool), StoreError> {
        let user = keys::user_pk(tenant, user);
        let start = |page: &UserLinkCursor| {
            let mut key = keys::key(keys::link_pk(&page.link), keys::LINK);
            key.insert(keys::LINKS_OF.into(), string(&user));
            key.insert(keys::MADE_AT.into(), string(&page.made_at));
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
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.map(start));
        let answer = request.send().await.map_err(StoreError::of("links_of_user"))?;
        let more = answer.last_evaluated_key.is_some();
        let listed = answer.items.unwrap_or_default().into_iter().filter_map(|item| {
            let link: LinkHash = keys::read_link_pk(keys::text(&item, keys::PK))?;
            let made_at = keys::text(&item, keys::MADE_AT).to_owned();
            Some((UserLinkCursor { made_at, link: link.clone() }, link))
        });
        Ok((listed.collect(), more))
    }

    /// A link and what became of it, in one request; none when no link has this hash.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_get(&self, link: &LinkHash) -> Result<Option<(Link, LinkActivity)>, StoreError> {
        let op = "link_get";
        let wanted = link_keys(link).into_iter().chain([keys::revoked(&link.revocation_bucket())]);
        let mut items = self.get_all(op, wanted.collect()).await?;
        let mut take = |sk: &str| {
            let place = items.iter().position(|item| keys::text(item, keys::SK) == sk)?;
            Some(items.swap_remove(place))
        };
        let (link, state) = (take(keys::LINK), take(keys::STATE));
        let revoked = take(keys::REVOKED).map(|found| value(op, found)).transpose()?.unwrap_or_default();
        link.map(|link| self.joined(op, link, state, &revoked)).transpose()
    }

    /// What a link is and what became of it, from where each of it stands.
    fn joined(
        &self,
        op: &'static str,
        link: Item,
        state: Option<Item>,
        revoked: &Revoked,
    ) -> Result<(Link, LinkActivity), StoreError> {
        let link: Link = value(op, link)?;
        let mut state: LinkActivity = state.map(|state| value(op, state)).transpose()?.unwrap_or_default();
        let revocation = self.data_key.campaign_revocation(&link.tenant, &link.campaign);
        state.campaign_revoked = revoked.campaigns.contains(&revocation.entry);
        Ok((link, state))
    }

    /// Counts a click. Sent once: a retry after a time-out could count twice. In a process that lives long it only waits
    /// for the others.
    ///
    /// # Errors
    /// The table's; the click may or may not be counted.
    pub async fn link_clicked(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        if let Some(long_lived) = &self.long_lived {
            long_lived.click(link, now);
            return Ok(());
        }
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::link_state(link)))
            .update_expression("SET first_clicked_at = if_not_exists(first_clicked_at, :now) ADD clicks :one")
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .expression_attribute_values(":one", number(1))
            .customize()
            .config_override(aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()));
        request.send().await.map(drop).map_err(StoreError::of("link_clicked"))
    }

    /// Notes that the person of a link answered.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_conversed(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.link_note(link, "SET conversed_at = if_not_exists(conversed_at, :now)", now).await
    }

    /// Revokes a link for good.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_revoke(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.link_note(link, "SET revoked_at = if_not_exists(revoked_at, :now)", now).await
    }

    async fn link_note(&self, link: &LinkHash, update: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::link_state(link)))
            .update_expression(update)
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        request.send().await.map_err(StoreError::of("link_note"))?;
        self.link_changed(link);
        Ok(())
    }
}

fn link_keys(link: &LinkHash) -> [keys::Key; 2] {
    [keys::key(keys::link_pk(link), keys::LINK), keys::link_state(link)]
}

/// The row keeps apart what the index lists of one request.
fn link_item(new: &NewLink, row: usize) -> Result<Item, StoreError> {
    let NewLink { hash, link } = new;
    let mut item = item("links_create", keys::key(keys::link_pk(hash), keys::LINK), link)?;
    item.insert(keys::LINKS_OF.into(), string(keys::user_pk(&link.tenant, &link.user_hash)));
    item.insert(keys::MADE_AT.into(), string(keys::made_sk(link.created_at, &format!("{row:05}"))));
    Ok(item)
}
