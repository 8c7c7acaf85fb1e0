//! The body of a request for links: read and checked whole before anything is made.

use crate::generate::canonical::canonical;
use crate::generate::validity::LinkValidity;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::crypto::sha256;
use shared::http::{All as _, ApiError, Checked, ErrorCollector, Field, FieldErrors, JsonBody, Members, field_error};
use shared::model::{Attributes, CampaignId, Invalid, ScenarioId, Tenant, UserId};
use utoipa::ToSchema;

/// Maximum number of invalid rows that one response names.
pub(crate) const NAMED_ROWS: usize = 1000;
const NOT_A_CAMPAIGN: &str = "The campaign must be 1 to 64 characters of letters, digits, dot, underscore and hyphen.";

/// A request for links, checked.
pub(crate) struct GenerateRequest {
    /// The scenario, by id or alias.
    pub(crate) scenario: ScenarioId,
    /// The rows of the dataset, in their order.
    pub(crate) rows: Vec<Row>,
    /// The campaign that the links join; a new one if not given.
    pub(crate) campaign: Option<CampaignId>,
    /// Whether the links are test links: they are not counted and never used up.
    pub(crate) test: bool,
    /// The SHA-256 of the body in its [canonical] form, by which an `Idempotency-Key` recognises it.
    pub(crate) body_hash: Vec<u8>,
}

/// A row of the dataset, checked.
pub(crate) struct Row {
    /// The user; a new one if not given.
    pub(crate) user_id: Option<UserId>,
    pub(crate) attributes: Attributes,
    /// The row's own limits, completed by those of the request.
    pub(crate) validity: LinkValidity,
}

/// People, and the scenario that they are invited to.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"scenario_id": "customer_support", "dataset": [
    {"user_id": "abc123", "attributes": {"first_name": "Ann", "PolicyHolders": "Ben Smith, Joe Bloggs"}},
    {"attributes": {"first_name": "Ben", "vip": true, "tags": ["new", 7]}}]}), as = GenerateLinks)]
pub(crate) struct GenerateBody {
    /// The scenario, by id or by alias.
    #[schema(value_type = String, pattern = "^[A-Za-z0-9._-]{1,64}$")]
    scenario_id: Field,
    #[serde(rename = "scenarioId")]
    #[schema(ignore)]
    scenario_id_camel_case: Field,
    #[schema(ignore)]
    scenario_alias: Field,
    #[serde(rename = "scenarioAlias")]
    #[schema(ignore)]
    scenario_alias_camel_case: Field,
    /// One row for each person.
    #[schema(value_type = Vec<RowBody>, min_items = 1)]
    dataset: Field,
    /// When the links stop working: a date, or a date and time.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    expires_at: Field,
    /// Instead of `expires_at`: seconds from now until the links stop working.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 316_224_000)]
    expires_in: Field,
    /// How often each link can be exchanged.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 1_000_000)]
    max_uses: Field,
    /// The campaign that the links join. If not given, the links get a new campaign with a generated name.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._-]{1,64}$")]
    campaign: Field,
    /// Whether to make test links, which are not counted and never used up.
    #[schema(value_type = Option<bool>)]
    test: Field,
}

/// A person.
#[derive(Deserialize, ToSchema)]
#[schema(as = DatasetRow)]
struct RowBody {
    /// The chatbot user, 1 to 384 characters. If not given, a new user id is generated.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 384)]
    user_id: Field,
    #[serde(rename = "userId")]
    #[schema(ignore)]
    user_id_camel_case: Field,
    /// Scalars, or arrays of scalars. The text of an attribute that the tenant declared a collection is split on commas.
    #[schema(value_type = Object)]
    attributes: Field,
    /// Overrides that of the request.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    expires_at: Field,
    /// Overrides that of the request.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 1_000_000)]
    max_uses: Field,
}

/// Reads a body. Unknown members are ignored.
///
/// # Errors
/// Returns [`ApiError::Invalid`] with every field that is wrong, in at most [`NAMED_ROWS`] rows.
pub(crate) fn read(body: JsonBody, tenant: &Tenant) -> Result<GenerateRequest, ApiError> {
    let body_hash = sha256(&canonical(&body.value)).to_vec();
    let Members { known: body, .. } = Members::<GenerateBody>::of(body.value)?;
    let spellings =
        [body.scenario_id, body.scenario_id_camel_case, body.scenario_alias, body.scenario_alias_camel_case];
    let fields = (
        scenario(spellings),
        LinkValidity::of_request(body.expires_at, body.expires_in, body.max_uses),
        campaign(body.campaign),
        test(body.test),
        rows(body.dataset, tenant),
    );
    let (scenario, validity, campaign, test, mut rows) = fields.all()?;
    for row in &mut rows {
        row.validity = row.validity.or(validity);
    }
    Ok(GenerateRequest { scenario, rows, campaign, test, body_hash })
}

