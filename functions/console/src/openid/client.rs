//! The console at the provider: its client id.

use http::Extensions;
use lambda_http::RequestExt as _;
use shared::config::OidcSettings;

/// The stage variable that brings the client id. A client of Cognito that the template creates needs the address of the API,
/// and the API needs this function, so the id cannot be in the function's environment.
const STAGE_VARIABLE: &str = "OIDC_CLIENT_ID";

/// The client id of the settings, or of the stage that the request came through.
pub(crate) fn client_id(settings: &OidcSettings, request: &Extensions) -> Option<String> {
    let of_stage = || request.stage_variables_ref()?.first(STAGE_VARIABLE).map(str::to_owned);
    settings.client_id.clone().or_else(of_stage).filter(|id| !id.is_empty())
}
