//! The terms of the links of a new campaign.

use crate::form::Form;
use crate::texts::EN;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use shared::crypto::{base64url, sha256};
use shared::model::CampaignId;

/// What a person chose for the links.
#[derive(Debug, Default)]
pub(super) struct Terms {
    pub(super) scenario: String,
    pub(super) campaign: String,
    pub(super) expires_at: String,
    pub(super) max_uses: String,
}

impl Terms {
    /// The terms of a form.
    pub(super) fn of(form: &Form) -> Self {
        let field = |name: &str| form.field(name).to_owned();
        Self {
            scenario: field("scenario"),
            campaign: field("campaign"),
            expires_at: field("expires_at"),
            max_uses: field("max_uses"),
        }
    }

    /// The campaign: its name, or one that follows from the content of the file.
    ///
    /// # Errors
    /// Returns the sentence that says what a name is.
    pub(super) fn campaign(&self, file: &[u8]) -> Result<CampaignId, String> {
        let name = if self.campaign.is_empty() {
            format!("csv-{}", &base64url(&sha256(file))[..12])
        } else {
            self.campaign.clone()
        };
        name.parse().map_err(|invalid| format!("{}: {invalid}.", EN.campaign_name))
    }

    /// The members of a request for links, without the people.
    ///
    /// # Errors
    /// Returns the sentence that says what is wrong with the number of uses.
    pub(super) fn members(&self, campaign: &CampaignId) -> Result<Map<String, Value>, String> {
        let mut members = Map::from_iter([
            ("scenario_id".to_owned(), json!(self.scenario)),
            ("campaign".to_owned(), json!(campaign.as_str())),
        ]);
        if !self.expires_at.is_empty() {
            members.insert("expires_at".to_owned(), json!(self.expires_at));
        }
        if !self.max_uses.is_empty() {
            let uses: u64 = self.max_uses.parse().map_err(|_| EN.max_uses_invalid.to_owned())?;
            members.insert("max_uses".to_owned(), json!(uses));
        }
        Ok(members)
    }

    /// The terms as hidden fields of the next form.
    pub(super) fn hidden(&self) -> Markup {
        let fields = [
            ("scenario", &self.scenario),
            ("campaign", &self.campaign),
            ("expires_at", &self.expires_at),
            ("max_uses", &self.max_uses),
        ];
        html! { @for (name, value) in fields { input type="hidden" name=(name) value=(value); } }
    }
}
