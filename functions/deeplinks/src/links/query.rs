//! The filters of a list of links.

use serde::Deserialize;
use shared::http::{Checked, ErrorCollector, Field, QueryFilter, field_error};
use shared::model::{CampaignId, ScenarioId, UserId};
use utoipa::IntoParams;

/// The filters of the query.
#[derive(Deserialize, IntoParams)]
pub(crate) struct LinkQuery {
    /// Only links of this campaign. Give at most one of campaign, scenario and user.
    #[param(value_type = Option<String>, nullable = false, pattern = "^[A-Za-z0-9._-]{0,64}$")]
    campaign: Field,
    /// Only links of this scenario.
    #[param(value_type = Option<String>, nullable = false, pattern = "^[A-Za-z0-9._-]{0,64}$")]
    scenario_id: Field,
    /// Only links of this user.
    #[param(value_type = Option<String>, nullable = false, max_length = 384)]
    user_id: Field,
    /// `false`: only links that no webchat has opened yet. `true`: only the others. A page has at most `limit` links, and
    /// may have none although more follow.
    #[param(value_type = Option<bool>, nullable = false)]
    opened: Field,
}

/// The links that a list contains.
pub(crate) struct LinkFilter {
    pub(crate) selection: LinkSelection,
    /// Whether they were opened; both if `None`.
    pub(crate) opened: Option<bool>,
}

/// The links among which a list selects.
pub(crate) enum LinkSelection {
    All,
    Campaign(CampaignId),
    Scenario(ScenarioId),
    User(UserId),
}

impl QueryFilter for LinkQuery {
    type Filter = LinkFilter;

    fn check(self) -> Checked<LinkFilter> {
        let mut errors = ErrorCollector::default();
        let filters = [
            errors.keep(self.campaign.parse("campaign")).flatten().map(LinkSelection::Campaign),
            errors.keep(self.scenario_id.parse("scenario_id")).flatten().map(LinkSelection::Scenario),
            errors.keep(user(self.user_id)).flatten().map(LinkSelection::User),
        ];
        let mut filters = filters.into_iter().flatten();
        let selection = filters.next().unwrap_or(LinkSelection::All);
        if filters.next().is_some() {
            errors.note("campaign", "Give at most one of campaign, scenario_id and user_id.");
        }
        let opened = opened(self.opened);
        errors.finish(opened.map(|opened| LinkFilter { selection, opened }))
    }
}

fn opened(given: Field) -> Checked<Option<bool>> {
    let opened = given.query_string().map(|text| text.parse::<bool>()).transpose();
    opened.map_err(|_| field_error("opened", "The opened must be true or false."))
}

fn user(given: Field) -> Checked<Option<UserId>> {
    let user = given.query_string().map(|id| id.parse::<UserId>()).transpose();
    user.map_err(|invalid| field_error("user_id", format!("{invalid}.")))
}
