//! What the API refused, or why it was not reached, and what to do about it.

use super::Answer;
use reqwest::StatusCode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

/// A request that was not served: problem JSON, read.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    detail: String,
    /// Sentences by field.
    errors: BTreeMap<String, Vec<String>>,
    request: String,
}

/// A request that was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// The API was not reached, or its answer was cut, as often as it was tried.
    #[error("the API cannot be reached: is the address right, and the way to it open? ({})", cause(.0))]
    Lost(reqwest::Error),
    /// A body that cannot be sent twice.
    #[error("the request cannot be sent again")]
    Once,
}

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
    pub(super) fn of(answer: &Answer) -> Self {
        let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail = if body.detail.is_empty() { body.message } else { body.detail };
        let request = answer.header("x-request-id").unwrap_or_default().to_owned();
        Self { status: answer.status, detail, errors: body.errors, request }
    }

    /// Whether a field was refused.
    pub(crate) fn is_about(&self, field: &str) -> bool {
        self.errors.contains_key(field)
    }

    /// What to do, where the status tells.
    fn advice(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "Name a token that works, in ODX_TOKEN or with --token; `odx token create` makes one.",
            403 => "Name a token that may do this; `odx token create --scope …` makes one.",
            404 | 405 => "Is the address that of the API, without a path of it?",
            429 => "Others with this token ask as well: try again later, or have the tenant's limit raised.",
            300..=399 => "The address leads elsewhere: name the one that it leads to.",
            500.. => "Try again later; the operator finds the request in the log by its id.",
            _ => "",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, detail, errors, request } = self;
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
        if status.is_server_error() && !request.is_empty() {
            write!(f, " ({request})")?;
        }
        Ok(())
    }
}

impl Error for Problem {}

/// What lies at the bottom of an error, as what lies above only says that sending failed.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(below) = cause.source() {
        cause = below;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    fn shown(status: u16, body: &str) -> String {
        let headers = HeaderMap::from_iter([("x-request-id".parse().unwrap(), "r-1".parse().unwrap())]);
        Problem::of(&Answer { status: status.try_into().unwrap(), headers, body: body.into() }).to_string()
    }

    #[test]
    fn a_problem_says_what_is_wrong_and_what_to_do() {
        let lacks =
            r#"{"detail":"The token lacks the scope interactions:read.","message":"This action is unauthorized."}"#;
        let shown_lacks = shown(403, lacks);
        assert!(
            shown_lacks.contains("403") && shown_lacks.contains("lacks the scope interactions:read"),
            "{shown_lacks}"
        );
        assert!(shown_lacks.contains("odx token create --scope"), "{shown_lacks}");
        let invalid =
            r#"{"detail":"to: The to is wrong.","errors":{"from":["The from is wrong."],"to":["The to is wrong."]}}"#;
        let shown_invalid = shown(422, invalid);
        assert!(shown_invalid.contains("\n  from: The from is wrong."), "{shown_invalid}");
        assert_eq!(shown_invalid.matches("The to is wrong").count(), 1, "{shown_invalid}");
        assert!(shown(503, "<html>").ends_with("by its id. (r-1)"));
    }

    #[test]
    fn the_field_that_was_refused_can_be_asked_for() {
        let body = r#"{"errors":{"cursor":["The cursor is too old."]}}"#;
        let answer = Answer { status: StatusCode::UNPROCESSABLE_ENTITY, headers: HeaderMap::new(), body: body.into() };
        let problem = Problem::of(&answer);
        assert!(problem.is_about("cursor") && !problem.is_about("from"));
    }
}
