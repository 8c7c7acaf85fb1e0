//! What is asked of the API.

use super::page::Format;
use crate::api::Api;
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder, header};
use serde_json::json;
use shared::model::{Filters, Period, parse_date};
use url::Url;

const PATH: &str = "/public/api/user-interactions";
/// Users of a page: as many as there may be, as its bytes bound it anyway.
const USERS: &str = "1000";

/// What is wanted.
#[derive(Debug, clap::Args)]
pub(crate) struct Question {
    /// The first instant: 2025-01-31, '2025-01-31 08:00', 2025-01-31T08:00:00.5+01:00; UTC without an offset
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: String,
    /// The last instant, included; a date alone means the whole day
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: String,
    /// Only this user
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
    /// Only users of whom it is known: `country=austria`; may be given several times, all must hold
    #[arg(long, value_name = "NAME=TEXT", value_parser = filter)]
    filter: Vec<(String, String)>,
    /// How interactions are written
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub(super) format: Format,
}

impl Question {
    /// What tells it from other questions.
    pub(super) fn name(&self, url: &Url) -> String {
        json!({"url": url.as_str(), "query": self.query(None), "format": self.format.accept()}).to_string()
    }

    /// A request for the page at a cursor.
    pub(super) fn request(&self, api: &Api, cursor: Option<&str>) -> RequestBuilder {
        api.request(Method::GET, PATH, &self.query(cursor)).header(header::ACCEPT, self.format.accept())
    }

    /// The end of the period.
    pub(super) fn end(&self) -> DateTime<Utc> {
        Period::parse(&self.from, &self.to()).map(|period| period.last).unwrap_or_default()
    }

    fn query<'a>(&'a self, cursor: Option<&'a str>) -> Vec<(&'a str, String)> {
        let user = self.user_id.iter().map(|user| ("user_id", user.clone()));
        let filters = self.filter.iter().map(|(name, text)| (name.as_str(), text.clone()));
        let limit = (self.format == Format::Json).then(|| ("limit", USERS.to_owned()));
        let cursor = cursor.map(|cursor| ("cursor", cursor.to_owned()));
        let period = [("from", self.from.clone()), ("to", self.to())];
        period.into_iter().chain(user).chain(filters).chain(limit).chain(cursor).collect()
    }

    /// The API takes a date alone for its first second; here it is the day.
    fn to(&self) -> String {
        let to = self.to.trim();
        if to.len() == 10 { format!("{to} 23:59:59") } else { to.to_owned() }
    }
}

fn date(text: &str) -> Result<String, String> {
    parse_date(text).map(|_| text.to_owned()).map_err(|invalid| format!("{invalid}; write it like 2025-01-31 08:00"))
}

fn filter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("is not NAME=TEXT")?;
    if Filters::default().add(name, value) {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err(format!("there is no filter `{name}`: {}", Filters::NAMES.join(", ")))
    }
}
