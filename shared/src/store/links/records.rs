//! Links: stored in batches, read with their activities in one request.

use crate::crypto::{CampaignBucket, LinkHash};
use crate::model::{Link, LinkActivity, time};
use crate::store::client::Store;
use crate::store::dynamo::batch::Found;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Item, item, value};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::link_record::{BucketCampaigns, END_PREFIX, LinkRecord, NewLink, REVOKED_PREFIX};
use crate::store::links::manifests::{LinkBatch, batch_size, manifest};
use crate::store::links::user_links::bucket_items;
use crate::store::tenancy::counters::integer;
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
    pub async fn links_create(&self, batch: &LinkBatch, links: Vec<NewLink>) -> Result<(), StoreError> {
        let op = "links_create";
        let erased = if batch.repeated {
            // An earlier request may have been cut off before one of its users was erased.
            self.erasure_deadlines(&batch.tenant, links.iter().map(|new| &new.link.user_hash)).await?
        } else {
            HashMap::new()
        };
        let is_erased = |link: &Link| erased.get(&link.user_hash).is_some_and(|until| link.created_at <= *until);
        // The lists first: an erasure finds every link that is stored.
        let (mut lists, made) = (manifest(batch, &links)?, links.len());
        lists.extend(bucket_items(batch, &links)?);
        self.batch_put(op, lists.into_iter().map(Ok)).await?;
        let admitted = links.into_iter().filter(|new| !is_erased(&new.link));
        self.batch_put(op, admitted.map(|NewLink { hash, link }| item(op, keys::link(&hash), &link))).await?;
        // The size last: a funnel counts the links of requests that stored all of them.
        self.put(op, batch_size(batch, made)?).await
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
        Ok(self.link_read("link_get", link, freshness).await?.map(|(record, _)| record))
    }

    /// As [`link_get`](Self::link_get), with the campaigns of the bucket that the record was read with.
    pub(in crate::store) async fn link_read(
        &self,
        op: &'static str,
        link: &LinkHash,
        freshness: Freshness,
    ) -> Result<Option<(LinkRecord, Arc<BucketCampaigns>)>, StoreError> {
        let bucket = link.campaign_bucket();
        let known = self.memory.bucket_campaigns.get(&bucket);
        let mut wanted = link_keys(link).to_vec();
        if known.is_none() {
            wanted.push(keys::campaign_bucket(&bucket));
        }
        // Before the read: the value may be as old as its request.
        let read_at = Instant::now();
        let mut records = self.batch_get(op, wanted, freshness).await?;
        let campaigns = match known {
            Some(known) => known,
            None => self.keep_campaigns(read_at, take_campaigns(op, &mut records, &bucket)?, bucket),
        };
        Ok(self.record(op, link, &mut records, &campaigns)?.map(|record| (record, campaigns)))
    }

    /// The campaigns of a bucket, at most one second old.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub(in crate::store) async fn campaigns_of(
        &self,
        bucket: &CampaignBucket,
    ) -> Result<Arc<BucketCampaigns>, StoreError> {
        if let Some(known) = self.memory.bucket_campaigns.get(bucket) {
            return Ok(known);
        }
        let op = "campaigns_of";
        let read_at = Instant::now();
        let mut records = self.batch_get(op, vec![keys::campaign_bucket(bucket)], Freshness::Consistent).await?;
        Ok(self.keep_campaigns(read_at, take_campaigns(op, &mut records, bucket)?, bucket.clone()))
    }

    fn keep_campaigns(
        &self,
        read_at: Instant,
        campaigns: BucketCampaigns,
        bucket: CampaignBucket,
    ) -> Arc<BucketCampaigns> {
        let campaigns = Arc::new(campaigns);
        self.memory.bucket_campaigns.insert(bucket, read_at, campaigns.clone());
        campaigns
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
        activity.campaign_revoked = campaigns.is_revoked(&tag.name, &link);
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
    item.map_or_else(|| Ok(BucketCampaigns::default()), |item| read_campaigns(op, &item))
}

/// Reads the item of a bucket.
fn read_campaigns(op: &'static str, item: &Item) -> Result<BucketCampaigns, StoreError> {
    let invalid = || StoreError::invalid(op, "a bucket of campaigns has something else");
    let mut found = BucketCampaigns::default();
    for (name, stored) in item {
        if let Some(campaign) = name.strip_prefix(END_PREFIX) {
            let end = stored.as_m().map_err(|_| invalid())?.clone();
            found.ends.insert(campaign.to_owned(), value(op, end)?);
        } else if let Some(campaign) = name.strip_prefix(REVOKED_PREFIX) {
            let until = integer(item, name).ok_or_else(invalid)?;
            found.revoked.insert(campaign.to_owned(), time::from_seconds(until));
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
