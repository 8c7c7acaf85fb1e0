//! Errors of the API and of the network, each with what to do about it.

use reqwest::StatusCode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

/// A response other than 2xx. The API describes it as problem JSON (RFC 9457); a proxy in between may not.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    /// Error sentences by field.
    errors: BTreeMap<String, Vec<String>>,
    request_id: String,
}

/// The API was unreachable, or its response incomplete, in every attempt.
#[derive(Debug, thiserror::Error)]
#[error("the API cannot be reached: check the address and the network ({})", root_cause(.0))]
pub(crate) struct Unreachable(pub(super) reqwest::Error);

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    detail: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: BTreeMap<String, Vec<String>>,
}

impl Problem {
    /// Reads the body of a response.
    pub(super) fn new(status: StatusCode, body: &[u8], request_id: Option<&str>) -> Self {
        // None for a proxy's HTML, which says no more than the status.
        let body: Option<Body> = serde_json::from_slice(body).ok();
        let Body { detail, message, errors } = body.unwrap_or_default();
        let detail = if detail.is_empty() { message } else { detail };
        Self { status, detail, errors, request_id: request_id.unwrap_or_default().to_owned() }
    }

    /// Whether the API refused a field.
    pub(crate) fn is_about(&self, field: &str) -> bool {
        self.errors.contains_key(field)
    }

    /// What to do, by status; empty if the status says nothing about it.
    fn advice(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "Use a valid token in ODX_TOKEN or with --token; `odx token create` creates one.",
            403 => "Use a token that has the required scope; `odx token create --scope …` creates one.",
            404 | 405 => "Check that the address is that of the API, without a path.",
            429 => "Other requests use up the limit: try again later, or raise the limit of the tenant.",
            300..=399 => "The address redirects: use the address that it redirects to.",
            500.. => "Try again later; the operator finds the request in the log by its id.",
            _ => "",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, detail, errors, request_id } = self;
        write!(f, "the API answered {status}")?;
        if !detail.is_empty() {
            write!(f, ": {detail}")?;
        }
        for (field, sentences) in errors.iter().filter(|(field, _)| !detail.starts_with(&format!("{field}:"))) {
            write!(f, "\n  {field}: {}", sentences.join(" "))?;
        }
        let advice = self.advice();
        if !advice.is_empty() {
            write!(f, "\n{advice}")?;
        }
        if status.is_server_error() && !request_id.is_empty() {
            write!(f, " ({request_id})")?;
        }
        Ok(())
    }
}

impl Error for Problem {}

/// The last error of a chain. Those above it only say that sending failed.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    anyhow::Chain::new(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16, body: &str) -> Problem {
        Problem::new(status.try_into().unwrap(), body.as_bytes(), Some("r-1"))
    }

    #[test]
    fn a_missing_scope_is_named_with_the_command_that_helps() {
        let body =
            r#"{"detail":"The token lacks the scope interactions:read.","message":"This action is unauthorized."}"#;
        assert_eq!(
            problem(403, body).to_string(),
            "the API answered 403 Forbidden: The token lacks the scope interactions:read.\n\
             Use a token that has the required scope; `odx token create --scope …` creates one."
        );
    }

    #[test]
    fn every_refused_field_is_named_once() {
        let body =
            r#"{"detail":"to: The to is wrong.","errors":{"from":["The from is wrong."],"to":["The to is wrong."]}}"#;
        assert_eq!(
            problem(422, body).to_string(),
            "the API answered 422 Unprocessable Entity: to: The to is wrong.\n  from: The from is wrong."
        );
    }

    #[test]
    fn a_server_error_has_the_id_of_the_request_and_no_html() {
        assert_eq!(
            problem(503, "<html>").to_string(),
            "the API answered 503 Service Unavailable\n\
             Try again later; the operator finds the request in the log by its id. (r-1)"
        );
    }

    #[test]
    fn a_problem_knows_which_field_was_refused() {
        let problem = problem(422, r#"{"errors":{"cursor":["The cursor is too old."]}}"#);
        assert!(problem.is_about("cursor"));
        assert!(!problem.is_about("from"));
    }
}
