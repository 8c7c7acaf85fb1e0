//! Links: stored in batches, read with their activities in one request.

use crate::crypto::{CampaignBucket, LinkHash};
use crate::model::{Link, LinkActivity};
use crate::store::client::Store;
use crate::store::dynamo::batch::Found;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Item, item, value};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::link_record::{BucketCampaigns, END_PREFIX, LinkRecord, NewLink, REVOKED_CAMPAIGNS};
use crate::store::links::manifests::{LinkBatch, batch_size, manifest};
use crate::store::links::user_links::bucket_items;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::time::Instant;

impl Store {
    /// Stores the links of one request, lists them in their campaign's manifest, in the lists of their users' links and in
    /// the tenant's list of requests, and returns when all are stored. A repeated request stores the same items again.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted. Some links may be stored then, but
    /// their codes were not returned to anyone.
    pub async fn links_create(&self, batch: &LinkBatch, links: &[NewLink]) -> Result<(), StoreError> {
        let op = "links_create";
        let erased = if batch.repeated {
            // An earlier request may have been cut off before one of its users was erased.
            self.erasure_deadlines(&batch.tenant, links.iter().map(|new| &new.link.user_hash)).await?
        } else {
            HashMap::new()
        };
        let is_erased = |link: &Link| erased.get(&link.user_hash).is_some_and(|until| link.created_at <= *until);
        // The lists first: an erasure finds every link that is stored.
        let mut lists = manifest(batch, links)?;
        lists.extend(bucket_items(batch, links)?);
        self.batch_put(op, lists).await?;
        let admitted = links.iter().filter(|new| !is_erased(&new.link));
        let items = admitted.map(|NewLink { hash, link }| item(op, keys::link(hash), link));
        self.batch_put(op, items.collect::<Result<_, _>>()?).await?;
        // The size last: a funnel counts the links of requests that stored all of them.
        self.put(op, batch_size(batch, links.len())?).await
    }

    /// Links with their activities, in the given order. A link that does not exist is left out.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn links_get(&self, links: &[LinkHash], freshness: Freshness) -> Result<Vec<LinkRecord>, StoreError> {
        let op = "links_get";
        let buckets: HashSet<_> = links.iter().map(LinkHash::campaign_bucket).collect();
        let mut wanted: Vec<_> = links.iter().flat_map(link_keys).collect();
        wanted.extend(buckets.iter().map(keys::campaign_bucket));
        let mut records = self.batch_get(op, wanted, freshness).await?;
        let mut campaigns = HashMap::new();
        for bucket in buckets {
            let found = take_campaigns(op, &mut records, &bucket)?;
            campaigns.insert(bucket, found);
        }
        let mut found = Vec::with_capacity(links.len());
        for hash in links {
            if let Some(record) = self.record(op, hash, &mut records, &campaigns[&hash.campaign_bucket()])? {
                found.push(record);
            }
        }
        Ok(found)
    }

    /// A link with its activity, in one request. `None` if no link has this hash. The revocation of its campaign is at most
    /// one second old.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_get(&self, link: &LinkHash, freshness: Freshness) -> Result<Option<LinkRecord>, StoreError> {
        let op = "link_get";
        let bucket = link.campaign_bucket();
        let known = self.bucket_campaigns.get(&bucket);
        let mut wanted = link_keys(link).to_vec();
        if known.is_none() {
            wanted.push(keys::campaign_bucket(&bucket));
        }
        // Before the read: the value may be as old as its request.
        let read_at = Instant::now();
        let mut records = self.batch_get(op, wanted, freshness).await?;
        let campaigns = if let Some(known) = known {
            known
        } else {
            let campaigns = Arc::new(take_campaigns(op, &mut records, &bucket)?);
            self.bucket_campaigns.insert(bucket, read_at, campaigns.clone());
            campaigns
        };
        self.record(op, link, &mut records, &campaigns)
    }

    /// A link from the items that hold it.
    fn record(
        &self,
        op: &'static str,
        hash: &LinkHash,
        records: &mut Found,
        campaigns: &BucketCampaigns,
    ) -> Result<Option<LinkRecord>, StoreError> {
        let [link, activity] = link_keys(hash);
        let Some(mut link) = take::<Link>(op, records, &link)? else { return Ok(None) };
        let mut activity: LinkActivity = take(op, records, &activity)?.unwrap_or_default();
        let tag = self.data_key.campaign_tag(&link.tenant, &link.campaign);
        activity.campaign_revoked = campaigns.revoked.contains(&tag.name);
        link.expires_at = campaigns.end_of(&tag.name, &link);
        Ok(Some(LinkRecord { hash: hash.clone(), link, activity }))
    }
}

fn link_keys(link: &LinkHash) -> [keys::Key; 2] {
    [keys::link(link), keys::activity(link)]
}

/// Removes the item of a bucket, and reads what it has of campaigns: nothing, if there is no item.
fn take_campaigns(
    op: &'static str,
    records: &mut Found,
    bucket: &CampaignBucket,
) -> Result<BucketCampaigns, StoreError> {
    let item = remove(records, &keys::campaign_bucket(bucket));
    item.map_or_else(|| Ok(BucketCampaigns::default()), |item| read_campaigns(op, item))
}

/// Reads the item of a bucket.
fn read_campaigns(op: &'static str, item: Item) -> Result<BucketCampaigns, StoreError> {
    let mut found = BucketCampaigns::default();
    for (name, stored) in item {
        match (name.strip_prefix(END_PREFIX), stored) {
            (Some(campaign), AttributeValue::M(end)) => {
                found.ends.insert(campaign.to_owned(), value(op, end)?);
            }
            (None, AttributeValue::Ss(revoked)) if name == REVOKED_CAMPAIGNS => found.revoked.extend(revoked),
            (None, _) if name != REVOKED_CAMPAIGNS => {}
            _ => return Err(StoreError::invalid(op, "a bucket of campaigns has something else")),
        }
    }
    Ok(found)
}

/// Removes the item of a key, and reads its value.
fn take<T: serde::de::DeserializeOwned>(
    op: &'static str,
    records: &mut Found,
    key: &keys::Key,
) -> Result<Option<T>, StoreError> {
    remove(records, key).map(|item| value(op, item)).transpose()
}

/// Removes the item of a key.
fn remove(records: &mut Found, key: &keys::Key) -> Option<Item> {
    records.remove(&(keys::text(key, keys::PK).to_owned(), keys::text(key, keys::SK).to_owned()))
}
