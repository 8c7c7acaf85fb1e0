//! The entries of the lists of campaigns and of requests for links.

use crate::model::CampaignId;
use crate::store::dynamo::item::{Item, value};
use crate::store::error::StoreError;
use crate::store::keys;
use serde::{Deserialize, Serialize};

/// An entry of the list of campaigns, or of the list of requests for links.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ListEntry {
    pub(in crate::store) campaign: CampaignId,
}

/// The sort key and the campaign of an entry of a list.
///
/// # Errors
/// Returns [`StoreError`] if the entry cannot be read.
pub(in crate::store) fn list_entry(op: &'static str, entry: Item) -> Result<(String, CampaignId), StoreError> {
    let sk = keys::text(&entry, keys::SK).to_owned();
    let ListEntry { campaign } = value(op, entry)?;
    Ok((sk, campaign))
}
