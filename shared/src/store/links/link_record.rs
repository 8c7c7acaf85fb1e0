//! [`NewLink`]: a link to store. [`LinkRecord`]: a stored link with what is read together with it.

use crate::crypto::LinkHash;
use crate::model::{Link, LinkActivity};
use serde::Deserialize;
use std::collections::HashSet;

/// A link to store, under the hash of its code.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The hash of its code.
    pub hash: LinkHash,
    /// The link.
    pub link: Link,
}

/// A stored link.
#[derive(Clone, Debug)]
pub struct LinkRecord {
    /// The hash of its code.
    pub hash: LinkHash,
    /// The link.
    pub link: Link,
    /// Its click and use counters.
    pub activity: LinkActivity,
}

/// The revoked campaigns of a bucket, by their names in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::store) struct Revoked {
    pub(in crate::store) campaigns: HashSet<String>,
}
