//! The `OpenID` provider that people sign in with.

use crate::config::error::ConfigError;
use std::fmt;
use url::{Host, Url};

/// The `OpenID` provider of the console.
#[derive(Clone)]
pub struct OidcSettings {
    /// `OIDC_ISSUER`: the issuer, character by character as its ID tokens name it.
    pub issuer: String,
    /// `OIDC_CLIENT_ID`: the console at the provider; `None` if each request brings it in the stage variable `OIDC_CLIENT_ID`.
    pub client_id: Option<String>,
    /// `OIDC_CLIENT_SECRET`: `None` for a public client, which PKCE protects (RFC 7636).
    pub client_secret: Option<String>,
}

impl fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OidcSettings({:?}, {:?})", self.issuer, self.client_id)
    }
}

impl OidcSettings {
    /// The settings of any source of variables, or `None` without an issuer.
    pub(super) fn read(optional: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let [client_id, client_secret] = ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"].map(&optional);
        let wrong = |rule| Err(ConfigError { variable: "OIDC_ISSUER", rule });
        match optional("OIDC_ISSUER") {
            None if client_id.is_some() || client_secret.is_some() => {
                wrong("must be set too, because OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is")
            }
            None => Ok(None),
            Some(issuer) if is_issuer(&issuer) => Ok(Some(Self { issuer, client_id, client_secret })),
            Some(_) => wrong("must be an https URL without a query, for example https://accounts.google.com"),
        }
    }
}

/// Whether a text is an issuer (`OpenID` Connect Discovery section 3): https, without query and fragment. A provider on this machine
/// may be without TLS.
fn is_issuer(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    (url.scheme() == "https" || (url.scheme() == "http" && is_loopback))
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://accounts.google.com", true)]
    #[case("https://login.microsoftonline.com/0a/v2.0", true)]
    #[case("http://localhost:3000", true)]
    #[case("http://127.0.0.1:3000/realm", true)]
    #[case("http://accounts.example.com", false)]
    #[case("https://a.example.com?b=c", false)]
    #[case("https://a.example.com#b", false)]
    #[case("https://user@a.example.com", false)]
    #[case("accounts.example.com", false)]
    fn an_issuer_is_an_https_url(#[case] issuer: &str, #[case] expected: bool) {
        assert_eq!(is_issuer(issuer), expected);
    }

    #[test]
    fn a_client_without_an_issuer_is_a_mistake() {
        let read = |name: &'static str| OidcSettings::read(move |other| (other == name).then(|| "x".to_owned()));
        assert!(read("OIDC_CLIENT_ID").is_err() && read("OIDC_CLIENT_SECRET").is_err());
        assert!(read("OTHER").is_ok_and(|settings| settings.is_none()));
    }

    #[test]
    fn debug_shows_no_secret() {
        let settings = OidcSettings::read(|name| {
            Some(if name == "OIDC_ISSUER" { "https://a.example.com" } else { "hidden-secret" }.to_owned())
        });
        let settings = OidcSettings { client_id: None, ..settings.expect("settings").expect("an issuer") };
        assert!(!format!("{settings:?}").contains("hidden-secret"));
    }
}
