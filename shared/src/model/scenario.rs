//! Scenarios: the conversational applications of a tenant, each with the page of its webchat.

use crate::model::link::HandoffMode;

use crate::model::invalid::Invalid;

use crate::model::name::ScenarioId;

use crate::model::user::UserId;
use serde::{Deserialize, Serialize};
use url::Url;

/// A conversational application of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// OpenDialog's id, for example `0x420`.
    pub id: ScenarioId,
    /// A second name that requests may use.
    #[serde(default)]
    pub alias: Option<ScenarioId>,
    /// The display name.
    pub name: String,
    /// The full page that shows the webchat. Without a page no links can be created.
    #[serde(default)]
    pub page: Option<Url>,
    /// OpenDialog's app key for that page.
    #[serde(default)]
    pub app_key: String,
    /// How the page learns which user opens it.
    #[serde(default)]
    pub mode: HandoffMode,
    /// Whether the page includes `preload.js` although the mode is [`HandoffMode::Opendialog`].
    #[serde(default)]
    pub preload: bool,
    /// Contact shown to the recipient of a link that no longer works.
    #[serde(default)]
    pub contact: Option<Url>,
}

impl Scenario {
    /// Checks the rules that the types do not: the page is an http or https URL without credentials or fragment, and
    /// the contact is an http, https, mailto or tel link.
    ///
    /// # Errors
    /// Returns the broken rule, with the field's name.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(page) = &self.page {
            let web = matches!(page.scheme(), "http" | "https") && page.has_host();
            if !web || !page.username().is_empty() || page.password().is_some() || page.fragment().is_some() {
                return Err(Invalid::new("page must be an http or https URL without credentials or fragment"));
            }
        }
        match self.contact.as_ref().map(Url::scheme) {
            None | Some("http" | "https" | "mailto" | "tel") => Ok(()),
            Some(_) => Err(Invalid::new("contact must be an http, https, mailto or tel link")),
        }
    }

    /// The origin (RFC 6454) that may exchange handoffs of this scenario, as browsers send it.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        self.page.as_ref().map(|page| page.origin().ascii_serialization())
    }

    /// Whether redirects carry a handoff. Without `preload.js` nothing removes it from the address, and a widget that
    /// sends the page's address to its server would hand it to every reader of that server's logs.
    #[must_use]
    pub fn hands_off(&self) -> bool {
        self.mode == HandoffMode::Handoff || self.preload
    }

    /// The URL that a link of this scenario leads to, without the handoff; `None` without a page. Only in
    /// [`HandoffMode::Opendialog`] does it contain the user id.
    #[must_use]
    pub fn target(&self, user: &UserId) -> Option<Url> {
        let mut target = self.page.clone()?;
        {
            let mut query = target.query_pairs_mut();
            query.append_pair("selected_scenario", self.id.as_str()).append_pair("key", &self.app_key);
            if self.mode == HandoffMode::Opendialog {
                query.append_pair("user_id", user.as_str());
            }
        }
        Some(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(page: &str, mode: HandoffMode) -> Scenario {
        Scenario {
            id: "0x420".parse().unwrap(),
            alias: None,
            name: "Support".into(),
            page: Some(page.parse().unwrap()),
            app_key: "k&y".into(),
            mode,
            preload: false,
            contact: None,
        }
    }

    #[test]
    fn the_target_names_scenario_and_key_and_only_in_opendialog_mode_the_user() {
        let user = "ann@example.com".parse().unwrap();
        let target = |mode| scenario("https://w.example/chat?lang=de", mode).target(&user).unwrap().to_string();
        assert_eq!(target(HandoffMode::Handoff), "https://w.example/chat?lang=de&selected_scenario=0x420&key=k%26y");
        assert!(target(HandoffMode::Opendialog).ends_with("&user_id=ann%40example.com"));
    }

    #[test]
    fn a_page_with_credentials_or_another_scheme_is_refused() {
        for bad in ["ftp://w.example/", "https://me:pw@w.example/", "https://w.example/#x", "javascript:alert(1)"] {
            assert!(scenario(bad, HandoffMode::Handoff).check().is_err(), "{bad}");
        }
        assert!(scenario("http://127.0.0.1:8787/web-chat", HandoffMode::Handoff).check().is_ok());
    }
}
