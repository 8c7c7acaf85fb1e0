//! The OpenAPI description of the whole API, merged from the descriptions of the functions.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, InfoBuilder, OpenApiBuilder, PathItem, RefOr};
use utoipa::{OpenApi as _, openapi::OpenApi};

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
    ("Tokens", "The account of a token, and the tokens of a tenant. The operator creates tokens on the command line."),
];

/// The description, in OpenAPI 3.1.
#[must_use]
pub fn openapi() -> OpenApi {
    let info =
        InfoBuilder::new().title("External APIs").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    let mut components = Components::new();
    components.add_security_scheme("token", bearer("odx_<JWT>", "An API token, created by the operator with `odx token create`. Scopes: interactions:read, interactions:write, links:read, links:write, users:erase, tokens:manage."));
    components.add_security_scheme("session", bearer("JWT", "A webchat session, the result of exchanging a handoff."));
    let tags = TAGS.map(|(name, description)| TagBuilder::new().name(name).description(Some(description)).build());
    let mut whole = OpenApiBuilder::new().info(info.build()).components(Some(components)).tags(Some(tags)).build();
    for part in [
        interactions::Api::openapi(),
        ingest::Api::openapi(),
        users::Api::openapi(),
        deeplinks::Api::openapi(),
        redirect::Api::openapi(),
        webchat::Api::openapi(),
        account::Api::openapi(),
    ] {
        whole.merge(part);
    }
    whole.paths.paths.values_mut().flat_map(operations).for_each(add_request_id);
    whole
}

fn bearer(format: &str, description: &str) -> SecurityScheme {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
    SecurityScheme::Http(scheme.description(Some(description)).build())
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete].into_iter().flatten()
}

/// Adds the header that every response has, so that no route describes it.
fn add_request_id(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let header = HeaderBuilder::new().description(Some("This request"));
            response.headers.insert("X-Request-Id".into(), header.build().into());
        }
    }
}

/// The description as `functions/docs` serves it.
///
/// # Errors
/// Returns [`serde_json::Error`] if the description cannot be written as JSON, which no valid description causes.
pub fn as_json() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&openapi()).map(|json| json + "\n")
}
