//! The scenarios that links can open.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::app::App;
use shared::http::{ApiError, AuthErrors, Caller, LinksRead, ScopeErrors, TableErrors};
use shared::model::Scenario;
use utoipa::ToSchema;

/// Scenarios, by id.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"id": "0x420", "alias": "customer_support", "name": "Customer support"}]}))]
pub(crate) struct ScenarioList {
    data: Vec<ScenarioShape>,
}

#[derive(Serialize, ToSchema)]
struct ScenarioShape {
    id: String,
    /// A second name that requests may use.
    alias: Option<String>,
    name: String,
}

/// List scenarios
///
/// The scenarios of your tenant, by id.
#[utoipa::path(
    get, path = "/public/api/scenarios", tag = "Webchat links", operation_id = "listScenarios",
    responses((status = 200, body = ScenarioList, description = "The scenarios"), AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller<LinksRead>) -> Result<Json<ScenarioList>, ApiError> {
    let scenarios = app.store.scenario_list(&caller.tenant.id).await?;
    Ok(Json(ScenarioList { data: scenarios.into_iter().map(ScenarioShape::from).collect() }))
}

impl From<Scenario> for ScenarioShape {
    fn from(scenario: Scenario) -> Self {
        Self {
            id: scenario.id.as_str().to_owned(),
            alias: scenario.alias.map(|alias| alias.as_str().to_owned()),
            name: scenario.name,
        }
    }
}
