//! The scenarios of the tenant, as the API lists them.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct ScenarioList {
    pub(crate) data: Vec<Scenario>,
}

#[derive(Deserialize)]
pub(crate) struct Scenario {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl ScenarioList {
    /// The path of the list.
    pub(crate) const PATH: &str = "/public/api/scenarios";
}
