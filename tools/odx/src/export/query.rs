//! The options that select what is exported, and the requests that they become.

use crate::api::Api;
use crate::export::page::Format;
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder, header};
use serde_json::json;
use shared::model::{Filters, Period, parse_date};
use url::Url;

const PATH: &str = "/public/api/user-interactions";
/// Maximum number of users in a page of JSON. The API also limits the bytes of a page.
const MAX_USERS: &str = "1000";

/// The period, the filters and the format of an export.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportQuery {
    /// The first instant: 2025-01-31, '2025-01-31 08:00', 2025-01-31T08:00:00.5+01:00; UTC without an offset
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: String,
    /// The last instant, included; a date alone means the whole day
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: String,
    /// Only this user
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
    /// Only users with this property, for example `country=austria`; with several filters, all must match
    #[arg(long, value_name = "NAME=TEXT", value_parser = filter)]
    filter: Vec<(String, String)>,
    /// The format of the export
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub(super) format: Format,
    /// Add these fields of the user to CSV: `first_name`, `email`, …, or `custom.NAME`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) fields: Vec<String>,
    /// Begin CSV with a byte order mark, without which Excel does not read UTF-8. Not by default: other programs take it
    /// for a part of the first column name
    #[arg(long)]
    pub(super) bom: bool,
}

impl ExportQuery {
    /// Identifies the export: another address, query or format has another fingerprint.
    pub(super) fn fingerprint(&self, url: &Url) -> String {
        json!({"url": url.as_str(), "query": self.query(None), "format": self.format.accept(), "bom": self.bom})
            .to_string()
    }

    /// The request for the page at a cursor; `None` is the first page.
    pub(super) fn request(&self, api: &Api, cursor: Option<&str>) -> RequestBuilder {
        api.request(Method::GET, PATH, &self.query(cursor)).header(header::ACCEPT, self.format.accept())
    }

    /// The end of the period.
    ///
    /// # Panics
    /// Never: the command line accepts no other dates.
    pub(super) fn end(&self) -> DateTime<Utc> {
        Period::parse(&self.from, &self.to()).expect("the command line has checked both dates").last
    }

    fn query<'a>(&'a self, cursor: Option<&'a str>) -> Vec<(&'a str, String)> {
        let user = self.user_id.iter().map(|user| ("user_id", user.clone()));
        let filters = self.filter.iter().map(|(name, text)| (name.as_str(), text.clone()));
        let limit = (self.format == Format::Json).then(|| ("limit", MAX_USERS.to_owned()));
        let cursor = cursor.map(|cursor| ("cursor", cursor.to_owned()));
        let fields = (!self.fields.is_empty()).then(|| ("fields", self.fields.join(",")));
        let period = [("from", self.from.clone()), ("to", self.to())];
        period.into_iter().chain(user).chain(filters).chain(fields).chain(limit).chain(cursor).collect()
    }

    /// The end with a time: to the API a date alone is the first second of the day, to this command the whole day.
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
        Err(format!("there is no filter `{name}`: use one of {}", Filters::NAMES.join(", ")))
    }
}
