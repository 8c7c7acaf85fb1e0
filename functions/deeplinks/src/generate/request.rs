//! The body of a request for links, read and checked whole: nothing is made while anything is wrong.

use crate::generate::validity::LinkValidity;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::http::{ApiError, Fields, JsonBody};
use shared::model::{Attributes, CampaignId, Invalid, ScenarioId, Tenant, UserId};
use utoipa::ToSchema;

/// Bad rows that are named in one answer.
const NAMED_ROWS: usize = 1000;

/// A request for links.
pub(crate) struct GenerateRequest {
    /// The scenario, by id or alias.
    pub(crate) scenario: ScenarioId,
    /// The people, in the order of the dataset.
    pub(crate) rows: Vec<Row>,
    /// The campaign that the links join; one is made up if not given.
    pub(crate) campaign: Option<CampaignId>,
    /// Links to try things out: not counted, never used up.
    pub(crate) test: bool,
    /// What tells this body from another.
    pub(crate) body_hash: Vec<u8>,
}

/// One person of the dataset.
pub(crate) struct Row {
    /// The user; one is made up if not given.
    pub(crate) user_id: Option<UserId>,
    pub(crate) attributes: Attributes,
    /// How long the link works: the row's own terms, else those of the whole request.
    pub(crate) terms: LinkValidity,
}

/// People, and the scenario that they are invited to.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"scenario_id": "customer_support", "dataset": [
    {"user_id": "abc123", "attributes": {"first_name": "Ann", "PolicyHolders": "Ben Smith, Joe Bloggs"}},
    {"attributes": {"first_name": "Ben", "vip": true, "tags": ["new", 7]}}]}), as = GenerateLinks)]
#[expect(dead_code, reason = "describes what `read` takes from the body")]
pub(crate) struct GenerateBody {
    /// The scenario, by id or by alias.
    scenario_id: String,
    /// One row a person.
    dataset: Vec<RowShape>,
    /// When the links stop working; a date, or a date and time.
    expires_at: Option<String>,
    /// Or how many seconds after they are made.
    expires_in: Option<u64>,
    /// How often each link may be exchanged.
    max_uses: Option<u64>,
    /// The campaign that the links join; one is made up if not given.
    campaign: Option<String>,
    /// Links to try things out: not counted, never used up.
    test: Option<bool>,
}

/// One person.
#[derive(Deserialize, ToSchema)]
#[schema(as = DatasetRow)]
#[expect(dead_code, reason = "describes what `read` takes from the body")]
struct RowShape {
    /// The chatbot user, 1 to 384 characters; one is made up if not given.
    user_id: Option<String>,
    /// Scalars, or arrays of scalars. Text of an attribute that the tenant declared a collection is split on commas.
    #[schema(value_type = Object)]
    attributes: Map<String, Value>,
    /// Instead of the request's.
    expires_at: Option<String>,
    /// Instead of the request's.
    max_uses: Option<u64>,
}

/// Reads a body.
pub(crate) fn read(body: JsonBody, tenant: &Tenant) -> Result<GenerateRequest, ApiError> {
    let body_hash = shared::crypto::sha256(&body.bytes).to_vec();
    let mut fields = Fields::of(body.value)?;
    let scenario = scenario(&mut fields);
    let terms = LinkValidity::of_request(&mut fields);
    let campaign = campaign(&mut fields);
    let test = match fields.take("test") {
        None => false,
        Some(Value::Bool(test)) => test,
        Some(_) => {
            fields.wrong("test", "The test must be true or false.");
            false
        }
    };
    let rows = rows(&mut fields, tenant, terms);
    fields.finish()?;
    match (scenario, rows) {
        (Some(scenario), Some(rows)) => Ok(GenerateRequest { scenario, rows, campaign, test, body_hash }),
        _ => Err(ApiError::Unexpected("a field was refused without a sentence".into())),
    }
}

