//! The rules of an event: from [`EventShape`], the JSON, to [`Event`].

use crate::model::interaction::{Data, Interaction};

use crate::model::event::{Event, EventShape, MAX_CLOCK_SKEW};

use crate::model::event_id::EventIds;

use crate::model::invalid::Invalid;

use crate::model::user::UserId;

use crate::model::period::parse_date;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// Maximum size of one event as JSON. A DynamoDB item has at most 400 KB.
const MAX_BYTES: usize = 350 * 1024;
/// Longest id, in bytes.
const MAX_ID: usize = 128;

impl EventShape {
    /// Checks the event and derives its id from `ids` if it has none.
    ///
    /// # Errors
    /// Returns the field and the broken rule of everything that is wrong.
    pub fn check(self, now: DateTime<Utc>, ids: &mut EventIds) -> Result<Event, Vec<(&'static str, Invalid)>> {
        let mut wrong = Vec::new();
        let mut note = |field, rule: &'static str| wrong.push((field, Invalid::new(rule)));
        if serde_json::to_vec(&self).expect("JSON values serialize").len() > MAX_BYTES {
            note("event", "An event must not have more than 350 KB");
        }
        let user_id = match self.user_id {
            Some(Value::String(id)) => id.parse::<UserId>().ok(),
            _ => None,
        };
        if user_id.is_none() {
            note("user_id", "User id must be a string of 1 to 384 characters");
        }
        let date = self.date.as_deref().and_then(|date| parse_date(date).ok()).map(|(date, _)| date);
        match date {
            None => note("date", "The date is not a valid date"),
            Some(date) if date.timestamp() < 0 => note("date", "The date must not be before 1970"),
            Some(date) if date > now + MAX_CLOCK_SKEW => {
                note("date", "The date must be at most five minutes ahead");
            }
            Some(_) => {}
        }
        if self.kind.as_ref().is_none_or(|kind| kind.is_empty() || kind.chars().count() > 128) {
            note("type", "The type must be a string of 1 to 128 characters");
        }
        if self.id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_ID) {
            note("id", "The id must be a string of 1 to 128 bytes");
        }
        let mut object = |field, given, rule| {
            object(given).unwrap_or_else(|()| {
                note(field, rule);
                None
            })
        };
        let request = object("request", self.request, "The request must be an object");
        let response = object("response", self.response, "The response must be an object");
        let mut object = object("data", self.data, "The data must be an object");
        if let Some(callback) = self.callback_id {
            object.get_or_insert_default().insert("callback_id".into(), callback.into());
        }
        let author = self.author.unwrap_or_default();
        // A refused event takes an ordinal too, so that the ids of the others stay the same when it is corrected and sent
        // again.
        let ordinal = match (&user_id, date, &self.id) {
            (Some(user), Some(date), None) => ids.next_ordinal(user, date, author),
            _ => 0,
        };
        let (Some(user_id), Some(date), Some(kind), true) = (user_id, date, self.kind, wrong.is_empty()) else {
            return Err(wrong);
        };
        let mut interaction = Interaction {
            date,
            id: String::new(),
            author,
            kind,
            text: self.text.unwrap_or_default(),
            data: object.as_ref().map(Data::of),
            scenario_id: self.scenario_id,
            request: request.as_ref().map(Data::of),
            response: response.as_ref().map(Data::of),
        };
        interaction.id = self.id.unwrap_or_else(|| ids.derive(ordinal, &interaction));
        Ok(Event { user_id, interaction, snapshot: self.user })
    }
}

/// The object of a member, if it has one. PHP writes an empty object as an empty array.
///
/// # Errors
/// Returns `()` for any other value.
fn object(given: Option<Value>) -> Result<Option<Map<String, Value>>, ()> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(given)) => Ok(Some(given)),
        Some(Value::Array(items)) if items.is_empty() => Ok(Some(Map::new())),
        Some(_) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};

    /// Stands in for SHA-256, which the model does not know.
    fn digest(bytes: &[u8]) -> [u8; 32] {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&hasher.finish().to_be_bytes());
        digest
    }

    fn event(json: &str, ids: &mut EventIds) -> Result<Event, Vec<&'static str>> {
        let now = crate::model::time::from_seconds(1_700_000_000);
        let shape: EventShape = serde_json::from_str(json).unwrap();
        shape.check(now, ids).map_err(|wrong| wrong.into_iter().map(|(field, _)| field).collect())
    }

    #[test]
    fn two_honest_yes_in_a_second_stay_two_and_reading_again_gives_the_same_ids() {
        let yes = r#"{"user_id":"ann","type":"text","date":"2022-09-21 08:19:33","text":"yes"}"#;
        let bot = r#"{"user_id":"ann","type":"text","date":"2022-09-21 08:19:33","text":"?","author":"them"}"#;
        let read = |lines: &[&str]| {
            let mut ids = EventIds::new(digest);
            lines.iter().map(|line| event(line, &mut ids).unwrap().interaction.id).collect::<Vec<_>>()
        };
        let with_bot = read(&[yes, bot, yes]);
        assert_eq!(with_bot, read(&[yes, bot, yes]));
        assert!(with_bot.is_sorted() && with_bot[0] != with_bot[2]);
        assert_eq!([with_bot[0].clone(), with_bot[2].clone()], *read(&[yes, yes]));
        let mut ids = EventIds::new(digest);
        assert_eq!(event(&yes.replace("text\"", "\""), &mut ids), Err(vec!["type"]));
        assert_eq!(event(yes, &mut ids).unwrap().interaction.id, with_bot[2], "a refused event takes an ordinal");
    }

    #[test]
    fn everything_wrong_with_an_event_is_named_at_once() {
        let json = r#"{"user_id":7,"type":"","date":"soon","data":[1],"id":""}"#;
        assert_eq!(event(json, &mut EventIds::new(digest)), Err(vec!["user_id", "date", "type", "id", "data"]));
        let ahead = r#"{"user_id":"ann","type":"text","date":"2030-01-01"}"#;
        assert_eq!(event(ahead, &mut EventIds::new(digest)), Err(vec!["date"]));
        let large =
            format!(r#"{{"user_id":"ann","type":"text","date":"2022-09-21","text":"{}"}}"#, "x".repeat(MAX_BYTES));
        assert_eq!(event(&large, &mut EventIds::new(digest)), Err(vec!["event"]));
    }

    #[test]
    fn an_empty_php_array_is_an_empty_object() {
        let json = r#"{"user_id":"ann","type":"text","date":"2022-09-21","data":[]}"#;
        assert_eq!(
            event(json, &mut EventIds::new(digest)).unwrap().interaction.data,
            Some(Data::of(&serde_json::Map::new()))
        );
    }
}
