//! The description of the whole API, gathered from what the functions say of their routes.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, InfoBuilder, OpenApiBuilder, PathItem, RefOr};
use utoipa::{OpenApi as _, openapi::OpenApi};

const DESCRIPTION: &str = "\
Read and write what a chatbot's users said, make personal webchat links in bulk, and look after the tokens that let your systems \
do so. Clients written for OpenDialog work unchanged.

Every error has one body that serves RFC 9457 and Laravel-style clients. Every answer has an `X-Request-Id`. Dates are \
UTC with six fraction digits. Bodies are JSON of at most 4 MB, without duplicate keys.";

const TAGS: [(&str, &str); 5] = [
    ("Interactions", "What a chatbot's users said."),
    ("Users", "The people who talk to your chatbots."),
    ("Webchat links", "Personal short URLs that open a webchat with what is known of the person."),
    ("Webchat page", "What the page behind a link calls. Browsers may, from any origin, without cookies."),
    ("Tokens", "Who a token stands for, and which tokens there are. They are made on the operator's command line."),
];

/// The description, in OpenAPI 3.1.
#[must_use]
pub fn openapi() -> OpenApi {
    let info =
        InfoBuilder::new().title("External APIs").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    let mut components = Components::new();
    components.add_security_scheme("token", bearer("odx_<JWT>", "An API token, made by the operator: `odx token create`. Scopes: interactions:read, interactions:write, links:read, links:write, users:erase, tokens:manage."));
    components.add_security_scheme("session", bearer("JWT", "The session of an exchanged handoff."));
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

/// Every answer has it, so no route says it of itself.
fn add_request_id(operation: &mut Operation) {
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(answer) = answer {
            let header = HeaderBuilder::new().description(Some("This request"));
            answer.headers.insert("X-Request-Id".into(), header.build().into());
        }
    }
}

/// The description as `functions/docs` serves it.
///
/// # Errors
/// Never: the description serialises.
pub fn as_json() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&openapi()).map(|json| json + "\n")
}
