//! The OpenAPI description of the whole API, merged from the descriptions of the functions.

use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, InfoBuilder, LicenseBuilder, OpenApiBuilder, ServerBuilder};

const DESCRIPTION: &str = "\
Read and write the interactions of a chatbot's users, generate personal webchat links in bulk, and manage the API tokens of \
your systems. Clients written for OpenDialog work unchanged.

Every error has the same body, for RFC 9457 clients and for Laravel-style clients. Every response has an `X-Request-Id` \
header. Dates are in UTC with six fraction digits. A request body is JSON of at most 4 MB, without duplicate keys.";

const TAGS: [(&str, &str); 5] = [
    ("Interactions", "The interactions of a chatbot's users."),
    ("Users", "The people who talk to your chatbots."),
    ("Webchat links", "Personal short URLs that open a webchat with the attributes of their recipient."),
    (
        "Webchat page",
        "The operations that a webchat page calls. Browsers may call them from any origin, without cookies.",
    ),
    ("Tokens", "The account of a token, and the tokens of a tenant: listed, created, replaced and revoked."),
];

/// Bodies of our own operations, in which an unknown member is a mistake. Those of OpenDialog's ignore it.
const CLOSED: [&str; 7] =
    ["CampaignChange", "CreateToken", "Event", "EventUser", "Exchange", "LinkChange", "RotateToken"];

/// The description, in OpenAPI 3.1.
///
/// # Errors
/// Returns [`serde_json::Error`] if the description cannot be written as JSON, which no valid description causes.
pub fn openapi() -> Result<Value, serde_json::Error> {
    let license = LicenseBuilder::new().name("MIT or Apache-2.0").identifier(Some("MIT OR Apache-2.0"));
    let info = InfoBuilder::new().title("External APIs").version(env!("CARGO_PKG_VERSION"));
    let info = info.description(Some(DESCRIPTION)).license(Some(license.build()));
    // Relative, because the document does not know where it is deployed: the server that serves it.
    let server = ServerBuilder::new().url("/").description(Some("The server of this document"));
    let mut components = Components::new();
    components.add_security_scheme("token", bearer("odx_<JWT>", "An API token. Your admin creates it in the console or with `createToken`, the operator with `odx token create`. Scopes: interactions:read, interactions:write, links:read, links:write, users:read, users:erase, tokens:manage."));
    components.add_security_scheme("session", bearer("JWT", "A webchat session, the result of exchanging a handoff."));
    let tags = TAGS.map(|(name, description)| TagBuilder::new().name(name).description(Some(description)).build());
    let whole = OpenApiBuilder::new().info(info.build()).servers(Some([server.build()]));
    let mut whole = whole.components(Some(components)).tags(Some(tags)).build();
    for part in [
        interactions::Api::openapi(),
        ingest::Api::openapi(),
        users::Api::openapi(),
        deeplinks::Api::openapi(),
        redirect::Api::openapi(),
        webchat::Api::openapi(),
        account::Api::openapi(),
        console::Api::openapi(),
    ] {
        whole.merge(part);
    }
    let mut document = serde_json::to_value(whole)?;
    document["components"]["responses"] = json!({ "RateLimited": rate_limited() });
    for operation in document["paths"].as_object_mut().into_iter().flat_map(operations) {
        complete(operation);
    }
    open_free_objects(&mut document);
    for name in CLOSED {
        document["components"]["schemas"][name]["additionalProperties"] = false.into();
    }
    Ok(document)
}

fn bearer(format: &str, description: &str) -> SecurityScheme {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
    SecurityScheme::Http(scheme.description(Some(description)).build())
}

fn operations(paths: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut)
}

/// Adds what every operation has, so that no route describes it: the header of its responses, and with a token the 429.
fn complete(operation: &mut Value) {
    // utoipa writes "no credentials" as one empty alternative, which generators take for credentials that are optional.
    if operation["security"] == json!([{}]) {
        operation["security"] = json!([]);
    }
    let has_token = operation["security"].as_array().is_some_and(|any| any.iter().any(|one| one["token"].is_array()));
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for response in responses.values_mut() {
        response["headers"]["X-Request-Id"] = request_id();
    }
    if has_token {
        responses.insert("429".into(), json!({ "$ref": "#/components/responses/RateLimited" }));
        responses.sort_keys();
    }
}

fn request_id() -> Value {
    json!({ "description": "This request", "schema": { "type": "string" } })
}

fn rate_limited() -> Value {
    json!({
        "description": "More requests in a minute than the token or its tenant has",
        "headers": {
            "Retry-After": { "description": "Whole seconds, at least 1", "schema": { "type": "string" } },
            "X-Request-Id": request_id(),
        },
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

/// Says that an object without described members may have any. Generators read its absence as "no members".
fn open_free_objects(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(open_free_objects),
        Value::Object(keywords) => {
            let is_object = match &keywords.get("type") {
                Some(Value::String(kind)) => kind == "object",
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
                _ => false,
            };
            if is_object && !["properties", "additionalProperties"].iter().any(|name| keywords.contains_key(*name)) {
                keywords.insert("additionalProperties".into(), true.into());
            }
            let parts = keywords.iter_mut().filter(|(name, _)| *name != "example");
            parts.for_each(|(_, part)| open_free_objects(part));
        }
        _ => {}
    }
}

/// The description as `functions/docs` serves it.
///
/// # Errors
/// Returns [`serde_json::Error`] if the description cannot be written as JSON, which no valid description causes.
pub fn as_json() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&openapi()?)? + "\n")
}
