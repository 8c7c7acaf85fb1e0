//! The records of an export: one a line.

use crate::erase::ErasureShape;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use shared::crypto::LinkHash;
use shared::http::ApiError;
use shared::model::{Attributes, Author, Data, Interaction, Link, LinkActivity, Snapshot, time};
use shared::store::{LinkRecord, Store, UserDay};

/// Something that is kept about a user.
#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(super) enum UserRecord<'a> {
    /// The newest value of an attribute.
    Attribute {
        name: &'a str,
        value: &'a Value,
        #[serde(with = "time::iso")]
        set_at: DateTime<Utc>,
    },
    /// An erasure, under way or complete.
    Erasure(ErasureShape),
    /// The number of webchat messages of a day, kept for two days.
    Messages { day: NaiveDate, messages: i64 },
    /// A link to the webchat.
    Link(LinkLine<'a>),
    /// What was known of the user on a day.
    Day { day: NaiveDate, chatbot_user_data: &'a Snapshot },
    /// An interaction of either author.
    Interaction(InteractionLine<'a>),
}

#[derive(Serialize)]
pub(super) struct LinkLine<'a> {
    link_id: String,
    scenario_id: &'a str,
    campaign: &'a str,
    #[serde(with = "time::iso")]
    created_at: DateTime<Utc>,
    #[serde(with = "time::iso_option")]
    expires_at: Option<DateTime<Utc>>,
    #[serde(with = "time::iso")]
    kept_until: DateTime<Utc>,
    max_uses: Option<u64>,
    test: bool,
    attributes: &'a Attributes,
    uses: u64,
    clicks: u64,
    #[serde(with = "time::iso_option")]
    first_clicked_at: Option<DateTime<Utc>>,
    #[serde(with = "time::iso_option")]
    first_opened_at: Option<DateTime<Utc>>,
    #[serde(with = "time::iso_option")]
    conversed_at: Option<DateTime<Utc>>,
    #[serde(with = "time::iso_option")]
    revoked_at: Option<DateTime<Utc>>,
    active_day: Option<NaiveDate>,
}

#[derive(Serialize)]
pub(super) struct InteractionLine<'a> {
    id: &'a str,
    author: Author,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(with = "time::iso")]
    date: DateTime<Utc>,
    text: &'a str,
    data: Option<&'a Data>,
    scenario_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a Data>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'a Data>,
}

impl<'a> UserRecord<'a> {
    pub(super) fn link(store: &Store, LinkRecord { hash, link, activity }: &'a LinkRecord) -> Self {
        Self::Link(LinkLine::of(store, hash, link, activity))
    }

    pub(super) fn day(day: NaiveDate, user: &'a UserDay) -> Self {
        Self::Day { day, chatbot_user_data: &user.snapshot }
    }

    pub(super) fn interaction(interaction: &'a Interaction) -> Self {
        Self::Interaction(InteractionLine {
            id: &interaction.id,
            author: interaction.author,
            kind: &interaction.kind,
            date: interaction.date,
            text: &interaction.text,
            data: interaction.data.as_ref(),
            scenario_id: interaction.scenario_id.as_deref(),
            request: interaction.request.as_ref(),
            response: interaction.response.as_ref(),
        })
    }

    /// The record as a line.
    ///
    /// # Errors
    /// Returns [`ApiError::Unexpected`] if stored data is not JSON.
    pub(super) fn line(&self) -> Result<Vec<u8>, ApiError> {
        let mut line = serde_json::to_vec(self).map_err(|error| ApiError::Unexpected(Box::new(error)))?;
        line.push(b'\n');
        Ok(line)
    }
}

impl<'a> LinkLine<'a> {
    fn of(store: &Store, hash: &LinkHash, link: &'a Link, activity: &LinkActivity) -> Self {
        Self {
            link_id: store.data_key().link_id(&link.tenant, hash).as_str().to_owned(),
            scenario_id: link.scenario.as_str(),
            campaign: link.campaign.as_str(),
            created_at: link.created_at,
            expires_at: link.expires_at,
            kept_until: link.kept_until,
            max_uses: link.max_uses,
            test: link.test,
            attributes: &link.attributes,
            uses: activity.uses,
            clicks: activity.clicks,
            first_clicked_at: activity.first_clicked_at,
            first_opened_at: activity.first_opened_at,
            conversed_at: activity.conversed_at,
            revoked_at: activity.revoked_at,
            active_day: activity.active_day,
        }
    }
}