fn scenario(spellings: [Field; 4]) -> Checked<ScenarioId> {
    let given: Vec<Value> = spellings.into_iter().filter_map(Field::into_value).collect();
    let sentence = match given.as_slice() {
        [] => "The scenario_id field is required.",
        [Value::String(text), ..] if text.is_empty() => "The scenario_id field is required.",
        [first, others @ ..] if others.iter().any(|other| other != first) => {
            "The spellings scenario_id, scenarioId, scenario_alias and scenarioAlias disagree."
        }
        [Value::String(text), ..] => match text.parse() {
            Ok(scenario) => return Ok(scenario),
            // A text that is not a valid name is the name of no scenario.
            Err(Invalid(_)) => "The selected scenario does not exist.",
        },
        _ => "The scenario_id must be a string.",
    };
    Err(field_error("scenario_id", sentence))
}

fn campaign(given: Field) -> Checked<Option<CampaignId>> {
    let Some(given) = given.into_value() else { return Ok(None) };
    let campaign = given.as_str().and_then(|name| name.parse().ok());
    campaign.map(Some).ok_or_else(|| field_error("campaign", NOT_A_CAMPAIGN))
}

fn test(given: Field) -> Checked<bool> {
    match given.into_value() {
        None => Ok(false),
        Some(Value::Bool(test)) => Ok(test),
        Some(_) => Err(field_error("test", "The test must be true or false.")),
    }
}

fn rows(dataset: Field, tenant: &Tenant) -> Checked<Vec<Row>> {
    let limit = tenant.limits.users_per_request;
    let dataset = match dataset.into_value() {
        Some(Value::Array(rows)) if rows.len() > limit => {
            return Err(field_error("dataset", format!("Maximum number of users is {limit}")));
        }
        Some(Value::Array(rows)) if !rows.is_empty() => rows,
        Some(Value::Array(_)) | None => return Err(field_error("dataset", "The dataset field is required.")),
        Some(_) => return Err(field_error("dataset", "The dataset must be an array.")),
    };
    let mut rows = Vec::with_capacity(dataset.len());
    let (mut errors, mut invalid_rows) = (ErrorCollector::default(), 0);
    for (index, json) in dataset.into_iter().enumerate() {
        let row = row(json, tenant).map_err(|errors| in_dataset(index, errors));
        match errors.keep(row) {
            Some(row) => rows.push(row),
            None if invalid_rows + 1 == NAMED_ROWS => break,
            None => invalid_rows += 1,
        }
    }
    errors.finish(Ok(rows))
}

/// The errors of a row, under its path in the body. The errors of the row as a whole have an empty path.
fn in_dataset(index: usize, errors: FieldErrors) -> FieldErrors {
    let path =
        |path: &str| if path.is_empty() { format!("dataset.{index}") } else { format!("dataset.{index}.{path}") };
    errors.into_iter().map(|(field, sentences)| (path(&field), sentences)).collect()
}

fn row(json: Value, tenant: &Tenant) -> Checked<Row> {
    let Value::Object(object) = json else { return Err(field_error("", "The row must be an object.")) };
    let Members { known: row, .. } = Members::<RowBody>::of_object(object);
    let fields = (
        user_id(row.user_id, row.user_id_camel_case),
        attributes(row.attributes, tenant),
        LinkValidity::of_row(row.expires_at, row.max_uses),
    );
    let (user_id, attributes, validity) = fields.all()?;
    Ok(Row { user_id, attributes, validity })
}

fn user_id(snake_case: Field, camel_case: Field) -> Checked<Option<UserId>> {
    let given = match (snake_case.into_value(), camel_case.into_value()) {
        (Some(a), Some(b)) if a != b => {
            return Err(field_error("user_id", "The spellings user_id and userId disagree"));
        }
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) => return Ok(None),
    };
    let Value::String(id) = given else { return Err(field_error("user_id", "User id must be a string")) };
    UserId::try_from(id).map(Some).map_err(|invalid| field_error("user_id", invalid.to_string()))
}

/// Reads the attributes of a link.
///
/// # Errors
/// Returns [`FieldErrors`] for each attribute that is wrong, and if there are none.
pub(crate) fn attributes(given: Field, tenant: &Tenant) -> Checked<Attributes> {
    let given = match given.into_value() {
        Some(Value::Object(given)) => given,
        // PHP writes an empty object as an empty array.
        Some(Value::Array(items)) if items.is_empty() => Map::new(),
        None => return Err(field_error("attributes", "The attributes field is required.")),
        Some(_) => return Err(field_error("attributes", "The attributes must be an object.")),
    };
    Attributes::check(given, &tenant.collections).map_err(|wrong| {
        let path = |name: String| if name.is_empty() { "attributes".into() } else { format!("attributes.{name}") };
        let sentences = wrong.into_iter().map(|(name, invalid)| (path(name), format!("{invalid}.")));
        sentences.collect::<ErrorCollector>().into_errors()
    })
}
