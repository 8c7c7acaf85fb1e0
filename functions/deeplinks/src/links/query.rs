//! The filters of a list of links.

use serde::Deserialize;
use shared::http::{Checked, ErrorCollector, Field, QueryFilter, field_error};
use shared::model::{CampaignId, ScenarioId, UserId};
use utoipa::IntoParams;

/// The filters of the query.
#[derive(Deserialize, IntoParams)]
pub(crate) struct LinkQuery {
    /// Only links of this campaign. Give at most one of the three filters.
    #[param(value_type = Option<String>, nullable = false, pattern = "^[A-Za-z0-9._-]{0,64}$")]
    campaign: Field,
    /// Only links of this scenario.
    #[param(value_type = Option<String>, nullable = false, pattern = "^[A-Za-z0-9._-]{0,64}$")]
    scenario_id: Field,
    /// Only links of this user.
    #[param(value_type = Option<String>, nullable = false, max_length = 384)]
    user_id: Field,
}

/// The links that a list contains.
pub(crate) enum LinkFilter {
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
            errors.keep(self.campaign.parse("campaign")).flatten().map(LinkFilter::Campaign),
            errors.keep(self.scenario_id.parse("scenario_id")).flatten().map(LinkFilter::Scenario),
            errors.keep(user(self.user_id)).flatten().map(LinkFilter::User),
        ];
        let mut filters = filters.into_iter().flatten();
        let filter = filters.next().unwrap_or(LinkFilter::All);
        if filters.next().is_some() {
            errors.note("campaign", "Give at most one of campaign, scenario_id and user_id.");
        }
        errors.finish(Ok(filter))
    }
}

fn user(given: Field) -> Checked<Option<UserId>> {
    let user = given.query_string().map(|id| id.parse::<UserId>()).transpose();
    user.map_err(|invalid| field_error("user_id", format!("{invalid}.")))
}
