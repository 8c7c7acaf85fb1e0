//! Conversations as lines, one for each message.

use crate::api::Api;
use crate::page_error::PageError;
use crate::pages::conversations::search::Search;
use crate::pages::conversations::turn::shown;
use interactions::csv_line;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::http::ApiError;
use std::collections::BTreeMap;

/// The largest file: Lambda answers with at most 6 MB.
const MAX_FILE: usize = 5_000_000;
/// Users of a page.
const USERS: &str = "500";
/// The columns of CSV.
const COLUMNS: [&str; 8] = ["user_id", "date", "author", "type", "text", "data", "first_name", "last_name"];

/// The format of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
}

impl Format {
    /// The media type of the file.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

#[derive(Deserialize)]
struct Export {
    data: Vec<BTreeMap<String, Conversation>>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Conversation {
    chatbot_user_data: Map<String, Value>,
    interactions: Vec<Map<String, Value>>,
}

/// Every message that a query finds, page by page.
///
/// # Errors
/// Returns [`PageError::TooLarge`] beyond 5 MB, and the error of the API.
pub(super) async fn lines(api: &Api, search: &Search, format: Format) -> Result<Vec<u8>, PageError> {
    let mut file = match format {
        Format::Csv => csv_line::column_names(COLUMNS.into_iter()).map_err(unwritten)?,
        Format::Ndjson => Vec::new(),
    };
    let mut cursor = String::new();
    loop {
        let export: Export = api.get(&search.users_path(USERS, &cursor)).await?;
        for (user, conversation) in export.data.iter().flatten() {
            for turn in &conversation.interactions {
                file.extend(line(user, &conversation.chatbot_user_data, turn, format)?);
            }
        }
        if file.len() > MAX_FILE {
            return Err(PageError::TooLarge);
        }
        match export.meta.next_cursor {
            Some(next) => cursor = next,
            None => return Ok(file),
        }
    }
}

fn line(
    user: &str,
    profile: &Map<String, Value>,
    turn: &Map<String, Value>,
    format: Format,
) -> Result<Vec<u8>, PageError> {
    let member = |object: &Map<String, Value>, name: &str| match object.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(value) => shown(value),
    };
    let author = if turn.get("author").is_some_and(|author| author == "them") { "chatbot" } else { "user" };
    match format {
        Format::Csv => {
            let [at, kind, text, data] = ["date", "type", "text", "data"].map(|name| member(turn, name));
            let [first, last] = ["first_name", "last_name"].map(|name| member(profile, name));
            csv_line::record([user, &at, author, &kind, &text, &data, &first, &last]).map_err(unwritten)
        }
        Format::Ndjson => {
            let mut line = Map::from_iter([("user_id".to_owned(), json!(user))]);
            line.extend(turn.clone());
            line.insert("author".to_owned(), json!(author));
            Ok(format!("{}\n", Value::Object(line)).into_bytes())
        }
    }
}

fn unwritten(error: ApiError) -> PageError {
    PageError::Failed(error)
}