fn scenario(fields: &mut Fields) -> Option<ScenarioId> {
    let spellings = ["scenario_id", "scenarioId", "scenario_alias", "scenarioAlias"];
    let given: Vec<Value> = spellings.iter().filter_map(|name| fields.take(name)).collect();
    let sentence = match given.as_slice() {
        [] => "The scenario_id field is required.",
        [Value::String(text), ..] if text.is_empty() => "The scenario_id field is required.",
        [first, others @ ..] if others.iter().any(|other| other != first) => {
            "The spellings scenario_id, scenarioId, scenario_alias and scenarioAlias disagree."
        }
        [Value::String(text), ..] => match text.parse() {
            Ok(scenario) => return Some(scenario),
            // What is no name names nothing.
            Err(Invalid(_)) => "The selected scenario does not exist.",
        },
        _ => "The scenario_id must be a string.",
    };
    fields.wrong("scenario_id", sentence);
    None
}

fn campaign(fields: &mut Fields) -> Option<CampaignId> {
    let given = fields.take("campaign")?;
    let name = given.as_str().and_then(|name| name.parse().ok());
    if name.is_none() {
        fields.wrong(
            "campaign",
            "The campaign must be 1 to 64 characters of letters, digits, dot, underscore and hyphen.",
        );
    }
    name
}

fn rows(fields: &mut Fields, tenant: &Tenant, terms: LinkValidity) -> Option<Vec<Row>> {
    let limit = tenant.limits.users_per_request;
    let dataset = match fields.take("dataset") {
        Some(Value::Array(rows)) if rows.len() > limit => {
            fields.wrong("dataset", format!("Maximum number of users is {limit}"));
            return None;
        }
        Some(Value::Array(rows)) if !rows.is_empty() => rows,
        Some(Value::Array(_)) | None => {
            fields.wrong("dataset", "The dataset field is required.");
            return None;
        }
        Some(_) => {
            fields.wrong("dataset", "The dataset must be an array.");
            return None;
        }
    };
    let mut rows = Vec::with_capacity(dataset.len());
    let mut bad_rows = 0;
    for (index, json) in dataset.into_iter().enumerate() {
        match row(json, tenant, terms) {
            Ok(row) => rows.push(row),
            Err(wrong) => {
                for (path, sentence) in wrong {
                    fields.wrong(format!("dataset.{index}{path}"), sentence);
                }
                bad_rows += 1;
                if bad_rows == NAMED_ROWS {
                    break;
                }
            }
        }
    }
    Some(rows)
}

/// Reads a row; what is wrong comes with the rest of its path.
fn row(json: Value, tenant: &Tenant, terms: LinkValidity) -> Result<Row, Vec<(String, String)>> {
    let Value::Object(mut row) = json else {
        return Err(vec![(String::new(), "The row must be an object.".into())]);
    };
    let mut wrong = Vec::new();
    let user_id = user_id(&mut row).map_err(|sentence| wrong.push((".user_id".into(), sentence)));
    let attributes = attributes(&mut row, tenant).map_err(|errors| wrong.extend(errors));
    let terms = terms.of_row(&mut row).map_err(|errors| wrong.extend(errors));
    match (user_id, attributes, terms) {
        (Ok(user_id), Ok(attributes), Ok(terms)) => Ok(Row { user_id, attributes, terms }),
        _ => Err(wrong),
    }
}

fn user_id(row: &mut Map<String, Value>) -> Result<Option<UserId>, String> {
    let mut given = ["user_id", "userId"].map(|name| row.remove(name).filter(|value| !value.is_null()));
    let id = match (given[0].take(), given[1].take()) {
        (Some(a), Some(b)) if a != b => return Err("The spellings user_id and userId disagree".into()),
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) => return Ok(None),
    };
    match id {
        Value::String(id) => UserId::try_from(id).map(Some).map_err(|invalid| invalid.to_string()),
        _ => Err("User id must be a string".into()),
    }
}

fn attributes(row: &mut Map<String, Value>, tenant: &Tenant) -> Result<Attributes, Vec<(String, String)>> {
    let given = match row.remove("attributes") {
        Some(Value::Object(given)) => given,
        // PHP writes an empty object so.
        Some(Value::Array(items)) if items.is_empty() => Map::new(),
        None | Some(Value::Null) => {
            return Err(vec![(".attributes".into(), "The attributes field is required.".into())]);
        }
        Some(_) => return Err(vec![(".attributes".into(), "The attributes must be an object.".into())]),
    };
    Attributes::check(given, &tenant.collections).map_err(|wrong| {
        let path = |name: String| if name.is_empty() { ".attributes".into() } else { format!(".attributes.{name}") };
        wrong.into_iter().map(|(name, invalid)| (path(name), format!("{invalid}."))).collect()
    })
}
