//! The links of a user: found in one of 64 buckets of the tenant, by the first bits of the user's hash.
//!
//! A request for links writes one item to each bucket that one of its users falls into. The item has eight bytes for each
//! link: the first six of the user's hash, and the link's row in the manifest of the request. So a link costs no index
//! entry of its own, and a list of links is as consistent as any other read.

use crate::crypto::LinkHash;
use crate::model::{CampaignId, TenantId, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Item, item, value};
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::keys;

use crate::store::links::link_record::{LinkRecord, NewLink};
use crate::store::links::list_entry::{ListEntry, list_entry};
use crate::store::links::manifests::{LINKS_A_PART, LinkBatch, ManifestPart};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Bits of a user's hash that choose the bucket: 64 buckets.
const BUCKET_BITS: u32 = 6;
/// Bytes of a user's hash in an entry: that two of a million users share them has a probability of 0.2 %.
const USER_BYTES: usize = 6;
/// Bytes of an entry: those of the user, and the row.
const ENTRY_BYTES: usize = USER_BYTES + 2;
/// Pages of a Query that one call reads at most: 4 MB, 1,024 read units.
const QUERIES_A_PAGE: usize = 4;

/// The attribute that holds the entries of an item, in the order of their rows.
const ENTRIES: &str = "links";

/// The position in the list of a user's links: after a row of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLinkCursor {
    /// The sort key of the request.
    #[serde(rename = "b")]
    batch: String,
    /// The row. Rows with smaller numbers come next.
    #[serde(rename = "r")]
    row: u16,
}

impl UserLinkCursor {
    /// Whether every link after it was made before a time.
    pub(in crate::store) fn is_before(&self, at: DateTime<Utc>) -> bool {
        self.batch < keys::made_sk(at, "")
    }
}

/// A link of a user: where it is listed, and in which campaign.
struct Listed {
    position: UserLinkCursor,
    campaign: CampaignId,
}

/// The items that list the links of a request for their users.
///
/// # Errors
/// Returns [`StoreError`] if the request has more than 65,536 rows, which is more than a response can hold.
pub(in crate::store) fn bucket_items(batch: &LinkBatch, links: &[NewLink]) -> Result<Vec<Item>, StoreError> {
    let op = "links_create";
    let mut buckets: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    for (row, new) in links.iter().enumerate() {
        let row = u16::try_from(row).map_err(|_| StoreError::invalid(op, "more than 65,536 links in one request"))?;
        let entries = buckets.entry(bucket(&new.link.user_hash)).or_default();
        entries.extend(name(&new.link.user_hash));
        entries.extend(row.to_be_bytes());
    }
    let items = buckets.into_iter().map(|(bucket, entries)| {
        let key = batch.key(keys::user_links_pk(&batch.tenant, bucket), batch.sort_key());
        let mut item = item(op, key, &ListEntry { campaign: batch.campaign.clone() })?;
        item.insert(ENTRIES.to_owned(), AttributeValue::B(Blob::new(entries)));
        Ok(item)
    });
    items.collect()
}

fn bucket(user: &UserHash) -> u8 {
    (user.as_u128() >> (u128::BITS - BUCKET_BITS)) as u8
}

fn name(user: &UserHash) -> [u8; USER_BYTES] {
    *user.as_u128().to_be_bytes().first_chunk().expect("16 bytes")
}

/// The rows of a user's links among the entries of an item, the last first.
fn rows_of(user: &UserHash, entries: &[u8]) -> impl Iterator<Item = u16> {
    let name = name(user);
    entries.rchunks_exact(ENTRY_BYTES).filter_map(move |entry| {
        let (user, row) = entry.split_first_chunk::<USER_BYTES>()?;
        (*user == name).then(|| row.try_into().map(u16::from_be_bytes).ok()).flatten()
    })
}

impl Store {
    /// Links of a user, the newest first, and where to go on: `None` after the last. A call reads at most 4 MB of lists, so
    /// it may return fewer links than `limit`, even none, before the last.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or a list cannot be read.
    pub async fn links_of_user(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        after: Option<UserLinkCursor>,
        limit: usize,
    ) -> Result<(Vec<LinkRecord>, Option<UserLinkCursor>), StoreError> {
        let (listed, next) = self.user_links_listed(tenant, user, after, limit).await?;
        let hashes = self.user_link_hashes(tenant, &listed).await?;
        let mut links = self.links_get(&hashes, Freshness::Consistent).await?;
        // Another user's hash may begin with the same six bytes.
        links.retain(|record| record.link.user_hash == *user);
        Ok((links, next))
    }

    async fn user_links_listed(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        after: Option<UserLinkCursor>,
        limit: usize,
    ) -> Result<(Vec<Listed>, Option<UserLinkCursor>), StoreError> {
        let op = "links_of_user";
        let (mut listed, mut position) = (Vec::new(), after);
        for _ in 0..QUERIES_A_PAGE {
            // Every sort key begins with digits.
            let last = position.as_ref().map_or("~", |position| &position.batch);
            let request = self
                .query_between(keys::user_links_pk(tenant, bucket(user)), "0", last)
                .consistent_read(true)
                .scan_index_forward(false);
            let (items, last_read) = query::page(op, request).await?;
            for item in items {
                let entries = item.get(ENTRIES).and_then(|entries| entries.as_b().ok()).cloned();
                let entries = entries.ok_or_else(|| StoreError::invalid(op, "a list of links has no entries"))?;
                let (batch, campaign) = list_entry(op, item)?;
                let rows = rows_of(user, entries.as_ref())
                    .filter(|row| position.as_ref().is_none_or(|done| done.batch != batch || *row < done.row));
                for row in rows {
                    let here = UserLinkCursor { batch: batch.clone(), row };
                    listed.push(Listed { position: here.clone(), campaign: campaign.clone() });
                    if listed.len() == limit {
                        return Ok((listed, Some(here)));
                    }
                }
            }
            match last_read {
                None => return Ok((listed, None)),
                // No row is below 0: the request of this sort key is done.
                Some(key) => position = Some(UserLinkCursor { batch: keys::text(&key, keys::SK).to_owned(), row: 0 }),
            }
        }
        Ok((listed, position))
    }

    /// The hashes of listed links, from the manifests of their requests.
    async fn user_link_hashes(&self, tenant: &TenantId, listed: &[Listed]) -> Result<Vec<LinkHash>, StoreError> {
        let op = "links_of_user";
        let part_key = |listed: &Listed| {
            let part = usize::from(listed.position.row) / LINKS_A_PART;
            (keys::campaign_pk(tenant, &listed.campaign), keys::manifest_sk(&listed.position.batch, part))
        };
        let wanted: BTreeSet<_> = listed.iter().map(part_key).collect();
        let wanted = wanted.into_iter().map(|(pk, sk)| keys::key(pk, sk)).collect();
        let found = self.batch_get(op, wanted, Freshness::Consistent).await?;
        let mut parts = HashMap::with_capacity(found.len());
        for (key, item) in found {
            parts.insert(key, value::<ManifestPart>(op, item)?);
        }
        let hash = |listed: &Listed| {
            let row = usize::from(listed.position.row) % LINKS_A_PART;
            // A request that was cut off may have listed a link and not its manifest: the link is not made yet.
            parts.get(&part_key(listed)).and_then(|part| part.links.get(row).cloned())
        };
        Ok(listed.iter().filter_map(hash).collect())
    }
}
