//! The description of the whole API, gathered from what the functions say of their routes.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApiBuilder};
use utoipa::{OpenApi as _, openapi::OpenApi};

const DESCRIPTION: &str = "\
Read what a chatbot's users said, make personal webchat links in bulk, and look after the tokens that let your systems \
do so. Clients written for OpenDialog work unchanged.

Every error has one body that serves RFC 9457 and Laravel-style clients. Every answer has an `X-Request-Id`. Dates are \
UTC with six fraction digits. Bodies are JSON of at most 4 MB, without duplicate keys.";

/// The description, in OpenAPI 3.1.
#[must_use]
pub fn openapi() -> OpenApi {
    let info =
        InfoBuilder::new().title("External APIs").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    let mut components = Components::new();
    let bearer = |format: &str, description: &str| {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format).description(Some(description));
        SecurityScheme::Http(scheme.build())
    };
    components.add_security_scheme("token", bearer("odx_<JWT>", "An API token, made by the operator: `odx token create`. Scopes: interactions:read, interactions:write, links:read, links:write, users:erase, tokens:manage."));
    components.add_security_scheme("session", bearer("JWT", "The session of an exchanged handoff."));
    let mut whole = OpenApiBuilder::new().info(info.build()).components(Some(components)).build();
    for part in [
        interactions::Api::openapi(),
        deeplinks::Api::openapi(),
        redirect::Api::openapi(),
        webchat::Api::openapi(),
        account::Api::openapi(),
    ] {
        whole.merge(part);
    }
    whole
}

/// The description as `functions/docs` serves it.
///
/// # Errors
/// Never: the description serialises.
pub fn as_json() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&openapi()).map(|json| json + "\n")
}
